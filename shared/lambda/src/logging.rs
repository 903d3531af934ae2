//! One JSON line per event on standard output, which CloudWatch keeps.

use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

/// The crates that know what may be logged. Libraries speak from `warn` on: what they would say
/// below that can hold headers, and headers hold tokens.
const OURS: [&str; 5] = ["app", "aws", "domain", "lambda", "providers"];

/// Starts logging at this level.
pub fn start_logging(level: &str) {
    // A second start is a test's; the first one stands.
    let _ = tracing::subscriber::set_global_default(log_to(std::io::stdout, level));
}

/// What is logged at this level, and how.
pub fn log_to(
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
    level: &str,
) -> impl Subscriber + Send + Sync {
    let level: LevelFilter = level.parse().unwrap_or(LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_ansi(false)
        .with_writer(writer)
        .with_filter(
            filter_fn(move |metadata| is_logged(metadata, level)).with_max_level_hint(level),
        );
    tracing_subscriber::registry().with(lines)
}

fn is_logged(metadata: &Metadata<'_>, level: LevelFilter) -> bool {
    // By whole names: `aws` is ours, `aws_smithy_runtime` is not.
    let name = metadata.target().split("::").next().unwrap_or_default();
    let level = if OURS.contains(&name) {
        level
    } else {
        level.min(LevelFilter::WARN)
    };
    *metadata.level() <= level
}
