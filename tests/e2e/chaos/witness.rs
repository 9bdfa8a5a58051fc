//! Holds what `/radio status` says against what the voice server receives.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use rand::{SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::json;
use tokio::time::sleep;

use crate::lab::{Guild, Lab};

/// The status is about the last seconds, and supervision takes its time. Beyond this, who says that
/// it plays while nothing comes does not tell the truth.
const LATE: Duration = Duration::from_secs(12);
const LOOK: Duration = Duration::from_secs(1);

pub struct Witness<'a> {
    lab: &'a Lab,
    servers: &'a [Guild],
    random: StdRng,
    /// When the last packet of a server came.
    packets: HashMap<String, Instant>,
    /// When packets were last lost on the way, which nobody can know who sends them.
    lossy: Option<Instant>,
    asked: usize,
    answered: usize,
    playing: usize,
}

impl<'a> Witness<'a> {
    pub fn new(lab: &'a Lab, servers: &'a [Guild], seed: u64) -> Self {
        Self {
            lab,
            servers,
            random: StdRng::seed_from_u64(!seed),
            packets: HashMap::new(),
            lossy: None,
            asked: 0,
            answered: 0,
            playing: 0,
        }
    }

    /// Asks for the status of one server after the other.
    pub async fn watch(&mut self, length: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < length {
            self.look().await;
            let guild = self
                .servers
                .choose(&mut self.random)
                .expect("a server")
                .id();
            self.asked += 1;
            let who = json!({ "guild": guild, "wait_ms": 3000 });
            let answer = self.lab.command("radio status", json!({}), who).await;
            let text = answer.text();
            self.look().await;
            // The gateway may be away, and then nobody answers.
            if answer.status.is_success() && !text.is_empty() {
                self.answered += 1;
                self.judge(guild, &text);
            }
            sleep(LOOK).await;
        }
    }

    /// What the voice server receives.
    async fn look(&mut self) {
        let faults = self.lab.get("/control/faults").await;
        let now = Instant::now();
        let mut faults = faults.as_array().into_iter().flatten();
        if faults.any(|fault| fault["target"] == "voice-udp") {
            self.lossy = Some(now);
        }
        let calls = self.lab.get("/control/voice").await;
        for call in calls.as_array().into_iter().flatten() {
            let (Some(guild), Some(idle)) = (call["guild"].as_str(), call["idle_ms"].as_f64())
            else {
                continue;
            };
            let last = now.checked_sub(Duration::from_secs_f64(idle / 1000.0));
            let known = self.packets.entry(guild.to_owned()).or_insert(begin(now));
            *known = last.unwrap_or(*known).max(*known);
        }
    }

    fn judge(&mut self, guild: &str, text: &str) {
        // With the rate of packets: it claims to have sent them just now.
        if !(text.contains("Playing in") && text.contains(" packets a second")) {
            return;
        }
        self.playing += 1;
        let long_ago = |at: Option<&Instant>| at.is_none_or(|at| at.elapsed() > LATE);
        let heard = !long_ago(self.packets.get(guild));
        assert!(
            heard || !long_ago(self.lossy.as_ref()),
            "in {guild} nothing has come for {LATE:?}, and the status says:\n{text}"
        );
    }

    /// What it has seen.
    pub fn testimony(&self) -> String {
        assert!(self.playing > 0, "the status never said that it plays");
        format!(
            "/radio status was asked {} times, answered {} times, said {} times that it plays, and never lied",
            self.asked, self.answered, self.playing
        )
    }
}

/// Long enough ago.
fn begin(now: Instant) -> Instant {
    now.checked_sub(2 * LATE).unwrap_or(now)
}
