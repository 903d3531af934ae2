//! Buying access tokens: what is sent, and that what is signed can be verified.

use jsonwebtoken::{Algorithm, Validation};
use providers::grant::{Grant, GrantError, OAuthClient, Proof};
use serde_json::Value;

use super::{ask, consent, fixture, oauth, place};
use crate::server::{Reply, Server, parse};
use crate::{client, client_of_nobody, form, json, keys, now};

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

    let bought = client(&server)
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
    assert_eq!(
        bought.token.expires_at.as_second() - now().as_second(),
        3599
    );
    assert!(bought.token.is_fresh(now()));
    assert!(bought.renewed.is_none(), "Google's refresh tokens stay");
}

#[tokio::test]
async fn the_token_that_was_bought_is_the_one_that_is_used() {
    let answer = Reply::new(200, fixture("oauth-token-refresh-200.json"));
    let bought = client(&Server::answering(answer).await)
        .access_token(&consent(), Some(&oauth()), now())
        .await
        .expect("a token");
    let server = Server::answering(Reply::new(404, "")).await;

    let _ = client(&server)
        .look_up(&place("a@example.com", &bought.token), &[ask("abc")])
        .await;

    let authorization = &server.request().headers["authorization"];
    assert_eq!(authorization, "Bearer ya29.a0-test-access-token-2");
}

#[tokio::test]
async fn a_service_account_signs_the_claims_of_the_fixture() {
    let answer = Reply::new(200, fixture("oauth-token-jwt-bearer-200.json"));
    let server = Server::answering(answer).await;

    client(&server)
        .access_token(&service_account(&keys::private_pem()), None, now())
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
    let signed =
        jsonwebtoken::decode::<Value>(&sent[0].1, &keys::public(), &validation).expect("verified");

    let mut decoded = json(&fixture("service-account-assertion-decoded.json"));
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
    let certificate = OAuthClient {
        id: "c".to_owned(),
        proof: Proof::Certificate {
            private_key_pem: "p".into(),
            thumbprint: "t".to_owned(),
        },
    };

    for (grant, oauth) in [
        (consent(), None),
        (consent(), Some(&certificate)),
        (service_account("no key"), None),
        (service_account(""), None),
    ] {
        let error = client.access_token(&grant, oauth, now()).await.unwrap_err();
        assert!(
            matches!(error, GrantError::Misconfigured { .. }),
            "{error:?}"
        );
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn nobody_at_the_other_end_is_an_outage_and_prints_no_secret() {
    let error = client_of_nobody()
        .await
        .access_token(&consent(), Some(&oauth()), now())
        .await
        .unwrap_err();

    assert!(matches!(error, GrantError::Unavailable { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("test"), "{error:?}");
}
