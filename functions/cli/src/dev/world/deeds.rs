//! What people do at their calendars, whoever keeps them.
//!
//! What is changed goes by the name from which calwatch makes its own: an occurrence of Outlook's
//! by its series and its date, everything else by the provider's id.

use domain::Provider;
use domain::inbox::Source;
use serde_json::{Value, json};
use simulator::Fault;

use super::World;
use super::draft::{Draft, Moment, day};

impl World {
    /// Creates an event.
    pub(crate) fn create(&self, at: &Source, draft: &Draft) -> String {
        self.write(at, self.drafted(at, draft))
    }

    /// Writes an event anew.
    pub(crate) fn rewrite(&self, at: &Source, id: &str, draft: &Draft) -> String {
        let mut event = self.drafted(at, draft);
        event["id"] = json!(id);
        self.write(at, event)
    }

    /// Gives an event another title.
    pub(crate) fn rename(&self, at: &Source, id: &str, title: &str) -> String {
        let name = match at.provider {
            Provider::Google => "summary",
            Provider::Microsoft => "subject",
        };
        self.write(at, json!({ "id": id, name: title }))
    }

    /// Deletes an event.
    pub(crate) fn delete(&self, at: &Source, id: &str) -> String {
        let calendar = &at.external_id;
        match at.provider {
            Provider::Google => self.simulator.delete_event(calendar, id),
            Provider::Microsoft => self.graph.delete_event(calendar, id),
        }
        id.to_owned()
    }

    /// Moves the occurrence that is at one hour to another.
    pub(crate) fn move_occurrence(
        &self,
        at: &Source,
        series: &str,
        from: Moment,
        to: Moment,
    ) -> String {
        let calendar = &at.external_id;
        let original = from.instant(self.today);
        let (start, end) = (
            to.instant(self.today),
            to.an_hour_later().instant(self.today),
        );
        match at.provider {
            Provider::Google => {
                let place = (&*start, &*end);
                self.simulator
                    .move_occurrence(calendar, series, &original, place)
            }
            Provider::Microsoft => {
                self.graph
                    .move_occurrence(calendar, series, &original, &start, &end);
                self.occurrence(series, from)
            }
        }
    }

    /// Takes the occurrence that is at this hour out of its series.
    pub(crate) fn cancel_occurrence(&self, at: &Source, series: &str, from: Moment) -> String {
        let calendar = &at.external_id;
        let original = from.instant(self.today);
        match at.provider {
            Provider::Google => self
                .simulator
                .cancel_occurrence(calendar, series, &original),
            Provider::Microsoft => {
                self.graph.cancel_occurrence(calendar, series, &original);
                self.occurrence(series, from)
            }
        }
    }

    /// Changes one event many times in a row, or creates it first. Answers with its id.
    pub(crate) fn storm(&self, at: &Source, id: Option<&str>, changes: u32) -> String {
        let calendar = &at.external_id;
        match at.provider {
            Provider::Google => self.simulator.storm(calendar, id, changes),
            Provider::Microsoft => self.graph.storm(calendar, id, changes),
        }
    }

    /// Lets the provider forget how far it was read.
    pub(crate) fn lose_place(&self, at: &Source) {
        self.simulator
            .fault(Fault::ExpireSyncTokens.on(&at.external_id));
    }

    /// How often the provider answered that it had forgotten.
    pub(crate) fn places_lost(&self, provider: Provider) -> u64 {
        let endpoint = match provider {
            Provider::Google => "events.list",
            Provider::Microsoft => "graph.calendarView.delta",
        };
        let counts = self.simulator.request_log();
        let gone = counts
            .iter()
            .filter(|entry| entry.endpoint == endpoint && entry.status == 410);
        gone.map(|entry| entry.count).sum()
    }

    /// What the provider has in a calendar.
    pub(crate) fn truth(&self, at: &Source) -> Vec<Value> {
        match at.provider {
            Provider::Google => self.simulator.truth(&at.external_id),
            Provider::Microsoft => self.graph.truth(&at.external_id),
        }
    }

    fn drafted(&self, at: &Source, draft: &Draft) -> Value {
        match at.provider {
            Provider::Google => draft.for_google(self.today),
            Provider::Microsoft => draft.for_graph(self.today),
        }
    }

    fn write(&self, at: &Source, event: Value) -> String {
        match at.provider {
            Provider::Google => self.simulator.put_event(&at.external_id, event),
            Provider::Microsoft => self.graph.put_event(&at.external_id, event),
        }
    }

    fn occurrence(&self, series: &str, from: Moment) -> String {
        format!("OID.{series}.{}", day(self.today, from.days))
    }
}
