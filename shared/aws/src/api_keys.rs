//! Keys of the management API: of each the hash of what proves it, and whom it belongs to.
//!
//! Table `api_keys`, key `api_key`; index `by_organization`. A key that is taken away is deleted.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::api_key::{Hash, Scope};
use domain::{ApiKeyId, OrganizationId};
use jiff::Timestamp;
use serde::Deserialize;

use crate::attributes::{Item, n, read, s};
use crate::{Error, Page, SdkConfig, page};

/// The keys of all organizations.
#[derive(Clone, Debug)]
pub struct ApiKeys {
    client: Client,
    table: String,
}

/// A key, without what proves it.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// Which.
    pub id: ApiKeyId,
    /// Whose.
    pub organization: OrganizationId,
    /// What people call it.
    pub name: String,
    /// What it allows.
    pub scope: Scope,
    /// When it was given.
    pub created_at: Timestamp,
}

impl ApiKeys {
    /// The keys in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Writes a new key.
    ///
    /// # Errors
    /// If the table could not be asked, or has a key with this identifier.
    pub async fn create(&self, key: &ApiKey, hash: &Hash) -> Result<(), Error> {
        self.client
            .put_item()
            .table_name(&self.table)
            .item("api_key", s(key.id))
            .item("v", n(1))
            .item("organization", s(key.organization))
            .item("name", s(&key.name))
            .item("scope", s(key.scope.name()))
            .item("hash", AttributeValue::B(Blob::new(hash.as_bytes())))
            .item("created_at", s(key.created_at))
            .condition_expression("attribute_not_exists(api_key)")
            .send()
            .await
            .map_err(Error::on("could not write a key"))?;
        Ok(())
    }

    /// Reads a key and the hash of what proves it.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn get(&self, id: ApiKeyId) -> Result<Option<(ApiKey, Hash)>, Error> {
        let Some(item) = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("api_key", s(id))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::on("could not read a key"))?
            .item
        else {
            return Ok(None);
        };
        let hash = item
            .get("hash")
            .and_then(|value| value.as_b().ok()?.as_ref().try_into().ok())
            .ok_or(Error::bare("could not understand a key"))?;
        Ok(Some((parse(item)?, Hash::from_bytes(hash))))
    }

    /// The keys of an organization after `after`. One that was given a moment ago may be missing.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn list(
        &self,
        organization: OrganizationId,
        after: Option<ApiKeyId>,
        limit: i32,
    ) -> Result<Page<ApiKey, ApiKeyId>, Error> {
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_organization")
            .key_condition_expression("organization = :organization")
            .expression_attribute_values(":organization", s(organization))
            .set_exclusive_start_key(after.map(|id| {
                Item::from([
                    ("organization".to_owned(), s(organization)),
                    ("api_key".to_owned(), s(id)),
                ])
            }))
            .limit(limit)
            .send()
            .await
            .map_err(Error::on("could not list keys"))?;
        let keys = output.items.unwrap_or_default().into_iter().map(parse);
        Ok(Page {
            items: keys.collect::<Result<_, _>>()?,
            next: page::next(output.last_evaluated_key, "api_key"),
        })
    }

    /// Takes a key away. `false` if the organization has no such key.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn delete(&self, organization: OrganizationId, id: ApiKeyId) -> Result<bool, Error> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("api_key", s(id))
            .condition_expression("organization = :organization")
            .expression_attribute_values(":organization", s(organization))
            .send()
            .await;
        match deleted {
            Ok(_) => Ok(true),
            Err(error) => match error.into_service_error() {
                DeleteItemError::ConditionalCheckFailedException(_) => Ok(false),
                error => Err(Error::new("could not delete a key", error)),
            },
        }
    }
}

#[derive(Deserialize)]
struct KeyItem {
    api_key: String,
    organization: String,
    name: String,
    scope: String,
    created_at: Timestamp,
}

fn parse(item: Item) -> Result<ApiKey, Error> {
    const WHAT: &str = "could not understand a key";
    let item: KeyItem = read(WHAT, item)?;
    Ok(ApiKey {
        id: item.api_key.parse().map_err(Error::on(WHAT))?,
        organization: item.organization.parse().map_err(Error::on(WHAT))?,
        name: item.name,
        scope: Scope::from_name(&item.scope).ok_or(Error::bare(WHAT))?,
        created_at: item.created_at,
    })
}
