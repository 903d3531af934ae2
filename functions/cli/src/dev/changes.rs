//! Second act: what people do in Google, and what product code hears.

use serde_json::json;

use super::scene::{Calendars, Scene};
use super::show;
use super::world::{ADA, GRACE};

pub(super) const CREATED: &str = "calendar.event.created";
pub(super) const UPDATED: &str = "calendar.event.updated";
const DELETED: &str = "calendar.event.deleted";

/// Google lets whoever creates an event choose its id.
const LUNCH: &str = "lunchwithada";
const STANDUP: &str = "dailystandup";

/// One change after the other, each waited for.
pub(super) async fn play(scene: &Scene, calendars: &Calendars) -> anyhow::Result<()> {
    let world = &scene.world;
    let grace = &calendars.grace;
    show::act("2  People change events", "On the bus");

    let mut lunch = world.meeting("Lunch", 1, 12);
    lunch["id"] = json!(LUNCH);
    scene
        .change(grace, "Grace creates a lunch", CREATED, |google| {
            google.put_event(GRACE, lunch)
        })
        .await?;
    let mut later = world.meeting("Lunch", 1, 13);
    later["id"] = json!(LUNCH);
    scene
        .change(grace, "... moves it by an hour", UPDATED, |google| {
            google.put_event(GRACE, later)
        })
        .await?;
    scene
        .change(grace, "... deletes it", DELETED, |google| {
            google.delete_event(GRACE, LUNCH);
            LUNCH.to_owned()
        })
        .await?;

    let mut standup = world.meeting("Stand-up", 1, 9);
    standup["id"] = json!(STANDUP);
    standup["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=10"]);
    scene
        .change(grace, "Grace creates a daily stand-up", CREATED, |google| {
            google.put_event(GRACE, standup)
        })
        .await?;
    let (start, end) = (world.at(2, 10), world.at(2, 11));
    scene
        .change(grace, "... moves the second one", CREATED, |google| {
            google.move_occurrence(GRACE, STANDUP, &world.at(2, 9), (&start, &end))
        })
        .await?;
    scene
        .change(grace, "... cancels the third one", DELETED, |google| {
            google.cancel_occurrence(GRACE, STANDUP, &world.at(3, 9))
        })
        .await?;

    scene
        .change(&calendars.ada, "Ada takes a day off", CREATED, |google| {
            google.put_event(ADA, world.all_day("Off", 3))
        })
        .await?;
    Ok(())
}
