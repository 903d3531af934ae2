//! Parts of lists, and where to go on.

use std::fmt::Display;
use std::str::FromStr;

use app::manage::Page;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::documents::List;
use crate::fields::Fields;
use crate::problem::Refused;

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<K> {
    /// After which one.
    pub(crate) after: Option<K>,
    /// How many at most.
    pub(crate) limit: u16,
}

impl<K: FromStr> Part<K> {
    /// Reads `limit` and `cursor`, and nothing else.
    pub(crate) fn read(query: Option<&str>) -> Result<Self, Refused> {
        let mut fields = Fields::of_query(query);
        let part = Self::of(&mut fields);
        fields.finish(Some(part))
    }

    /// The same among others.
    pub(crate) fn of(fields: &mut Fields) -> Self {
        Self {
            limit: limit(fields),
            after: fields.cursor(|text| open(text)?.parse().ok()),
        }
    }
}

/// How many are wanted at most.
pub(crate) fn limit(fields: &mut Fields) -> u16 {
    let limit = fields.number("limit", (1, 200), 50);
    u16::try_from(limit).unwrap_or(u16::MAX)
}

/// A cursor. It holds a place in a list of the caller's own organization and nothing else, so one
/// that somebody made up, or took from another organization, leads nowhere.
pub(crate) fn close(place: impl Display) -> String {
    URL_SAFE_NO_PAD.encode(place.to_string())
}

/// What a cursor holds.
pub(crate) fn open(cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    String::from_utf8(bytes).ok()
}

/// A part of a list as a document.
pub(crate) fn listed<T, K: Display, D>(page: Page<T, K>, document: impl Fn(T) -> D) -> List<D> {
    List {
        items: page.items.into_iter().map(document).collect(),
        next: page.next.map(close),
    }
}
