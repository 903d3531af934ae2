//! The `Prefer` header: what a client would like of an answer.

use http::HeaderMap;

use crate::microsoft::refusal::Refusal;
use crate::microsoft::render::{BodyKind, Look};
use crate::microsoft::zones::Zone;
use crate::state::State;

/// Every preference that means something here.
#[derive(Clone, Debug)]
pub(crate) struct Prefer {
    pub(crate) max_page_size: Option<usize>,
    pub(crate) wants_immutable_ids: bool,
    pub(crate) look: Look,
}

impl Prefer {
    /// Reads preferences; several may share one header, and there may be several headers.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut prefer = Self {
            max_page_size: None,
            wants_immutable_ids: false,
            look: Look {
                zone: Zone::utc(),
                body: BodyKind::Html,
            },
        };
        let values = headers.get_all("prefer").into_iter();
        let texts = values.filter_map(|value| value.to_str().ok());
        for (name, value) in texts
            .flat_map(|text| text.split(','))
            .filter_map(|one| one.split_once('='))
        {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "odata.maxpagesize" => prefer.max_page_size = value.parse().ok(),
                "idtype" => {
                    prefer.wants_immutable_ids = value.eq_ignore_ascii_case("ImmutableId");
                }
                "outlook.timezone" => {
                    prefer.look.zone = Zone::find(value).ok_or_else(|| unknown_zone(value))?;
                }
                "outlook.body-content-type" => {
                    prefer.look.body = if value.eq_ignore_ascii_case("text") {
                        BodyKind::Text
                    } else {
                        BodyKind::Html
                    };
                }
                _ => {}
            }
        }
        Ok(prefer)
    }

    /// Ids of the other kind change when an event is moved to another folder.
    pub(crate) fn insist_on_immutable_ids(&self, state: &mut State, endpoint: &'static str) {
        if !self.wants_immutable_ids {
            let now = state.time.now();
            let what = "no Prefer: IdType=\"ImmutableId\"".to_owned();
            state.requests.object(endpoint, what, now);
        }
    }
}

fn unknown_zone(name: &str) -> Refusal {
    let message = format!(
        "A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
    );
    Refusal::new(400, "TimeZoneNotSupportedException", &message)
}
