//! A function as Lambda runs it: a process with an environment, a runtime API and an AWS.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;

use crate::cloud::Cloud;
use crate::process;
use crate::runtime_api::{RuntimeApi, Said};
use crate::share::Share;

/// Longer than any figure of interest; whoever takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a function is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The least there can be.
    Hello,
    /// What the others are measured against.
    Floor,
    /// Ours, and it answers notifications.
    Webhook,
    /// Ours, and it works on something else: only its start is measured.
    Worker,
}

/// A function that was built.
#[derive(Debug)]
pub(crate) struct Function {
    /// What it is here for.
    pub(crate) role: Role,
    /// What it is called.
    pub(crate) name: &'static str,
    /// The bytes of its binary.
    pub(crate) size: u64,
    binary: PathBuf,
}

impl Function {
    /// The function with this name among the binaries.
    pub(crate) fn new(built: &Path, name: &'static str, role: Role) -> anyhow::Result<Self> {
        let binary = built.join(name);
        let metadata = binary.metadata();
        let metadata = metadata.with_context(|| format!("{} was not built", binary.display()))?;
        Ok(Self {
            role,
            name,
            size: metadata.len(),
            binary,
        })
    }
}

/// A function that runs.
pub(crate) struct Sandbox {
    api: RuntimeApi,
    child: Child,
    begun: Instant,
    /// From the start of its process to its first question.
    pub(crate) started_in: Duration,
}

/// An answer, and how long it took.
#[derive(Debug)]
pub(crate) struct Answer {
    /// As API Gateway would pass it on.
    pub(crate) status: u64,
    /// Since its process started.
    pub(crate) since_start: Duration,
}

impl Sandbox {
    /// Starts a function and waits for its first question.
    pub(crate) async fn start(function: &Function, cloud: &Cloud) -> anyhow::Result<Self> {
        Self::start_in(function, cloud, None).await
    }

    /// The same with another AWS, and more in its environment.
    pub(crate) async fn start_with(
        function: &Function,
        aws: SocketAddr,
        environment: &[(&str, String)],
    ) -> anyhow::Result<Self> {
        Self::start_as(function, aws, environment, None).await
    }

    /// The same with a share of a CPU.
    pub(crate) async fn start_in(
        function: &Function,
        cloud: &Cloud,
        share: Option<&Share>,
    ) -> anyhow::Result<Self> {
        Self::start_as(function, cloud.address, &[], share).await
    }

    async fn start_as(
        function: &Function,
        aws: SocketAddr,
        environment: &[(&str, String)],
        share: Option<&Share>,
    ) -> anyhow::Result<Self> {
        let api = RuntimeApi::start().await?;
        let mut command = Command::new(&function.binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .env("AWS_ENDPOINT_URL", format!("http://{aws}"))
            .envs(ENVIRONMENT.iter().copied())
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let begun = Instant::now();
        let child = match share {
            Some(share) => share.enter_and(|| command.spawn())?,
            None => command.spawn(),
        };
        let child = child.with_context(|| format!("could not start {}", function.name))?;
        let mut sandbox = Self {
            api,
            child,
            begun,
            started_in: Duration::ZERO,
        };
        match sandbox.hear().await.context(function.name)? {
            Said::Polled(at) => sandbox.started_in = at - begun,
            Said::Answered(..) | Said::Failed(_) => {
                bail!("{} answered before it asked", function.name)
            }
        }
        Ok(sandbox)
    }

    /// Has it work on one message of a queue, which it must acknowledge.
    pub(crate) async fn work(&mut self, event: Bytes) -> anyhow::Result<()> {
        let (_, answer) = self.ask(event).await?;
        let failures = answer["batchItemFailures"].as_array().map_or(0, Vec::len);
        ensure!(failures == 0, "a message was not acknowledged");
        Ok(())
    }

    /// Has it work on one event.
    pub(crate) async fn invoke(&mut self, event: Bytes) -> anyhow::Result<Answer> {
        let (at, answer) = self.ask(event).await?;
        Ok(Answer {
            status: answer["statusCode"].as_u64().unwrap_or_default(),
            since_start: at - self.begun,
        })
    }

    async fn ask(&mut self, event: Bytes) -> anyhow::Result<(Instant, serde_json::Value)> {
        let sent = self.api.events.send(event);
        sent.context("the runtime API is gone")?;
        let (at, answer) = loop {
            match self.hear().await? {
                // The question that this event answers, or an earlier one.
                Said::Polled(_) => {}
                Said::Answered(at, answer) => break (at, answer),
                Said::Failed(_) => bail!("a function failed and answered"),
            }
        };
        let answer = serde_json::from_slice(&answer).context("the answer is no JSON")?;
        Ok((at, answer))
    }

    /// Waits until it has nothing to do.
    pub(crate) async fn settle(&mut self) -> anyhow::Result<()> {
        match self.hear().await? {
            Said::Polled(_) => Ok(()),
            Said::Answered(..) | Said::Failed(_) => bail!("a function answered twice"),
        }
    }

    /// What it has used of a CPU so far.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        process::cpu(self.child.id())
    }

    /// The most memory it ever held, in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        process::memory(self.child.id())
    }

    async fn hear(&mut self) -> anyhow::Result<Said> {
        let heard = tokio::time::timeout(PATIENCE, self.api.said.recv()).await;
        match heard.context("a function is stuck")? {
            Some(Said::Failed(why)) => {
                bail!("a function failed: {}", String::from_utf8_lossy(&why))
            }
            Some(said) => Ok(said),
            None => bail!("the runtime API is gone"),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What every function is given; each reads what it needs.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("AWS_LAMBDA_FUNCTION_NAME", "calwatch-bench"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "bench"),
    ("AWS_SECRET_ACCESS_KEY", "bench"),
    ("AWS_SESSION_TOKEN", "bench"),
    ("WEBHOOK_DOMAIN", "https://calwatch.example"),
    ("GOOGLE_OAUTH_SECRET_ID", "google-oauth-client"),
    ("MICROSOFT_OAUTH_SECRET_ID", "microsoft-oauth-client"),
    ("TOKEN_KEYS_SECRET_ID", "token-keys"),
    ("KMS_KEY_ID", "credentials"),
    ("TABLE_CALENDARS", "calendars"),
    ("TABLE_SUBSCRIPTIONS", "subscriptions"),
    ("TABLE_NOTIFICATIONS", "notifications"),
    ("TABLE_EVENTS", "events"),
    ("TABLE_CHANGES", "changes"),
    ("TABLE_CONNECTIONS", "connections"),
    ("TABLE_ORGANIZATIONS", "organizations"),
    ("TABLE_RUNS", "runs"),
    ("TABLE_DEAD_LETTERS", "dead-letters"),
    ("TABLE_MAILBOXES", "mailboxes"),
    ("TABLE_API_KEYS", "api-keys"),
    ("TABLE_IDEMPOTENCY", "idempotency"),
    (
        "QUEUE_INTERACTIVE_URL",
        "http://127.0.0.1/queue/interactive",
    ),
    ("QUEUE_BULK_URL", "http://127.0.0.1/queue/bulk"),
    (
        "QUEUE_DEAD_LETTERS_URL",
        "http://127.0.0.1/queue/dead-letters",
    ),
    ("EVENT_BUS_NAME", "calwatch"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_that_must_be_set_is() {
        let set = |name: &str| ENVIRONMENT.iter().any(|variable| variable.0 == name);
        let missing: Vec<&str> = lambda::config::VARIABLES
            .iter()
            .filter(|variable| variable.default.is_none() && !set(variable.name))
            .map(|variable| variable.name)
            .collect();

        assert!(missing.is_empty(), "{missing:?}");
    }
}
