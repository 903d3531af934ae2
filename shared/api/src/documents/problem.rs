//! A refusal.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was not carried out (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// For programs: `urn:calwatch:problem:` and a word.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What to do.
    pub detail: String,
    /// All fields that are not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<FieldError>>,
    /// `resync_required`: the newest entry of the feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seq: Option<u64>,
    /// `grant_refused`: the provider's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Which, with dots for what is within another.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}
