//! What commands, their options and choices are called in each language, as Discord is told.
//! <https://discord.com/developers/docs/interactions/application-commands#localization>

use serde_json::{Map, Value};

use super::{Language, catalog::Catalog};

/// The key of a command, a subcommand or an option by the names that lead to it, the first first.
pub(crate) fn key_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut key = "command".to_owned();
    for name in names {
        key.push('-');
        key.extend(name.chars().map(|c| match c {
            // Commands in menus have capitals and spaces.
            ' ' => '-',
            c => c.to_ascii_lowercase(),
        }));
    }
    key
}

/// Adds to commands, as they are about to be registered, what they are called in each language.
pub(crate) fn localize(commands: &mut Value) {
    let catalogs: Vec<(Language, Catalog)> = Language::ALL
        .into_iter()
        // What they are called already.
        .filter(|language| *language != Language::English)
        .map(|language| (language, Catalog::of_commands(language)))
        .collect();
    for command in commands.as_array_mut().into_iter().flatten() {
        name(command, &[], &catalogs);
    }
}

/// Names a command or option below others, and what is below it.
fn name(it: &mut Value, above: &[String], catalogs: &[(Language, Catalog)]) {
    let Some(name_of_it) = it["name"].as_str().map(str::to_owned) else {
        return;
    };
    let mut names = above.to_vec();
    names.push(name_of_it.clone());
    let key = key_of(names.iter().map(String::as_str));
    put(it, "name", catalogs, |catalog| catalog.name(&key));
    put(it, "description", catalogs, |catalog| {
        catalog.description(&key)
    });
    for choice in array(it, "choices") {
        let Some(value) = choice["value"].as_str().map(str::to_owned) else {
            continue;
        };
        // `mode-post`; what is called the same everywhere by the value alone: `on`.
        let of_option = format!("{name_of_it}-{value}");
        put(choice, "name", catalogs, |catalog| {
            catalog.name(&of_option).or_else(|| catalog.name(&value))
        });
    }
    for option in array(it, "options") {
        name(option, &names, catalogs);
    }
}

fn array<'a>(it: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    let array = it.get_mut(field).and_then(Value::as_array_mut);
    array.into_iter().flatten()
}

/// Writes a text in all languages in which it is another than the one that is there.
fn put(
    it: &mut Value,
    field: &str,
    catalogs: &[(Language, Catalog)],
    text: impl Fn(&Catalog) -> Option<String>,
) {
    let mut texts = Map::new();
    for (language, catalog) in catalogs {
        let Some(text) = text(catalog).filter(|text| it[field] != **text) else {
            continue;
        };
        for locale in language.locales() {
            texts.insert((*locale).to_owned(), text.clone().into());
        }
    }
    if !texts.is_empty() {
        it[format!("{field}_localizations")] = texts.into();
    }
}
