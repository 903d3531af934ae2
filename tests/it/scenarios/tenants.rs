//! Two organizations: neither sees, moves or costs the other anything.

use aws::connections::{Connection, State};
use domain::{CalendarKey, ConnectionId, OrganizationId, Provider};
use testkit::World;
use testkit::world::{ACCOUNT, request};

use crate::events_of::meeting;
use crate::scenarios::scene::{
    clean, inbox, is_true, items, rows, said_since, settled, settled_from_nothing, text, titles,
};

const RIVAL: &str = "rival@example.org";

/// The same world as another organization with its own grant of this account sees it.
async fn another_tenant(world: &World, email: &str) -> World {
    let mut other = world.clone();
    other.organization = world
        .connector
        .create_organization("Other")
        .await
        .expect("a healthy AWS");
    let account = world.google.add_account(email);
    other.connection = other.connect(&account.refresh_token).await;
    other
}

fn every_text_of(organization: OrganizationId, items: &[serde_json::Value]) -> usize {
    let name = organization.to_string();
    items
        .iter()
        .filter(|item| item.to_string().contains(&name))
        .count()
}

#[tokio::test]
async fn two_organizations_that_watch_the_same_mailbox_do_not_meet() {
    let (one, first) = clean().await;
    let two = another_tenant(&one, ACCOUNT).await;
    let (second, _) = two.watch(ACCOUNT).await;
    one.settle().await;

    let id = one.google.put_event(ACCOUNT, meeting("Budget"));
    assert_eq!(one.deliver().await, [200, 200]);
    settled_from_nothing(&one, first).await;
    is_true(&two, second, ACCOUNT).await;
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
    one.google.delete_event(ACCOUNT, &id);
    two.settle().await;
    is_true(&two, second, ACCOUNT).await;
    assert_eq!(rows(&one, first).await.len(), 1, "left as it was");
    assert_eq!(one.google.channels().iter().filter(|it| it.live).count(), 1);
}

#[tokio::test]
async fn nothing_stored_or_said_names_two_organizations() {
    let (one, first) = clean().await;
    let two = another_tenant(&one, RIVAL).await;
    let (second, _) = two.watch(RIVAL).await;
    for n in 0..3 {
        one.google.put_event(ACCOUNT, meeting(&format!("Ours {n}")));
        one.google.put_event(RIVAL, meeting(&format!("Theirs {n}")));
    }
    settled_from_nothing(&one, first).await;
    is_true(&two, second, RIVAL).await;

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

#[tokio::test]
async fn a_token_of_one_organization_is_worth_nothing_at_another() {
    let (one, first) = clean().await;
    let two = another_tenant(&one, RIVAL).await;
    let (second, _) = two.watch(RIVAL).await;
    one.settle().await;
    one.google.put_event(ACCOUNT, meeting("Ours"));
    one.google.put_event(RIVAL, meeting("Theirs"));
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
    for forged in [&misdirected, &disguised] {
        let answer =
            lambda::webhook::answer(&one.receiver, Provider::Google, &request(forged)).await;
        assert_eq!(answer.status(), 401);
    }

    let after = (inbox(&one, first).await.req, inbox(&two, second).await.req);
    assert_eq!(after, owed, "neither calendar was touched");
    for delivery in &deliveries {
        let status = one.hand_over(delivery).await;
        assert_eq!(status, 200);
        one.google.delivered(delivery.id, status.as_u16());
    }
    settled_from_nothing(&one, first).await;
    is_true(&two, second, RIVAL).await;
}

#[tokio::test]
async fn a_message_about_another_organizations_calendar_finds_nothing() {
    let (one, first) = clean().await;
    let two = another_tenant(&one, RIVAL).await;
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
        provider: Provider::Google,
        state: State::Active,
        grant: stored.grant,
        created_at: world.now(),
    };
    connections.put(&stolen).await.expect("a healthy AWS");
}

#[tokio::test]
async fn a_stored_grant_copied_to_another_organization_can_not_be_opened() {
    let (one, first) = clean().await;
    let two = another_tenant(&one, RIVAL).await;
    let (second, _) = two.watch(RIVAL).await;
    one.settle().await;
    let asked = one.google.requests_to("events.list");
    let bought = one.google.requests_to("oauth.token");

    // Under the thief's own name, and under the victim's.
    for connection in [two.connection, one.connection] {
        steal(&one, &two, connection).await;
        let thief = two.with_fresh_sandboxes();
        let access = thief
            .sync
            .syncer
            .grants
            .access(two.organization, connection)
            .await;
        assert!(access.is_err(), "{access:?}");
    }

    // A run with the stolen grant fails before the provider hears of it.
    let two = two.with_fresh_sandboxes();
    two.google.put_event(RIVAL, meeting("Bait"));
    assert_eq!(two.deliver().await, [200]);
    let message = two.cloud.receive("test-interactive").expect("a message");
    assert!(!two.work_on(&message).await, "it must come back");
    assert_eq!(one.google.requests_to("events.list"), asked);
    assert_eq!(one.google.requests_to("oauth.token"), bought);
    assert_eq!(said_since(&two, second).await, Vec::<&str>::new());

    // And the victim notices nothing.
    one.google.put_event(ACCOUNT, meeting("Budget"));
    one.deliver().await;
    one.work().await;
    is_true(&one, first, ACCOUNT).await;
}
