//! `/radio volume`, `/radio stay`.

use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse};

use super::{answer_tuned, control};
use crate::{
    discord::{
        CommandError, Context,
        cards::{settings::stays, text},
        commands::{choice::Switch, public, say},
    },
    language::Text,
    radio::Volume,
    store::RadioSettings,
};

/// How many choices Discord shows.
const CHOICES: usize = 25;

/// Make the radio louder or quieter for everyone in the channel.
#[poise::command(slash_command, guild_only)]
pub(super) async fn volume(
    ctx: Context<'_>,
    #[description = "In percent: 5 to 200 in steps of 5; 100 is what the station sends"]
    #[min = 5]
    #[max = 200]
    #[autocomplete = "levels"]
    level: u8,
) -> Result<(), CommandError> {
    let control = control(ctx)?;
    control.settings().await?;
    let volume = Volume::try_from(level).map_err(|_| {
        let (below, above) = (level / Volume::STEP * Volume::STEP, level.saturating_add(4));
        let above = above / Volume::STEP * Volume::STEP;
        CommandError::refused(Text::VolumeSteps {
            step: Volume::STEP.to_string().into(),
            below: below.to_string().into(),
            above: above.to_string().into(),
        })
    })?;
    control.take_turn()?;
    let tuned = control.set_volume(volume).await?;
    let volume = tuned.after.volume.to_string().into();
    let said = public(ctx).say(Text::VolumeSet { volume });
    answer_tuned(ctx, said, tuned).await
}

/// The levels that begin with what was typed; at first those that are asked for most.
#[allow(clippy::unused_async, reason = "poise wants it so")]
async fn levels(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let choices = choices(typed)
        .into_iter()
        .map(|level| AutocompleteChoice::new(format!("{level}%"), level));
    CreateAutocompleteResponse::new().set_choices(choices.collect())
}

fn choices(typed: &str) -> Vec<u8> {
    let typed = typed.trim().trim_end_matches('%');
    let all = Volume::all().map(Volume::percent);
    let mut found: Vec<u8> = if typed.is_empty() {
        all.filter(|level| {
            let often = if *level <= 50 { 10 } else { 25 };
            *level == Volume::MIN.percent() || level.is_multiple_of(often)
        })
        .collect()
    } else {
        all.filter(|level| level.to_string().starts_with(typed))
            .collect()
    };
    if found.is_empty()
        && let Ok(number) = typed.parse()
    {
        found.push(Volume::nearest(number).percent());
    }
    found.truncate(CHOICES);
    found
}

/// Stay in the voice channel when everybody has gone, or leave after a while.
#[poise::command(slash_command, guild_only)]
pub(super) async fn stay(
    ctx: Context<'_>,
    #[description = "on: stay around the clock; off: leave some time after the last one has gone"]
    mode: Switch,
    #[description = "With off: after how many minutes to leave; 5 unless you say otherwise"]
    #[min = 1]
    #[max = 1440]
    minutes: Option<u16>,
) -> Result<(), CommandError> {
    let control = control(ctx)?;
    control.settings().await?;
    let mut before = RadioSettings::default();
    let change = |settings: &mut RadioSettings| {
        before = *settings;
        settings.stay = mode.is_on();
        settings.alone_minutes = minutes.unwrap_or(settings.alone_minutes);
    };
    let settings = ctx.data().radio.configure(control.guild, change).await?;
    let language = public(ctx).language;
    let said = language.say(if settings.stay {
        Text::StayOn
    } else {
        let minutes = text::minutes(settings.alone_minutes, language).into();
        Text::StayOff { minutes }
    });
    let [before, now] = [&before, &settings].map(|settings| stays(settings, language));
    let before = Some(before).filter(|before| *before != now);
    say(ctx, text::with_before(said, before, language)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_offered_as_they_are_typed() {
        assert!(choices("").contains(&100));
        assert!(choices("").len() <= CHOICES);
        assert_eq!(choices("4"), [40, 45]);
        assert_eq!(choices("10%"), [10, 100, 105]);
        assert_eq!(choices("42"), [40]);
        assert_eq!(choices("999"), [200]);
        assert!(choices("loud").is_empty());
        for typed in ["", "1", "5", "20", "3", "0"] {
            for level in choices(typed) {
                assert!((5..=200).contains(&level) && level % 5 == 0, "{level}");
            }
        }
    }
}
