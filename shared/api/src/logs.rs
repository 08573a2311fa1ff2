//! Logs are JSON objects, one a line, on standard output, which Lambda takes over as it is.
//!
//! The line of each invocation does not come from here: see `invocation`.
//!
//! Never logged: headers, bodies, queries, credentials, stored items.

use std::error::Error;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::panics;

/// Starts logging, filtered by `RUST_LOG`, from info level on by default; a second start does nothing.
pub(crate) fn start() {
    #[expect(clippy::disallowed_methods, reason = "read once, when the binary starts")]
    let filter = filter(std::env::var("RUST_LOG").ok().as_deref());
    if let Err(error) = subscriber(filter, std::io::stdout).try_init() {
        tracing::debug!(%error, "logging is set up already");
    }
    panics::install_hook();
}

/// Returns the filter of `RUST_LOG`: a level, or levels of targets. A filter of spans would need regular expressions, which are a part of
/// each package and of each start.
fn filter(text: Option<&str>) -> Targets {
    let filter = text.and_then(|text| text.parse().ok());
    filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
}

fn subscriber<W>(filter: Targets, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // The whole list of spans is searched, so that spans of libraries do not hide the span of the request.
        .with_current_span(false)
        .with_span_list(true)
        .with_max_level(LevelFilter::TRACE)
        .with_writer(writer)
        .finish()
        .with(filter)
}

/// Returns an error and its sources, outermost first, as one line.
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

/// Returns the lines that `work` logs.
#[cfg(test)]
pub(crate) fn captured(work: impl FnOnce()) -> Vec<serde_json::Value> {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let buffer = Buffer::default();
    let writer = buffer.clone();
    let subscriber = subscriber(filter(None), move || writer.clone());
    tracing::subscriber::with_default(subscriber, work);
    let bytes = buffer.0.lock().unwrap();
    serde_json::Deserializer::from_slice(&bytes)
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn the_filter_has_a_level_for_everything_or_for_targets() {
        let of_targets = filter(Some("warn,hyper=debug"));
        assert!(of_targets.would_enable("hyper::client", &Level::DEBUG));
        assert!(
            of_targets.would_enable("api", &Level::WARN) && !of_targets.would_enable("api", &Level::INFO)
        );
        assert!(filter(Some("debug")).would_enable("api", &Level::DEBUG));
    }

    #[test]
    fn without_a_filter_that_can_be_read_everything_from_info_on_is_logged() {
        for text in [None, Some("api=loud")] {
            let filter = filter(text);
            assert!(filter.would_enable("api", &Level::INFO), "{text:?}");
            assert!(!filter.would_enable("api", &Level::DEBUG), "{text:?}");
        }
    }
}
