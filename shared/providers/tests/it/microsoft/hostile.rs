//! Answers that Graph would never give: without an end, without measure, or without sense.

use domain::diff::Item;
use providers::grant::GrantError;
use providers::{Outage, Page, ReadError};
use serde_json::{Value, json};

use super::{
    GRAPH, TENANT, access, administrator, event_ask, everything, graph, ok, page, place, secret,
    single,
};
use crate::server::{Reply, gzip};
use crate::{client, now, understood};

const LAST: &[u8] = br#"{"value":[],"@odata.deltaLink":"https://graph.microsoft.com/v1.0/d"}"#;

async fn first_page(reply: Reply) -> Result<Page, ReadError> {
    page(reply, everything()).await
}

fn is_too_large<T>(result: Result<T, ReadError>) -> bool {
    matches!(result, Err(ReadError::Unreadable { reason }) if reason.contains("too large"))
}

/// A last page that holds this under `value`.
fn holding(value: Value) -> Reply {
    let mut page: Value = serde_json::from_slice(LAST).expect("JSON");
    page["value"] = value;
    ok(&page)
}

#[tokio::test]
async fn a_body_without_an_end_is_left_at_the_limit() {
    let reply = Reply::new(200, vec![b' '; 64 * 1024]).endless();

    assert!(is_too_large(first_page(reply).await));
}

#[tokio::test]
async fn a_small_body_that_unfolds_is_left_at_the_limit() {
    let bomb = gzip(&vec![b' '; 20 * 1024 * 1024]);
    assert!(bomb.len() < 64 * 1024, "{}", bomb.len());
    let reply = || Reply::new(200, bomb.as_slice()).with("content-encoding", "gzip");

    let page = first_page(reply()).await;
    let server = graph(vec![reply()]).await;
    let event = client(&server)
        .look_up(&place(&access()), &[event_ask("a")])
        .await;

    assert!(is_too_large(page));
    assert!(is_too_large(event));
}

#[tokio::test]
async fn a_token_is_never_as_long_as_a_page() {
    let server = graph(vec![Reply::new(200, vec![b' '; 2 * 1024 * 1024])]).await;

    let token = client(&server)
        .access_token(&administrator(TENANT), Some(&secret()), now())
        .await;

    assert!(
        matches!(
            token,
            Err(GrantError::Unavailable {
                source: Outage::Unreadable(_)
            })
        ),
        "{token:?}"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_outage() {
    let body = gzip(LAST);
    let half = &body[..body.len() / 2];

    let page = first_page(Reply::new(200, half).with("content-encoding", "gzip")).await;

    assert!(
        matches!(
            page,
            Err(ReadError::Unavailable {
                source: Outage::Network(_)
            })
        ),
        "{page:?}"
    );
}

#[tokio::test]
async fn what_is_not_in_the_shape_of_a_page_is_unreadable() {
    let whole = String::from_utf8_lossy(LAST);
    for body in [
        "",
        "null",
        "[]",
        "7",
        "<html>",
        &whole[..whole.len() - 1],
        &format!("{whole} more"),
    ] {
        let page = first_page(Reply::new(200, body)).await;
        assert!(
            matches!(page, Err(ReadError::Unreadable { .. })),
            "{body}: {page:?}"
        );
    }
    for value in [json!({}), json!("all"), json!(7), json!(true)] {
        let page = first_page(holding(value)).await;
        assert!(
            matches!(page, Err(ReadError::Unreadable { .. })),
            "{page:?}"
        );
    }
}

#[tokio::test]
async fn another_success_than_the_usual_one_is_unreadable() {
    for status in [201, 202, 206] {
        let page = first_page(Reply::new(status, LAST)).await;
        assert!(
            matches!(page, Err(ReadError::Unreadable { .. })),
            "{status}: {page:?}"
        );
    }
}

#[tokio::test]
async fn a_page_without_a_list_does_not_move_the_cursor() {
    let link = format!("{GRAPH}/v1.0/d");
    for body in [
        json!({"@odata.deltaLink": link}),
        json!({"@odata.deltaLink": link, "value": null}),
    ] {
        let page = first_page(ok(&body)).await;
        assert!(
            matches!(page, Err(ReadError::Unreadable { .. })),
            "{page:?}"
        );
    }
}

#[tokio::test]
async fn a_bad_item_costs_only_itself() {
    let items = json!([
        null, 7, "x", [], {}, {"id": ""}, {"id": 5}, {"id": "a\nb"}, {"subject": "no id"},
        {"id": "good", "@removed": {"reason": "deleted"}},
    ]);

    let page = first_page(holding(items)).await.expect("a page");

    assert_eq!(
        (page.items.len(), page.asks.len(), page.unreadable),
        (0, 1, 9)
    );
}

/// This JSON with a byte that no text holds in place of each `#`.
fn broken(body: &Value) -> Reply {
    let bytes = body.to_string().into_bytes();
    let bytes = bytes
        .into_iter()
        .map(|byte| if byte == b'#' { 0xff } else { byte });
    Reply::new(200, bytes.collect::<Vec<u8>>())
}

#[tokio::test]
async fn a_broken_character_of_a_page_costs_only_itself() {
    let item = json!({"id": "a", "subject": "x#"});
    let body = json!({"value": [item], "@odata.deltaLink": format!("{GRAPH}/v1.0/d")});

    let page = first_page(broken(&body)).await.expect("a page");

    assert_eq!(page.asks, [event_ask("a")]);
}

#[tokio::test]
async fn a_broken_character_of_an_answer_costs_only_itself() {
    let mut event = single("a");
    event["subject"] = "x#".into();
    let answer = |id: &str, body: &Value| json!({"id": id, "status": 200, "body": body});
    let both = json!({"responses": [answer("0", &event), answer("1", &event)]});

    for (body, asks) in [
        (&event, vec![event_ask("a")]),
        (&both, vec![event_ask("a"), event_ask("a")]),
    ] {
        let server = graph(vec![broken(body)]).await;

        let found = client(&server).look_up(&place(&access()), &asks).await;

        let found = found.and_then(understood).expect("answers");
        let [Item::Live(event)] = &found[0][..] else {
            panic!("not live: {found:?}");
        };
        assert_eq!(event.title.as_deref(), Some("x\u{fffd}"));
    }
}

#[tokio::test]
async fn fields_of_wrong_types_cost_an_event_that_asks_for_them_again() {
    for value in [json!(7), json!([]), json!(null), json!({}), json!(true)] {
        let item = json!({
            "id": "a", "type": value, "seriesMasterId": value, "subject": value, "start": value,
            "end": value, "body": value, "attendees": value, "recurrence": value,
        });

        let page = first_page(holding(json!([item]))).await.expect("a page");

        assert_eq!(page.asks, [event_ask("a")]);
    }
}
