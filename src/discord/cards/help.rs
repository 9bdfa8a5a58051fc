//! Every command, for `/help`.

use serenity::all::CreateEmbed;

use super::song::colour;
use crate::{
    discord::escape,
    language::{Language, Text},
    station::Station,
};

/// The longest value of a field Discord takes, in UTF-16 code units.
const FIELD: usize = 1024;

/// Commands that belong together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Group {
    /// What they are for.
    pub title: String,
    /// Each with what it does.
    pub commands: Vec<(Link, String)>,
}

/// A command by its full name, which starts it where Discord's id of it is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// `radio join`
    pub name: String,
    /// The same as the reader knows it.
    pub shown: String,
    /// The id of the command, not of a subcommand: those have none.
    pub id: Option<u64>,
}

impl Link {
    /// <https://discord.com/developers/docs/reference#message-formatting-formats>
    fn written(&self) -> String {
        match self.id {
            Some(id) => format!("</{}:{id}>", self.name),
            None => format!("`/{}`", self.shown),
        }
    }
}

/// The groups in their order, each command with what it does; and the names of those that can be run
/// in servers only, where this is none.
pub fn card(groups: &[Group], in_servers: &[String], language: Language) -> CreateEmbed {
    let mut lines = vec![language.say(Text::HelpWhat), language.say(Text::HelpTap)];
    if !in_servers.is_empty() {
        let names: Vec<String> = in_servers.iter().map(|name| format!("`/{name}`")).collect();
        let commands = names.join(" · ").into();
        lines.push(language.say(Text::HelpInServers { commands }));
    }
    let embed = CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title(language.say(Text::HelpTitle))
        .description(lines.join("\n"));
    let fields = groups.iter().flat_map(|group| {
        let title = std::iter::once(group.title.as_str()).chain(std::iter::repeat(MORE));
        title.zip(commands(group))
    });
    fields.fold(embed, |embed, (title, commands)| {
        embed.field(title, commands, false)
    })
}

/// Above the rest of a group that does not fit into one field.
const MORE: &str = "…";

/// The commands of a group, a line each, in as many fields as that takes.
fn commands(group: &Group) -> Vec<String> {
    let lines = group
        .commands
        .iter()
        .map(|(link, what)| format!("{} {what}", link.written()));
    let mut fields: Vec<String> = Vec::new();
    for line in lines {
        match fields.last_mut() {
            Some(field) if escape::length(field) + 1 + escape::length(&line) <= FIELD => {
                field.push('\n');
                field.push_str(&line);
            }
            _ => fields.push(line),
        }
    }
    fields
}
