//! What an operator may switch off: for one organization, or everywhere.

/// What happens with notifications that are taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ingest {
    /// A read follows.
    #[default]
    On,
    /// They are recorded, and the read is owed until this is on again.
    RecordOnly,
}

impl Ingest {
    /// The name in items and at the surface.
    pub const fn name(self) -> &'static str {
        match self {
            Ingest::On => "on",
            Ingest::RecordOnly => "record_only",
        }
    }

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [Ingest::On, Ingest::RecordOnly]
            .into_iter()
            .find(|it| it.name() == name)
    }
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Power {
    /// It is.
    #[default]
    On,
    /// It waits until this is on again.
    Off,
}

impl Power {
    /// The name in items and at the surface.
    pub const fn name(self) -> &'static str {
        match self {
            Power::On => "on",
            Power::Off => "off",
        }
    }

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [Power::On, Power::Off]
            .into_iter()
            .find(|it| it.name() == name)
    }
}

/// All switches of an organization, or of everybody. Whatever they are, nothing is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// Whether a notification leads to a read.
    pub ingest: Ingest,
    /// Whether calendars are read at all.
    pub sync: Power,
    /// Whether anything is put on the bus.
    pub publish: Power,
}

impl Switches {
    /// What follows from an organization's and everybody's: off wins.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let off = |one: Power, two: Power| match (one, two) {
            (Power::On, Power::On) => Power::On,
            (Power::Off, _) | (_, Power::Off) => Power::Off,
        };
        Self {
            ingest: match (self.ingest, other.ingest) {
                (Ingest::On, Ingest::On) => Ingest::On,
                (Ingest::RecordOnly, _) | (_, Ingest::RecordOnly) => Ingest::RecordOnly,
            },
            sync: off(self.sync, other.sync),
            publish: off(self.publish, other.publish),
        }
    }

    /// Whether a read that a hint asked for may start.
    pub fn reads_hints(self) -> bool {
        self.sync == Power::On && self.ingest == Ingest::On
    }
}

/// What an operator changes of them; none stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Whether a notification leads to a read.
    pub ingest: Option<Ingest>,
    /// Whether calendars are read at all.
    pub sync: Option<Power>,
    /// Whether anything is put on the bus.
    pub publish: Option<Power>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_wins_wherever_it_was_said() {
        let on = Switches::default();
        let off = Switches {
            ingest: Ingest::RecordOnly,
            sync: Power::Off,
            publish: Power::Off,
        };

        assert_eq!(on.and(on), on);
        assert_eq!(on.and(off), off);
        assert_eq!(off.and(on), off);
    }

    #[test]
    fn a_hint_is_read_only_if_nothing_stands_against_it() {
        let on = Switches::default();
        let recorded = Switches {
            ingest: Ingest::RecordOnly,
            ..on
        };
        let unread = Switches {
            sync: Power::Off,
            ..on
        };

        assert!(on.reads_hints());
        assert!(!recorded.reads_hints() && !unread.reads_hints());
    }
}
