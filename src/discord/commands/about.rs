//! `/help`, `/about`, `/invite`.

use poise::CreateReply;

use super::{private, whisper_card};
use crate::{
    discord::{
        CommandError, Context, Data,
        cards::{
            self,
            help::{Group, Link},
        },
        sight,
    },
    language::{Language, Text, key_of},
};

type Command = poise::Command<Data, CommandError>;

/// Show what I can do.
#[poise::command(
    slash_command,
    category = "About me",
    install_context = "Guild | User",
    interaction_context = "Guild | BotDm | PrivateChannel"
)]
pub(super) async fn help(ctx: Context<'_>) -> Result<(), CommandError> {
    let commands = &ctx.framework().options().commands;
    let owners = &ctx.interaction.authorizing_integration_owners;
    let in_server = sight::in_server(ctx.interaction.guild_id, owners);
    let is_here = |command: &&Command| in_server || !command.guild_only;
    let (here, in_servers): (Vec<&Command>, Vec<&Command>) = commands.iter().partition(is_here);
    let language = private(ctx).language;
    let groups = groups(here, |name| ctx.data().registered.id(name), language);
    let called = |command: &&Command| Some(language.command(&key_of([&*command.name]))?.0);
    let in_servers: Vec<String> = in_servers.iter().filter_map(called).collect();
    whisper_card(ctx, cards::help::card(&groups, &in_servers, language)).await
}

/// Commands that can be run, in the groups of their categories.
pub(super) fn groups<'a>(
    commands: impl IntoIterator<Item = &'a Command>,
    id: impl Fn(&str) -> Option<u64>,
    language: Language,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // What is in the menu of a user cannot be typed.
    let typed = commands
        .into_iter()
        .filter(|command| command.context_menu_action.is_none());
    for command in typed {
        let title = language.say(title(command.category.as_deref()));
        let id = id(&command.name);
        let line = |names: &[&str]| {
            let called = |depth: usize| language.command(&key_of(names[..depth].iter().copied()));
            let shown = (1..=names.len()).filter_map(|depth| Some(called(depth)?.0));
            let link = Link {
                name: names.join(" "),
                shown: shown.collect::<Vec<String>>().join(" "),
                id,
            };
            (link, called(names.len()).unwrap_or_default().1)
        };
        let parts = command.subcommands.iter();
        let mut lines: Vec<(Link, String)> = parts
            .map(|part| line(&[&command.name, &part.name]))
            .collect();
        if lines.is_empty() {
            lines.push(line(&[&command.name]));
        }
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.commands.extend(lines),
            None => groups.push(Group {
                title,
                commands: lines,
            }),
        }
    }
    groups
}

/// What a category of commands is called.
fn title(category: Option<&str>) -> Text<'static> {
    match category {
        Some("Listen") => Text::GroupListen,
        Some("Announcements") => Text::GroupAnnouncements,
        Some("Settings") => Text::GroupSettings,
        Some("People") => Text::GroupPeople,
        _ => Text::GroupAbout,
    }
}

/// Show how I am doing.
#[poise::command(
    slash_command,
    category = "About me",
    install_context = "Guild | User",
    interaction_context = "Guild | BotDm | PrivateChannel"
)]
pub(super) async fn about(ctx: Context<'_>) -> Result<(), CommandError> {
    let data = ctx.data();
    data.cooldowns.take(ctx.author().id)?;
    let manager = ctx.framework().shard_manager();
    let (shards, latency) = {
        let runners = manager.runners.lock().await;
        let this = runners.get(&ctx.serenity_context().shard_id);
        (runners.len(), this.and_then(|runner| runner.latency))
    };
    let upstreams = data.metrics.upstreams().into_iter();
    let state = cards::about::State {
        started: data.started,
        shards,
        latency: latency.unwrap_or_default(),
        servers: ctx.cache().guild_count(),
        calls: data.metrics.calls(),
        announced: data.metrics.announced(),
        upstreams: upstreams
            .map(|(name, status)| (name, status.state(), status.since_last_frame()))
            .collect(),
    };
    let language = private(ctx).language;
    whisper_card(ctx, cards::about::card(&state, language)).await
}

/// Get the links to add me to a server or to your account.
#[poise::command(
    slash_command,
    category = "About me",
    install_context = "Guild | User",
    interaction_context = "Guild | BotDm | PrivateChannel"
)]
pub(super) async fn invite(ctx: Context<'_>) -> Result<(), CommandError> {
    let application = ctx.interaction.application_id.get();
    let language = private(ctx).language;
    let reply = CreateReply::default()
        .embed(cards::about::invitation(language))
        .components(cards::about::invitation_links(application, language))
        .ephemeral(true);
    ctx.send(reply).await?;
    Ok(())
}
