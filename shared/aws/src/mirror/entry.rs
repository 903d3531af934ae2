//! A feed entry as JSON, as it is stored and as readers get it.

use domain::change::{Change, What};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::event_document::{self, KindName};

/// A feed entry as JSON.
#[derive(Serialize, Deserialize)]
struct EntryDocument {
    seq: u64,
    at: Timestamp,
    correlation: String,
    #[serde(flatten)]
    what: WhatDocument,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WhatDocument {
    Created {
        after: event_document::EventDocument,
    },
    Updated {
        after: event_document::EventDocument,
        changed: Vec<String>,
    },
    Deleted {
        event: String,
        provider_id: String,
        kind: KindName,
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<event_document::EventDocument>,
    },
    Resynced,
}

/// Writes a feed entry as JSON.
pub fn write_entry(entry: &Change) -> String {
    let what = match &entry.what {
        What::Created(event) => WhatDocument::Created {
            after: event.as_ref().into(),
        },
        What::Updated { after, changed } => WhatDocument::Updated {
            after: after.as_ref().into(),
            changed: changed.iter().map(ToString::to_string).collect(),
        },
        What::Deleted {
            event,
            provider_id,
            kind,
            marker,
        } => WhatDocument::Deleted {
            event: event.to_string(),
            provider_id: provider_id.clone(),
            kind: (*kind).into(),
            after: marker.as_deref().map(Into::into),
        },
        What::Resynced => WhatDocument::Resynced,
    };
    let document = EntryDocument {
        seq: entry.seq,
        at: entry.at,
        correlation: entry.correlation.to_string(),
        what,
    };
    serde_json::to_string(&document).expect("an entry can be written as JSON")
}

/// Reads a feed entry from JSON.
///
/// # Errors
/// If it is not one that this release or the last one wrote.
pub fn read_entry(text: &str) -> Result<Change, Error> {
    const WHAT: &str = "could not understand a stored change";
    let document: EntryDocument = serde_json::from_str(text).map_err(Error::on(WHAT))?;
    let what = match document.what {
        WhatDocument::Created { after } => What::Created(Box::new(after.try_into()?)),
        WhatDocument::Updated { after, changed } => What::Updated {
            after: Box::new(after.try_into()?),
            changed: changed.iter().filter_map(|name| field(name)).collect(),
        },
        WhatDocument::Deleted {
            event,
            provider_id,
            kind,
            after,
        } => What::Deleted {
            event: event.parse().map_err(Error::on(WHAT))?,
            provider_id,
            kind: kind.into(),
            marker: after
                .map(|event| event.try_into().map(Box::new))
                .transpose()?,
        },
        WhatDocument::Resynced => What::Resynced,
    };
    Ok(Change {
        seq: document.seq,
        at: document.at,
        correlation: document.correlation.parse().map_err(Error::on(WHAT))?,
        what,
    })
}

/// The field names of this release; a reader is not told of others.
fn field(name: &str) -> Option<&'static str> {
    domain::event::FIELDS
        .into_iter()
        .find(|known| *known == name)
}
