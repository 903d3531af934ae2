//! The subscriptions of an organization, for people who look at them.

use domain::subscription::Subscription;
use domain::{CalendarId, OrganizationId, SubscriptionId};

use super::{Subscriptions, item};
use crate::attributes::{Item, s};
use crate::{Error, Page, page};

impl Subscriptions {
    /// The subscriptions of an organization after `after`, those of one calendar if it is given.
    /// A page may hold fewer than `limit`, and what was written a moment ago may be missing.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn list(
        &self,
        organization: OrganizationId,
        calendar: Option<CalendarId>,
        after: Option<SubscriptionId>,
        limit: i32,
    ) -> Result<Page<Subscription, SubscriptionId>, Error> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_organization")
            .key_condition_expression("organization = :organization")
            .expression_attribute_values(":organization", s(organization))
            .set_exclusive_start_key(after.map(|id| {
                Item::from([
                    ("organization".to_owned(), s(organization)),
                    ("subscription".to_owned(), s(id)),
                ])
            }))
            .limit(limit);
        if let Some(calendar) = calendar {
            query = query
                .filter_expression("#target = :calendar")
                .expression_attribute_names("#target", "target")
                .expression_attribute_values(":calendar", s(calendar));
        }
        let output = query
            .send()
            .await
            .map_err(Error::on("could not list subscriptions"))?;
        let items = output.items.unwrap_or_default().into_iter();
        Ok(Page {
            items: items.map(item::parse).collect::<Result<_, _>>()?,
            next: page::next(output.last_evaluated_key, "subscription"),
        })
    }
}
