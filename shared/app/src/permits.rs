//! Permission to ask a mailbox, where its provider answers only so many requests at once.

use aws::mailboxes::{Mailboxes, Stay};
use domain::inbox::Source;
use jiff::Timestamp;
use providers::calendar::mailbox;

use crate::{Ambient, Error, error_chain};

/// Gives permits, over all sandboxes.
#[derive(Clone, Debug)]
pub struct Permits {
    /// Time and chance.
    pub ambient: Ambient,
    /// Who asks whom.
    pub mailboxes: Mailboxes,
}

/// Whether a run may ask.
#[derive(Debug)]
pub enum Entry {
    /// The provider does not limit it.
    Unlimited,
    /// It may make one request at a time.
    Permitted(Permit),
    /// Others are asking.
    Crowded,
}

/// One run's slot at a mailbox.
#[derive(Clone, Debug)]
pub struct Permit {
    mailbox: String,
    owner: String,
    until: Timestamp,
    slot: usize,
}

impl Permit {
    fn stay(&self) -> Stay<'_> {
        Stay {
            mailbox: &self.mailbox,
            owner: &self.owner,
            until: self.until,
        }
    }
}

impl Permits {
    /// Asks for a permit until the invocation ends.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn enter(
        &self,
        source: &Source,
        owner: &str,
        until: Timestamp,
    ) -> Result<Entry, Error> {
        let Some(mailbox) = mailbox(source.provider, &source.external_id) else {
            return Ok(Entry::Unlimited);
        };
        let mut permit = Permit {
            mailbox,
            owner: owner.to_owned(),
            until,
            slot: 0,
        };
        // By chance, so that two that start together seldom want the same.
        let first = usize::from(self.ambient.ulid().to_bytes()[15]);
        let now = self.ambient.now();
        let entered = self.mailboxes.enter(&permit.stay(), first, now).await?;
        Ok(match entered {
            Some(slot) => {
                permit.slot = slot;
                Entry::Permitted(permit)
            }
            None => Entry::Crowded,
        })
    }

    /// Takes the rest of the mailbox as well, for requests that count as several at once. `false`
    /// if others are asking.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn widen(&self, permit: &Permit) -> Result<bool, Error> {
        let now = self.ambient.now();
        let stay = permit.stay();
        Ok(self.mailboxes.enter_rest(&stay, permit.slot, now).await?)
    }

    /// Gives the rest of the mailbox back.
    pub async fn narrow(&self, permit: &Permit) {
        let left = self.mailboxes.leave_rest(&permit.stay(), permit.slot).await;
        forgive(left);
    }

    /// Gives the permit back.
    pub async fn leave(&self, permit: &Permit) {
        let left = self.mailboxes.leave(&permit.stay(), permit.slot).await;
        forgive(left);
    }
}

/// What is not given back is free again when the invocation had to be over.
fn forgive(left: Result<(), aws::Error>) {
    if let Err(error) = left {
        tracing::warn!(
            error = error_chain(&error),
            "could not give a mailbox's slot back",
        );
    }
}
