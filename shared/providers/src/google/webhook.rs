//! A Google notification: everything is in the headers, and the body says nothing.

use domain::notification::Signal;
use http::HeaderMap;

use crate::webhook::{Claimed, Malformed};

/// Reads one notification.
///
/// `X-Goog-Resource-URI` is ignored: it is a URL that a stranger sent. So is
/// `X-Goog-Channel-Expiration`: what counts is what `watch` answered.
pub(crate) fn parse(headers: &HeaderMap) -> Result<Claimed, Malformed> {
    let channel = one(headers, "x-goog-channel-id", 64, "the channel id")?;
    let state = one(headers, "x-goog-resource-state", 64, "the resource state")?;
    let token = one(headers, "x-goog-channel-token", 256, "the channel token")?;
    let number = one(headers, "x-goog-message-number", 20, "the message number")?;
    let resource = one(headers, "x-goog-resource-id", 256, "the resource id")?;

    let (Some(channel), Some(state)) = (channel, state) else {
        return Err(Malformed {
            reason: "the channel id or the resource state is missing",
        });
    };
    Ok(Claimed {
        channel: channel.to_owned(),
        token: token.unwrap_or_default().to_owned(),
        // Anything but a canonical number could name one message twice or two messages once;
        // without an identity it is merely counted every time.
        identity: number
            .filter(|number| is_canonical(number))
            .map(|number| format!("{channel}#{number}")),
        provider_id: resource.unwrap_or_default().to_owned(),
        signal: match state {
            "sync" => Signal::Begun,
            "not_exists" => Signal::Missing,
            // A state that Google invents later is still a reason to look.
            _ => Signal::Changed,
        },
    })
}

/// The one value of a header. A front end may have doubled it, in two lines or with a comma;
/// two different values mean that somebody in between read it differently from us.
fn one<'a>(
    headers: &'a HeaderMap,
    name: &'static str,
    limit: usize,
    what: &'static str,
) -> Result<Option<&'a str>, Malformed> {
    let malformed = Malformed { reason: what };
    let mut found: Option<&str> = None;
    for value in headers.get_all(name) {
        // The `HeaderValue` may hold tabs and spaces; `to_str` lets them pass.
        let value = undoubled(value.to_str().map_err(|_| malformed)?.trim());
        let is_visible = value.bytes().all(|byte| byte.is_ascii_graphic());
        if value.len() > limit || !is_visible || found.is_some_and(|earlier| earlier != value) {
            return Err(malformed);
        }
        found = Some(value);
    }
    Ok(found.filter(|value| !value.is_empty()))
}

/// `x` for `x,x` and `x, x`: API Gateway joins equal header lines with a comma.
fn undoubled(value: &str) -> &str {
    let mut parts = value.split(',').map(str::trim);
    let first = parts.next().unwrap_or_default();
    if parts.all(|part| part == first) {
        first
    } else {
        value
    }
}

fn is_canonical(number: &str) -> bool {
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    digits && (number == "0" || !number.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use domain::token::{Claims, Target};
    use domain::{CalendarId, OrganizationId, Provider, SubscriptionId};
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;
    use crate::webhook::is_believable;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    const USUAL: [(&str, &str); 5] = [
        ("X-Goog-Channel-ID", "sub_1"),
        ("X-Goog-Resource-State", "exists"),
        ("X-Goog-Message-Number", "165139"),
        ("X-Goog-Resource-ID", "ret08"),
        ("X-Goog-Channel-Token", "secret"),
    ];

    fn with(name: &str, value: &str) -> HeaderMap {
        let mut headers = headers(&USUAL);
        headers.insert(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
        headers
    }

    fn and(name: &str, value: &str) -> HeaderMap {
        let mut headers = headers(&USUAL);
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
        headers
    }

    #[test]
    fn everything_is_read_from_the_headers() {
        let claimed = crate::webhook::parse(Provider::Google, &headers(&USUAL), b"{}").unwrap();

        assert_eq!(
            claimed,
            vec![Claimed {
                channel: "sub_1".to_owned(),
                token: "secret".to_owned(),
                identity: Some("sub_1#165139".to_owned()),
                provider_id: "ret08".to_owned(),
                signal: Signal::Changed,
            }]
        );
    }

    #[test]
    fn only_channel_and_state_are_needed() {
        let claimed = parse(&headers(&USUAL[..2])).unwrap();

        assert_eq!(claimed.token, "");
        assert_eq!(claimed.identity, None);
        assert_eq!(claimed.provider_id, "");
        assert!(parse(&headers(&USUAL[1..])).is_err());
        assert!(parse(&headers(&USUAL[..1])).is_err());
        assert!(parse(&with("x-goog-channel-id", "")).is_err());
    }

    #[test]
    fn an_unknown_state_means_look_again() {
        let signal = |state| parse(&with("x-goog-resource-state", state)).unwrap().signal;

        assert_eq!(signal("sync"), Signal::Begun);
        assert_eq!(signal("not_exists"), Signal::Missing);
        assert_eq!(signal("exists"), Signal::Changed);
        assert_eq!(signal("update"), Signal::Changed);
    }

    #[test]
    fn a_number_that_is_not_canonical_is_no_identity() {
        for number in ["01", "+1", "-1", "1.0", "0x1", "one", "1,2"] {
            let claimed = parse(&with("x-goog-message-number", number)).unwrap();
            assert_eq!(claimed.identity, None, "{number}");
        }
        let largest = parse(&with("x-goog-message-number", "18446744073709551615")).unwrap();
        assert_eq!(
            largest.identity.as_deref(),
            Some("sub_1#18446744073709551615")
        );
    }

    #[test]
    fn a_doubled_header_is_fine_only_if_both_agree() {
        for (name, value) in USUAL {
            let once = parse(&headers(&USUAL)).unwrap();
            assert_eq!(parse(&and(name, value)), Ok(once.clone()), "{name} twice");
            let joined = format!("{value}, {value}");
            assert_eq!(parse(&with(name, &joined)), Ok(once), "{name} joined");
            assert!(parse(&and(name, "other")).is_err(), "{name} disagrees");
        }
    }

    #[test]
    fn a_header_over_its_limit_or_not_visible_is_malformed() {
        for (name, limit) in [
            ("x-goog-channel-id", 64),
            ("x-goog-channel-token", 256),
            ("x-goog-message-number", 20),
            ("x-goog-resource-id", 256),
        ] {
            assert!(parse(&with(name, &"1".repeat(limit))).is_ok(), "{name}");
            assert!(
                parse(&with(name, &"1".repeat(limit + 1))).is_err(),
                "{name}"
            );
            assert!(parse(&with(name, "a b")).is_err(), "{name}");
            let mut binary = headers(&USUAL);
            binary.insert(name, HeaderValue::from_bytes(b"\xff").unwrap());
            assert!(parse(&binary).is_err(), "{name}");
        }
    }

    #[test]
    fn a_malformed_request_is_not_echoed() {
        let long = "s3cret".repeat(100);

        let malformed = parse(&with("x-goog-channel-token", &long)).unwrap_err();

        assert!(!malformed.to_string().contains("s3cret"));
    }

    #[test]
    fn a_token_speaks_only_for_its_own_channel() {
        let claims = Claims {
            organization: OrganizationId::from_bytes([1; 16]),
            target: Target::Calendar(CalendarId::from_bytes([2; 16])),
            subscription: SubscriptionId::from_bytes([3; 16]),
        };
        let own = parse(&with("x-goog-channel-id", &claims.subscription.to_string())).unwrap();
        let other = parse(&headers(&USUAL)).unwrap();

        assert!(is_believable(&own, &claims));
        assert!(!is_believable(&other, &claims));
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(
            pairs in proptest::collection::vec(
                (0..5usize, proptest::collection::vec(any::<u8>(), 0..40)),
                0..8,
            )
        ) {
            let mut headers = HeaderMap::new();
            for (which, bytes) in pairs {
                let name = HeaderName::from_bytes(USUAL[which].0.as_bytes()).unwrap();
                if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                    headers.append(name, value);
                }
            }
            let _ = parse(&headers);
        }
    }
}
