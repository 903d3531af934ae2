//! One calendar and everybody who works on it, in as few bytes as the questions need.

pub use crate::actors::{Note, Publisher, Receiver, Send, Step, Sweeper, Worker};
use crate::bounds::{Bounds, Budget};

/// Rows of the mirror. Change `v` touches event `v % 2`, so that both an overtaken and an
/// untouched event occur.
pub const EVENTS: usize = 2;
/// The most changes a search may make.
pub const MAX_CHANGES: usize = 4;
/// The most entries the feed can hold; the design needs one per change, mutants may repeat.
pub const MAX_FEED: usize = 7;
/// The most messages worth counting: they are all alike.
pub const MAX_QUEUE: u8 = 2;

/// The world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// How many changes the provider holds.
    pub version: u8,
    /// Per subscription, the changes whose notification still has to be delivered, as bits.
    pub pending: [u8; 2],
    /// Which subscriptions are live; the second may still wait for its activation.
    pub live: [bool; 2],
    /// Everything up to this change has been promised: acknowledged, or covered by an activation,
    /// a resumption or a poll.
    pub promised: u8,
    /// The item hints touch.
    pub inbox: Inbox,
    /// The item transactions touch.
    pub feed: Feed,
    /// The mirror: the version of each event.
    pub rows: [u8; EVENTS],
    /// The change rows by `seq` − 1: which version they tell of, 0 for none.
    pub changes: [u8; MAX_FEED],
    /// The entries on the bus, as bits of `seq` − 1.
    pub bus: u8,
    /// One record per notification identity.
    pub records: [[Record; MAX_CHANGES]; 2],
    /// Messages in SQS.
    pub queue: u8,
    /// Invocations of a webhook function, activations and polls.
    pub receivers: [Receiver; 2],
    /// Invocations of the sync function.
    pub workers: [Worker; 3],
    /// Invocations of the sweeper, each at one calendar.
    pub sweepers: [Sweeper; 2],
    /// Whoever publishes.
    pub publishers: [Publisher; 2],
    /// A request whose sender gave up on it.
    pub late: Option<Late>,
    /// A lagging replica hid something that only a poll brings back.
    pub owed_poll: bool,
    /// A row was overwritten by an older version.
    pub rows_went_back: bool,
    /// `syn` was overwritten by a smaller one.
    pub syn_went_back: bool,
    /// What may still happen.
    pub left: Budget,
}

/// The `inbox` item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Inbox {
    /// Whether an operator paused the calendar.
    pub paused: bool,
    /// Hints recorded.
    pub req: u8,
    /// Hints a finished round has covered.
    pub syn: u8,
    /// Raised by every acquisition.
    pub fence: u8,
    /// Who works on it.
    pub lease: Lease,
    /// Whether `due` is set. Its value is abstract: it may pass at any moment, and every write
    /// makes it differ from what others have seen.
    pub due: bool,
    /// The `req` that stands for an echo, 0 for none.
    pub echo: u8,
    /// Whether the next run is a trailing one; only `EchoAfterLeadingRunOnly` keeps it.
    pub trailing: bool,
}

/// A lease; its holder is whoever has the current fence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lease {
    /// Released.
    #[default]
    Free,
    /// Not expired.
    Held,
    /// Expired, and not yet taken by anybody else.
    Expired,
}

/// The `feed` item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Feed {
    /// The highest fence raised here.
    pub fence: u8,
    /// Where the next round starts: the version everything up to which is mirrored.
    pub cursor: u8,
    /// Where an unfinished round goes on.
    pub page: Option<Page>,
    /// The `req` of the first slice of an unfinished round, 0 for none.
    pub round_g: u8,
    /// The last entry of the feed.
    pub last_seq: u8,
    /// Everything up to here is on the bus.
    pub published_seq: u8,
    /// Whether somebody has to publish.
    pub pub_due: bool,
}

/// A page token: the snapshot it belongs to and the last version it has delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Page {
    /// The version at the round's first read.
    pub snapshot: u8,
    /// Everything up to here was on earlier pages.
    pub after: u8,
}

/// The record of a notification identity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Record {
    /// No such item.
    #[default]
    Absent,
    /// Written although the bump was refused; has no `g`.
    Late,
    /// Written after the bump that returned `g` (0 where a mutant writes it earlier).
    Known {
        /// The change it told of.
        change: u8,
        /// Processed once `syn` reaches this.
        g: u8,
        /// `dedup_until` has passed; DynamoDB has not deleted the item yet.
        lapsed: bool,
    },
}

/// A request that may land after its sender has stopped waiting for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Late {
    /// A feed transaction.
    Transaction(Transaction),
    /// The extension of a lease.
    Extend {
        /// The sender's fence.
        fence: u8,
    },
    /// The raise of the feed's fence.
    Raise {
        /// The sender's fence.
        fence: u8,
        /// What it acquired.
        g: u8,
    },
}

/// Rows, entries and the next page, all or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transaction {
    /// The sender's fence.
    pub fence: u8,
    /// The sender's round.
    pub round_g: u8,
    /// The `last_seq` the sender knows.
    pub seq: u8,
    /// What to write, 0 for nothing.
    pub writes: [u8; EVENTS],
    /// The next page, with the last transaction of a page.
    pub page: Option<Page>,
}

impl State {
    /// A freshly imported, clean, empty calendar.
    #[must_use]
    pub fn start(bounds: &Bounds) -> Self {
        let both = bounds.subscriptions == 2 && bounds.budget.activations == 0;
        Self {
            version: 0,
            pending: [0; 2],
            live: [true, both],
            promised: 0,
            inbox: Inbox::default(),
            feed: Feed::default(),
            rows: [0; EVENTS],
            changes: [0; MAX_FEED],
            bus: 0,
            records: [[Record::Absent; MAX_CHANGES]; 2],
            queue: 0,
            receivers: [Receiver::Idle; 2],
            workers: [Worker::default(); 3],
            sweepers: [Sweeper::Idle; 2],
            publishers: [Publisher::Idle; 2],
            late: None,
            owed_poll: false,
            rows_went_back: false,
            syn_went_back: false,
            left: bounds.budget,
        }
    }

    /// Adds a message. They are interchangeable, so more than [`MAX_QUEUE`] say nothing new.
    pub(crate) fn send(&mut self) {
        self.queue = (self.queue + 1).min(MAX_QUEUE);
    }

    /// Writes or removes `due`, so that nobody's earlier sight of it is current any more.
    pub(crate) fn write_due(&mut self, set: bool) {
        self.inbox.due = set;
        for receiver in &mut self.receivers {
            if let Receiver::Bumped {
                send: Send::Claim { fresh },
                ..
            } = receiver
            {
                *fresh = false;
            }
        }
        for sweeper in &mut self.sweepers {
            match sweeper {
                // Its claim would be refused without effect: let it go at once.
                Sweeper::Seen => *sweeper = Sweeper::Idle,
                Sweeper::NothingToDo { fresh } => *fresh = false,
                Sweeper::Idle | Sweeper::Claimed => {}
            }
        }
    }

    /// Whether a hint is waiting for a read.
    #[must_use]
    pub fn dirty(&self) -> bool {
        self.inbox.req > self.inbox.syn
    }

    /// Whether the mirror holds everything up to change `version`.
    #[must_use]
    pub fn mirrors(&self, version: u8) -> bool {
        self.rows
            .iter()
            .enumerate()
            .all(|(event, row)| *row >= latest(event, version))
    }
}

/// The last change of `event` among the first `version` changes, 0 for none.
#[must_use]
pub fn latest(event: usize, version: u8) -> u8 {
    (1..=version)
        .rev()
        .find(|v| event_of(*v) == event)
        .unwrap_or(0)
}

/// The event that change `version` touches.
#[must_use]
pub fn event_of(version: u8) -> usize {
    usize::from(version) % EVENTS
}
