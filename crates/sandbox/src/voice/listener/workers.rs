//! The threads that decode. Plain threads: decoding is computation and must not hold up the
//! async runtime, nor the thread that receives packets.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::Instant,
};

use crate::{events::Bus, voice::call::Call};

/// Packets that wait for a thread, of all its calls together. When full, packets go undecoded.
const QUEUE: usize = 8192;

/// After how many packets of a call its listener tells what was heard: a second.
const TELL_EVERY: u64 = 50;

/// A packet to be heard.
#[derive(Debug)]
pub struct Job {
    /// Whose packet it is.
    pub call: Arc<Call>,
    /// When it arrived.
    pub at: Instant,
    /// The payload, without its transport encryption.
    pub payload: Vec<u8>,
}

/// A few threads; a call's packets always go to the same one, in their order.
#[derive(Debug)]
pub struct Workers {
    queues: Mutex<Vec<SyncSender<Job>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Workers {
    /// Starts `count` threads, at least one.
    pub fn start(count: usize, bus: &Bus) -> io::Result<Self> {
        let mut queues = Vec::new();
        let mut threads = Vec::new();
        for index in 0..count.max(1) {
            let (sender, receiver) = sync_channel(QUEUE);
            let builder = std::thread::Builder::new().name(format!("voice-ear-{index}"));
            let bus = bus.clone();
            threads.push(builder.spawn(move || run(&receiver, &bus))?);
            queues.push(sender);
        }
        Ok(Self {
            queues: Mutex::new(queues),
            threads: Mutex::new(threads),
        })
    }

    /// Handles to give packets to the threads; they end when all handles are gone.
    pub fn queues(&self) -> Vec<SyncSender<Job>> {
        self.queues
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends the threads once what is queued is decoded, and waits for them. Handles that were
    /// given out must be gone.
    pub fn join(&self) {
        self.queues
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread that decodes voice has panicked");
            }
        }
    }
}

fn run(jobs: &Receiver<Job>, bus: &Bus) {
    while let Ok(job) = jobs.recv() {
        // Frames come from outside and go through libraries: one that makes them panic costs
        // itself, not everybody's decoder.
        let hear = AssertUnwindSafe(|| job.call.hear(job.at, &job.payload));
        let Ok(heard) = catch_unwind(hear) else {
            tracing::error!(ssrc = job.call.ssrc, "decoding a packet panicked");
            continue;
        };
        if heard.is_some_and(|packets| packets % TELL_EVERY == 0) && bus.is_heard() {
            match serde_json::to_value(job.call.report(job.at)) {
                Ok(report) => bus.publish("voice_heard", report),
                Err(error) => tracing::error!(%error, "a voice report is not JSON"),
            }
        }
    }
}
