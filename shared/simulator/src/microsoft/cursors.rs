//! The tokens in next and delta links: opaque, and refused if a client made them up.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::seal::{open, seal};

/// A window of time: from, to.
pub(crate) type Window = (Timestamp, Timestamp);

/// Where a page begins, and for which round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) kind: Kind,
    pub(crate) window: Window,
    pub(crate) generation: u64,
    /// What changed up to here was told already.
    pub(crate) after: u64,
    /// Whether the round tells what is gone, and not just what is there.
    pub(crate) is_incremental: bool,
    /// The state the round reads, if it does not read the current one.
    pub(crate) visible: Option<u64>,
    /// The number of the last change when the round began.
    pub(crate) began: u64,
    /// How many pages told nothing new: the page after one of them has a name of its own.
    pub(crate) idle: u64,
    pub(crate) calendar: String,
}

/// Which link a token belongs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `$skiptoken`: the next page.
    Skip,
    /// `$deltatoken`: the next round.
    Delta,
}

impl Kind {
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::Skip => "$skiptoken",
            Self::Delta => "$deltatoken",
        }
    }
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let kind = self.kind.parameter();
        let (from, to) = (self.window.0.as_second(), self.window.1.as_second());
        let visible = self
            .visible
            .map_or_else(|| "-".to_owned(), |visible| visible.to_string());
        let Self {
            generation,
            after,
            is_incremental,
            began,
            idle,
            calendar,
            ..
        } = self;
        URL_SAFE_NO_PAD.encode(seal(&format!(
            "{kind} {from} {to} {generation} {after} {is_incremental} {visible} {began} {idle} {calendar}"
        )))
    }

    pub(crate) fn decode(kind: Kind, token: &str) -> Option<Self> {
        let text = open(&URL_SAFE_NO_PAD.decode(token).ok()?)?;
        let mut parts = text
            .strip_prefix(kind.parameter())?
            .trim_start()
            .splitn(9, ' ');
        let mut second = || Timestamp::from_second(parts.next()?.parse().ok()?).ok();
        let window = (second()?, second()?);
        Some(Self {
            kind,
            window,
            generation: parts.next()?.parse().ok()?,
            after: parts.next()?.parse().ok()?,
            is_incremental: parts.next()?.parse().ok()?,
            visible: match parts.next()? {
                "-" => None,
                visible => Some(visible.parse().ok()?),
            },
            began: parts.next()?.parse().ok()?,
            idle: parts.next()?.parse().ok()?,
            calendar: parts.next()?.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_the_journey_in_its_own_link_only() {
        let cursor = Cursor {
            kind: Kind::Skip,
            window: (Timestamp::UNIX_EPOCH, Timestamp::constant(7, 0)),
            generation: 1,
            after: 2,
            is_incremental: true,
            visible: Some(4),
            began: 5,
            idle: 6,
            calendar: "users/a/calendars/b".to_owned(),
        };
        let token = cursor.encode();

        assert_eq!(Cursor::decode(Kind::Delta, &token), None);
        assert_eq!(Cursor::decode(Kind::Skip, &format!("{token}A")), None);
        assert_eq!(Cursor::decode(Kind::Skip, &token), Some(cursor));
    }
}
