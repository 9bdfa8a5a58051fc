//! The log of a process that a test started.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::Child,
    sync::watch,
    task::JoinSet,
    time::timeout,
};

use crate::lab::PATIENCE;

/// What a process printed, line by line.
#[derive(Clone)]
pub struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    count: watch::Receiver<usize>,
}

impl Log {
    /// Reads what a process prints on its piped standard output and standard error, for as long
    /// as the tasks are kept.
    pub fn follow(child: &mut Child) -> (Self, JoinSet<()>) {
        let lines = Arc::default();
        let (sender, count) = watch::channel(0);
        let sender = Arc::new(sender);
        let mut readers = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            readers.spawn(read(stdout, Arc::clone(&lines), Arc::clone(&sender)));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.spawn(read(stderr, Arc::clone(&lines), sender));
        }
        (Self { lines, count }, readers)
    }

    /// The place that the log has reached, for [`until`](Self::until).
    pub fn mark(&self) -> usize {
        self.lines.lock().expect("no reader panicked").len()
    }

    /// Waits for a line, from `mark` on, that contains all the given words.
    pub async fn until(&self, mark: usize, words: &[&str]) -> String {
        self.until_any(mark, &[words]).await
    }

    /// The same for the first line that contains all the words of one of the lists.
    pub async fn until_any(&self, mark: usize, lists: &[&[&str]]) -> String {
        let wanted = |line: &&String| {
            let mut lists = lists.iter();
            lists.any(|words| words.iter().all(|word| line.contains(word)))
        };
        let mut count = self.count.clone();
        let mut seen = mark;
        let search = async {
            loop {
                let found = {
                    let lines = self.lines.lock().expect("no reader panicked");
                    let found = lines[seen..].iter().find(wanted).cloned();
                    seen = lines.len();
                    found
                };
                if let Some(line) = found {
                    return line;
                }
                let more = count.changed().await;
                assert!(
                    more.is_ok(),
                    "the process ended before it logged {lists:?}:\n{}",
                    self.text()
                );
            }
        };
        match timeout(PATIENCE, search).await {
            Ok(line) => line,
            Err(_) => panic!("the process never logged {lists:?}:\n{}", self.text()),
        }
    }

    /// Everything so far.
    pub fn text(&self) -> String {
        self.lines.lock().expect("no reader panicked").join("\n")
    }
}

async fn read(
    from: impl AsyncRead + Unpin,
    into: Arc<Mutex<Vec<String>>>,
    count: Arc<watch::Sender<usize>>,
) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        into.lock().expect("no reader panicked").push(line);
        count.send_modify(|count| *count += 1);
    }
}
