//! Who may read what.

use jiff::SignedDuration;

use crate::world::{AMELIA, World};

#[tokio::test]
async fn a_token_lives_for_its_hour() {
    let mut world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);
    world.simulator.advance(SignedDuration::from_secs(3_599));

    let expired = world.event(&id, "").await;
    world.renew().await;
    let renewed = world.event(&id, "").await;
    world.bearer = "made-up".to_owned();
    let unknown = world.event(&id, "").await;

    assert_eq!(
        (expired.status, &*expired.code()),
        (401, "InvalidAuthenticationToken")
    );
    assert_eq!(
        expired.message(),
        "Lifetime validation failed, the token is expired."
    );
    assert_eq!((renewed.status, unknown.status), (200, 401));
}

#[tokio::test]
async fn a_user_reads_no_other_mailbox() {
    let world = World::new().await;
    let ravi = world.graph.add_mailbox("ravi.south@contoso.example");
    let path = format!("users/{}/events/x", ravi.user_id);

    let answer = world.get(&path).await;

    assert_eq!((answer.status, &*answer.code()), (403, "ErrorAccessDenied"));
}

#[tokio::test]
async fn an_app_reads_every_mailbox_of_a_tenant_that_consented() {
    let mut world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);
    let other = world.graph.add_mailbox("ravi.south@fabrikam.example");
    world.graph.grant_tenant(&world.mailbox.tenant_id);
    let scope = "https://graph.microsoft.com/.default";
    let fields = [("grant_type", "client_credentials"), ("scope", scope)];
    let granted = world.token(&world.mailbox.tenant_id, &fields).await.json();
    world.bearer = granted["access_token"]
        .as_str()
        .expect("a token")
        .to_owned();

    let own = world.event(&id, "").await;
    let foreign = world
        .get(&format!("users/{}/events/x", other.user_id))
        .await;

    assert_eq!(granted.get("refresh_token"), None);
    assert_eq!((own.status, foreign.status), (200, 403));
}

#[tokio::test]
async fn a_revoked_grant_ends_all_its_tokens() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);

    world.graph.revoke(&world.mailbox.user_id);

    assert_eq!(world.event(&id, "").await.status, 401);
    let answer = world
        .refresh(&world.mailbox, &world.mailbox.refresh_token)
        .await;
    assert_eq!(answer.json()["error_codes"][0], 50_173);
    let again = world.graph.add_mailbox(AMELIA);
    let answer = world.refresh(&again, &again.refresh_token).await;
    assert_eq!(answer.status, 200);
}
