//! Applications are made, and join guilds.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;

use super::model::{Application, Member, Role, User};
use super::{Id, Permissions as P, World, intents};

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

impl World {
    /// Registers another bot and makes it a member of every guild, with these permissions or
    /// those of a radio bot. The name is free text of up to 32 characters.
    pub fn add_application(&mut self, name: &str, permissions: Option<P>) -> Application {
        let id = self.next_id();
        let application = self.make_application(id, name, rand::rng());
        let guilds: Vec<Id> = self.guilds.keys().copied().collect();
        for guild in guilds {
            self.enrol(guild, id);
            let roles = self.guilds.get_mut(&guild).map(|guild| &mut guild.roles);
            for role in roles.into_iter().flat_map(|roles| roles.values_mut()) {
                if role.bot == Some(id) {
                    role.permissions = permissions.unwrap_or(role.permissions);
                }
            }
        }
        // Nobody has its token yet, so no session is there to be told of each guild.
        self.tell(
            "world",
            serde_json::json!({"what": "bot_added", "user_id": id}),
        );
        application
    }

    pub(super) fn make_application(
        &mut self,
        id: Id,
        name: &str,
        mut rng: impl Rng,
    ) -> Application {
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
            description: String::new(),
            tags: Vec::new(),
            privileged: 0,
            commands: Vec::new(),
            creates: std::collections::HashMap::new(),
            installed_by: std::collections::BTreeSet::new(),
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
        self.member_added(guild, bot);
    }

    /// Gives a bot's account another name and tells it.
    pub fn rename_bot(&mut self, bot: Id, name: String) {
        if let Some(user) = self.users.get_mut(&bot) {
            user.username = name;
        }
        let data = self.self_json(bot);
        self.dispatch_to(vec![bot], None, "USER_UPDATE", intents::ALWAYS, &data);
        let told = serde_json::json!({"what": "bot_renamed", "user_id": bot});
        self.tell("world", told);
    }

    /// False when the bot is a member already, or there is no such guild.
    pub(super) fn enrol(&mut self, guild: Id, bot: Id) -> bool {
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
                roles: vec![role_id],
                ..Member::new(bot, now)
            },
        );
        true
    }
}
