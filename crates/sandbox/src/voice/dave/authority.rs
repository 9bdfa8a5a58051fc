//! The voice gateway as an MLS external sender: it alone proposes who joins and leaves a group.
//!
//! Source: [the white paper](https://daveprotocol.com/#external-sender).

use openmls::{
    messages::external_proposals::ExternalProposal,
    prelude::{
        BasicCredential, Ciphersuite, ExternalSender, GroupEpoch, GroupId, KeyPackage,
        KeyPackageIn, LeafNodeIndex, OpenMlsProvider, ProtocolVersion, SenderExtensionIndex,
        SignatureScheme,
        tls_codec::{DeserializeBytes, Serialize},
    },
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_rust_crypto::OpenMlsRustCrypto;

use super::wire::proposal_reference;

/// The ciphersuite of protocol version 1.
const CIPHERSUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMP256_AES128GCM_SHA256_P256;

/// A proposal that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// How a commit refers to it.
    pub reference: Vec<u8>,
    /// The MLS message.
    pub message: Vec<u8>,
}

/// A checked key package.
#[derive(Clone, Debug)]
pub struct Candidate {
    package: KeyPackage,
    /// How a welcome refers to it.
    pub reference: Vec<u8>,
}

/// The gateway's signature key, one for all channels.
pub struct Authority {
    signer: SignatureKeyPair,
    package: Vec<u8>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl Authority {
    /// A new key. `None` when the system has no randomness.
    pub fn new() -> Option<Self> {
        let signer = SignatureKeyPair::new(SignatureScheme::ECDSA_SECP256R1_SHA256).ok()?;
        let credential = BasicCredential::new(b"uguisu sandbox".to_vec());
        let sender = ExternalSender::new(signer.public().into(), credential.into());
        let package = sender.tls_serialize_detached().ok()?;
        Some(Self { signer, package })
    }

    /// The payload of op 25.
    pub fn package(&self) -> &[u8] {
        &self.package
    }

    /// Checks a key package as the gateway does: its signature, its ciphersuite, a basic
    /// credential that is its sender's user id, and the longest possible lifetime
    /// ([white paper](https://daveprotocol.com/#validation)).
    pub fn check(user: u64, bytes: &[u8]) -> Result<Candidate, &'static str> {
        let package =
            KeyPackageIn::tls_deserialize_exact_bytes(bytes).map_err(|_| "not a key package")?;
        let provider = OpenMlsRustCrypto::default();
        let package = package
            .validate(provider.crypto(), ProtocolVersion::Mls10)
            .map_err(|_| "an invalid key package")?;
        if package.ciphersuite() != CIPHERSUITE {
            return Err("another ciphersuite than the protocol's");
        }
        let credential = package.leaf_node().credential();
        if credential.serialized_content() != user.to_be_bytes() {
            return Err("the key package of somebody else");
        }
        let lifetime = package.life_time();
        if (lifetime.not_before(), lifetime.not_after()) != (0, u64::MAX) {
            return Err("a key package with a limited lifetime");
        }
        let reference = package
            .hash_ref(provider.crypto())
            .map_err(|_| "no reference")?;
        Ok(Candidate {
            package,
            reference: reference.as_slice().to_vec(),
        })
    }

    /// Proposes to add somebody to a channel's group.
    pub fn add(&self, candidate: &Candidate, channel: u64, epoch: u64) -> Option<Proposal> {
        let message = ExternalProposal::new_add::<OpenMlsRustCrypto>(
            candidate.package.clone(),
            group_id(channel),
            GroupEpoch::from(epoch),
            &self.signer,
            SenderExtensionIndex::new(0),
        );
        proposal(&message.ok()?.tls_serialize_detached().ok()?)
    }

    /// Proposes to remove the member at a leaf.
    pub fn remove(&self, leaf: u32, channel: u64, epoch: u64) -> Option<Proposal> {
        let message = ExternalProposal::new_remove::<OpenMlsRustCrypto>(
            LeafNodeIndex::new(leaf),
            group_id(channel),
            GroupEpoch::from(epoch),
            &self.signer,
            SenderExtensionIndex::new(0),
        );
        proposal(&message.ok()?.tls_serialize_detached().ok()?)
    }
}

/// A channel's group has the channel's id, in eight bytes.
fn group_id(channel: u64) -> GroupId {
    GroupId::from_slice(&channel.to_be_bytes())
}

fn proposal(message: &[u8]) -> Option<Proposal> {
    Some(Proposal {
        reference: proposal_reference(message)?,
        message: message.to_vec(),
    })
}
