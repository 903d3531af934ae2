//! The calendar services calwatch knows: a closed set, so an enum and a `match`.

use std::fmt;

/// Who keeps a calendar.
///
/// Another provider is another variant; the compiler then lists every place that must answer for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// Google Calendar.
    Google,
    /// Outlook calendars, through Microsoft Graph.
    Microsoft,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Google, Self::Microsoft];

    /// The name used in URLs, items and logs.
    pub const fn slug(self) -> &'static str {
        match self {
            Provider::Google => "google",
            Provider::Microsoft => "microsoft",
        }
    }

    /// Reads a [`slug`](Self::slug).
    pub fn from_slug(slug: &str) -> Option<Self> {
        match slug {
            "google" => Some(Provider::Google),
            "microsoft" => Some(Provider::Microsoft),
            _ => None,
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug())
    }
}
