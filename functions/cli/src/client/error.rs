//! Why the API did not answer, or not as it was asked to.

use crate::problem::Problem;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The API refused.
    #[error(transparent)]
    Refused(Box<Problem>),
    /// It could not be asked.
    #[error("could not reach the API at {url}; check the URL and the network")]
    Unreachable {
        url: String,
        #[source]
        cause: reqwest::Error,
    },
    /// It said something that this release does not understand.
    #[error("could not understand the API's answer; is {url} calwatch, and of this release?")]
    Unreadable {
        url: String,
        #[source]
        cause: Option<serde_json::Error>,
    },
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Error::Refused(Box::new(problem))
    }
}

impl Error {
    /// Whether the same request may be answered a little later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Error::Refused(problem) => problem.status == 429 || problem.status >= 500,
            Error::Unreachable { .. } => true,
            Error::Unreadable { .. } => false,
        }
    }
}
