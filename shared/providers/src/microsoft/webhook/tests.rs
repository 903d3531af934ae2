//! Batches and handshakes as Graph, a stranger or chance would send them.

use domain::notification::Signal;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{LONGEST_NAME, LONGEST_TOKEN, handshake, parse};
use crate::webhook::{Claimed, MOST};

fn changed() -> Value {
    json!({
        "subscriptionId": "5522bd62-7c96-4530-85b0-00b916f6151a",
        "subscriptionExpirationDateTime": "2026-11-17T19:00:00.2257768+05:30",
        "clientState": "secret",
        "changeType": "updated",
        "resource": "Users/622e/Events/AAk",
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.etag": "W/\"DwAA\"",
            "id": "AAk",
        },
        "tenantId": "84bd8158-6d4d-4958-8b9f-9d6445542f95",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut element = changed();
    element[name] = value;
    element
}

fn without(name: &str) -> Value {
    let mut element = changed();
    element.as_object_mut().unwrap().remove(name);
    element
}

fn read(elements: &[Value]) -> Vec<Claimed> {
    parse(json!({ "value": elements }).to_string().as_bytes()).unwrap()
}

fn one(element: Value) -> Claimed {
    read(&[element]).remove(0)
}

fn token(query: &str) -> Option<String> {
    handshake(query).map(|token| token.unwrap())
}

fn is_refused(query: &str) -> bool {
    handshake(query).is_some_and(|token| token.is_err())
}

#[test]
fn a_notification_is_read_from_its_element() {
    let claimed = one(changed());

    assert_eq!(claimed.channel, "5522bd62-7c96-4530-85b0-00b916f6151a");
    assert_eq!(claimed.provider_id, claimed.channel);
    assert_eq!(claimed.token, "secret");
    assert_eq!(claimed.signal, Signal::Changed);
    assert_eq!(claimed.identity.unwrap().len(), 43);
}

#[test]
fn lifecycle_events_are_told_apart_and_never_have_an_identity() {
    for (event, expected) in [
        (json!("missed"), Signal::Missed),
        (json!("subscriptionRemoved"), Signal::Removed),
        (json!("reauthorizationRequired"), Signal::Reauthorize),
        (json!("Missed"), Signal::Unknown),
        (json!("somethingNew"), Signal::Unknown),
        (json!(7), Signal::Unknown),
    ] {
        let mut element = with("lifecycleEvent", event.clone());
        element["id"] = json!("an id all the same");

        let claimed = one(element);

        assert_eq!(claimed.signal, expected, "{event}");
        assert_eq!(claimed.identity, None, "{event}");
    }
    assert_eq!(
        one(with("lifecycleEvent", Value::Null)).signal,
        Signal::Changed
    );
}

#[test]
fn what_is_missing_unknown_or_of_another_type_costs_only_itself() {
    for name in ["resource", "resourceData", "changeType", "tenantId"] {
        for element in [without(name), with(name, json!(7)), with(name, json!({}))] {
            let claimed = one(element);
            assert_eq!(
                (&*claimed.token, claimed.signal),
                ("secret", Signal::Changed)
            );
        }
    }
    assert_eq!(
        one(with("changeType", json!("new"))).signal,
        Signal::Changed
    );
    assert_eq!(one(with("encryptedContent", json!({}))), one(changed()));
    assert_eq!(one(without("clientState")).token, "");
    assert_eq!(one(with("clientState", json!(["secret"]))).token, "");
}

#[test]
fn an_identity_is_the_id_or_four_parts_of_which_none_is_missing() {
    let parts = one(changed()).identity;
    let id = one(with("id", json!("lsgTZMr9KwAAA"))).identity;

    assert!(parts.is_some() && id.is_some() && parts != id);
    assert_eq!(one(with("id", json!(""))).identity, parts);
    assert_eq!(one(with("tenantId", json!("other"))).identity, parts);
    for name in ["subscriptionId", "changeType", "resource", "resourceData"] {
        assert_eq!(one(without(name)).identity, None, "{name}");
        assert_eq!(one(with(name, json!(""))).identity, None, "{name}");
    }
    for name in ["subscriptionId", "changeType", "resource"] {
        assert_ne!(one(with(name, json!("other"))).identity, parts, "{name}");
    }
    let other = with("resourceData", json!({ "@odata.etag": "W/\"DwAB\"" }));
    assert_ne!(one(other).identity, parts);
    // With an id, nothing else is needed.
    let mut bare = without("resourceData");
    bare["id"] = json!("lsgTZMr9KwAAA");
    assert_eq!(one(bare).identity, id);
}

#[test]
fn a_name_of_any_length_is_read_and_a_long_one_not_kept() {
    let long = "x".repeat(LONGEST_NAME + 1);

    let claimed = one(with("subscriptionId", json!(long)));

    assert_eq!((&*claimed.channel, &*claimed.provider_id), ("", ""));
    assert_eq!(claimed.identity.unwrap().len(), 43);
}

#[test]
fn an_element_that_can_not_be_read_is_a_claim_without_a_token() {
    for bad in [json!(null), json!(7), json!("text"), json!([]), json!({})] {
        let claimed = read(&[changed(), bad.clone(), changed()]);

        assert_eq!(claimed.len(), 3, "{bad}");
        assert_eq!(claimed[1].token, "", "{bad}");
        assert_eq!(claimed[0], claimed[2], "{bad}");
    }
    let twice = br#"{"value":[{"clientState":"a","clientState":"b"},{"clientState":"c"}]}"#;
    let tokens = parse(twice).unwrap();
    assert_eq!((&*tokens[0].token, &*tokens[1].token), ("", "c"));
}

#[test]
fn what_is_no_collection_is_malformed() {
    for body in [
        "",
        " ",
        "null",
        "7",
        "[]",
        "[[]]",
        "{}",
        r#"{"value":{}}"#,
        r#"{"value":null}"#,
        r#"{"value":[}"#,
        r#"{"value":[]} trailing"#,
        r#"{"value":[],"value":[]}"#,
        r#"{"Value":[]}"#,
        "validationToken=1",
    ] {
        assert!(parse(body.as_bytes()).is_err(), "{body}");
    }
    assert!(parse(b"{\"value\":[\"\xff\"]}").is_err());
    assert_eq!(parse(br#" {"more":[1],"value":[]} "#), Ok(vec![]));
}

#[test]
fn one_element_more_than_are_worked_on_is_read() {
    for (sent, expected) in [(MOST - 1, MOST - 1), (MOST, MOST), (MOST + 1, MOST + 1)] {
        assert_eq!(read(&vec![json!({}); sent]).len(), expected);
    }
    assert_eq!(read(&vec![json!(1); 100_000]).len(), MOST + 1);
    let broken = format!("{{\"value\":[{}1,,1]}}", "1,".repeat(5_000));
    assert!(parse(broken.as_bytes()).is_err(), "the rest is checked");
}

#[test]
fn depth_without_end_is_survived() {
    let deep =
        |open: &str, shut: &str| format!("{}1{}", open.repeat(200_000), shut.repeat(200_000));
    let lists = deep("[", "]");

    let inside = format!(r#"{{"value":[{lists},{{"clientState":"a","id":{lists}}}]}}"#);
    let claimed = parse(inside.as_bytes()).unwrap();
    assert_eq!((&*claimed[0].token, &*claimed[1].token), ("", "a"));
    let beside = format!(r#"{{"x":{},"value":[]}}"#, deep(r#"{"a":"#, "}"));
    assert_eq!(parse(beside.as_bytes()), Ok(vec![]));
    assert!(parse("{\"value\":[".repeat(100_000).as_bytes()).is_err());
}

#[test]
fn a_malformed_body_is_not_repeated() {
    let malformed = parse(b"s3cret").unwrap_err();

    assert!(!malformed.to_string().contains("s3cret"));
}

#[test]
fn a_validation_token_is_found_anywhere_by_its_exact_name() {
    assert_eq!(token("validationToken=a"), Some("a".to_owned()));
    assert_eq!(token("k=r1&validationToken=a&z"), Some("a".to_owned()));
    assert_eq!(
        token("validationToken=a&validationToken=b"),
        Some("a".to_owned())
    );
    assert_eq!(token("validationToken=a=b"), Some("a=b".to_owned()));
    for query in [
        "",
        "k=validationToken",
        "validationtoken=a",
        "xvalidationToken=a",
        "validation%54oken=a",
    ] {
        assert!(handshake(query).is_none(), "{query}");
    }
}

#[test]
fn a_validation_token_is_decoded_once_and_as_a_form() {
    for (encoded, expected) in [
        (
            "Validation%3a+Testing+Request-Id%3A+25",
            "Validation: Testing Request-Id: 25",
        ),
        ("a%2Bb+c%20d", "a+b c d"),
        ("%252B%2520", "%2B%20"),
        ("100%", "100%"),
        ("%zz%2", "%zz%2"),
        ("%3Cscript%3E", "<script>"),
        ("%F0%9F%8E%89", "🎉"),
    ] {
        assert_eq!(
            token(&format!("validationToken={encoded}")).unwrap(),
            expected
        );
    }
}

#[test]
fn a_validation_token_that_may_not_be_repeated_is_refused() {
    for bad in [
        "", "%00", "a%0Ab", "%0D", "%7F", "%C2%85", "%ff", "%C3", "%1b[31m",
    ] {
        assert!(is_refused(&format!("validationToken={bad}")), "{bad}");
    }
    assert!(is_refused("validationToken"));
    let longest = "a".repeat(LONGEST_TOKEN);
    assert_eq!(
        token(&format!("validationToken={longest}")),
        Some(longest.clone())
    );
    assert!(is_refused(&format!("validationToken={longest}a")));
    // Its length counts once it is decoded.
    let encoded = "%41".repeat(LONGEST_TOKEN);
    assert!(token(&format!("validationToken={encoded}")).is_some());
}

proptest! {
    #[test]
    fn any_token_without_control_characters_comes_back_verbatim(text in "\\PC{1,300}", before in "[a-z]{0,5}") {
        prop_assume!(!text.chars().any(char::is_control));
        let form = serde_urlencoded::to_string([("k", before.as_str()), ("validationToken", &text)]).unwrap();

        prop_assert_eq!(handshake(&form), Some(Ok(text)));
    }

    #[test]
    fn no_query_makes_it_panic(query in "\\PC{0,80}") {
        let _ = handshake(&query);
        let _ = handshake(&format!("validationToken={query}"));
    }

    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&body);
        let _ = parse(&[b"{\"value\":[".as_slice(), &body, b"]}"].concat());
    }
}
