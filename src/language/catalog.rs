//! The texts of one language, from its Fluent files: <https://projectfluent.org>

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

use super::Language;

/// The files of a language, embedded. What commands are called is in the first.
macro_rules! files {
    ($folder:literal) => {
        [
            include_str!(concat!("../../locales/", $folder, "/commands.ftl")),
            include_str!(concat!("../../locales/", $folder, "/songs.ftl")),
            include_str!(concat!("../../locales/", $folder, "/radio.ftl")),
            include_str!(concat!("../../locales/", $folder, "/status.ftl")),
            include_str!(concat!("../../locales/", $folder, "/server.ftl")),
            include_str!(concat!("../../locales/", $folder, "/errors.ftl")),
        ]
    };
}

/// The texts of a language.
pub(super) struct Catalog(FluentBundle<FluentResource>);

impl Catalog {
    /// All of them.
    pub(super) fn read(language: Language) -> Self {
        Self::of(language, &files(language))
    }

    /// What is needed to register commands: it takes a fraction of the time and memory of all.
    pub(super) fn of_commands(language: Language) -> Self {
        Self::of(language, &files(language)[..1])
    }

    fn of(language: Language, files: &[&str]) -> Self {
        let locale = language.key().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match language.separator() {
            "." => with_dots,
            "," => with_commas,
            _ => with_spaces,
        }));
        for file in files {
            // A test holds the files to being without mistakes; were there one, the texts around it
            // are of use all the same.
            let resource = FluentResource::try_new((*file).to_owned());
            let resource = resource.unwrap_or_else(|(rest, _)| rest);
            let _ = bundle.add_resource(resource);
        }
        Self(bundle)
    }

    pub(super) fn text(&self, key: &str, arguments: &FluentArgs<'_>) -> Option<String> {
        let message = self.0.get_message(key)?;
        let (mut text, mut errors) = (String::new(), Vec::new());
        self.0
            .write_pattern(&mut text, message.value()?, Some(arguments), &mut errors)
            .ok()?;
        debug_assert!(errors.is_empty(), "{key}: {errors:?}");
        Some(text)
    }

    /// What the command or option of this key is called.
    pub(super) fn name(&self, key: &str) -> Option<String> {
        self.text(key, &FluentArgs::new())
    }

    /// What it does.
    pub(super) fn description(&self, key: &str) -> Option<String> {
        let message = self.0.get_message(key)?;
        let pattern = message.get_attribute("description")?.value();
        let (mut text, mut errors) = (String::new(), Vec::new());
        self.0
            .write_pattern(&mut text, pattern, None, &mut errors)
            .ok()?;
        Some(text)
    }
}

/// The text of each file of a language.
pub(super) const fn files(language: Language) -> [&'static str; 6] {
    match language {
        Language::English => files!("en"),
        Language::Japanese => files!("ja"),
        Language::Korean => files!("ko"),
        Language::Spanish => files!("es"),
        Language::Portuguese => files!("pt-BR"),
        Language::German => files!("de"),
        Language::French => files!("fr"),
        Language::Chinese => files!("zh-CN"),
    }
}

fn with_commas<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number(value, ",")
}

fn with_dots<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number(value, ".")
}

/// Narrow ones, at which no line is broken.
fn with_spaces<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    number(value, "\u{202f}")
}

fn number(value: &FluentValue<'_>, separator: &str) -> Option<String> {
    match value {
        // All numbers of the texts are counts.
        FluentValue::Number(number) => Some(grouped(&format!("{:.0}", number.value), separator)),
        _ => None,
    }
}

/// Digits in groups of three.
pub(super) fn grouped(digits: &str, separator: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push_str(separator);
        }
        out.push(digit);
    }
    out
}
