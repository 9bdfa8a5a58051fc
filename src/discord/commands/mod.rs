//! The slash commands, a file or a folder each.
//!
//! Answers to what concerns a channel are public; refusals and settings are for the caller alone.

mod about;
mod announce;
mod choice;
mod history;
mod nowplaying;
mod queue;
mod radio;
mod settings;
mod status;

pub(super) use announce::{NIGHTS, OFF, ZONES, quiet_hours};

use poise::CreateReply;
use serenity::all::{CreateEmbed, GuildId, InstallationContext};

use super::{
    CommandError, Context, Data,
    live::{Letter, Order, Subject},
    managers, readers,
    sight::Whom,
};
use crate::{
    language::{Text, Wording},
    station::Station,
};

/// Every command, as it is registered.
pub fn all() -> Vec<poise::Command<Data, CommandError>> {
    let mut commands = vec![
        nowplaying::nowplaying(),
        history::history(),
        queue::queue(),
        radio::radio(),
        announce::announce(),
        settings::settings(),
        status::status(),
        about::help(),
        about::about(),
        about::invite(),
        status::live_status(),
    ];
    // Without this Discord offers a command wherever the application can be installed, and who has
    // it for themselves would see the radio in servers that the bot is not in.
    for command in &mut commands {
        command
            .install_context
            .get_or_insert_with(|| vec![InstallationContext::Guild]);
    }
    commands
}

/// Those that are offered: without an account there is no queue to tell of.
pub(super) fn offered(has_account: bool) -> Vec<poise::Command<Data, CommandError>> {
    let mut commands = all();
    commands.retain(|command| has_account || command.name != "queue");
    commands
}

/// The server the command was used in, by somebody who may change what is set for it.
fn managed(ctx: Context<'_>) -> Result<GuildId, CommandError> {
    let guild = server(ctx)?;
    let member = ctx.interaction.member.as_deref();
    let member = member.ok_or_else(|| CommandError::refused(Text::ServerOnly))?;
    managers::check(&ctx.data().servers, guild, member)?;
    Ok(guild)
}

/// The server the command was used in. Discord offers these commands nowhere else.
fn server(ctx: Context<'_>) -> Result<GuildId, CommandError> {
    ctx.guild_id()
        .ok_or_else(|| CommandError::refused(Text::ServerOnly))
}

/// The station that somebody asks about: the one they name, the one that plays in the server, or
/// J-pop. Takes the caller's turn.
fn station_asked(ctx: Context<'_>, named: Option<Station>) -> Result<Station, CommandError> {
    let data = ctx.data();
    data.cooldowns.take(ctx.author().id)?;
    let playing = || data.radio.current(ctx.guild_id()?);
    let station = named.or_else(|| playing().map(|(_, station)| station));
    Ok(station.unwrap_or_default())
}

/// How an answer is written that only the caller sees.
fn private(ctx: Context<'_>) -> Wording {
    readers::private(&ctx.data().servers, ctx.interaction)
}

/// How an answer is written that everyone in the channel sees.
fn public(ctx: Context<'_>) -> Wording {
    readers::public(&ctx.data().servers, ctx.interaction)
}

/// Answers with a line that everyone in the channel sees.
async fn say(ctx: Context<'_>, text: String) -> Result<(), CommandError> {
    ctx.send(CreateReply::default().content(text)).await?;
    Ok(())
}

/// Answers with a line that only the caller sees.
async fn whisper(ctx: Context<'_>, text: String) -> Result<(), CommandError> {
    let reply = CreateReply::default().content(text).ephemeral(true);
    ctx.send(reply).await?;
    Ok(())
}

/// Answers with a card that only the caller sees.
async fn whisper_card(ctx: Context<'_>, card: CreateEmbed) -> Result<(), CommandError> {
    let reply = CreateReply::default().embed(card).ephemeral(true);
    ctx.send(reply).await?;
    Ok(())
}

/// Answers with the card of something, kept up to date if that is wanted and there is room.
async fn show(
    ctx: Context<'_>,
    subject: Subject,
    whom: &Whom<'_>,
    live: bool,
) -> Result<(), CommandError> {
    let data = ctx.data();
    let view = subject.look(data);
    let basis = view.basis();
    let order = Order {
        number: ctx.interaction.id.get(),
        place: ctx.guild_id().map_or(ctx.channel_id().get(), GuildId::get),
        guild: ctx.guild_id(),
        asker: ctx.author().id,
        subject,
        wording: public(ctx),
    };
    let (ticket, full) = match (live && basis.is_some()).then(|| data.live.reserve(order)) {
        Some(Ok(ticket)) => (Some(ticket), None),
        // The card is shown all the same; it stands still.
        Some(Err(full)) => (None, Some(full)),
        None => (None, None),
    };
    let until = ticket.as_ref().map(|ticket| (order.number, ticket.until()));
    let wording = if basis.is_some() {
        order.wording
    } else {
        private(ctx)
    };
    let face = view.face(whom, until, wording);
    let print = face.print();
    ctx.send(face.into_reply().ephemeral(basis.is_none()))
        .await?;
    if let (Some(ticket), Some(basis)) = (ticket, basis) {
        let http = &ctx.serenity_context().http;
        let letter = Letter::new(http, &ctx.interaction.token);
        ticket.start(letter, print, basis);
    }
    match full {
        Some(full) => whisper(ctx, private(ctx).say(full.text())).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use poise::builtins::create_application_commands;
    use serde_json::{Value, json};

    use super::*;
    use crate::{discord::cards, language::Language};

    /// What Discord would be sent.
    fn registered() -> Vec<Value> {
        create_application_commands(&all())
            .iter()
            .map(|command| serde_json::to_value(command).unwrap())
            .collect()
    }

    #[test]
    fn the_commands_are_those_that_are_promised() {
        let mut names = Vec::new();
        for command in registered() {
            let name = command["name"].as_str().unwrap().to_owned();
            let anywhere = [
                "nowplaying",
                "history",
                "queue",
                "status",
                "Live status",
                "help",
                "about",
                "invite",
            ];
            let (contexts, installs) = if anywhere.contains(&name.as_str()) {
                (json!([0, 1, 2]), json!([0, 1]))
            } else {
                (json!([0]), json!([0]))
            };
            assert_eq!(command["contexts"], contexts, "where {name} is");
            assert_eq!(command["integration_types"], installs, "whose {name} is");
            let subcommands: Vec<&Value> = command["options"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|option| option["type"] == 1)
                .collect();
            if subcommands.is_empty() {
                names.push(name);
            } else {
                for subcommand in subcommands {
                    names.push(format!("{name} {}", subcommand["name"].as_str().unwrap()));
                }
            }
        }
        assert_eq!(
            names,
            [
                "nowplaying",
                "history",
                "queue",
                "radio join",
                "radio leave",
                "radio station",
                "radio volume",
                "radio stay",
                "radio status",
                "radio dj",
                "radio settings",
                "announce set",
                "announce off",
                "announce show",
                "settings",
                "status",
                "help",
                "about",
                "invite",
                "Live status"
            ]
        );
    }

    #[test]
    fn help_tells_of_each_command_once_in_its_group() {
        let (commands, english) = (all(), Language::English);
        let groups = about::groups(&commands, |name| (name == "radio").then_some(7), english);
        let titles: Vec<&str> = groups.iter().map(|group| group.title.as_str()).collect();
        assert_eq!(
            titles,
            ["Listen", "Announcements", "Settings", "People", "About me"]
        );
        let told: usize = groups.iter().map(|group| group.commands.len()).sum();
        let runnable = commands
            .iter()
            .filter(|command| command.context_menu_action.is_none())
            .map(|command| command.subcommands.len().max(1));
        assert_eq!(told, runnable.sum::<usize>());
        let card = serde_json::to_value(cards::help::card(&groups, &[], english)).unwrap();
        let listen = card["fields"][0]["value"].as_str().unwrap();
        assert!(listen.starts_with("`/nowplaying` Show"), "{listen}");
        assert!(listen.contains("\n</radio join:7> Play"), "{listen}");
    }

    #[test]
    fn help_fits_in_every_language() {
        let commands = all();
        for language in Language::ALL {
            // As long as ids are.
            let groups = about::groups(&commands, |_| Some(u64::MAX >> 1), language);
            let card = cards::help::card(&groups, &[], language);
            let fields = serde_json::to_value(&card).unwrap()["fields"].clone();
            let fields = fields.as_array().unwrap().iter();
            let told: usize = fields
                .map(|field| field["value"].as_str().unwrap().lines().count())
                .sum();
            let wanted: usize = groups.iter().map(|group| group.commands.len()).sum();
            assert_eq!(told, wanted, "{language}");
            let written = serde_json::to_value(card).unwrap();
            assert!(written["fields"].as_array().unwrap().len() <= 25);
            let length = crate::discord::escape::length(&written.to_string());
            assert!(length < 6000, "{language}: {length}");
        }
    }

    /// <https://discord.com/developers/docs/interactions/application-commands#application-command-object>
    #[test]
    fn every_description_is_one_that_discord_takes() {
        fn check(value: &Value) {
            let description = value["description"].as_str().unwrap();
            let length = description.chars().count();
            assert!((1..=100).contains(&length), "{length}: {description}");
            for option in value["options"].as_array().into_iter().flatten() {
                check(option);
            }
        }
        // Commands in menus have none.
        let typed = |command: &&Value| command["type"] != 2;
        registered().iter().filter(typed).for_each(check);
    }

    #[test]
    fn a_station_is_chosen_by_its_key() {
        let nowplaying = &registered()[0];
        assert_eq!(nowplaying["options"][0]["type"], 3);
        assert_eq!(
            nowplaying["options"][0]["choices"],
            json!([{"name": "J-pop", "value": "jpop"}, {"name": "K-pop", "value": "kpop"}])
        );
    }

    /// Discord knows nothing of the role that a server has chosen for its settings: who may change them
    /// is asked when somebody wants to.
    #[test]
    fn everything_is_offered_to_everyone() {
        for command in registered() {
            assert!(command["default_member_permissions"].is_null());
        }
        let names = |has_account| -> Vec<String> {
            let offered = offered(has_account).into_iter();
            offered.map(|command| command.name.into_owned()).collect()
        };
        assert!(names(true).contains(&"queue".to_owned()));
        assert!(!names(false).contains(&"queue".to_owned()));
        assert_eq!(names(false).len() + 1, names(true).len());
    }
}
