//! A bare HTTP client that posts to one channel after the other, no faster than permitted.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::{bot::Target, quantile, sandbox::Sandbox};

const POSTS: usize = 200;
/// A little less than 50 a second.
const APART: Duration = Duration::from_millis(21);

/// How long a POST takes, in milliseconds.
pub(crate) struct Floor {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

pub(crate) async fn measure(sandbox: &Sandbox, targets: &[Target]) -> anyhow::Result<Floor> {
    let token = sandbox
        .environment
        .iter()
        .find(|it| it.0 == "DISCORD_TOKEN");
    let (_, token) = token.context("no token")?;
    let http = reqwest::Client::new();
    let body = json!({ "content": "." }).to_string();
    let mut pace = interval(APART);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut took = Vec::new();
    for target in targets.iter().take(POSTS) {
        pace.tick().await;
        let begun = Instant::now();
        let url = format!(
            "{}/api/v10/channels/{}/messages",
            sandbox.base, target.channel
        );
        let request = http
            .post(url)
            .header("authorization", format!("Bot {token}"))
            .header("content-type", "application/json")
            .body(body.clone());
        request.send().await?.error_for_status()?.bytes().await?;
        took.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    took.sort_by(f64::total_cmp);
    Ok(Floor {
        p50: quantile(&took, 50),
        p99: quantile(&took, 99),
    })
}
