//! What people do at the calendars of a world, whoever keeps them.
//!
//! Events are written as Google has them, which is short; for Microsoft they are translated.

use domain::Provider;
use serde_json::{Value, json};
use simulator::{CalendarOptions, Fault, PlannedFault};

use super::{ACCOUNT, World, translate};

impl World {
    /// The provider's name for the account's main calendar.
    pub fn main(&self) -> &str {
        &self.main
    }

    /// Writes an event into the main calendar, or changes the one with its `id`. Answers with the
    /// provider's name for it.
    pub fn put(&self, event: Value) -> String {
        self.put_in(&self.main, event)
    }

    /// The same for another calendar.
    pub fn put_in(&self, calendar: &str, event: Value) -> String {
        match self.provider {
            Provider::Google => self.google.put_event(calendar, event),
            Provider::Microsoft => {
                if event["status"] == "cancelled" {
                    let id = event["id"].as_str().expect("an event that exists");
                    self.graph.delete_event(calendar, id);
                    return id.to_owned();
                }
                self.graph.put_event(calendar, translate::event(&event))
            }
        }
    }

    /// Deletes an event of the main calendar.
    pub fn delete(&self, id: &str) {
        self.delete_in(&self.main, id);
    }

    /// The same for another calendar.
    pub fn delete_in(&self, calendar: &str, id: &str) {
        match self.provider {
            Provider::Google => self.google.delete_event(calendar, id),
            Provider::Microsoft => self.graph.delete_event(calendar, id),
        }
    }

    /// Takes one occurrence out of a series of the main calendar.
    pub fn cancel_occurrence(&self, id: &str, original_start: &str) {
        match self.provider {
            Provider::Google => {
                self.google
                    .cancel_occurrence(&self.main, id, original_start);
            }
            Provider::Microsoft => {
                self.graph.cancel_occurrence(&self.main, id, original_start);
            }
        }
    }

    /// Moves one occurrence of a series of the main calendar.
    pub fn move_occurrence(&self, id: &str, original_start: &str, start: &str, end: &str) {
        match self.provider {
            Provider::Google => {
                self.google
                    .move_occurrence(&self.main, id, original_start, (start, end));
            }
            Provider::Microsoft => {
                self.graph
                    .move_occurrence(&self.main, id, original_start, start, end);
            }
        }
    }

    /// Gives one occurrence of a series of the main calendar a title of its own; it stays where it
    /// is, from `start` to `end`.
    pub fn retitle_occurrence(&self, id: &str, (start, end): (&str, &str), title: &str) {
        match self.provider {
            Provider::Google => {
                let place = (start, end);
                let exception = self.google.move_occurrence(&self.main, id, start, place);
                self.google.put_event(&self.main, titled(&exception, title));
            }
            Provider::Microsoft => {
                let subject = json!({ "subject": title });
                self.graph.change_occurrence(&self.main, id, start, subject);
            }
        }
    }

    /// Adds many events to the main calendar, without a word.
    pub fn bulk(&self, count: u32) {
        match self.provider {
            Provider::Google => self.google.bulk_events(&self.main, count),
            Provider::Microsoft => self.graph.bulk(&self.main, count),
        }
    }

    /// Many quick changes of one event of the main calendar.
    pub fn storm(&self, id: Option<&str>, updates: u32) -> String {
        match self.provider {
            Provider::Google => self.google.storm(&self.main, id, updates),
            Provider::Microsoft => self.graph.storm(&self.main, id, updates),
        }
    }

    /// Adds a calendar to the account, and answers with the provider's name for it.
    pub fn add_calendar(&self, name: &str, options: CalendarOptions) -> String {
        match self.provider {
            Provider::Google => {
                self.google.add_calendar(ACCOUNT, name, options);
                name.to_owned()
            }
            Provider::Microsoft => {
                let user = self.main.trim_start_matches("users/");
                self.graph.add_calendar(user, name, options)
            }
        }
    }

    /// Arms a fault at the main calendar.
    pub fn fault(&self, fault: impl Into<PlannedFault>) {
        self.google.fault(fault.into().on(&self.main));
    }

    /// Lets the provider forget where we were.
    pub fn lose_cursors(&self) {
        self.fault(Fault::ExpireSyncTokens);
    }

    /// Withdraws everything that the account's user granted.
    pub fn revoke(&self) {
        match self.provider {
            Provider::Google => self.google.revoke(ACCOUNT),
            Provider::Microsoft => {
                self.graph.revoke(self.main.trim_start_matches("users/"));
            }
        }
    }

    /// What the provider has in the main calendar: single events, masters, and what was changed in
    /// a series or taken out of it, each as the provider writes it.
    pub fn truth(&self) -> Vec<Value> {
        self.truth_of(&self.main)
    }

    /// The same for another calendar.
    pub fn truth_of(&self, calendar: &str) -> Vec<Value> {
        match self.provider {
            Provider::Google => self.google.truth(calendar),
            Provider::Microsoft => self.graph.truth(calendar),
        }
    }
}

/// An event with this identifier and title; everything else stays as it is.
pub fn titled(id: &str, title: &str) -> Value {
    json!({ "id": id, "summary": title })
}
