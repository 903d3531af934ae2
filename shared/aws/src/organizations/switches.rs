//! Switches: an organization's on its own item, everybody's on an item called `everywhere`.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::OrganizationId;
use domain::switches::{Ingest, Power, Switches, Turn};

use super::Organizations;
use crate::Error;
use crate::attributes::{Item, s};

/// The name of everybody's item, which no organization can have.
const EVERYWHERE: &str = "everywhere";

/// Whose switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// One organization's.
    Of(OrganizationId),
    /// Everybody's.
    Everywhere,
}

impl Organizations {
    /// An organization's switches, and everybody's.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn switches(
        &self,
        organization: OrganizationId,
    ) -> Result<(Switches, Switches), Error> {
        const WHAT: &str = "could not read switches";
        let key = |name: String| Item::from([("organization".to_owned(), s(name))]);
        let keys = KeysAndAttributes::builder()
            .keys(key(organization.to_string()))
            .keys(key(EVERYWHERE.to_owned()))
            .projection_expression("organization, ingest, #sync, publish")
            .expression_attribute_names("#sync", "sync")
            .build()
            .map_err(Error::on(WHAT))?;
        let output = self
            .client
            .batch_get_item()
            .request_items(&self.table, keys)
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        let unread = output.unprocessed_keys.unwrap_or_default();
        if !unread.is_empty() {
            return Err(Error::bare(WHAT));
        }
        let (mut own, mut everybodys) = (Switches::default(), Switches::default());
        let mut found = output.responses.unwrap_or_default();
        for item in found.remove(&self.table).unwrap_or_default() {
            let is_everybodys = item
                .get("organization")
                .and_then(|it| it.as_s().ok())
                .is_some_and(|name| name == EVERYWHERE);
            let read = parse(&item).ok_or(Error::bare("could not understand switches"))?;
            if is_everybodys {
                everybodys = read;
            } else {
                own = read;
            }
        }
        Ok((own, everybodys))
    }

    /// Turns switches. `false` if there is no such organization.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn turn(&self, whose: Whose, turn: Turn) -> Result<bool, Error> {
        let (name, condition) = match whose {
            Whose::Of(organization) => (
                organization.to_string(),
                Some("attribute_exists(organization)"),
            ),
            Whose::Everywhere => (EVERYWHERE.to_owned(), None),
        };
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("organization", s(name))
            .set_condition_expression(condition.map(str::to_owned));
        let mut set = Vec::new();
        let turned = [
            ("ingest", turn.ingest.map(Ingest::name)),
            ("sync", turn.sync.map(Power::name)),
            ("publish", turn.publish.map(Power::name)),
        ];
        for (switch, value) in turned {
            if let Some(value) = value {
                set.push(format!("#{switch} = :{switch}"));
                update = update
                    .expression_attribute_names(format!("#{switch}"), switch)
                    .expression_attribute_values(format!(":{switch}"), s(value));
            }
        }
        if set.is_empty() {
            return Ok(true);
        }
        let update = update.update_expression(format!("SET {}", set.join(", ")));
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(_) => Ok(false),
                error => Err(Error::new("could not turn switches", error)),
            },
        }
    }
}

/// Reads an item's switches; one that is not there is on.
fn parse(item: &Item) -> Option<Switches> {
    let text = |name: &str| item.get(name).map(|value| value.as_s().map(String::as_str));
    let power = |name: &str| match text(name) {
        Some(value) => Power::from_name(value.ok()?),
        None => Some(Power::On),
    };
    Some(Switches {
        ingest: match text("ingest") {
            Some(value) => Ingest::from_name(value.ok()?)?,
            None => Ingest::On,
        },
        sync: power("sync")?,
        publish: power("publish")?,
    })
}
