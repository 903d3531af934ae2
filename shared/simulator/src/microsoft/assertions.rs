//! How the app proves that it is itself: its secret, or an assertion that its certificate signed.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};

use crate::key::key;
use crate::microsoft::refusal::Refusal;
use crate::microsoft::token_endpoint::{Request, fail};
use crate::microsoft::token_errors::refusal;
use crate::state::State;

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far a client's clock may be wrong.
const SKEW_SECONDS: i64 = 300;

/// The app registration's certificate.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Certificate {
    /// Its key, PKCS #8. Made anew for each process, so there is no secret in this repository.
    pub private_key_pem: String,
    /// What it is registered under: base64url of a SHA-256, for `x5t#S256`.
    pub thumbprint_sha256: String,
}

/// What Entra reads in an assertion.
#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
    nbf: Option<i64>,
    jti: String,
}

/// The certificate of the one app there is.
pub(crate) fn certificate() -> Certificate {
    Certificate {
        private_key_pem: key().pem.clone(),
        thumbprint_sha256: key().thumbprint(),
    }
}

impl State {
    /// Checks the app's secret or assertion.
    pub(crate) fn authenticate_app(&mut self, request: &Request<'_>) -> Result<(), Refusal> {
        let app = self.settings.graph.client_id.clone();
        let named = request.field("client_id");
        let assertion = request.field("client_assertion");
        let says_nothing = named.is_empty() && !assertion.is_empty();
        if named != app && !says_nothing {
            return Err(refusal(self, 700_016, named));
        }
        if assertion.is_empty() {
            if request.field("client_secret") != self.settings.graph.client_secret {
                return Err(fail(self, 7_000_215));
            }
            return Ok(());
        }
        if request.field("client_assertion_type") != KIND {
            return Err(fail(self, 700_021));
        }
        self.believe_app(request, assertion, &app)
    }

    fn believe_app(
        &mut self,
        request: &Request<'_>,
        assertion: &str,
        app: &str,
    ) -> Result<(), Refusal> {
        let Some(claims) = verified(assertion) else {
            return Err(fail(self, 700_027));
        };
        let path = format!("{}/oauth2/v2.0/token", request.tenant);
        let audiences = [
            format!("https://login.microsoftonline.com/{path}"),
            format!("http://{}/{path}", request.host),
            format!("https://{}/{path}", request.host),
        ];
        if claims.iss != app || claims.sub != app || !audiences.contains(&claims.aud) {
            return Err(fail(self, 700_021));
        }
        let now = self.time.now().as_second();
        let is_early = claims.nbf.is_some_and(|from| from > now + SKEW_SECONDS);
        if is_early || claims.exp < now - SKEW_SECONDS {
            return Err(fail(self, 700_024));
        }
        if claims.jti.is_empty() || !self.microsoft.mailboxes.use_assertion(&claims.jti) {
            return Err(fail(self, 700_021));
        }
        Ok(())
    }
}

/// The claims of an assertion that our certificate signed and that says so.
fn verified(assertion: &str) -> Option<Claims> {
    let header = decode_header(assertion).ok()?;
    let ours = key().thumbprint();
    let names_ours = header.x5t_s256.map(|thumbprint| thumbprint == ours);
    if !names_ours.unwrap_or(header.x5t.is_some()) {
        return None;
    }
    let mut validation = Validation::new(Algorithm::RS256);
    validation.algorithms = vec![Algorithm::RS256, Algorithm::PS256];
    // Times and audience are checked by the caller, against the simulator's clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let public = DecodingKey::from_rsa_der(&key().public);
    let decoded = decode::<Claims>(assertion, &public, &validation);
    decoded.ok().map(|decoded| decoded.claims)
}
