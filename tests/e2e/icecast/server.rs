//! Icecast itself, as a child process on a port of its own.

use std::{os::unix::fs::MetadataExt as _, path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    process::{Child, Command},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{lab::PATIENCE, log::Log};

/// What sources and administrators say to be let in.
pub const PASSWORD: &str = "hackme";

/// Between two looks at whether it is ready.
const LOOK: Duration = Duration::from_millis(50);

/// How often it is started again on its port: it may crash (see [`Icecast::survives_its_start`]).
const STARTS: u32 = 5;

/// What differs between the tests.
#[derive(Clone, Copy)]
pub struct Setup {
    /// Bytes that a listener gets at once on connecting.
    pub burst: u32,
    /// `<mount>` elements.
    pub mounts: &'static str,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            // Icecast's own default.
            burst: 65_536,
            mounts: "",
        }
    }
}

/// A running Icecast. Killed when dropped.
pub struct Icecast {
    port: u16,
    config: PathBuf,
    directory: tempfile::TempDir,
    process: Option<Process>,
}

struct Process {
    child: Child,
    log: Log,
    _readers: JoinSet<()>,
}

impl Icecast {
    /// Starts one and waits until it serves.
    pub async fn start(setup: Setup) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let config = directory.path().join("icecast.xml");
        let mut icecast = Self {
            port: 0,
            config,
            directory,
            process: None,
        };
        loop {
            icecast.configure(setup);
            if icecast.run().await {
                return icecast;
            }
        }
    }

    /// Writes a configuration with another port, since Icecast cannot choose one by itself. None of
    /// those that systems give to clients, which would be taken when Icecast comes back to it.
    fn configure(&mut self, setup: Setup) {
        self.port = rand::random_range(20_000..32_000);
        let root = std::fs::metadata(self.directory.path()).is_ok_and(|it| it.uid() == 0);
        std::fs::write(&self.config, xml(setup, self.port, root)).expect("the file is written");
    }

    /// Starts it again after [`kill`](Self::kill), on the same port.
    pub async fn restart(&mut self) {
        for _ in 0..STARTS {
            if self.run().await {
                return;
            }
        }
        panic!("it does not start, {STARTS} times");
    }

    /// Starts the process and waits until it serves; `false` when its port is taken, or it crashed.
    async fn run(&mut self) -> bool {
        let mut child = Command::new("icecast2")
            .arg("-c")
            .arg(&self.config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("icecast2 is installed (make test-icecast sees to it)");
        let (log, readers) = Log::follow(&mut child);
        let line = log.until_any(0, &[&["server started"], &["Could not create listener"]]);
        let started = line.await.contains("started");
        self.process = Some(Process {
            child,
            log,
            _readers: readers,
        });
        started && self.survives_its_start().await
    }

    /// Icecast 2.4.4 listens before it is done starting: about one in a hundred dies of the first
    /// request (a segmentation fault) that comes before its thread of statistics has begun, a quarter
    /// of a second later. It has once the statistics name the server, of which no line of its log tells
    /// reliably: they are looked at again and again.
    async fn survives_its_start(&self) -> bool {
        let address = self.url("status-json.xsl");
        let look = async {
            loop {
                let response = reqwest::get(&address).await?.text().await?;
                if response.contains("server_id") {
                    return Ok::<(), reqwest::Error>(());
                }
                sleep(LOOK).await;
            }
        };
        let ready = timeout(PATIENCE, look).await;
        ready.expect("it is ready in time").is_ok()
    }

    /// Kills it without a chance to say good-bye.
    pub async fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.child.kill().await.expect("it could be killed");
    }

    /// What it logs.
    pub fn log(&self) -> &Log {
        &self.process.as_ref().expect("it runs").log
    }

    /// Waits until a mount has a source and three seconds to give to whoever connects.
    pub async fn until_running(&self, mount: &str) {
        self.until_source(0, mount).await;
        let mut response = reqwest::get(self.url(mount)).await.expect("an answer");
        let mut bytes = 0;
        while bytes < 3 * 16_000 {
            let chunk = timeout(PATIENCE, response.chunk()).await;
            let chunk = chunk.expect("sound in time").expect("no error");
            bytes += chunk.expect("no end").len();
        }
    }

    /// Waits for a line, from a place in the log on, that says a source has come to a mount.
    pub async fn until_source(&self, mark: usize, mount: &str) {
        let mount = format!("\"/{mount}\"");
        self.log().until(mark, &["Source logging in", &mount]).await;
    }

    /// The port it serves on, at 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The address of a mount.
    pub fn url(&self, mount: &str) -> String {
        format!("http://127.0.0.1:{}/{mount}", self.port)
    }
}

/// A whole configuration: Icecast merges nothing with its defaults file.
fn xml(setup: Setup, port: u16, root: bool) -> String {
    let Setup { burst, mounts } = setup;
    // It refuses to run as root, in whose name containers build.
    let owner = if root {
        "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"
    } else {
        ""
    };
    format!(
        "<icecast>
          <hostname>localhost</hostname>
          <limits>
            <clients>50</clients>
            <sources>5</sources>
            <queue-size>524288</queue-size>
            <source-timeout>60</source-timeout>
            <burst-size>{burst}</burst-size>
          </limits>
          <authentication>
            <source-password>{PASSWORD}</source-password>
            <admin-user>admin</admin-user>
            <admin-password>{PASSWORD}</admin-password>
          </authentication>
          <listen-socket><bind-address>127.0.0.1</bind-address><port>{port}</port></listen-socket>
          {mounts}
          <paths>
            <basedir>/usr/share/icecast2</basedir>
            <logdir>/nowhere</logdir>
            <webroot>/usr/share/icecast2/web</webroot>
            <adminroot>/usr/share/icecast2/admin</adminroot>
          </paths>
          <logging><accesslog>-</accesslog><errorlog>-</errorlog><loglevel>3</loglevel></logging>
          <security><chroot>0</chroot>{owner}</security>
        </icecast>"
    )
}
