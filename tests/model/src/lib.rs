//! The algorithm that carries a hint from a provider to the bus, as a model that is searched
//! exhaustively: it decides the shape of the items, and a test fails if a guard is taken out.
//!
//! # What is modelled
//!
//! One calendar. Every call to a table, a queue, a provider or the bus is one [`calendar::Action`],
//! and between any two of them anything else may happen: a crash, another invocation, a lease that
//! expires, a message or notification that comes twice, late or never, an answer that is lost while
//! its request still lands.
//!
//! * The **provider** is a counter. Change `v` touches event `v % 2`; a round is a snapshot taken
//!   at its first page, read in pages of one or two items from a cursor.
//! * [`receive`]: look, bump, record beside send, answer; activations and polls bump the same way.
//! * [`sync`]: acquire on `inbox`, raise on `feed`, read, write, extend or continue by a
//!   message, finish `feed`, finish `inbox` (clean, trailing or echo).
//! * [`publish`]: read, put, mark, clear. [`sweep`]: see, claim, send or remove; pause and resume.
//! * Time is not a number. A `due` that is set may have passed at any moment, and every write makes
//!   it differ from what others have seen. Leases without a living holder expire by themselves.
//!
//! What must hold is in [`properties`], what can be done wrong in [`variant`], how much may go
//! wrong at once in [`bounds`], and what is searched, with its verdict, in [`searches`].
//!
//! # What makes it small
//!
//! States that nobody can tell apart are merged (fences and counters keep their order, not their
//! size; actors of a kind are sorted). Like messages are counted, to two. A message that meets
//! somebody else's lease is always dropped, the worst that can happen to it. Provider and stored
//! rows are read in one step, since whoever changes rows in between has raised the fence. A crash
//! before an actor's first effect is left out: it is an actor that never came.
//!
//! # What is not covered
//!
//! Two calendars; values of clocks, hence `hold`, back-off and the number of runs in a storm;
//! rebuild, first import, unwatch and erase; more than one lagging read; a stale index (its claim
//! is refused, as for any `due` that has moved); transaction conflicts other than as a mark that
//! gives up. That everything comes to rest is shown for one fair schedule from every state, not for
//! every fair schedule.

pub mod actors;
pub mod bounds;
pub mod calendar;
mod canonical;
pub mod check;
mod drain;
mod finish;
pub mod landmarks;
pub mod properties;
pub mod publish;
pub mod receive;
pub mod searches;
pub mod state;
pub mod sweep;
pub mod sync;
mod transaction;
pub mod variant;
pub mod world;
