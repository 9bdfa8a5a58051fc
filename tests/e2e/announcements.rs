//! Each new song, once, in each channel that asked for it.

use serde_json::{Value, json};

use crate::{
    lab::{Events, Guild, Lab},
    text::plain,
};

/// Waits until a message about the song is in each of the channels.
async fn announced(events: &mut Events, channels: &[&str], title: &str) {
    let mut missing = channels.to_vec();
    while !missing.is_empty() {
        let channel = events
            .until(&format!("{title} in {missing:?}"), |event| {
                let channel = event.data["channel_id"].as_str()?;
                let text = plain(&event.data["embeds"].to_string());
                (event.kind == "message_create" && text.contains(&plain(title)))
                    .then(|| channel.to_owned())
            })
            .await;
        missing.retain(|wanted| *wanted != channel);
    }
}

async fn announce_in(lab: &Lab, guild: &Guild) {
    let answer = lab
        .command(
            "announce set",
            json!({ "channel": guild.text() }),
            json!({ "guild": guild.id() }),
        )
        .await;
    assert!(answer.status.is_success(), "{answer:?}");
}

/// The titles that a channel's messages announce, oldest first, without the song that was already
/// on air when the channel was chosen.
async fn titles(lab: &Lab, channel: &str, playlist: &[String]) -> Vec<String> {
    lab.messages(channel)
        .await
        .iter()
        .filter(|message| message["interaction_metadata"].is_null())
        .filter_map(|message| {
            let text = plain(&message["embeds"].to_string());
            playlist
                .iter()
                .find(|title| text.contains(&plain(title)))
                .cloned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_song_is_announced_once_in_each_of_two_servers() {
    let lab = Lab::start(2).await;
    let bot = lab.bot().await;
    let guilds = [lab.guild(0).await, lab.guild(1).await];
    let channels = [guilds[0].text(), guilds[1].text()];
    for guild in &guilds {
        announce_in(&lab, guild).await;
    }

    let mut events = lab.events().await;
    let mut songs = Vec::new();
    for _ in 0..3 {
        let song = lab.next_song("jpop").await;
        let title = song["title"].as_str().expect("a title").to_owned();
        announced(&mut events, &channels, &title).await;
        songs.push(title);
    }

    // A restart sees the last song again: it must not be posted again, and the next one must.
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    let _bot = lab.bot().await;
    let song = lab.next_song("jpop").await;
    let title = song["title"].as_str().expect("a title").to_owned();
    announced(&mut events, &channels, &title).await;
    songs.push(title);

    for channel in channels {
        let posted = titles(&lab, channel, &songs).await;
        assert_eq!(posted, songs, "in channel {channel}");
    }

    // Switched off, nothing more is posted there, while the other server goes on.
    let answer = lab
        .command(
            "announce off",
            json!({}),
            json!({ "guild": guilds[0].id() }),
        )
        .await;
    assert!(answer.status.is_success(), "{answer:?}");
    let before = lab.messages(channels[0]).await.len();
    let song = lab.next_song("jpop").await;
    announced(
        &mut events,
        &channels[1..],
        song["title"].as_str().expect("a title"),
    )
    .await;
    assert_eq!(lab.messages(channels[0]).await.len(), before);
    lab.stop().await;
}

/// The newest message of a channel that is no answer to a command, and how many there are.
async fn newest(lab: &Lab, channel: &str) -> (usize, Value) {
    let messages = lab.messages(channel).await;
    let own: Vec<&Value> = messages
        .iter()
        .filter(|message| message["author"]["bot"] == true)
        .collect();
    let newest = own.last().map(|message| (*message).clone());
    (own.len(), newest.unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_keeps_one_message_current_or_only_the_newest() {
    let lab = Lab::start(2).await;
    let bot = lab.bot().await;
    // The song that is on air is not to be announced yet.
    bot.log().until(0, &["Heard", "jpop"]).await;
    let guilds = [lab.guild(0).await, lab.guild(1).await];
    let [edited, replaced] = [guilds[0].text(), guilds[1].text()];
    for (guild, mode) in guilds.iter().zip(["edit", "replace"]) {
        let options = json!({ "channel": guild.text(), "mode": mode, "card": "compact" });
        let place = json!({ "guild": guild.id() });
        let answer = lab.command("announce set", options, place).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    let before = [newest(&lab, edited).await.0, newest(&lab, replaced).await.0];

    let mut events = lab.events().await;
    let mut ids = Vec::new();
    for number in 0..3 {
        let song = lab.next_song("jpop").await;
        let title = song["title"].as_str().expect("a title");
        // The first is posted in both; then one is changed and the other one's old is deleted.
        let mut wanted = match number {
            0 => vec![("message_create", edited), ("message_create", replaced)],
            _ => vec![
                ("message_update", edited),
                ("message_create", replaced),
                ("message_delete", replaced),
            ],
        };
        while !wanted.is_empty() {
            let seen = events
                .until(&format!("{title}: {wanted:?}"), |event| {
                    let channel = event.data["channel_id"].as_str()?;
                    let text = plain(&event.data["embeds"].to_string());
                    let is = |(kind, place): &(&str, &str)| {
                        let about = *kind == "message_delete" || text.contains(&plain(title));
                        event.kind == *kind && channel == *place && about
                    };
                    wanted.iter().position(is)
                })
                .await;
            wanted.remove(seen);
        }
        for (channel, before) in [edited, replaced].iter().zip(before) {
            let (count, message) = newest(&lab, channel).await;
            assert_eq!(count, before + 1, "{title} in {channel}");
            let text = plain(&message["embeds"].to_string());
            assert!(text.contains(&plain(title)), "{title} in {text}");
            ids.push(message["id"].clone());
        }
    }
    assert!(ids[0] == ids[2] && ids[2] == ids[4], "{ids:?}");
    assert!(ids[1] != ids[3] && ids[3] != ids[5], "{ids:?}");
    lab.stop().await;
}
