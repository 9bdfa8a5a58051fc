//! What can be chosen when the sandbox starts.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

use crate::{playlist::PerStation, rest::LOCALES, stream::Habits};

/// What `startTime` in LISTEN.moe's metadata means: the service's own clients disagree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StartTime {
    /// When the song started: the older clients.
    Start,
    /// When it will end: the newest client.
    End,
}

/// Choices for [`crate::Sandbox::start`]. The default is the demo, on any free port.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on. Loopback: nothing here is made to face a network.
    pub ip: IpAddr,
    /// The TCP port; 0 takes any free one.
    pub port: u16,
    /// Seed of everything that is generated: the same seed, the same world.
    pub seed: u64,
    /// How many guilds there are, 0 to 100,000.
    pub guilds: usize,
    /// The language of everybody's client and of every guild, one of Discord's locales, instead of
    /// many different ones.
    pub locale: Option<&'static str>,
    /// How many users Lanyard monitors, beside the members of the demo's guilds.
    pub users: usize,
    /// Lengths of the songs, from the shortest to the longest.
    pub song_length: (Duration, Duration),
    /// How the audio streams are made.
    pub stream: Habits,
    /// Which end of a song the metadata's `startTime` tells, J-pop and K-pop.
    pub start_time: PerStation<StartTime>,
    /// LISTEN.moe's heartbeat interval; `None` for what the service says (35 s, on v1 45 s).
    pub listen_moe_heartbeat: Option<Duration>,
    /// After how long without a heartbeat Lanyard drops a socket.
    pub lanyard_idle: Duration,
    /// Whether things happen by themselves: songs end, presences change, people come and go.
    pub lively: bool,
    /// The share of voice calls whose audio is decoded, 0.0 to 1.0; packets are counted for all.
    pub voice_decode_share: f64,
    /// The heartbeat interval of Discord's gateway.
    pub heartbeat: Duration,
    /// One IDENTIFY per 5 s and bucket, as Discord has it; off for tests that start bots quickly.
    pub identify_limit: bool,
    /// Shards that may identify at the same time: shards with the same index modulo this wait for
    /// each other, see <https://discord.com/developers/docs/events/gateway#sharding-max-concurrency>.
    pub max_concurrency: u64,
    /// Guilds for which `GET /gateway/bot` recommends one shard.
    pub guilds_per_shard: usize,
    /// A file to which every request to the REST API is added with its answer, one JSON object a
    /// line: see [`crate::rest::record`]. By default the one that the environment variable
    /// `SANDBOX_RECORD` names, so that whatever starts sandboxes, a test suite say, can be recorded
    /// from outside; several may write to one file.
    pub record: Option<PathBuf>,
}

impl Options {
    /// One of Discord's locales by its name: <https://discord.com/developers/docs/reference#locales>.
    pub fn locale_named(name: &str) -> Option<&'static str> {
        LOCALES.into_iter().find(|known| *known == name)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            seed: 1,
            guilds: 3,
            locale: None,
            users: 200,
            song_length: (Duration::from_secs(20), Duration::from_secs(40)),
            stream: Habits::default(),
            start_time: PerStation {
                jpop: StartTime::End,
                kpop: StartTime::Start,
            },
            listen_moe_heartbeat: None,
            lanyard_idle: Duration::from_mins(1),
            lively: true,
            voice_decode_share: 1.0,
            heartbeat: Duration::from_millis(41_250),
            identify_limit: true,
            max_concurrency: 1,
            guilds_per_shard: 1000,
            record: std::env::var_os("SANDBOX_RECORD")
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
        }
    }
}
