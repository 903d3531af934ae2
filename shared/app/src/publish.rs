//! Entries onto the bus: at least once, in order of `seq`, up to the first refusal.

use aws::bus::Bus;
use aws::mirror::Mirror;
use domain::CalendarKey;
use domain::change::Change;
use domain::publish;
use domain::switches::Power;
use jiff::Timestamp;

use crate::switches::Switchboard;
use crate::{Ambient, Error};

/// Puts entries on the bus.
#[derive(Clone, Debug)]
pub struct Publisher {
    /// Time and chance.
    pub ambient: Ambient,
    /// The feed.
    pub mirror: Mirror,
    /// The bus.
    pub bus: Bus,
    /// What operators switched off.
    pub switchboard: Switchboard,
}

impl Publisher {
    /// Publishes what is owed, until `deadline`. What is left keeps its `pub_due`.
    ///
    /// # Errors
    /// If a dependency failed; what was put is noted before.
    pub async fn publish(&self, key: CalendarKey, deadline: Timestamp) -> Result<u64, Error> {
        let Some(feed) = self.mirror.feeds().get(key).await? else {
            return Ok(0);
        };
        self.walk(key, feed.published_seq, &[], deadline).await
    }

    /// Publishes entries after `published`: those in memory first, if they are the next ones, then
    /// what the table holds.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    pub async fn publish_new(
        &self,
        key: CalendarKey,
        published: u64,
        entries: &[Change],
        deadline: Timestamp,
    ) -> Result<u64, Error> {
        let adjoins = entries
            .first()
            .is_some_and(|entry| entry.seq == published + 1);
        let entries = if adjoins { entries } else { &[] };
        self.walk(key, published, entries, deadline).await
    }

    async fn walk(
        &self,
        key: CalendarKey,
        published: u64,
        in_memory: &[Change],
        deadline: Timestamp,
    ) -> Result<u64, Error> {
        // What is not put stays due.
        if self.switchboard.of(key.organization).await.publish == Power::Off {
            return Ok(0);
        }
        let mut put = published;
        let mut rest = in_memory;
        let mut result = Ok(());
        while self.ambient.now() < deadline {
            let stored;
            let next = if in_memory.is_empty() {
                let limit = i32::try_from(publish::ENTRIES).expect("ten");
                stored = self.mirror.entries(key, put, limit).await?;
                &stored[..]
            } else {
                rest
            };
            if next.is_empty() {
                break;
            }
            match self.bus.put(key, next).await {
                Ok(0) => break,
                Ok(taken) => {
                    // The last entry actually put, never a reread `last_seq`.
                    put = next[taken - 1].seq;
                    rest = rest.get(taken..).unwrap_or_default();
                }
                Err(error) => {
                    result = Err(error.into());
                    break;
                }
            }
        }
        self.mirror.feeds().mark_published(key, put).await?;
        result.map(|()| put - published)
    }
}
