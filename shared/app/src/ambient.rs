//! Time and chance, passed in, so that tests can fix both.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use ulid::Ulid;

/// Where `app` gets time and chance from.
#[derive(Clone)]
pub struct Ambient {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    chance: Arc<dyn Fn() -> u128 + Send + Sync>,
}

impl Ambient {
    /// From a clock and a source of random bits.
    pub fn new(
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        chance: impl Fn() -> u128 + Send + Sync + 'static,
    ) -> Self {
        Self {
            clock: Arc::new(clock),
            chance: Arc::new(chance),
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A new identifier: the time, and chance.
    pub fn ulid(&self) -> Ulid {
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or_default();
        Ulid::from_parts(millis, (self.chance)())
    }

    /// Bytes that nobody can guess.
    pub fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        secret[..16].copy_from_slice(&(self.chance)().to_be_bytes());
        secret[16..].copy_from_slice(&(self.chance)().to_be_bytes());
        secret
    }

    /// A number between 0 and 1, to spread what would otherwise happen at once.
    pub fn jitter(&self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "sixteen bits fit a float exactly"
        )]
        let sixteen_bits = ((self.chance)() & 0xffff) as f64;
        sixteen_bits / 65_536.0
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ambient")
    }
}
