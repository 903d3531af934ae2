//! The keys of channel tokens, changed by an operator of the whole deployment.

use std::collections::BTreeMap;

use aws::secrets::Secrets;
use aws::subscriptions::Subscriptions;
use domain::key_rotation::{Refusal, Roster};
use domain::subscription::Attention;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::{Ambient, Error};

/// How many subscriptions are replaced a second after a key was revoked: providers count requests.
const REPLACED_A_SECOND: usize = 5;

/// Changes keys.
#[derive(Clone, Debug)]
pub struct Rotator {
    /// Time and chance.
    pub ambient: Ambient,
    /// The keys.
    pub secrets: Secrets,
    /// Their secret.
    pub secret_id: String,
    /// What carries tokens of them.
    pub subscriptions: Subscriptions,
}

/// The keys, and how many subscriptions carry a token of each.
#[derive(Clone, Debug)]
pub struct Inventory {
    /// Which keys there are.
    pub roster: Roster,
    /// How many subscriptions carry one of each.
    pub carried: BTreeMap<u8, u64>,
}

impl Rotator {
    /// Which keys there are, and what carries them.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn inventory(&self) -> Result<Inventory, Error> {
        let keys = self.secrets.token_keys(&self.secret_id).await?;
        Ok(Inventory {
            roster: keys.roster,
            carried: self.subscriptions.carried().await?,
        })
    }

    /// Adds a key that signs in ten minutes. Subscriptions carry it once they are renewed.
    ///
    /// # Errors
    /// If a dependency failed; the inner one says what stands against it.
    pub async fn rotate(&self) -> Result<Result<(u8, Timestamp), Refusal>, Error> {
        let keys = self.secrets.token_keys(&self.secret_id).await?;
        let (roster, new) = match keys.roster.rotated(self.ambient.now()) {
            Ok(rotated) => rotated,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let from = roster.next.map_or(Timestamp::MAX, |(_, from)| from);
        let keys = keys.with(roster, Some((new, self.random())));
        self.secrets.put_token_keys(&self.secret_id, &keys).await?;
        Ok(Ok((new, from)))
    }

    /// Drops the keys that no subscription carries.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn prune(&self) -> Result<Vec<u8>, Error> {
        let now = self.ambient.now();
        let keys = self.secrets.token_keys(&self.secret_id).await?;
        let carried = self.subscriptions.carried().await?;
        let mut roster = keys.roster.clone();
        let mut dropped = Vec::new();
        for id in keys.roster.idle(&carried, now) {
            if let Ok(without) = roster.without(id, now) {
                roster = without;
                dropped.push(id);
            }
        }
        if !dropped.is_empty() {
            let keys = keys.with(roster, None);
            self.secrets.put_token_keys(&self.secret_id, &keys).await?;
        }
        Ok(dropped)
    }

    /// Takes a key away that must not be believed any more, and has every subscription replaced
    /// that carries a token of it, a few a second. Until then they are not heard.
    ///
    /// The subscriptions are marked after the key is gone: a crash in between is made up for by
    /// saying it again.
    ///
    /// # Errors
    /// If a dependency failed; the inner one says what stands against it.
    pub async fn revoke(&self, id: u8) -> Result<Result<u64, Refusal>, Error> {
        let now = self.ambient.now();
        let keys = self.secrets.token_keys(&self.secret_id).await?;
        match keys.roster.without(id, now) {
            Ok(roster) => {
                let keys = keys.with(roster, None);
                self.secrets.put_token_keys(&self.secret_id, &keys).await?;
            }
            // It is gone already; what carries it may not be.
            Err(Refusal::Unknown) => {}
            Err(refusal) => return Ok(Err(refusal)),
        }
        let carrying = self.subscriptions.carrying(id).await?;
        for (second, few) in (0..).zip(carrying.chunks(REPLACED_A_SECOND)) {
            let at = now + SignedDuration::from_secs(second);
            for subscription in few {
                self.subscriptions
                    .needs(*subscription, Attention::Unsigned, at)
                    .await?;
            }
        }
        Ok(Ok(carrying.len() as u64))
    }

    /// 80 hexadecimal digits of chance: 320 bits.
    fn random(&self) -> SecretString {
        let ulids = [
            self.ambient.ulid(),
            self.ambient.ulid(),
            self.ambient.ulid(),
            self.ambient.ulid(),
        ];
        let text: String = ulids
            .iter()
            .map(|ulid| format!("{:020X}", ulid.random()))
            .collect();
        SecretString::from(text)
    }
}
