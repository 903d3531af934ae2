//! Who calls the management API, and what may they do?
//!
//! A key is `cw_`, the 26 characters of its identifier, `_`, and 43 characters that only its owner
//! has. The identifier finds the stored hash; the rest proves the caller. It is 32 random bytes, so
//! one round of SHA-256 is enough: nobody tries them all.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use ulid::Ulid;

use crate::ids::ApiKeyId;

/// What every key starts with, so that a scanner finds one that was published by mistake.
const PREFIX: &str = "cw_";

/// What a key allows. Each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Reads.
    Viewer,
    /// Connects, watches, pauses and ends.
    Operator,
    /// Gives and takes keys.
    Admin,
}

impl Scope {
    /// All of them, the least first.
    pub const ALL: [Scope; 3] = [Scope::Viewer, Scope::Operator, Scope::Admin];

    /// The name in items, requests and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Viewer => "viewer",
            Scope::Operator => "operator",
            Scope::Admin => "admin",
        }
    }

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// Whether it includes what `needed` allows.
    pub fn allows(self, needed: Scope) -> bool {
        self >= needed
    }
}

/// A key as its owner has it. It prints its identifier and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// What finds the stored hash.
    pub id: ApiKeyId,
    secret: [u8; 32],
}

impl Key {
    /// A new key, from 32 bytes that nobody can guess.
    pub const fn new(id: ApiKeyId, secret: [u8; 32]) -> Self {
        Self { id, secret }
    }

    /// Reads a key; none if it is not one. Only the canonical spelling is one.
    pub fn read(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let id: ApiKeyId = format!("{}{id}", ApiKeyId::PREFIX).parse().ok()?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        Some(Self { id, secret })
    }

    /// The key as text, for its owner's eyes.
    pub fn write(&self) -> String {
        let id = Ulid::from_bytes(self.id.to_bytes());
        let secret = URL_SAFE_NO_PAD.encode(self.secret);
        format!("{PREFIX}{id}_{secret}")
    }

    /// What is stored of it.
    pub fn hash(&self) -> Hash {
        Hash(Sha256::digest(self.secret).into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, [redacted])", self.id)
    }
}

/// What is stored of a key. It prints nothing: with many of them at hand somebody might look for
/// the same one twice.
#[derive(Clone, Copy)]
pub struct Hash([u8; 32]);

impl Hash {
    /// No key's: what a stranger's is compared with where there is no such key, so that the time of
    /// an answer does not tell which identifiers exist.
    pub const NOBODYS: Hash = Hash([0; 32]);

    /// What was stored.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What is stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this key is the one, in a time that does not depend on how much of it is right.
    pub fn is_of(&self, key: &Key) -> bool {
        self.0.ct_eq(&key.hash().0).into()
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hash([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(secret: u8) -> Key {
        Key::new(ApiKeyId::from_bytes([7; 16]), [secret; 32])
    }

    #[test]
    fn a_key_has_a_fixed_form_and_reads_back() {
        let text = key(1).write();

        assert_eq!(text.len(), 3 + 26 + 1 + 43);
        assert_eq!(Key::read(&text), Some(key(1)));
    }

    #[test]
    fn what_is_not_exactly_a_key_is_none() {
        let text = key(1).write();
        let last = text.len() - 1;

        for wrong in [
            String::new(),
            "cw_".to_owned(),
            text.replacen("cw_", "", 1),
            text.to_lowercase(),
            format!("{text}A"),
            text[..last].to_owned(),
            // The same bytes in another spelling: the last character carries two bits that mean
            // nothing.
            format!("{}F", &text[..last]),
            text.replacen("_", "-", 2),
        ] {
            assert_eq!(Key::read(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_is_known_by_its_hash() {
        let hash = Hash::from_bytes(*key(1).hash().as_bytes());

        assert!(hash.is_of(&key(1)));
        assert!(!hash.is_of(&key(2)));
        assert!(!Hash::NOBODYS.is_of(&key(0)));
    }

    #[test]
    fn nothing_secret_is_printed() {
        let printed = format!("{:?} {:?}", key(9), key(9).hash());

        assert_eq!(
            printed,
            "Key(key_0E1R70Y3GE1R70Y3GE1R70Y3GE, [redacted]) Hash([redacted])".replace(
                "0E1R70Y3GE1R70Y3GE1R70Y3GE",
                &Ulid::from_bytes([7; 16]).to_string()
            ),
        );
    }

    #[test]
    fn each_scope_includes_the_ones_before_it() {
        for (index, scope) in Scope::ALL.into_iter().enumerate() {
            assert_eq!(Scope::from_name(scope.name()), Some(scope));
            for (other, needed) in Scope::ALL.into_iter().enumerate() {
                assert_eq!(scope.allows(needed), other <= index, "{scope:?} {needed:?}");
            }
        }
        assert_eq!(Scope::from_name("root"), None);
    }

    proptest! {
        #[test]
        fn any_key_reads_back(id in any::<[u8; 16]>(), secret in any::<[u8; 32]>()) {
            let key = Key::new(ApiKeyId::from_bytes(id), secret);
            prop_assert_eq!(Key::read(&key.write()), Some(key));
        }

        #[test]
        fn any_text_can_be_read_without_harm(text in ".{0,90}") {
            if let Some(key) = Key::read(&text) {
                prop_assert_eq!(key.write(), text);
            }
        }
    }
}
