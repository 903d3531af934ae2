//! Grants, one at a time and many at once.

use domain::Provider;
use providers::grant::Grant;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::office::Office;
use crate::both::for_both;

for_both! {
    connections_are_made_shown_and_made_again,
    many_grants_are_imported_and_none_twice,
}

/// A grant as the API takes it.
fn document(grant: &Grant) -> Value {
    match grant {
        Grant::GoogleRefreshToken { refresh_token } => json!({
            "kind": "google_refresh_token",
            "refresh_token": refresh_token.expose_secret(),
        }),
        Grant::MicrosoftRefreshToken {
            tenant,
            refresh_token,
        } => json!({
            "kind": "microsoft_refresh_token",
            "tenant": tenant,
            "refresh_token": refresh_token.expose_secret(),
        }),
        Grant::GoogleServiceAccount { .. } | Grant::MicrosoftTenant { .. } => {
            unreachable!("people give refresh tokens")
        }
    }
}

async fn connections_are_made_shown_and_made_again(provider: Provider) {
    let office = Office::open(provider).await;
    let grant = office.world.consent("bob@example.com");
    let file = office.file("grant.json", &document(&grant).to_string());

    let made = office.types(&format!("connection create {file}")).await;
    let id = made.id("con_");
    office.types("connection list").await;
    office.types("connection list --json").await;
    office.types(&format!("connection show {id} --json")).await;
    let again = office.world.consent("bob@example.com");
    let file = office.file("again.json", &document(&again).to_string());
    office
        .types(&format!("connection reconnect {id} {file} --dry-run"))
        .await;
    office
        .types(&format!("connection reconnect {id} {file}"))
        .await;
    let wrong = office.file("wrong.json", r#"{"kind":"microsoft_tenant","tenant":"x"}"#);
    office.types(&format!("connection create {wrong}")).await;

    insta::assert_snapshot!(format!("cli-connections-{provider}"), office.transcript());
}

async fn many_grants_are_imported_and_none_twice(provider: Provider) {
    let office = Office::open(provider).await;
    let line = |email: &str, reference: Option<&str>| {
        let mut document = document(&office.world.consent(email));
        if let Some(reference) = reference {
            document["reference"] = json!(reference);
        }
        document.to_string()
    };
    let (bob, eve) = (
        line("bob@example.com", Some("customer 7")),
        line("eve@example.com", None),
    );
    let token = |text: &str| {
        let read: Value = serde_json::from_str(text).expect("a line");
        read["refresh_token"].as_str().expect("a token").to_owned()
    };
    let worthless = eve.replace(&token(&eve), "worthless");

    let bad = office.file("bad.jsonl", &format!("{bob}\nnonsense\n{bob}\n{{}}\n"));
    office.types(&format!("connection import {bad}")).await;
    let file = office.file("grants.jsonl", &format!("{bob}\n\n{eve}\n{worthless}\n"));
    office
        .types(&format!("connection import {file} --dry-run"))
        .await;
    let first = office.types(&format!("connection import {file}")).await;
    let second = office
        .types(&format!("connection import {file} --json"))
        .await;

    assert_eq!(first.status, 1);
    assert_eq!(first.id("con_"), second.id("con_"));
    let listed = office.run(&["connection", "list", "--json"]).await;
    let listed: Value = serde_json::from_str(&listed.out).expect("a list");
    // The world's own, Bob's and Eve's.
    assert_eq!(listed.as_array().expect("a list").len(), 3);
    for token in [token(&bob), token(&eve)] {
        assert!(!office.transcript().contains(&token), "a token was printed");
    }
    insta::assert_snapshot!(format!("cli-import-{provider}"), office.transcript());
}
