//! One JSON line per event on standard output, which CloudWatch keeps.

use tracing_subscriber::EnvFilter;

/// Starts logging at this level. Libraries speak from `warn` on: what they would say below that
/// can hold headers, and headers hold tokens.
pub fn start_logging(level: &str) {
    let directives =
        format!("warn,app={level},aws={level},domain={level},lambda={level},providers={level}");
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second start is a test's; the first one stands.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_ansi(false)
        .with_env_filter(filter)
        .try_init();
}
