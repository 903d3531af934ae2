//! What a customer or administrator granted, and the access tokens it buys.

use std::fmt;

use domain::Provider;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use crate::transport::Outage;
use crate::{Client, google, microsoft};

mod stored;

pub use stored::UnknownGrant;

/// How long before its end an access token is no longer used: longer than the longest request, and
/// than the clocks of two machines differ.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// What was granted. It prints its kind and nothing else.
#[derive(Clone)]
pub enum Grant {
    /// A Google user's consent.
    GoogleRefreshToken {
        /// What the user's consent was exchanged for.
        refresh_token: SecretString,
    },
    /// A Google service account that acts for a user of its domain.
    GoogleServiceAccount {
        /// The account's own address.
        client_email: String,
        /// Which of its keys signs.
        key_id: String,
        /// That key, PKCS #8 or PKCS #1 in PEM.
        private_key_pem: SecretString,
        /// The user it acts for.
        subject: String,
    },
    /// A Microsoft user's consent.
    MicrosoftRefreshToken {
        /// The user's tenant, or `common`.
        tenant: String,
        /// What the user's consent was exchanged for. Each use yields another one.
        refresh_token: SecretString,
    },
    /// An administrator's consent to our application, for the mailboxes of a tenant.
    ///
    /// It holds nothing that proves it: whoever takes it into keeping for an organization must
    /// have seen the administrator come back from Microsoft, or one customer could name another's
    /// tenant.
    MicrosoftTenant {
        /// The tenant.
        tenant: String,
    },
}

impl Grant {
    /// Who gave it.
    pub const fn provider(&self) -> Provider {
        match self {
            Grant::GoogleRefreshToken { .. } | Grant::GoogleServiceAccount { .. } => {
                Provider::Google
            }
            Grant::MicrosoftRefreshToken { .. } | Grant::MicrosoftTenant { .. } => {
                Provider::Microsoft
            }
        }
    }

    /// Whether it is worth something only together with our own [`OAuthClient`].
    pub const fn needs_client(&self) -> bool {
        match self {
            Grant::GoogleServiceAccount { .. } => false,
            Grant::GoogleRefreshToken { .. }
            | Grant::MicrosoftRefreshToken { .. }
            | Grant::MicrosoftTenant { .. } => true,
        }
    }

    /// The name in stored grants and logs.
    pub const fn kind(&self) -> &'static str {
        match self {
            Grant::GoogleRefreshToken { .. } => stored::GOOGLE_REFRESH_TOKEN,
            Grant::GoogleServiceAccount { .. } => stored::GOOGLE_SERVICE_ACCOUNT,
            Grant::MicrosoftRefreshToken { .. } => stored::MICROSOFT_REFRESH_TOKEN,
            Grant::MicrosoftTenant { .. } => stored::MICROSOFT_TENANT,
        }
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// If it is of another version or kind, or lacks something. The error repeats none of it.
    pub fn from_json(json: &str) -> Result<Self, UnknownGrant> {
        stored::read(json)
    }

    /// The grant as it is stored, once it was encrypted.
    pub fn to_json(&self) -> SecretString {
        stored::write(self)
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grant({}, [redacted])", self.kind())
    }
}

/// The application that users gave their consent to.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    /// Its public name.
    pub id: String,
    /// What proves that it is us.
    pub proof: Proof,
}

/// What proves that we are an application. It can not be printed.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A text that the provider knows as well.
    Secret(SecretString),
    /// A key whose certificate the provider knows. Microsoft only.
    Certificate {
        /// The key, PKCS #8 or PKCS #1 in PEM.
        private_key_pem: SecretString,
        /// The certificate's SHA-256 thumbprint in base64url.
        thumbprint: String,
    },
}

/// Lets us read for about an hour.
#[derive(Clone, Debug)]
pub struct AccessToken {
    secret: SecretString,
    /// When the provider forgets it.
    pub expires_at: Timestamp,
}

impl AccessToken {
    /// A token that was obtained earlier.
    pub fn new(secret: SecretString, expires_at: Timestamp) -> Self {
        Self { secret, expires_at }
    }

    /// Whether it is worth using at `now`.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_until(self.expires_at) > FRESH
    }

    pub(crate) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// What a grant bought.
#[derive(Clone, Debug)]
pub struct Bought {
    /// The access token.
    pub token: AccessToken,
    /// The grant from now on, where using it renews it. It has to be kept before the access token
    /// is used: the provider may not honour the old one again.
    pub renewed: Option<Grant>,
}

impl From<AccessToken> for Bought {
    fn from(token: AccessToken) -> Self {
        Self {
            token,
            renewed: None,
        }
    }
}

/// Why a grant did not buy an access token.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The grant is worth nothing any more; only its owner can give another one.
    #[error("could not use a grant that was withdrawn: {reason}")]
    Revoked {
        /// The provider's error code.
        reason: String,
    },
    /// We are not who we say we are, or ask for what was never allowed. The operator has to act,
    /// and no customer's grant is to blame.
    #[error("could not use the grant as calwatch is set up: {reason}")]
    Misconfigured {
        /// The provider's error code, or what is wrong here.
        reason: String,
    },
    /// Trying again later helps.
    #[error("could not reach the provider")]
    Unavailable {
        /// What happened.
        source: Outage,
    },
}

impl Client {
    /// Buys an access token. `client` is needed where [`Grant::needs_client`] says so.
    ///
    /// # Errors
    /// If the provider does not answer, or does not accept the grant or us.
    pub async fn access_token(
        &self,
        grant: &Grant,
        client: Option<&OAuthClient>,
        now: Timestamp,
    ) -> Result<Bought, GrantError> {
        match grant {
            Grant::GoogleRefreshToken { refresh_token } => {
                let token = google::token::refresh(self, refresh_token, client, now).await?;
                Ok(token.into())
            }
            Grant::GoogleServiceAccount {
                client_email,
                key_id,
                private_key_pem,
                subject,
            } => {
                let account = google::token::ServiceAccount {
                    client_email,
                    key_id,
                    private_key_pem,
                    subject,
                };
                Ok(google::token::assert(self, &account, now).await?.into())
            }
            Grant::MicrosoftRefreshToken {
                tenant,
                refresh_token,
            } => {
                let bought =
                    microsoft::token::refresh(self, tenant, refresh_token, client, now).await?;
                let renewed =
                    bought
                        .refresh_token
                        .map(|refresh_token| Grant::MicrosoftRefreshToken {
                            tenant: tenant.clone(),
                            refresh_token,
                        });
                Ok(Bought {
                    token: bought.token,
                    renewed,
                })
            }
            Grant::MicrosoftTenant { tenant } => {
                let bought = microsoft::token::assert(self, tenant, client, now).await?;
                Ok(bought.token.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_fresh_until_five_minutes_before_its_end() {
        let end: Timestamp = "2026-11-10T15:30:00Z".parse().unwrap();
        let token = AccessToken::new("s3cret".into(), end);

        assert!(token.is_fresh("2026-11-10T15:24:59Z".parse().unwrap()));
        assert!(!token.is_fresh("2026-11-10T15:25:00Z".parse().unwrap()));
        assert!(!token.is_fresh("2026-11-10T16:00:00Z".parse().unwrap()));
    }

    #[test]
    fn no_secret_is_ever_printed() {
        let grants = [
            Grant::GoogleRefreshToken {
                refresh_token: "s3cret".into(),
            },
            Grant::GoogleServiceAccount {
                client_email: "s3cret".to_owned(),
                key_id: "s3cret".to_owned(),
                private_key_pem: "s3cret".into(),
                subject: "s3cret".to_owned(),
            },
            Grant::MicrosoftRefreshToken {
                tenant: "s3cret".to_owned(),
                refresh_token: "s3cret".into(),
            },
        ];
        let client = OAuthClient {
            id: "public".to_owned(),
            proof: Proof::Secret("s3cret".into()),
        };
        let key = Proof::Certificate {
            private_key_pem: "s3cret".into(),
            thumbprint: "public".to_owned(),
        };
        let token = AccessToken::new("s3cret".into(), Timestamp::UNIX_EPOCH);

        let json = grants[0].to_json();
        let printed = format!("{grants:?} {client:?} {key:?} {token:?} {json:?}");

        assert!(!printed.contains("s3cret"), "{printed}");
    }
}
