//! Somebody who wants to know what is on air, each time somewhere else.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use tokio::time::sleep;

use crate::{bot::Target, quantile, sandbox::Sandbox};

/// Between two commands.
const APART: Duration = Duration::from_millis(250);

/// How soon the bot acknowledged, in milliseconds, sorted.
pub(crate) struct Answers(Vec<f64>);

impl Answers {
    pub(crate) fn shown(&self) -> String {
        let [half, most] = [50, 99].map(|percent| quantile(&self.0, percent));
        format!("{half:.1}, {most:.1}")
    }

    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }
}

/// Asks for so long.
pub(crate) async fn for_a_while(
    sandbox: &Sandbox,
    targets: &[Target],
    span: Duration,
) -> anyhow::Result<Answers> {
    let (begun, mut answers) = (Instant::now(), Vec::new());
    for target in targets.iter().cycle() {
        if begun.elapsed() > span {
            break;
        }
        let body = json!({ "command": "nowplaying", "guild": target.guild.to_string() });
        let answer = sandbox.ask("/control/interactions", body).await?;
        let took = answer["acknowledged_ms"].as_f64();
        answers.push(took.context("an answer without its time")?);
        sleep(APART).await;
    }
    answers.sort_by(f64::total_cmp);
    Ok(Answers(answers))
}
