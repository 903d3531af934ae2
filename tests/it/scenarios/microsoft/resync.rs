//! A lost state, in every way that Graph has of saying so: everything is read anew.

use simulator::{Fault, SyncStateForm};

use super::clean;
use crate::events_of::meeting;
use crate::scenarios::scene::{feed, rows, said_since, settled_from_nothing, titled};

#[tokio::test]
async fn every_form_of_a_lost_state_is_rebuilt_in_place() {
    for form in [
        SyncStateForm::Gone,
        SyncStateForm::GoneWithLocation,
        SyncStateForm::BadRequest,
        SyncStateForm::ResyncRequired,
    ] {
        let (world, key) = clean().await;
        let ids: Vec<String> = (0..10)
            .map(|n| world.put(meeting(&format!("Event {n}"))))
            .collect();
        settled_from_nothing(&world, key).await;
        let said = said_since(&world, key).await.len();

        world.google.fault(Fault::LoseSyncState { form });
        world.delete(&ids[3]);
        world.put(titled(&ids[5], "Changed"));
        world.put(meeting("New"));
        settled_from_nothing(&world, key).await;

        assert_eq!(feed(&world, key).await.rebuild, 2, "{form:?}");
        assert_eq!(rows(&world, key).await.len(), 10, "{form:?}");
        let mut said = said_since(&world, key).await.split_off(said);
        said.sort_unstable();
        assert_eq!(
            said,
            ["event.created", "event.deleted", "event.updated"],
            "{form:?}"
        );
    }
}
