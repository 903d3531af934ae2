//! Both items of calendars at once, for people who look at them.
//!
//! Table `calendars`, index `by_organization`: keys only, so that an inbox's many updates do not
//! touch it. What is shown is read from the items themselves, consistently.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::inbox::{Inbox, Source};
use domain::reading::Feed;
use domain::{CalendarId, CalendarKey, OrganizationId};
use jiff::Timestamp;

use crate::attributes::{CONFLICT_TRIES, Item, from_ms, pause, s};
use crate::{Error, Page, SdkConfig, feed, inbox, page};

/// How many calendars DynamoDB reads at once: a hundred items, and a calendar is two.
const AT_ONCE: usize = 50;

/// The calendars of all organizations.
#[derive(Clone, Debug)]
pub struct Calendars {
    client: Client,
    table: String,
}

/// A calendar, whole.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Which.
    pub key: CalendarKey,
    /// Where it comes from.
    pub source: Source,
    /// What it owes.
    pub inbox: Inbox,
    /// How far it got.
    pub feed: Feed,
    /// When it is read next although nobody asks.
    pub poll_at: Option<Timestamp>,
}

impl Calendars {
    /// The calendars in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Reads a calendar.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn get(&self, key: CalendarKey) -> Result<Option<Calendar>, Error> {
        Ok(self.read(&[key]).await?.pop())
    }

    /// An organization's calendars after `after`. One that was created a moment ago may be missing.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn list(
        &self,
        organization: OrganizationId,
        after: Option<CalendarId>,
        limit: i32,
    ) -> Result<Page<Calendar, CalendarId>, Error> {
        const WHAT: &str = "could not list calendars";
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_organization")
            .key_condition_expression("organization = :organization")
            .expression_attribute_values(":organization", s(organization))
            .set_exclusive_start_key(after.map(|calendar| {
                let key = CalendarKey {
                    organization,
                    calendar,
                };
                Item::from([
                    ("organization".to_owned(), s(organization)),
                    ("calendar".to_owned(), s(key)),
                    ("part".to_owned(), s("inbox")),
                ])
            }))
            .limit(limit)
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        let mut keys = Vec::new();
        for item in output.items.unwrap_or_default() {
            let key = item.get("calendar").and_then(|value| value.as_s().ok());
            let key = key.ok_or(Error::bare(WHAT))?;
            keys.push(key.parse().map_err(Error::on(WHAT))?);
        }
        Ok(Page {
            items: self.read(&keys).await?,
            next: page::next(output.last_evaluated_key, "calendar")
                .map(|key: CalendarKey| key.calendar),
        })
    }

    /// These calendars as they are now, in their order; what is gone is left out.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn read(&self, keys: &[CalendarKey]) -> Result<Vec<Calendar>, Error> {
        let mut items = HashMap::new();
        for some in keys.chunks(AT_ONCE) {
            self.read_some(some, &mut items).await?;
        }
        let mut calendars = Vec::with_capacity(keys.len());
        for key in keys {
            let inbox = items.remove(&(key.to_string(), "inbox".to_owned()));
            let feed = items.remove(&(key.to_string(), "feed".to_owned()));
            let (Some(inbox), Some(feed)) = (inbox, feed) else {
                continue;
            };
            let (inbox, source) = inbox::parse(inbox)?;
            calendars.push(Calendar {
                key: *key,
                source,
                inbox,
                poll_at: poll_at(&feed),
                feed: feed::parse(feed)?,
            });
        }
        Ok(calendars)
    }

    async fn read_some(
        &self,
        keys: &[CalendarKey],
        items: &mut HashMap<(String, String), Item>,
    ) -> Result<(), Error> {
        const WHAT: &str = "could not read calendars";
        let keys = keys.iter().flat_map(|key| {
            ["inbox", "feed"].map(|part| {
                Item::from([
                    ("calendar".to_owned(), s(key)),
                    ("part".to_owned(), s(part)),
                ])
            })
        });
        let mut wanted = Some(
            KeysAndAttributes::builder()
                .set_keys(Some(keys.collect()))
                .consistent_read(true)
                .build()
                .map_err(Error::on(WHAT))?,
        );
        let mut attempt = 0;
        while let Some(keys) = wanted.take() {
            let output = self
                .client
                .batch_get_item()
                .request_items(&self.table, keys)
                .send()
                .await
                .map_err(Error::on(WHAT))?;
            let found = output.responses.unwrap_or_default().remove(&self.table);
            for item in found.unwrap_or_default() {
                let text = |name: &str| item.get(name)?.as_s().ok().cloned();
                if let (Some(calendar), Some(part)) = (text("calendar"), text("part")) {
                    items.insert((calendar, part), item);
                }
            }
            // DynamoDB answers with part of what was asked when it is busy.
            wanted = output
                .unprocessed_keys
                .and_then(|mut keys| keys.remove(&self.table));
            if wanted.is_some() {
                if attempt == CONFLICT_TRIES {
                    return Err(Error::bare("the calendars table is too busy"));
                }
                pause(attempt).await;
                attempt += 1;
            }
        }
        Ok(())
    }
}

fn poll_at(feed: &Item) -> Option<Timestamp> {
    feed.get("poll_at")?.as_n().ok()?.parse().ok().map(from_ms)
}
