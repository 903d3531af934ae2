//! Channel tokens that authenticate themselves.
//!
//! A provider repeats the token in every notification. It names the organization, the calendar and
//! the subscription and carries a signature over them, so a forgery is recognised without asking
//! any service, and the tenant is never taken from a URL.
//!
//! Layout before base64url: version 1, key id 1, kind 1, organization 16, target 16,
//! subscription 16, HMAC-SHA256 32 = 83 bytes, 111 characters.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{CalendarId, CalendarKey, ConnectionId, OrganizationId, SubscriptionId};

const VERSION: u8 = 1;
const SIGNED: usize = 51;
const LENGTH: usize = SIGNED + 32;

/// How many characters a token has. Graph allows 128, Google 256.
pub const TOKEN_CHARACTERS: usize = 111;

/// What a subscription watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The events of one calendar.
    Calendar(CalendarId),
    /// The list of calendars of one connection.
    CalendarList(ConnectionId),
}

/// Whether a text has the form of a token. It says nothing of its signature.
pub fn could_be_ours(token: &str) -> bool {
    token.len() == TOKEN_CHARACTERS
        && URL_SAFE_NO_PAD
            .decode(token)
            .is_ok_and(|bytes| bytes.first() == Some(&VERSION))
}

/// What a token says, once its signature was found good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The tenant.
    pub organization: OrganizationId,
    /// What is watched.
    pub target: Target,
    /// The subscription the token was made for.
    pub subscription: SubscriptionId,
}

impl Claims {
    /// The calendar the token speaks for, if it speaks for one.
    pub fn calendar(&self) -> Option<CalendarKey> {
        match self.target {
            Target::Calendar(calendar) => Some(CalendarKey {
                organization: self.organization,
                calendar,
            }),
            Target::CalendarList(_) => None,
        }
    }
}

/// One signing key. It can not be printed or compared.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl Key {
    /// At least this many bytes, or the signature is weaker than its hash.
    pub const MINIMUM_BYTES: usize = 32;

    /// The key with these bytes, unless they are too few.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() >= Self::MINIMUM_BYTES).then_some(Self(bytes))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How long a new key is known before it signs: longer than anybody believes what they fetched
/// before, so that nobody meets a token of a key that they do not know.
pub const KNOWN_BEFORE: SignedDuration = SignedDuration::from_mins(10);

/// All keys that live tokens are signed with, and the one that signs new ones.
#[derive(Clone, Debug)]
pub struct Keyring {
    keys: BTreeMap<u8, Key>,
    signing: u8,
    next: Option<(u8, Timestamp)>,
}

impl Keyring {
    /// A keyring, unless its signing key is not among its keys.
    pub fn new(keys: BTreeMap<u8, Key>, signing: u8) -> Option<Self> {
        keys.contains_key(&signing).then_some(Self {
            keys,
            signing,
            next: None,
        })
    }

    /// The same, with a key that signs from then on, unless there is no such key.
    pub fn with_next(self, id: u8, from: Timestamp) -> Option<Self> {
        self.keys.contains_key(&id).then_some(Self {
            next: Some((id, from)),
            ..self
        })
    }

    /// The key that signs at `now`.
    pub fn signing(&self, now: Timestamp) -> u8 {
        match self.next {
            Some((id, from)) if from <= now => id,
            Some(_) | None => self.signing,
        }
    }

    /// A token for this subscription, and the key that signed it.
    pub fn mint(&self, claims: &Claims, now: Timestamp) -> (String, u8) {
        let signing = self.signing(now);
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend([VERSION, signing, kind(claims.target)]);
        bytes.extend(claims.organization.to_bytes());
        bytes.extend(match claims.target {
            Target::Calendar(calendar) => calendar.to_bytes(),
            Target::CalendarList(connection) => connection.to_bytes(),
        });
        bytes.extend(claims.subscription.to_bytes());
        let signature = sign(&self.keys[&signing], &bytes);
        bytes.extend(signature);
        (URL_SAFE_NO_PAD.encode(bytes), signing)
    }

    /// What the token says, if one of our keys signed it.
    ///
    /// # Errors
    /// Says why not. The caller tells the stranger nothing of it.
    pub fn verify(&self, token: &str) -> Result<Claims, Rejection> {
        // The length is public, so leaving early on it tells nothing.
        if token.len() != TOKEN_CHARACTERS {
            return Err(Rejection::Malformed);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(token)
            .map_err(|_| Rejection::Malformed)?;
        let (signed, signature) = bytes.split_at_checked(SIGNED).ok_or(Rejection::Malformed)?;
        if signed[0] != VERSION {
            return Err(Rejection::Malformed);
        }
        let key = self
            .keys
            .get(&signed[1])
            .ok_or(Rejection::UnknownKey(signed[1]))?;
        if !bool::from(sign(key, signed).ct_eq(signature)) {
            return Err(Rejection::Forged);
        }

        let sixteen = |at: usize| -> [u8; 16] {
            signed[at..at + 16]
                .try_into()
                .expect("a slice of sixteen bytes")
        };
        let target = match signed[2] {
            0 => Target::Calendar(CalendarId::from_bytes(sixteen(19))),
            1 => Target::CalendarList(ConnectionId::from_bytes(sixteen(19))),
            _ => return Err(Rejection::Malformed),
        };
        Ok(Claims {
            organization: OrganizationId::from_bytes(sixteen(3)),
            target,
            subscription: SubscriptionId::from_bytes(sixteen(35)),
        })
    }
}

const fn kind(target: Target) -> u8 {
    match target {
        Target::Calendar(_) => 0,
        Target::CalendarList(_) => 1,
    }
}

fn sign(key: &Key, bytes: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes a key of any length");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Not a token of ours at all.
    Malformed,
    /// Signed with a key we do not hold; perhaps a new one that this sandbox has not fetched yet.
    UnknownKey(u8),
    /// The signature does not fit.
    Forged,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(ids: &[u8], signing: u8) -> Keyring {
        let keys = ids
            .iter()
            .map(|id| (*id, Key::new(vec![*id; 32]).unwrap()))
            .collect();
        Keyring::new(keys, signing).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            organization: OrganizationId::from_bytes([1; 16]),
            target: Target::Calendar(CalendarId::from_bytes([2; 16])),
            subscription: SubscriptionId::from_bytes([3; 16]),
        }
    }

    fn minted(keys: &Keyring, claims: &Claims) -> String {
        keys.mint(claims, Timestamp::UNIX_EPOCH).0
    }

    #[test]
    fn a_new_key_signs_from_its_time_on_and_is_known_before() {
        let from = Timestamp::UNIX_EPOCH + KNOWN_BEFORE;
        let keys = keyring(&[1, 2], 1).with_next(2, from).expect("a key");
        let before = from - SignedDuration::from_millis(1);

        assert_eq!((keys.signing(before), keys.signing(from)), (1, 2));
        let (token, signed_by) = keys.mint(&claims(), from);
        assert_eq!(signed_by, 2);
        assert_eq!(keys.verify(&token), Ok(claims()));
        assert_eq!(keyring(&[1, 2], 1).verify(&token), Ok(claims()));
        assert!(keyring(&[1], 1).with_next(2, from).is_none());
    }

    #[test]
    fn a_token_says_what_it_was_made_for() {
        let keys = keyring(&[1], 1);
        let list = Claims {
            target: Target::CalendarList(ConnectionId::from_bytes([4; 16])),
            ..claims()
        };

        assert_eq!(keys.verify(&minted(&keys, &claims())), Ok(claims()));
        assert_eq!(keys.verify(&minted(&keys, &list)), Ok(list));
    }

    #[test]
    fn a_token_fits_the_smaller_of_the_two_providers_limits() {
        let token = minted(&keyring(&[1], 1), &claims());

        assert_eq!(token.len(), TOKEN_CHARACTERS);
        assert!(token.len() <= 128);
    }

    #[test]
    fn a_changed_bit_anywhere_is_noticed() {
        let keys = keyring(&[1, 2], 1);
        let good = URL_SAFE_NO_PAD.decode(minted(&keys, &claims())).unwrap();

        for bit in 0..good.len() * 8 {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(
                keys.verify(&URL_SAFE_NO_PAD.encode(bytes)).is_err(),
                "{bit}"
            );
        }
    }

    #[test]
    fn an_older_key_is_believed_while_it_is_kept() {
        let token = minted(&keyring(&[1], 1), &claims());

        assert_eq!(keyring(&[1, 2], 2).verify(&token), Ok(claims()));
        assert_eq!(
            keyring(&[2], 2).verify(&token),
            Err(Rejection::UnknownKey(1))
        );
    }

    #[test]
    fn a_text_that_is_no_token_is_malformed() {
        let keys = keyring(&[1], 1);

        for text in ["", "x", "v1=k7Qm2p0dXJ8f5yH3sB1wZrT6uN9cLaEg4iVoKxYj"] {
            assert_eq!(keys.verify(text), Err(Rejection::Malformed));
        }
        assert_eq!(keys.verify(&"!".repeat(111)), Err(Rejection::Malformed));
        assert_eq!(keys.verify(&"é".repeat(111)), Err(Rejection::Malformed));
    }

    #[test]
    fn a_key_is_never_printed() {
        assert!(!format!("{:?}", keyring(&[65], 65)).contains("65, 65"));
    }
}
