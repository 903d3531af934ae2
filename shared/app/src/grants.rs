//! Access tokens, kept until shortly before they end.

use std::collections::HashMap;
use std::sync::Arc;

use aws::connections::{Connections, State};
use aws::credentials::Credentials;
use aws::secrets::{OAuthClient, Secrets};
use domain::{ConnectionId, OrganizationId};
use providers::Client;
use providers::grant::{AccessToken, Grant, GrantError};
use tokio::sync::Mutex;

use crate::{Ambient, Error};

/// Turns stored grants into access tokens.
#[derive(Clone, Debug)]
pub struct Grants {
    ambient: Ambient,
    client: Client,
    connections: Connections,
    credentials: Credentials,
    secrets: Secrets,
    oauth_secret_id: String,
    oauth_client: Arc<Mutex<Option<OAuthClient>>>,
    tokens: Arc<Mutex<HashMap<(OrganizationId, ConnectionId), AccessToken>>>,
}

/// An access token, or why there is none.
#[derive(Debug)]
pub enum Access {
    /// Here it is.
    Token(AccessToken),
    /// A person must connect again.
    Revoked(String),
    /// The provider, or our configuration, does not let us have one now.
    Failed(GrantError),
}

impl Grants {
    /// Grants in this table, opened with these credentials.
    pub fn new(
        ambient: Ambient,
        client: Client,
        connections: Connections,
        credentials: Credentials,
        secrets: Secrets,
        oauth_secret_id: String,
    ) -> Self {
        Self {
            ambient,
            client,
            connections,
            credentials,
            secrets,
            oauth_secret_id,
            oauth_client: Arc::default(),
            tokens: Arc::default(),
        }
    }

    /// An access token of this connection.
    ///
    /// # Errors
    /// If a dependency of ours failed, or there is no such connection.
    pub async fn access(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<Access, Error> {
        let now = self.ambient.now();
        let place = (organization, connection);
        if let Some(token) = self.tokens.lock().await.get(&place)
            && token.is_fresh(now)
        {
            return Ok(Access::Token(token.clone()));
        }
        let stored = self
            .connections
            .get(organization, connection)
            .await?
            .ok_or(Error::Unknown("connection"))?;
        let opened = self
            .credentials
            .open(organization, connection, &stored.grant)
            .await?;
        let grant = Grant::from_json(secrecy::ExposeSecret::expose_secret(&opened))
            .map_err(|_| Error::UnknownGrant)?;
        let oauth_client = match &grant {
            Grant::GoogleRefreshToken { .. } => Some(self.oauth_client().await?),
            Grant::GoogleServiceAccount { .. } => None,
        };
        let asked = self
            .client
            .access_token(&grant, oauth_client.as_ref(), now)
            .await;
        match asked {
            Ok(token) => {
                self.tokens.lock().await.insert(place, token.clone());
                if stored.state == State::ReauthRequired {
                    self.connections
                        .set_state(organization, connection, State::Active)
                        .await?;
                }
                Ok(Access::Token(token))
            }
            Err(GrantError::Revoked { reason }) => {
                self.connections
                    .set_state(organization, connection, State::ReauthRequired)
                    .await?;
                Ok(Access::Revoked(reason))
            }
            Err(error) => {
                // An operator may have put the right client into the secret meanwhile.
                *self.oauth_client.lock().await = None;
                Ok(Access::Failed(error))
            }
        }
    }

    /// Forgets a token that the provider did not accept.
    pub async fn forget(&self, organization: OrganizationId, connection: ConnectionId) {
        self.tokens.lock().await.remove(&(organization, connection));
    }

    async fn oauth_client(&self) -> Result<providers::grant::OAuthClient, Error> {
        let mut cached = self.oauth_client.lock().await;
        if cached.is_none() {
            *cached = Some(self.secrets.oauth_client(&self.oauth_secret_id).await?);
        }
        let client = cached.as_ref().expect("a client that was just read");
        Ok(providers::grant::OAuthClient {
            id: client.id.clone(),
            secret: client.secret.clone(),
        })
    }
}
