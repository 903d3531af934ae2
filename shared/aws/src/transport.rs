//! One way to AWS for all clients of a process: one pool of connections, one set of roots.
//!
//! Left alone, every SDK client brings its own. Each then opens its own connections, and parses all
//! certificates of the machine when it is built, to throw them away, and again when it is first
//! asked: half of a webhook function's start. Here the first request builds what all share, and
//! it trusts the five roots that AWS says its services use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// Public, and the same for everybody; the file says whose they are.
const AMAZON: &[u8] = include_bytes!("amazon-roots.pem");

/// Partitions whose services may show certificates of somebody else.
const OTHER_PARTITIONS: [&str; 4] = ["cn-", "us-gov-", "us-iso", "eu-iso"];

/// The way to AWS. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transport {
    /// Known once the configuration is; who is asked before that is no AWS service we use.
    roots: Arc<OnceLock<Roots>>,
    connectors: Arc<Mutex<HashMap<Timeouts, SharedHttpConnector>>>,
}

/// To connect and to read; clients that agree on both share their connections.
type Timeouts = (Option<Duration>, Option<Duration>);

/// Who may vouch for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Roots {
    /// Amazon.
    Amazon,
    /// Whoever this machine trusts.
    Machine,
}

impl Roots {
    fn of(region: Option<&str>, endpoint: Option<&str>) -> Self {
        // Plain HTTP needs no roots, and so not the long list either.
        let is_elsewhere = endpoint.is_some_and(|url| !url.starts_with("http://"));
        let is_known = region.is_some_and(|region| {
            let mut others = OTHER_PARTITIONS.iter();
            !others.any(|prefix| region.starts_with(prefix))
        });
        if is_known && !is_elsewhere {
            Roots::Amazon
        } else {
            Roots::Machine
        }
    }

    fn store(self) -> TrustStore {
        match self {
            Roots::Amazon => TrustStore::empty().with_pem_certificate(AMAZON),
            Roots::Machine => TrustStore::default(),
        }
    }
}

impl Transport {
    /// From now on it leads to where this configuration points.
    pub(crate) fn aim(&self, config: &SdkConfig) {
        let region = config.region().map(AsRef::as_ref);
        // Nobody aims twice.
        let _ = self.roots.set(Roots::of(region, config.endpoint_url()));
    }
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let roots = self.roots.get().copied().unwrap_or(Roots::Machine);
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let connectors = self.connectors.lock();
        let mut connectors = connectors.unwrap_or_else(PoisonError::into_inner);
        let connector = connectors.entry(timeouts);
        let connector = connector.or_insert_with(|| connector_to(roots, settings, components));
        connector.clone()
    }
}

fn connector_to(
    roots: Roots,
    settings: &HttpConnectorSettings,
    components: &RuntimeComponents,
) -> SharedHttpConnector {
    let trust = TlsContext::builder().with_trust_store(roots.store());
    let mut builder = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(trust.build().expect("roots make a context"))
        .connector_settings(settings.clone())
        .proxy_config(ProxyConfig::from_env());
    builder.set_sleep_impl(components.sleep_impl());
    SharedHttpConnector::new(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazon_vouches_for_aws_and_the_machine_for_everything_else() {
        for (region, endpoint, expected) in [
            (Some("us-east-1"), None, Roots::Amazon),
            (
                Some("us-east-1"),
                Some("http://127.0.0.1:4566"),
                Roots::Amazon,
            ),
            (
                Some("us-east-1"),
                Some("https://aws.example"),
                Roots::Machine,
            ),
            (Some("cn-north-1"), None, Roots::Machine),
            (Some("us-gov-west-1"), None, Roots::Machine),
            (Some("eu-isoe-west-1"), None, Roots::Machine),
            (None, None, Roots::Machine),
        ] {
            assert_eq!(
                Roots::of(region, endpoint),
                expected,
                "{region:?} {endpoint:?}"
            );
        }
    }

    #[test]
    fn amazons_roots_can_be_read() {
        let trust = TlsContext::builder().with_trust_store(Roots::Amazon.store());

        // Building it parses them, and would panic.
        let _ = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(trust.build().unwrap())
            .build();

        let count = String::from_utf8_lossy(AMAZON)
            .matches("BEGIN CERTIFICATE")
            .count();
        assert_eq!(count, 5);
    }
}
