//! Tenants.
//!
//! Table `organizations`, key `organization`.

use aws_sdk_dynamodb::Client;
use domain::OrganizationId;
use jiff::Timestamp;

use crate::attributes::{n, s};
use crate::{Error, SdkConfig};

/// All organizations.
#[derive(Clone, Debug)]
pub struct Organizations {
    client: Client,
    table: String,
}

impl Organizations {
    /// The organizations in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Writes a new organization.
    ///
    /// # Errors
    /// If the table could not be asked, or has an organization with this identifier.
    pub async fn create(
        &self,
        id: OrganizationId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.client
            .put_item()
            .table_name(&self.table)
            .item("organization", s(id))
            .item("v", n(1))
            .item("name", s(name))
            .item("created_at", s(now))
            .condition_expression("attribute_not_exists(organization)")
            .send()
            .await
            .map_err(Error::on("could not write an organization"))?;
        Ok(())
    }
}
