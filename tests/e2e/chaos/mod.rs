//! Everything goes wrong, at random, for a while. Afterwards every call plays the song on air, and
//! nothing is left of it.
//!
//! - [`trouble`]: what can go wrong.
//! - [`witness`]: whether `/radio status` tells the truth meanwhile.
//!
//! The long form (`make chaos`) takes 10 minutes with 100 calls; it prints its seed, and takes one
//! in `CHAOS_SEED`.

#![expect(
    clippy::print_stdout,
    reason = "what happened, for whom it did not survive"
)]

mod trouble;
mod witness;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::sleep;

use self::{trouble::Trouble, witness::Witness};
use crate::{
    bot::{Bot, Resources},
    lab::{Guild, Lab},
};

/// The first servers are the demo's, with rules of their own.
const DEMO: usize = 3;
/// Calls that are rebuilt are rebuilt at the speed of Discord's limits, about one a second, and
/// each attempt that failed made the next one wait.
const RECOVERY: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_secs(1);
/// The latest lines of the log that tell of a call that does not play.
const LINES: usize = 30;
/// Resident memory that may come and go: buffers, and what the allocator keeps.
const MEMORY: f64 = 16.0 * 1024.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_minute_of_faults_leaves_every_call_playing() {
    chaos(8, Duration::from_mins(1), 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a quarter of an hour: make chaos"]
async fn ten_minutes_of_faults_leave_a_hundred_calls_playing() {
    #[expect(
        clippy::disallowed_methods,
        reason = "not of the bot: how to repeat a test"
    )]
    let seed = std::env::var("CHAOS_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok());
    chaos(
        100,
        Duration::from_mins(10),
        seed.unwrap_or_else(rand::random),
    )
    .await;
}

async fn chaos(calls: usize, length: Duration, seed: u64) {
    println!("{calls} calls, {} s, CHAOS_SEED={seed}", length.as_secs());
    let mut random = StdRng::seed_from_u64(seed);
    let lab = Lab::start(DEMO + calls).await;
    let mut servers = Vec::new();
    for guild in lab.guilds().await.into_iter().skip(DEMO) {
        lab.enter(guild.member(0), Some(guild.voice())).await;
        servers.push(guild);
    }
    lab.plays_in(&servers, "jpop").await;
    let bot = lab.bot().await;
    let patience = RECOVERY + Duration::from_secs(2 * calls as u64);
    until_all_play(&lab, &bot, &servers, patience).await;
    let before = bot.resources();
    println!("before: {before:?}");

    let mut witness = Witness::new(&lab, &servers, seed);
    let (happened, ()) = tokio::join!(
        disturb(&lab, &servers, &mut random, length),
        witness.watch(length)
    );
    lab.delete("/control/faults").await;
    lab.next_song("jpop").await;
    let lifted = Instant::now();
    until_all_play(&lab, &bot, &servers, patience).await;
    println!(
        "{happened} troubles; all play {:.1} s after the last; {}",
        lifted.elapsed().as_secs_f64(),
        witness.testimony()
    );
    assert!(!bot.log().text().contains("panicked"), "it panicked");
    nobody_haunts(&lab).await;
    nothing_leaked(&bot, before).await;

    let (status, log) = bot.terminate().await;
    assert_eq!(status.code(), Some(0), "{}", log.text());
    lab.stop().await;
}

/// Lets things go wrong for a while, and says how many.
async fn disturb(lab: &Lab, servers: &[Guild], random: &mut StdRng, length: Duration) -> usize {
    let begun = Instant::now();
    let mut happened = 0;
    while begun.elapsed() < length {
        let trouble = Trouble::draw(random, servers.len());
        println!("{:5.1} s: {trouble:?}", begun.elapsed().as_secs_f64());
        cause(lab, servers, &trouble).await;
        happened += 1;
        // Not a wait for something to be done: the pace at which things go wrong.
        sleep(Duration::from_millis(random.random_range(100..4000))).await;
    }
    happened
}

async fn cause(lab: &Lab, servers: &[Guild], trouble: &Trouble) {
    match trouble {
        Trouble::Fault(fault) => drop(lab.fault(fault.clone()).await),
        Trouble::Gateway(order) => drop(lab.post("/control/gateway", order.clone()).await),
        Trouble::Song(station) => {
            let path = format!("/control/listen-moe/{station}/next");
            lab.post(&path, json!({})).await;
        }
        Trouble::Outage(server) => {
            let path = format!("/control/guilds/{}/unavailable", servers[*server].id());
            lab.post(&path, json!({})).await;
            sleep(LOOK).await;
            lab.delete(&path).await;
            // It has thrown everybody out of the channel, and people come back.
            let server = &servers[*server];
            lab.enter(server.member(0), Some(server.voice())).await;
        }
        Trouble::Close(server, _) | Trouble::Expire(server) | Trouble::Move(server) => {
            let guild = servers[*server].id();
            // It may not be in a call just then: nothing happens.
            let Some(user) = lab.call_in(guild).await else {
                return;
            };
            let user = user["user"].as_str().expect("an id");
            let (path, body) = match trouble {
                Trouble::Close(_, code) => (
                    format!("/control/voice/{guild}/{user}/close"),
                    json!({ "code": code }),
                ),
                Trouble::Expire(_) => (format!("/control/voice/{guild}/{user}/expire"), json!({})),
                _ => (format!("/control/guilds/{guild}/voice-server"), json!({})),
            };
            lab.attempt(&path, body).await;
        }
    }
}

/// Waits until a listener in each server hears the song on air, and says where not, and what the
/// bot logged of it.
async fn until_all_play(lab: &Lab, bot: &Bot, servers: &[Guild], patience: Duration) {
    let begun = Instant::now();
    loop {
        let silent = silent(lab, servers).await;
        if silent.is_empty() {
            return;
        }
        if begun.elapsed() >= patience {
            let log = bot.log().text();
            for (guild, call) in &silent {
                let number = servers.iter().position(|server| server.id() == guild);
                println!("server {number:?} ({guild}) does not play: {call:#}");
                let lines: Vec<&str> = log.lines().filter(|line| line.contains(guild)).collect();
                for line in &lines[lines.len().saturating_sub(LINES)..] {
                    println!("  {line}");
                }
            }
            panic!(
                "{} of {} calls do not play after {patience:?}",
                silent.len(),
                servers.len()
            );
        }
        sleep(LOOK).await;
    }
}

/// The servers in which the song on air is not heard, and what is known of their calls.
async fn silent(lab: &Lab, servers: &[Guild]) -> Vec<(String, Value)> {
    let song = lab.on_air("jpop").await;
    let wanted = song["pitch_hz"].as_f64().expect("a pitch");
    let calls = lab.get("/control/voice").await;
    let calls: HashMap<&str, &Value> = calls
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|call| Some((call["guild"].as_str()?, call)))
        .collect();
    let plays = |call: &Value| {
        let number = |name: &str| call[name].as_f64().unwrap_or(f64::NAN);
        call["connected"] == true
            && call["dave"] == true
            && (number("pitch_hz") / wanted - 1.0).abs() < 0.01
            && number("dbfs") > -40.0
            && number("idle_ms") < 1000.0
    };
    servers
        .iter()
        .filter_map(|guild| {
            let call = calls.get(guild.id()).copied();
            let silent = !call.is_some_and(plays);
            silent.then(|| (guild.id().to_owned(), call.cloned().unwrap_or_default()))
        })
        .collect()
}

/// No datagram comes from a session that is over: songbird's tasks may outlive their call.
async fn nobody_haunts(lab: &Lab) {
    let strays = || async { lab.get("/control/voice/summary").await["strays"].clone() };
    let before = strays().await;
    sleep(3 * LOOK).await;
    assert_eq!(strays().await, before, "somebody sends who should not");
}

/// Threads, files and memory are what they were; some end a while later.
async fn nothing_leaked(bot: &Bot, before: Resources) {
    let begun = Instant::now();
    loop {
        let now = bot.resources();
        let fits = now.threads <= before.threads + 4
            && now.files <= before.files + 4
            && now.resident <= before.resident * 1.25 + MEMORY;
        if fits {
            println!("after: {now:?}");
            return;
        }
        assert!(
            begun.elapsed() < RECOVERY,
            "leaked: {before:?} became {now:?}"
        );
        sleep(LOOK).await;
    }
}
