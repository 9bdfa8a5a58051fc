//! The files of all languages hold the same texts, and what Discord takes.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};
use poise::builtins::create_application_commands;
use serde_json::Value;

use super::{Language, Text, catalog::files, key_of, localize, text};

/// What a text takes, and which texts it mentions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Needs {
    variables: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl Needs {
    fn pattern(&mut self, pattern: &Pattern<&str>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>) {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                self.inline(selector);
                for variant in variants {
                    self.pattern(&variant.value);
                }
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, .. } => {
                self.texts.insert(id.name.to_owned());
            }
            InlineExpression::Placeable { expression } => self.expression(expression),
            InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
            other => panic!("not used here: {other:?}"),
        }
    }
}

/// Every text of a language, in the files, by its key: an attribute as `key.attribute`.
fn texts(language: Language) -> BTreeMap<String, Needs> {
    let mut texts = BTreeMap::new();
    let mut add = |key: String, pattern: &Pattern<&str>| {
        let mut needs = Needs::default();
        needs.pattern(pattern);
        let twice = texts.insert(key.clone(), needs);
        assert!(twice.is_none(), "{language}: {key} is there twice");
    };
    for file in files(language) {
        let resource = parser::parse(file).unwrap_or_else(|(_, why)| panic!("{language}: {why:?}"));
        for entry in resource.body {
            match entry {
                Entry::Message(message) => {
                    let key = message.id.name;
                    add(key.to_owned(), &message.value.expect("a value"));
                    for attribute in &message.attributes {
                        let attribute_key = format!("{key}.{}", attribute.id.name);
                        add(attribute_key, &attribute.value);
                    }
                }
                Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
                other => panic!("{language}: {other:?}"),
            }
        }
    }
    texts
}

/// The commands as they are registered, in every language.
fn commands() -> Value {
    let commands = create_application_commands(&crate::discord::commands::all());
    let mut commands = serde_json::to_value(commands).unwrap();
    localize(&mut commands);
    commands
}

/// Every command, subcommand and option with the names that lead to it.
fn each<'a>(list: &'a Value, above: &[&'a str], tell: &mut impl FnMut(&[&'a str], &'a Value)) {
    for it in list.as_array().into_iter().flatten() {
        let mut names = above.to_vec();
        names.push(it["name"].as_str().unwrap());
        tell(&names, it);
        each(&it["options"], &names, tell);
    }
}

/// The keys of what commands are called.
fn keys_of_commands() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    each(&commands(), &[], &mut |names, it| {
        let key = key_of(names.iter().copied());
        // Commands in menus have no description.
        if it["description"].as_str().is_some_and(|it| !it.is_empty()) {
            keys.insert(format!("{key}.description"));
        }
        keys.insert(key);
    });
    keys
}

#[test]
fn every_language_has_every_text_and_no_other() {
    let mut expected: BTreeSet<String> = keys_of_commands();
    expected.extend(text::ALL.iter().map(|(key, _)| (*key).to_owned()));
    for language in Language::ALL {
        let found: BTreeSet<String> = texts(language).into_keys().collect();
        let missing: Vec<_> = expected.difference(&found).collect();
        let unused: Vec<_> = found.difference(&expected).collect();
        assert!(
            missing.is_empty() && unused.is_empty(),
            "{language}: missing {missing:?}, unused {unused:?}"
        );
    }
}

#[test]
fn every_text_takes_the_same_in_every_language() {
    let taken: BTreeMap<&str, &[&str]> = text::ALL.iter().copied().collect();
    for language in Language::ALL {
        let texts = texts(language);
        for (key, needs) in &texts {
            let given = taken.get(key.as_str()).copied().unwrap_or_default();
            let given: BTreeSet<String> = given.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(needs.variables, given, "{language}: {key}");
            for mentioned in &needs.texts {
                let there = texts.get(mentioned);
                let there = there.unwrap_or_else(|| panic!("{language}: {key}: {mentioned}"));
                assert_eq!(
                    *there,
                    Needs::default(),
                    "{key} mentions what takes something"
                );
            }
        }
    }
}

#[test]
fn the_english_names_of_commands_are_those_of_the_code() {
    let commands = commands();
    each(&commands, &[], &mut |names, it| {
        let key = key_of(names.iter().copied());
        let catalog = Language::English.catalog();
        assert_eq!(catalog.name(&key).as_deref(), it["name"].as_str());
        let description = it["description"].as_str().filter(|it| !it.is_empty());
        assert_eq!(catalog.description(&key).as_deref(), description, "{key}");
    });
}

/// <https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-naming>
#[test]
fn commands_are_called_what_discord_takes() {
    let commands = commands();
    let fits = |name: &str| {
        let fits = |c: char| c.is_alphanumeric() || "-_'".contains(c);
        name.chars().all(fits) && name.to_lowercase() == name
    };
    let length = |text: &Value| text.as_str().unwrap().chars().count();
    let locales = Language::ALL.into_iter().flat_map(Language::locales);
    let locales: BTreeSet<&str> = locales
        .copied()
        .filter(|it| !it.starts_with("en"))
        .collect();
    each(&commands, &[], &mut |names, it| {
        // Commands in menus have capitals and spaces.
        let typed = it["description"].as_str().is_some_and(|it| !it.is_empty());
        if typed {
            let translated = it["description_localizations"].as_object().unwrap();
            let found: BTreeSet<&str> = translated.keys().map(String::as_str).collect();
            assert_eq!(found, locales, "{names:?}");
            for text in translated.values() {
                assert!((1..=100).contains(&length(text)), "{names:?}: {text}");
            }
        }
        for (locale, text) in it["name_localizations"].as_object().into_iter().flatten() {
            assert!((1..=32).contains(&length(text)), "{names:?}: {text}");
            assert!(!typed || fits(text.as_str().unwrap()), "{locale}: {text}");
        }
        for choice in it["choices"].as_array().into_iter().flatten() {
            for text in choice["name_localizations"]
                .as_object()
                .into_iter()
                .flatten()
            {
                assert!((1..=100).contains(&length(text.1)), "{names:?}: {text:?}");
            }
        }
    });
    // Of those beside each other, no two have one name.
    for locale in locales {
        let mut taken = BTreeSet::new();
        each(&commands, &[], &mut |names, it| {
            let name = &it["name_localizations"][locale];
            let name = name.as_str().unwrap_or(names[names.len() - 1]);
            let above = names[..names.len() - 1].join(" ");
            assert!(
                taken.insert((above, name.to_owned())),
                "{locale}: {name} twice"
            );
        });
    }
}

#[test]
fn choices_are_translated() {
    let commands = commands();
    let mut translated = BTreeSet::new();
    each(&commands, &[], &mut |_, it| {
        for choice in it["choices"].as_array().into_iter().flatten() {
            if choice["name_localizations"]["de"].is_string() {
                translated.insert(choice["value"].as_str().unwrap().to_owned());
            }
        }
    });
    let expected = [
        "compact", "edit", "events", "full", "off", "on", "post", "replace", "server",
    ];
    assert!(translated.iter().eq(&expected), "{translated:?}");
}

#[test]
fn locales_of_discord_are_languages() {
    for language in Language::ALL {
        assert_eq!(language.key().parse::<Language>().unwrap(), language);
        for locale in language.locales() {
            assert_eq!(Language::from_discord(locale), language);
        }
    }
    for unknown in ["", "cs", "zh-TW", "en", "DE", "de-AT"] {
        assert_eq!(Language::from_discord(unknown), Language::English);
    }
}

#[test]
fn numbers_have_their_forms_and_groups() {
    let say = |language: Language, count| language.say(Text::ListenersCount { count });
    assert_eq!(say(Language::English, 1), "1 listener");
    assert_eq!(say(Language::English, 0), "0 listeners");
    assert_eq!(say(Language::English, 1_234_567), "1,234,567 listeners");
    assert_eq!(say(Language::Spanish, 1), "1 oyente");
    assert_eq!(say(Language::Spanish, 2_000), "2.000 oyentes");
    assert_eq!(say(Language::French, 0), "0 auditeur");
    assert_eq!(say(Language::French, 1_087), "1\u{202f}087 auditeurs");
    assert_eq!(say(Language::Portuguese, 0), "0 ouvinte");
    assert_eq!(say(Language::Korean, 12), "청취자 12명");
    assert_eq!(Language::Chinese.number(1_234), "1,234");
}

/// What is put into a text stays as it is: no marks around it, and nothing in it is read.
#[test]
fn what_is_put_in_stays_as_it_is() {
    for name in ["{ $name }", "\u{2068}", "a\nb", r"\u0041", "**", ""] {
        let title = Text::NotOnLanyard { name: name.into() };
        assert_eq!(
            Language::English.say(title),
            format!("{name} is not on Lanyard")
        );
    }
}

/// What mentions a command calls it as it is called in that language.
#[test]
fn commands_are_mentioned_by_their_names() {
    let text = Language::German.say(Text::RadioOff);
    assert!(text.contains("`/radio beitreten`"), "{text}");
}
