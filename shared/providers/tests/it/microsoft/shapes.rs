//! Any JSON at all: nothing of it makes the crate panic, wherever it comes as an answer.

use domain::Provider::Microsoft;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    GRAPH, TENANT, access, administrator, event_ask, everything, graph, ok, place, secret,
    series_ask, single, weekly, wish,
};
use crate::server::Reply;
use crate::{client, now};

const NAMES: [&str; 24] = [
    "id",
    "type",
    "value",
    "@removed",
    "@odata.nextLink",
    "@odata.deltaLink",
    "exceptionOccurrences@odata.nextLink",
    "exceptionOccurrences",
    "cancelledOccurrences",
    "seriesMasterId",
    "occurrenceId",
    "recurrence",
    "pattern",
    "range",
    "start",
    "end",
    "dateTime",
    "timeZone",
    "responses",
    "status",
    "headers",
    "Retry-After",
    "body",
    "error",
];

const WORDS: [&str; 10] = [
    "a",
    "m",
    "singleInstance",
    "seriesMaster",
    "exception",
    "OID.m.2026-11-12",
    "2026-11-12T09:30:00.0000000",
    "UTC",
    "https://graph.microsoft.com/v1.0/d",
    "https://graph.microsoft.com/beta/d",
];

/// Any JSON, often with Graph's names and sometimes with its values.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        (0..WORDS.len()).prop_map(|at| Value::from(WORDS[at])),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        let named = (0..NAMES.len(), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(Value::from),
            proptest::collection::vec(named, 0..12).prop_map(|fields| {
                let fields = fields.into_iter();
                Value::Object(
                    fields
                        .map(|(at, value)| (NAMES[at].to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

/// Gives this answer to one question of each kind.
async fn answer_everything_with(status: u16, body: &Value) {
    let reply = Reply::new(status, body.to_string());
    let server = graph(vec![reply]).await;
    let client = client(&server);
    let access = access();
    let place = place(&access);

    let _ = client.page(&place, everything()).await;
    let _ = client.look_up(&place, &[event_ask("a")]).await;
    let _ = client.look_up(&place, &[series_ask("m")]).await;
    let several = [event_ask("a"), series_ask("m")];
    let _ = client.look_up(&place, &several).await;
    let _ = client.watch(&place, &wish("t", "u"), now()).await;
    let _ = client.address_of(Microsoft, &access, "s").await;
    let _ = client
        .access_token(&administrator(TENANT), Some(&secret()), now())
        .await;
}

/// Sockets need a runtime, which proptest does not bring.
fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future);
}

proptest! {
    // Each case makes a client and opens sockets.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_answer_makes_it_panic(body in any_json(), status in 200..600_u16) {
        block_on(async {
            answer_everything_with(200, &body).await;
            answer_everything_with(status, &body).await;
        });
    }

    #[test]
    fn no_page_makes_it_panic(items in proptest::collection::vec(any_json(), 0..8)) {
        let count = items.len();
        let body = json!({"value": items, "@odata.deltaLink": format!("{GRAPH}/v1.0/d")});
        block_on(async {
            let page = super::page(ok(&body), everything()).await.expect("a page");
            let known = page.items.len() + page.asks.len() + page.unreadable;
            assert!(known <= count, "{page:?}");
        });
    }

    #[test]
    fn no_page_of_exceptions_makes_it_panic(body in any_json(), exceptions in any_json()) {
        let mut first = weekly("m", &[]);
        first["exceptionOccurrences@odata.nextLink"] = format!("{GRAPH}/v1.0/x").into();
        let page = json!({"value": [exceptions]});
        block_on(async {
            for rest in [body, page] {
                let server = graph(vec![ok(&first), ok(&rest)]).await;
                let _ = client(&server).look_up(&place(&access()), &[series_ask("m")]).await;
            }
        });
    }

    #[test]
    fn no_batch_makes_it_panic(one in any_json(), other in any_json(), headers in any_json()) {
        let mut event = single("a");
        event["start"] = one.clone();
        let body = json!({"responses": [
            {"id": "0", "status": 200, "headers": {"Retry-After": headers}, "body": event},
            {"id": "1", "status": 200, "headers": {}, "body": other},
            one,
        ]});
        block_on(answer_everything_with(200, &body));
    }
}
