//! Each command's answer, as the person who typed it sees it.

use serde_json::json;

use crate::{
    lab::{Answer, Lab},
    text::plain,
};

fn assert_says(answer: &Answer, what: &str) {
    assert!(answer.status.is_success(), "{answer:?}");
    assert!(
        plain(&answer.text()).contains(&plain(what)),
        "{what:?} is not in {:?}",
        answer.text()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nowplaying_shows_the_song_on_air() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    for station in ["jpop", "kpop"] {
        bot.log().until(0, &["Heard", station]).await;
        let song = lab.on_air(station).await;
        let answer = lab
            .command("nowplaying", json!({ "station": station }), json!({}))
            .await;
        assert_says(&answer, song["title"].as_str().expect("a title"));
        assert_says(&answer, "listeners");
        assert!(!answer.is_ephemeral());
        let id = song["playlist"][0]["id"].to_string();
        assert!(
            answer.embed()["url"]
                .as_str()
                .expect("a link")
                .ends_with(&id)
        );
    }
    // Without a station it is the one LISTEN.moe began with.
    let mark = bot.log().mark();
    let song = lab.next_song("jpop").await;
    bot.log().until(mark, &["Heard", "jpop"]).await;
    let answer = lab.command("nowplaying", json!({}), json!({})).await;
    assert_says(&answer, song["title"].as_str().expect("a title"));
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_anything_is_known_nowplaying_says_so() {
    let lab = Lab::start(1).await;
    lab.fault(json!({ "target": "listen-moe-jpop", "fault": "silent" }))
        .await;
    let bot = lab.bot().await;
    let answer = lab.command("nowplaying", json!({}), json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    assert!(answer.embed().is_null(), "{answer:?}");
    assert!(!answer.text().trim().is_empty());
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radio_join_says_what_is_in_the_way() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let who = guild.member(0);
    lab.enter(who, None).await;

    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert_says(&answer, "voice channel");
    assert!(answer.is_ephemeral());

    // Full: as many places as people in it.
    let voice = guild.voice();
    lab.enter(guild.member(1), Some(voice)).await;
    lab.patch(
        &format!("/control/channels/{voice}"),
        json!({ "user_limit": 1 }),
    )
    .await;
    let answer = lab
        .command("radio join", json!({ "channel": voice }), json!({}))
        .await;
    assert_says(&answer, "full");
    lab.patch(
        &format!("/control/channels/{voice}"),
        json!({ "user_limit": 0 }),
    )
    .await;

    // Forbidden: everybody's role (its id is the server's) is denied CONNECT there, bit 20.
    let denied = json!({ "permission_overwrites": [
        { "id": guild.id(), "type": 0, "allow": "0", "deny": (1_u64 << 20).to_string() }
    ]});
    lab.patch(&format!("/control/channels/{voice}"), denied)
        .await;
    let answer = lab
        .command("radio join", json!({ "channel": voice }), json!({}))
        .await;
    assert_says(&answer, "Connect");
    lab.patch(
        &format!("/control/channels/{voice}"),
        json!({ "permission_overwrites": [] }),
    )
    .await;

    let answer = lab.command("radio leave", json!({}), json!({})).await;
    assert_says(&answer, "not playing");

    lab.enter(who, Some(voice)).await;
    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert_says(&answer, "Playing");
    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert_says(&answer, "already");
    let answer = lab.command("radio leave", json!({}), json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announce_is_for_members_with_manage_server_and_shows_what_is_set() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let answer = lab.command("announce show", json!({}), json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    assert!(!answer.text().contains(guild.text()), "{answer:?}");

    let answer = lab
        .command(
            "announce set",
            json!({ "channel": guild.text() }),
            json!({}),
        )
        .await;
    assert_says(&answer, "J-pop");
    let answer = lab.command("announce show", json!({}), json!({})).await;
    assert!(answer.text().contains(guild.text()), "{answer:?}");

    // The second member has no permissions beyond everybody's.
    let somebody = json!({ "user": guild.member(1) });
    let answer = lab.command("announce off", json!({}), somebody).await;
    assert!(answer.is_ephemeral(), "{answer:?}");
    assert_says(&answer, "Manage Server");
    let answer = lab.command("announce show", json!({}), json!({})).await;
    assert!(answer.text().contains(guild.text()), "{answer:?}");

    let answer = lab.command("announce off", json!({}), json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    let answer = lab.command("announce show", json!({}), json!({})).await;
    assert!(!answer.text().contains(guild.text()), "{answer:?}");
    drop(bot);
    lab.stop().await;
}
