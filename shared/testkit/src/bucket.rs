//! Serves a bucket of S3 from memory: clients that list and read objects find what a test put there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_types::SdkConfig;
use axum::body::Body;
use axum::http::{Method, Response};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;

use crate::server::{Call, Reply, Server, s3_error};

/// Says how `Last-Modified` writes a time. Source: RFC 9110, section 5.6.7.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

#[derive(Debug, Clone)]
struct Object {
    e_tag: String,
    last_modified: Timestamp,
    body: String,
}

type Objects = Arc<Mutex<BTreeMap<String, Object>>>;

/// The bucket, with a server of its own.
#[derive(Debug)]
pub struct Bucket {
    objects: Objects,
    server: Server,
    name: &'static str,
}

impl Bucket {
    /// Starts an empty bucket.
    pub async fn start(name: &'static str) -> Self {
        let objects = Objects::default();
        let answered = Arc::clone(&objects);
        let server = Server::start(move |call| answer(&held(&answered), name, call)).await;
        Self {
            objects,
            server,
            name,
        }
    }

    /// Returns the name of the bucket.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// Returns a configuration for clients of the bucket.
    #[must_use]
    pub fn config(&self) -> SdkConfig {
        self.server.config()
    }

    /// Puts an object, in the place of one that has the same key.
    pub fn put(&self, key: &str, e_tag: &str, last_modified: Timestamp, body: &str) {
        let object = Object {
            e_tag: e_tag.to_owned(),
            last_modified,
            body: body.to_owned(),
        };
        held(&self.objects).insert(key.to_owned(), object);
    }

    /// Removes the object at `key`.
    pub fn remove(&self, key: &str) {
        held(&self.objects).remove(key);
    }

    /// Returns how many objects were read. Lists do not count.
    #[must_use]
    pub fn reads(&self) -> usize {
        let list = format!("/{}/", self.name);
        let calls = self.server.calls();
        calls.iter().filter(|call| call.path != list).count()
    }

    /// Returns how many lists were read.
    #[must_use]
    pub fn lists(&self) -> usize {
        self.server.calls().len().saturating_sub(self.reads())
    }
}

#[expect(
    clippy::expect_used,
    reason = "a test whose bucket panicked should end at once"
)]
fn held(objects: &Objects) -> MutexGuard<'_, BTreeMap<String, Object>> {
    objects.lock().expect("no panic with the objects")
}

fn answer(objects: &BTreeMap<String, Object>, bucket: &str, call: &Call) -> Reply {
    let path = percent_decode_str(&call.path).decode_utf8_lossy().into_owned();
    let key = path
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(bucket))
        .map(|key| key.trim_start_matches('/'));
    match key {
        None => s3_error(404, "NoSuchBucket"),
        _ if call.method != Method::GET => s3_error(405, "MethodNotAllowed"),
        Some("") => list(objects, &call.query),
        Some(key) => objects
            .get(key)
            .map_or_else(|| s3_error(404, "NoSuchKey"), contents),
    }
}

#[expect(
    clippy::expect_used,
    reason = "a test with an impossible object should end at once"
)]
fn contents(object: &Object) -> Reply {
    Response::builder()
        .header("ETag", format!("\"{}\"", object.e_tag))
        .header(
            "Last-Modified",
            object.last_modified.strftime(HTTP_DATE).to_string(),
        )
        .body(Body::from(object.body.clone()))
        .expect("an answer")
}

/// Returns the first page of `ListObjectsV2`, which here is also the last page.
#[expect(clippy::expect_used, reason = "writing into a string does not fail")]
fn list(objects: &BTreeMap<String, Object>, query: &str) -> Reply {
    let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix="));
    let prefix = percent_decode_str(prefix.unwrap_or_default()).decode_utf8_lossy();
    let mut found = String::new();
    for (key, object) in objects.iter().filter(|(key, _)| key.starts_with(prefix.as_ref())) {
        write!(
            found,
            "<Contents><Key>{key}</Key><LastModified>{}</LastModified><ETag>&quot;{}&quot;</ETag><Size>{}</Size></Contents>",
            object.last_modified,
            object.e_tag,
            object.body.len()
        )
        .expect("a string takes everything");
    }
    crate::server::reply(
        200,
        format!("<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"),
    )
}
