//! The management API: the real routes over the real use cases, asked as programs ask them.

mod auth;
mod calendars;
mod connections;
mod document;
mod feed;
mod problems;
mod repeats;
mod scene;
mod shapes;
mod switches;
mod tenants;
