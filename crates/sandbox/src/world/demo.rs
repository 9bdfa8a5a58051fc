//! The worlds there are at start: three pleasant servers, and as many more as asked for.
//!
//! Everything follows from the seed: the same seed gives the same ids, names and tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::model::{
    Application, Channel, ChannelKind, Guild, Member, Role, StageInstance, User, VoiceState,
};
use super::permissions::Overwrite;
use super::{Id, Permissions as P, World, intents};

/// What everyone may do in a new guild, as Discord sets it.
const EVERYONE: P = P(P::VIEW_CHANNEL.0
    | P::CREATE_INSTANT_INVITE.0
    | P::CHANGE_NICKNAME.0
    | P::ADD_REACTIONS.0
    | P::STREAM.0
    | P::SEND_MESSAGES.0
    | P::SEND_MESSAGES_IN_THREADS.0
    | P::CREATE_PUBLIC_THREADS.0
    | P::EMBED_LINKS.0
    | P::ATTACH_FILES.0
    | P::READ_MESSAGE_HISTORY.0
    | P::USE_EXTERNAL_EMOJIS.0
    | P::CONNECT.0
    | P::SPEAK.0
    | P::USE_VAD.0
    | P::REQUEST_TO_SPEAK.0
    | P::USE_APPLICATION_COMMANDS.0
    | P::SET_VOICE_CHANNEL_STATUS.0);

/// What a bot's own role gives it: what a radio bot's invite asks for.
const INVITED: P = P(P::VIEW_CHANNEL.0
    | P::SEND_MESSAGES.0
    | P::SEND_MESSAGES_IN_THREADS.0
    | P::EMBED_LINKS.0
    | P::ATTACH_FILES.0
    | P::READ_MESSAGE_HISTORY.0
    | P::USE_EXTERNAL_EMOJIS.0
    | P::CONNECT.0
    | P::SPEAK.0
    | P::USE_VAD.0
    | P::REQUEST_TO_SPEAK.0
    | P::SET_VOICE_CHANNEL_STATUS.0);

/// The people of the demo: username, display name, language.
const PEOPLE: [(&str, &str, &str); 14] = [
    ("hana.mori", "Hana 森", "ja"),
    ("minjun", "민준", "ko"),
    ("lea.dubois", "Léa Dubois", "fr"),
    ("jonas_k", "Jonas", "de"),
    ("sofia.rossi", "Sofia Rossi", "it"),
    ("mateo.v", "Mateo", "es-ES"),
    ("ana_clara", "Ana Clara", "pt-BR"),
    ("ewa.nowak", "Ewa", "pl"),
    ("oliver.b", "Oliver Bennett", "en-GB"),
    ("kaito", "海斗 (AFK often)", "ja"),
    ("yuna.seo", "윤아 ✨", "ko"),
    ("wei.lin", "林薇", "zh-TW"),
    ("dmytro", "Дмитро", "uk"),
    ("sam_the_mod", "*Sam* _the_ mod", "en-US"),
];

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

impl Channel {
    /// A channel with Discord's defaults.
    pub fn new(id: Id, kind: ChannelKind, guild: Option<Id>, name: String) -> Self {
        Self {
            id,
            kind,
            guild,
            name,
            topic: None,
            position: 0,
            parent: None,
            overwrites: Vec::new(),
            bitrate: 64_000,
            user_limit: 0,
            status: None,
            voice_since_ms: None,
            owner: None,
            archived: false,
            recipients: Vec::new(),
            messages: std::collections::BTreeMap::new(),
            last_message: None,
            nonces: std::collections::HashMap::new(),
        }
    }
}

/// Builds a world: ids are spread over the years before now, as real ones are, so that guilds
/// fall into different shards.
struct Builder {
    world: World,
    rng: StdRng,
    clock_ms: u64,
}

impl World {
    /// The world of a seed: `guilds` servers, the first three of them the demo's.
    pub fn generate(seed: u64, guilds: usize, now_ms: u64) -> Self {
        let mut builder = Builder {
            world: World::default(),
            rng: StdRng::seed_from_u64(seed),
            // The spring of 2017; each generated object is some minutes younger than the last.
            clock_ms: 1_490_000_000_000,
        };
        builder.application("uguisu");
        let people: Vec<Id> = PEOPLE
            .iter()
            .map(|p| builder.person(p.0, p.1, p.2))
            .collect();
        let demo: [fn(&mut Builder, &[Id]); 3] =
            [Builder::tea_house, Builder::night_radio, Builder::workshop];
        for build in demo.into_iter().take(guilds) {
            build(&mut builder, &people);
        }
        for index in 3..guilds.max(3) {
            builder.generated(index);
        }
        let mut world = builder.world;
        world.set_now(now_ms);
        world
    }

    /// Registers another bot and makes it a member of every guild. The name is free text of up
    /// to 32 characters.
    pub fn add_application(&mut self, name: &str) -> Application {
        let id = self.next_id();
        let application = self.make_application(id, name, rand::rng());
        let guilds: Vec<Id> = self.guilds.keys().copied().collect();
        for guild in guilds {
            self.enrol(guild, id);
        }
        // Nobody has its token yet, so no session is there to be told of each guild.
        self.tell(
            "world",
            serde_json::json!({"what": "bot_added", "user_id": id}),
        );
        application
    }

    fn make_application(&mut self, id: Id, name: &str, mut rng: impl Rng) -> Application {
        let mut secret = [0_u8; 32];
        rng.fill(&mut secret);
        let made = u32::try_from(id.unix_ms() / 1000)
            .unwrap_or(0)
            .to_be_bytes();
        let token = format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(id.to_string()),
            URL_SAFE_NO_PAD.encode(made),
            &URL_SAFE_NO_PAD.encode(secret)[..38],
        );
        let application = Application {
            id,
            name: name.to_owned(),
            token: token.clone(),
            privileged: 0,
            commands: Vec::new(),
        };
        self.users.insert(
            id,
            User {
                id,
                username: name.to_owned(),
                global_name: None,
                bot: true,
                locale: "en-US",
                colour: 0x005b_8c5a,
            },
        );
        self.tokens.insert(token, id);
        self.applications.insert(id, application.clone());
        application
    }

    /// Makes a bot a member of a guild, with its own role, and tells it. Nothing happens when it
    /// already is.
    pub fn add_bot(&mut self, guild: Id, bot: Id) {
        if !self.enrol(guild, bot) {
            return;
        }
        if let Some(found) = self.guilds.get(&guild) {
            let data = self.guild_create_json(found, bot, 0);
            self.dispatch_to(
                vec![bot],
                Some(guild),
                "GUILD_CREATE",
                intents::GUILDS,
                &data,
            );
        }
        self.tell(
            "world",
            serde_json::json!({"what": "bot_added", "guild_id": guild, "user_id": bot}),
        );
    }

    /// False when the bot is a member already, or there is no such guild.
    fn enrol(&mut self, guild: Id, bot: Id) -> bool {
        let role_id = self.next_id();
        let now = self.now_ms;
        let name = self
            .users
            .get(&bot)
            .map_or_else(String::new, |user| user.username.clone());
        let Some(found) = self.guilds.get_mut(&guild) else {
            return false;
        };
        if found.members.contains_key(&bot) {
            return false;
        }
        found.bots.push(bot);
        let role = Role {
            id: role_id,
            name,
            permissions: INVITED,
            colour: 0,
            position: 1,
            mentionable: false,
            hoist: false,
            bot: Some(bot),
        };
        found.roles.insert(role_id, role);
        found.members.insert(
            bot,
            Member {
                user: bot,
                nick: None,
                roles: vec![role_id],
                joined_ms: now,
                mute: false,
                deaf: false,
            },
        );
        true
    }
}

impl Builder {
    fn id(&mut self) -> Id {
        // Some minutes to some hours later: 22 bits of each id are left for the same millisecond.
        self.clock_ms += self.rng.random_range(60_000..7_200_000);
        self.world.ids.next(self.clock_ms)
    }

    fn application(&mut self, name: &str) {
        let id = self.id();
        let rng = StdRng::from_rng(&mut self.rng);
        self.world.make_application(id, name, rng);
        self.world.main = Some(id);
    }

    fn person(&mut self, username: &str, shown: &str, locale: &'static str) -> Id {
        let id = self.id();
        let colour = self.rng.random_range(0x20_2020..0xe0_e0e0);
        self.world.users.insert(
            id,
            User {
                id,
                username: username.to_owned(),
                global_name: Some(shown.to_owned()),
                bot: false,
                locale,
                colour,
            },
        );
        id
    }

    fn guild(&mut self, name: &str, description: &str, locale: &'static str, members: &[Id]) -> Id {
        let id = self.id();
        let everyone = Role {
            id,
            name: "@everyone".to_owned(),
            permissions: EVERYONE,
            colour: 0,
            position: 0,
            mentionable: false,
            hoist: false,
            bot: None,
        };
        let joined_ms = self.clock_ms;
        let member = |user: &Id| {
            let member = Member {
                user: *user,
                nick: None,
                roles: Vec::new(),
                joined_ms,
                mute: false,
                deaf: false,
            };
            (*user, member)
        };
        let guild = Guild {
            id,
            name: name.to_owned(),
            description: Some(description.to_owned()).filter(|text| !text.is_empty()),
            owner: members.first().copied().unwrap_or(Id(1)),
            locale,
            colour: self.rng.random_range(0x20_2020..0xc0_c0c0),
            roles: [(id, everyone)].into(),
            channels: Vec::new(),
            members: members.iter().map(member).collect(),
            bots: Vec::new(),
            voice_states: std::collections::BTreeMap::new(),
            stages: Vec::new(),
            unavailable: false,
        };
        self.world.guilds.insert(id, guild);
        if let Some(main) = self.world.main {
            self.world.set_now(self.clock_ms);
            self.world.enrol(id, main);
        }
        id
    }

    fn channel(&mut self, guild: Id, kind: ChannelKind, name: &str, parent: Option<Id>) -> Id {
        let id = self.id();
        let mut channel = Channel::new(id, kind, Some(guild), name.to_owned());
        channel.parent = parent;
        if let Some(guild) = self.world.guilds.get_mut(&guild) {
            channel.position = u32::try_from(guild.channels.len()).unwrap_or(0);
            guild.channels.push(id);
        }
        self.world.channels.insert(id, channel);
        id
    }

    fn edit(&mut self, channel: Id, change: impl FnOnce(&mut Channel)) {
        if let Some(channel) = self.world.channels.get_mut(&channel) {
            change(channel);
        }
    }

    /// Takes a permission from everyone in a channel.
    fn deny(&mut self, guild: Id, channel: Id, deny: P) {
        self.edit(channel, |channel| {
            channel.overwrites.push(Overwrite {
                id: guild,
                is_member: false,
                allow: P::NONE,
                deny,
            });
        });
    }

    fn topic(&mut self, channel: Id, topic: &str) {
        self.edit(channel, |channel| channel.topic = Some(topic.to_owned()));
    }

    fn role(&mut self, guild: Id, name: &str, permissions: P, colour: u32, members: &[Id]) -> Id {
        let id = self.id();
        if let Some(guild) = self.world.guilds.get_mut(&guild) {
            let position = u32::try_from(guild.roles.len()).unwrap_or(0);
            guild.roles.insert(
                id,
                Role {
                    id,
                    name: name.to_owned(),
                    permissions,
                    colour,
                    position,
                    mentionable: true,
                    hoist: true,
                    bot: None,
                },
            );
            for member in members {
                if let Some(member) = guild.members.get_mut(member) {
                    member.roles.push(id);
                }
            }
        }
        id
    }

    fn talk(&mut self, guild: Id, channel: Id, users: &[Id]) {
        let is_stage =
            self.world.channels.get(&channel).map(|c| c.kind) == Some(ChannelKind::Stage);
        for (place, user) in users.iter().enumerate() {
            let session_id = format!("{:032x}", self.rng.random::<u128>());
            let state = VoiceState {
                user: *user,
                channel,
                session_id,
                self_mute: place == 1,
                self_deaf: false,
                self_video: false,
                suppress: is_stage && place > 0,
                request_to_speak_ms: None,
            };
            if let Some(guild) = self.world.guilds.get_mut(&guild) {
                guild.voice_states.insert(*user, state);
            }
        }
        let since = self.clock_ms;
        self.edit(channel, |channel| channel.voice_since_ms = Some(since));
    }

    /// A listening café: J-pop, a voice channel with people in it, an announcement channel and
    /// a thread.
    fn tea_house(&mut self, p: &[Id]) {
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
        self.edit(thread, |c| c.owner = Some(p[2]));
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
    fn night_radio(&mut self, p: &[Id]) {
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
    fn workshop(&mut self, p: &[Id]) {
        let members = [p[7], p[12], p[3], p[8], p[5]];
        let guild = self.guild("The Quiet Workshop", "", "en-GB", &members);
        self.channel(guild, ChannelKind::Text, "bench", None);
        let bots = self.channel(guild, ChannelKind::Text, "no-embeds", None);
        self.deny(guild, bots, P::EMBED_LINKS);
        self.channel(guild, ChannelKind::Voice, "Focus", None);
        let listen = self.channel(guild, ChannelKind::Voice, "Listen only", None);
        self.deny(guild, listen, P::SPEAK);
    }

    fn generated(&mut self, index: usize) {
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
