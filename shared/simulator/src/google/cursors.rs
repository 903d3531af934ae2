//! Sync tokens and page tokens: opaque to the client, and refused if a client made them up.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Where the next round begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyncToken {
    /// The calendar, or the account of a calendar list.
    pub(crate) resource: String,
    pub(crate) generation: u64,
    pub(crate) counter: u64,
    /// The parameters of the round that ended with it.
    pub(crate) parameters: u64,
}

/// Where the next page of a round begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageToken {
    pub(crate) resource: String,
    pub(crate) after: u64,
    /// The state the round reads, if it does not read the current one.
    pub(crate) visible: Option<u64>,
    /// The number of the last change when the round began.
    pub(crate) began: u64,
    /// How many empty pages led here: the next page after an empty one has a name of its own.
    pub(crate) empty: u64,
    pub(crate) parameters: u64,
}

impl SyncToken {
    pub(crate) fn encode(&self) -> String {
        let Self {
            resource,
            generation,
            counter,
            parameters,
        } = self;
        seal(&format!(
            "sync {generation} {counter} {parameters} {resource}"
        ))
    }

    pub(crate) fn decode(token: &str) -> Option<Self> {
        let text = open(token)?;
        let mut parts = text.strip_prefix("sync ")?.splitn(4, ' ');
        Some(Self {
            generation: parts.next()?.parse().ok()?,
            counter: parts.next()?.parse().ok()?,
            parameters: parts.next()?.parse().ok()?,
            resource: parts.next()?.to_owned(),
        })
    }
}

impl PageToken {
    pub(crate) fn encode(&self) -> String {
        let Self {
            resource,
            after,
            began,
            empty,
            parameters,
            ..
        } = self;
        let visible = self
            .visible
            .map_or_else(|| "-".to_owned(), |visible| visible.to_string());
        seal(&format!(
            "page {after} {visible} {began} {empty} {parameters} {resource}"
        ))
    }

    pub(crate) fn decode(token: &str) -> Option<Self> {
        let text = open(token)?;
        let mut parts = text.strip_prefix("page ")?.splitn(6, ' ');
        let after = parts.next()?.parse().ok()?;
        let visible = match parts.next()? {
            "-" => None,
            visible => Some(visible.parse().ok()?),
        };
        Some(Self {
            after,
            visible,
            began: parts.next()?.parse().ok()?,
            empty: parts.next()?.parse().ok()?,
            parameters: parts.next()?.parse().ok()?,
            resource: parts.next()?.to_owned(),
        })
    }
}

/// Standard base64 on purpose: its `+`, `/` and `=` find clients that do not encode their queries.
fn seal(text: &str) -> String {
    STANDARD.encode(crate::seal::seal(text))
}

fn open(token: &str) -> Option<String> {
    crate::seal::open(&STANDARD.decode(token).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> SyncToken {
        SyncToken {
            resource: "a calendar@example.com".to_owned(),
            generation: 3,
            counter: 70,
            parameters: u64::MAX,
        }
    }

    #[test]
    fn a_token_survives_the_journey() {
        let page = PageToken {
            resource: "a b".to_owned(),
            after: 1,
            visible: None,
            began: 4,
            empty: 3,
            parameters: 2,
        };

        assert_eq!(SyncToken::decode(&token().encode()), Some(token()));
        assert_eq!(PageToken::decode(&page.encode()), Some(page));
    }

    #[test]
    fn a_token_with_one_letter_changed_is_none() {
        let good = token().encode();
        let first = if good.starts_with('A') { "B" } else { "A" };

        assert_eq!(SyncToken::decode(&format!("{first}{}", &good[1..])), None);
        assert_eq!(SyncToken::decode(&format!("1{good}")), None);
        assert_eq!(PageToken::decode(&good), None);
    }
}
