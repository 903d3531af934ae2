//! The outbox of states: what became of something is written together with it, and announced later.
//!
//! Any item may carry `news` (what to say), `news_at`, `announce_due` and `announce_shard`; the
//! sparse index `announce` of its table finds it. It is announced at least once, and only the
//! newest news is.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::news::News;
use domain::{CalendarKey, ConnectionId, OrganizationId, SubscriptionId, publish, sweep};
use jiff::Timestamp;
use std::collections::HashMap;

use crate::attributes::{CONFLICT_TRIES, Item, from_ms, met_a_transaction, ms, pause, s};
use crate::{Error, SdkConfig};

/// What an update expression sets to have [`announce`]'s values written.
pub(crate) const NEWS: &str = "news = :news, news_at = :news_at, \
     announce_due = :news_at, announce_shard = :announce_shard";

/// Fills in [`NEWS`] for the item of the thing with these bytes as its identifier.
pub(crate) fn announce(
    update: UpdateItemFluentBuilder,
    id: [u8; 16],
    news: News,
    now: Timestamp,
) -> UpdateItemFluentBuilder {
    update
        .expression_attribute_values(":news", s(news.name()))
        .expression_attribute_values(":news_at", ms(now))
        .expression_attribute_values(":announce_shard", s(id[15] % sweep::SHARDS))
}

/// The tables whose items have news.
#[derive(Clone, Debug)]
pub struct Outbox {
    client: Client,
    calendars: String,
    subscriptions: String,
    connections: String,
}

/// Which of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Calendars: whether their push works.
    Calendars,
    /// Subscriptions.
    Subscriptions,
    /// Connections.
    Connections,
}

impl Shelf {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Calendars, Self::Subscriptions, Self::Connections];
}

/// What the news is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A calendar.
    Calendar(CalendarKey),
    /// A subscription, and its calendar if it is one of a calendar.
    Subscription(OrganizationId, SubscriptionId, Option<domain::CalendarId>),
    /// A connection.
    Connection(OrganizationId, ConnectionId),
}

impl About {
    /// Whose it is.
    pub const fn organization(&self) -> OrganizationId {
        match self {
            About::Calendar(key) => key.organization,
            About::Subscription(organization, ..) | About::Connection(organization, _) => {
                *organization
            }
        }
    }
}

/// Something to be announced.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// What became of it.
    pub news: News,
    /// When.
    pub at: Timestamp,
    /// Of what.
    pub about: About,
    place: Place,
}

/// Something that has news, as it was seen.
#[derive(Clone, Debug)]
pub struct Place {
    shelf: Shelf,
    key: HashMap<String, AttributeValue>,
    seen: Timestamp,
}

impl Outbox {
    /// The outbox in these tables.
    pub fn new(
        config: &SdkConfig,
        calendars: String,
        subscriptions: String,
        connections: String,
    ) -> Self {
        Self {
            client: Client::new(config),
            calendars,
            subscriptions,
            connections,
        }
    }

    /// What is overdue in one shard of one table, oldest first, a bounded number.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn overdue(
        &self,
        shelf: Shelf,
        shard: u8,
        now: Timestamp,
    ) -> Result<Vec<Place>, Error> {
        const WHAT: &str = "could not look for news";
        let output = self
            .client
            .query()
            .table_name(self.table(shelf))
            .index_name("announce")
            .key_condition_expression("announce_shard = :shard AND announce_due <= :now")
            .expression_attribute_values(":shard", s(shard))
            .expression_attribute_values(":now", ms(now))
            .limit(sweep::LIMIT)
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        let keys: &[&str] = match shelf {
            Shelf::Calendars => &["calendar", "part"],
            Shelf::Subscriptions => &["subscription"],
            Shelf::Connections => &["organization", "connection"],
        };
        let items = output.items.unwrap_or_default();
        let place = |item: &Item| {
            let parts = keys
                .iter()
                .map(|name| Some(((*name).to_owned(), item.get(*name)?.clone())));
            Some(Place {
                shelf,
                key: parts.collect::<Option<_>>()?,
                seen: from_ms(item.get("announce_due")?.as_n().ok()?.parse().ok()?),
            })
        };
        items
            .iter()
            .map(|item| place(item).ok_or(Error::bare(WHAT)))
            .collect()
    }

    /// Takes over what is overdue, if it is still as overdue as it was seen.
    ///
    /// # Errors
    /// If the table could not be asked, or holds something that this release does not understand.
    pub async fn claim(
        &self,
        place: Place,
        until: Timestamp,
    ) -> Result<Option<Announcement>, Error> {
        let update = self
            .update(&place)
            .update_expression("SET announce_due = :until")
            .condition_expression("announce_due = :seen")
            .expression_attribute_values(":until", ms(until))
            .expression_attribute_values(":seen", ms(place.seen))
            .return_values(ReturnValue::AllNew);
        let Some(item) = send("could not claim news", update).await? else {
            return Ok(None);
        };
        let seen = until;
        let place = Place { seen, ..place };
        read(&item, place)
            .map(Some)
            .ok_or(Error::bare("could not understand news"))
    }

    /// Notes that it was announced, unless there is other news by now.
    ///
    /// # Errors
    /// If the table could not be asked; it is then announced again.
    pub async fn done(&self, announcement: &Announcement) -> Result<(), Error> {
        let place = &announcement.place;
        let update = self
            .update(place)
            .update_expression("REMOVE announce_due")
            .condition_expression("announce_due = :seen")
            .expression_attribute_values(":seen", ms(place.seen));
        send("could not note what was announced", update).await?;
        Ok(())
    }

    fn table(&self, shelf: Shelf) -> &str {
        match shelf {
            Shelf::Calendars => &self.calendars,
            Shelf::Subscriptions => &self.subscriptions,
            Shelf::Connections => &self.connections,
        }
    }

    fn update(&self, place: &Place) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(self.table(place.shelf))
            .set_key(Some(place.key.clone()))
    }
}

/// How long a claim keeps others away.
pub fn claimed_until(now: Timestamp) -> Timestamp {
    now + publish::GRACE
}

fn read(item: &Item, place: Place) -> Option<Announcement> {
    let text = |name: &str| item.get(name)?.as_s().ok();
    let organization = || text("organization")?.parse().ok();
    let about = match place.shelf {
        Shelf::Calendars => About::Calendar(text("calendar")?.parse().ok()?),
        Shelf::Subscriptions => {
            let calendar = match text("kind")?.as_str() {
                "calendar" => Some(text("target")?.parse().ok()?),
                _ => None,
            };
            let id = text("subscription")?.parse().ok()?;
            About::Subscription(organization()?, id, calendar)
        }
        Shelf::Connections => About::Connection(organization()?, text("connection")?.parse().ok()?),
    };
    Some(Announcement {
        news: News::from_name(text("news")?)?,
        at: from_ms(item.get("news_at")?.as_n().ok()?.parse().ok()?),
        about,
        place,
    })
}

/// Sends an update; none if its condition did not hold.
async fn send(what: &'static str, update: UpdateItemFluentBuilder) -> Result<Option<Item>, Error> {
    let mut attempt = 0;
    loop {
        match update.clone().send().await {
            Ok(output) => return Ok(Some(output.attributes.unwrap_or_default())),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(_) => return Ok(None),
                error if met_a_transaction(&error) && attempt < CONFLICT_TRIES => {
                    pause(attempt).await;
                    attempt += 1;
                }
                error => return Err(Error::new(what, error)),
            },
        }
    }
}
