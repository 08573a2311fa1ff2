//! Logs are JSON objects, one a line, on standard output, which Lambda takes over as it is.
//!
//! The line of each invocation does not come from here: see `invocation`.
//!
//! Never logged: headers, bodies, queries, credentials, stored items.

use std::error::Error;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::panics;

/// Starts logging, filtered by `RUST_LOG`, from info level on by default; a second start does nothing.
pub(crate) fn start() {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    if let Err(error) = subscriber(filter, std::io::stdout).try_init() {
        tracing::debug!(%error, "logging is set up already");
    }
    panics::log_from_hook();
}

fn subscriber<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // The list of spans, not the current one alone, so that spans of libraries do not hide the request's.
        .with_current_span(false)
        .with_span_list(true)
        .with_env_filter(filter)
        .with_writer(writer)
        .finish()
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
    let subscriber = subscriber(EnvFilter::new("info"), move || writer.clone());
    tracing::subscriber::with_default(subscriber, work);
    let bytes = buffer.0.lock().unwrap();
    serde_json::Deserializer::from_slice(&bytes)
        .into_iter()
        .map(Result::unwrap)
        .collect()
}
