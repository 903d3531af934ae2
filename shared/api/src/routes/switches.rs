//! Switches.

use axum::extract::State;
use bytes::Bytes;
use domain::switches::{Ingest, Power, Turn};

use super::{Answer, ok};
use crate::Api;
use crate::caller::{Operator, Viewer};
use crate::documents::{AllSwitches, Problem, SwitchesChange};
use crate::fields::Fields;

/// What is switched off
#[utoipa::path(
    get, path = "/switches", tag = "switches",
    security(("key" = ["viewer"])),
    responses((status = 200, body = AllSwitches), (status = "default", body = Problem))
)]
pub(crate) async fn switches(State(api): State<Api>, Viewer(caller): Viewer) -> Answer {
    let seen = api.management.switches(&caller).await?;
    ok(&AllSwitches::from(seen))
}

/// Switch something off or on; it takes half a minute, and nothing is lost
#[utoipa::path(
    put, path = "/switches", tag = "switches", request_body = SwitchesChange,
    security(("key" = ["operator"])),
    responses((status = 200, body = AllSwitches), (status = "default", body = Problem))
)]
pub(crate) async fn turn_switches(
    State(api): State<Api>,
    Operator(caller): Operator,
    body: Bytes,
) -> Answer {
    let mut fields = Fields::of_body(&body)?;
    let ingest = [Ingest::On, Ingest::RecordOnly].map(|it| (it.name(), it));
    let power = [Power::On, Power::Off].map(|it| (it.name(), it));
    let turn = Turn {
        ingest: fields.optional_choice("ingest", &ingest),
        sync: fields.optional_choice("sync", &power),
        publish: fields.optional_choice("publish", &power),
    };
    if turn.ingest.is_none() && turn.sync.is_none() && turn.publish.is_none() {
        fields.wrong("ingest", "give at least one of ingest, sync and publish");
    }
    let turn = fields.finish(Some(turn))?;
    let seen = api.management.turn(&caller, turn).await?;
    ok(&AllSwitches::from(seen))
}
