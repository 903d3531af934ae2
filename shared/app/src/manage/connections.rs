//! Connecting, and connecting again.

use aws::Page;
use aws::connections::{Connection, State};
use aws::queue::{Lane, Message, Recovery};
use domain::ConnectionId;
use jiff::{SignedDuration, Timestamp};
use providers::grant::Grant;

use super::{Caller, Management, Refusal};
use crate::grants::Tried;

/// A connection whose grant was just given.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The connection.
    pub connection: Connection,
    /// Whether the provider was asked; none was if it did not answer.
    pub is_checked: bool,
}

impl Management {
    /// The organization's connections.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn list_connections(
        &self,
        caller: &Caller,
        after: Option<ConnectionId>,
        limit: u16,
    ) -> Result<Page<Connection, ConnectionId>, Refusal> {
        let limit = i32::from(limit);
        Ok(self
            .connections
            .list(caller.organization, after, limit)
            .await?)
    }

    /// One connection.
    ///
    /// # Errors
    /// If a dependency failed, or there is no such connection.
    pub async fn connection(
        &self,
        caller: &Caller,
        id: ConnectionId,
    ) -> Result<Connection, Refusal> {
        let found = self.connections.get(caller.organization, id).await?;
        found.ok_or(Refusal::NotFound)
    }

    /// Takes a grant into keeping, once the provider was asked what it is worth.
    ///
    /// A crash after the provider was asked loses a grant that it may have renewed; whoever sent it
    /// got no answer and sends it again, and both providers honour the older one for a while.
    ///
    /// # Errors
    /// If a dependency failed, or the provider refuses the grant.
    pub async fn connect(&self, caller: &Caller, grant: Grant) -> Result<Connected, Refusal> {
        let (grant, is_checked) = self.tried(grant).await?;
        let organization = caller.organization;
        let id = ConnectionId::new(self.ambient.ulid());
        let written = grant.to_json();
        let connection = Connection {
            organization,
            id,
            provider: grant.provider(),
            state: State::Active,
            grant: self.credentials.seal(organization, id, &written).await?,
            created_at: self.ambient.now(),
            recovering_since: None,
        };
        self.connections.put(&connection).await?;
        tracing::info!(%organization, by = %caller.key, connection = %id, is_checked, "connected");
        Ok(Connected {
            connection,
            is_checked,
        })
    }

    /// Replaces a grant, and lets the calendars that waited for it be resumed.
    ///
    /// The mark on the connection is written with the grant, and taken off when the last calendar
    /// was looked at. A crash before the message leaves the mark; whoever asked got no answer and
    /// asks again.
    ///
    /// # Errors
    /// If a dependency failed, there is no such connection, it is another provider's, or the
    /// provider refuses the grant.
    pub async fn reconnect(
        &self,
        caller: &Caller,
        id: ConnectionId,
        grant: Grant,
    ) -> Result<Connected, Refusal> {
        let organization = caller.organization;
        let before = self.connection(caller, id).await?;
        if before.provider != grant.provider() {
            return Err(Refusal::Invalid {
                field: "grant.kind",
                message: format!("this is a connection at {}", before.provider),
            });
        }
        let (grant, is_checked) = self.tried(grant).await?;
        let written = grant.to_json();
        let sealed = self.credentials.seal(organization, id, &written).await?;
        // As precise as it is stored, since the last message compares it.
        let now = self.ambient.now().as_millisecond();
        let since = Timestamp::from_millisecond(now).unwrap_or(Timestamp::MAX);
        let replaced = self
            .connections
            .replace_grant(organization, id, &sealed, before.state, since)
            .await?;
        if !replaced {
            return Err(Refusal::NotFound);
        }
        self.grants.forget(organization, id).await;
        let recovery = Recovery {
            organization,
            connection: id,
            since,
            after: None,
        };
        self.queue
            .send(
                Lane::Interactive,
                &Message::Recover(recovery),
                SignedDuration::ZERO,
            )
            .await?;
        tracing::info!(%organization, by = %caller.key, connection = %id, is_checked, "connected again");
        Ok(Connected {
            connection: self.connection(caller, id).await?,
            is_checked,
        })
    }

    async fn tried(&self, grant: Grant) -> Result<(Grant, bool), Refusal> {
        match self.grants.try_out(grant).await? {
            Tried::Good(grant) => Ok((grant, true)),
            // Taken all the same: the provider's trouble must not stop an import of thousands, and
            // the first run tells what the grant is worth.
            Tried::Unknown(grant) => Ok((grant, false)),
            Tried::Refused(reason) => Err(Refusal::GrantRefused(reason)),
            Tried::Misconfigured(reason) => Err(Refusal::Misconfigured(reason)),
        }
    }
}
