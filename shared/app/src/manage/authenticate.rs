//! Whose key is this?

use std::collections::HashMap;
use std::sync::Arc;

use aws::api_keys::{ApiKey, ApiKeys};
use domain::api_key::{Hash, Key, Scope};
use domain::{ApiKeyId, OrganizationId};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::{Ambient, Error};

/// How long a key that was looked up is believed, and therefore how long one that was taken away
/// still works.
const BELIEVED: SignedDuration = SignedDuration::from_mins(1);

/// How many keys are remembered. A sandbox meets few in a minute; whoever has many must not fill
/// its memory.
const REMEMBERED: usize = 1_000;

/// Knows whose a key is.
#[derive(Clone, Debug)]
pub struct Authenticator {
    ambient: Ambient,
    keys: ApiKeys,
    known: Arc<Mutex<HashMap<ApiKeyId, Known>>>,
}

#[derive(Clone, Debug)]
struct Known {
    hash: Hash,
    caller: Caller,
    since: Timestamp,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant.
    pub organization: OrganizationId,
    /// The key.
    pub key: ApiKeyId,
    /// What it allows.
    pub scope: Scope,
}

impl Authenticator {
    /// Believes the keys in this table.
    pub fn new(ambient: Ambient, keys: ApiKeys) -> Self {
        Self {
            ambient,
            keys,
            known: Arc::default(),
        }
    }

    /// Whose a key is; none if it is nobody's, whatever is wrong with it.
    ///
    /// # Errors
    /// If the keys could not be asked.
    pub async fn authenticate(&self, text: &str) -> Result<Option<Caller>, Error> {
        let Some(key) = Key::read(text) else {
            return Ok(None);
        };
        let now = self.ambient.now();
        let known = self.known.lock().await.get(&key.id).cloned();
        if let Some(known) = known
            && now < known.since + BELIEVED
            && known.hash.is_of(&key)
        {
            return Ok(Some(known.caller));
        }
        let stored = self.keys.get(key.id).await?;
        // Compared in any case, so that the time does not tell which identifiers exist.
        let hash = stored.as_ref().map_or(Hash::NOBODYS, |(_, hash)| *hash);
        let is_right = hash.is_of(&key);
        let Some((stored, _)) = stored.filter(|_| is_right) else {
            return Ok(None);
        };
        let caller = caller(&stored);
        let since = now;
        self.remember(Known {
            hash,
            caller,
            since,
        })
        .await;
        Ok(Some(caller))
    }

    async fn remember(&self, new: Known) {
        let mut known = self.known.lock().await;
        if known.len() >= REMEMBERED {
            known.retain(|_, old| new.since < old.since + BELIEVED);
        }
        if known.len() < REMEMBERED {
            known.insert(new.caller.key, new);
        }
    }
}

const fn caller(stored: &ApiKey) -> Caller {
    Caller {
        organization: stored.organization,
        key: stored.id,
        scope: stored.scope,
    }
}
