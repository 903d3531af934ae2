//! The secrets of a deployment: the keys of channel tokens, and our OAuth client at each provider.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use domain::token::{Key, Keyring};
use secrecy::{ExposeSecret, SecretString};

use crate::{Error, SdkConfig};

/// Reads secrets, and fills one in. Nothing is cached here; `app` decides how long it believes what it read.
#[derive(Clone, Debug)]
pub struct Secrets {
    client: Client,
}

/// Our OAuth client at a provider.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    /// Its public name.
    pub id: String,
    /// What proves that we are it.
    pub proof: Proof,
}

/// What proves that we are an OAuth client.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A text.
    Secret(SecretString),
    /// A key, and the SHA-256 thumbprint of its certificate in base64url.
    Certificate {
        /// In PEM.
        private_key: SecretString,
        /// The certificate's.
        thumbprint: String,
    },
}

impl Secrets {
    /// Reads from this account.
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }

    /// The keys of channel tokens: `{"signing": 1, "1": "<at least 32 characters>", …}`. A key's
    /// bytes are those of its text. `"next": 2, "next_from": "<time>"` names the key that signs
    /// from then on.
    ///
    /// # Errors
    /// If the secret could not be read or is not of that form.
    pub async fn keyring(&self, id: &str) -> Result<Keyring, Error> {
        const FORM: &str = "the secret of the channel-token keys is not of the form \
             {\"signing\": 1, \"1\": \"<at least 32 characters>\"}";
        let text = self.text(id).await?;
        // The parser's own error would quote the secret.
        let values: BTreeMap<String, serde_json::Value> =
            serde_json::from_str(&text).map_err(|_| Error::bare(FORM))?;
        let mut signing = None;
        let mut next = None;
        let mut next_from = None;
        let mut keys = BTreeMap::new();
        let id_in = |value: &serde_json::Value| value.as_u64().and_then(|id| u8::try_from(id).ok());
        for (name, value) in values {
            match name.as_str() {
                "signing" => {
                    signing = id_in(&value);
                    continue;
                }
                "next" => {
                    next = Some(id_in(&value).ok_or(Error::bare(FORM))?);
                    continue;
                }
                "next_from" => {
                    let from = value.as_str().and_then(|text| text.parse().ok());
                    next_from = Some(from.ok_or(Error::bare(FORM))?);
                    continue;
                }
                _ => {}
            }
            let id: u8 = name.parse().map_err(|_| Error::bare(FORM))?;
            let key = value
                .as_str()
                .and_then(|text| Key::new(text.as_bytes().to_vec()))
                .ok_or(Error::bare(FORM))?;
            keys.insert(id, key);
        }
        let keyring = signing
            .and_then(|signing| Keyring::new(keys, signing))
            .ok_or(Error::bare(FORM))?;
        match (next, next_from) {
            (Some(next), Some(from)) => keyring.with_next(next, from).ok_or(Error::bare(FORM)),
            (None, None) => Ok(keyring),
            (Some(_), None) | (None, Some(_)) => Err(Error::bare(FORM)),
        }
    }

    /// Our OAuth client: `{"client_id": "…", "client_secret": "…"}`, or for Microsoft
    /// `{"client_id": "…", "certificate_private_key": "…", "certificate_thumbprint": "…"}`.
    ///
    /// # Errors
    /// If the secret could not be read or is not of that form.
    pub async fn oauth_client(&self, id: &str) -> Result<OAuthClient, Error> {
        const FORM: &str = "the secret of the OAuth client is not of the form \
             {\"client_id\": \"…\", \"client_secret\": \"…\"}, or with certificate_private_key and \
             certificate_thumbprint instead of the latter";
        #[derive(serde::Deserialize)]
        struct Stored {
            client_id: String,
            client_secret: Option<String>,
            certificate_private_key: Option<String>,
            certificate_thumbprint: Option<String>,
        }
        let text = self.text(id).await?;
        let stored: Stored = serde_json::from_str(&text).map_err(|_| Error::bare(FORM))?;
        let key = stored.certificate_private_key;
        let proof = match (key.filter(|key| !key.is_empty()), stored.client_secret) {
            (Some(key), _) => Proof::Certificate {
                private_key: key.into(),
                thumbprint: stored.certificate_thumbprint.ok_or(Error::bare(FORM))?,
            },
            (None, Some(secret)) => Proof::Secret(secret.into()),
            (None, None) => return Err(Error::bare(FORM)),
        };
        Ok(OAuthClient {
            id: stored.client_id,
            proof,
        })
    }

    /// Fills in our OAuth client, as the operator does once per installation.
    ///
    /// # Errors
    /// If the secret could not be written.
    pub async fn put_oauth_client(&self, id: &str, client: &OAuthClient) -> Result<(), Error> {
        let text = match &client.proof {
            Proof::Secret(secret) => serde_json::json!({
                "client_id": client.id,
                "client_secret": secret.expose_secret(),
            }),
            Proof::Certificate {
                private_key,
                thumbprint,
            } => serde_json::json!({
                "client_id": client.id,
                "certificate_private_key": private_key.expose_secret(),
                "certificate_thumbprint": thumbprint,
            }),
        };
        self.client
            .put_secret_value()
            .secret_id(id)
            .secret_string(text.to_string())
            .send()
            .await
            .map_err(Error::on("could not write a secret"))?;
        Ok(())
    }

    async fn text(&self, id: &str) -> Result<String, Error> {
        self.client
            .get_secret_value()
            .secret_id(id)
            .send()
            .await
            .map_err(Error::on("could not read a secret"))?
            .secret_string
            .ok_or(Error::bare("a secret holds bytes instead of text"))
    }
}
