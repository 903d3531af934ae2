//! Delta rounds: what changes in a window, page by page.

use serde_json::{Value, json};
use simulator::{CalendarOptions, Settings};

use crate::world::{HOST, PREFER, World, at, single};

pub(crate) const WINDOW: &str =
    "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";

/// Reads from a link, or from a first request, to the end of a round: all items, and the delta link.
pub(crate) async fn round(world: &World, link: Option<&str>) -> (Vec<Value>, String) {
    let first = format!("{}/calendarView/delta?{WINDOW}", world.calendar);
    let mut link = link.unwrap_or(&first).to_owned();
    let mut items = Vec::new();
    loop {
        let answer = world.get(&link).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let page = answer.json();
        items.extend(page["value"].as_array().expect("items").iter().cloned());
        match page["@odata.nextLink"].as_str() {
            Some(next) => link = next.to_owned(),
            None => {
                let link = page["@odata.deltaLink"].as_str().expect("a delta link");
                return (items, link.to_owned());
            }
        }
    }
}

pub(crate) fn ids(items: &[Value]) -> Vec<&str> {
    let ids = items.iter().map(|item| item["id"].as_str().expect("an id"));
    ids.collect()
}

pub(crate) fn lunch() -> Value {
    single("Lunch", "2026-11-11T12:00:00", "2026-11-11T13:00:00")
}

pub(crate) fn gone(id: &str) -> Value {
    json!({ "id": id, "@removed": { "reason": "deleted" } })
}

#[tokio::test]
async fn a_first_round_shows_what_lies_in_the_window() {
    let world = World::new().await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    let lunch = graph.put_event(calendar, lunch());
    let touching = single("Night", "2026-10-31T23:00:00", "2026-11-01T01:00:00");
    let touching = graph.put_event(calendar, touching);
    for (start, end) in [
        ("2026-10-31T23:00:00", "2026-11-01T00:00:00"),
        ("2026-12-01T00:00:00", "2026-12-01T01:00:00"),
    ] {
        graph.put_event(calendar, single("Outside", start, end));
    }
    let deleted = graph.put_event(calendar, self::lunch());
    graph.delete_event(calendar, &deleted);

    let (items, link) = round(&world, None).await;

    assert_eq!(ids(&items), [&lunch, &touching]);
    assert_eq!(items[0], world.event(&lunch, "").await.json());
    let start = format!("http://{HOST}/v1.0/{calendar}/calendarView/delta?$deltatoken=");
    assert!(link.starts_with(&start), "{link}");
    assert_eq!(round(&world, Some(&link)).await.0, Vec::<Value>::new());
}

#[tokio::test]
async fn a_later_round_shows_what_changed() {
    let world = World::new().await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    let [kept, changed, deleted] =
        [lunch(), lunch(), lunch()].map(|event| graph.put_event(calendar, event));
    let (_, link) = round(&world, None).await;

    graph.put_event(calendar, json!({ "id": changed, "subject": "Dinner" }));
    graph.delete_event(calendar, &deleted);
    let added = graph.put_event(calendar, lunch());

    let (items, next) = round(&world, Some(&link)).await;
    assert_eq!(ids(&items), [&changed, &deleted, &added]);
    assert_eq!(items[0]["subject"], "Dinner");
    assert_eq!(items[1], gone(&deleted));
    assert!(!ids(&items).contains(&&*kept));
    assert_eq!(round(&world, Some(&next)).await.0, Vec::<Value>::new());
    assert_eq!(
        round(&world, Some(&link)).await.0,
        items,
        "a round can be asked for again"
    );
}

#[tokio::test]
async fn what_leaves_the_window_or_never_was_in_it_is_removed() {
    let world = World::new().await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    let leaves = graph.put_event(calendar, lunch());
    let outside = single("Outside", "2027-01-05T12:00:00", "2027-01-05T13:00:00");
    let enters = graph.put_event(calendar, outside.clone());
    let (_, link) = round(&world, None).await;

    for (id, month) in [(&leaves, "2027-01"), (&enters, "2026-11")] {
        let day = |hour: u8| at(&format!("{month}-20T{hour}:00:00"), "UTC");
        let moved = json!({ "id": id, "start": day(12), "end": day(13) });
        graph.put_event(calendar, moved);
    }
    let never = graph.put_event(calendar, outside);

    let (items, _) = round(&world, Some(&link)).await;
    assert_eq!(items[0], gone(&leaves));
    assert_eq!(items[1], world.event(&enters, "").await.json());
    assert_eq!(items[2], gone(&never));
}

#[tokio::test]
async fn pages_are_as_large_as_preferred_within_the_limit() {
    let mut settings = Settings::default();
    settings.graph.page_size = 3;
    settings.graph.max_page_size = 4;
    let world = World::with(settings).await;
    world.graph.bulk(&world.calendar, 9);
    let path = format!("{}/calendarView/delta?{WINDOW}", world.calendar);

    let mut sizes = Vec::new();
    for size in ["", ", odata.maxpagesize=2", ", odata.maxpagesize=50"] {
        let page = world
            .get_with(&path, &format!("{PREFER}{size}"))
            .await
            .json();
        assert!(
            page["@odata.nextLink"]
                .as_str()
                .is_some_and(|link| link.contains("?$skiptoken="))
        );
        sizes.push(page["value"].as_array().map(Vec::len));
    }

    assert_eq!(sizes, [Some(3), Some(2), Some(4)]);
    assert_eq!(round(&world, None).await.0.len(), 9);
}

#[tokio::test]
async fn what_changes_while_a_round_is_read_comes_in_the_next() {
    let mut settings = Settings::default();
    settings.graph.page_size = 1;
    let world = World::with(settings).await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    let [first, second] = [lunch(), lunch()].map(|event| graph.put_event(calendar, event));
    let path = format!("{calendar}/calendarView/delta?{WINDOW}");
    let page = world.get(&path).await.json();
    assert_eq!(ids(page["value"].as_array().expect("items")), [&first]);

    graph.delete_event(calendar, &first);
    graph.delete_event(calendar, &second);

    let next = page["@odata.nextLink"].as_str().expect("a link");
    let (_, link) = round(&world, Some(next)).await;
    let (items, _) = round(&world, Some(&link)).await;
    assert_eq!(items, [gone(&first), gone(&second)]);
}

#[tokio::test]
async fn a_window_is_named_in_any_letter_case_and_offset() {
    let world = World::new().await;
    let id = world.graph.put_event(&world.calendar, lunch());

    for window in [
        "startdatetime=2026-11-11T12:30:00&ENDDATETIME=2026-11-11T12:31:00",
        "StartDateTime=2026-11-11T14:30:00%2B02:00&enddatetime=2026-11-11T15:00:00.0000000Z",
    ] {
        let path = format!("{}/calendarView/delta?{window}", world.calendar);
        let page = world.get(&path).await.json();
        assert_eq!(ids(page["value"].as_array().expect("items")), [&id]);
    }
}

#[tokio::test]
async fn other_parameters_are_refused() {
    let world = World::new().await;

    for (query, code) in [
        (format!("{WINDOW}&$select=subject"), "ErrorInvalidUrlQuery"),
        (format!("{WINDOW}&$filter=x"), "ErrorInvalidUrlQuery"),
        (format!("{WINDOW}&$expand=x"), "ErrorInvalidUrlQuery"),
        (format!("{WINDOW}&$orderby=x"), "ErrorInvalidUrlQuery"),
        (format!("{WINDOW}&$deltatoken=x"), "ErrorInvalidUrlQuery"),
        (
            "startDateTime=2026-11-01".to_owned(),
            "ErrorInvalidParameter",
        ),
        (
            "startDateTime=2026-11-02T00:00:00Z&endDateTime=2026-11-01T00:00:00Z".to_owned(),
            "ErrorInvalidTimeInterval",
        ),
        (
            "startDateTime=2020-11-02T00:00:00Z&endDateTime=2026-11-01T00:00:00Z".to_owned(),
            "ErrorCalendarViewRangeTooBig",
        ),
        ("$deltatoken=made-up".to_owned(), "syncStateNotFound"),
        ("$skiptoken=made-up".to_owned(), "syncStateNotFound"),
    ] {
        let path = format!("{}/calendarView/delta?{query}", world.calendar);
        let answer = world.get(&path).await;
        assert_eq!((answer.status, &*answer.code()), (400, code), "{query}");
    }
}

#[tokio::test]
async fn each_calendar_has_its_own_rounds() {
    let mut world = World::new().await;
    let options = CalendarOptions::default();
    let team = world
        .graph
        .add_calendar(&world.mailbox.user_id, "AAMkTeam", options);
    let own = world.graph.put_event(&world.calendar, lunch());
    let other = world.graph.put_event(&team, lunch());

    let (items, link) = round(&world, None).await;
    let foreign = link.replace(&world.calendar, &team);
    let refused = world.get(&foreign).await;
    world.calendar = team;
    let (of_team, _) = round(&world, None).await;

    assert_eq!((ids(&items), ids(&of_team)), (vec![&*own], vec![&*other]));
    assert_eq!(refused.status, 400);
    assert_eq!(world.simulator.violations().len(), 1);
}

#[tokio::test]
async fn a_round_is_shown_as_preferred() {
    let world = World::new().await;
    let mut event = lunch();
    event["body"] = json!({ "contentType": "html", "content": "<b>Soup</b>" });
    world.graph.put_event(&world.calendar, event);
    let path = format!("{}/calendarView/delta?{WINDOW}", world.calendar);
    let prefer = "IdType=\"ImmutableId\", outlook.timezone=\"Tokyo Standard Time\", outlook.body-content-type=\"text\"";

    let page = world.get_with(&path, prefer).await.json();

    let item = &page["value"][0];
    assert_eq!(
        item["start"],
        at("2026-11-11T21:00:00.0000000", "Tokyo Standard Time")
    );
    assert_eq!(item["body"]["content"], "Soup");
    world.get_with(&path, "odata.maxpagesize=5").await;
    assert_eq!(world.simulator.violations().len(), 1);
}
