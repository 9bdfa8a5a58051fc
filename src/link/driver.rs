//! Comes back after any end of a connection, at the pace that the end calls for.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use super::{
    Backoff, Fault, LinkReporter, LinkState, Moment, Pace, Protocol, connection::Connection,
};

/// A connection that is up this long has proven stable: the next failure is a new story. Shorter,
/// and a server that accepts and then closes would be asked in a hot loop.
const STABLE: Duration = Duration::from_mins(1);

/// Keeps a connection to the protocol's upstream until `token` is cancelled.
pub async fn run<P: Protocol>(mut protocol: P, reporter: LinkReporter, token: CancellationToken) {
    let upstream = protocol.name();
    let mut retry = Retry::new();
    loop {
        reporter.set(LinkState::Connecting);
        let begun = Instant::now();
        let mut connection =
            match stoppable(&token, Box::pin(Connection::open(&mut protocol, &reporter))).await {
                None => break,
                Some(Ok(connection)) => connection,
                Some(Err(fault)) => {
                    // An attempt that hung for seconds has waited enough.
                    let until = begun + retry.after(&fault);
                    if wait(upstream, &reporter, &token, &retry, &fault, until).await {
                        continue;
                    }
                    break;
                }
            };
        let end = stoppable(&token, connection.pump()).await;
        let up_since = connection.up_since();
        let Some(fault) = end else {
            connection.close().await;
            break;
        };
        connection.end(&fault).await;
        protocol.lost(Moment::now());
        if up_since.is_some_and(|since| since.elapsed() >= STABLE) {
            retry.reset();
        }
        let until = Instant::now() + retry.after(&fault);
        if !wait(upstream, &reporter, &token, &retry, &fault, until).await {
            break;
        }
    }
    reporter.set(LinkState::Stopped);
}

/// The two rhythms of trying again.
struct Retry {
    brisk: Backoff,
    patient: Backoff,
}

impl Retry {
    const fn new() -> Self {
        Self {
            brisk: Backoff::new(Duration::from_millis(500), Duration::from_secs(3)),
            patient: Backoff::new(Duration::from_secs(2), Duration::from_mins(5)),
        }
    }

    fn after(&mut self, fault: &Fault) -> Duration {
        let backoff = match fault.pace() {
            Pace::Brisk => &mut self.brisk,
            Pace::Patient => &mut self.patient,
        };
        backoff.next(&mut rand::rng())
    }

    const fn reset(&mut self) {
        self.brisk.reset();
        self.patient.reset();
    }
}

/// Waits for the next attempt. False when the bot is stopping.
async fn wait(
    upstream: &'static str,
    reporter: &LinkReporter,
    token: &CancellationToken,
    retry: &Retry,
    fault: &Fault,
    until: Instant,
) -> bool {
    let until = until.max(Instant::now() + Backoff::FLOOR);
    let retry_in = until - Instant::now();
    let why = fault.to_string().into();
    reporter.set(LinkState::Waiting { until, why });
    match fault.pace() {
        Pace::Patient => {
            error!(upstream, ?retry_in, "The upstream refuses us: {fault}");
        }
        // A night-long outage is a few lines, not one for each attempt.
        Pace::Brisk if retry.brisk.attempts().is_power_of_two() => {
            warn!(upstream, ?retry_in, "Connection lost: {fault}");
        }
        Pace::Brisk => debug!(upstream, ?retry_in, "Still no connection: {fault}"),
    }
    stoppable(token, sleep_until(until)).await.is_some()
}

/// The outcome of `work`, or `None` when the bot is stopping.
async fn stoppable<T>(token: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    token.run_until_cancelled(work).await
}
