//! Change notifications: how they are packed, and what becomes of them.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulator::{Answer, Fate, Fault, Provider, Settings};

use crate::rounds::lunch;
use crate::world::{AMELIA, HOOK, World, items, weekly, wish};

fn column(values: &[Value], name: &str) -> Vec<String> {
    let texts = values.iter().map(|value| value[name].as_str());
    texts
        .map(|text| text.unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn what_is_due_at_once_for_one_address_is_one_message() {
    let world = World::new().await;
    let first = world.subscribed().await;
    let ravi = world.graph.add_mailbox("ravi.south@fabrikam.example");
    let calendar = format!("users/{}", ravi.user_id);
    let mut other = World::of(world.simulator.clone()).await;
    other.bearer = world.access_token(&ravi).await;
    let second = other.subscribe(&calendar).await.json()["id"].clone();

    let id = world.graph.put_event(&world.calendar, lunch());
    world
        .graph
        .put_event(&world.calendar, json!({ "id": id, "subject": "x" }));
    world.graph.delete_event(&world.calendar, &id);
    world.graph.put_event(&calendar, lunch());

    let deliveries = world.accept_all();
    assert_eq!(deliveries.len(), 1);
    let delivery = &deliveries[0];
    let items = items(delivery);
    assert_eq!(
        column(&items, "changeType"),
        ["created", "updated", "deleted", "created"]
    );
    assert_eq!(items[3]["subscriptionId"], second);
    assert_eq!(items[3]["tenantId"], json!(ravi.tenant_id));
    assert_eq!(items[0]["clientState"], "secret");
    assert_eq!(items[0]["resourceData"]["id"], json!(id));
    assert_eq!(
        items[0]["resource"],
        json!(format!("Users/{}/Events/{id}", world.mailbox.user_id))
    );
    assert_eq!(items[0].get("id"), None);
    assert_eq!(delivery.url, HOOK);
    assert_eq!(
        (&delivery.channel_id, delivery.provider),
        (&first, Provider::Microsoft)
    );
    assert_eq!(delivery.subscriptions.len(), 2);
    assert_eq!(delivery.header("user-agent"), None);
    assert_eq!(
        delivery.header("content-length"),
        Some(&*delivery.body.len().to_string())
    );
}

#[tokio::test]
async fn an_end_is_written_in_other_zones_now_and_then() {
    let world = World::new().await;
    world.subscribed().await;

    world.graph.storm(&world.calendar, None, 3);

    let items = items(&world.accept_all()[0]);
    assert_eq!(
        column(&items, "subscriptionExpirationDateTime"),
        [
            "2026-11-17T13:30:00+00:00",
            "2026-11-17T13:30:00+00:00",
            "2026-11-17T19:00:00.0000000+05:30"
        ]
    );
}

#[tokio::test]
async fn a_message_holds_so_many_and_ids_can_be_had() {
    let mut settings = Settings::default();
    settings.graph.notifications_per_post = 2;
    settings.graph.notification_ids = true;
    let world = World::with(settings).await;
    world.subscribed().await;

    world.graph.storm(&world.calendar, None, 5);

    let deliveries = world.accept_all();
    let sizes: Vec<_> = deliveries.iter().map(|one| items(one).len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
    assert!(items(&deliveries[0])[0]["id"].is_string());
}

#[tokio::test]
async fn only_what_was_asked_for_is_told() {
    let world = World::new().await;
    let mut wish = wish(&world.calendar);
    wish["changeType"] = json!("deleted");
    world.call("POST", "subscriptions", Some(wish)).await;

    let id = world.graph.storm(&world.calendar, None, 2);
    assert!(world.simulator.take_deliveries().is_empty());
    world.graph.delete_event(&world.calendar, &id);

    assert_eq!(world.simulator.take_deliveries().len(), 1);
}

#[tokio::test]
async fn a_changed_occurrence_is_an_update_of_its_series() {
    let world = World::new().await;
    let series = world.graph.put_event(&world.calendar, weekly());
    world.subscribed().await;

    world
        .graph
        .cancel_occurrence(&world.calendar, &series, "2026-11-12");

    let items = items(&world.accept_all()[0]);
    assert_eq!(items[0]["changeType"], "updated");
    assert_eq!(items[0]["resourceData"]["id"], json!(series));
}

#[tokio::test]
async fn any_refusal_is_tried_again_for_four_hours_and_then_missed() {
    let world = World::new().await;
    world.subscribed().await;
    world.graph.storm(&world.calendar, None, 1);
    let statuses = [400, 404, 500, 302, 410];

    let mut attempts = 0;
    let mut fate = None;
    while let Some(due) = world.simulator.next_delivery_due() {
        world
            .simulator
            .advance(due.duration_since(world.simulator.now()));
        let delivery = world.simulator.take_deliveries().remove(0);
        let answer = match statuses.get(attempts) {
            Some(status) => Answer::Status(*status),
            None => Answer::Nothing,
        };
        fate = world.simulator.delivered(delivery.id, answer);
        attempts += 1;
        if fate == Some(Fate::Lost) {
            break;
        }
        assert_eq!(fate, Some(Fate::Waiting));
    }

    assert_eq!(fate, Some(Fate::Lost));
    assert!(attempts > 8, "{attempts}");
    let waited = world.simulator.now().to_string();
    assert!(waited.as_str() >= "2026-11-10T18:30:00Z", "{waited}");
    let missed = world.accept_all();
    assert_eq!(missed[0].url, format!("{HOOK}/lifecycle"));
    assert_eq!(items(&missed[0])[0]["lifecycleEvent"], "missed");
}

#[tokio::test]
async fn three_seconds_are_too_long_at_first_and_ten_later() {
    let world = World::new().await;
    world.subscribed().await;
    world.graph.storm(&world.calendar, None, 1);

    let first = world.simulator.take_deliveries().remove(0);
    world.simulator.advance(SignedDuration::from_secs(4));
    assert_eq!(
        world.simulator.delivered(first.id, 202),
        Some(Fate::Waiting)
    );
    world.simulator.advance(SignedDuration::from_mins(1));
    let second = world.simulator.take_deliveries().remove(0);
    world.simulator.advance(SignedDuration::from_secs(9));

    assert_eq!((second.id, second.attempt), (first.id, 2));
    assert_eq!(
        world.simulator.delivered(second.id, 204),
        Some(Fate::Delivered)
    );
}

#[tokio::test]
async fn an_address_that_is_far_too_slow_misses_what_comes_next() {
    let world = World::new().await;
    world.subscribed().await;
    for _ in 0..10 {
        world.graph.storm(&world.calendar, None, 1);
        let delivery = world.simulator.take_deliveries().remove(0);
        world.simulator.advance(SignedDuration::from_secs(11));
        world.simulator.delivered(delivery.id, 200);
    }

    world.graph.storm(&world.calendar, None, 1);

    let last = world.simulator.deliveries().pop().expect("a message");
    assert_eq!(last.fate, Fate::Dropped);
    world.simulator.advance(SignedDuration::from_mins(10));
    let deliveries = world.accept_all();
    let kinds: Vec<_> = deliveries.iter().flat_map(items).collect();
    assert!(column(&kinds, "lifecycleEvent").contains(&"missed".to_owned()));
}

#[tokio::test]
async fn mishaps_befall_notifications() {
    let world = World::new().await;
    let id = world.subscribed().await;
    let faults = [
        (Fault::DropDelivery, 0),
        (Fault::RepeatDelivery, 2),
        (Fault::DelayDelivery { seconds: 60 }, 0),
        (Fault::ReorderDelivery, 0),
    ];

    for (fault, now) in faults {
        world.simulator.fault(fault.on(&world.calendar));
        world.graph.storm(&world.calendar, None, 1);
        assert_eq!(world.accept_all().len(), now);
    }
    world.simulator.advance(SignedDuration::from_secs(5));
    assert_eq!(world.accept_all().len(), 1);
    world.simulator.advance(SignedDuration::from_secs(60));
    assert_eq!(world.accept_all().len(), 1);
    world.simulator.fault(Fault::SilenceChannel { channel: id });
    world.graph.storm(&world.calendar, None, 1);
    assert!(world.accept_all().is_empty());
}

#[tokio::test]
async fn an_ended_subscription_is_silent_unless_a_fault_lets_it_speak() {
    let world = World::new().await;
    let id = world.subscribed().await;
    world.graph.storm(&world.calendar, None, 1);
    world.graph.remove_subscription(&id);
    world.graph.storm(&world.calendar, None, 1);
    assert!(world.accept_all().is_empty());

    world.simulator.fault(Fault::DeliverAfterStop);
    world.graph.storm(&world.calendar, None, 1);

    assert_eq!(world.accept_all().len(), 1);
}

#[tokio::test]
async fn a_message_can_be_repeated_and_forged() {
    let world = World::new().await;
    let id = world.subscribed().await;
    world.graph.storm(&world.calendar, None, 1);
    let first = world.accept_all().remove(0);

    world
        .simulator
        .redeliver(Some(&id))
        .expect("a sent message");
    let again = world.accept_all().remove(0);
    world
        .simulator
        .forge(&id, Some("attacker"))
        .expect("a channel");
    world.simulator.forge(&id, None).expect("a channel");
    let forged = world.accept_all();

    assert_eq!(first.body, again.body);
    assert_eq!(items(&forged[0])[0]["clientState"], "attacker");
    assert_eq!(items(&forged[1])[0].get("clientState"), None);
}

#[tokio::test]
async fn notifications_wait_while_the_token_behind_them_is_stale() {
    let mut settings = Settings::default();
    settings.graph.pause_when_stale = true;
    let mut world = World::with(settings).await;
    let id = world.subscribed().await;
    world.simulator.advance(SignedDuration::from_hours(1));
    world.graph.storm(&world.calendar, None, 1);
    assert!(world.accept_all().is_empty());

    world.renew().await;
    let path = format!("subscriptions/{id}/reauthorize");
    assert_eq!(world.call("POST", &path, None).await.status, 204);
    assert_eq!(world.accept_all().len(), 1);

    world.graph.revoke(&world.mailbox.user_id);
    world.graph.storm(&world.calendar, None, 1);
    world.simulator.advance(SignedDuration::from_hours(5));
    let missed = world.accept_all();
    assert_eq!(missed.len(), 1);
    assert_eq!(items(&missed[0])[0]["lifecycleEvent"], "missed");
}

#[tokio::test]
async fn a_stale_token_is_no_matter_by_default() {
    let world = World::new().await;
    world.subscribed().await;
    world.simulator.advance(SignedDuration::from_hours(2));

    world.graph.storm(&world.calendar, None, 1);

    assert_eq!(world.accept_all().len(), 1);
}

#[tokio::test]
async fn google_and_microsoft_share_a_world() {
    let world = World::new().await;
    world.simulator.add_account(AMELIA);
    world.subscribed().await;

    world
        .simulator
        .put_event(AMELIA, json!({ "summary": "Lunch" }));
    world.graph.put_event(&world.calendar, lunch());

    assert_eq!(world.simulator.truth(AMELIA).len(), 1);
    assert_eq!(world.graph.truth(&world.calendar).len(), 1);
    assert_eq!(world.accept_all().len(), 1);
}

#[tokio::test]
async fn a_notification_can_be_provoked_through_any_subscription() {
    let world = World::new().await;
    let id = world.graph.storm(&world.calendar, None, 1);
    let subscription = world.subscribed().await;
    world.graph.remove_subscription(&subscription);

    world
        .simulator
        .notify(&subscription, simulator::ResourceState::Exists)
        .expect("a subscription");

    let deliveries = world.accept_all();
    assert_eq!(items(&deliveries[0])[0]["resourceData"]["id"], json!(id));
    assert_eq!(world.simulator.deliveries()[0].state, "updated");
}

#[tokio::test]
async fn a_slow_address_hears_ten_minutes_late() {
    let world = World::new().await;
    world.subscribed().await;
    for _ in 0..10 {
        world.graph.storm(&world.calendar, None, 1);
        let delivery = world.simulator.take_deliveries().remove(0);
        world.simulator.advance(SignedDuration::from_secs(5));
        world.simulator.delivered(delivery.id, 200);
    }
    let answered = world.simulator.deliveries().len();

    world.graph.storm(&world.calendar, None, 1);
    world.simulator.advance(SignedDuration::from_mins(9));
    world.accept_all();
    assert_eq!(world.simulator.deliveries().len(), answered);
    world.simulator.advance(SignedDuration::from_mins(1));
    world.accept_all();

    assert_eq!(world.simulator.deliveries().len(), answered + 1);
}
