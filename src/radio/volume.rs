//! How loud a server's radio plays.

use std::{fmt, str::FromStr};

/// A volume in percent of what the station sends: 5 to 200 in steps of 5, 100 by default.
///
/// It scales the amplitude, so 50% is 6 dB quieter and 200% is 6 dB louder, as far as full scale
/// leaves room. The steps are coarse on purpose: servers at one volume share one transcode.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Volume(u8);

/// A number that is no [`Volume`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a volume is {min}% to {max}% in steps of {step}%", min = Volume::MIN.0, max = Volume::MAX.0, step = Volume::STEP)]
pub struct VolumeError;

impl Volume {
    /// The quietest: 5%.
    pub const MIN: Self = Self(5);
    /// The loudest: 200%.
    pub const MAX: Self = Self(200);
    /// What the station sends, untouched: 100%.
    pub const UNTOUCHED: Self = Self(100);
    /// Between one volume and the next, in percent.
    pub const STEP: u8 = 5;

    /// In percent.
    pub const fn percent(self) -> u8 {
        self.0
    }

    /// The factor on the amplitude.
    pub fn gain(self) -> f32 {
        f32::from(self.0) / 100.0
    }

    /// The volume that is nearest to a number of percent.
    pub fn nearest(percent: u64) -> Self {
        let step = u64::from(Self::STEP);
        let rounded = percent.saturating_add(step / 2) / step * step;
        u8::try_from(rounded).map_or(Self::MAX, |percent| {
            Self(percent).clamp(Self::MIN, Self::MAX)
        })
    }

    /// Every volume, quietest first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (Self::MIN.0..=Self::MAX.0)
            .step_by(usize::from(Self::STEP))
            .map(Self)
    }
}

impl Default for Volume {
    fn default() -> Self {
        Self::UNTOUCHED
    }
}

impl TryFrom<u8> for Volume {
    type Error = VolumeError;

    fn try_from(percent: u8) -> Result<Self, VolumeError> {
        let is_step = percent.is_multiple_of(Self::STEP);
        if is_step && (Self::MIN.0..=Self::MAX.0).contains(&percent) {
            Ok(Self(percent))
        } else {
            Err(VolumeError)
        }
    }
}

impl From<Volume> for u8 {
    fn from(volume: Volume) -> Self {
        volume.0
    }
}

impl FromStr for Volume {
    type Err = VolumeError;

    /// Accepts `80`, `80%` and `80 %`.
    fn from_str(text: &str) -> Result<Self, VolumeError> {
        let text = text.trim();
        let number = text.strip_suffix('%').unwrap_or(text).trim_end();
        let percent: u8 = number.parse().map_err(|_| VolumeError)?;
        percent.try_into()
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_steps_between_the_ends_are_volumes() {
        let accepted: Vec<u8> = (0..=u8::MAX)
            .filter(|percent| Volume::try_from(*percent).is_ok())
            .collect();
        let all: Vec<u8> = Volume::all().map(u8::from).collect();
        assert_eq!(accepted, all);
        assert_eq!((all.len(), all[0], all[39]), (40, 5, 200));
    }

    #[test]
    fn it_is_written_and_read_in_percent() {
        for volume in Volume::all() {
            assert_eq!(volume.to_string().parse(), Ok(volume));
        }
        assert_eq!("80".parse(), Ok(Volume(80)));
        assert_eq!(" 80 % ".parse(), Ok(Volume(80)));
        for wrong in ["", "%", "0", "3", "81", "205", "256", "-5", "loud", "1e2"] {
            let error = wrong.parse::<Volume>().unwrap_err();
            assert_eq!(
                error.to_string(),
                "a volume is 5% to 200% in steps of 5%",
                "{wrong}"
            );
        }
    }

    #[test]
    fn any_number_has_a_nearest_volume() {
        for (percent, nearest) in [
            (0, 5),
            (7, 5),
            (8, 10),
            (100, 100),
            (999, 200),
            (u64::MAX, 200),
        ] {
            assert_eq!(Volume::nearest(percent), Volume(nearest), "{percent}");
        }
    }
}
