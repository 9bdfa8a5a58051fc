//! What the stages cost, and the least that any could do with what comes over the wire.

use std::{fmt, hint::black_box, io::Read as _};

use anyhow::{Context as _, bail};
use flate2::read::ZlibDecoder;
use uguisu::{
    config::Address,
    lanyard::{Found, Limits, Subscription, Upstream},
    link::{Decoder, Piece, Protocol},
};

use crate::{
    peers, usage,
    work::{self, Work},
};

/// What is read of a socket at a time, in bytes.
const READ: usize = 64 * 1024;

/// Time on a CPU, of one thread.
pub(crate) struct Floor {
    /// `INIT_STATE` in seconds: inflating alone; with all of the bot's stages when everybody in it
    /// is known already; and when nobody is.
    init: [f64; 3],
    /// An update in microseconds: inflating alone; with all stages; and one that says word for word
    /// what was said.
    update: [f64; 3],
    /// A lookup in microseconds: finding, unpacking and parsing; and drawing the card.
    lookup: [f64; 2],
}

pub(crate) fn measure(work: &Work) -> anyhow::Result<Floor> {
    let mut out = vec![0; READ];
    let mut decoder = ZlibDecoder::new([].as_slice());
    let mut inflate = |message| -> anyhow::Result<()> {
        decoder.reset(message);
        while decoder.read(&mut out)? > 0 {}
        black_box(&out);
        Ok(())
    };
    let alone = spent(|| inflate(&work.init))?;

    let address = Address::web_socket("ws://localhost/")?;
    let (mut upstream, presences) =
        Upstream::new(address, Subscription::Everyone, Limits::default());
    let mut decoder = upstream.decoder();
    let new = spent(|| read(&mut decoder, &work.init))?;
    let known = spent(|| read(&mut decoder, &work.init))?;
    if presences.len() != work.users {
        bail!("{} of {} users", presences.len(), work.users);
    }

    let ids = work::ids(work.ids.path())?;
    let mut found = Vec::with_capacity(ids.len());
    let finding = spent(|| {
        found.extend(ids.iter().map(|id| presences.find(*id)));
        Ok(())
    })?;
    let drawing = spent(|| {
        for found in &found {
            if let Found::Shown(presence) = found {
                peers::draw(&presences, presence);
            }
        }
        Ok(())
    })?;
    let lookup = [finding, drawing].map(|spent| spent * 1e6 / ids.len() as f64);

    let each = 1e6 / work.first.len() as f64;
    let first = work.first.first().context("no updates")?;
    let updates = || work.first.iter();
    let update = spent(|| updates().try_for_each(|message| read(&mut decoder, message)))?;
    let inflated = spent(|| updates().try_for_each(|message| inflate(message)))?;
    let repeat = spent(|| (0..work.first.len()).try_for_each(|_| read(&mut decoder, first)))?;
    Ok(Floor {
        init: [alone, known, new],
        update: [inflated * each, update * each, repeat * each],
        lookup,
    })
}

/// Reads a message in pieces as a socket gives them.
fn read<D: Decoder>(decoder: &mut D, message: &[u8]) -> anyhow::Result<()> {
    let pieces = message.len().div_ceil(READ);
    for (number, bytes) in message.chunks(READ).enumerate() {
        let outcome = decoder.read(Piece {
            bytes,
            binary: true,
            first: number == 0,
            last: number + 1 == pieces,
        });
        if let Some(Err(error)) = outcome {
            bail!("{error:?}");
        }
    }
    Ok(())
}

/// Seconds on a CPU.
fn spent(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let before = usage::own_thread()?;
    work()?;
    Ok((usage::own_thread()? - before) / 1e9)
}

impl fmt::Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [alone, known, new] = self.init;
        writeln!(
            f,
            "INIT_STATE: {new:.2} s of one core without the socket, of which inflating {alone:.2} (the floor), \
             splitting and hashing {:.2}, compressing and storing {:.2}",
            known - alone,
            new - known
        )?;
        let [alone, all, repeat] = self.update;
        writeln!(
            f,
            "an update: {all:.1} us, of which inflating {alone:.1} (the floor); a repeat {repeat:.1} us"
        )?;
        let [finding, drawing] = self.lookup;
        writeln!(
            f,
            "a lookup: {:.1} us, of which finding, unpacking and parsing {finding:.1}, drawing the card {drawing:.1}",
            finding + drawing
        )
    }
}
