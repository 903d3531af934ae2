//! The items of one calendar and the order in which they changed: what sync tokens count, whoever
//! the provider is.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many states of an event are kept, so that a lagging read can show an older one.
const KEPT: usize = 4;

/// One state of an item.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Version<C> {
    /// The calendar's change counter when it came to be.
    pub(crate) changed: u64,
    pub(crate) updated: Timestamp,
    pub(crate) deleted: bool,
    pub(crate) content: C,
}

#[derive(Debug)]
struct Item<C> {
    id: Arc<str>,
    versions: Vec<Version<C>>,
}

impl<C> Item<C> {
    fn current(&self) -> &Version<C> {
        self.versions
            .last()
            .expect("an item is made with a version")
    }

    fn at(&self, visible: u64) -> Option<&Version<C>> {
        self.versions
            .iter()
            .rev()
            .find(|version| version.changed <= visible)
    }
}

/// All items, live and deleted.
#[derive(Debug)]
pub(crate) struct Items<C> {
    head: u64,
    items: Vec<Item<C>>,
    by_id: BTreeMap<Arc<str>, usize>,
    log: BTreeMap<u64, usize>,
}

impl<C> Default for Items<C> {
    fn default() -> Self {
        Self {
            head: 0,
            items: Vec::new(),
            by_id: BTreeMap::new(),
            log: BTreeMap::new(),
        }
    }
}

impl<C> Items<C> {
    /// The number of the last change.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    pub(crate) fn current(&self, id: &str) -> Option<&Version<C>> {
        self.by_id.get(id).map(|&index| self.items[index].current())
    }

    /// The state of an item as of a change number, if it is still known.
    pub(crate) fn at(&self, id: &str, visible: u64) -> Option<&Version<C>> {
        self.by_id
            .get(id)
            .and_then(|&index| self.items[index].at(visible))
    }

    /// Ids that begin with `prefix`: how the exceptions of a series are found.
    pub(crate) fn ids_with_prefix(&self, prefix: &str) -> Vec<String> {
        let range = self
            .by_id
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        range
            .map(|(id, _)| id)
            .take_while(|id| id.starts_with(prefix))
            .map(|id| id.to_string())
            .collect()
    }

    /// Writes a new state of an item, which becomes the last change.
    pub(crate) fn write(&mut self, id: &str, updated: Timestamp, deleted: bool, content: C) {
        self.head += 1;
        let version = Version {
            changed: self.head,
            updated,
            deleted,
            content,
        };
        let index = match self.by_id.get(id) {
            Some(&index) => {
                let item = &mut self.items[index];
                self.log.remove(&item.current().changed);
                if item.versions.len() == KEPT {
                    item.versions.remove(0);
                }
                item.versions.push(version);
                index
            }
            None => {
                let id: Arc<str> = id.into();
                let versions = vec![version];
                self.items.push(Item {
                    id: id.clone(),
                    versions,
                });
                self.by_id.insert(id, self.items.len() - 1);
                self.items.len() - 1
            }
        };
        self.log.insert(self.head, index);
    }

    /// What changed after `after`, as of `visible`, in the order of change. Starting in the middle
    /// costs nothing: a page of a large calendar is as quick as the first.
    pub(crate) fn changes(
        &self,
        after: u64,
        visible: u64,
    ) -> impl Iterator<Item = (&str, &Version<C>)> {
        let settled = (Bound::Excluded(after), Bound::Included(visible.max(after)));
        let mut settled = self
            .log
            .range(settled)
            .map(|(_, &index)| (&*self.items[index].id, self.items[index].current()))
            .peekable();

        // Items that changed again since then are elsewhere in the log.
        let later = (Bound::Excluded(visible.max(after)), Bound::Unbounded);
        let mut overtaken: Vec<_> = self
            .log
            .range(later)
            .filter_map(|(_, &index)| {
                Some((&*self.items[index].id, self.items[index].at(visible)?))
            })
            .filter(|(_, version)| version.changed > after)
            .collect();
        overtaken.sort_by_key(|(_, version)| version.changed);
        let mut overtaken = overtaken.into_iter().peekable();

        std::iter::from_fn(move || match (settled.peek(), overtaken.peek()) {
            (Some((_, first)), Some((_, second))) if second.changed < first.changed => {
                overtaken.next()
            }
            (Some(_), _) => settled.next(),
            (None, _) => overtaken.next(),
        })
    }
}

/// Written as ids with their states; counter, index and log follow from those.
impl<C: Serialize> Serialize for Items<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let items = self.items.iter();
        serializer.collect_seq(items.map(|item| (&*item.id, &item.versions)))
    }
}

impl<'de, C: Deserialize<'de>> Deserialize<'de> for Items<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut items = Self::default();
        for (id, versions) in Vec::<(String, Vec<Version<C>>)>::deserialize(deserializer)? {
            let Some(current) = versions.last() else {
                continue;
            };
            let index = items.items.len();
            items.head = items.head.max(current.changed);
            items.log.insert(current.changed, index);
            let id: Arc<str> = id.into();
            items.by_id.insert(id.clone(), index);
            items.items.push(Item { id, versions });
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(items: &mut Items<()>, id: &str) {
        items.write(id, Timestamp::UNIX_EPOCH, false, ());
    }

    fn ids(items: &Items<()>, after: u64, visible: u64) -> Vec<String> {
        items
            .changes(after, visible)
            .map(|(id, version)| format!("{id}@{}", version.changed))
            .collect()
    }

    #[test]
    fn an_item_is_listed_once_where_it_changed_last() {
        let mut items = Items::default();
        for id in ["a", "b", "a", "c"] {
            write(&mut items, id);
        }

        assert_eq!(ids(&items, 0, items.head()), ["b@2", "a@3", "c@4"]);
        assert_eq!(ids(&items, 3, items.head()), ["c@4"]);
        assert_eq!(ids(&items, 9, items.head()), Vec::<String>::new());
    }

    #[test]
    fn an_older_state_is_complete_and_in_order() {
        let mut items = Items::default();
        for id in ["a", "b", "c", "a", "b"] {
            write(&mut items, id);
        }

        assert_eq!(ids(&items, 0, 3), ["a@1", "b@2", "c@3"]);
        assert_eq!(ids(&items, 1, 4), ["b@2", "c@3", "a@4"]);
    }

    #[test]
    fn what_was_written_down_goes_on_where_it_stopped() {
        let mut items = Items::default();
        for id in ["a", "b", "a"] {
            write(&mut items, id);
        }

        let text = serde_json::to_string(&items).unwrap();
        let mut again: Items<()> = serde_json::from_str(&text).unwrap();
        write(&mut again, "c");

        assert_eq!(ids(&again, 0, 2), ["a@1", "b@2"]);
        assert_eq!(ids(&again, 0, again.head()), ["b@2", "a@3", "c@4"]);
    }
}
