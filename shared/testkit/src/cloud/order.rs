//! Order by seed: the randomness of this cloud, which is the same in every run.

use std::sync::Mutex;

use super::locked;

/// A reproducible sequence of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub(super) struct Sequence(u64);

impl Sequence {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let bound = u64::try_from(bound).expect("a bound that fits");
        usize::try_from((z ^ (z >> 31)) % bound).expect("less than the bound")
    }
}

/// Delays calls by a few turns of the scheduler, so that concurrent ones swap places.
#[derive(Debug, Default)]
pub(super) struct Shuffle(Mutex<Option<Sequence>>);

impl Shuffle {
    pub(super) fn start(&self, seed: u64) {
        *locked(&self.0) = Some(Sequence::new(seed));
    }

    pub(super) async fn pause(&self) {
        let turns = locked(&self.0)
            .as_mut()
            .map_or(0, |sequence| sequence.below(4));
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    }
}
