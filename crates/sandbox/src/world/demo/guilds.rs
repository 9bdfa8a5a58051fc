//! The three servers of the demo, and the many that are made by the dozen.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::Builder;
use crate::world::model::{ChannelKind, StageInstance};
use crate::world::{Id, Permissions as P};

const ADJECTIVES: [&str; 12] = [
    "Quiet", "Amber", "Midnight", "Paper", "Northern", "Velvet", "Lucky", "Hidden", "Silver",
    "Drowsy", "Electric", "Plum",
];

const NOUNS: [&str; 12] = [
    "Garden",
    "Arcade",
    "Harbour",
    "Lanterns",
    "Observatory",
    "Tea House",
    "Library",
    "Foxes",
    "Rooftop",
    "Station",
    "Workshop",
    "Aquarium",
];

const GIVEN: [&str; 16] = [
    "aiko", "bruno", "chiara", "daichi", "elif", "farid", "greta", "haru", "ines", "jiwoo", "kofi",
    "lucia", "mika", "noor", "oskar", "priya",
];

const LOCALES: [&str; 8] = ["en-US", "ja", "ko", "de", "fr", "es-ES", "pt-BR", "en-GB"];

impl Builder {
    /// A listening café: J-pop, a voice channel with people in it, an announcement channel and
    /// a thread.
    pub(super) fn tea_house(&mut self, p: &[Id]) {
        let members = [p[0], p[9], p[2], p[3], p[8], p[11], p[13]];
        let guild = self.guild(
            "Uguisu Tea House",
            "J-pop, tea and small talk",
            "en-US",
            &members,
        );
        self.role(
            guild,
            "Moderator",
            P::MANAGE_GUILD
                | P::MANAGE_MESSAGES
                | P::MUTE_MEMBERS
                | P::MOVE_MEMBERS
                | P::MANAGE_CHANNELS,
            0x00e6_7e22,
            &[p[13]],
        );
        self.role(guild, "Regular", P::NONE, 0x0058_a65c, &[p[9], p[2]]);
        let text = self.channel(guild, ChannelKind::Category, "Lobby", None);
        let general = self.channel(guild, ChannelKind::Text, "general", Some(text));
        self.topic(general, "Be kind. Type / to see what the bot can do.");
        let now_playing = self.channel(guild, ChannelKind::Text, "now-playing", Some(text));
        self.topic(now_playing, "What LISTEN.moe plays");
        self.channel(guild, ChannelKind::Announcement, "news", Some(text));
        let thread = self.channel(
            guild,
            ChannelKind::PublicThread,
            "favourite openings",
            Some(general),
        );
        self.edit(thread, |channel| {
            let since = channel.id.unix_ms();
            if let Some(thread) = &mut channel.thread {
                thread.owner = Some(p[2]);
                thread.members = [(p[2], since), (p[0], since)].into();
            }
        });
        let staff = self.channel(guild, ChannelKind::Text, "staff", Some(text));
        self.deny(guild, staff, P::VIEW_CHANNEL);
        let voice = self.channel(guild, ChannelKind::Category, "Voice", None);
        let lounge = self.channel(guild, ChannelKind::Voice, "Listening Room", Some(voice));
        self.edit(lounge, |c| c.bitrate = 96_000);
        let duo = self.channel(guild, ChannelKind::Voice, "Tea for Two", Some(voice));
        self.edit(duo, |c| c.user_limit = 2);
        let office = self.channel(guild, ChannelKind::Voice, "Office (no bots)", Some(voice));
        self.deny(guild, office, P::CONNECT);
        self.talk(guild, lounge, &[p[0], p[2]]);
        self.talk(guild, duo, &[p[3], p[8]]);
    }

    /// A K-pop server with a stage that is live.
    pub(super) fn night_radio(&mut self, p: &[Id]) {
        let members = [p[10], p[1], p[4], p[5], p[6], p[11]];
        let guild = self.guild(
            "서울 밤 라디오 · Seoul Night Radio",
            "K-pop after dark",
            "ko",
            &members,
        );
        self.role(
            guild,
            "DJ",
            P::MANAGE_GUILD | P::MUTE_MEMBERS,
            0x00c2_4d9b,
            &[p[1]],
        );
        self.channel(guild, ChannelKind::Text, "수다", None);
        self.channel(guild, ChannelKind::Text, "now-playing", None);
        let quiet = self.channel(guild, ChannelKind::Text, "read-only", None);
        self.deny(guild, quiet, P::SEND_MESSAGES);
        self.channel(guild, ChannelKind::Voice, "노래방", None);
        let stage = self.channel(guild, ChannelKind::Stage, "Main Stage", None);
        let id = self.id();
        if let Some(guild) = self.world.guilds.get_mut(&guild) {
            guild.stages.push(StageInstance {
                id,
                channel: stage,
                topic: "Comeback night".to_owned(),
            });
        }
        self.talk(guild, stage, &[p[10], p[4], p[6]]);
    }

    /// A small server of people who make things, with a voice channel nobody is in.
    pub(super) fn workshop(&mut self, p: &[Id]) {
        let members = [p[7], p[12], p[3], p[8], p[5]];
        let guild = self.guild("The Quiet Workshop", "", "en-GB", &members);
        self.channel(guild, ChannelKind::Text, "bench", None);
        let bots = self.channel(guild, ChannelKind::Text, "no-embeds", None);
        self.deny(guild, bots, P::EMBED_LINKS);
        self.channel(guild, ChannelKind::Voice, "Focus", None);
        let listen = self.channel(guild, ChannelKind::Voice, "Listen only", None);
        self.deny(guild, listen, P::SPEAK);
    }

    pub(super) fn generated(&mut self, index: usize) {
        let pick = |rng: &mut StdRng, from: &[&'static str]| *from.choose(rng).unwrap_or(&"Plain");
        let name = format!(
            "{} {} {index}",
            pick(&mut self.rng, &ADJECTIVES),
            pick(&mut self.rng, &NOUNS)
        );
        let locale = pick(&mut self.rng, &LOCALES);
        let members: Vec<Id> = (0..4)
            .map(|n| {
                let given = pick(&mut self.rng, &GIVEN);
                let locale = pick(&mut self.rng, &LOCALES);
                self.person(&format!("{given}.{index}.{n}"), given, locale)
            })
            .collect();
        let guild = self.guild(&name, "", locale, &members);
        self.channel(guild, ChannelKind::Text, "general", None);
        self.channel(guild, ChannelKind::Voice, "Radio", None);
    }
}
