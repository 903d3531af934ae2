//! The keys of channel tokens, as one secret.
//!
//! `{"signing": 1, "1": "<at least 32 characters>", …}`: a key's bytes are those of its text.
//! `"next": 2, "next_from": "<time>"` names the key that signs from then on.

use std::collections::{BTreeMap, BTreeSet};

use domain::key_rotation::Roster;
use domain::token::{Key, Keyring};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::Secrets;
use crate::Error;

const FORM: &str = "the secret of the channel-token keys is not of the form \
     {\"signing\": 1, \"1\": \"<at least 32 characters>\"}";

/// The keys with what is in them.
#[derive(Clone, Debug)]
pub struct TokenKeys {
    /// Which there are, and which signs.
    pub roster: Roster,
    keys: BTreeMap<u8, SecretString>,
}

impl TokenKeys {
    /// Other keys of the same deployment: those of this roster, of which `new` is made of this
    /// text.
    pub fn with(&self, roster: Roster, new: Option<(u8, SecretString)>) -> Self {
        let mut keys = self.keys.clone();
        keys.extend(new);
        keys.retain(|id, _| roster.keys.contains(id));
        Self { roster, keys }
    }

    // The parser's own error would quote the secret.
    fn parse(text: &str) -> Option<Self> {
        let mut values: Map<String, Value> = serde_json::from_str(text).ok()?;
        let id_in = |value: &Value| value.as_u64().and_then(|id| u8::try_from(id).ok());
        let signing = values.remove("signing").as_ref().and_then(id_in)?;
        let next = match (values.remove("next"), values.remove("next_from")) {
            (Some(next), Some(from)) => {
                let from: Timestamp = from.as_str()?.parse().ok()?;
                Some((id_in(&next)?, from))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return None,
        };
        let mut keys = BTreeMap::new();
        for (id, key) in values {
            keys.insert(id.parse().ok()?, SecretString::from(key.as_str()?));
        }
        let ids: BTreeSet<u8> = keys.keys().copied().collect();
        Some(Self {
            roster: Roster {
                keys: ids,
                signing,
                next,
            },
            keys,
        })
    }

    fn keyring(&self) -> Option<Keyring> {
        let mut keys = BTreeMap::new();
        for (id, text) in &self.keys {
            let bytes = text.expose_secret().as_bytes().to_vec();
            keys.insert(*id, Key::new(bytes)?);
        }
        let keyring = Keyring::new(keys, self.roster.signing)?;
        match self.roster.next {
            Some((next, from)) => keyring.with_next(next, from),
            None => Some(keyring),
        }
    }

    fn write(&self) -> String {
        let mut values = Map::new();
        values.insert("signing".to_owned(), json!(self.roster.signing));
        if let Some((next, from)) = self.roster.next {
            values.insert("next".to_owned(), json!(next));
            values.insert("next_from".to_owned(), json!(from));
        }
        for (id, key) in &self.keys {
            values.insert(id.to_string(), json!(key.expose_secret()));
        }
        Value::Object(values).to_string()
    }
}

impl Secrets {
    /// The keys that verify and sign.
    ///
    /// # Errors
    /// If the secret could not be read or is not of that form.
    pub async fn keyring(&self, id: &str) -> Result<Keyring, Error> {
        let keys = self.token_keys(id).await?;
        keys.keyring().ok_or(Error::bare(FORM))
    }

    /// The same, to be changed.
    ///
    /// # Errors
    /// If the secret could not be read or is not of that form.
    pub async fn token_keys(&self, id: &str) -> Result<TokenKeys, Error> {
        let text = self.text(id).await?;
        TokenKeys::parse(&text).ok_or(Error::bare(FORM))
    }

    /// Writes them.
    ///
    /// # Errors
    /// If the secret could not be written, or nothing could be verified with it.
    pub async fn put_token_keys(&self, id: &str, keys: &TokenKeys) -> Result<(), Error> {
        keys.keyring().ok_or(Error::bare(FORM))?;
        self.put(id, keys.write()).await
    }
}
