//! Where a key may be sent.

use anyhow::Context;
use reqwest::Url;

/// The origin that paths are appended to. Only this machine may be asked without TLS.
pub(crate) fn origin(url: &str) -> anyhow::Result<Url> {
    let read = Url::parse(url).ok().filter(Url::has_host);
    let read =
        read.with_context(|| format!("{url} is not a URL; it should begin with https://"))?;
    let is_safe = read.scheme() == "https" || (read.scheme() == "http" && is_here(&read));
    anyhow::ensure!(is_safe, "{url} would send the key in clear; use https://");
    anyhow::ensure!(
        read.path() == "/" && read.query().is_none(),
        "{url} should end after its host name"
    );
    Ok(read)
}

/// Whether it is this machine, which no proxy leads to.
pub(crate) fn is_here(url: &Url) -> bool {
    url.host_str()
        .is_some_and(|host| host == "localhost" || host == "127.0.0.1" || host == "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_sent_in_clear_to_this_machine_only() {
        for good in [
            "https://api.example",
            "http://127.0.0.1:4566",
            "http://localhost:1/",
        ] {
            origin(good).unwrap();
        }
        for bad in [
            "http://api.example",
            "ftp://127.0.0.1",
            "api.example",
            "https://api.example/v1",
            "http://127.0.0.1.evil.example",
        ] {
            origin(bad).unwrap_err();
        }
    }
}
