//! Who was let in, and who calls.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::Caller;
use crate::voice::{VoiceGrant, call::Call, signalling::Close};

/// Grants and calls, by who has them.
#[derive(Debug, Default)]
pub(super) struct Registry {
    pub(super) grants: HashMap<Caller, Grant>,
    pub(super) calls: BTreeMap<Caller, Arc<Call>>,
    pub(super) hushed: HashSet<Caller>,
    identified: u64,
}

/// A grant, and what it is claimed with.
#[derive(Debug)]
pub(super) struct Grant {
    pub(super) grant: VoiceGrant,
    pub(super) token: String,
}

impl Registry {
    /// The grant that a client claims to have.
    pub(super) fn check(
        &self,
        caller: Caller,
        token: &str,
        session_id: &str,
    ) -> Result<VoiceGrant, Close> {
        let Some(Grant {
            grant,
            token: granted,
        }) = self.grants.get(&caller)
        else {
            let known = self.grants.keys().any(|(guild, _)| *guild == caller.0);
            return Err(if known {
                Close::AUTHENTICATION_FAILED
            } else {
                Close::SERVER_NOT_FOUND
            });
        };
        if granted != token {
            return Err(Close::AUTHENTICATION_FAILED);
        }
        if grant.session_id != session_id {
            return Err(Close::SESSION_INVALID);
        }
        Ok(grant.clone())
    }

    /// Spreads the decoded share evenly over the calls, the first one among them.
    #[expect(clippy::cast_precision_loss, reason = "calls are far fewer than 2^52")]
    pub(super) fn is_decoded(&mut self, share: f64) -> bool {
        let before = (self.identified as f64 * share).ceil();
        self.identified += 1;
        (self.identified as f64 * share).ceil() > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoded_share_is_spread_evenly() {
        let mut registry = Registry::default();
        let quarter: Vec<bool> = (0..8).map(|_| registry.is_decoded(0.25)).collect();
        assert_eq!(
            quarter,
            [true, false, false, false, true, false, false, false]
        );
        assert!(!Registry::default().is_decoded(0.0));
        let mut all = Registry::default();
        assert!((0..10).all(|_| all.is_decoded(1.0)));
    }
}
