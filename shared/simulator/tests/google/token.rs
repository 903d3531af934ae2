//! The token endpoint (2.9 and 2.10 of Google's rules, item 12 of the checklist).

use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use simulator::{Delegation, Fault, ServiceAccount, TokenError};

use crate::world::{AMELIA, EVENTS, World};

const SCOPE: &str = "https://www.googleapis.com/auth/calendar.events.readonly";

pub(crate) fn sign(account: &ServiceAccount, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(account.private_key_id.clone());
    let key = EncodingKey::from_rsa_pem(account.private_key_pem.as_bytes()).expect("a key");
    encode(&header, claims, &key).expect("a signature")
}

async fn assert(world: &World, assertion: &str) -> crate::world::Answer {
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    world
        .form("/token", &[("grant_type", grant), ("assertion", assertion)])
        .await
}

fn claims(world: &World, account: &ServiceAccount) -> Value {
    let now = world.simulator.now().as_second();
    json!({
        "iss": account.client_email,
        "sub": AMELIA,
        "scope": SCOPE,
        "aud": "https://oauth2.googleapis.com/token",
        "iat": now,
        "exp": now + 3_600,
    })
}

#[tokio::test]
async fn a_refresh_returns_no_refresh_token() {
    let world = World::new().await;
    let account = world.simulator.add_account(AMELIA);

    let answer = world.refresh(&account.refresh_token).await.json();

    assert_eq!(
        (&answer["refresh_token"], &answer["expires_in"]),
        (&Value::Null, &json!(3_599))
    );
    assert_eq!(answer["scope"], json!(account.scopes.join(" ")));
}

#[tokio::test]
async fn a_revoked_grant_is_invalid_and_its_access_tokens_die() {
    let world = World::new().await;
    let account = world.simulator.add_account(AMELIA);

    world.simulator.revoke(AMELIA);

    let answer = world.refresh(&account.refresh_token).await;
    assert_eq!(
        (answer.status, &answer.json()["error"]),
        (400, &json!("invalid_grant"))
    );
    assert_eq!(world.get(EVENTS).await.status, 401);
}

#[tokio::test]
async fn a_grant_can_be_revoked_by_either_token() {
    let world = World::new().await;
    let account = world.simulator.add_account(AMELIA);
    let bearer = world.access_token(&account.refresh_token).await;

    assert_eq!(
        world.form("/revoke", &[("token", &bearer)]).await.status,
        200
    );

    assert_eq!(world.refresh(&account.refresh_token).await.status, 400);
    assert_eq!(
        world.get(EVENTS).await.status,
        200,
        "another grant of the same account lives on"
    );
    assert_eq!(
        world.form("/revoke", &[("token", "made-up")]).await.status,
        400
    );
}

#[tokio::test]
async fn the_oldest_of_more_than_a_hundred_grants_dies() {
    let world = World::new().await;
    let tokens: Vec<_> = (0..101)
        .map(|_| world.simulator.add_account("x@example.com").refresh_token)
        .collect();

    assert_eq!(world.refresh(&tokens[0]).await.status, 400);
    assert_eq!(world.refresh(&tokens[1]).await.status, 200);
}

#[tokio::test]
async fn a_wrong_client_is_not_a_wrong_grant() {
    let world = World::new().await;
    let account = world.simulator.add_account(AMELIA);
    let token = account.refresh_token.as_str();

    for (id, secret) in [("other", "simulator-secret"), ("simulator-client", "other")] {
        let fields = [
            ("client_id", id),
            ("client_secret", secret),
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
        ];
        let answer = world.form("/token", &fields).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (401, &json!("invalid_client"))
        );
    }
    assert_eq!(
        world
            .form("/token", &[("grant_type", "password")])
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_code_works_once_and_brings_a_refresh_token() {
    let world = World::new().await;
    let code = world.simulator.authorization_code(AMELIA);
    let fields = [
        ("client_id", "simulator-client"),
        ("client_secret", "simulator-secret"),
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
    ];

    let first = world.form("/token", &fields).await.json();
    let second = world.form("/token", &fields).await;

    let token = first["refresh_token"].as_str().expect("a refresh token");
    assert_eq!(world.refresh(token).await.status, 200);
    assert_eq!(second.status, 400);
}

#[tokio::test]
async fn the_token_endpoint_can_fail_on_demand() {
    let world = World::new().await;
    let account = world.simulator.add_account(AMELIA);

    for (error, status) in [
        (TokenError::InvalidGrant, 400),
        (TokenError::InvalidRapt, 400),
        (TokenError::InvalidClient, 401),
        (TokenError::DeletedClient, 401),
        (TokenError::UnauthorizedClient, 401),
        (TokenError::ServerError, 500),
    ] {
        world.simulator.fault(Fault::TokenEndpoint { error });
        assert_eq!(world.refresh(&account.refresh_token).await.status, status);
    }
    assert_eq!(world.refresh(&account.refresh_token).await.status, 200);
}

#[tokio::test]
async fn a_service_account_acts_for_a_user() {
    let world = World::new().await;
    let account = world.simulator.add_service_account();

    let answer = assert(&world, &sign(&account, &claims(&world, &account)))
        .await
        .json();

    assert_eq!(
        (&answer["refresh_token"], &answer["scope"]),
        (&Value::Null, &Value::Null)
    );
    let bearer = answer["access_token"].as_str().expect("an access token");
    assert_eq!(world.get_as(bearer, EVENTS).await.status, 200);
}

#[tokio::test]
async fn an_assertion_is_checked_claim_by_claim() {
    let world = World::new().await;
    let account = world.simulator.add_service_account();
    let good = claims(&world, &account);
    let now = world.simulator.now().as_second();

    for (change, status, error) in [
        (json!({ "iss": "nobody@example.com" }), 400, "invalid_grant"),
        (json!({ "sub": "nobody@example.com" }), 400, "invalid_grant"),
        (
            json!({ "aud": "https://example.com/token" }),
            400,
            "invalid_grant",
        ),
        (json!({ "scope": "" }), 400, "invalid_scope"),
        (json!({ "exp": now + 3_601 }), 400, "invalid_grant"),
        (json!({ "exp": now - 1 }), 400, "invalid_grant"),
        (
            json!({ "iat": now - 7_200, "exp": now - 3_700 }),
            400,
            "invalid_grant",
        ),
        (
            json!({ "iat": now + 600, "exp": now + 900 }),
            400,
            "invalid_grant",
        ),
    ] {
        let mut claims = good.clone();
        claims
            .as_object_mut()
            .expect("claims")
            .extend(change.as_object().expect("claims").clone());
        let answer = assert(&world, &sign(&account, &claims)).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (status, &json!(error)),
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_foreign_signature_or_key_id_is_refused() {
    let world = World::new().await;
    let (one, two) = (
        world.simulator.add_service_account(),
        world.simulator.add_service_account(),
    );
    let claims = claims(&world, &one);
    let wrong_key_id = sign(&two, &claims);
    let good = sign(&one, &claims);
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let flipped: String = signature.chars().rev().collect();

    for bad in [
        wrong_key_id,
        format!("{signed}.{flipped}"),
        format!("{signed}."),
        "x".to_owned(),
    ] {
        let answer = assert(&world, &bad).await;
        assert_eq!(answer.json()["error_description"], "Invalid JWT Signature.");
    }
}

#[tokio::test]
async fn delegation_limits_scopes_and_users() {
    let world = World::new().await;
    let account = world.simulator.add_service_account();
    let assertion = sign(&account, &claims(&world, &account));

    for delegation in [
        Delegation {
            scopes: Some(vec!["calendar.calendarlist.readonly".to_owned()]),
            subjects: None,
        },
        Delegation {
            scopes: None,
            subjects: Some(vec!["ravi.south@example.org".to_owned()]),
        },
    ] {
        world
            .simulator
            .delegate(&account.client_email, delegation)
            .expect("a service account");
        let answer = assert(&world, &assertion).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (401, &json!("unauthorized_client"))
        );
    }
}

#[tokio::test]
async fn a_channel_of_a_service_account_can_be_stopped_for_another_user() {
    let world = World::new().await;
    world.simulator.add_account("ravi.south@example.org");
    let account = world.simulator.add_service_account();
    let mut claims = claims(&world, &account);
    let for_amelia = assert(&world, &sign(&account, &claims)).await.json();
    claims["sub"] = json!("ravi.south@example.org");
    let for_ravi = assert(&world, &sign(&account, &claims)).await.json();
    let bearer = |answer: &Value| answer["access_token"].as_str().expect("a token").to_owned();
    let wish = crate::world::wish("ch-1");
    let channel = world
        .post_as(&bearer(&for_amelia), &format!("{EVENTS}/watch"), wish)
        .await
        .json();

    let stop = json!({ "id": "ch-1", "resourceId": channel["resourceId"] });

    let path = "/calendar/v3/channels/stop";
    assert_eq!(
        world.post(path, stop.clone()).await.status,
        403,
        "another client"
    );
    assert_eq!(
        world.post_as(&bearer(&for_ravi), path, stop).await.status,
        204
    );
}

#[tokio::test]
async fn a_token_lives_for_its_hour_on_the_simulated_clock() {
    let world = World::new().await;
    world.simulator.advance(SignedDuration::from_secs(3_598));
    assert_eq!(world.get(EVENTS).await.status, 200);

    world.simulator.advance(SignedDuration::from_secs(1));
    assert_eq!(world.get(EVENTS).await.status, 401);
}
