//! What ends a connection to a stream. All of it is retried.

use std::{io, time::Duration};

use reqwest::StatusCode;

use crate::radio::demux::Unsupported;

/// Why there is no audio from a station, in words for the log and for people.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum FeedFault {
    /// No connection, or no answer in time.
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    /// The connection was refused, reset or could not be made.
    #[error("cannot connect")]
    Connect,
    /// It broke off in the middle.
    #[error("the connection broke off")]
    Broken,
    /// The server answered something else than audio. 404 while the station's source is away.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// The server ended the stream.
    #[error("the stream ended")]
    Ended,
    /// Connected, but nothing to play arrives.
    #[error("no audio for {} s", .0.as_secs())]
    Stalled(Duration),
    /// Nothing in it is known.
    #[error("the stream is neither Opus nor Vorbis nor MP3")]
    Unknown,
    /// It is known, but cannot be played.
    #[error("the stream has {0}")]
    Unsupported(#[from] Unsupported),
    /// The decoder or the encoder failed altogether.
    #[error("the stream cannot be decoded")]
    Decoder,
}

impl From<reqwest::Error> for FeedFault {
    /// Drops the error's text, which names the address with all its secrets.
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() {
            Self::Connect
        } else if is_end_of_stream(&error) {
            Self::Ended
        } else {
            Self::Broken
        }
    }
}

/// A body that ends before its last chunk: how a server that stops looks with chunked encoding.
fn is_end_of_stream(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return error.kind() == io::ErrorKind::UnexpectedEof;
        }
        source = error.source();
    }
    false
}
