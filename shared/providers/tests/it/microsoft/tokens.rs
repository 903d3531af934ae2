//! Buying access tokens: what is sent, what comes of it, and that no error tells a secret.

use providers::grant::{Bought, Grant, GrantError};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{TENANT, administrator, consent, event_ask, fixture, graph, ok, place, secret};
use crate::server::{Reply, Server, parse};
use crate::{client, client_of_nobody, fixtures, form, now, status_in};

async fn buy_at(server: &Server, grant: &Grant) -> Result<Bought, GrantError> {
    client(server)
        .access_token(grant, Some(&secret()), now())
        .await
}

async fn buy(reply: Reply, grant: &Grant) -> Result<Bought, GrantError> {
    buy_at(&graph(vec![reply]).await, grant).await
}

fn rotated() -> Reply {
    Reply::new(200, fixture("oauth-token-refresh-200-rotated.json"))
}

fn app_only() -> Reply {
    Reply::new(200, fixture("oauth-token-client-credentials-200.json"))
}

#[tokio::test]
async fn a_refresh_token_is_sent_with_its_scope_and_our_application() {
    let server = graph(vec![rotated()]).await;

    buy_at(&server, &consent(TENANT)).await.expect("a token");

    let sent = server.request();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        sent.line,
        format!("POST /{TENANT}/oauth2/v2.0/token"),
        "the tenant is the grant's"
    );
    assert_eq!(
        sent.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert!(!sent.headers.contains_key("authorization"));
    assert_eq!(
        form(&sent.body),
        [
            pair("client_id", "925bff9f-f6e2-4a69-b858-f71ea2b9b6d0"),
            pair("client_secret", "test-secret"),
            pair("grant_type", "refresh_token"),
            pair("refresh_token", "1.AXEA-test-refresh-1"),
            pair(
                "scope",
                "offline_access https://graph.microsoft.com/Calendars.Read"
            ),
        ]
    );
}

#[tokio::test]
async fn a_consent_is_renewed_by_its_use() {
    let bought = buy(rotated(), &consent(TENANT)).await.expect("a token");

    let renewed = bought.renewed.expect("a renewed grant").to_json();
    let stored = r#"{"v":"1","kind":"microsoft_refresh_token","tenant":"84bd8158-6d4d-4958-8b9f-9d6445542f95","refresh_token":"1.AXEA-test-refresh-2"}"#;
    assert_eq!(renewed.expose_secret(), stored);
    assert_ne!(
        renewed.expose_secret(),
        consent(TENANT).to_json().expose_secret()
    );
    assert_eq!(
        bought.token.expires_at.as_second() - now().as_second(),
        3599
    );
}

#[tokio::test]
async fn a_consent_that_is_not_renewed_stays_as_it_is() {
    for body in [
        json!({"access_token": "a"}),
        json!({"access_token": "a", "refresh_token": null}),
        json!({"access_token": "a", "refresh_token": ""}),
    ] {
        let bought = buy(ok(&body), &consent(TENANT)).await.expect("a token");
        assert!(bought.renewed.is_none(), "{body}");
    }
}

#[tokio::test]
async fn the_token_that_was_bought_is_the_one_that_is_used() {
    let server = graph(vec![rotated(), Reply::new(404, "")]).await;
    let bought = buy_at(&server, &consent(TENANT)).await.expect("a token");

    let _ = client(&server)
        .look_up(&place(&bought.token), &[event_ask("a")])
        .await;

    let authorization = &server.requests()[1].headers["authorization"];
    assert_eq!(authorization, "Bearer eyJ0eXAi.test.access-2");
}

#[tokio::test]
async fn an_administrators_grant_is_used_as_in_the_fixture() {
    let name = "oauth-token-client-credentials-request.http";
    let expected = parse(&fixture(name)).expect("a request");
    let server = graph(vec![app_only()]).await;

    let bought = buy_at(&server, &administrator(TENANT))
        .await
        .expect("a token");

    let sent = server.request();
    assert_eq!(sent.line, expected.line);
    assert_eq!(form(&sent.body), form(&expected.body));
    assert_eq!(
        sent.headers["content-type"],
        expected.headers["content-type"]
    );
    assert!(
        bought.renewed.is_none(),
        "it ends only when it is withdrawn"
    );
}

#[tokio::test]
async fn an_error_tells_neither_a_secret_nor_a_description() {
    for name in fixtures("microsoft") {
        if !name.starts_with("oauth-error-") {
            continue;
        }
        let text = fixture(&name);
        for grant in [consent(TENANT), administrator(TENANT)] {
            let error = buy(Reply::new(status_in(&name), text.as_str()), &grant)
                .await
                .unwrap_err();

            let printed = format!("{error:?} {error}");
            for secret in ["test", "Trace", "calsync", "84bd8158", "925bff9f"] {
                assert!(!printed.contains(secret), "{name}: {printed}");
            }
        }
    }
}

#[tokio::test]
async fn who_is_to_blame_is_what_the_error_says() {
    let refused = async |status, error: &str| {
        buy(
            Reply::new(status, json!({"error": error}).to_string()),
            &consent(TENANT),
        )
        .await
        .unwrap_err()
    };

    for name in [
        "invalid_grant",
        "interaction_required",
        "consent_required",
        "login_required",
    ] {
        let error = refused(400, name).await;
        assert!(matches!(error, GrantError::Revoked { .. }), "{error:?}");
    }
    for name in [
        "invalid_client",
        "unauthorized_client",
        "invalid_scope",
        "invalid_request",
        "something_new",
    ] {
        let error = refused(401, name).await;
        assert!(
            matches!(error, GrantError::Misconfigured { .. }),
            "{error:?}"
        );
    }
    for (status, name) in [
        (400, "temporarily_unavailable"),
        (429, "invalid_grant"),
        (500, "invalid_grant"),
        (503, "server_error"),
    ] {
        let error = refused(status, name).await;
        assert!(matches!(error, GrantError::Unavailable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn an_answer_without_a_usable_token_is_an_outage() {
    for body in [
        "",
        "{}",
        "[]",
        "<html>",
        r#"{"access_token":""}"#,
        r#"{"access_token":7}"#,
        r#"{"access_token":"a b"}"#,
        r#"{"access_token":"a\r\nx-evil: b"}"#,
        r#"{"access_token":"a","expires_in":-1}"#,
    ] {
        let error = buy(Reply::new(200, body), &consent(TENANT))
            .await
            .unwrap_err();
        assert!(
            matches!(error, GrantError::Unavailable { .. }),
            "{body}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_tenant_stays_one_segment_of_the_path() {
    for (tenant, segment) in [
        ("../x", "..%2Fx"),
        ("a/oauth2/v2.0/token?", "a%2Foauth2%2Fv2.0%2Ftoken%3F"),
        ("a#b", "a%23b"),
        ("%2e%2e", "%252e%252e"),
        ("common", "common"),
    ] {
        let server = graph(vec![app_only()]).await;

        buy_at(&server, &administrator(tenant))
            .await
            .expect("a token");

        assert_eq!(
            server.request().line,
            format!("POST /{segment}/oauth2/v2.0/token")
        );
    }
}

#[tokio::test]
async fn what_is_missing_here_is_a_matter_of_setting_up_and_asks_nobody() {
    let server = graph(vec![app_only()]).await;
    let client = client(&server);

    for (grant, oauth) in [
        (consent(TENANT), None),
        (administrator(TENANT), None),
        (administrator(""), Some(secret())),
        (administrator("."), Some(secret())),
        (consent(".."), Some(secret())),
    ] {
        let error = client
            .access_token(&grant, oauth.as_ref(), now())
            .await
            .unwrap_err();
        assert!(
            matches!(error, GrantError::Misconfigured { .. }),
            "{grant:?}: {error:?}"
        );
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn nobody_at_the_other_end_is_an_outage_and_prints_no_secret() {
    let client = client_of_nobody().await;

    let error = client
        .access_token(&consent(TENANT), Some(&secret()), now())
        .await
        .unwrap_err();

    assert!(matches!(error, GrantError::Unavailable { .. }), "{error:?}");
    let printed = format!("{error:?} {error}");
    assert!(
        !printed.contains("test") && !printed.contains(TENANT),
        "{printed}"
    );
}
