//! The outbox on paper: only what is not over. What was under way has no answer that anybody heard, so
//! it waits again, as at a provider whose own process died.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Letter, Outbox};
use crate::delivery::{Delivery, Fate};

#[derive(Deserialize, Serialize)]
struct Written {
    last_id: u64,
    letters: Vec<WrittenLetter>,
}

#[derive(Deserialize, Serialize)]
struct WrittenLetter {
    due: Timestamp,
    first_attempt: Option<Timestamp>,
    delivery: Delivery,
}

impl Letter {
    fn written(&self, due: Timestamp) -> WrittenLetter {
        WrittenLetter {
            due,
            first_attempt: self.first_attempt,
            delivery: self.delivery.clone(),
        }
    }
}

impl Serialize for Outbox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let waiting = self.waiting.iter();
        let waiting = waiting.map(|((due, _), letter)| letter.written(*due));
        let under_way = self.in_flight.values();
        let under_way =
            under_way.map(|letter| letter.written(letter.last_attempt.unwrap_or_default()));
        let written = Written {
            last_id: self.last_id,
            letters: under_way.chain(waiting).collect(),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Outbox {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let mut outbox = Self {
            last_id: written.last_id,
            ..Self::default()
        };
        for WrittenLetter {
            due,
            first_attempt,
            delivery,
        } in written.letters
        {
            outbox.look_on(&delivery, Fate::Waiting);
            let letter = Letter {
                delivery,
                first_attempt,
                last_attempt: None,
                awaited: None,
            };
            outbox.waiting.insert((due, letter.delivery.id), letter);
        }
        Ok(outbox)
    }
}
