//! The secrets of a deployment: the keys of channel tokens, and our OAuth client at each provider.

mod token_keys;

use aws_sdk_secretsmanager::Client;
use secrecy::{ExposeSecret, SecretString};

use crate::{Error, SdkConfig};

pub use token_keys::TokenKeys;

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
        self.put(id, text.to_string()).await
    }

    async fn put(&self, id: &str, text: String) -> Result<(), Error> {
        self.client
            .put_secret_value()
            .secret_id(id)
            .secret_string(text)
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
