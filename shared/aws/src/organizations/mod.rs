//! Tenants.
//!
//! Table `organizations`, key `organization`.

mod switches;

pub use switches::Whose;

use aws_sdk_dynamodb::Client;
use domain::OrganizationId;
use jiff::Timestamp;
use serde::Deserialize;

use crate::attributes::{n, read, s};
use crate::{Error, SdkConfig};

/// All organizations.
#[derive(Clone, Debug)]
pub struct Organizations {
    client: Client,
    table: String,
}

/// A tenant.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Which.
    pub id: OrganizationId,
    /// What people call it.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
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

    /// Reads an organization.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn get(&self, id: OrganizationId) -> Result<Option<Organization>, Error> {
        #[derive(Deserialize)]
        struct OrganizationItem {
            name: String,
            created_at: Timestamp,
        }
        let item = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("organization", s(id))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::on("could not read an organization"))?
            .item;
        let Some(item) = item else { return Ok(None) };
        let item: OrganizationItem = read("could not understand an organization", item)?;
        Ok(Some(Organization {
            id,
            name: item.name,
            created_at: item.created_at,
        }))
    }
}
