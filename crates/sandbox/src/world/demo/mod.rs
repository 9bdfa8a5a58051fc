//! The worlds there are at start: three pleasant servers, and as many more as asked for.
//!
//! Everything follows from the seed: the same seed gives the same ids, names and tokens.

mod guilds;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::model::{Channel, ChannelKind, Guild, Member, Role, User, VoiceState};
use super::permissions::Overwrite;
use super::{Id, Permissions as P, World};

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
    | P::USE_EXTERNAL_APPS.0
    | P::SET_VOICE_CHANNEL_STATUS.0);

/// The people of the demo: username, display name, language.
const PEOPLE: [(&str, &str, &str); 14] = [
    ("hana.mori", "Hana 森", "en-US"),
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

    /// Everybody and every guild speaks this language from now on.
    pub fn speak(&mut self, locale: &'static str) {
        for user in self.users.values_mut() {
            user.locale = locale;
        }
        for guild in self.guilds.values_mut() {
            guild.locale = locale;
        }
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
        let member = |user: &Id| (*user, Member::new(*user, joined_ms));
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
            settings: serde_json::Map::new(),
            bans: std::collections::BTreeMap::new(),
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
}
