//! The shape of a connection as it is stored.

use domain::Provider;

use super::{Connection, State};
use crate::Error;
use crate::attributes::{Item, from_ms};
use crate::credentials::Sealed;

pub(super) fn parse(item: &Item) -> Result<Connection, Error> {
    const WHAT: &str = "could not understand a connection";
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let unreadable = || Error::bare(WHAT);
    let id = |name: &str| text(name).ok_or_else(unreadable);
    let state = match text("state").map(String::as_str) {
        Some("active") => State::Active,
        Some("reauth_required") => State::ReauthRequired,
        _ => return Err(unreadable()),
    };
    let grant = item
        .get("grant")
        .and_then(|value| value.as_b().ok())
        .ok_or_else(unreadable)?;
    Ok(Connection {
        organization: id("organization")?.parse().map_err(Error::on(WHAT))?,
        id: id("connection")?.parse().map_err(Error::on(WHAT))?,
        provider: text("provider")
            .and_then(|slug| Provider::from_slug(slug))
            .ok_or_else(unreadable)?,
        state,
        grant: Sealed::from_bytes(grant.as_ref().to_vec()),
        created_at: text("created_at")
            .and_then(|text| text.parse().ok())
            .ok_or_else(unreadable)?,
        recovering_since: item
            .get("recovering_since")
            .and_then(|value| value.as_n().ok()?.parse().ok())
            .map(from_ms),
    })
}
