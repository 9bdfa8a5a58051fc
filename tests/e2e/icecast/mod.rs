//! A real Icecast as the station's stream, with real encoders behind it: what the sandbox's own
//! stream claims about such servers is put to the proof here. `make test-icecast` installs what
//! it takes and runs these tests; elsewhere they are ignored.
//!
//! - `music`: songs that can be told apart by their pitch.
//! - `server`: Icecast itself.
//! - `liquidsoap`: a station's source; each song begins a new Ogg stream.
//! - `source`: a source like ezstream: files, encoded beforehand, one after another.
//! - `ear`: everything that a listener in the voice channel hears, frame by frame.
//! - `radio`: the bot in a voice channel, with its stream at Icecast.

mod ear;
mod liquidsoap;
mod music;
mod radio;
mod server;
mod source;

mod changes;
mod formats;
mod habits;
