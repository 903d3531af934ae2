//! A part of a list.

use std::str::FromStr;

use crate::attributes::Item;

/// A part of a list whose things are called `K`.
#[derive(Clone, Debug)]
pub struct Page<T, K> {
    /// What is on it. Perhaps less than was asked for.
    pub items: Vec<T>,
    /// After which one to go on; none if this is the end.
    pub next: Option<K>,
}

/// After which one to go on, from the key that DynamoDB stopped at.
pub(crate) fn next<K: FromStr>(stopped_at: Option<Item>, name: &str) -> Option<K> {
    stopped_at?.get(name)?.as_s().ok()?.parse().ok()
}
