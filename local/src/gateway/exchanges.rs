//! Writes requests and replies down as they went over the wire, so that tests can hold every client to the description
//! of the API.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::gateway::reply::Reply;

/// Writes each exchange as a line of JSON, before the client has the reply
#[derive(Debug)]
pub(crate) struct Exchanges {
    file: Mutex<File>,
}

impl Exchanges {
    /// Creates the file, empty.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(crate) fn create(file: &Path) -> io::Result<Self> {
        let file = Mutex::new(File::create(file)?);
        Ok(Self { file })
    }

    /// Writes down a request and the reply to it.
    pub(crate) fn record(&self, request: &Parts, body: &[u8], reply: &Reply) {
        let line = json!({
            "method": request.method.as_str(),
            "path": request.uri.path(),
            "query": request.uri.query().unwrap_or_default(),
            "headers": pairs(request.headers.iter()),
            "body": STANDARD.encode(body),
            "status": reply.status.as_u16(),
            "replyHeaders": pairs(reply.headers.iter().map(|(name, value)| (name, value))),
            "replyBody": STANDARD.encode(&reply.body),
        });
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(format!("{line}\n").as_bytes()) {
            tracing::error!("an exchange cannot be written down: {error}");
        }
    }
}

fn pairs<'h>(headers: impl Iterator<Item = (&'h HeaderName, &'h HeaderValue)>) -> Vec<Value> {
    headers
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect()
}
