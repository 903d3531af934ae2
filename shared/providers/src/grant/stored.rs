//! A grant as it is stored, once it was encrypted: versioned JSON.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::Grant;

pub(super) const GOOGLE_REFRESH_TOKEN: &str = "google_refresh_token";
pub(super) const GOOGLE_SERVICE_ACCOUNT: &str = "google_service_account";
pub(super) const MICROSOFT_REFRESH_TOKEN: &str = "microsoft_refresh_token";
pub(super) const MICROSOFT_TENANT: &str = "microsoft_tenant";

/// A text that is no grant this release can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not read a stored grant")]
pub struct UnknownGrant;

/// The version is a part of the shape, so that another release's grant is not half understood.
#[derive(Serialize, Deserialize)]
#[serde(tag = "v")]
enum Versioned {
    #[serde(rename = "1")]
    One(Stored),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Stored {
    #[serde(rename = "google_refresh_token")]
    GoogleRefreshToken { refresh_token: String },
    #[serde(rename = "google_service_account")]
    GoogleServiceAccount {
        client_email: String,
        key_id: String,
        private_key_pem: String,
        subject: String,
    },
    #[serde(rename = "microsoft_refresh_token")]
    MicrosoftRefreshToken {
        tenant: String,
        refresh_token: String,
    },
    #[serde(rename = "microsoft_tenant")]
    MicrosoftTenant { tenant: String },
}

pub(super) fn read(json: &str) -> Result<Grant, UnknownGrant> {
    // The parser's own error quotes what it read, so it is dropped.
    let Versioned::One(stored) = serde_json::from_str(json).map_err(|_| UnknownGrant)?;
    Ok(match stored {
        Stored::GoogleRefreshToken { refresh_token } => Grant::GoogleRefreshToken {
            refresh_token: refresh_token.into(),
        },
        Stored::GoogleServiceAccount {
            client_email,
            key_id,
            private_key_pem,
            subject,
        } => Grant::GoogleServiceAccount {
            client_email,
            key_id,
            private_key_pem: private_key_pem.into(),
            subject,
        },
        Stored::MicrosoftRefreshToken {
            tenant,
            refresh_token,
        } => Grant::MicrosoftRefreshToken {
            tenant,
            refresh_token: refresh_token.into(),
        },
        Stored::MicrosoftTenant { tenant } => Grant::MicrosoftTenant { tenant },
    })
}

pub(super) fn write(grant: &Grant) -> SecretString {
    let stored = match grant {
        Grant::GoogleRefreshToken { refresh_token } => Stored::GoogleRefreshToken {
            refresh_token: refresh_token.expose_secret().to_owned(),
        },
        Grant::GoogleServiceAccount {
            client_email,
            key_id,
            private_key_pem,
            subject,
        } => Stored::GoogleServiceAccount {
            client_email: client_email.clone(),
            key_id: key_id.clone(),
            private_key_pem: private_key_pem.expose_secret().to_owned(),
            subject: subject.clone(),
        },
        Grant::MicrosoftRefreshToken {
            tenant,
            refresh_token,
        } => Stored::MicrosoftRefreshToken {
            tenant: tenant.clone(),
            refresh_token: refresh_token.expose_secret().to_owned(),
        },
        Grant::MicrosoftTenant { tenant } => Stored::MicrosoftTenant {
            tenant: tenant.clone(),
        },
    };
    serde_json::to_string(&Versioned::One(stored))
        .expect("a grant is texts only")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_grant_reads_back_and_keeps_its_form() {
        let refresh =
            r#"{"v":"1","kind":"google_refresh_token","refresh_token":"1//0g-test-refresh-token"}"#;
        let account = concat!(
            r#"{"v":"1","kind":"google_service_account","client_email":"a@b.example","#,
            r#""key_id":"8f1d","private_key_pem":"-----BEGIN","subject":"c@d.example"}"#,
        );
        let consent = r#"{"v":"1","kind":"microsoft_refresh_token","tenant":"84bd","refresh_token":"1.AXEA"}"#;
        let tenant = r#"{"v":"1","kind":"microsoft_tenant","tenant":"84bd"}"#;

        for json in [refresh, account, consent, tenant] {
            let grant = Grant::from_json(json).unwrap();
            assert_eq!(grant.to_json().expose_secret(), json);
            assert!(json.contains(grant.kind()));
        }
    }

    #[test]
    fn what_is_not_a_grant_is_refused_without_repeating_it() {
        for json in [
            "",
            "s3cret",
            r#"{"kind":"google_refresh_token","refresh_token":"s3cret"}"#,
            r#"{"v":"2","kind":"google_refresh_token","refresh_token":"s3cret"}"#,
            r#"{"v":"1","kind":"s3cret","refresh_token":"s3cret"}"#,
            r#"{"v":"1","kind":"google_refresh_token"}"#,
            r#"{"v":"1","kind":"google_refresh_token","refresh_token":["s3cret"]}"#,
        ] {
            let error = Grant::from_json(json).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{json}");
        }
    }
}
