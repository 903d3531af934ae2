//! The HTTP client that all providers share: where it may go and how long it waits.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;

/// Where the providers are; the defaults are the real ones, a simulator has others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Google's API, without `/calendar/v3`.
    pub google_api: String,
    /// Google's token endpoint. A service account's assertion names it as its audience.
    pub google_token: String,
    /// Microsoft Graph, without the version.
    pub microsoft_graph: String,
    /// Microsoft's identity platform, without the tenant.
    pub microsoft_login: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            google_api: "https://www.googleapis.com".to_owned(),
            google_token: "https://oauth2.googleapis.com/token".to_owned(),
            microsoft_graph: "https://graph.microsoft.com".to_owned(),
            microsoft_login: "https://login.microsoftonline.com".to_owned(),
        }
    }
}

/// Talks to the providers. A clone shares the connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) settings: Arc<Settings>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A base URL can not be used.
    #[error("could not use the setting {setting}: {reason}")]
    Setting {
        /// The field of [`Settings`].
        setting: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// TLS could not be set up.
    #[error("could not set up the HTTP client")]
    Http(#[source] reqwest::Error),
}

/// How long the client waits. A page of 250 events takes a second or two, and a run must end well
/// before its lease does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) connect: Duration,
    /// Between two pieces of an answer.
    pub(crate) read: Duration,
    /// For everything together, so that an answer that trickles ends as well.
    pub(crate) overall: Duration,
}

impl Patience {
    const USUAL: Self = Self {
        connect: Duration::from_secs(5),
        read: Duration::from_secs(15),
        overall: Duration::from_secs(30),
    };
}

impl Client {
    /// A client for these providers.
    ///
    /// # Errors
    /// If a base URL is not https (only a loopback address may go without) or TLS is not available.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Self::with_patience(settings, Patience::USUAL)
    }

    pub(crate) fn with_patience(mut settings: Settings, patience: Patience) -> Result<Self, Error> {
        let mut all_are_secure = true;
        for (name, base) in [
            ("google_api", &mut settings.google_api),
            ("google_token", &mut settings.google_token),
            ("microsoft_graph", &mut settings.microsoft_graph),
            ("microsoft_login", &mut settings.microsoft_login),
        ] {
            all_are_secure &= is_secure(name, base)?;
            base.truncate(base.trim_end_matches('/').len());
        }

        let http = reqwest::Client::builder()
            // A redirect would carry the access token to wherever it points.
            .redirect(Policy::none())
            .https_only(all_are_secure)
            .connect_timeout(patience.connect)
            .read_timeout(patience.read)
            .timeout(patience.overall)
            .user_agent(concat!("calwatch/", env!("CARGO_PKG_VERSION"), " (gzip)"))
            .build()
            .map_err(|error| Error::Http(error.without_url()))?;
        Ok(Self {
            http,
            settings: Arc::new(settings),
        })
    }
}

fn is_secure(setting: &'static str, base: &str) -> Result<bool, Error> {
    let wrong = |reason| Error::Setting { setting, reason };
    let url = Url::parse(base).map_err(|_| wrong("it is not a URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a user name"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it holds a query or a fragment"));
    }
    match url.scheme() {
        "https" => Ok(true),
        "http" if is_loopback(&url) => Ok(false),
        _ => Err(wrong("it is neither https nor a loopback address")),
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || address
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outage;
    use crate::transport::Failure;

    fn with_api(google_api: &str) -> Result<Client, Error> {
        Client::new(Settings {
            google_api: google_api.to_owned(),
            ..Settings::default()
        })
    }

    #[test]
    fn https_is_needed_except_on_loopback() {
        for good in [
            "https://www.googleapis.com",
            "https://calendar.test/",
            "http://127.0.0.1:4010",
            "http://[::1]:4010",
            "http://localhost:4010",
        ] {
            assert!(with_api(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "www.googleapis.com",
            "http://www.googleapis.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "https://user:pass@www.googleapis.com",
            "https://www.googleapis.com/?key=x",
        ] {
            assert!(with_api(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_slash_at_the_end_of_the_api_makes_no_difference() {
        let client = with_api("https://calendar.test/").unwrap();

        assert_eq!(client.settings.google_api, "https://calendar.test");
    }

    #[tokio::test]
    async fn a_provider_that_accepts_and_says_nothing_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = Settings {
            google_api: format!("http://{}", listener.local_addr().unwrap()),
            ..Settings::default()
        };
        let patience = Patience {
            overall: Duration::from_millis(50),
            ..Patience::USUAL
        };
        let client = Client::with_patience(settings, patience).unwrap();

        let request = client.http.get(&client.settings.google_api);
        let failure = crate::transport::exchange(request, 1024).await.unwrap_err();

        let Failure::Outage(Outage::Network(error)) = failure else {
            panic!("not an outage: {failure:?}");
        };
        assert!(error.is_timeout());
        assert_eq!(error.url(), None);
    }
}
