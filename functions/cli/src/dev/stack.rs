//! The local stack, from the file that `infra/local/stack.py` writes.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;

/// A running stack.
#[derive(Debug, Deserialize)]
pub(crate) struct Stack {
    /// Where it answers.
    pub(crate) endpoint: String,
    /// The Host header that leads to the API.
    pub(crate) api_host: String,
    /// Where it keeps its state between two runs, if it does.
    #[serde(default)]
    pub(crate) state: Option<std::path::PathBuf>,
    /// What its functions are told, and how to get in.
    environment: BTreeMap<String, String>,
}

impl Stack {
    /// Reads the file.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| {
            format!(
                "could not read {}; `make run` starts a stack",
                file.display()
            )
        })?;
        serde_json::from_str(&text).with_context(|| {
            format!(
                "{} does not describe a stack that was deployed",
                file.display()
            )
        })
    }

    /// One of the functions' environment variables.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    /// The same, for what can not be missing.
    pub(crate) fn required(&self, name: &str) -> anyhow::Result<String> {
        self.variable(name)
            .with_context(|| format!("the file of the stack does not say {name}"))
    }

    /// The way into its services.
    pub(crate) fn account(&self) -> anyhow::Result<aws::Account> {
        Ok(aws::Account {
            endpoint: self.endpoint.clone(),
            region: self.required("AWS_REGION")?,
            access_key_id: self.required("AWS_ACCESS_KEY_ID")?,
            secret_access_key: self.required("AWS_SECRET_ACCESS_KEY")?.into(),
        })
    }

    /// Where its functions look for both providers, which is where the simulator must listen.
    pub(crate) fn providers(&self) -> anyhow::Result<SocketAddr> {
        let url = self.required("GOOGLE_API_BASE_URL")?;
        let outlook = self.required("MICROSOFT_GRAPH_BASE_URL")?;
        if outlook != url {
            bail!(
                "the functions of this stack look for Google at {url} and for Outlook at {outlook}, \
                 and one simulator can not be both"
            );
        }
        let port = url
            .strip_prefix("http://127.0.0.1:")
            .and_then(|port| port.parse().ok());
        match port {
            Some(port) => Ok((Ipv4Addr::LOCALHOST, port).into()),
            None => bail!(
                "the functions of this stack look for its providers at {url}, \
                 which can not be simulated"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(google: &str, outlook: &str) -> Stack {
        let text = serde_json::json!({
            "pid": 7,
            "endpoint": "http://127.0.0.1:4566",
            "api_host": "abc.execute-api.localhost:4566",
            "environment": {
                "GOOGLE_API_BASE_URL": google,
                "MICROSOFT_GRAPH_BASE_URL": outlook,
                "AWS_REGION": "us-east-1",
            },
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn the_simulator_listens_where_the_functions_look_for_the_providers() {
        let here = "http://127.0.0.1:8090";

        let address = stack(here, here).providers().unwrap();

        assert_eq!(address.to_string(), "127.0.0.1:8090");
    }

    #[test]
    fn a_stack_that_talks_to_real_providers_is_refused() {
        let there = "https://www.googleapis.com";

        let error = stack(there, there).providers().unwrap_err();

        assert_eq!(
            error.to_string(),
            "the functions of this stack look for its providers at https://www.googleapis.com, \
             which can not be simulated"
        );
    }

    #[test]
    fn a_stack_that_talks_to_one_real_provider_is_refused() {
        let error = stack("http://127.0.0.1:8090", "https://graph.microsoft.com")
            .providers()
            .unwrap_err();

        assert_eq!(
            error.to_string(),
            "the functions of this stack look for Google at http://127.0.0.1:8090 and for Outlook \
             at https://graph.microsoft.com, and one simulator can not be both"
        );
    }

    #[test]
    fn a_file_without_credentials_is_named_as_such() {
        let here = "http://127.0.0.1:1";

        let error = stack(here, here).account().unwrap_err();

        assert_eq!(
            error.to_string(),
            "the file of the stack does not say AWS_ACCESS_KEY_ID"
        );
    }
}
