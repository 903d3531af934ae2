//! Second act: what people do at both providers, and what product code hears.

use super::scene::{Calendars, Scene};
use super::show;
use super::world::{Draft, Moment};

pub(super) const CREATED: &str = "calendar.event.created";
pub(super) const UPDATED: &str = "calendar.event.updated";
const DELETED: &str = "calendar.event.deleted";

/// When the second and the third stand-up are.
const SECOND: Moment = Moment { days: 2, hour: 9 };
const THIRD: Moment = Moment { days: 3, hour: 9 };

/// One change after the other, each at both providers at once, and each waited for.
pub(super) async fn play(scene: &Scene, calendars: &Calendars) -> anyhow::Result<()> {
    let world = &scene.world;
    let empty = &calendars.empty;
    show::act("2  People change events", "On the bus");

    let lunch = Draft::meeting("Lunch", 1, 12);
    let lunches = scene
        .change(empty, "A lunch is created", CREATED, |at| {
            world.create(at, &lunch)
        })
        .await?;
    let later = Draft::meeting("Lunch", 1, 13);
    scene
        .change(empty, "... moved by an hour", UPDATED, |at| {
            world.rewrite(at, lunches.of(at.provider), &later)
        })
        .await?;
    scene
        .change(empty, "... deleted", DELETED, |at| {
            world.delete(at, lunches.of(at.provider))
        })
        .await?;

    let daily = Draft::meeting("Stand-up", 1, 9).daily();
    let series = scene
        .change(empty, "A stand-up, every day", CREATED, |at| {
            world.create(at, &daily)
        })
        .await?;
    let later = Moment { hour: 10, ..SECOND };
    scene
        .change(empty, "... the second is moved", CREATED, |at| {
            world.move_occurrence(at, series.of(at.provider), SECOND, later)
        })
        .await?;
    scene
        .change(empty, "... the third cancelled", DELETED, |at| {
            world.cancel_occurrence(at, series.of(at.provider), THIRD)
        })
        .await?;

    let off = Draft::all_day("Off", 3);
    scene
        .change(&calendars.full, "A whole day off", CREATED, |at| {
            world.create(at, &off)
        })
        .await?;
    Ok(())
}
