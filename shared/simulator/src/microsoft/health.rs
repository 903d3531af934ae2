//! How quickly addresses answer, and what Graph makes of it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::delivery::{Answer, Judgement};

/// A first attempt has to be answered within this, a later one within `LATER`.
const FIRST: SignedDuration = SignedDuration::from_secs(3);
const LATER: SignedDuration = SignedDuration::from_secs(10);

/// What is looked back at, and how long a bad state lasts.
const PERIOD: SignedDuration = SignedDuration::from_mins(10);

/// Fewer answers than this say nothing about an address. Not documented; without it one slow answer
/// after a quiet night would be a hundred percent.
const ENOUGH: usize = 10;

#[derive(Debug, Default, Deserialize, Serialize)]
struct Record {
    answers: Vec<(Timestamp, SignedDuration)>,
    slow_until: Option<Timestamp>,
    drops_until: Option<Timestamp>,
}

/// The record of every address.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Health(BTreeMap<String, Record>);

impl Health {
    /// Any 2xx in time is success; everything else is tried again, whatever its class.
    pub(crate) fn judge(
        &mut self,
        url: &str,
        answer: Answer,
        attempt: u32,
        took: SignedDuration,
        now: Timestamp,
    ) -> Judgement {
        self.record(url, took, now);
        let limit = if attempt <= 1 { FIRST } else { LATER };
        match answer {
            Answer::Status(200..=299) if took <= limit => Judgement::Success,
            Answer::Status(_) | Answer::Nothing => Judgement::Retry,
        }
    }

    fn record(&mut self, url: &str, took: SignedDuration, now: Timestamp) {
        let record = self.0.entry(url.to_owned()).or_default();
        let answers = &mut record.answers;
        answers.push((now, took));
        answers.retain(|(at, _)| now.duration_since(*at) <= PERIOD);
        let over = |limit| answers.iter().filter(|(_, took)| *took > limit).count();
        if answers.len() < ENOUGH {
            return;
        }
        if over(FIRST) * 100 > answers.len() * 10 {
            record.slow_until = Some(now + PERIOD);
        }
        if over(LATER) * 100 > answers.len() * 15 {
            record.drops_until = Some(now + PERIOD);
        }
    }

    /// Until when notifications to an address are dropped, if they are.
    pub(crate) fn drops_until(&self, url: &str, now: Timestamp) -> Option<Timestamp> {
        let record = self.0.get(url)?;
        record.drops_until.filter(|until| now < *until)
    }

    /// By how much notifications to an address are late.
    pub(crate) fn delay(&self, url: &str, now: Timestamp) -> SignedDuration {
        let slow = self.0.get(url).and_then(|record| record.slow_until);
        match slow {
            Some(until) if now < until => PERIOD,
            Some(_) | None => SignedDuration::ZERO,
        }
    }
}
