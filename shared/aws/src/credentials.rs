//! Grants, encrypted by KMS. Organization and connection are the encryption context, so a grant
//! copied into another tenant's row can not be opened.

use std::fmt;

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use domain::{ConnectionId, OrganizationId};
use secrecy::{ExposeSecret, SecretString};

use crate::{Error, SdkConfig};

/// Seals and opens grants.
#[derive(Clone, Debug)]
pub struct Credentials {
    client: Client,
    key: String,
}

/// A grant as it is stored.
#[derive(Clone)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// What was stored.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What is stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed]")
    }
}

impl Credentials {
    /// Seals with this KMS key.
    pub fn new(config: &SdkConfig, key: String) -> Self {
        Self {
            client: Client::new(config),
            key,
        }
    }

    /// Encrypts a grant for its place.
    ///
    /// # Errors
    /// If KMS could not be asked.
    pub async fn seal(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        grant: &SecretString,
    ) -> Result<Sealed, Error> {
        let output = self
            .client
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new(grant.expose_secret().as_bytes()))
            .encryption_context("organization", organization.to_string())
            .encryption_context("connection", connection.to_string())
            .send()
            .await
            .map_err(Error::on("could not encrypt a grant"))?;
        let bytes = output
            .ciphertext_blob
            .ok_or(Error::bare("KMS answered without a ciphertext"))?;
        Ok(Sealed(bytes.into_inner()))
    }

    /// Decrypts a grant found in this place.
    ///
    /// # Errors
    /// If KMS could not be asked, or the grant was sealed for another place.
    pub async fn open(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        grant: &Sealed,
    ) -> Result<SecretString, Error> {
        const WHAT: &str = "could not decrypt a grant";
        let output = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(grant.as_bytes()))
            .encryption_context("organization", organization.to_string())
            .encryption_context("connection", connection.to_string())
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        let bytes = output.plaintext.ok_or(Error::bare(WHAT))?.into_inner();
        String::from_utf8(bytes)
            .map(SecretString::from)
            .map_err(|_| Error::bare("a decrypted grant is not text"))
    }
}
