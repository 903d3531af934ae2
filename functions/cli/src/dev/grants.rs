//! What two people granted, as a file for `connection import`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use providers::grant::Grant;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::world::Consents;

/// Writes what two people granted as somebody has it who moves to calwatch.
pub(super) fn write(file: &Path, consents: &Consents) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut opened = options.open(file)?;
    for (reference, grant) in [
        ("Ada", &consents.personal.google),
        ("Alan", &consents.personal.outlook),
    ] {
        writeln!(opened, "{}", line(reference, grant)?)?;
    }
    Ok(())
}

/// A grant as a line for `connection import`.
fn line(reference: &str, grant: &Grant) -> anyhow::Result<Value> {
    match grant {
        Grant::GoogleRefreshToken { refresh_token } => Ok(json!({
            "reference": reference,
            "kind": "google_refresh_token",
            "refresh_token": refresh_token.expose_secret(),
        })),
        Grant::MicrosoftRefreshToken {
            tenant,
            refresh_token,
        } => Ok(json!({
            "reference": reference,
            "kind": "microsoft_refresh_token",
            "tenant": tenant,
            "refresh_token": refresh_token.expose_secret(),
        })),
        Grant::GoogleServiceAccount { .. } | Grant::MicrosoftTenant { .. } => {
            anyhow::bail!("{reference} gave no refresh token")
        }
    }
}
