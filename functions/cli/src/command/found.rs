//! `calwatch org create`: the one command that no key can ask for, so it goes to the tables.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::Status;
use super::place::{Place, Whose};
use crate::global::Global;
use crate::print::facts;
use crate::profile::Profile;
use crate::terminal::Terminal;

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Its name, which people see
    name: String,
    #[command(flatten)]
    whose: Whose,
    /// Keep URL and key in the profile, and do not print the key
    #[arg(long)]
    save: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Create {
    /// Does it.
    pub(crate) async fn run(
        self,
        global: &Global,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Status> {
        let name = self.name.trim().to_owned();
        anyhow::ensure!(!name.is_empty(), "an organization needs a name");
        let place = self.whose.place().await?;
        let organizations = place.table("organizations", "TABLE_ORGANIZATIONS")?;
        let api_keys = place.table("api-keys", "TABLE_API_KEYS")?;
        // Before anything is created: a key that can not be kept would be lost.
        let profile = if self.save {
            Some(self.profile(global, &place, terminal)?)
        } else {
            None
        };
        if self.dry_run {
            terminal.note(&format!(
                "Would create {name} in the table {organizations}."
            ));
            return Ok(Status::Done);
        }
        let founder = lambda::connect_founder(
            &place.sdk,
            organizations,
            api_keys,
            terminal.ambient.clone(),
        );
        let founded = founder.found(&name).await;
        let (organization, key) = founded.context(
            "could not create the organization; check the AWS credentials, the region and --stack",
        )?;
        let kept = match profile {
            Some((file, mut profile)) => {
                profile.key = Some(key.write().into());
                let written = profile.write(&file);
                if written.is_err() {
                    // It exists, so somebody must get it.
                    terminal.line(&key.write())?;
                }
                written?;
                Some(file)
            }
            None => None,
        };
        if global.json {
            let secret = kept.is_none().then(|| key.write());
            let document = json!({
                "id": organization.to_string(),
                "name": name,
                "key_id": key.id.to_string(),
                "key": secret,
            });
            terminal.line(&document.to_string())?;
            return Ok(Status::Done);
        }
        let shown = match &kept {
            Some(file) => format!("kept in {}", file.display()),
            None => key.write(),
        };
        for line in facts(&[
            ("Organization", organization.to_string()),
            ("Name", name),
            ("Admin key", shown),
        ]) {
            terminal.line(&line)?;
        }
        if kept.is_none() {
            terminal.note("This is the only time that the key is shown; keep it now.");
        }
        Ok(Status::Done)
    }

    /// The file to keep the key in, and everything else that belongs there.
    fn profile(
        &self,
        global: &Global,
        place: &Place,
        terminal: &Terminal,
    ) -> anyhow::Result<(PathBuf, Profile)> {
        let file = global.profile_file(terminal)?;
        let kept = Profile::read(&file)?.unwrap_or_default();
        anyhow::ensure!(
            kept.key.is_none(),
            "{} holds a key, which may be the only one of its organization; \
             say --profile and another file, or remove it",
            file.display()
        );
        let (url, host) = match place.api() {
            Some((url, host)) => (url, Some(host)),
            None => {
                let url = global.url.clone().or(kept.url);
                let url = url.context("say --url URL as well, so that it is kept with the key")?;
                (url, global.host.clone())
            }
        };
        crate::address::origin(&url)?;
        let profile = Profile {
            url: Some(url),
            host,
            key: None,
        };
        Ok((file, profile))
    }
}
