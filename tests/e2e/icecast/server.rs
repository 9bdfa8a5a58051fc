//! Icecast itself, as a child process on a port of its own.

use std::{net::TcpListener, os::unix::fs::MetadataExt as _, path::PathBuf, process::Stdio};

use tokio::{
    process::{Child, Command},
    task::JoinSet,
};

use crate::log::Log;

/// What sources and administrators say to be let in.
pub const PASSWORD: &str = "hackme";

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
    _directory: tempfile::TempDir,
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
        // Icecast cannot choose a port by itself: one that was free a moment ago.
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let root = std::fs::metadata(directory.path())
            .expect("it is there")
            .uid()
            == 0;
        std::fs::write(&config, xml(setup, port, root)).expect("the file is written");
        let mut icecast = Self {
            port,
            config,
            _directory: directory,
            process: None,
        };
        icecast.restart().await;
        icecast
    }

    /// Starts it again after [`kill`](Self::kill), on the same port.
    pub async fn restart(&mut self) {
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
        log.until(0, &["server started"]).await;
        self.process = Some(Process {
            child,
            log,
            _readers: readers,
        });
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

    /// Waits for a line, since its start, that says a source has come to a mount.
    pub async fn until_source(&self, mount: &str) {
        self.until_source_since(0, mount).await;
    }

    /// The same from a place in the log on.
    pub async fn until_source_since(&self, mark: usize, mount: &str) {
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
            <source-timeout>10</source-timeout>
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
