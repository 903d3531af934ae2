//! One way to AWS for all clients of a process: one pool of connections, one set of roots.
//!
//! Left alone, every SDK client brings its own. Each then opens its own connections, and parses all
//! certificates of the machine when it is built, to throw them away, and again when it is first
//! asked: more than half of a webhook function's start. Here the first request builds the one
//! connector, and it trusts the five roots that AWS says its services use.

use std::sync::{Arc, OnceLock};

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
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    roots: Roots,
    connector: Arc<OnceLock<SharedHttpConnector>>,
}

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
    /// The way to where this configuration points.
    pub(crate) fn new(config: &SdkConfig) -> Self {
        let region = config.region().map(AsRef::as_ref);
        Self {
            roots: Roots::of(region, config.endpoint_url()),
            connector: Arc::default(),
        }
    }
}

impl HttpClient for Transport {
    /// The settings of the first request are those of all: our clients share one configuration.
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let build = || connector(self.roots, settings, components);
        self.connector.get_or_init(build).clone()
    }
}

fn connector(
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
