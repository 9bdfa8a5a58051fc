//! Which faults are on. Orders come in from the control API; the layers ask, or watch.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    messages::MessageFaults,
    model::{Fault, Order, Target},
};
use crate::events::Bus;

/// A fault that is on.
#[derive(Debug)]
pub struct Entry {
    /// Its id.
    pub id: u64,
    /// What was ordered.
    pub order: Order,
    /// When it is lifted by itself, if it is.
    pub until: Option<OffsetDateTime>,
    /// How often it may still strike.
    remaining: Option<AtomicU64>,
}

/// What is on for one target, and how often what was open has been ended.
#[derive(Clone, Debug, Default)]
pub struct Active {
    /// Counts the momentary cuts: a connection that was open at an earlier count is reset.
    pub cuts: u64,
    /// Counts the momentary closes: a WebSocket that was open at an earlier count is closed...
    pub closes: u64,
    /// ...with this code and reason.
    pub close: (u16, String),
    entries: Vec<Arc<Entry>>,
}

impl Active {
    /// The first fault that `pick` accepts.
    pub fn find<T>(&self, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.entries
            .iter()
            .find_map(|entry| pick(&entry.order.fault))
    }

    /// Whether a fault of this name is on.
    pub fn has(&self, name: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.order.fault.name() == name)
    }
}

/// Which way a datagram goes, seen from the sandbox.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From the client.
    In,
    /// To the client.
    Out,
}

/// The registry of faults. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Faults {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    targets: [watch::Sender<Arc<Active>>; Target::ALL.len()],
    last_id: AtomicU64,
    random: Mutex<StdRng>,
    bus: Bus,
}

impl Default for Faults {
    /// A registry of its own, for a service that is started alone.
    fn default() -> Self {
        Self::new(0, Bus::default())
    }
}

impl Faults {
    /// No faults; what is random about later ones is drawn from `seed`.
    pub fn new(seed: u64, bus: Bus) -> Self {
        Self {
            inner: Arc::new(Inner {
                targets: std::array::from_fn(|_| watch::Sender::default()),
                last_id: AtomicU64::new(0),
                random: Mutex::new(StdRng::seed_from_u64(seed ^ 0xFA17)),
                bus,
            }),
        }
    }

    /// Puts a fault on its target. What lifts it after its time is a task of `tasks`.
    ///
    /// Returns its id. A `cut` or `close` without time or count is over when this returns.
    pub fn put(&self, order: Order, tasks: &TaskTracker, token: &CancellationToken) -> u64 {
        let id = self.inner.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let momentary =
            order.fault.is_momentary() && order.lasting.is_none() && order.count.is_none();
        let entry = Arc::new(Entry {
            id,
            until: order
                .lasting
                .map(|lasting| OffsetDateTime::now_utc() + lasting),
            remaining: order.count.map(AtomicU64::new),
            order,
        });
        let target = entry.order.target;
        self.inner.bus.publish("fault", described(&entry, true));
        tracing::info!(id, %target, fault = entry.order.fault.name(), "a fault is put on");
        self.change(target, |active| match &entry.order.fault {
            Fault::Cut {} if momentary => active.cuts += 1,
            Fault::Close { code, reason } if momentary => {
                active.closes += 1;
                active.close = (*code, reason.clone());
            }
            _ => active.entries.push(Arc::clone(&entry)),
        });
        if momentary {
            self.inner.bus.publish("fault", described(&entry, false));
        } else if let Some(lasting) = entry.order.lasting {
            let (faults, token) = (self.clone(), token.clone());
            tasks.spawn(async move {
                let mut watch = faults.watch(target);
                let lifted =
                    watch.wait_for(|active| active.entries.iter().all(|entry| entry.id != id));
                tokio::select! {
                    () = tokio::time::sleep(lasting) => {}
                    _ = lifted => {}
                    () = token.cancelled() => {}
                }
                faults.lift(id);
            });
        }
        id
    }

    /// Lifts a fault. `false` when there never was one of this id; lifting twice is no error.
    pub fn lift(&self, id: u64) -> bool {
        for target in Target::ALL {
            let mut lifted = None;
            self.change(target, |active| {
                if let Some(at) = active.entries.iter().position(|entry| entry.id == id) {
                    lifted = Some(active.entries.remove(at));
                }
            });
            if let Some(entry) = lifted {
                tracing::info!(id, %target, fault = entry.order.fault.name(), "a fault is lifted");
                self.inner.bus.publish("fault", described(&entry, false));
            }
        }
        (1..=self.inner.last_id.load(Ordering::Relaxed)).contains(&id)
    }

    /// Lifts all faults.
    pub fn lift_all(&self) {
        for entry in self.entries() {
            self.lift(entry.id);
        }
    }

    /// Every fault that is on, as `GET /control/faults` lists it, by id.
    pub fn list(&self) -> Vec<Value> {
        self.entries()
            .iter()
            .map(|entry| described(entry, true))
            .collect()
    }

    /// What is on for a target now.
    pub fn active(&self, target: Target) -> Arc<Active> {
        self.sender(target).borrow().clone()
    }

    /// What is on for a target, as it changes.
    pub fn watch(&self, target: Target) -> watch::Receiver<Arc<Active>> {
        self.sender(target).subscribe()
    }

    /// Takes one strike of the first fault that `pick` accepts, if one is on: the caller then does
    /// what it says. A fault that has struck as often as it may is lifted.
    pub fn strike<T>(&self, target: Target, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let active = self.active(target);
        for entry in &active.entries {
            let Some(picked) = pick(&entry.order.fault) else {
                continue;
            };
            let Some(remaining) = &entry.remaining else {
                return Some(picked);
            };
            let taken = remaining.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
            if taken == Ok(1) {
                self.lift(entry.id);
            }
            if taken.is_ok() {
                return Some(picked);
            }
        }
        None
    }

    /// The faults that concern the messages of one WebSocket.
    pub fn messages(&self, target: Target) -> MessageFaults {
        MessageFaults::new(self.clone(), target)
    }

    /// What becomes of a datagram of `voice-udp`: `None` when it is lost, else how late it is.
    pub fn datagram(&self, direction: Direction) -> Option<Duration> {
        let target = Target::VoiceUdp;
        let active = self.active(target);
        if active.entries.is_empty() {
            return Some(Duration::ZERO);
        }
        if active.has("half-open") || (direction == Direction::Out && active.has("silent")) {
            return None;
        }
        let share = active.find(|fault| match fault {
            Fault::Drop { share } => Some(*share),
            _ => None,
        });
        if let Some(share) = share
            && self.random().random_bool(share)
            && self
                .strike(target, |fault| {
                    matches!(fault, Fault::Drop { .. }).then_some(())
                })
                .is_some()
        {
            return None;
        }
        Some(self.delay(&active).unwrap_or_default())
    }

    /// A delay drawn from the `delay` that is on, if one is.
    pub fn delay(&self, active: &Active) -> Option<Duration> {
        active.find(|fault| match fault {
            Fault::Delay(delay) => Some(delay.draw(&mut self.random())),
            _ => None,
        })
    }

    /// The source of all that is random about faults.
    pub fn random(&self) -> MutexGuard<'_, StdRng> {
        self.inner
            .random
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn entries(&self) -> Vec<Arc<Entry>> {
        let mut entries: Vec<_> = Target::ALL
            .into_iter()
            .flat_map(|target| self.active(target).entries.clone())
            .collect();
        entries.sort_by_key(|entry| entry.id);
        entries
    }

    fn sender(&self, target: Target) -> &watch::Sender<Arc<Active>> {
        &self.inner.targets[target as usize]
    }

    fn change(&self, target: Target, change: impl FnOnce(&mut Active)) {
        self.sender(target)
            .send_modify(|active| change(Arc::make_mut(active)));
    }
}

/// A fault as the control API and the events show it.
fn described(entry: &Entry, on: bool) -> Value {
    let mut value = serde_json::to_value(&entry.order.fault).unwrap_or_default();
    if let Value::Object(map) = &mut value {
        map.insert("id".into(), entry.id.to_string().into());
        map.insert("target".into(), entry.order.target.to_string().into());
        map.insert("on".into(), on.into());
        if let Some(until) = entry.until {
            let left = (until - OffsetDateTime::now_utc())
                .as_seconds_f64()
                .max(0.0);
            map.insert("seconds_left".into(), json!((left * 10.0).round() / 10.0));
        }
        if let Some(remaining) = &entry.remaining {
            map.insert(
                "count_left".into(),
                remaining.load(Ordering::Relaxed).into(),
            );
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults() -> Faults {
        Faults::new(1, Bus::default())
    }

    fn put(faults: &Faults, body: Value) -> u64 {
        let Value::Object(map) = body else { panic!() };
        let order = Order::parse(map).unwrap();
        faults.put(order, &TaskTracker::new(), &CancellationToken::new())
    }

    fn refusal(fault: &Fault) -> Option<()> {
        matches!(fault, Fault::Refuse {}).then_some(())
    }

    #[test]
    fn a_count_is_used_up() {
        let faults = faults();
        put(
            &faults,
            json!({"target": "lanyard", "fault": "refuse", "count": 2}),
        );
        assert!(faults.strike(Target::DiscordRest, refusal).is_none());
        assert!(faults.strike(Target::Lanyard, refusal).is_some());
        assert_eq!(faults.list()[0]["count_left"], 1);
        assert!(faults.strike(Target::Lanyard, refusal).is_some());
        assert!(faults.strike(Target::Lanyard, refusal).is_none());
        assert!(faults.list().is_empty());
    }

    #[test]
    fn a_momentary_cut_counts_and_is_over() {
        let faults = faults();
        let id = put(&faults, json!({"target": "lanyard", "fault": "cut"}));
        assert_eq!(faults.active(Target::Lanyard).cuts, 1);
        assert!(faults.list().is_empty());
        assert!(faults.lift(id), "lifting what is over is no error");
        assert!(!faults.lift(id + 1), "what never was cannot be lifted");
    }

    #[tokio::test(start_paused = true)]
    async fn seconds_elapse() {
        let (faults, tasks) = (faults(), TaskTracker::new());
        let Value::Object(map) = json!({"target": "lanyard", "fault": "refuse", "seconds": 5})
        else {
            panic!()
        };
        let order = Order::parse(map).unwrap();
        faults.put(order, &tasks, &CancellationToken::new());
        tokio::time::advance(Duration::from_millis(4900)).await;
        assert!(faults.active(Target::Lanyard).has("refuse"));
        tasks.close();
        tasks.wait().await;
        assert!(!faults.active(Target::Lanyard).has("refuse"));
    }

    #[test]
    fn datagrams_are_lost_by_share_and_seed() {
        let lost = |seed| {
            let faults = Faults::new(seed, Bus::default());
            put(
                &faults,
                json!({"target": "voice-udp", "fault": "drop", "share": 0.25}),
            );
            (0..1000)
                .map(|_| faults.datagram(Direction::In).is_none())
                .collect::<Vec<_>>()
        };
        let losses = lost(7).iter().filter(|lost| **lost).count();
        assert!((200..300).contains(&losses), "{losses}");
        assert_eq!(lost(7), lost(7));
        assert_ne!(lost(7), lost(8));
        assert_eq!(faults().datagram(Direction::In), Some(Duration::ZERO));
    }
}
