//! Every command, for `/help`.

use serenity::all::CreateEmbed;

use super::song::colour;
use crate::station::Station;

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
    /// The id of the command, not of a subcommand: those have none.
    pub id: Option<u64>,
}

impl Link {
    /// <https://discord.com/developers/docs/reference#message-formatting-formats>
    fn written(&self) -> String {
        match self.id {
            Some(id) => format!("</{}:{id}>", self.name),
            None => format!("`/{}`", self.name),
        }
    }
}

/// The groups in their order, each command with what it does.
pub fn card(groups: &[Group]) -> CreateEmbed {
    let embed = CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title("What I do")
        .description(
            "I play **LISTEN.moe**'s J-pop and K-pop radio in voice channels, announce each new \
             song where you want it, and show what people who use **Lanyard** are doing.\n\
             Tap a command to run it.",
        );
    groups.iter().fold(embed, |embed, group| {
        embed.field(&group.title, commands(group), false)
    })
}

/// As many as fit.
fn commands(group: &Group) -> String {
    let lines = group
        .commands
        .iter()
        .map(|(link, what)| format!("{} {what}", link.written()));
    let mut text = String::new();
    for line in lines {
        if text.len() + line.len() + 1 > FIELD {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    text
}
