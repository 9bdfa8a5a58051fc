//! A presence as Lanyard writes it: what the model needs of it, borrowed from its text. Whatever is
//! missing, null or of a wrong type is as if it were not there, and never costs the rest; of a name
//! that comes twice the last one counts, as in JavaScript.
//!
//! No tree of the whole is made: it cost a quarter of a lookup.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use time::OffsetDateTime;

use crate::json;

/// A text, a number or a flag; or nothing of these.
#[derive(Debug, Default)]
pub(super) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    Flag(bool),
    #[default]
    None,
}

impl Scalar<'_> {
    /// A text that says something.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => json::said(text),
            _ => None,
        }
    }

    /// The same, to keep.
    pub(super) fn owned(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    /// A whole number that is not negative, or one written as a text.
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => self.text()?.parse().ok(),
        }
    }

    /// True only when it says so.
    pub(super) const fn flag(&self) -> bool {
        matches!(self, Self::Flag(true))
    }

    /// An absolute `http(s)` address.
    pub(super) fn web_address(&self) -> Option<String> {
        json::checked_web_address(self.text()?)
    }

    /// A time in milliseconds since 1970.
    pub(super) fn millis(&self) -> Option<OffsetDateTime> {
        json::from_millis(self.number()?)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any(PhantomData))
    }
}

/// The items of a list; none, if it is none.
#[derive(Debug)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any(PhantomData))
    }
}

/// What can be made of any value; of those that it is not made of, nothing.
trait Lenient<'de>: Default {
    fn text(_: Cow<'de, str>) -> Self {
        Self::default()
    }

    fn number(_: u64) -> Self {
        Self::default()
    }

    fn flag(_: bool) -> Self {
        Self::default()
    }

    fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn object<A: MapAccess<'de>>(mut members: A) -> Result<Self, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

impl<'de: 'a, 'a> Lenient<'de> for Scalar<'a> {
    fn text(text: Cow<'de, str>) -> Self {
        Self::Text(text)
    }

    fn number(number: u64) -> Self {
        Self::Number(number)
    }

    fn flag(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<'de, T: Deserialize<'de>> Lenient<'de> for List<T> {
    fn list<A: SeqAccess<'de>>(mut items: A) -> Result<Self, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Self(list))
    }
}

/// Reads any value.
struct Any<T>(PhantomData<T>);

impl<'de, T: Lenient<'de>> Visitor<'de> for Any<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<T, E> {
        Ok(T::flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<T, E> {
        Ok(T::number(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        T::list(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::object(members)
    }
}

/// A member's name, read without a copy unless it is written with escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Scalar::deserialize(from)? {
            Scalar::Text(name) => Ok(Self(name)),
            _ => Ok(Self(Cow::Borrowed(""))),
        }
    }
}

/// Objects: `field: Type = "name"` for each member that is read; the others are skipped.
macro_rules! objects {
    ($( $(#[$about:meta])* $object:ident { $( $field:ident: $type:ty = $name:literal, )+ } )+) => { $(
        $(#[$about])*
        #[derive(Debug, Default)]
        pub(super) struct $object<'a> {
            $( pub(super) $field: $type, )+
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $object<'a> {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(Any(PhantomData))
            }
        }

        impl<'de: 'a, 'a> Lenient<'de> for $object<'a> {
            fn object<A: MapAccess<'de>>(mut members: A) -> Result<Self, A::Error> {
                let mut object = Self::default();
                while let Some(Name(name)) = members.next_key()? {
                    match &*name {
                        $( $name => object.$field = members.next_value()?, )+
                        _ => {
                            members.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(object)
            }
        }
    )+ };
}

objects! {
    Presence {
        user: User<'a> = "discord_user",
        status: Scalar<'a> = "discord_status",
        desktop: Scalar<'a> = "active_on_discord_desktop",
        mobile: Scalar<'a> = "active_on_discord_mobile",
        web: Scalar<'a> = "active_on_discord_web",
        embedded: Scalar<'a> = "active_on_discord_embedded",
        vr: Scalar<'a> = "active_on_discord_vr",
        spotify: Spotify<'a> = "spotify",
        activities: List<Activity<'a>> = "activities",
    }

    User {
        username: Scalar<'a> = "username",
        display_name: Scalar<'a> = "display_name",
        global_name: Scalar<'a> = "global_name",
        avatar: Scalar<'a> = "avatar",
    }

    Spotify {
        track_id: Scalar<'a> = "track_id",
        song: Scalar<'a> = "song",
        artist: Scalar<'a> = "artist",
        album: Scalar<'a> = "album",
        album_art_url: Scalar<'a> = "album_art_url",
        timestamps: Timestamps<'a> = "timestamps",
    }

    Timestamps {
        start: Scalar<'a> = "start",
        end: Scalar<'a> = "end",
    }

    Activity {
        id: Scalar<'a> = "id",
        kind: Scalar<'a> = "type",
        name: Scalar<'a> = "name",
        details: Scalar<'a> = "details",
        state: Scalar<'a> = "state",
        url: Scalar<'a> = "url",
        application_id: Scalar<'a> = "application_id",
        assets: Assets<'a> = "assets",
        emoji: Emoji<'a> = "emoji",
        party: Party<'a> = "party",
        timestamps: Timestamps<'a> = "timestamps",
    }

    Assets {
        large_image: Scalar<'a> = "large_image",
        large_text: Scalar<'a> = "large_text",
        small_image: Scalar<'a> = "small_image",
    }

    Emoji {
        name: Scalar<'a> = "name",
        id: Scalar<'a> = "id",
        animated: Scalar<'a> = "animated",
    }

    Party {
        size: List<Scalar<'a>> = "size",
    }
}
