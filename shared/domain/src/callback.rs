//! Where a provider sends its notifications, and whose address it is.

use crate::{OrganizationId, Provider, SubscriptionId};

/// The address that one subscription's notifications are sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The provider it is told to.
    pub provider: Provider,
    /// The tenant.
    pub organization: OrganizationId,
    /// The subscription, where the address names it.
    pub subscription: Option<SubscriptionId>,
}

impl Callback {
    /// The address of a subscription.
    ///
    /// Microsoft lists our application's subscriptions without their secrets, so the address is all
    /// that tells whose one is. It proves nothing; the token does.
    pub fn of(
        provider: Provider,
        organization: OrganizationId,
        subscription: SubscriptionId,
    ) -> Self {
        Self {
            provider,
            organization,
            subscription: match provider {
                Provider::Google => None,
                Provider::Microsoft => Some(subscription),
            },
        }
    }

    /// As a URL below the https origin that providers call.
    pub fn url(&self, webhook_domain: &str) -> String {
        let url = format!(
            "{webhook_domain}/api/webhooks/{}-calendar/{}",
            self.provider, self.organization
        );
        match self.subscription {
            Some(subscription) => format!("{url}?subscription={subscription}"),
            None => url,
        }
    }

    /// Reads such a URL; none if it is not one of this deployment's.
    pub fn read(webhook_domain: &str, url: &str) -> Option<Self> {
        let rest = url.strip_prefix(webhook_domain)?;
        let rest = rest.strip_prefix("/api/webhooks/")?;
        let (slug, rest) = rest.split_once("-calendar/")?;
        let (organization, subscription) = match rest.split_once("?subscription=") {
            Some((organization, subscription)) => (organization, Some(subscription)),
            None => (rest, None),
        };
        Some(Self {
            provider: Provider::from_slug(slug)?,
            organization: organization.parse().ok()?,
            subscription: match subscription {
                Some(subscription) => Some(subscription.parse().ok()?),
                None => None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "https://hooks.calwatch.example";

    fn callback(provider: Provider) -> Callback {
        Callback::of(
            provider,
            OrganizationId::from_bytes([1; 16]),
            SubscriptionId::from_bytes([2; 16]),
        )
    }

    #[test]
    fn an_address_that_was_written_is_read() {
        for provider in [Provider::Google, Provider::Microsoft] {
            let callback = callback(provider);

            let url = callback.url(DOMAIN);

            assert_eq!(Callback::read(DOMAIN, &url), Some(callback), "{url}");
        }
    }

    #[test]
    fn an_address_of_somebody_else_is_not_ours() {
        let ours = callback(Provider::Microsoft).url(DOMAIN);

        for other in [
            ours.replace(DOMAIN, "https://hooks.calwatch.example.evil.example"),
            ours.replace(DOMAIN, "https://sibling.calwatch.example"),
            ours.replace("microsoft-calendar", "outlook-calendar"),
            format!("{ours}0"),
            DOMAIN.to_owned(),
        ] {
            assert_eq!(Callback::read(DOMAIN, &other), None, "{other}");
        }
    }
}
