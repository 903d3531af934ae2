//! The keys of channel tokens, fetched by the first notification and believed for five minutes.

use std::sync::Arc;

use aws::secrets::Secrets;
use domain::token::{Claims, Keyring, Rejection};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::{Ambient, Error, error_chain};

/// How long fetched keys are believed. A new key is published ten minutes before it signs, which
/// must stay longer than this.
const BELIEVED: SignedDuration = SignedDuration::from_mins(5);

/// How soon keys that could not be refreshed are fetched again.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_secs(30);

/// How soon an unknown key id fetches again; strangers choose key ids, and must not choose our
/// bill.
const UNKNOWN: SignedDuration = SignedDuration::from_mins(1);

/// The keys of channel tokens.
#[derive(Clone, Debug)]
pub struct Keys {
    ambient: Ambient,
    secrets: Secrets,
    secret_id: String,
    fetched: Arc<Mutex<Option<(Keyring, Timestamp)>>>,
}

impl Keys {
    /// The keys in this secret.
    pub fn new(ambient: Ambient, secrets: Secrets, secret_id: String) -> Self {
        Self {
            ambient,
            secrets,
            secret_id,
            fetched: Arc::default(),
        }
    }

    /// What a token says, if one of our keys signed it.
    ///
    /// # Errors
    /// If the keys could not be fetched.
    pub async fn verify(&self, token: &str) -> Result<Result<Claims, Rejection>, Error> {
        // A stranger's text must not even make us fetch the keys.
        if !domain::token::could_be_ours(token) {
            return Ok(Err(Rejection::Malformed));
        }
        let verdict = self.keyring(BELIEVED).await?.verify(token);
        match verdict {
            // Perhaps a key that is newer than what we fetched.
            Err(Rejection::UnknownKey(_)) => Ok(self.keyring(UNKNOWN).await?.verify(token)),
            verdict => Ok(verdict),
        }
    }

    /// A new token, and the key that signed it.
    ///
    /// # Errors
    /// If the keys could not be fetched.
    pub async fn mint(&self, claims: &Claims) -> Result<(String, u8), Error> {
        let now = self.ambient.now();
        Ok(self.keyring(BELIEVED).await?.mint(claims, now))
    }

    /// The key that signs now.
    ///
    /// # Errors
    /// If the keys could not be fetched.
    pub async fn signing(&self) -> Result<u8, Error> {
        let now = self.ambient.now();
        Ok(self.keyring(BELIEVED).await?.signing(now))
    }

    async fn keyring(&self, believed: SignedDuration) -> Result<Keyring, Error> {
        let now = self.ambient.now();
        let mut fetched = self.fetched.lock().await;
        if let Some((keyring, at)) = &*fetched
            && now < *at + believed
        {
            return Ok(keyring.clone());
        }
        match (self.secrets.keyring(&self.secret_id).await, &*fetched) {
            (Ok(keyring), _) => {
                *fetched = Some((keyring.clone(), now));
                Ok(keyring)
            }
            // Keys live for days; a service that is down for a minute must not stop the intake.
            (Err(error), Some((keyring, _))) => {
                let keyring = keyring.clone();
                // The next try is half a minute away: nobody waits for a service that is down twice.
                *fetched = Some((keyring.clone(), now - BELIEVED + AFTER_FAILURE));
                tracing::warn!(
                    error = error_chain(&error),
                    "the channel-token keys could not be refreshed"
                );
                Ok(keyring)
            }
            (Err(error), None) => Err(error.into()),
        }
    }
}
