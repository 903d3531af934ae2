//! Where a stack keeps things, for the commands that no key can ask for.

use std::path::PathBuf;

use aws::{Haste, SdkConfig};
use clap::Args;

use crate::dev::Stack;

/// Which stack. Its tables and secrets are called after it.
#[derive(Debug, Args)]
pub(super) struct Whose {
    /// The stack on AWS, with the credentials and the region of the shell
    #[arg(long, value_name = "STACK", default_value = "calwatch")]
    stack: String,
    /// The local stack that this file describes, instead
    #[arg(long, value_name = "FILE", conflicts_with = "stack")]
    local: Option<PathBuf>,
}

/// A stack, and a way into its services.
#[derive(Debug)]
pub(super) struct Place {
    /// The way in.
    pub(super) sdk: SdkConfig,
    /// What it is called.
    name: String,
    /// Its description, if it is a local one.
    local: Option<Stack>,
}

impl Whose {
    /// Finds it.
    pub(super) async fn place(&self) -> anyhow::Result<Place> {
        let name = self.stack.clone();
        let Some(file) = &self.local else {
            return Ok(Place {
                sdk: aws::configuration(Haste::Working).await,
                name,
                local: None,
            });
        };
        let stack = Stack::read(file)?;
        Ok(Place {
            sdk: aws::configuration_for(stack.account()?),
            name,
            local: Some(stack),
        })
    }
}

impl Place {
    /// The name of a table: the stack's and its own, or what the functions are told by `variable`.
    pub(super) fn table(&self, own: &str, variable: &str) -> anyhow::Result<String> {
        self.told(variable, format!("{}-{own}", self.name))
    }

    /// The name of a secret, likewise.
    pub(super) fn secret(&self, own: &str, variable: &str) -> anyhow::Result<String> {
        self.told(variable, format!("{}/{own}", self.name))
    }

    /// Where its API is, and the Host header that leads there, if that is known.
    pub(super) fn api(&self) -> Option<(String, String)> {
        let stack = self.local.as_ref()?;
        Some((stack.endpoint.clone(), stack.api_host.clone()))
    }

    fn told(&self, variable: &str, otherwise: String) -> anyhow::Result<String> {
        match &self.local {
            Some(stack) => stack.required(variable),
            None => Ok(otherwise),
        }
    }
}
