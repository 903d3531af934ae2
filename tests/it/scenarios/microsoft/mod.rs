//! What only Microsoft does: windows that move, series in one piece, mailboxes with a limit, grants
//! that change hands, and one subscription for all.

mod grants;
mod mailbox;
mod moves;
mod pages;
mod resync;
mod series;
mod shared;
mod subscriptions;
mod window;

use domain::{CalendarKey, Provider};
use simulator::{GraphSettings, Settings};
use testkit::World;

use crate::scenarios::scene;

/// A world with a clean main calendar of Microsoft's.
async fn clean() -> (World, CalendarKey) {
    scene::clean(Provider::Microsoft).await
}

/// The same, with a Graph of one's choice.
async fn clean_with(graph: GraphSettings) -> (World, CalendarKey) {
    scene::clean_with(Provider::Microsoft, of(graph)).await
}

fn of(graph: GraphSettings) -> Settings {
    Settings {
        graph,
        ..Settings::default()
    }
}
