//! Messages (2.5 of Google's rules, items 3 to 6 of the checklist).

use jiff::SignedDuration;
use serde_json::json;
use simulator::{Answer, Fate, Fault, Often, Settings};

use crate::world::{AMELIA, EVENTS, World, numbers, wish};

#[tokio::test]
async fn the_first_message_is_sync_with_number_1_and_later_ones_skip_ahead() {
    let world = World::new().await;
    world.watch("ch-1").await;

    let event = world
        .simulator
        .put_event(AMELIA, json!({ "summary": "Budget review" }));
    world
        .simulator
        .put_event(AMELIA, json!({ "id": event, "summary": "Budget" }));
    world.simulator.delete_event(AMELIA, &event);

    let deliveries = world.accept_all();
    let states: Vec<_> = deliveries
        .iter()
        .map(|one| one.header("x-goog-resource-state"))
        .collect();
    assert_eq!(
        states,
        [Some("sync"), Some("exists"), Some("exists"), Some("exists")]
    );
    let numbers = numbers(&deliveries);
    assert_eq!(numbers[0], 1);
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    assert!(
        numbers[1] >= 10_000 && numbers[3] - numbers[1] > 2,
        "{numbers:?}"
    );
}

#[tokio::test]
async fn the_answer_of_watch_can_wait_for_the_sync_message() {
    let settings = Settings {
        sync_before_answer: true,
        ..Settings::default()
    };
    let world = World::with(settings).await;
    let watch = world.watch("ch-1");
    tokio::pin!(watch);

    assert!(futures::poll!(&mut watch).is_pending());
    let sync = world.simulator.take_deliveries();
    assert_eq!(numbers(&sync), [1]);
    assert!(futures::poll!(&mut watch).is_pending());
    world.simulator.delivered(sync[0].id, 200);

    assert_eq!(watch.await.status, 200);
}

#[tokio::test]
async fn the_same_seed_gives_the_same_numbers() {
    let mut runs = Vec::new();
    for seed in [7, 7, 8] {
        let settings = Settings {
            seed,
            ..Settings::default()
        };
        let world = World::with(settings).await;
        world.watch("ch-1").await;
        world.simulator.storm(AMELIA, None, 5);
        runs.push(numbers(&world.accept_all()));
    }

    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test]
async fn success_and_final_refusal_are_never_retried() {
    let world = World::new().await;
    world.watch("ch-1").await;
    world.accept_all();

    for (status, fate) in [
        (102, Fate::Delivered),
        (200, Fate::Delivered),
        (201, Fate::Delivered),
        (202, Fate::Delivered),
        (204, Fate::Delivered),
        (203, Fate::Lost),
        (301, Fate::Lost),
        (400, Fate::Lost),
        (401, Fate::Lost),
        (404, Fate::Lost),
        (410, Fate::Lost),
        (429, Fate::Lost),
        (501, Fate::Lost),
    ] {
        world.simulator.put_event(AMELIA, json!({}));
        let delivery = world.simulator.take_deliveries().remove(0);
        assert_eq!(
            world.simulator.delivered(delivery.id, status),
            Some(fate),
            "{status}"
        );
    }
    world.simulator.advance(SignedDuration::from_hours(24));
    assert_eq!(world.simulator.take_deliveries(), []);
}

#[tokio::test]
async fn four_server_errors_and_silence_are_retried_with_growing_pauses() {
    let world = World::new().await;
    world.watch("ch-1").await;
    let first = world.simulator.take_deliveries().remove(0);
    let mut pauses = Vec::new();
    let answers = [500, 502, 503, 504]
        .map(Answer::Status)
        .into_iter()
        .chain([Answer::Nothing]);

    for (n, answer) in answers.enumerate() {
        assert_eq!(
            world.simulator.delivered(first.id, answer),
            Some(Fate::Waiting)
        );
        assert_eq!(world.simulator.take_deliveries(), []);
        let due = world.simulator.next_delivery_due().expect("a retry");
        pauses.push(due.duration_since(world.simulator.now()));
        world.simulator.advance(pauses[n]);
        let again = world.simulator.take_deliveries().remove(0);
        assert_eq!(
            (again.headers, again.attempt),
            (first.headers.clone(), n as u32 + 2)
        );
    }
    assert!(pauses.is_sorted_by(|a, b| a < b), "{pauses:?}");
}

#[tokio::test]
async fn a_message_is_given_up_after_two_days() {
    let world = World::new().await;
    world.watch("ch-1").await;
    let delivery = world.simulator.take_deliveries().remove(0);

    world.simulator.advance(SignedDuration::from_hours(48));

    assert_eq!(
        world.simulator.delivered(delivery.id, 503),
        Some(Fate::Lost)
    );
}

#[tokio::test]
async fn a_stopped_or_expired_channel_is_silent() {
    let world = World::new().await;
    for id in ["ch-1", "ch-2"] {
        world.watch(id).await;
    }
    world.accept_all();
    world.simulator.put_event(AMELIA, json!({}));
    stop(&world, "ch-1").await;
    world.simulator.advance(SignedDuration::from_hours(7 * 24));
    world.simulator.put_event(AMELIA, json!({}));

    let channels: Vec<_> = world
        .accept_all()
        .into_iter()
        .map(|one| one.channel_id)
        .collect();

    // Only the message that ch-2 was owed before it expired.
    assert_eq!(channels, ["ch-2"]);
}

#[tokio::test]
async fn a_few_messages_can_arrive_after_stop() {
    let world = World::new().await;
    world.watch("ch-1").await;
    world.accept_all();
    world.simulator.fault(Fault::DeliverAfterStop.times(2));
    world.simulator.put_event(AMELIA, json!({}));
    stop(&world, "ch-1").await;
    world.simulator.put_event(AMELIA, json!({}));
    world.simulator.put_event(AMELIA, json!({}));

    assert_eq!(world.accept_all().len(), 2);
}

#[tokio::test]
async fn messages_can_be_dropped_repeated_delayed_and_reordered() {
    let world = World::new().await;
    world.watch("ch-1").await;
    world.accept_all();

    world.simulator.fault(Fault::DropDelivery.times(2));
    world.simulator.storm(AMELIA, None, 2);
    assert_eq!(world.accept_all().len(), 0);

    world.simulator.fault(Fault::RepeatDelivery);
    world.simulator.put_event(AMELIA, json!({}));
    let twice = world.accept_all();
    assert_eq!(twice.len(), 2);
    assert_eq!(twice[0].headers, twice[1].headers);

    world.simulator.fault(Fault::DelayDelivery { seconds: 60 });
    world.simulator.put_event(AMELIA, json!({}));
    assert_eq!(world.accept_all().len(), 0);
    world.simulator.advance(SignedDuration::from_secs(60));
    assert_eq!(world.accept_all().len(), 1);

    world
        .simulator
        .fault(Fault::ReorderDelivery.always().on(AMELIA));
    world.simulator.storm(AMELIA, None, 10);
    world.simulator.advance(SignedDuration::from_secs(6));
    let numbers = numbers(&world.accept_all());
    assert_eq!(numbers.len(), 10);
    assert!(!numbers.is_sorted(), "{numbers:?}");
}

#[tokio::test]
async fn a_probability_drops_about_that_share() {
    let world = World::new().await;
    world.watch("ch-1").await;
    world.accept_all();
    world
        .simulator
        .fault(Fault::DropDelivery.times(0).often(Often::Probability(0.25)));

    world.simulator.storm(AMELIA, None, 1_000);

    let arrived = world.accept_all().len();
    assert!((700..800).contains(&arrived), "{arrived}");
}

#[tokio::test]
async fn a_silenced_channel_looks_alive_to_its_owner() {
    let world = World::new().await;
    world.watch("ch-1").await;
    world.accept_all();

    world.simulator.fault(Fault::SilenceChannel {
        channel: "ch-1".to_owned(),
    });
    world.simulator.put_event(AMELIA, json!({}));

    assert_eq!(world.accept_all(), []);
    stop(&world, "ch-1").await;
}

#[tokio::test]
async fn a_redelivery_is_the_last_message_byte_for_byte() {
    let world = World::new().await;
    world.watch("ch-1").await;
    world.simulator.put_event(AMELIA, json!({}));
    let sent = world.accept_all();

    world
        .simulator
        .redeliver(Some("ch-1"))
        .expect("something was sent");

    let again = world.accept_all();
    assert_eq!(again[0].headers, sent[1].headers);
    assert_ne!(again[0].id, sent[1].id);
}

#[tokio::test]
async fn a_forgery_differs_in_its_token_only() {
    let world = World::new().await;
    world.watch("ch-1").await;
    world.accept_all();

    world
        .simulator
        .forge("ch-1", Some("attacker"))
        .expect("a channel");
    world.simulator.forge("ch-1", None).expect("a channel");

    let forged = world.accept_all();
    assert_eq!(forged[0].header("x-goog-channel-token"), Some("attacker"));
    assert_eq!(forged[1].header("x-goog-channel-token"), None);
    assert_eq!(forged[0].header("x-goog-channel-id"), Some("ch-1"));
}

#[tokio::test]
async fn two_channels_of_one_calendar_both_deliver() {
    let world = World::new().await;
    world.watch("ch-1").await;
    world.watch("ch-2").await;
    world.accept_all();

    world.simulator.put_event(AMELIA, json!({}));

    assert_eq!(world.accept_all().len(), 2);
}

#[tokio::test]
async fn a_calendar_list_channel_hears_of_new_calendars_and_not_of_events() {
    let world = World::new().await;
    let path = "/calendar/v3/users/me/calendarList/watch";
    assert_eq!(world.post(path, wish("list-1")).await.status, 200);
    world.accept_all();

    world.simulator.put_event(AMELIA, json!({}));
    assert_eq!(world.accept_all(), []);
    world.simulator.add_calendar(
        AMELIA,
        "team@example.com",
        simulator::CalendarOptions::default(),
    );

    let told = world.accept_all();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].calendar, None);
}

async fn stop(world: &World, id: &str) {
    let channels = world.simulator.channels();
    let channel = channels
        .iter()
        .find(|channel| channel.id == id)
        .expect("a channel");
    let stop = json!({ "id": id, "resourceId": channel.resource_id });
    assert_eq!(
        world.post("/calendar/v3/channels/stop", stop).await.status,
        204,
        "{EVENTS}"
    );
}
