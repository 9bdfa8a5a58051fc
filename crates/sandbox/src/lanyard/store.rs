//! Every monitored user's presence, as JSON text.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde_json::{Map, Value, json};

use super::generate;

/// Users and their presences.
#[derive(Debug)]
pub struct Store {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    presences: BTreeMap<u64, Arc<str>>,
    /// Counts the changes.
    version: u64,
}

impl Store {
    /// A store of these.
    pub fn new(presences: BTreeMap<u64, Arc<str>>) -> Self {
        Self {
            inner: Mutex::new(Inner {
                presences,
                version: 0,
            }),
        }
    }

    /// A user's presence.
    pub fn get(&self, user: u64) -> Option<Arc<str>> {
        self.lock().presences.get(&user).cloned()
    }

    /// How many users there are.
    pub fn len(&self) -> usize {
        self.lock().presences.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Everyone, and the version that this is.
    pub fn snapshot(&self) -> (u64, Vec<(u64, Arc<str>)>) {
        let inner = self.lock();
        let everyone = inner.presences.iter();
        (
            inner.version,
            everyone
                .map(|(user, presence)| (*user, Arc::clone(presence)))
                .collect(),
        )
    }

    /// Puts the fields of `change` into a presence; a new user starts offline. Returns the whole.
    pub fn merge(&self, user: u64, change: Value) -> Value {
        let mut inner = self.lock();
        let mut presence = inner
            .presences
            .get(&user)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_else(|| generate::newcomer(user));
        let tells_listening = change.get("listening_to_spotify").is_some();
        let tells_spotify = change.get("spotify").is_some();
        merge(&mut presence, change);
        if tells_spotify && !tells_listening {
            presence["listening_to_spotify"] = json!(!presence["spotify"].is_null());
        }
        inner.presences.insert(user, presence.to_string().into());
        inner.version += 1;
        presence
    }

    /// Forgets a user. False when there was none.
    pub fn remove(&self, user: u64) -> bool {
        let mut inner = self.lock();
        let known = inner.presences.remove(&user).is_some();
        inner.version += u64::from(known);
        known
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Objects are merged field by field, everything else is replaced; null is a value like others.
fn merge(into: &mut Value, change: Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (key, value) in change {
                merge(into.entry(key).or_insert(Value::Object(Map::new())), value);
            }
        }
        (into, change) => *into = change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_merged_and_counted() {
        let store = Store::new(BTreeMap::new());
        store.merge(7, json!({"discord_status": "dnd"}));
        let change = json!({"discord_user": {"username": "x"}, "spotify": {"song": "s"}});
        let presence = store.merge(7, change);
        assert_eq!(presence["discord_status"], "dnd");
        assert_eq!(presence["discord_user"]["id"], "7");
        assert_eq!(presence["discord_user"]["username"], "x");
        assert_eq!(presence["listening_to_spotify"], true);
        let presence = store.merge(7, json!({"spotify": null, "activities": []}));
        assert_eq!(presence["spotify"], Value::Null);
        assert_eq!(presence["listening_to_spotify"], false);
        assert_eq!(store.snapshot().0, 3);
        assert!(store.remove(7));
        assert!(!store.remove(7));
        assert_eq!((store.snapshot().0, store.len()), (4, 0));
    }
}
