//! Who changes and deletes what a webhook wrote, and when the webhook itself goes.

use super::{super::dismiss_unused, *};

#[tokio::test]
async fn an_edit_and_a_replacement_go_through_who_wrote_the_message() {
    let mut edited = world(Mode::Edit, willing).await;
    edited.play(1);
    assert_eq!(edited.whose(2).await, HIRED);
    assert_eq!(edited.whose(1).await, [(Method::POST, WEBHOOK)]);
    edited.play(2);
    let expected = [(Method::GET, CHANNEL), (Method::PATCH, WEBHOOK)];
    assert_eq!(edited.whose(2).await, expected);
    assert_eq!(edited.counted(2).await["posted"], 2);
    // The bot is to write itself from now on: the webhook's last message gives way.
    let (channel, station) = (ChannelId::new(CHANNEL), crate::station::Station::Jpop);
    let plain = style(Mode::Edit);
    let set = edited.store.set_target(GUILD, channel, station, &plain);
    set.await.unwrap();
    edited.play(3);
    let expected = [
        (Method::POST, CHANNEL),
        (Method::DELETE, WEBHOOK),
        (Method::DELETE, WEBHOOK),
    ];
    assert_eq!(edited.whose(3).await, expected);
    assert_eq!(edited.counted(3).await["posted"], 3);
    let unused = edited.store.take_unused_webhooks(None).await.unwrap();
    assert_eq!(unused, [], "deleted with the message it was kept for");

    let mut replaced = world(Mode::Replace, willing).await;
    replaced.play(1);
    assert_eq!(replaced.whose(2).await, HIRED);
    replaced.play(2);
    let expected = [
        (Method::POST, WEBHOOK),
        (Method::POST, WEBHOOK),
        (Method::DELETE, WEBHOOK),
    ];
    assert_eq!(replaced.whose(3).await, expected);
}

#[tokio::test]
async fn what_is_kept_current_is_drawn_anew_at_once_by_who_is_to_write_it() {
    let mut world = world(Mode::Edit, willing).await;
    world.play(1);
    assert_eq!(world.whose(2).await, HIRED);
    assert_eq!(world.whose(1).await, [(Method::POST, WEBHOOK)]);
    assert_eq!(world.counted(1).await["posted"], 1);

    // In another language: who wrote it changes it.
    let (channel, station) = (ChannelId::new(CHANNEL), crate::station::Station::Jpop);
    let mut wanted = world.target(CHANNEL).await.unwrap().style;
    wanted.language = Some(crate::language::Language::Japanese);
    let set = world.store.set_target(GUILD, channel, station, &wanted);
    set.await.unwrap();
    let redraws = world.announcer.redraws();
    redraws.mark(GUILD);
    let edit = world.request().await;
    let of = (edit.method, edit.channel, edit.message);
    assert_eq!(of, (Method::PATCH, WEBHOOK, Some(500)));

    // The bot is to write it: the webhook goes with its message.
    wanted.webhook = None;
    let set = world.store.set_target(GUILD, channel, station, &wanted);
    set.await.unwrap();
    redraws.mark(GUILD);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let request = world.request().await;
        seen.push((request.method, request.channel, request.message));
    }
    let expected = [
        (Method::POST, CHANNEL, None),
        (Method::DELETE, WEBHOOK, Some(500)),
        (Method::DELETE, WEBHOOK, None),
    ];
    assert_eq!(seen, expected);

    // It was no announcement, and the next one goes on from there.
    world.play(2);
    let expected = [(Method::GET, CHANNEL), (Method::PATCH, CHANNEL)];
    assert_eq!(world.whose(2).await, expected);
    assert_eq!(world.counted(2).await["posted"], 2);
    // What is a message a song stays as it was written.
    wanted.mode = Mode::Post;
    let set = world.store.set_target(GUILD, channel, station, &wanted);
    set.await.unwrap();
    redraws.mark(GUILD);
    world.play(3);
    assert_eq!(world.whose(1).await, [(Method::POST, CHANNEL)]);
}

#[tokio::test]
async fn a_webhook_that_could_not_be_deleted_is_at_the_next_occasion() {
    let mut world = world(Mode::Post, |about, before| match (about, before) {
        (it, 0) if it == about::its_end(WEBHOOK) => (StatusCode::BAD_GATEWAY, json!("<html>")),
        (about, before) => willing(about, before),
    })
    .await;
    world.play(1);
    assert_eq!(world.whose(2).await, HIRED);
    assert_eq!(world.whose(1).await, [(Method::POST, WEBHOOK)]);
    assert_eq!(world.counted(1).await["posted"], 1);
    let channel = ChannelId::new(CHANNEL);
    world.store.remove_target(GUILD, channel).await.unwrap();
    for _ in 0..2 {
        let (store, rest) = (&world.announcer.store, &world.announcer.rest);
        dismiss_unused(store, rest, Some(GUILD)).await;
        assert_eq!(world.whose(1).await, [(Method::DELETE, WEBHOOK)]);
    }
    let unused = world.store.take_unused_webhooks(None).await.unwrap();
    assert_eq!(unused, []);
}
