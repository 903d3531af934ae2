//! An organization and its first key: the one thing that no key can ask for.

use aws::api_keys::{ApiKey, ApiKeys};
use aws::organizations::Organizations;
use domain::api_key::{Key, Scope};
use domain::{ApiKeyId, OrganizationId};

use crate::{Ambient, Error};

/// Founds organizations. Whoever has the tables may.
#[derive(Clone, Debug)]
pub struct Founder {
    /// Time and chance.
    pub ambient: Ambient,
    /// Tenants.
    pub organizations: Organizations,
    /// Their keys.
    pub api_keys: ApiKeys,
}

impl Founder {
    /// Creates an organization and a key that may do everything in it. After a crash in between
    /// there is an organization that nobody has a key to, which harms nobody.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn found(&self, name: &str) -> Result<(OrganizationId, Key), Error> {
        let now = self.ambient.now();
        let id = OrganizationId::new(self.ambient.ulid());
        self.organizations.create(id, name, now).await?;
        let key = self.give(id, "first", Scope::Admin).await?;
        Ok((id, key))
    }

    /// Gives an organization another key. For who lost the last one.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn give(
        &self,
        organization: OrganizationId,
        name: &str,
        scope: Scope,
    ) -> Result<Key, Error> {
        let key = Key::new(ApiKeyId::new(self.ambient.ulid()), self.ambient.secret());
        let stored = ApiKey {
            id: key.id,
            organization,
            name: name.to_owned(),
            scope,
            created_at: self.ambient.now(),
        };
        self.api_keys.create(&stored, &key.hash()).await?;
        Ok(key)
    }
}
