//! EventBridge: what it takes and what it refuses.

use aws_sdk_eventbridge as eventbridge;
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use serde_json::json;

use crate::{BusEvent, Cloud};

fn entry(detail: &str) -> PutEventsRequestEntry {
    let entry = PutEventsRequestEntry::builder().event_bus_name("test-calwatch");
    let entry = entry.source("calwatch").detail_type("calendar.resynced");
    entry.detail(detail).build()
}

#[tokio::test]
async fn an_event_that_was_put_can_be_seen() {
    let cloud = Cloud::start().await;
    let bus = eventbridge::Client::new(&cloud.sdk_config());

    let put = bus.put_events().entries(entry(r#"{"calendar":"cal_1"}"#));
    let put = put.send().await.unwrap();

    assert_eq!(put.failed_entry_count, 0);
    let expected = BusEvent {
        bus: "test-calwatch".to_owned(),
        source: "calwatch".to_owned(),
        detail_type: "calendar.resynced".to_owned(),
        detail: json!({ "calendar": "cal_1" }),
    };
    assert_eq!(cloud.take_events(), [expected]);
    assert!(cloud.events().is_empty());
}

#[tokio::test]
async fn a_detail_that_is_not_json_fails_alone() {
    let cloud = Cloud::start().await;
    let bus = eventbridge::Client::new(&cloud.sdk_config());

    let put = bus.put_events().entries(entry("{")).entries(entry("{}"));
    let put = put.send().await.unwrap();

    assert_eq!(put.failed_entry_count, 1);
    assert_eq!(put.entries()[0].error_code(), Some("MalformedDetail"));
    assert_eq!(cloud.events().len(), 1);
}

#[tokio::test]
async fn too_many_and_too_large_entries_are_refused_together() {
    let cloud = Cloud::start().await;
    let bus = eventbridge::Client::new(&cloud.sdk_config());
    let large = format!(r#"{{"text":"{}"}}"#, "x".repeat(140 * 1024));

    let eleven = bus.put_events().set_entries(Some(vec![entry("{}"); 11]));
    let heavy = bus.put_events().set_entries(Some(vec![entry(&large); 2]));

    for put in [eleven, heavy] {
        let refused = put.send().await.unwrap_err();
        assert_eq!(refused.code(), Some("ValidationException"));
    }
    assert!(cloud.events().is_empty());
}
