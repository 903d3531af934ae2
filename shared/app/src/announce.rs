//! News of connections, calendars and subscriptions onto the bus: at least once, newest only.

use aws::bus::Bus;
use aws::outbox::{Outbox, Place, Shelf, claimed_until};
use domain::switches::Power;
use futures::{StreamExt, future, stream};
use jiff::Timestamp;

use crate::switches::Switchboard;
use crate::{Ambient, Error, error_chain};

/// Announces states.
#[derive(Clone, Debug)]
pub struct Announcer {
    /// Time and chance.
    pub ambient: Ambient,
    /// What is owed.
    pub outbox: Outbox,
    /// The bus.
    pub bus: Bus,
    /// What operators switched off.
    pub switchboard: Switchboard,
}

/// How many announcements are made at once.
const AT_ONCE: usize = 16;

impl Announcer {
    /// Announces what one shard owes, until `deadline`. Answers with how many were announced and
    /// how many could not be; those are due again in a moment.
    ///
    /// # Errors
    /// If the indexes could not be asked.
    pub async fn announce(&self, shard: u8, deadline: Timestamp) -> Result<(u32, u32), Error> {
        let (mut announced, mut failures) = (0, 0);
        for shelf in Shelf::ALL {
            let now = self.ambient.now();
            let owed = self.outbox.overdue(shelf, shard, now).await?;
            let mut work = stream::iter(owed)
                .take_while(|_| future::ready(self.ambient.now() < deadline))
                .map(|place| self.say(place))
                .buffer_unordered(AT_ONCE);
            while let Some(said) = work.next().await {
                match said {
                    Ok(said) => announced += u32::from(said),
                    Err(error) => {
                        failures += 1;
                        tracing::warn!(error = error_chain(&error), "could not announce a state");
                    }
                }
            }
        }
        Ok((announced, failures))
    }

    /// Claims first, says second, notes last: a crash in between says it twice.
    async fn say(&self, place: Place) -> Result<bool, Error> {
        let until = claimed_until(self.ambient.now());
        let Some(announcement) = self.outbox.claim(place, until).await? else {
            return Ok(false);
        };
        let organization = announcement.about.organization();
        if self.switchboard.of(organization).await.publish == Power::Off {
            return Ok(false);
        }
        if !self.bus.announce(&announcement).await? {
            return Ok(false);
        }
        self.outbox.done(&announcement).await?;
        Ok(true)
    }
}
