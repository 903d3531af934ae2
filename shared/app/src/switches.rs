//! What operators switched off, believed for half a minute.

use std::collections::HashMap;
use std::sync::Arc;

use aws::organizations::Organizations;
use domain::OrganizationId;
use domain::switches::Switches;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::{Ambient, error_chain};

/// How long what was read is believed.
const BELIEVED: SignedDuration = SignedDuration::from_secs(30);

/// How many organizations one sandbox remembers; more begin anew.
const REMEMBERED: usize = 4_096;

/// The switches that count.
#[derive(Clone, Debug)]
pub struct Switchboard {
    ambient: Ambient,
    organizations: Organizations,
    read: Arc<Mutex<HashMap<OrganizationId, (Switches, Timestamp)>>>,
}

impl Switchboard {
    /// The switches in this table.
    pub fn new(ambient: Ambient, organizations: Organizations) -> Self {
        Self {
            ambient,
            organizations,
            read: Arc::default(),
        }
    }

    /// What counts for an organization. A table that can not be asked switches nothing off: what
    /// was read last counts on, or else everything is on.
    pub async fn of(&self, organization: OrganizationId) -> Switches {
        let now = self.ambient.now();
        let mut read = self.read.lock().await;
        let last = read.get(&organization).copied();
        if let Some((switches, at)) = last
            && now < at + BELIEVED
        {
            return switches;
        }
        let switches = match self.organizations.switches(organization).await {
            Ok((own, everybodys)) => own.and(everybodys),
            Err(error) => {
                tracing::warn!(
                    error = error_chain(&error),
                    "the switches could not be read"
                );
                last.map(|(switches, _)| switches).unwrap_or_default()
            }
        };
        if read.len() >= REMEMBERED {
            read.clear();
        }
        read.insert(organization, (switches, now));
        switches
    }
}
