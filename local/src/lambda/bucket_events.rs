//! S3 event notifications: which requests make or remove an object, and the event that reports it.
//!
//! Source: Amazon S3 user guide, "Event message structure" and "Event notification types".

use axum::extract::Request;
use axum::http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Value, json};

use crate::template::Notification;
use cloudformation::ACCOUNT;

/// Says what stays as it is in the key of an event: the key is written as in a form, slashes are kept.
const KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b' ');

/// Holds what a request does to an object, if it succeeds
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The name of the bucket.
    pub(crate) bucket: String,
    /// The key of the object.
    pub(crate) key: String,
    /// Key as it is in the path
    pub(crate) raw_key: String,
    /// Event type without `s3:`
    pub(crate) kind: &'static str,
    /// Signature of the request, to look at the object in the same account
    pub(crate) authorization: Option<String>,
    /// The size of the object in bytes.
    pub(crate) size: u64,
    /// Entity tag without quotes
    pub(crate) etag: String,
    /// Version, in a bucket that has versions
    pub(crate) version: Option<String>,
}

/// A removal, as opposed to a creation
const REMOVED: &str = "ObjectRemoved:Delete";

/// Returns what a request to a bucket with consumers does; paths are `/<bucket>/<key>`, the form that SDKs use for an
/// address that is an IP number. A request that removes many objects has an empty key: its answer names them.
pub(crate) fn change_by(request: &Request, notifications: &[Notification]) -> Option<Change> {
    let path = request.uri().path().trim_start_matches('/');
    let (bucket, raw_key) = path.split_once('/').unwrap_or((path, ""));
    if !notifications
        .iter()
        .any(|notification| notification.bucket == bucket)
    {
        return None;
    }
    let query = request.uri().query().unwrap_or_default();
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    let kind = match *request.method() {
        Method::POST if raw_key.is_empty() && has("delete") => REMOVED,
        _ if raw_key.is_empty() => return None,
        Method::DELETE if !["uploadId", "tagging"].into_iter().any(has) => REMOVED,
        Method::PUT
            if ["partNumber", "acl", "tagging", "retention", "legal-hold"]
                .into_iter()
                .any(has) =>
        {
            return None;
        }
        Method::PUT if request.headers().contains_key("x-amz-copy-source") => "ObjectCreated:Copy",
        Method::PUT => "ObjectCreated:Put",
        Method::POST if has("uploadId") => "ObjectCreated:CompleteMultipartUpload",
        _ => return None,
    };
    let authorization = request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    Some(Change {
        bucket: bucket.to_owned(),
        key: percent_decode_str(raw_key).decode_utf8_lossy().into_owned(),
        raw_key: raw_key.to_owned(),
        kind,
        authorization: authorization.map(str::to_owned),
        size: 0,
        etag: String::new(),
        version: None,
    })
}

impl Change {
    /// Returns whether the object is gone.
    pub(crate) fn is_removal(&self) -> bool {
        self.kind == REMOVED
    }

    /// Returns one change for each object that the answer to a request names as removed.
    pub(crate) fn removals(&self, answer: &str) -> Vec<Self> {
        let removed = answer.split("<Deleted>").skip(1);
        let keys = removed.filter_map(|entry| {
            let (_, rest) = entry.split_once("<Key>")?;
            Some(rest.split_once("</Key>")?.0)
        });
        keys.map(|key| Self {
            key: unescaped(key),
            ..self.clone()
        })
        .collect()
    }

    /// Returns whether a consumer wants to know about this object.
    pub(crate) fn concerns(&self, notification: &Notification) -> bool {
        let of_kind = |event: &String| match event.strip_suffix('*') {
            Some(start) => self.kind.starts_with(start),
            None => self.kind == event,
        };
        self.bucket == notification.bucket
            && notification.events.iter().any(of_kind)
            && self.key.starts_with(&notification.prefix)
            && self.key.ends_with(&notification.suffix)
    }

    /// Makes the event; `at` is in milliseconds since 1970.
    pub(crate) fn event(&self, region: &str, at: i64, request_id: &str) -> Value {
        let time = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
        let key = utf8_percent_encode(&self.key, KEY).to_string().replace(' ', "+");
        let mut object = json!({ "key": key, "sequencer": format!("{at:016X}") });
        if let (false, Some(object)) = (self.is_removal(), object.as_object_mut()) {
            object.insert("size".to_owned(), self.size.into());
            object.insert("eTag".to_owned(), self.etag.clone().into());
        }
        if let (Some(version), Some(object)) = (&self.version, object.as_object_mut()) {
            object.insert("versionId".to_owned(), Value::String(version.clone()));
        }
        json!({ "Records": [{
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": region,
            "eventTime": format!("{time:.3}"),
            "eventName": self.kind,
            "userIdentity": { "principalId": format!("AWS:AIDALOCAL{ACCOUNT}") },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" },
            "responseElements": { "x-amz-request-id": request_id, "x-amz-id-2": request_id },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "local",
                "bucket": {
                    "name": self.bucket,
                    "ownerIdentity": { "principalId": ACCOUNT },
                    "arn": format!("arn:aws:s3:::{}", self.bucket),
                },
                "object": object,
            },
        }] })
    }
}

/// Returns the entities that XML has by itself.
fn unescaped(text: &str) -> String {
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| {
            text.replace(entity, character)
        })
}

#[cfg(test)]
mod tests;
