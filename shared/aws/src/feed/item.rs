//! The shape of a feed item as it is stored.

use domain::reading::{Checkpoint, Feed};
use domain::window::Window;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::attributes::{Item, from_ms, read};

#[derive(Deserialize)]
struct FeedItem {
    fence: u64,
    cursor: Option<String>,
    checkpoint: Option<String>,
    round_g: Option<u64>,
    #[serde(default)]
    rebuilds: u64,
    #[serde(default)]
    doubted: bool,
    #[serde(default)]
    imported: bool,
    window_from: Option<i64>,
    window_until: Option<i64>,
    #[serde(default)]
    resync_asked: bool,
    #[serde(default)]
    last_seq: u64,
    #[serde(default)]
    published_seq: u64,
    push: Option<String>,
    push_since: Option<i64>,
    no_push: Option<String>,
    #[serde(default)]
    missed_push: u64,
}

pub(crate) fn parse(item: Item) -> Result<Feed, Error> {
    const WHAT: &str = "could not understand a calendar's feed";
    let item: FeedItem = read(WHAT, item)?;
    let checkpoint = item
        .checkpoint
        .map(|text| serde_json::from_str::<CheckpointV1>(&text))
        .transpose()
        .map_err(Error::on(WHAT))?;
    Ok(Feed {
        fence: item.fence,
        cursor: item.cursor,
        checkpoint: checkpoint.map(CheckpointV1::into_domain),
        round_g: item.round_g,
        rebuild: item.rebuilds,
        doubted: item.doubted,
        imported: item.imported,
        window: item
            .window_from
            .zip(item.window_until)
            .map(|(from, until)| Window {
                from: from_ms(from),
                until: from_ms(until),
            }),
        resync_asked: item.resync_asked,
        last_seq: item.last_seq,
        published_seq: item.published_seq,
        push: super::push::parse(
            item.push.as_deref(),
            item.push_since.map(from_ms),
            item.no_push.as_deref(),
        )
        .ok_or(Error::bare(WHAT))?,
        missed_push: item.missed_push,
    })
}

/// A checkpoint as it is stored: text, because nothing compares it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
enum CheckpointV1 {
    Page {
        page: String,
    },
    Count {
        cursor: String,
        after: Option<String>,
        rows: u64,
        unseen: u64,
    },
    Delete {
        cursor: String,
        after: Option<String>,
    },
}

impl CheckpointV1 {
    fn into_domain(self) -> Checkpoint {
        match self {
            CheckpointV1::Page { page } => Checkpoint::Page(page),
            CheckpointV1::Count {
                cursor,
                after,
                rows,
                unseen,
            } => Checkpoint::Count {
                cursor,
                after,
                rows,
                unseen,
            },
            CheckpointV1::Delete { cursor, after } => Checkpoint::Delete { cursor, after },
        }
    }
}

/// A checkpoint as it is stored.
pub(crate) fn write(checkpoint: &Checkpoint) -> String {
    let stored = match checkpoint.clone() {
        Checkpoint::Page(page) => CheckpointV1::Page { page },
        Checkpoint::Count {
            cursor,
            after,
            rows,
            unseen,
        } => CheckpointV1::Count {
            cursor,
            after,
            rows,
            unseen,
        },
        Checkpoint::Delete { cursor, after } => CheckpointV1::Delete { cursor, after },
    };
    serde_json::to_string(&stored).expect("texts and numbers can be written as JSON")
}
