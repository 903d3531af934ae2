//! Access tokens, kept until shortly before they end.

use std::collections::HashMap;
use std::sync::Arc;

use aws::connections::{Connection, Connections, State};
use aws::credentials::{Credentials, Sealed};
use aws::secrets::Secrets;
use domain::{ConnectionId, OrganizationId, Provider};
use jiff::Timestamp;
use providers::Client;
use providers::grant::{AccessToken, Bought, Grant, GrantError, OAuthClient, Proof};
use secrecy::ExposeSecret;
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
    oauth_secrets: OAuthSecrets,
    oauth_clients: Arc<Mutex<HashMap<Provider, OAuthClient>>>,
    tokens: Arc<Mutex<Tokens>>,
}

/// Access tokens, each with the provider that honours it.
type Tokens = HashMap<(OrganizationId, ConnectionId), (Provider, AccessToken)>;

/// Where our OAuth clients are kept.
#[derive(Clone, Debug)]
pub struct OAuthSecrets {
    /// The one at Google.
    pub google: String,
    /// The one at Microsoft.
    pub microsoft: String,
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

/// What a grant turned out to be worth.
#[derive(Debug)]
pub enum Tried {
    /// It works. As it is from now on: its use may have renewed it.
    Good(Grant),
    /// The provider does not accept it, by its own code for that.
    Refused(String),
    /// The provider does not accept us, or what was set up for us, by its own code for that.
    Misconfigured(String),
    /// The provider could not be asked.
    Unknown(Grant),
}

impl Grants {
    /// Grants in this table, opened with these credentials.
    pub fn new(
        ambient: Ambient,
        client: Client,
        connections: Connections,
        credentials: Credentials,
        secrets: Secrets,
        oauth_secrets: OAuthSecrets,
    ) -> Self {
        Self {
            ambient,
            client,
            connections,
            credentials,
            secrets,
            oauth_secrets,
            oauth_clients: Arc::default(),
            tokens: Arc::default(),
        }
    }

    /// An access token of this connection, which has to be one at this provider.
    ///
    /// # Errors
    /// If a dependency of ours failed, or there is no such connection.
    pub async fn access(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        provider: Provider,
    ) -> Result<Access, Error> {
        let now = self.ambient.now();
        let place = (organization, connection);
        if let Some((of, token)) = self.tokens.lock().await.get(&place)
            && *of == provider
            && token.is_fresh(now)
        {
            return Ok(Access::Token(token.clone()));
        }
        // A second time, if the grant was replaced while the old one was refused.
        for _ in 0..2 {
            let stored = self
                .connections
                .get(organization, connection)
                .await?
                // One provider's token must never be shown to the other.
                .filter(|stored| stored.provider == provider)
                .ok_or(Error::Unknown("connection"))?;
            if let Some(access) = self.buy(&stored, now).await? {
                return Ok(access);
            }
        }
        // Nobody knows what the newest one is worth, so its owner is not to be asked for another.
        Err(Error::GrantReplaced)
    }

    /// Buys an access token with a stored grant. None if the provider refused a grant that somebody
    /// replaced meanwhile: by the one that its use yielded, or because a person connected again.
    async fn buy(&self, stored: &Connection, now: Timestamp) -> Result<Option<Access>, Error> {
        let (organization, connection) = (stored.organization, stored.id);
        let opened = self
            .credentials
            .open(organization, connection, &stored.grant)
            .await?;
        let grant = Grant::from_json(opened.expose_secret()).map_err(|_| Error::UnknownGrant)?;
        match self.spend(&grant, now).await? {
            Ok(Bought { token, renewed }) => {
                // Before the token is used: a crash after it was would leave us with a grant that
                // the provider may not honour again.
                let held = match renewed {
                    Some(renewed) => self.keep(stored, &renewed).await?,
                    None => stored.grant.clone(),
                };
                let place = (organization, connection);
                let kept = (stored.provider, token.clone());
                self.tokens.lock().await.insert(place, kept);
                if stored.state == State::ReauthRequired {
                    self.connections
                        .set_state(
                            organization,
                            connection,
                            &held,
                            (stored.state, State::Active),
                            now,
                        )
                        .await?;
                }
                Ok(Some(Access::Token(token)))
            }
            Err(GrantError::Revoked { reason }) => {
                let is_the_last = self
                    .connections
                    .set_state(
                        organization,
                        connection,
                        &stored.grant,
                        (stored.state, State::ReauthRequired),
                        now,
                    )
                    .await?;
                Ok(is_the_last.then_some(Access::Revoked(reason)))
            }
            Err(error @ (GrantError::Misconfigured { .. } | GrantError::Unavailable { .. })) => {
                Ok(Some(Access::Failed(error)))
            }
        }
    }

    /// Tries a grant that nobody keeps yet.
    ///
    /// # Errors
    /// If a dependency of ours failed.
    pub async fn try_out(&self, grant: Grant) -> Result<Tried, Error> {
        match self.spend(&grant, self.ambient.now()).await? {
            Ok(Bought { renewed, .. }) => Ok(Tried::Good(renewed.unwrap_or(grant))),
            Err(GrantError::Revoked { reason }) => Ok(Tried::Refused(reason)),
            Err(GrantError::Misconfigured { reason }) => Ok(Tried::Misconfigured(reason)),
            Err(GrantError::Unavailable { .. }) => Ok(Tried::Unknown(grant)),
        }
    }

    /// Buys an access token, together with our own client where that is needed.
    async fn spend(
        &self,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<Result<Bought, GrantError>, Error> {
        let oauth_client = if grant.needs_client() {
            Some(self.oauth_client(grant.provider()).await?)
        } else {
            None
        };
        let asked = self
            .client
            .access_token(grant, oauth_client.as_ref(), now)
            .await;
        match &asked {
            Ok(_) | Err(GrantError::Revoked { .. }) => {}
            // An operator may have put the right client into the secret meanwhile.
            Err(GrantError::Misconfigured { .. } | GrantError::Unavailable { .. }) => {
                self.oauth_clients.lock().await.remove(&grant.provider());
            }
        }
        Ok(asked)
    }

    /// Keeps what the use of a grant yielded, unless somebody else was faster.
    async fn keep(&self, used: &Connection, renewed: &Grant) -> Result<Sealed, Error> {
        let (organization, connection) = (used.organization, used.id);
        let sealed = self
            .credentials
            .seal(organization, connection, &renewed.to_json())
            .await?;
        let kept = self
            .connections
            .renew(organization, connection, &used.grant, &sealed)
            .await?;
        if !kept {
            tracing::info!(%connection, "another worker renewed the grant first");
        }
        Ok(sealed)
    }

    /// Whether a connection's grant works, as far as we know.
    ///
    /// # Errors
    /// If the connections could not be asked.
    pub async fn are_good(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
    ) -> Result<bool, Error> {
        let stored = self.connections.get(organization, connection).await?;
        Ok(stored.is_some_and(|stored| match stored.state {
            State::Active => true,
            State::ReauthRequired => false,
        }))
    }

    /// Forgets a token that the provider did not accept.
    pub async fn forget(&self, organization: OrganizationId, connection: ConnectionId) {
        self.tokens.lock().await.remove(&(organization, connection));
    }

    async fn oauth_client(&self, provider: Provider) -> Result<OAuthClient, Error> {
        let mut cached = self.oauth_clients.lock().await;
        if let Some(client) = cached.get(&provider) {
            return Ok(client.clone());
        }
        let secret = match provider {
            Provider::Google => &self.oauth_secrets.google,
            Provider::Microsoft => &self.oauth_secrets.microsoft,
        };
        let stored = self.secrets.oauth_client(secret).await?;
        let client = OAuthClient {
            id: stored.id,
            proof: match stored.proof {
                aws::secrets::Proof::Secret(secret) => Proof::Secret(secret),
                aws::secrets::Proof::Certificate {
                    private_key,
                    thumbprint,
                } => Proof::Certificate {
                    private_key_pem: private_key,
                    thumbprint,
                },
            },
        };
        cached.insert(provider, client.clone());
        Ok(client)
    }
}
