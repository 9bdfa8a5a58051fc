//! Pictures from numbers: skies, hills, waves and records for covers, faces for avatars.

use std::f32::consts::{PI, TAU};

use rand::{Rng, SeedableRng, rngs::StdRng};

/// What to draw.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The cover of an album.
    Cover,
    /// Somebody's face.
    Face,
    /// An emoji or a small icon.
    Badge,
}

type Colour = [f32; 3];

/// A picture of `size` × `size` pixels, three bytes each, row by row. The same seed, the same
/// picture.
pub fn draw(kind: Kind, seed: u64, size: u32) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    let paint: Box<dyn Fn(f32, f32) -> Colour> = match kind {
        Kind::Cover => match random.random_range(0..4) {
            0 => Box::new(hills(&mut random)),
            1 => Box::new(waves(&mut random)),
            2 => Box::new(record(&mut random)),
            _ => Box::new(petals(&mut random)),
        },
        Kind::Face => Box::new(face(&mut random)),
        Kind::Badge => Box::new(badge(&mut random)),
    };
    let mut pixels = Vec::with_capacity((size * size * 3) as usize);
    for y in 0..size {
        for x in 0..size {
            let at = |pixel: u32| (to_f32(pixel) + 0.5) / to_f32(size);
            pixels.extend(paint(at(x), at(y)).map(to_byte));
        }
    }
    pixels
}

#[expect(clippy::cast_precision_loss, reason = "pixels are few")]
fn to_f32(pixel: u32) -> f32 {
    pixel as f32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped"
)]
fn to_byte(light: f32) -> u8 {
    (light.clamp(0.0, 1.0) * 255.0) as u8
}

/// A colour by hue (in turns), saturation and lightness, each 0 to 1.
fn colour(hue: f32, saturation: f32, lightness: f32) -> Colour {
    let amount = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|n| {
        let k = (n + hue.rem_euclid(1.0) * 12.0) % 12.0;
        lightness - amount * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0)
    })
}

fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    let share = share.clamp(0.0, 1.0);
    [0, 1, 2].map(|at| a[at] + (b[at] - a[at]) * share)
}

/// 1 inside an edge, 0 outside, soft over about a pixel of a cover.
fn inside(distance: f32) -> f32 {
    (0.5 - distance * 160.0).clamp(0.0, 1.0)
}

/// A sky with a sun or moon over rows of hills.
fn hills(random: &mut StdRng) -> impl Fn(f32, f32) -> Colour + use<> {
    let hue: f32 = random.random();
    let (top, bottom) = (colour(hue, 0.6, 0.25), colour(hue + 0.12, 0.8, 0.72));
    let sun = (
        random.random_range(0.25..0.75),
        random.random_range(0.2..0.45),
    );
    let radius = random.random_range(0.08..0.17);
    let rows: Vec<(f32, f32, f32, Colour)> = (0_u8..4)
        .map(|row| {
            let depth = f32::from(row) / 3.0;
            let height = 0.55 + 0.12 * f32::from(row);
            let colour = colour(hue + 0.5 - 0.08 * depth, 0.35, 0.45 - 0.3 * depth);
            (
                height,
                random.random_range(1.0..3.0),
                random.random_range(0.0..TAU),
                colour,
            )
        })
        .collect();
    move |x, y| {
        let mut paint = mix(top, bottom, y * 1.6);
        let distance = (x - sun.0).hypot(y - sun.1);
        paint = mix(
            paint,
            [1.0, 0.97, 0.88],
            0.25 * (1.0 - distance * 3.0).max(0.0),
        );
        paint = mix(paint, [1.0, 0.96, 0.85], inside(distance - radius));
        for (height, waves, phase, colour) in &rows {
            let ridge = height + 0.06 * (x * waves * PI + phase).sin();
            paint = mix(paint, *colour, inside(ridge - y));
        }
        paint
    }
}

/// Bands of waves in neighbouring hues.
fn waves(random: &mut StdRng) -> impl Fn(f32, f32) -> Colour + use<> {
    let hue: f32 = random.random();
    let (waves, phase) = (random.random_range(1.0..2.5), random.random_range(0.0..TAU));
    let bands = random.random_range(5.0..9.0_f32).floor();
    let turn = random.random_range(-0.25..0.25);
    move |x, y| {
        let level = (y + 0.07 * (x * waves * TAU + phase + y * 4.0).sin()) * bands;
        let (band, within) = (level.floor(), level.rem_euclid(1.0));
        let shade = |band: f32| colour(hue + turn * band / bands, 0.65, 0.82 - 0.6 * band / bands);
        mix(shade(band - 1.0), shade(band), (within * 12.0).min(1.0))
    }
}

/// A record on a plain ground.
fn record(random: &mut StdRng) -> impl Fn(f32, f32) -> Colour + use<> {
    let hue: f32 = random.random();
    let ground = (colour(hue, 0.55, 0.78), colour(hue + 0.08, 0.6, 0.6));
    let label = colour(hue + 0.5, 0.7, 0.6);
    let centre = (
        random.random_range(0.4..0.75),
        random.random_range(0.4..0.75),
    );
    move |x, y| {
        let (dx, dy) = (x - centre.0, y - centre.1);
        let distance = dx.hypot(dy);
        let mut paint = mix(ground.0, ground.1, f32::midpoint(x, y));
        paint = mix(
            paint,
            [0.0; 3],
            0.25 * inside((dx - 0.02).hypot(dy - 0.02) - 0.36),
        );
        let groove = 0.1 + 0.025 * (distance * 400.0).sin();
        let shine = 0.12 * (2.0 * dy.atan2(dx)).sin().max(0.0);
        paint = mix(paint, [groove + shine; 3], inside(distance - 0.35));
        paint = mix(paint, label, inside(distance - 0.12));
        mix(paint, ground.0, inside(distance - 0.018))
    }
}

/// A flower of overlapping petals.
fn petals(random: &mut StdRng) -> impl Fn(f32, f32) -> Colour + use<> {
    let hue: f32 = random.random();
    let count = random.random_range(5.0..9.0_f32).floor();
    let phase = random.random_range(0.0..TAU);
    let ground = (colour(hue + 0.45, 0.4, 0.2), colour(hue + 0.6, 0.5, 0.38));
    move |x, y| {
        let (dx, dy) = (x - 0.5, y - 0.5);
        let (distance, angle) = (dx.hypot(dy), dy.atan2(dx) + phase);
        let mut paint = mix(ground.0, ground.1, y);
        for (scale, lightness) in [(0.46, 0.62), (0.34, 0.74), (0.2, 0.86)] {
            let edge = scale * (0.62 + 0.38 * (count * angle + scale * 9.0).cos().abs());
            let petal = colour(hue + scale / 3.0, 0.7, lightness - 0.25 * distance);
            paint = mix(paint, petal, inside(distance - edge));
        }
        mix(paint, colour(hue + 0.12, 0.9, 0.7), inside(distance - 0.06))
    }
}

/// A friendly face on a plain ground.
fn face(random: &mut StdRng) -> impl Fn(f32, f32) -> Colour + use<> {
    let hue: f32 = random.random();
    let (ground, skin) = (colour(hue, 0.5, 0.55), colour(hue + 0.5, 0.45, 0.85));
    let ink = colour(hue, 0.4, 0.18);
    let ears: bool = random.random();
    let gap = random.random_range(0.1..0.16);
    let smile = random.random_range(0.0..0.06);
    move |x, y| {
        let mut paint = mix(ground, [1.0; 3], 0.15 * (1.0 - y));
        let away = (x - 0.5).abs();
        if ears {
            // Two triangles, mirrored.
            let ear = (away - 0.2).abs() * 1.6 + (0.34 - y).max(y - 0.34) - 0.2;
            paint = mix(paint, skin, inside(ear));
        }
        paint = mix(
            paint,
            skin,
            inside((x - 0.5).hypot((y - 0.56) * 1.1) - 0.32),
        );
        let blush = colour(hue + 0.95, 0.7, 0.75);
        paint = mix(
            paint,
            blush,
            0.7 * inside((away - 0.2).hypot((y - 0.64) * 1.4) - 0.05),
        );
        paint = mix(
            paint,
            ink,
            inside((away - gap).hypot((y - 0.52) * 0.8) - 0.032),
        );
        let mouth = 0.63 + smile * (1.0 - (away / 0.08).powi(2));
        let line = (y - mouth).abs() - 0.009;
        mix(paint, ink, if away < 0.08 { inside(line) } else { 0.0 })
    }
}

/// A round badge with a ring.
fn badge(random: &mut StdRng) -> impl Fn(f32, f32) -> Colour + use<> {
    let hue: f32 = random.random();
    let points = random.random_range(3.0..7.0_f32).floor();
    let phase = random.random_range(0.0..TAU);
    move |x, y| {
        let (dx, dy) = (x - 0.5, y - 0.5);
        let (distance, angle) = (dx.hypot(dy), dy.atan2(dx) + phase);
        let mut paint = mix(colour(hue, 0.6, 0.62), colour(hue + 0.1, 0.6, 0.45), y);
        let star = 0.26 + 0.09 * (points * angle).cos();
        paint = mix(paint, colour(hue + 0.5, 0.8, 0.85), inside(distance - star));
        mix(paint, colour(hue, 0.6, 0.4), inside(distance - 0.08))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_fills_its_pixels_and_follows_its_seed() {
        for kind in [Kind::Cover, Kind::Face, Kind::Badge] {
            for seed in 0..12 {
                let picture = draw(kind, seed, 32);
                assert_eq!(picture.len(), 32 * 32 * 3);
                assert_eq!(picture, draw(kind, seed, 32));
                assert_ne!(picture, draw(kind, seed + 1, 32));
                let colours: std::collections::HashSet<_> = picture.chunks(3).collect();
                assert!(colours.len() > 8, "{kind:?} {seed} is nearly blank");
            }
        }
    }
}
