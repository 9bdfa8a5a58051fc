//! The few MLS structures that the delivery service must see into, read from bytes.
//!
//! `openmls` keeps the proposals of a commit and the recipients of a welcome to itself, because a
//! member has no use for them apart from processing the message. The delivery service is no
//! member: it decides whether a commit is complete and who gets which part of a welcome.
//!
//! Source: [RFC 9420](https://www.rfc-editor.org/rfc/rfc9420.html#section-6).

use openmls::prelude::{HashType, OpenMlsCrypto};
use openmls_rust_crypto::RustCrypto;

/// Reads TLS presentation language from the front of bytes.
#[derive(Clone, Copy, Debug)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, length: usize) -> Option<u64> {
        Some(
            self.take(length)?
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    }

    /// A [variable-size vector](https://www.rfc-editor.org/rfc/rfc9420.html#section-2.1.2).
    fn vector(&mut self) -> Option<&'a [u8]> {
        let first = *self.0.first()?;
        let (bytes, mask) = match first >> 6 {
            0 => (1, 0x3F),
            1 => (2, 0x3FFF),
            2 => (4, 0x3FFF_FFFF),
            _ => return None,
        };
        let length = usize::try_from(self.number(bytes)? & mask).ok()?;
        self.take(length)
    }
}

/// A variable-size vector of those bytes.
pub fn vector(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len();
    #[expect(clippy::cast_possible_truncation, reason = "each arm's range fits")]
    let mut written = match length {
        0..=0x3F => vec![length as u8],
        0x40..=0x3FFF => (length as u16 | 0x4000).to_be_bytes().to_vec(),
        _ => (length as u32 | 0x8000_0000).to_be_bytes().to_vec(),
    };
    written.extend_from_slice(bytes);
    written
}

const VERSION_MLS10: u64 = 1;
const WIRE_FORMAT_PUBLIC: u64 = 1;
const SENDER_MEMBER: u64 = 1;
const CONTENT_COMMIT: u64 = 3;
const BY_REFERENCE: u64 = 2;

/// What a commit says about itself.
#[derive(Debug, PartialEq, Eq)]
pub struct Commit {
    /// The group it is for.
    pub group_id: Vec<u8>,
    /// The epoch it ends.
    pub epoch: u64,
    /// The leaf of the member who made it.
    pub sender: u64,
    /// The proposals it applies, by reference, in its order.
    pub proposals: Vec<Vec<u8>>,
}

impl Commit {
    /// Reads a public message with a commit by a member that includes only references. What
    /// follows the proposals is not looked at.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let expect = |found: Option<u64>, wanted| found.filter(|found| *found == wanted);
        expect(reader.number(2), VERSION_MLS10)?;
        expect(reader.number(2), WIRE_FORMAT_PUBLIC)?;
        let group_id = reader.vector()?.to_vec();
        let epoch = reader.number(8)?;
        expect(reader.number(1), SENDER_MEMBER)?;
        let sender = reader.number(4)?;
        let _authenticated_data = reader.vector()?;
        expect(reader.number(1), CONTENT_COMMIT)?;
        let mut list = Reader(reader.vector()?);
        let mut proposals = Vec::new();
        while !list.0.is_empty() {
            expect(list.number(1), BY_REFERENCE)?;
            proposals.push(list.vector()?.to_vec());
        }
        Some(Self {
            group_id,
            epoch,
            sender,
            proposals,
        })
    }
}

/// A welcome, taken apart so that each new member gets the part that is for them.
#[derive(Debug, PartialEq, Eq)]
pub struct Welcome<'a> {
    ciphersuite: &'a [u8],
    secrets: Vec<(&'a [u8], &'a [u8])>,
    group_info: &'a [u8],
}

impl<'a> Welcome<'a> {
    /// Reads a bare welcome; nothing may follow it.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let ciphersuite = reader.take(2)?;
        let mut list = Reader(reader.vector()?);
        let mut secrets = Vec::new();
        while !list.0.is_empty() {
            let start = list.0;
            let member = list.vector()?;
            let _kem_output = list.vector()?;
            let _ciphertext = list.vector()?;
            secrets.push((member, &start[..start.len() - list.0.len()]));
        }
        let group_info = reader.vector()?;
        reader.0.is_empty().then_some(Self {
            ciphersuite,
            secrets,
            group_info,
        })
    }

    /// How many it welcomes.
    pub fn count(&self) -> usize {
        self.secrets.len()
    }

    /// The welcome for one key package, by its reference.
    pub fn part_for(&self, key_package: &[u8]) -> Option<Vec<u8>> {
        let (_, secret) = self
            .secrets
            .iter()
            .find(|(member, _)| *member == key_package)?;
        Some([self.ciphersuite, &vector(secret), &vector(self.group_info)].concat())
    }
}

/// The [reference](https://www.rfc-editor.org/rfc/rfc9420.html#section-5.2) of a proposal in a
/// public message of an external sender: such a message has no membership tag, so its content and
/// authentication are all that follows the version.
pub fn proposal_reference(message: &[u8]) -> Option<Vec<u8>> {
    let content = vector(message.get(2..)?);
    let input = [vector(b"MLS 1.0 Proposal Reference"), content].concat();
    RustCrypto::default().hash(HashType::Sha2_256, &input).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn vectors_read_back(bytes in prop::collection::vec(any::<u8>(), 0..20_000)) {
            let written = vector(&bytes);
            let mut reader = Reader(&written);
            prop_assert_eq!(reader.vector(), Some(&bytes[..]));
            prop_assert!(reader.0.is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Commit::parse(&bytes);
            let _ = Commit::parse(&[&[0, 1, 0, 1, 0], &bytes[..]].concat());
            let _ = Welcome::parse(&bytes);
            let _ = proposal_reference(&bytes);
        }
    }
}
