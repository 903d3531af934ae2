//! Two organizations: neither sees, moves or costs the other anything.

use aws::connections::{Connection, State};
use domain::{CalendarKey, ConnectionId, OrganizationId, Provider};
use testkit::World;
use testkit::world::{ACCOUNT, request};

use crate::both::for_both;
use crate::events_of::meeting;
use crate::scenarios::is_true;
use crate::scenarios::scene::{
    arrives, clean, inbox, items, rows, said_since, settled, settled_from_nothing, text, titles,
};

for_both! {
    nothing_stored_or_said_names_two_organizations,
    a_token_of_one_organization_is_worth_nothing_at_another,
    a_message_about_another_organizations_calendar_finds_nothing,
    a_stored_grant_copied_to_another_organization_can_not_be_opened;
    only google:
        two_organizations_that_watch_the_same_mailbox_do_not_meet,
}

const RIVAL: &str = "rival@example.org";

fn every_text_of(organization: OrganizationId, items: &[serde_json::Value]) -> usize {
    let name = organization.to_string();
    items
        .iter()
        .filter(|item| item.to_string().contains(&name))
        .count()
}

async fn two_organizations_that_watch_the_same_mailbox_do_not_meet(provider: Provider) {
    let (one, first) = clean(provider).await;
    let two = one.another_tenant(ACCOUNT).await;
    let (second, _) = two.watch(two.main()).await;
    one.settle().await;

    let id = one.put(meeting("Budget"));
    arrives(&one).await;
    settled_from_nothing(&one, first).await;
    is_true(&two, second, two.main()).await;
    two.assert_feed_rebuilds(second).await;
    let ids = |rows: Vec<serde_json::Value>| text(&rows[0]["id"]);
    assert_ne!(
        ids(rows(&one, first).await),
        ids(rows(&two, second).await),
        "the same event has another name for each"
    );

    // What one of them stops goes on for the other.
    one.watcher
        .unwatch(first)
        .await
        .expect("a watched calendar");
    one.settle().await;
    one.delete(&id);
    two.settle().await;
    is_true(&two, second, two.main()).await;
    assert_eq!(rows(&one, first).await.len(), 1, "left as it was");
    assert_eq!(one.watches().iter().filter(|it| it.live).count(), 1);
}

async fn nothing_stored_or_said_names_two_organizations(provider: Provider) {
    let (one, first) = clean(provider).await;
    let two = one.another_tenant(RIVAL).await;
    let (second, _) = two.watch(two.main()).await;
    for n in 0..3 {
        one.put(meeting(&format!("Ours {n}")));
        two.put(meeting(&format!("Theirs {n}")));
    }
    settled_from_nothing(&one, first).await;
    is_true(&two, second, two.main()).await;

    for table in [
        "calendars",
        "subscriptions",
        "notifications",
        "events",
        "changes",
        "connections",
        "organizations",
        "runs",
    ] {
        let items = items(&one, &format!("test-{table}")).await;
        let ours = every_text_of(one.organization, &items);
        let theirs = every_text_of(two.organization, &items);
        assert!(ours > 0 && theirs > 0, "{table}");
        assert_eq!(ours + theirs, items.len(), "each of {table} has one owner");
    }
    for event in one.cloud.events() {
        let owner = if event.detail["organization"] == one.organization.to_string() {
            first
        } else {
            second
        };
        assert_eq!(event.detail["calendar"], owner.calendar.to_string());
        assert_eq!(event.detail["organization"], owner.organization.to_string());
    }
    let titles = titles(&two, second).await;
    assert!(titles.iter().all(|title| title.starts_with("Theirs")));
}

async fn a_token_of_one_organization_is_worth_nothing_at_another(provider: Provider) {
    let (one, first) = clean(provider).await;
    let two = one.another_tenant(RIVAL).await;
    let (second, _) = two.watch(two.main()).await;
    one.settle().await;
    one.put(meeting("Ours"));
    two.put(meeting("Theirs"));
    let deliveries = one.google.take_deliveries();
    let [ours, theirs] = &deliveries[..] else {
        panic!("two messages: {deliveries:?}");
    };
    let owed = (inbox(&one, first).await.req, inbox(&two, second).await.req);

    // Their token at our address; and their token on our channel at our address.
    let mut misdirected = theirs.clone();
    misdirected.url = ours.url.clone();
    let mut disguised = misdirected.clone();
    for (name, value) in &mut disguised.headers {
        if name == "X-Goog-Channel-ID" {
            value.clone_from(&ours.channel_id);
        }
    }
    let body = String::from_utf8(disguised.body).expect("a text");
    disguised.body = body.replace(&theirs.channel_id, &ours.channel_id).into();
    for forged in [&misdirected, &disguised] {
        let answer = lambda::webhook::answer(&one.receiver, provider, &request(forged)).await;
        assert_eq!(answer.status(), one.refused());
    }

    let after = (inbox(&one, first).await.req, inbox(&two, second).await.req);
    assert_eq!(after.0, owed.0, "ours was not touched");
    match provider {
        Provider::Google => assert_eq!(after.1, owed.1, "nor was theirs"),
        // Microsoft says many things in one request, and each counts for whom its token names.
        Provider::Microsoft => assert!(after.1 > owed.1),
    }
    for delivery in &deliveries {
        let status = one.hand_over(delivery).await;
        assert_eq!(status, one.accepted());
        one.google.delivered(delivery.id, status.as_u16());
    }
    settled_from_nothing(&one, first).await;
    is_true(&two, second, two.main()).await;
}

async fn a_message_about_another_organizations_calendar_finds_nothing(provider: Provider) {
    let (one, first) = clean(provider).await;
    let two = one.another_tenant(RIVAL).await;
    let crossed = CalendarKey {
        organization: two.organization,
        calendar: first.calendar,
    };

    let found = one.sync.syncer.inboxes.get(crossed).await;

    assert!(found.expect("a healthy AWS").is_none());
    settled(&one, first).await;
}

/// Copies the stored grant of one organization into the row of another.
async fn steal(world: &World, thief: &World, connection: ConnectionId) {
    let connections = &world.connector.connections;
    let stored = connections
        .get(world.organization, world.connection)
        .await
        .expect("a healthy AWS")
        .expect("a connection");
    let stolen = Connection {
        organization: thief.organization,
        id: connection,
        provider: world.provider,
        state: State::Active,
        grant: stored.grant,
        created_at: world.now(),
        recovering_since: None,
    };
    connections.put(&stolen).await.expect("a healthy AWS");
}

async fn a_stored_grant_copied_to_another_organization_can_not_be_opened(provider: Provider) {
    let (one, first) = clean(provider).await;
    let two = one.another_tenant(RIVAL).await;
    let (second, _) = two.watch(two.main()).await;
    one.settle().await;
    let asked = one.pages_asked();
    let bought = one.tokens_asked();

    // Under the thief's own name, and under the victim's.
    for connection in [two.connection, one.connection] {
        steal(&one, &two, connection).await;
        let thief = two.with_fresh_sandboxes();
        let access = thief
            .sync
            .syncer
            .grants
            .access(two.organization, connection, two.provider)
            .await;
        assert!(access.is_err(), "{access:?}");
    }

    // A run with the stolen grant fails before the provider hears of it.
    let two = two.with_fresh_sandboxes();
    two.put(meeting("Bait"));
    arrives(&two).await;
    let message = two.cloud.receive("test-interactive").expect("a message");
    assert!(!two.work_on(&message).await, "it must come back");
    assert_eq!(one.pages_asked(), asked);
    assert_eq!(one.tokens_asked(), bought);
    assert_eq!(said_since(&two, second).await, Vec::<&str>::new());

    // And the victim notices nothing.
    one.put(meeting("Budget"));
    one.deliver().await;
    one.work().await;
    is_true(&one, first, one.main()).await;
}
