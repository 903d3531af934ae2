//! `calwatch token-keys`: what proves to the webhooks that a provider speaks.
//!
//! They are of the whole deployment, so no key of an organization can ask for them.

use anyhow::Context;
use app::rotate::{Inventory, Rotator};
use clap::{Args, Subcommand};
use domain::key_rotation::Refusal;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Status;
use super::place::Whose;
use crate::print::{Table, clock, count, moment};
use crate::terminal::Terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenKeys {
    /// List the keys, and how many subscriptions carry a token of each
    List(List),
    /// Add a key that signs in ten minutes; renewals then carry it everywhere
    Rotate(Change),
    /// Drop the keys that no subscription carries
    Prune(Change),
    /// Take a key away at once, and replace what carries it, a few a second
    ///
    /// For a key that somebody else has. Until they are replaced, its subscriptions are
    /// not heard. The key that signs can not be taken away: rotate first, and wait until
    /// the new one signs. Interrupted, it may be said again.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    #[command(flatten)]
    whose: Whose,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// Its number, as `calwatch token-keys list` shows it
    number: u8,
    #[command(flatten)]
    change: Change,
}

impl TokenKeys {
    /// Does it.
    pub(crate) async fn run(self, json: bool, terminal: &mut Terminal) -> anyhow::Result<Status> {
        let (whose, is_dry) = match &self {
            TokenKeys::List(list) => (&list.whose, false),
            TokenKeys::Rotate(change) | TokenKeys::Prune(change) => (&change.whose, change.dry_run),
            TokenKeys::Revoke(revoke) => (&revoke.change.whose, revoke.change.dry_run),
        };
        let place = whose.place().await?;
        let rotator = lambda::connect_rotator(
            &place.sdk,
            place.secret("token-keys", "TOKEN_KEYS_SECRET_ID")?,
            place.table("subscriptions", "TABLE_SUBSCRIPTIONS")?,
            terminal.ambient.clone(),
        );
        let now = terminal.ambient.now();
        let inventory = rotator.inventory().await;
        let inventory = inventory.context(
            "could not look at the keys; check the AWS credentials, the region and --stack",
        )?;
        match self {
            TokenKeys::List(_) => list(&inventory, now, json, terminal),
            TokenKeys::Rotate(_) => rotate(&rotator, &inventory, is_dry, terminal).await,
            TokenKeys::Prune(_) => prune(&rotator, &inventory, is_dry, terminal).await,
            TokenKeys::Revoke(revoke) => {
                let number = revoke.number;
                revoke_one(&rotator, &inventory, number, is_dry, terminal).await
            }
        }
    }
}

fn list(
    inventory: &Inventory,
    now: Timestamp,
    json: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<Status> {
    if json {
        terminal.line(&documents(inventory, now).to_string())?;
        return Ok(Status::Done);
    }
    for line in table(inventory, now).lines() {
        terminal.line(&line)?;
    }
    Ok(Status::Done)
}

/// When a key begins to sign, if it does not yet.
fn begins(inventory: &Inventory, key: u8, now: Timestamp) -> Option<Timestamp> {
    let (next, from) = inventory.roster.next?;
    (next == key && from > now).then_some(from)
}

fn table(inventory: &Inventory, now: Timestamp) -> Table {
    let signing = inventory.roster.signs(now);
    let mut table = Table::new(["KEY", "SUBSCRIPTIONS", "SIGNS"]);
    for key in &inventory.roster.keys {
        let signs = match begins(inventory, *key, now) {
            Some(from) => format!("from {}", moment(from, now)),
            None if *key == signing => "yes".to_owned(),
            None => "no longer".to_owned(),
        };
        let carried = inventory.carried.get(key).copied().unwrap_or(0);
        table.row([key.to_string(), carried.to_string(), signs]);
    }
    table
}

fn documents(inventory: &Inventory, now: Timestamp) -> Value {
    let signing = inventory.roster.signs(now);
    let keys = inventory.roster.keys.iter().map(|key| {
        json!({
            "key": key,
            "subscriptions": inventory.carried.get(key).copied().unwrap_or(0),
            "signs": *key == signing,
            "signs_from": begins(inventory, *key, now).map(|from| from.to_string()),
        })
    });
    keys.collect()
}

async fn rotate(
    rotator: &Rotator,
    inventory: &Inventory,
    is_dry: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<Status> {
    let now = terminal.ambient.now();
    if is_dry {
        let (_, new) = inventory.roster.rotated(now).map_err(explained)?;
        terminal.note(&format!("Would add key {new}."));
        return Ok(Status::Done);
    }
    let (new, from) = rotator.rotate().await?.map_err(explained)?;
    terminal.note(&format!(
        "Key {new} signs from {}. Keys that nothing carries any more: calwatch token-keys prune",
        moment(from, now)
    ));
    Ok(Status::Done)
}

async fn prune(
    rotator: &Rotator,
    inventory: &Inventory,
    is_dry: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<Status> {
    let now = terminal.ambient.now();
    let (said, keys) = if is_dry {
        let idle = inventory.roster.idle(&inventory.carried, now);
        ("Would drop", idle.into_iter().collect())
    } else {
        ("Dropped", rotator.prune().await?)
    };
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    if keys.is_empty() {
        terminal.note("Every key signs or is carried; there is none to drop.");
    } else {
        terminal.note(&format!("{said} {}.", keys.join(", ")));
    }
    Ok(Status::Done)
}

async fn revoke_one(
    rotator: &Rotator,
    inventory: &Inventory,
    number: u8,
    is_dry: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<Status> {
    if is_dry {
        let now = terminal.ambient.now();
        inventory.roster.without(number, now).map_err(explained)?;
        let carried = inventory.carried.get(&number).copied().unwrap_or(0);
        let carried = count(carried, "subscription");
        terminal.note(&format!(
            "Would take key {number} away, and replace {carried}."
        ));
        return Ok(Status::Done);
    }
    let replaced = rotator.revoke(number).await?.map_err(explained)?;
    let replaced = count(replaced, "subscription");
    terminal.note(&format!(
        "Key {number} is gone. {replaced} will be replaced; calwatch token-keys list counts them."
    ));
    Ok(Status::Done)
}

/// What stands against it, and what to do.
fn explained(refusal: Refusal) -> anyhow::Error {
    match refusal {
        Refusal::UnderWay(from) => {
            anyhow::anyhow!("a new key is on its way; it signs from {}", clock(from))
        }
        Refusal::Unknown => {
            anyhow::anyhow!("there is no such key; `calwatch token-keys list` shows them")
        }
        Refusal::Signs => anyhow::anyhow!(
            "this key signs; `calwatch token-keys rotate` first, and wait until the new one does"
        ),
        Refusal::Full => anyhow::anyhow!(
            "there are as many keys as there can be; `calwatch token-keys prune` first"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use domain::key_rotation::Roster;
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn each_key_is_listed_with_what_it_does() {
        let now: Timestamp = "2026-11-25T05:00:00Z".parse().unwrap();
        let inventory = Inventory {
            roster: Roster {
                keys: BTreeSet::from([1, 2, 3]),
                signing: 2,
                next: Some((3, now + SignedDuration::from_mins(10))),
            },
            carried: BTreeMap::from([(1, 4), (2, 1_200)]),
        };

        assert_eq!(
            table(&inventory, now).lines(),
            [
                "KEY  SUBSCRIPTIONS  SIGNS",
                "1    4              no longer",
                "2    1200           yes",
                "3    0              from 2026-11-25 05:10:00 UTC, in 10 min",
            ]
        );
        assert_eq!(
            documents(&inventory, now)[2],
            json!({ "key": 3, "subscriptions": 0, "signs": false, "signs_from": "2026-11-25T05:10:00Z" })
        );
    }
}
