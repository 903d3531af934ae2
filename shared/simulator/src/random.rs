//! SplitMix64: ten lines whose numbers never change with a library's version, so that a seed found
//! by a failing test still means the same thing next year.

use serde::{Deserialize, Serialize};

const BASE32: &[u8] = b"0123456789abcdefghijklmnopqrstuv";
const HEX: &[u8] = b"0123456789abcdef";
const TOKEN: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A seeded source of numbers and names.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        // The bias is far below anything a test of a simulator could notice.
        self.next().checked_rem(bound).unwrap_or(0)
    }

    pub(crate) fn strikes(&mut self, probability: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are kept exactly")]
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        unit < probability
    }

    /// The alphabet Google uses for event and resource ids.
    pub(crate) fn id(&mut self, length: usize) -> String {
        self.text(BASE32, length)
    }

    pub(crate) fn token(&mut self, length: usize) -> String {
        self.text(TOKEN, length)
    }

    pub(crate) fn hex(&mut self, length: usize) -> String {
        self.text(HEX, length)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let length = 0..length;
        length
            .map(|_| char::from(alphabet[self.below(alphabet.len() as u64) as usize]))
            .collect()
    }
}

/// A name that follows from its parts, for ids that must be stable over restarts.
pub(crate) fn derived(seed: u64, parts: &str) -> Random {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    let hash = parts.bytes().fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Random::seeded(hash)
}
