//! Presences that change by themselves: now and then somebody puts on another song, starts a
//! game, goes for a walk, comes back.

use std::time::Duration;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Lanyard, Person, generate};

/// Changes presences until the task is dropped. What changes, and after how long, is by seed.
pub(super) async fn run(lanyard: Lanyard, people: Vec<Person>) {
    let seed = lanyard.inner.context.options.seed;
    let mut random = StdRng::seed_from_u64(seed ^ 0x11FE);
    let everyone = lanyard.store().await.snapshot().1;
    let others: Vec<u64> = everyone.into_iter().map(|(user, _)| user).collect();
    loop {
        sleep(Duration::from_millis(random.random_range(2000..7000))).await;
        // Mostly those whom one sees in the demo's servers.
        let user = match people.choose(&mut random) {
            Some(person) if random.random_bool(0.7) => Some(person.id),
            _ => others.choose(&mut random).copied(),
        };
        // Who has left Lanyard meanwhile stays gone.
        if let Some(user) = user
            && let Some(text) = lanyard.get(user).await
            && let Ok(presence) = serde_json::from_str::<Value>(&text)
        {
            lanyard.merge(user, change(&presence, &mut random)).await;
        }
    }
}

/// What somebody with this presence does next.
fn change(presence: &Value, random: &mut StdRng) -> Value {
    let now = generate::now_ms();
    let mut activities = presence["activities"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let kind = |activity: &Value| activity["type"].as_u64();
    match (
        presence["discord_status"].as_str(),
        random.random_range(0..10),
    ) {
        (Some("offline"), _) => {
            json!({"discord_status": "online", "active_on_discord_desktop": true})
        }
        (_, 0) => json!({
            "discord_status": "offline",
            "active_on_discord_desktop": false,
            "active_on_discord_mobile": false,
            "active_on_discord_web": false,
            "spotify": null,
            "activities": [],
        }),
        (_, 1..=2) => {
            let status = ["online", "idle", "dnd"].choose(random);
            json!({"discord_status": status})
        }
        (_, 3) => {
            activities.retain(|activity| kind(activity) != Some(4));
            activities.insert(0, generate::custom_status(random));
            json!({"activities": activities})
        }
        (_, 4..=5) => {
            activities.retain(|activity| !matches!(kind(activity), Some(0 | 1 | 3 | 5)));
            if random.random_bool(0.7) {
                activities.push(generate::activity(random, now));
            }
            json!({"activities": activities})
        }
        (_, 6) if presence["spotify"].is_object() => {
            activities.retain(|activity| kind(activity) != Some(2));
            json!({"spotify": null, "activities": activities})
        }
        _ => {
            let mut spotify = generate::spotify(random, now);
            // A song that has just begun.
            let times = &mut spotify["timestamps"];
            let played = now - times["start"].as_i64().unwrap_or(now);
            let end = times["end"].as_i64().unwrap_or(now) + played;
            *times = json!({"start": now, "end": end});
            activities.retain(|activity| kind(activity) != Some(2));
            activities.push(generate::spotify_activity(&spotify));
            json!({"spotify": spotify, "activities": activities})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_happens_the_presence_stays_sound() {
        let random = &mut StdRng::seed_from_u64(1);
        let store = super::super::store::Store::new(std::collections::BTreeMap::new());
        let mut presence = store.merge(1, json!({}));
        let mut seen = std::collections::HashSet::new();
        for _ in 0..500 {
            presence = store.merge(1, change(&presence, random));
            let status = presence["discord_status"].as_str().unwrap().to_owned();
            let activities = presence["activities"].as_array().unwrap();
            assert!(status != "offline" || activities.is_empty());
            let songs = activities.iter().filter(|activity| activity["type"] == 2);
            assert_eq!(songs.count(), usize::from(presence["spotify"].is_object()));
            assert_eq!(
                presence["listening_to_spotify"],
                presence["spotify"].is_object()
            );
            seen.insert(status);
        }
        assert_eq!(seen.len(), 4);
    }
}
