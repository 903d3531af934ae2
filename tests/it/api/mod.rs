//! The management API: the real routes over the real use cases, asked as programs ask them.

mod calendars;
mod scene;
