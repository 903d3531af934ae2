//! What a stranger would send to a webhook, so that somebody can try a deployment from outside.
//!
//! None of it is believed, and none of it costs the deployment a call of AWS.

use domain::Provider;

/// A request, and the answer that it deserves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// In whose name.
    pub provider: Provider,
    /// What it tries, for people.
    pub what: &'static str,
    /// What follows the `?` of the URL, encoded.
    pub query: Option<&'static str>,
    /// Headers besides the usual ones.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body, which is JSON unless it is empty.
    pub body: &'static str,
    /// The right status.
    pub status: u16,
    /// The right text, where it matters.
    pub text: Option<&'static str>,
}

/// A token of the right length and alphabet that no key of anybody's has signed.
const FORGED: &str = "AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Everything that is tried.
pub fn probes() -> Vec<Probe> {
    vec![
        Probe {
            provider: Provider::Google,
            what: "a forged notification",
            query: None,
            headers: vec![
                ("x-goog-channel-id", "sub_00000000000000000000000000"),
                ("x-goog-channel-token", FORGED),
                ("x-goog-resource-state", "exists"),
                ("x-goog-resource-id", "nothing"),
                ("x-goog-message-number", "1"),
            ],
            body: "",
            status: 401,
            text: None,
        },
        Probe {
            provider: Provider::Microsoft,
            what: "a forged notification",
            query: None,
            headers: Vec::new(),
            body: concat!(
                r#"{"value":[{"subscriptionId":"nothing","clientState":"forged","#,
                r#""changeType":"updated","resource":"nothing"}]}"#
            ),
            // One forgery must not make Graph repeat what came with it.
            status: 202,
            text: None,
        },
        Probe {
            provider: Provider::Microsoft,
            what: "a handshake",
            query: Some("validationToken=%3Cb%3E1+%2B+1+%3D+2%3C%2Fb%3E+%26+5+%25"),
            headers: Vec::new(),
            body: "",
            status: 200,
            // Decoded exactly once.
            text: Some("<b>1 + 1 = 2</b> & 5 %"),
        },
    ]
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;
    use crate::webhook::{handshake, parse};

    #[test]
    fn a_forgery_has_the_shape_of_a_notification() {
        for probe in probes().iter().filter(|probe| probe.query.is_none()) {
            let headers: HeaderMap = probe
                .headers
                .iter()
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect();

            let claimed = parse(probe.provider, &headers, probe.body.as_bytes()).unwrap();

            assert_eq!(claimed.len(), 1);
            assert!(!claimed[0].token.is_empty());
            assert!(claimed[0].token.parse::<u8>().is_err());
        }
    }

    #[test]
    fn the_handshake_is_answered_with_its_own_text() {
        let probes = probes();
        let probe = probes.iter().find(|probe| probe.query.is_some()).unwrap();

        let answer = handshake(probe.provider, probe.query).unwrap().unwrap();

        assert_eq!(Some(&*answer), probe.text);
    }
}
