//! Outlook calendars through Microsoft Graph: what it says, and how to talk to it.

pub(crate) mod webhook;
