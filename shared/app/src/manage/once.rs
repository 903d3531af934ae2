//! The same request twice: claimed before it is worked on, answered from memory afterwards.

use aws::idempotency::{Answer, Claim, Request};

use super::Management;
use crate::{Error, error_chain};

/// What is remembered of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All of it.
    Whole,
    /// That there was one: it holds a secret, which is never at rest in clear.
    Status,
    /// Nothing: trying again may help.
    Nothing,
}

/// What became of a request that may be a repetition.
#[derive(Clone, Debug)]
pub enum Once {
    /// It was worked on now, or before, and this is the answer.
    Answered(Answer),
    /// It was worked on before, and the answer was not kept.
    Forgotten,
    /// It is being worked on.
    InFlight,
    /// Its name was used for another request.
    SomethingElse,
}

impl Management {
    /// Works on a request unless that was done already.
    ///
    /// A crash between the claim and the answer leaves the claim, which ends by itself after a
    /// minute; the request is then worked on again, as if it had no name.
    ///
    /// # Errors
    /// If a dependency failed.
    pub async fn once<F>(&self, request: &Request, work: F) -> Result<Once, Error>
    where
        F: Future<Output = (Answer, Keep)>,
    {
        let claimed_at = match self.requests.claim(request, self.ambient.now()).await? {
            Claim::Ours(since) => since,
            Claim::Answered(answer) if answer.body.is_none() => return Ok(Once::Forgotten),
            Claim::Answered(answer) => return Ok(Once::Answered(answer)),
            Claim::InFlight => return Ok(Once::InFlight),
            Claim::SomethingElse => return Ok(Once::SomethingElse),
        };
        let (answer, keep) = work.await;
        let noted = match keep {
            Keep::Whole => self.requests.answer(request, claimed_at, &answer).await,
            Keep::Status => {
                let without = Answer {
                    status: answer.status,
                    body: None,
                };
                self.requests.answer(request, claimed_at, &without).await
            }
            Keep::Nothing => self.requests.release(request, claimed_at).await,
        };
        // It is done, and whoever asked must hear of it: a lost note costs them the repetition.
        if let Err(error) = noted {
            tracing::warn!(
                error = error_chain(&error),
                "an answer could not be remembered"
            );
        }
        Ok(Once::Answered(answer))
    }
}
