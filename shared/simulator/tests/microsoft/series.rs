//! Series: their occurrences, exceptions and cancellations, as single reads show them.

use serde_json::{Value, json};

use crate::world::{World, at, weekly};

const BOTH: &str = "?$select=subject,start,type,seriesMasterId,originalStart,occurrenceId,\
    cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences";

#[tokio::test]
async fn a_series_lists_what_became_of_its_occurrences() {
    let world = World::new().await;
    let series = world.graph.put_event(&world.calendar, weekly());
    let (calendar, graph) = (&world.calendar, &world.graph);
    graph.cancel_occurrence(calendar, &series, "2026-11-19T09:30:00Z");
    let moved = graph.move_occurrence(
        calendar,
        &series,
        "2026-11-12T09:30:00Z",
        "2026-11-12T11:00:00Z",
        "2026-11-12T11:15:00Z",
    );

    let master = world.event(&series, BOTH).await.json();

    assert_eq!(
        master["cancelledOccurrences"],
        json!([format!("OID.{series}.2026-11-19")])
    );
    let exception = &master["exceptionOccurrences"][0];
    assert_eq!(exception["start"], at("2026-11-12T11:00:00.0000000", "UTC"));
    assert_eq!(exception["originalStart"], "2026-11-12T09:30:00Z");
    assert_eq!(
        exception["occurrenceId"],
        json!(format!("OID.{series}.2026-11-12"))
    );
    assert_eq!(
        (&exception["id"], &exception["type"]),
        (&json!(moved), &json!("exception"))
    );
    assert_eq!(exception["body"], Value::Null, "the same selection");
}

#[tokio::test]
async fn both_lists_come_only_when_they_are_asked_for() {
    let world = World::new().await;
    let series = world.graph.put_event(&world.calendar, weekly());

    let whole = world.event(&series, "").await.json();
    let selected = "?$select=cancelledOccurrences,exceptionOccurrences";
    let selected = world.event(&series, selected).await.json();

    assert_eq!(whole.get("cancelledOccurrences"), None);
    assert_eq!(selected["cancelledOccurrences"], json!([]));
    assert_eq!(selected.get("exceptionOccurrences"), None);
}

#[tokio::test]
async fn an_occurrence_can_be_read_until_it_is_cancelled() {
    let world = World::new().await;
    let series = world.graph.put_event(&world.calendar, weekly());
    let change = json!({ "subject": "Changed" });
    let (calendar, graph) = (&world.calendar, &world.graph);
    let id = graph.change_occurrence(calendar, &series, "2026-11-12", change);

    let changed = world.event(&id, "").await.json();
    let change = json!({ "id": series, "showAs": "free" });
    graph.put_event(calendar, change);
    let inherits = world.event(&id, "").await.json();
    graph.cancel_occurrence(calendar, &series, "2026-11-12");
    let cancelled = world.event(&id, "").await;

    assert_eq!(changed["subject"], "Changed");
    assert_eq!(changed["seriesMasterId"], json!(series));
    assert_eq!(changed["start"], at("2026-11-12T09:30:00.0000000", "UTC"));
    assert_eq!(
        (&inherits["subject"], &inherits["showAs"]),
        (&json!("Changed"), &json!("free"))
    );
    assert_eq!(cancelled.status, 404);
}

#[tokio::test]
async fn a_changed_occurrence_changes_its_series_too() {
    let world = World::new().await;
    let series = world.graph.put_event(&world.calendar, weekly());
    let before = world.event(&series, "").await.json();

    let id = world.graph.change_occurrence(
        &world.calendar,
        &series,
        "2026-11-12",
        json!({ "subject": "Changed" }),
    );

    let after = world.event(&series, "").await.json();
    let exception = world.event(&id, "").await.json();
    assert_ne!(before["@odata.etag"], after["@odata.etag"]);
    assert_ne!(exception["@odata.etag"], after["@odata.etag"]);
    assert_eq!(after["subject"], "Team stand-up");
}

#[tokio::test]
async fn another_rule_or_start_wipes_the_exceptions() {
    let world = World::new().await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    for change in [
        json!({ "recurrence": { "pattern": { "type": "daily", "interval": 1 }, "range": { "type": "noEnd" } } }),
        json!({ "start": at("2026-11-05T09:00:00", "GMT Standard Time") }),
    ] {
        let series = graph.put_event(calendar, weekly());
        graph.cancel_occurrence(calendar, &series, "2026-11-12");
        graph.change_occurrence(calendar, &series, "2026-11-19", json!({ "subject": "x" }));

        let harmless = json!({ "id": series, "subject": "Renamed" });
        graph.put_event(calendar, harmless);
        let kept = world.event(&series, BOTH).await.json();
        let mut change = change;
        change["id"] = json!(series);
        graph.put_event(calendar, change);
        let wiped = world.event(&series, BOTH).await.json();

        assert_eq!(
            kept["cancelledOccurrences"].as_array().map(Vec::len),
            Some(1)
        );
        assert_eq!(
            kept["exceptionOccurrences"].as_array().map(Vec::len),
            Some(1)
        );
        assert_eq!(wiped["cancelledOccurrences"], json!([]));
        assert_eq!(wiped["exceptionOccurrences"], json!([]));
    }
}

#[tokio::test]
async fn dates_are_those_of_the_series_zone() {
    let world = World::new().await;
    let event = json!({
        "start": at("2026-11-03T08:00:00", "Tokyo Standard Time"),
        "end": at("2026-11-03T09:00:00", "Tokyo Standard Time"),
        "recurrence": { "pattern": { "type": "daily", "interval": 1 }, "range": { "type": "numbered", "numberOfOccurrences": 3 } },
    });
    let series = world.graph.put_event(&world.calendar, event);

    world
        .graph
        .cancel_occurrence(&world.calendar, &series, "2026-11-03T23:00:00Z");

    let master = world.event(&series, BOTH).await.json();
    assert_eq!(
        master["cancelledOccurrences"],
        json!([format!("OID.{series}.2026-11-04")])
    );
}

#[tokio::test]
#[should_panic(expected = "does not occur on 2026-11-13")]
async fn what_does_not_occur_cannot_be_cancelled() {
    let world = World::new().await;
    let series = world.graph.put_event(&world.calendar, weekly());

    world
        .graph
        .cancel_occurrence(&world.calendar, &series, "2026-11-13");
}

#[tokio::test]
async fn the_truth_is_what_full_reads_return() {
    let world = World::new().await;
    let (calendar, graph) = (&world.calendar, &world.graph);
    let series = graph.put_event(calendar, weekly());
    let id = graph.change_occurrence(calendar, &series, "2026-11-12", json!({ "subject": "x" }));
    graph.cancel_occurrence(calendar, &series, "2026-11-19");
    let lunch = graph.storm(calendar, None, 1);
    let gone = graph.storm(calendar, None, 1);
    graph.delete_event(calendar, &gone);

    let truth = graph.truth(calendar);

    assert_eq!(truth.len(), 2);
    let (mut master, single) = (truth[0].clone(), &truth[1]);
    let prefer = "IdType=\"ImmutableId\", outlook.body-content-type=\"text\"";
    let read = async |id: &str| {
        let path = format!("{calendar}/events/{id}");
        world.get_with(&path, prefer).await.json()
    };
    assert_eq!(*single, read(&lunch).await);
    let fields = master.as_object_mut().expect("an object");
    let cancelled = fields.remove("cancelledOccurrences");
    let exceptions = fields.remove("exceptionOccurrences").expect("exceptions");
    assert_eq!(cancelled, Some(json!([format!("OID.{series}.2026-11-19")])));
    assert_eq!(master, read(&series).await);
    let mut exception = exceptions[0].clone();
    let fields = exception.as_object_mut().expect("an object");
    assert_eq!(
        fields.remove("originalStart"),
        Some(json!("2026-11-12T09:30:00Z"))
    );
    assert_eq!(
        fields.remove("occurrenceId"),
        Some(json!(format!("OID.{series}.2026-11-12")))
    );
    assert_eq!(exception, read(&id).await);
}
