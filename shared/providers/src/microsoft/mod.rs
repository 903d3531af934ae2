//! Microsoft Graph: its events.
//!
//! | module | what it holds |
//! |---|---|
//! | `event` | an item of a page, or the answer about one event, in calwatch's shape |
//! | `occurrence` | which occurrence of a series is meant, and when it would have started |
//! | `recurrence` | a pattern and its range as a line of RFC 5545 |
//! | `when` | a point on a calendar |
//! | `zone` | the zone behind a name; `windows` is the table it looks into |

pub(crate) mod event;
mod occurrence;
mod recurrence;
mod when;
mod windows;
mod zone;
