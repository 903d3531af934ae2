//! Graph's links: stored from the version on, asked for verbatim, and never followed elsewhere.

use providers::calendar::After;
use providers::{ReadError, Start};
use serde_json::{Value, json};

use super::{GRAPH, everything, graph, ok, page_of};
use crate::server::{Reply, Server};

/// A page with a link of this kind.
fn linked(kind: &str, link: &str) -> Value {
    let mut page = json!({"value": []});
    page[kind] = link.into();
    page
}

#[tokio::test]
async fn a_link_is_stored_from_the_version_on_and_asked_for_verbatim() {
    // Neither decoded nor encoded anew: only Graph knows what it means.
    let link = "users/A%2Db/calendarView/delta?$deltatoken=R0+u%3d%3D&x=%27a%27~!";
    let whole = format!("{GRAPH}/v1.0/{link}");
    let server = graph(vec![ok(&linked("@odata.deltaLink", &whole))]).await;

    let page = page_of(&server, everything()).await.expect("a page");
    page_of(&server, Start::Cursor(link)).await.expect("a page");

    assert_eq!(
        page.after,
        After::End {
            cursor: link.to_owned()
        }
    );
    assert_eq!(server.requests()[1].line, format!("GET /v1.0/{link}"));
}

#[tokio::test]
async fn a_next_link_is_stored_in_the_same_way() {
    let link = "users/a/calendarView/delta?$skiptoken=R0";
    let whole = format!("{GRAPH}/v1.0/{link}");
    let server = graph(vec![ok(&linked("@odata.nextLink", &whole))]).await;

    let page = page_of(&server, everything()).await.expect("a page");

    assert_eq!(page.after, After::Page(link.to_owned()));
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_makes_its_page_unreadable() {
    let elsewhere = Server::answering(Reply::new(200, "{}")).await;
    let links = [
        format!("{}/v1.0/users/a", elsewhere.url),
        format!("{GRAPH}@{}/v1.0/users/a", &elsewhere.url[7..]),
        format!("{GRAPH}.evil.example/v1.0/users/a"),
        format!("{GRAPH}/beta/users/a"),
        format!("{GRAPH}/v1.0"),
        format!("{GRAPH}/v1.0/../beta/users/a"),
        format!("{GRAPH}/v1.0/users/%2E%2e/../../beta/users/a"),
        format!("{GRAPH}/v1.0/.\t./beta/users/a"),
        format!("{GRAPH}/v1.0/users/.\n./.\r./../beta/users/a"),
        format!("{GRAPH}/v1.0/users/a/.. "),
        "/v1.0/users/a".to_owned(),
        "users/a".to_owned(),
    ];

    for link in links {
        for kind in ["@odata.nextLink", "@odata.deltaLink"] {
            let server = graph(vec![ok(&linked(kind, &link))]).await;

            let page = page_of(&server, everything()).await;

            assert!(
                matches!(page, Err(ReadError::Unreadable { .. })),
                "{link}: {page:?}"
            );
            assert_eq!(server.count(), 1, "{link}");
        }
    }
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test]
async fn why_a_link_is_not_followed_repeats_nothing_of_it() {
    let link = "https://s3cret.example/v1.0/users/a";
    let server = graph(vec![ok(&linked("@odata.nextLink", link))]).await;

    let error = page_of(&server, everything()).await.unwrap_err();

    let printed = format!("{error:?} {error}");
    assert!(!printed.contains("s3cret"), "{printed}");
}
