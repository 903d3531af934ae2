//! Entra's token endpoint.

use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use simulator::{Fault, GraphSettings, Settings, TokenError};

use crate::world::{Answer, World};

const SCOPE: &str = "https://graph.microsoft.com/.default";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn refresh(world: &World, token: &Value) -> Answer {
    let token = token.as_str().expect("a token");
    world.refresh(&world.mailbox, token).await
}

#[tokio::test]
async fn every_refresh_brings_another_token_and_the_old_one_goes_on() {
    let world = World::new().await;
    let old = json!(world.mailbox.refresh_token);

    let first = refresh(&world, &old).await.json();
    let second = refresh(&world, &old).await.json();

    assert_eq!(first["expires_in"], 3_599);
    assert_ne!(first["refresh_token"], old);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(refresh(&world, &first["refresh_token"]).await.status, 200);
}

#[tokio::test]
async fn refresh_tokens_can_be_made_to_work_once() {
    let settings = Settings {
        graph: GraphSettings {
            one_time_refresh_tokens: true,
            ..GraphSettings::default()
        },
        ..Settings::default()
    };
    // The world itself has used the first one.
    let world = World::with(settings).await;

    let again = refresh(&world, &json!(world.mailbox.refresh_token)).await;

    assert_eq!(again.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn a_code_works_once() {
    let world = World::new().await;
    let code = world.graph.authorization_code(&world.mailbox.user_id);
    let fields = [("grant_type", "authorization_code"), ("code", &*code)];

    let first = world.token("common", &fields).await.json();
    let second = world.token("common", &fields).await;

    assert_eq!(refresh(&world, &first["refresh_token"]).await.status, 200);
    assert_eq!(second.json()["error_codes"], json!([54_005]));
}

#[tokio::test]
async fn a_wrong_app_secret_or_tenant_is_refused() {
    let world = World::new().await;
    let grant = ("grant_type", "refresh_token");
    let token = ("refresh_token", &*world.mailbox.refresh_token);
    let tenant = &world.mailbox.tenant_id;
    let secret = ("client_secret", "simulator-app-secret");

    let app = [("client_id", "other"), secret, grant, token];
    let app = world.form(tenant, &app).await;
    let wrong = [
        ("client_id", "simulator-app"),
        ("client_secret", "x"),
        grant,
        token,
    ];
    let wrong = world.form(tenant, &wrong).await;
    let elsewhere = world.token("fabrikam.example", &[grant, token]).await;
    let unknown = world
        .token(tenant, &[grant, ("refresh_token", "made-up")])
        .await;
    let kind = world.token(tenant, &[("grant_type", "password")]).await;

    assert_eq!(app.json()["error"], "unauthorized_client");
    assert_eq!(
        (wrong.status, &wrong.json()["error_codes"]),
        (401, &json!([7_000_215]))
    );
    assert_eq!(elsewhere.json()["error_codes"], json!([90_002]));
    assert_eq!(unknown.json()["error"], "invalid_grant");
    assert_eq!(kind.json()["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn an_app_acts_for_itself_only_with_consent() {
    let world = World::new().await;
    let tenant = &world.mailbox.tenant_id;
    let grant = ("grant_type", "client_credentials");

    let without = world.token(tenant, &[grant, ("scope", SCOPE)]).await;
    world.graph.grant_tenant(tenant);
    let with = world.token(tenant, &[grant, ("scope", SCOPE)]).await;
    let by_domain = world
        .token("contoso.example", &[grant, ("scope", SCOPE)])
        .await;
    let other = world.token("common", &[grant, ("scope", SCOPE)]).await;
    let scope = ("scope", "https://graph.microsoft.com/Calendars.Read");
    let scope = world.token(tenant, &[grant, scope]).await;

    assert_eq!(without.json()["error"], "unauthorized_client");
    assert_eq!((with.status, by_domain.status), (200, 200));
    assert_eq!(other.json()["error"], "invalid_request");
    assert_eq!(scope.json()["error"], "invalid_scope");
}

async fn assert(world: &World, algorithm: Algorithm, header: Value, claims: Value) -> Answer {
    let tenant = &world.mailbox.tenant_id;
    let certificate = world.graph.certificate();
    let mut head = Header::new(algorithm);
    head.x5t_s256 = header["x5t#S256"].as_str().map(str::to_owned);
    head.x5t = header["x5t"].as_str().map(str::to_owned);
    let now = world.simulator.now().as_second();
    let mut all = json!({
        "iss": "simulator-app",
        "sub": "simulator-app",
        "aud": format!("https://login.example/{tenant}/oauth2/v2.0/token"),
        "exp": now + 300,
        "jti": claims.to_string(),
    });
    let given = claims.as_object().expect("claims").clone();
    all.as_object_mut().expect("claims").extend(given);
    let key = EncodingKey::from_rsa_pem(certificate.private_key_pem.as_bytes()).expect("a key");
    let signed = encode(&head, &all, &key).expect("a signature");
    let fields = [
        ("client_id", "simulator-app"),
        ("grant_type", "client_credentials"),
        ("scope", SCOPE),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", &signed),
    ];
    world.form(tenant, &fields).await
}

#[tokio::test]
async fn a_certificate_stands_for_the_secret() {
    let world = World::new().await;
    world.graph.grant_tenant(&world.mailbox.tenant_id);
    let named = json!({ "x5t#S256": world.graph.certificate().thumbprint_sha256 });

    for (algorithm, header) in [
        (Algorithm::PS256, named.clone()),
        (Algorithm::RS256, named.clone()),
        (Algorithm::RS256, json!({ "x5t": "sha-1" })),
    ] {
        let claims = json!({ "jti": format!("{algorithm:?}{header}") });
        let answer = assert(&world, algorithm, header, claims).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}

#[tokio::test]
async fn an_assertion_is_checked_claim_by_claim() {
    let world = World::new().await;
    world.graph.grant_tenant(&world.mailbox.tenant_id);
    let named = json!({ "x5t#S256": world.graph.certificate().thumbprint_sha256 });
    let now = world.simulator.now().as_second();

    for (header, claims, code) in [
        (json!({}), json!({}), 700_027),
        (json!({ "x5t#S256": "another" }), json!({}), 700_027),
        (named.clone(), json!({ "iss": "other" }), 700_021),
        (named.clone(), json!({ "sub": "other" }), 700_021),
        (
            named.clone(),
            json!({ "aud": "https://example.com" }),
            700_021,
        ),
        (named.clone(), json!({ "exp": now - 301 }), 700_024),
        (named.clone(), json!({ "nbf": now + 301 }), 700_024),
    ] {
        let answer = assert(&world, Algorithm::PS256, header, claims).await;
        assert_eq!(answer.json()["error_codes"], json!([code]));
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (401, &json!("invalid_client"))
        );
    }
    let claims = json!({ "jti": "one" });
    let first = assert(&world, Algorithm::PS256, named.clone(), claims.clone()).await;
    let second = assert(&world, Algorithm::PS256, named, claims).await;
    assert_eq!((first.status, second.status), (200, 401));
}

#[tokio::test]
async fn the_token_endpoint_can_fail_on_demand() {
    let world = World::new().await;
    let token = json!(world.mailbox.refresh_token);

    for (error, status, name, code) in [
        (TokenError::InvalidGrant, 400, "invalid_grant", 50_173),
        (TokenError::GrantInactive, 400, "invalid_grant", 700_082),
        (TokenError::GrantExpired, 400, "invalid_grant", 70_008),
        (TokenError::SignInFrequency, 400, "invalid_grant", 70_043),
        (TokenError::ConsentMissing, 400, "invalid_grant", 65_001),
        (TokenError::UserDisabled, 400, "invalid_grant", 50_057),
        (TokenError::CodeUsed, 400, "invalid_grant", 54_005),
        (
            TokenError::InteractionRequired,
            400,
            "interaction_required",
            50_076,
        ),
        (
            TokenError::EnrolmentRequired,
            400,
            "interaction_required",
            50_079,
        ),
        (
            TokenError::ConditionalAccess,
            400,
            "interaction_required",
            53_003,
        ),
        (TokenError::InvalidClient, 401, "invalid_client", 7_000_215),
        (TokenError::SecretExpired, 401, "invalid_client", 7_000_222),
        (
            TokenError::UnauthorizedClient,
            400,
            "unauthorized_client",
            700_016,
        ),
        (TokenError::InvalidScope, 400, "invalid_scope", 70_011),
        (
            TokenError::TemporarilyUnavailable,
            503,
            "temporarily_unavailable",
            90_033,
        ),
        (
            TokenError::TooManyRequests,
            429,
            "temporarily_unavailable",
            90_055,
        ),
    ] {
        world.simulator.fault(Fault::TokenEndpoint { error });
        let answer = refresh(&world, &token).await;
        let body = answer.json();
        assert_eq!(
            (answer.status, &body["error"], &body["error_codes"][0]),
            (status, &json!(name), &json!(code))
        );
    }
    world.simulator.fault(Fault::TokenEndpoint {
        error: TokenError::ServerError,
    });
    assert_eq!(refresh(&world, &token).await.status, 500);
    assert_eq!(refresh(&world, &token).await.status, 200);
}

#[tokio::test]
async fn an_error_of_google_waits_for_google() {
    let world = World::new().await;
    world.simulator.fault(Fault::TokenEndpoint {
        error: TokenError::InvalidRapt,
    });

    let answer = refresh(&world, &json!(world.mailbox.refresh_token)).await;

    assert_eq!(answer.status, 200);
    world.simulator.advance(SignedDuration::from_secs(1));
}

#[tokio::test]
async fn an_error_for_one_mailbox_waits_for_its_user() {
    let world = World::new().await;
    let ravi = world.graph.add_mailbox("ravi.south@contoso.example");
    let error = TokenError::ConsentMissing;
    let fault = Fault::TokenEndpoint { error };
    world
        .simulator
        .fault(fault.on(&format!("users/{}", ravi.user_id)));

    let amelias = refresh(&world, &json!(world.mailbox.refresh_token)).await;
    let ravis = world.refresh(&ravi, &ravi.refresh_token).await;

    assert_eq!((amelias.status, ravis.status), (200, 400));
}
