//! `/help`, `/about`, `/invite`.

use poise::CreateReply;

use super::whisper_card;
use crate::discord::{
    CommandError, Context, Data,
    cards::{
        self,
        help::{Group, Link},
    },
};

/// Show what I can do.
#[poise::command(
    slash_command,
    category = "About me",
    install_context = "Guild | User",
    interaction_context = "Guild | BotDm | PrivateChannel"
)]
pub(super) async fn help(ctx: Context<'_>) -> Result<(), CommandError> {
    let commands = &ctx.framework().options().commands;
    let groups = groups(commands, |name| ctx.data().registered.id(name));
    whisper_card(ctx, cards::help::card(&groups)).await
}

/// Every command that can be run, in the groups of their categories.
pub(super) fn groups(
    commands: &[poise::Command<Data, CommandError>],
    id: impl Fn(&str) -> Option<u64>,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // What is in the menu of a user cannot be typed.
    let typed = commands
        .iter()
        .filter(|command| command.context_menu_action.is_none());
    for command in typed {
        let title = command.category.as_deref().unwrap_or("More");
        let id = id(&command.name);
        let line = |name: String, command: &poise::Command<_, _>| {
            let what = command.description.as_deref().unwrap_or_default();
            (Link { name, id }, what.to_owned())
        };
        let mut lines: Vec<(Link, String)> = command
            .subcommands
            .iter()
            .map(|part| line(format!("{} {}", command.name, part.name), part))
            .collect();
        if lines.is_empty() {
            lines.push(line(command.name.to_string(), command));
        }
        match groups.iter_mut().find(|group| group.title == title) {
            Some(group) => group.commands.extend(lines),
            None => groups.push(Group {
                title: title.to_owned(),
                commands: lines,
            }),
        }
    }
    groups
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
    whisper_card(ctx, cards::about::card(&state)).await
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
    let reply = CreateReply::default()
        .embed(cards::about::invitation())
        .components(cards::about::invitation_links(application))
        .ephemeral(true);
    ctx.send(reply).await?;
    Ok(())
}
