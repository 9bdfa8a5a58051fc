//! Songs posted as the station, through webhooks of the bot's own.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    bot::Bot,
    lab::{Answer, Events, Guild, Lab, until_announced},
};

/// <https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags>
const MANAGE_WEBHOOKS: u64 = 1 << 29;
const ADMINISTRATOR: u64 = 1 << 3;

/// Gives the bot the permission to manage webhooks in a server, or takes it away.
pub async fn grant(lab: &Lab, guild: &Guild, may: bool) {
    let state = lab.get("/control/state").await;
    let applications = state["applications"].as_array().expect("applications");
    let main = applications.iter().find(|it| it["main"] == true);
    let me = &main.expect("the bot")["id"];
    let guilds = state["guilds"].as_array().expect("guilds");
    let found = guilds.iter().find(|it| it["id"] == guild.id());
    let found = found.expect("the server");
    let members = found["members"].as_array().expect("members");
    let member = members.iter().find(|it| it["id"] == *me);
    let own = member.expect("the bot")["roles"][0].clone();
    let roles = found["roles"].as_array().expect("roles");
    let role = roles.iter().find(|it| it["id"] == own);
    let held: u64 = role
        .and_then(|role| role["permissions"].as_str()?.parse().ok())
        .expect("its permissions");
    let permissions = if may {
        held | MANAGE_WEBHOOKS
    } else {
        held & !MANAGE_WEBHOOKS
    };
    let own = own.as_str().expect("an id");
    let path = format!("/control/guilds/{}/roles/{own}", guild.id());
    let body = json!({ "permissions": permissions.to_string() });
    lab.patch(&path, body).await;
}

/// `/announce set`, as often as it takes until the bot knows of its permissions.
pub async fn announce(lab: &Lab, options: Value, place: Value) -> Answer {
    loop {
        let answer = lab
            .command("announce set", options.clone(), place.clone())
            .await;
        assert!(answer.status.is_success(), "{answer:?}");
        if !answer.text().contains("may not") {
            return answer;
        }
    }
}

/// Discord has refused no request because there were too many.
pub async fn no_limit_was_reached(lab: &Lab) {
    let limited = lab.get("/control/rest").await["rate_limited"].clone();
    assert_eq!(limited, json!({ "global": 0, "user": 0, "shared": 0 }));
}

/// A request that a moderator's own bot makes.
async fn moderate(lab: &Lab, token: &str, method: Method, path: &str) -> Value {
    let url = format!("{}/v10{path}", lab.variable("DISCORD_API_URL"));
    let request = reqwest::Client::new().request(method, url);
    let answer = request.header("authorization", format!("Bot {token}"));
    let answer = answer.send().await.expect("Discord answers");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    let bytes = answer.bytes().await.expect("a whole answer");
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Who wrote the next message about a song in a channel, once it is there and the bot has noted that.
async fn author_of_next(lab: &Lab, bot: &Bot, events: &mut Events, channel: &str) -> String {
    let mark = bot.log().mark();
    let song = lab.next_song("jpop").await;
    let link = format!("/songs/{}", song["song"]["id"]);
    let author = events
        .until(&format!("{link} in {channel}"), |event| {
            let data = &event.data;
            let is_it = event.kind == "message_create"
                && data["channel_id"] == channel
                && data["embeds"].to_string().contains(&link);
            is_it.then(|| data["author"]["username"].as_str().unwrap_or("").to_owned())
        })
        .await;
    until_announced(bot, mark, &song).await;
    author
}

const STATION: &str = "LISTEN.moe J-pop";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn songs_come_as_the_station_and_without_a_webhook_from_the_bot_which_says_why() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let channel = guild.text();
    let options = json!({ "channel": channel, "webhook": true });
    let answer = lab
        .command("announce set", options.clone(), json!({}))
        .await;
    assert!(answer.text().contains("Manage Webhooks"), "{answer:?}");
    grant(&lab, &guild, true).await;
    let answer = announce(&lab, options.clone(), json!({})).await;
    assert!(answer.text().contains("as the station"), "{answer:?}");

    // Withdrawn before there is a webhook, the bot posts itself until it is granted again.
    grant(&lab, &guild, false).await;
    let mut events = lab.events().await;
    let show = async || lab.command("announce show", json!({}), json!({})).await;
    assert_ne!(
        author_of_next(&lab, &bot, &mut events, channel).await,
        STATION
    );
    let answer = show().await;
    assert!(
        answer.text().contains("give me **Manage Webhooks**"),
        "{answer:?}"
    );
    grant(&lab, &guild, true).await;
    while author_of_next(&lab, &bot, &mut events, channel).await != STATION {}
    let answer = show().await;
    assert!(!answer.text().contains("myself"), "{answer:?}");

    // A moderator deletes it: what it was to post, the bot posts.
    let made = json!({ "name": "warden", "permissions": ADMINISTRATOR.to_string() });
    let warden = lab.post("/control/applications", made).await;
    let token = warden["token"].as_str().expect("a token");
    let path = format!("/channels/{channel}/webhooks");
    let webhooks = moderate(&lab, token, Method::GET, &path).await;
    assert_eq!(webhooks.as_array().map(Vec::len), Some(1), "{webhooks}");
    assert_eq!(webhooks[0]["name"], STATION);
    let id = webhooks[0]["id"].as_str().expect("an id");
    moderate(&lab, token, Method::DELETE, &format!("/webhooks/{id}")).await;
    assert_ne!(
        author_of_next(&lab, &bot, &mut events, channel).await,
        STATION
    );
    let answer = show().await;
    assert!(answer.text().contains("webhook was deleted"), "{answer:?}");

    // Asked for again it is there again; and what is not wanted any more is not left behind, however
    // it is that nobody wants it: also when its message is still to give way to one of the bot's own.
    let off = json!({ "channel": channel, "webhook": false });
    for (mode, command, end) in [
        ("post", "announce set", off.clone()),
        ("edit", "announce set", off.clone()),
        ("replace", "announce set", off),
        ("post", "announce off", json!({})),
    ] {
        let mut again = options.clone();
        again["mode"] = mode.into();
        announce(&lab, again, json!({})).await;
        while author_of_next(&lab, &bot, &mut events, channel).await != STATION {}
        let mark = bot.log().mark();
        let answer = lab.command(command, end, json!({})).await;
        assert!(answer.text().contains("Before: "), "{answer:?}");
        bot.log().until(mark, &["webhook that nobody uses"]).await;
        let webhooks = moderate(&lab, token, Method::GET, &path).await;
        assert_eq!(webhooks, json!([]), "{mode}");
    }

    no_limit_was_reached(&lab).await;
    let secret = lab.get("/control/rest").await;
    assert_eq!(secret["unauthorized"], 0, "{secret}");
    lab.stop().await;
}
