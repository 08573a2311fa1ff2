//! Logs: one JSON object a line on standard output, which Lambda takes over as it is.
//!
//! Never logged: headers, bodies, queries, credentials, stored items.

use std::error::Error;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

/// Starts logging, filtered by `RUST_LOG`, from info level on by default; a second start does nothing.
pub(crate) fn start() {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let outcome = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // The list of spans, not the current one alone, so that spans of libraries do not hide the request's.
        .with_current_span(false)
        .with_span_list(true)
        .with_env_filter(filter)
        .try_init();
    if let Err(error) = outcome {
        tracing::debug!(%error, "logging is set up already");
    }
    crate::panics::log_from_hook();
}

/// An error and its sources, outermost first, as one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
