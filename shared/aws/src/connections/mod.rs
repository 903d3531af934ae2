//! Grants at providers, each encrypted for its organization and connection.
//!
//! Table `connections`, key `organization` + `connection`.

mod item;
mod manage;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::news::News;
use domain::{ConnectionId, OrganizationId, Provider};
use jiff::{SignedDuration, Timestamp};

use crate::attributes::{ms, n, s};
use crate::credentials::Sealed;
use crate::outbox::{NEWS, announce};
use crate::{Error, SdkConfig};

/// The connections of all organizations.
#[derive(Clone, Debug)]
pub struct Connections {
    client: Client,
    table: String,
}

/// One grant at one provider.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The tenant.
    pub organization: OrganizationId,
    /// The connection.
    pub id: ConnectionId,
    /// Where.
    pub provider: Provider,
    /// Whether the grant works, as far as we know.
    pub state: State,
    /// The grant.
    pub grant: Sealed,
    /// When it was connected.
    pub created_at: Timestamp,
    /// When its grant was replaced, while its calendars are still being resumed.
    pub recovering_since: Option<Timestamp>,
}

/// Whether a grant works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It did when it was last used.
    Active,
    /// The provider does not honour it any more; a person must connect again.
    ReauthRequired,
}

impl State {
    /// The name in items and towards readers.
    pub const fn name(self) -> &'static str {
        match self {
            State::Active => "active",
            State::ReauthRequired => "reauth_required",
        }
    }
}

impl Connections {
    /// The connections in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Writes a connection, over an earlier one.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn put(&self, connection: &Connection) -> Result<(), Error> {
        self.client
            .put_item()
            .table_name(&self.table)
            .item("organization", s(connection.organization))
            .item("connection", s(connection.id))
            .item("v", n(1))
            .item("provider", s(connection.provider))
            .item("state", s(connection.state.name()))
            .item("grant", bytes(&connection.grant))
            .item("created_at", s(connection.created_at))
            .send()
            .await
            .map_err(Error::on("could not write a connection"))?;
        Ok(())
    }

    /// Reads a connection.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn get(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
    ) -> Result<Option<Connection>, Error> {
        self.client
            .get_item()
            .table_name(&self.table)
            .key("organization", s(organization))
            .key("connection", s(id))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::on("could not read a connection"))?
            .item
            .as_ref()
            .map(item::parse)
            .transpose()
    }

    /// Replaces a grant by the one that its use yielded, if it is still the one that was used.
    /// `false` if somebody else was faster, whose grant is as good.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn renew(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        used: &Sealed,
        renewed: &Sealed,
    ) -> Result<bool, Error> {
        let update = self
            .update_holding(organization, id, used)
            .update_expression("SET #grant = :renewed")
            .expression_attribute_values(":renewed", bytes(renewed));
        is_done("could not keep a renewed grant", update).await
    }

    /// Notes whether a grant works, unless it was replaced meanwhile. `false` if it was. What is
    /// news is announced.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn set_state(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        grant: &Sealed,
        (before, state): (State, State),
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut update = self
            .update_holding(organization, id, grant)
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", s(state.name()));
        let mut set = "SET #state = :state".to_owned();
        if before != state {
            let news = match state {
                State::Active => News::Recovered,
                State::ReauthRequired => News::ReauthRequired,
            };
            set = format!("{set}, {NEWS}");
            update = announce(update, id.to_bytes(), news, now);
        }
        is_done(
            "could not note a connection's state",
            update.update_expression(set),
        )
        .await
    }

    /// Notes that a connection's subscriptions are compared with the provider's. `false` if that
    /// was done within the last `every`.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn note_reaping(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        every: SignedDuration,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("organization", s(organization))
            .key("connection", s(id))
            .update_expression("SET reaped_at = :now")
            .condition_expression(
                "attribute_exists(#grant) \
                 AND (attribute_not_exists(reaped_at) OR reaped_at <= :before)",
            )
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_names("#grant", "grant")
            .expression_attribute_values(":before", ms(now - every));
        is_done("could not note when subscriptions were compared", update).await
    }

    /// A change of a connection that still has this grant.
    fn update_holding(
        &self,
        organization: OrganizationId,
        id: ConnectionId,
        grant: &Sealed,
    ) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("organization", s(organization))
            .key("connection", s(id))
            .condition_expression("#grant = :held")
            .expression_attribute_names("#grant", "grant")
            .expression_attribute_values(":held", bytes(grant))
    }
}

/// `false` if the condition did not hold.
async fn is_done(what: &'static str, update: UpdateItemFluentBuilder) -> Result<bool, Error> {
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error) => match error.into_service_error() {
            UpdateItemError::ConditionalCheckFailedException(_) => Ok(false),
            error => Err(Error::new(what, error)),
        },
    }
}

fn bytes(sealed: &Sealed) -> AttributeValue {
    AttributeValue::B(Blob::new(sealed.as_bytes()))
}
