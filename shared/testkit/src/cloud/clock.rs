//! The clock of a cloud, which stands still unless a test moves it.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};

use super::locked;

/// A clock that a test moves; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Mutex<Timestamp>>);

impl Clock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        *locked(&self.0)
    }

    /// Moves it by a duration; backwards, too, if a test must.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = locked(&self.0);
        *now = now.checked_add(by).expect("a time in range");
    }

    /// Moves it to a time.
    pub fn set(&self, now: Timestamp) {
        *locked(&self.0) = now;
    }
}

/// DynamoDB's engine reads the same clock.
impl dynoxide::storage_backend::Clock for Clock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.now().as_second()).unwrap_or_default()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.now().as_duration().as_secs_f64()
    }
}
