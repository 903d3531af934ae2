//! Which keys sign channel tokens, and which may go?
//!
//! A new key is published before it signs, longer than anybody believes what they fetched before.
//! An old one goes when no subscription carries a token of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::token::KNOWN_BEFORE;

/// The keys of a deployment by their ids, without what is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The ids of all keys.
    pub keys: BTreeSet<u8>,
    /// The key that signs, unless the next one does.
    pub signing: u8,
    /// The key that signs from then on.
    pub next: Option<(u8, Timestamp)>,
}

/// Why keys can not be changed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A new key is published and does not sign before then.
    UnderWay(Timestamp),
    /// There is no such key.
    Unknown,
    /// The key signs; another one has to sign first.
    Signs,
    /// There are as many keys as there can be; some have to go first.
    Full,
}

impl Roster {
    /// The key that signs at `now`.
    pub fn signs(&self, now: Timestamp) -> u8 {
        match self.next {
            Some((next, from)) if from <= now => next,
            Some(_) | None => self.signing,
        }
    }

    /// With one more key, which signs in a while.
    ///
    /// # Errors
    /// Says what stands against it.
    pub fn rotated(&self, now: Timestamp) -> Result<(Self, u8), Refusal> {
        if let Some((_, from)) = self.next.filter(|(_, from)| *from > now) {
            return Err(Refusal::UnderWay(from));
        }
        let signing = self.signs(now);
        // The one after the signing key, so that ids are not soon used again.
        let free = (1..=u8::MAX)
            .map(|step| signing.wrapping_add(step))
            .find(|id| *id != 0 && !self.keys.contains(id));
        let new = free.ok_or(Refusal::Full)?;
        let mut keys = self.keys.clone();
        keys.insert(new);
        let roster = Self {
            keys,
            signing,
            next: Some((new, now + KNOWN_BEFORE)),
        };
        Ok((roster, new))
    }

    /// Without this key.
    ///
    /// # Errors
    /// Says what stands against it.
    pub fn without(&self, id: u8, now: Timestamp) -> Result<Self, Refusal> {
        if !self.keys.contains(&id) {
            return Err(Refusal::Unknown);
        }
        let signing = self.signs(now);
        if id == signing {
            return Err(Refusal::Signs);
        }
        let mut keys = self.keys.clone();
        keys.remove(&id);
        Ok(Self {
            keys,
            signing,
            next: self.next.filter(|(next, from)| *from > now && *next != id),
        })
    }

    /// The keys that may go: no subscription carries a token of them, and they sign nothing.
    /// `carried` is how many subscriptions carry one of each.
    pub fn idle(&self, carried: &BTreeMap<u8, u64>, now: Timestamp) -> BTreeSet<u8> {
        let signing = self.signs(now);
        let next = self.next.map(|(next, _)| next);
        let signs = |id: u8| id == signing || Some(id) == next;
        let idle = self.keys.iter().copied();
        idle.filter(|id| !signs(*id) && carried.get(id).is_none_or(|count| *count == 0))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn roster(keys: &[u8], signing: u8) -> Roster {
        Roster {
            keys: keys.iter().copied().collect(),
            signing,
            next: None,
        }
    }

    #[test]
    fn a_new_key_signs_after_everybody_knows_it() {
        let (rotated, new) = roster(&[1], 1).rotated(at(0)).expect("nothing under way");

        assert_eq!(new, 2);
        assert_eq!(rotated.signs(at(599)), 1);
        assert_eq!(rotated.signs(at(600)), 2);
        assert_eq!(
            rotated.rotated(at(599)),
            Err(Refusal::UnderWay(at(600))),
            "one at a time"
        );
        let (again, newer) = rotated.rotated(at(600)).expect("it signs now");
        assert_eq!((again.signing, newer), (2, 3));
    }

    #[test]
    fn ids_go_round_and_end() {
        let (_, new) = roster(&[255], 255).rotated(at(0)).expect("room");
        assert_eq!(new, 1, "0 is no id");

        let all: Vec<u8> = (1..=255).collect();
        assert_eq!(roster(&all, 7).rotated(at(0)), Err(Refusal::Full));
    }

    #[test]
    fn the_key_that_signs_stays() {
        let (rotated, new) = roster(&[1], 1).rotated(at(0)).expect("nothing under way");

        assert_eq!(rotated.without(1, at(599)), Err(Refusal::Signs));
        assert_eq!(rotated.without(new, at(600)), Err(Refusal::Signs));
        assert_eq!(rotated.without(9, at(600)), Err(Refusal::Unknown));
        let left = rotated.without(1, at(600)).expect("it does not sign");
        assert_eq!(left, roster(&[2], 2));
        let back = rotated.without(new, at(599)).expect("it does not sign yet");
        assert_eq!(back, roster(&[1], 1));
    }

    #[test]
    fn a_key_that_nobody_carries_may_go() {
        let (rotated, _) = roster(&[1, 7], 1)
            .rotated(at(0))
            .expect("nothing under way");
        let carried = BTreeMap::from([(1, 3), (7, 0)]);

        assert_eq!(rotated.idle(&carried, at(0)), BTreeSet::from([7]));
        assert_eq!(rotated.idle(&carried, at(600)), BTreeSet::from([7]));
        assert_eq!(
            rotated.idle(&BTreeMap::new(), at(600)),
            BTreeSet::from([1, 7])
        );
    }
}
