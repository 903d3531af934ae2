//! Buying access tokens: what is sent, and that what is signed can be verified.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Provider;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use providers::grant::{Grant, GrantError, OAuthClient};
use serde_json::Value;

use crate::fixtures::fixture;
use crate::server::{Reply, Server, parse};
use crate::{CALENDAR, client, now};

fn form(text: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_str(text).expect("a form");
    pairs.sort();
    pairs
}

fn oauth() -> OAuthClient {
    OAuthClient {
        id: "481516234200-test.apps.googleusercontent.com".to_owned(),
        secret: "GOCSPX-test".into(),
    }
}

fn consent() -> Grant {
    Grant::GoogleRefreshToken {
        refresh_token: "1//0g-test-refresh-token".into(),
    }
}

fn service_account(private_key_pem: &str) -> Grant {
    Grant::GoogleServiceAccount {
        client_email: "calsync@calsync-test.iam.gserviceaccount.com".to_owned(),
        key_id: "8f1d0c6b2a7e4935c6d8b1f0e2a49375".to_owned(),
        private_key_pem: private_key_pem.into(),
        subject: "amelia.north@example.com".to_owned(),
    }
}

#[tokio::test]
async fn a_refresh_token_is_sent_as_in_the_fixture() {
    let expected = parse(&fixture("oauth-token-refresh-request.http")).expect("a request");
    let answer = Reply::new(200, fixture("oauth-token-refresh-200.json"));
    let server = Server::answering(answer).await;

    let token = client(&server)
        .access_token(&consent(), Some(&oauth()), now())
        .await
        .expect("a token");

    let sent = server.request();
    assert_eq!(sent.line, expected.line);
    assert_eq!(form(&sent.body), form(&expected.body));
    assert_eq!(
        sent.headers["content-type"],
        expected.headers["content-type"]
    );
    assert_eq!(token.expires_at.as_second() - now().as_second(), 3599);
    assert!(token.is_fresh(now()));
}

#[tokio::test]
async fn the_token_that_was_bought_is_the_one_that_is_used() {
    let answer = Reply::new(200, fixture("oauth-token-refresh-200.json"));
    let token = client(&Server::answering(answer).await)
        .access_token(&consent(), Some(&oauth()), now())
        .await
        .expect("a token");
    let server = Server::answering(Reply::new(404, "")).await;

    let _ = client(&server)
        .event(Provider::Google, &token, CALENDAR, "a@example.com", "abc")
        .await;

    let authorization = &server.request().headers["authorization"];
    assert_eq!(authorization, "Bearer ya29.a0-test-access-token-2");
}

#[tokio::test]
async fn a_service_account_signs_the_claims_of_the_fixture() {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("a key in DER");
    let label = "PRIVATE KEY";
    let pem = format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der.as_ref())
    );
    let answer = Reply::new(200, fixture("oauth-token-jwt-bearer-200.json"));
    let server = Server::answering(answer).await;

    client(&server)
        .access_token(&service_account(&pem), None, now())
        .await
        .expect("a token");

    let sent = form(&server.request().body);
    let expected = parse(&fixture("oauth-token-jwt-bearer-request.http")).expect("a request");
    let expected = form(&expected.body);
    assert_eq!(sent[1], expected[1], "the kind of grant");
    assert_eq!(sent[0].0, "assertion");

    let audience = format!("{}/token", server.url);
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&[&audience]);
    let key = DecodingKey::from_rsa_der(pair.public_key().as_ref());
    let signed = jsonwebtoken::decode::<Value>(&sent[0].1, &key, &validation).expect("verified");

    let mut decoded: Value =
        serde_json::from_str(&fixture("service-account-assertion-decoded.json")).expect("JSON");
    decoded["claims"]["aud"] = audience.into();
    assert_eq!(signed.claims, decoded["claims"]);
    assert_eq!(
        serde_json::to_value(&signed.header).expect("JSON"),
        decoded["header"]
    );
}

#[tokio::test]
async fn what_is_missing_here_is_a_matter_of_setting_up_and_asks_nobody() {
    let server = Server::answering(Reply::new(200, "{}")).await;
    let client = client(&server);

    for grant in [consent(), service_account("no key"), service_account("")] {
        let error = client.access_token(&grant, None, now()).await.unwrap_err();
        assert!(
            matches!(error, GrantError::Misconfigured { .. }),
            "{error:?}"
        );
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn nobody_at_the_other_end_is_an_outage_and_prints_no_secret() {
    let server = Server::answering(Reply::new(200, "")).await;
    let client = client(&server);
    drop(server);
    tokio::task::yield_now().await;

    let error = client
        .access_token(&consent(), Some(&oauth()), now())
        .await
        .unwrap_err();

    assert!(matches!(error, GrantError::Unavailable { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("test"), "{error:?}");
}
