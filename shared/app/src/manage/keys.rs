//! Giving and taking keys.

use aws::Page;
use aws::api_keys::ApiKey;
use domain::ApiKeyId;
use domain::api_key::{Key, Scope};

use super::{Caller, Management, Refusal};

impl Management {
    /// The organization's keys.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn list_keys(
        &self,
        caller: &Caller,
        after: Option<ApiKeyId>,
        limit: u16,
    ) -> Result<Page<ApiKey, ApiKeyId>, Refusal> {
        let limit = i32::from(limit);
        Ok(self
            .api_keys
            .list(caller.organization, after, limit)
            .await?)
    }

    /// Gives a key. It is shown this once.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn create_key(
        &self,
        caller: &Caller,
        name: &str,
        scope: Scope,
    ) -> Result<(ApiKey, Key), Refusal> {
        let key = Key::new(ApiKeyId::new(self.ambient.ulid()), self.ambient.secret());
        let stored = ApiKey {
            id: key.id,
            organization: caller.organization,
            name: name.to_owned(),
            scope,
            created_at: self.ambient.now(),
        };
        self.api_keys.create(&stored, &key.hash()).await?;
        tracing::info!(organization = %caller.organization, by = %caller.key, key = %key.id, "gave a key");
        Ok((stored, key))
    }

    /// Takes a key away. Sandboxes that know it believe it for a minute more.
    ///
    /// # Errors
    /// If a dependency failed, there is no such key, or it is the caller's own: whoever takes that
    /// away by mistake could not undo it.
    pub async fn revoke_key(&self, caller: &Caller, id: ApiKeyId) -> Result<(), Refusal> {
        if id == caller.key {
            return Err(Refusal::Conflict(
                "this is the key that asks; use another admin key to revoke it".to_owned(),
            ));
        }
        if !self.api_keys.delete(caller.organization, id).await? {
            return Err(Refusal::NotFound);
        }
        tracing::info!(organization = %caller.organization, by = %caller.key, key = %id, "took a key away");
        Ok(())
    }
}
