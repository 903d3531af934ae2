//! Service accounts with domain-wide delegation (RFC 7523): keys, and what an assertion must say.

use std::collections::BTreeMap;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::google::access::Caller;
use crate::google::grants::full_scope;
use crate::google::refusal::Refusal;
use crate::key::key;
use crate::random::derived;
use crate::state::State;
use crate::world::WorldError;

/// How far a client's clock may be wrong.
const SKEW_SECONDS: i64 = 300;

/// A service account and the key file its owner downloads.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The issuer of its assertions.
    pub client_email: String,
    /// The id of its key.
    pub private_key_id: String,
    /// Its key, PKCS #8. Made anew for each process, so there is no secret in this repository.
    pub private_key_pem: String,
    /// Google's key file with all of the above.
    pub key_file: Value,
}

/// What a service account may do.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct Delegation {
    /// Scopes an administrator listed, short or in full; any, if not said.
    pub scopes: Option<Vec<String>>,
    /// Accounts it may act for; every one, if not said.
    pub subjects: Option<Vec<String>>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Record {
    key_id: String,
    delegation: Delegation,
}

/// All service accounts of the world.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct ServiceAccounts(BTreeMap<String, Record>);

/// What Google reads in an assertion.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: Option<String>,
    scope: Option<String>,
    aud: String,
    iat: i64,
    exp: i64,
}

impl State {
    pub(crate) fn add_service_account(&mut self) -> ServiceAccount {
        let number = self.google.service_accounts.0.len() + 1;
        let client_email = format!("calendar-{number}@simulator.iam.gserviceaccount.com");
        let key_id = format!("{:016x}", derived(self.settings.seed, &client_email).next());
        let record = Record {
            key_id: key_id.clone(),
            delegation: Delegation::default(),
        };
        self.google
            .service_accounts
            .0
            .insert(client_email.clone(), record);

        let pem = &key().pem;
        ServiceAccount {
            key_file: json!({
                "type": "service_account",
                "project_id": "simulator",
                "private_key_id": key_id,
                "private_key": pem,
                "client_email": client_email,
                "client_id": format!("{}{number:03}", self.settings.project_number),
                "token_uri": self.settings.token_audiences.last(),
            }),
            client_email,
            private_key_id: key_id,
            private_key_pem: pem.clone(),
        }
    }

    pub(crate) fn delegate(
        &mut self,
        client_email: &str,
        to: Delegation,
    ) -> Result<(), WorldError> {
        let accounts = &mut self.google.service_accounts.0;
        let record = accounts
            .get_mut(client_email)
            .ok_or_else(|| WorldError::unknown("service account", client_email))?;
        record.delegation = to;
        Ok(())
    }

    /// Believes an assertion, or says why not.
    pub(crate) fn believe(&self, assertion: &str) -> Result<Caller, Refusal> {
        let invalid = |description: &str| Refusal::oauth(400, "invalid_grant", description);
        let bad_signature = || invalid("Invalid JWT Signature.");
        let header = decode_header(assertion).map_err(|_| bad_signature())?;
        let mut validation = Validation::new(Algorithm::RS256);
        // Times and audience are checked below, against the simulator's clock and with Google's words.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let public = DecodingKey::from_rsa_der(&key().public);
        let claims = decode::<Claims>(assertion, &public, &validation)
            .map_err(|_| bad_signature())?
            .claims;

        let record = self.google.service_accounts.0.get(&claims.iss);
        let record = record.ok_or_else(|| invalid("Invalid grant: account not found"))?;
        if header.kid.as_ref() != Some(&record.key_id) {
            return Err(bad_signature());
        }
        if !self.settings.token_audiences.contains(&claims.aud) {
            return Err(invalid(
                "Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token",
            ));
        }
        let now = self.time.now().as_second();
        let is_short = claims.exp > claims.iat && claims.exp - claims.iat <= 3_600;
        if !is_short || claims.iat > now + SKEW_SECONDS || claims.exp < now - SKEW_SECONDS {
            return Err(invalid(
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
            ));
        }
        let asked = claims.scope.unwrap_or_default();
        let scopes: Vec<String> = asked.split_whitespace().map(str::to_owned).collect();
        if scopes.is_empty() {
            let description = "Invalid OAuth scope or ID token audience provided.";
            return Err(Refusal::oauth(400, "invalid_scope", description));
        }
        let subject = claims.sub.unwrap_or_else(|| claims.iss.clone());
        if subject != claims.iss && !self.google.lists.contains_key(&subject) {
            return Err(invalid("Invalid email or User ID"));
        }
        if subject != claims.iss && !record.delegation.covers(&subject, &scopes) {
            return Err(Refusal::unauthorized_client());
        }
        Ok(Caller {
            email: subject,
            client: claims.iss,
            is_service_account: true,
            scopes,
        })
    }
}

impl Delegation {
    fn covers(&self, subject: &str, scopes: &[String]) -> bool {
        let listed = |scope: &String| {
            self.scopes
                .as_ref()
                .is_none_or(|listed| listed.iter().any(|one| full_scope(one) == *scope))
        };
        let may_act = |subjects: &Vec<String>| subjects.iter().any(|one| one == subject);
        self.subjects.as_ref().is_none_or(may_act) && scopes.iter().all(listed)
    }
}
