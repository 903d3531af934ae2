//! `calwatch test-webhook`: is a stranger turned away, and does a handshake come back?

use std::fmt;

use anyhow::Context;
use clap::Args;
use domain::callback::Callback;
use domain::{OrganizationId, Provider};
use providers::probe::{Probe, probes};
use serde_json::json;

use super::Status;
use crate::client::{Client, Heard};
use crate::global::Global;
use crate::print::{Table, cut};
use crate::terminal::Terminal;

#[derive(Debug, Args)]
pub(crate) struct TestWebhook {
    /// In the name of this provider only
    #[arg(long, value_name = "PROVIDER", value_parser = ["google", "microsoft"])]
    provider: Option<String>,
}

/// What is wrong with an answer.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Status { expected: u16, found: u16 },
    Text,
    ContentType,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Status { expected, found } => {
                write!(f, "should be answered {expected}, and was answered {found}")
            }
            Wrong::Text => f.write_str("did not come back as it was sent"),
            Wrong::ContentType => f.write_str("did not come back as plain text with nosniff"),
        }
    }
}

impl TestWebhook {
    /// Does it.
    pub(crate) async fn run(
        self,
        global: &Global,
        terminal: &mut Terminal,
    ) -> anyhow::Result<Status> {
        let known = global.known(terminal)?;
        let url = known.url.context("where is the webhook? Say --url URL")?;
        let client = Client::new(&url, known.host, None, terminal.ambient.clone())?;
        // Nobody's: the address of a forgery decides nothing.
        let nobody = OrganizationId::new(terminal.ambient.ulid());
        let mut table = Table::new(["PROVIDER", "SENT", "ANSWER", "VERDICT"]);
        let mut all_is_well = true;
        for probe in probes() {
            let provider = probe.provider;
            if self
                .provider
                .as_ref()
                .is_some_and(|only| only != provider.slug())
            {
                continue;
            }
            let heard = client
                .stranger(&path(provider, nobody, &probe), &probe)
                .await?;
            let wrong = judge(&probe, &heard);
            all_is_well &= wrong.is_none();
            if global.json {
                let verdict = json!({
                    "provider": provider.slug(),
                    "sent": probe.what,
                    "status": heard.status,
                    "right": wrong.is_none(),
                    "wrong": wrong.map(|wrong| wrong.to_string()),
                });
                terminal.line(&verdict.to_string())?;
                continue;
            }
            table.row([
                provider.slug().to_owned(),
                probe.what.to_owned(),
                heard.status.to_string(),
                if wrong.is_none() { "right" } else { "WRONG" }.to_owned(),
            ]);
            if let Some(wrong) = wrong {
                table.below(&cut(&wrong.to_string(), 76));
            }
        }
        if !global.json {
            for line in table.lines() {
                terminal.line(&line)?;
            }
        }
        Ok(if all_is_well {
            Status::Done
        } else {
            Status::Failed
        })
    }
}

fn path(provider: Provider, organization: OrganizationId, probe: &Probe) -> String {
    let address = Callback {
        provider,
        organization,
        subscription: None,
    };
    let path = address.url("");
    match probe.query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    }
}

fn judge(probe: &Probe, heard: &Heard) -> Option<Wrong> {
    if heard.status != probe.status {
        return Some(Wrong::Status {
            expected: probe.status,
            found: heard.status,
        });
    }
    let text = probe.text?;
    if heard.text != text {
        return Some(Wrong::Text);
    }
    // A browser must not take a stranger's text for a page of ours.
    let is_plain = heard.content_type.starts_with("text/plain") && heard.is_nosniff;
    (!is_plain).then_some(Wrong::ContentType)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake() -> (Probe, Heard) {
        let probe = probes().pop().unwrap();
        let heard = Heard {
            status: 200,
            content_type: "text/plain; charset=utf-8".to_owned(),
            is_nosniff: true,
            text: probe.text.unwrap().to_owned(),
        };
        (probe, heard)
    }

    #[test]
    fn a_handshake_has_to_come_back_as_it_was_and_as_plain_text() {
        let (probe, heard) = handshake();

        assert_eq!(judge(&probe, &heard), None);
        let text = "1 + 1 = 2".to_owned();
        assert_eq!(
            judge(
                &probe,
                &Heard {
                    text,
                    ..handshake().1
                }
            ),
            Some(Wrong::Text)
        );
        let content_type = "text/html".to_owned();
        let page = Heard {
            content_type,
            ..handshake().1
        };
        assert_eq!(judge(&probe, &page), Some(Wrong::ContentType));
        let refused = Heard {
            status: 400,
            ..handshake().1
        };
        let wrong = Wrong::Status {
            expected: 200,
            found: 400,
        };
        assert_eq!(judge(&probe, &refused), Some(wrong));
    }
}
