//! Threads are opened, joined, left and archived.

use serde_json::{Value, json};

use super::message::{Reference, flags, kinds};
use super::{Author, Channel, ChannelKind, Draft, Id, World, intents, iso};

/// A thread to be.
#[derive(Debug, Clone)]
pub struct NewThread {
    /// The name.
    pub name: String,
    /// Which of the three kinds.
    pub kind: ChannelKind,
    /// Minutes without a message after which it is archived.
    pub auto_archive: u32,
    /// Seconds that people wait between messages; as the channel has it for new threads when none.
    pub slow_mode: Option<u32>,
    /// Whether those in a private thread may add others.
    pub invitable: bool,
    /// Tags of its forum.
    pub tags: Vec<Id>,
}

impl World {
    /// Opens a thread in a channel, for one of its messages or for none. One in a forum is to begin
    /// with a message that has the thread's id.
    pub fn open_thread(
        &mut self,
        parent: Id,
        message: Option<Id>,
        by: Id,
        new: NewThread,
    ) -> Option<Id> {
        let now = self.now_ms;
        let found = self.channels.get(&parent)?;
        let (guild_id, in_forum) = (found.guild?, found.kind.is_forum());
        let slow_mode = new.slow_mode.unwrap_or(found.thread_slow_mode);
        let id = match message {
            Some(message) => message,
            None => self.next_id(),
        };
        let mut channel = Channel::new(id, new.kind, Some(guild_id), new.name.clone());
        channel.parent = Some(parent);
        channel.slow_mode = slow_mode;
        if let Some(thread) = &mut channel.thread {
            thread.owner = Some(by);
            thread.archive_ms = now;
            thread.auto_archive = new.auto_archive;
            thread.invitable = new.invitable;
            thread.tags = new.tags;
            thread.members.insert(by, now);
        }
        self.guilds.get_mut(&guild_id)?.channels.push(id);
        self.channels.insert(id, channel);
        self.tell_of_new_thread(id, by);
        self.thread_members_event(id, &[by], &[]);
        if let Some(message) = message {
            let found = self.message_mut(parent, message)?;
            found.has_thread = true;
            found.flags |= flags::HAS_THREAD;
            let found = found.clone();
            self.message_event("MESSAGE_UPDATE", "message_update", &found);
            let draft = Draft {
                kind: kinds::THREAD_STARTER,
                reference: Some(Reference {
                    channel: parent,
                    message,
                }),
                application: found.application,
                ..Draft::default()
            };
            self.create_message(id, found.author, draft);
        } else if in_forum {
            if let Some(forum) = self.channels.get_mut(&parent) {
                forum.last_message = Some(id);
            }
        } else if new.kind != ChannelKind::PrivateThread {
            let draft = Draft {
                kind: kinds::THREAD_CREATED,
                content: new.name,
                ..Draft::default()
            };
            self.create_message(parent, Author::User(by), draft);
        }
        self.changed("channel_created", guild_id, Some(id));
        Some(id)
    }

    /// `THREAD_CREATE` for all who see it; whoever opened it is told that it is in it.
    fn tell_of_new_thread(&mut self, id: Id, by: Id) {
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        let guild = channel.guild;
        let (own, others): (Vec<Id>, Vec<Id>) =
            self.bots_seeing(id).into_iter().partition(|bot| *bot == by);
        let mut data = self.channel_json(channel);
        data["newly_created"] = true.into();
        let mut for_opener = self.thread_json(channel, by);
        for_opener["newly_created"] = true.into();
        self.dispatch_to(others, guild, "THREAD_CREATE", intents::GUILDS, &data);
        self.dispatch_to(own, guild, "THREAD_CREATE", intents::GUILDS, &for_opener);
    }

    /// A thread as one user has it, who may be in it.
    pub fn thread_json(&self, channel: &Channel, user: Id) -> Value {
        let mut out = self.channel_json(channel);
        if let Some(member) = thread_member_json(channel, user) {
            out["member"] = member;
        }
        out
    }

    /// Puts somebody into a thread; false when they are already, or there is no such thread.
    pub fn join_thread(&mut self, id: Id, user: Id) -> bool {
        let now = self.now_ms;
        let channel = self.channels.get_mut(&id);
        let Some(thread) = channel.and_then(|channel| channel.thread.as_mut()) else {
            return false;
        };
        if thread.members.contains_key(&user) {
            return false;
        }
        thread.members.insert(user, now);
        if let Some(channel) = self.channels.get(&id)
            && self.applications.contains_key(&user)
        {
            let (guild, data) = (channel.guild, self.thread_json(channel, user));
            self.dispatch_to(vec![user], guild, "THREAD_CREATE", intents::GUILDS, &data);
        }
        self.thread_members_event(id, &[user], &[]);
        true
    }

    /// Takes somebody out of a thread; false when they are not in it.
    pub fn leave_thread(&mut self, id: Id, user: Id) -> bool {
        let channel = self.channels.get_mut(&id);
        let Some(thread) = channel.and_then(|channel| channel.thread.as_mut()) else {
            return false;
        };
        let was_in = thread.members.remove(&user).is_some();
        if was_in {
            self.thread_members_event(id, &[], &[user]);
        }
        was_in
    }

    /// Bots without the members intent hear only of themselves.
    fn thread_members_event(&mut self, id: Id, added: &[Id], removed: &[Id]) {
        let Some(channel) = self.channels.get(&id) else {
            return;
        };
        let (Some(guild_id), Some(thread)) = (channel.guild, &channel.thread) else {
            return;
        };
        let Some(guild) = self.guilds.get(&guild_id) else {
            return;
        };
        let mut data = json!({
            "id": id,
            "guild_id": guild_id,
            "member_count": thread.members.len().min(50),
        });
        if !added.is_empty() {
            let members = added.iter().filter_map(|user| {
                let mut out = thread_member_json(channel, *user)?;
                out["member"] = self.member_json(guild, *user)?;
                out["presence"] = Value::Null;
                Some(out)
            });
            data["added_members"] = members.collect();
        }
        if !removed.is_empty() {
            data["removed_member_ids"] = json!(removed);
        }
        let concerned = |bot: &Id| added.contains(bot) || removed.contains(bot);
        let mut bots = self.bots_seeing(id);
        bots.extend(
            removed
                .iter()
                .filter(|user| self.applications.contains_key(user)),
        );
        bots.sort_unstable();
        bots.dedup();
        let (own, others): (Vec<Id>, Vec<Id>) = bots.into_iter().partition(concerned);
        let name = "THREAD_MEMBERS_UPDATE";
        self.dispatch_to(own, Some(guild_id), name, intents::GUILDS, &data);
        self.dispatch_to(others, Some(guild_id), name, intents::GUILD_MEMBERS, &data);
    }

    /// Who writes in a thread is in it, and brings it back when it was archived.
    pub(super) fn wrote_in_thread(&mut self, id: Id, user: Id, message: Id) {
        let now = self.now_ms;
        let channel = self.channels.get_mut(&id);
        let Some(thread) = channel.and_then(|channel| channel.thread.as_mut()) else {
            return;
        };
        // What a post begins with does not count.
        thread.sent += u64::from(message != id);
        if std::mem::take(&mut thread.archived) {
            thread.archive_ms = now;
            self.thread_updated(id);
        }
        self.join_thread(id, user);
    }

    /// Tells that a thread is not what it was.
    pub(super) fn thread_updated(&mut self, id: Id) {
        if let Some(channel) = self.channels.get(&id) {
            let data = self.channel_json(channel);
            self.dispatch_in(id, "THREAD_UPDATE", intents::GUILDS, &data);
        }
    }
}

/// A member of a thread (`ThreadMemberResponse`).
pub fn thread_member_json(channel: &Channel, user: Id) -> Option<Value> {
    let since = channel.thread.as_ref()?.members.get(&user)?;
    Some(json!({
        "id": channel.id,
        "user_id": user,
        "join_timestamp": iso(*since),
        "flags": 0,
    }))
}
