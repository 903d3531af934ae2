//! What operators do to connections.

use domain::news::News;
use domain::{ConnectionId, OrganizationId};
use jiff::Timestamp;

use super::{Connection, Connections, State, bytes, is_done, item};
use crate::attributes::{Item, ms, s};
use crate::credentials::Sealed;
use crate::outbox::{NEWS, announce};
use crate::{Error, Page, page};

impl Connections {
    /// The connections of an organization after `after`.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn list(
        &self,
        organization: OrganizationId,
        after: Option<ConnectionId>,
        limit: i32,
    ) -> Result<Page<Connection, ConnectionId>, Error> {
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("organization = :organization")
            .expression_attribute_values(":organization", s(organization))
            .set_exclusive_start_key(after.map(|id| {
                Item::from([
                    ("organization".to_owned(), s(organization)),
                    ("connection".to_owned(), s(id)),
                ])
            }))
            .limit(limit)
            .send()
            .await
            .map_err(Error::on("could not list connections"))?;
        let items = output.items.unwrap_or_default();
        Ok(Page {
            items: items.iter().map(item::parse).collect::<Result<_, _>>()?,
            next: page::next(output.last_evaluated_key, "connection"),
        })
    }

    /// Replaces a grant by one that a person gave anew, whatever the old one was worth, and notes
    /// that the connection's calendars are to be resumed. That it works again is announced. `false` if there is no such connection.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn replace_grant(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        grant: &Sealed,
        before: State,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut set = "SET #grant = :grant, #state = :active, recovering_since = :now".to_owned();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("organization", s(organization))
            .key("connection", s(id))
            .condition_expression("attribute_exists(#connection)")
            .expression_attribute_names("#connection", "connection")
            .expression_attribute_names("#grant", "grant")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":grant", bytes(grant))
            .expression_attribute_values(":active", s(State::Active.name()))
            .expression_attribute_values(":now", ms(now));
        match before {
            State::Active => {}
            State::ReauthRequired => {
                set = format!("{set}, {NEWS}");
                update = announce(update, id.to_bytes(), News::Recovered, now);
            }
        }
        let update = update.update_expression(set);
        is_done("could not replace a grant", update).await
    }

    /// Notes that all calendars of a connection were resumed, unless its grant was replaced again
    /// since.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn recovered(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        since: Timestamp,
    ) -> Result<bool, Error> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("organization", s(organization))
            .key("connection", s(id))
            .update_expression("REMOVE recovering_since")
            .condition_expression("recovering_since = :since")
            .expression_attribute_values(":since", ms(since));
        is_done("could not note that a connection recovered", update).await
    }
}
