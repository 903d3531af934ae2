//! What calwatch decides, without doing any of it.
//!
//! **Invariant:** nothing in this crate does I/O, reads a clock, draws a random number, is `async`
//! or derives serde. State and time come in, a decision goes out; `app` carries it out.
//!
//! | module | question it answers |
//! |---|---|
//! | [`token`] | Did we write this channel token, and for whom? |
//! | [`key_rotation`] | Which keys sign channel tokens, and which may go? |
//! | [`notification`] | What did the provider tell us? |
//! | [`receive`] | Was this notification seen before, and must a message be sent for it? |
//! | [`inbox`] | What does a calendar still owe its customers? |
//! | [`run`] | May this run start, how does it end, and when does the next one start? |
//! | [`reading`] | Which part of the provider's data comes next? |
//! | [`window`] | Which part of a calendar is read, where the provider wants to be told? |
//! | [`diff`] | What does one item of the provider change in the mirror? |
//! | [`publish`] | What goes on the bus, and what is still owed to it? |
//! | [`mailbox`] | May a run ask a mailbox now? |
//! | [`callback`] | Where does a provider send its notifications, and whose address is it? |
//! | [`renew`] | What does a subscription need so that its calendar is never without one? |
//! | [`push`] | Does the provider really tell us of a calendar's changes? |
//! | [`news`] | What became of a connection, a calendar's push or a subscription? |
//! | [`switches`] | What did an operator switch off? |
//! | [`sweep`] | What does an overdue calendar need? |
//! | [`api_key`] | Who calls the management API, and what may they do? |
//! | [`follow`] | What is a reader told who follows a calendar's feed? |
//! | [`health`] | How is an organization doing, and what is wrong? |
//! | [`event`] | What is an event, whoever keeps the calendar? |

pub mod api_key;
pub mod callback;
pub mod change;
pub mod diff;
pub mod event;
pub mod follow;
pub mod health;
pub mod ids;
pub mod inbox;
pub mod key_rotation;
pub mod mailbox;
pub mod news;
pub mod notification;
pub mod provider;
pub mod publish;
pub mod push;
pub mod reading;
pub mod receive;
pub mod renew;
pub mod run;
pub mod subscription;
pub mod sweep;
pub mod switches;
pub mod token;
pub mod window;

pub use ids::{
    ApiKeyId, CalendarId, CalendarKey, ConnectionId, CorrelationId, EventId, OrganizationId, RunId,
    SubscriptionId,
};
pub use provider::Provider;
