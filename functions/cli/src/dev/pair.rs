//! The same thing at both providers, side by side.

use domain::Provider;

/// What there is one of at each provider.
#[derive(Clone, Debug)]
pub(super) struct Pair<T> {
    pub(super) google: T,
    pub(super) outlook: T,
}

impl<T> Pair<T> {
    /// The one at this provider.
    pub(super) const fn of(&self, provider: Provider) -> &T {
        match provider {
            Provider::Google => &self.google,
            Provider::Microsoft => &self.outlook,
        }
    }

    /// Google's, then Outlook's.
    pub(super) const fn each(&self) -> [&T; 2] {
        [&self.google, &self.outlook]
    }

    /// Does something with both at the same time.
    pub(super) async fn both<'a, U, F>(
        &'a self,
        act: impl Fn(&'a T) -> F,
    ) -> anyhow::Result<Pair<U>>
    where
        F: Future<Output = anyhow::Result<U>>,
    {
        let (google, outlook) = tokio::try_join!(act(&self.google), act(&self.outlook))?;
        Ok(Pair { google, outlook })
    }
}
