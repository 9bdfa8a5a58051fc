//! Transport encryption between a client and the voice server.
//!
//! Both modes encrypt the packet's body and authenticate its unencrypted header. The packet ends
//! with the 16-byte tag and a 32-bit counter, which, padded with zeros, is the nonce.
//!
//! Source: [Discord](https://discord.com/developers/docs/topics/voice-connections#transport-encryption-and-sending-voice).

use aes_gcm::{Aes256Gcm, aead::AeadInPlace};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};

/// Bytes of a session's key.
pub const KEY_LEN: usize = 32;

const TAG_LEN: usize = 16;
const COUNTER_LEN: usize = 4;

/// A transport encryption mode that the server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `aead_aes256_gcm_rtpsize`, preferred.
    Aes256Gcm,
    /// `aead_xchacha20_poly1305_rtpsize`, which every client must support.
    XChaCha20Poly1305,
}

impl Mode {
    /// All modes, in the order in which Ready offers them.
    pub const ALL: [Self; 2] = [Self::Aes256Gcm, Self::XChaCha20Poly1305];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "aead_aes256_gcm_rtpsize",
            Self::XChaCha20Poly1305 => "aead_xchacha20_poly1305_rtpsize",
        }
    }

    /// The mode of that name, when it is offered.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// A mode with its key.
pub enum Cipher {
    /// AES-256-GCM.
    Aes256Gcm(Box<Aes256Gcm>),
    /// `XChaCha20`-Poly1305.
    XChaCha20Poly1305(Box<XChaCha20Poly1305>),
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Aes256Gcm(_) => "Aes256Gcm",
            Self::XChaCha20Poly1305(_) => "XChaCha20Poly1305",
        })
    }
}

impl Cipher {
    /// A cipher for one session.
    pub fn new(mode: Mode, key: &[u8; KEY_LEN]) -> Self {
        match mode {
            Mode::Aes256Gcm => Self::Aes256Gcm(Box::new(Aes256Gcm::new(key.into()))),
            Mode::XChaCha20Poly1305 => {
                Self::XChaCha20Poly1305(Box::new(XChaCha20Poly1305::new(key.into())))
            }
        }
    }

    /// Decrypts a packet's body (ciphertext, tag, counter) and tells the counter. `None` when the
    /// body is too short or was not made with this key and header.
    pub fn open(&self, header: &[u8], body: &[u8]) -> Option<(Vec<u8>, u32)> {
        let (sealed, counter) = body.split_at_checked(body.len().checked_sub(COUNTER_LEN)?)?;
        let (ciphertext, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG_LEN)?)?;
        let mut plain = ciphertext.to_vec();
        match self {
            Self::Aes256Gcm(cipher) => {
                let nonce: [u8; 12] = pad(counter);
                cipher.decrypt_in_place_detached(&nonce.into(), header, &mut plain, tag.into())
            }
            Self::XChaCha20Poly1305(cipher) => {
                let nonce: [u8; 24] = pad(counter);
                cipher.decrypt_in_place_detached(&nonce.into(), header, &mut plain, tag.into())
            }
        }
        .ok()?;
        Some((plain, u32::from_be_bytes(counter.try_into().ok()?)))
    }

    /// Encrypts a packet: `header`, then the body that [`Cipher::open`] takes. `None` when the
    /// frame is beyond what the cipher can take (64 GiB).
    pub fn seal(&self, header: &[u8], frame: &[u8], counter: u32) -> Option<Vec<u8>> {
        let counter = counter.to_be_bytes();
        let mut packet = Vec::with_capacity(header.len() + frame.len() + TAG_LEN + COUNTER_LEN);
        packet.extend_from_slice(header);
        packet.extend_from_slice(frame);
        let (_, body) = packet.split_at_mut(header.len());
        let tag: [u8; TAG_LEN] = match self {
            Self::Aes256Gcm(cipher) => {
                let nonce: [u8; 12] = pad(&counter);
                cipher.encrypt_in_place_detached(&nonce.into(), header, body)
            }
            Self::XChaCha20Poly1305(cipher) => {
                let nonce: [u8; 24] = pad(&counter);
                cipher.encrypt_in_place_detached(&nonce.into(), header, body)
            }
        }
        .ok()?
        .into();
        packet.extend_from_slice(&tag);
        packet.extend_from_slice(&counter);
        Some(packet)
    }
}

/// The counter at the front of a nonce of zeros.
fn pad<const N: usize>(counter: &[u8]) -> [u8; N] {
    let mut nonce = [0; N];
    nonce[..COUNTER_LEN].copy_from_slice(counter);
    nonce
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_sealed_opens_and_nothing_else() {
        for mode in Mode::ALL {
            let cipher = Cipher::new(mode, &[7; KEY_LEN]);
            let packet = cipher.seal(&[1; 12], b"frame", 9).unwrap();
            let (header, body) = packet.split_at(12);
            assert_eq!(cipher.open(header, body), Some((b"frame".to_vec(), 9)));
            assert_eq!(cipher.open(&[2; 12], body), None);
            assert_eq!(Cipher::new(mode, &[8; KEY_LEN]).open(header, body), None);
            assert_eq!(Mode::from_name(mode.name()), Some(mode));
        }
        assert_eq!(Mode::from_name("xsalsa20_poly1305"), None);
    }

    proptest! {
        #[test]
        fn garbage_is_refused(body: Vec<u8>) {
            for mode in Mode::ALL {
                prop_assert_eq!(Cipher::new(mode, &[7; KEY_LEN]).open(&[1; 12], &body), None);
            }
        }
    }
}
