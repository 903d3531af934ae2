//! One request and its answer, with a limit on everything that a stranger decides.

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::RequestBuilder;

/// The most that one page of events may take once decompressed. Google's pages are asked for with
/// 250 events; a typical one takes 300 KB, and 64 KB an event is all that is kept of each.
pub(crate) const PAGE_BYTES: usize = 16 * 1024 * 1024;

/// The most that any other answer may take.
pub(crate) const ANSWER_BYTES: usize = 1024 * 1024;

/// The longest wait that is believed.
pub(crate) const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// Why a provider could not answer. Trying again later helps.
#[derive(Debug, thiserror::Error)]
pub enum Outage {
    /// It said so itself.
    #[error("the provider answered with status {0}")]
    Status(u16),
    /// No answer, or not a whole one, or not in time.
    #[error("could not get a whole answer")]
    Network(#[source] reqwest::Error),
    /// An answer that says nothing.
    #[error("could not understand the answer: {0}")]
    Unreadable(&'static str),
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It was longer than we read.
    TooLarge,
    /// There was none.
    Outage(Outage),
}

/// Sends a request and reads the answer, up to so many decompressed bytes.
pub(crate) async fn exchange(request: RequestBuilder, limit: usize) -> Result<Answer, Failure> {
    let mut response = request.send().await.map_err(network)?;
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    // Chunks come out of the decompressor in small pieces, so a bomb is noticed as it unfolds.
    while let Some(chunk) = response.chunk().await.map_err(network)? {
        if body.len() + chunk.len() > limit {
            return Err(Failure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

/// The URL of a request holds a sync token and an address, so it never gets into an error.
fn network(error: reqwest::Error) -> Failure {
    Failure::Outage(Outage::Network(error.without_url()))
}

impl Answer {
    /// How long the provider wants us to wait, if it says so.
    ///
    /// A date is compared with the answer's own `Date`: our clock is not asked, and need not agree.
    pub(crate) fn wait(&self) -> Option<SignedDuration> {
        let value = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) {
            SignedDuration::from_secs(value.parse().ok()?)
        } else {
            let sent = date(self.headers.get(http::header::DATE)?.to_str().ok()?)?;
            sent.duration_until(date(value)?)
        };
        Some(wait.clamp(SignedDuration::ZERO, LONGEST_WAIT))
    }
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

/// An error code as it may be repeated in logs: a bare word, since anything longer may hold a
/// customer's data.
pub(crate) fn code(text: &str) -> String {
    let is_word = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    if is_word && (1..=64).contains(&text.len()) {
        text.to_owned()
    } else {
        "unnamed".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(headers: &[(&'static str, &'static str)]) -> Option<SignedDuration> {
        let mut answer = Answer {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: HeaderMap::new(),
            body: Vec::new(),
        };
        for (name, value) in headers {
            answer.headers.insert(*name, value.parse().unwrap());
        }
        answer.wait()
    }

    #[test]
    fn a_wait_is_read_as_seconds_or_as_a_date() {
        let date = ("date", "Tue, 10 Nov 2026 14:30:00 GMT");
        let later = ("retry-after", "Tue, 10 Nov 2026 14:30:40 GMT");
        let earlier = ("retry-after", "Tue, 10 Nov 2026 14:29:00 GMT");

        assert_eq!(
            wait(&[("retry-after", "17")]),
            Some(SignedDuration::from_secs(17))
        );
        assert_eq!(wait(&[date, later]), Some(SignedDuration::from_secs(40)));
        assert_eq!(wait(&[date, earlier]), Some(SignedDuration::ZERO));
    }

    #[test]
    fn a_wait_that_makes_no_sense_is_none_or_a_day() {
        let later = ("retry-after", "Tue, 10 Nov 2026 14:30:40 GMT");

        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[("retry-after", "")]), None);
        assert_eq!(wait(&[("retry-after", "-5")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "99999999999999999999")]), None);
        assert_eq!(
            wait(&[later]),
            None,
            "a date with nothing to compare it with"
        );
        assert_eq!(wait(&[("retry-after", "999999999")]), Some(LONGEST_WAIT));
    }
}
