//! What operators and product code may ask for, whatever they ask through.
//!
//! Every use case takes the organization of whoever asks, which is never a part of the question,
//! and the identifiers in the question. Whatever belongs to another organization is not found,
//! exactly as if it were not there.
//!
//! | file | use cases |
//! |---|---|
//! | `authenticate.rs` | whose key is this? |
//! | `found.rs` | an organization and its first key |
//! | `keys.rs` | giving and taking keys |
//! | `connections.rs` | connecting, and connecting again |
//! | `recover.rs` | resuming the calendars of a connection that was connected again |
//! | `calendars.rs` | looking at calendars, watching and ending that |
//! | `subscriptions.rs` | looking at subscriptions, replacing and ending them |
//! | `read.rs` | snapshots, changes and runs |
//! | `health.rs` | how an organization is doing |
//! | `switches.rs` | what is switched off |
//! | `once.rs` | the same request twice |

mod authenticate;
mod calendars;
mod connections;
mod found;
mod health;
mod keys;
mod once;
mod read;
mod recover;
mod refusal;
mod subscriptions;
mod switches;

pub use authenticate::{Authenticator, Caller};
pub use aws::Page;
pub use aws::api_keys::ApiKey;
pub use aws::connections::{Connection, State as ConnectionState};
pub use aws::idempotency::{Answer, Request};
pub use aws::organizations::Organization;
pub use aws::runs::Recorded;
pub use calendars::{Action, SeenCalendar};
pub use connections::Connected;
pub use found::Founder;
pub use health::Checkup;
pub use once::{Keep, Once};
pub use providers::grant::Grant;
pub use read::{Changes, Snapshot};
pub use recover::Recoverer;
pub use refusal::Refusal;
pub use subscriptions::SeenSubscription;
pub use switches::SeenSwitches;

use aws::api_keys::ApiKeys;
use aws::calendars::Calendars;
use aws::connections::Connections;
use aws::credentials::Credentials;
use aws::idempotency::Requests;
use aws::mirror::Mirror;
use aws::organizations::Organizations;
use aws::queue::Queue;
use aws::runs::Runs;
use aws::subscriptions::Subscriptions;
use domain::OrganizationId;

use crate::Ambient;
use crate::grants::Grants;
use crate::watch::Watcher;

/// Everything that can be asked for.
#[derive(Clone, Debug)]
pub struct Management {
    /// Time and chance.
    pub ambient: Ambient,
    /// Tenants.
    pub organizations: Organizations,
    /// Their keys.
    pub api_keys: ApiKeys,
    /// Their grants.
    pub connections: Connections,
    /// What seals grants.
    pub credentials: Credentials,
    /// What tries grants out.
    pub grants: Grants,
    /// What begins and ends watches.
    pub watcher: Watcher,
    /// Their calendars.
    pub calendars: Calendars,
    /// Their subscriptions.
    pub subscriptions: Subscriptions,
    /// Rows and entries.
    pub mirror: Mirror,
    /// What runs did.
    pub runs: Runs,
    /// What was asked before.
    pub requests: Requests,
    /// The sync function.
    pub queue: Queue,
}

impl Management {
    /// The organization itself.
    ///
    /// # Errors
    /// If a dependency failed, or the organization is gone.
    pub async fn organization(
        &self,
        organization: OrganizationId,
    ) -> Result<Organization, Refusal> {
        let found = self.organizations.get(organization).await?;
        found.ok_or(Refusal::NotFound)
    }
}
