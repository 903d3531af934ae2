//! Our application's signature, where a certificate proves who we are.

use jsonwebtoken::{Algorithm, TokenData, Validation};
use providers::grant::{Grant, GrantError, OAuthClient, Proof};
use serde_json::Value;

use super::{TENANT, administrator, consent, fixture, graph, secret};
use crate::server::{Reply, Server};
use crate::{client, form, keys, now};

const THUMBPRINT: &str = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";

fn certificate(private_key_pem: &str) -> OAuthClient {
    OAuthClient {
        proof: Proof::Certificate {
            private_key_pem: private_key_pem.into(),
            thumbprint: THUMBPRINT.to_owned(),
        },
        ..secret()
    }
}

async fn endpoint() -> Server {
    let body = fixture("oauth-token-client-credentials-200.json");
    graph(vec![Reply::new(200, body)]).await
}

/// The form that is sent for a grant, without the assertion, and the assertion once verified.
async fn signed(server: &Server, grant: &Grant) -> (Vec<(String, String)>, TokenData<Value>) {
    client(server)
        .access_token(grant, Some(&certificate(&keys::private_pem())), now())
        .await
        .expect("a token");

    let mut sent = form(&server.request().body);
    let (name, assertion) = sent.remove(0);
    assert_eq!(name, "client_assertion");
    let mut validation = Validation::new(Algorithm::PS256);
    // The test's clock stands still; what the times are is compared below.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_audience(&[format!("{}/{TENANT}/oauth2/v2.0/token", server.url)]);
    let verified = jsonwebtoken::decode(&assertion, &keys::public(), &validation);
    (sent, verified.expect("signed by us, for the endpoint"))
}

#[tokio::test]
async fn an_assertion_takes_the_place_of_a_secret() {
    let server = endpoint().await;

    let (sent, _) = signed(&server, &administrator(TENANT)).await;

    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        sent,
        [
            pair(
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            ),
            pair("client_id", "925bff9f-f6e2-4a69-b858-f71ea2b9b6d0"),
            pair("grant_type", "client_credentials"),
            pair("scope", "https://graph.microsoft.com/.default"),
        ]
    );
}

#[tokio::test]
async fn an_assertion_says_who_signs_for_whom_and_for_ten_minutes() {
    let server = endpoint().await;

    let (_, assertion) = signed(&server, &administrator(TENANT)).await;

    let claims = assertion.claims;
    assert_eq!(claims["iss"], "925bff9f-f6e2-4a69-b858-f71ea2b9b6d0");
    assert_eq!(claims["sub"], claims["iss"]);
    assert_eq!(
        claims["aud"],
        format!("{}/{TENANT}/oauth2/v2.0/token", server.url)
    );
    assert!(claims["jti"].as_str().is_some_and(|id| !id.is_empty()));
    let time = |name: &str| claims[name].as_i64().expect("a time") - now().as_second();
    assert!((1..=600).contains(&time("exp")), "{claims}");
    assert!((-300..=0).contains(&time("nbf")), "{claims}");
    assert_eq!(
        serde_json::to_value(&assertion.header).expect("JSON"),
        serde_json::json!({"typ": "JWT", "alg": "PS256", "x5t#S256": THUMBPRINT})
    );
}

#[tokio::test]
async fn a_consent_is_used_with_an_assertion_too() {
    let server = endpoint().await;

    let (sent, _) = signed(&server, &consent(TENANT)).await;

    let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "client_assertion_type",
            "client_id",
            "grant_type",
            "refresh_token",
            "scope"
        ]
    );
}

#[tokio::test]
async fn a_key_that_is_none_is_a_matter_of_setting_up_and_asks_nobody() {
    let server = endpoint().await;

    for key in ["", "s3cret", "-----BEGIN PRIVATE KEY-----\ns3cret\n"] {
        let error = client(&server)
            .access_token(&administrator(TENANT), Some(&certificate(key)), now())
            .await
            .unwrap_err();

        assert!(
            matches!(error, GrantError::Misconfigured { .. }),
            "{error:?}"
        );
        assert!(
            !format!("{error:?} {error}").contains("s3cret"),
            "{error:?}"
        );
    }
    assert_eq!(server.count(), 0);
}
