//! Organizations and their grants.

use aws::connections::{Connection, Connections, State};
use aws::credentials::Credentials;
use aws::organizations::Organizations;
use domain::{ConnectionId, OrganizationId, Provider};
use providers::grant::Grant;

use crate::{Ambient, Error};

/// Creates organizations and takes grants into keeping.
#[derive(Clone, Debug)]
pub struct Connector {
    /// Time and chance.
    pub ambient: Ambient,
    /// Tenants.
    pub organizations: Organizations,
    /// Their grants.
    pub connections: Connections,
    /// What seals them.
    pub credentials: Credentials,
}

impl Connector {
    /// Creates an organization.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn create_organization(&self, name: &str) -> Result<OrganizationId, Error> {
        let id = OrganizationId::new(self.ambient.ulid());
        self.organizations
            .create(id, name, self.ambient.now())
            .await?;
        Ok(id)
    }

    /// Takes a grant into keeping: sealed first, stored second, never in clear.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn connect(
        &self,
        organization: OrganizationId,
        provider: Provider,
        grant: &Grant,
    ) -> Result<ConnectionId, Error> {
        let id = ConnectionId::new(self.ambient.ulid());
        let sealed = self
            .credentials
            .seal(organization, id, &grant.to_json())
            .await?;
        self.connections
            .put(&Connection {
                organization,
                id,
                provider,
                state: State::Active,
                grant: sealed,
                created_at: self.ambient.now(),
                recovering_since: None,
            })
            .await?;
        Ok(id)
    }
}
