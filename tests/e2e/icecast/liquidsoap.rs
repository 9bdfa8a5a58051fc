//! Liquidsoap: what a station runs. It decodes, mixes and encodes in real time; Ogg gets a new
//! logical stream with tags at each song, MP3 has its title told to Icecast beside the sound.

use std::{fmt::Write as _, process::Stdio};

use tokio::{
    process::{Child, Command},
    task::JoinSet,
};

use super::{music::Music, server::PASSWORD};
use crate::log::Log;

/// A running Liquidsoap. Killed when dropped.
pub struct Liquidsoap {
    child: Child,
    log: Log,
    _readers: JoinSet<()>,
}

impl Liquidsoap {
    /// Plays the music, again and again, to a mount of the Icecast at `port`. `encoder` is one of
    /// Liquidsoap's formats. Waits until it plays, which takes it a few seconds.
    pub async fn start(music: &Music, port: u16, mount: &str, encoder: &str) -> Self {
        let mut list = String::new();
        for song in &music.songs {
            let (title, artist, path) = (&song.title, &song.artist, song.path.display());
            writeln!(list, r#"annotate:title="{title}",artist="{artist}":{path}"#)
                .expect("a string takes all");
        }
        let playlist = music.directory().join("playlist.m3u");
        std::fs::write(&playlist, list).expect("the file is written");
        // When Icecast is away, it is looked for twice a second.
        let script = format!(
            r#"settings.init.allow_root.set(true)
            settings.log.stdout.set(true)
            music = playlist(mode="normal", loop=true, reload_mode="never", "{}")
            output.icecast({encoder}, host="127.0.0.1", port={port}, password="{PASSWORD}",
              mount="{mount}", encoding="UTF-8", on_error=fun(_) -> 0.5, mksafe(music))
            "#,
            playlist.display()
        );
        let mut child = Command::new("liquidsoap")
            .arg(script)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("liquidsoap is installed (make test-icecast sees to it)");
        let (log, readers) = Log::follow(&mut child);
        log.until(0, &["Streaming loop starts"]).await;
        Self {
            child,
            log,
            _readers: readers,
        }
    }

    /// What it logs.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Ends it, and with it the stream.
    pub async fn stop(mut self) {
        self.child.kill().await.expect("it could be killed");
    }
}
