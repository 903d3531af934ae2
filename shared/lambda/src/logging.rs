//! One JSON line per event on standard output, which CloudWatch keeps.

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Starts logging at this level.
pub fn start_logging(level: &str) {
    // A second start is a test's; the first one stands.
    let _ = tracing::subscriber::set_global_default(log_to(std::io::stdout, level));
}

/// What is logged at this level, and how.
///
/// Libraries speak from `warn` on: what they would say below that can hold headers, and headers
/// hold tokens.
pub fn log_to(
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
    level: &str,
) -> impl Subscriber + Send + Sync {
    let directives =
        format!("warn,app={level},aws={level},domain={level},lambda={level},providers={level}");
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_ansi(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .finish()
}
