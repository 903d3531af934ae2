//! One body, a test at each provider: what calwatch promises does not depend on who keeps the
//! calendar.

/// Makes two tests of each body that takes a provider: one in `google`, one in `microsoft`.
/// Behind `only google` or `only microsoft` stand those of which the other provider has no like.
macro_rules! for_both {
    (
        $($both:ident),+ $(,)?
        $(; only google: $($google:ident),+ $(,)?)?
        $(; only microsoft: $($microsoft:ident),+ $(,)?)?
    ) => {
        mod google {
            $(
                #[tokio::test]
                async fn $both() {
                    super::$both(domain::Provider::Google).await;
                }
            )+
            $($(
                #[tokio::test]
                async fn $google() {
                    super::$google(domain::Provider::Google).await;
                }
            )+)?
        }

        mod microsoft {
            $(
                #[tokio::test]
                async fn $both() {
                    super::$both(domain::Provider::Microsoft).await;
                }
            )+
            $($(
                #[tokio::test]
                async fn $microsoft() {
                    super::$microsoft(domain::Provider::Microsoft).await;
                }
            )+)?
        }
    };
}

pub(crate) use for_both;
