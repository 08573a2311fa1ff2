//! The line that each invocation of a function leaves: who did what, to what, with which outcome, and how much of it.
//!
//! It is the audit trail and carries the metrics, in `CloudWatch`'s embedded metric format. It is written whatever
//! `RUST_LOG` says. Never in it: bodies, queries, headers, secrets.
//!
//! Source: Amazon `CloudWatch` user guide, "Specification: Embedded metric format".

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::io::{self, Write as _};
use std::panic::Location;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use jiff::Timestamp;
use model::account::AccountId;
use serde::Serialize;
use serde_json::{Value, json};

use crate::panics::{self, PanicReply};
use crate::request::Request;

/// Resources that a line names; a request about more of them names the first ones.
const MOST_RESOURCES: usize = 25;
/// Characters of the name of a resource or a principal: what a client sends is cut there.
const LONGEST_NAME: usize = 256;

/// Says how much of something an invocation did
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Rows of a reply
    Rows,
    /// Log files or documents that were read
    Files,
    /// Bytes of these files, as they are stored
    Bytes,
    /// Documents of the inventory that were refused
    RefusedDocuments,
    /// Age of the snapshot that a search was answered from, in seconds
    SnapshotAge,
    /// Questions to shards that other functions answered
    Shards,
}

impl Metric {
    /// Returns its name, and its unit in the words of `CloudWatch`.
    const fn name_and_unit(self) -> (&'static str, &'static str) {
        match self {
            Self::Rows => ("Rows", "Count"),
            Self::Files => ("Files", "Count"),
            Self::Bytes => ("Bytes", "Bytes"),
            Self::RefusedDocuments => ("RefusedDocuments", "Count"),
            Self::SnapshotAge => ("SnapshotAge", "Seconds"),
            Self::Shards => ("Shards", "Count"),
        }
    }
}

/// Holds what a handler says about its invocation while it works
#[derive(Debug, Default, Clone)]
struct Notes {
    tenant: Option<AccountId>,
    resources: Vec<String>,
    metrics: BTreeMap<Metric, u64>,
}

tokio::task_local! {
    static NOTES: RefCell<Notes>;
}

fn note(change: impl FnOnce(&mut Notes)) {
    // Outside of an invocation, in tests of handlers, nothing is measured.
    let _outside = NOTES.try_with(|notes| change(&mut notes.borrow_mut()));
}

/// Adds to a metric of the invocation that is running.
pub fn measure(metric: Metric, amount: u64) {
    note(|notes| {
        let sum = notes.metrics.entry(metric).or_default();
        *sum = sum.saturating_add(amount);
    });
}

/// Names a resource that the invocation is about, where the path of the request does not: an id, never a secret.
pub fn about(resource: impl Display) {
    note(|notes| {
        if notes.resources.len() < MOST_RESOURCES {
            notes.resources.push(short(&resource.to_string()));
        }
    });
}

/// Names the tenant whose data the invocation works on, where no verified request does.
pub fn on_behalf_of(tenant: &AccountId) {
    note(|notes| notes.tenant = Some(tenant.clone()));
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST_NAME).collect()
}

/// Says how an invocation ended
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// The invocation did what was requested
    Succeeded,
    /// The caller was at fault
    Refused,
    /// The function was at fault
    Failed,
}

impl Outcome {
    pub(crate) const fn of_status(status: u16) -> Self {
        match status {
            0..400 => Self::Succeeded,
            400..500 => Self::Refused,
            500.. => Self::Failed,
        }
    }

    pub(crate) const fn of<T, E>(outcome: &Result<T, E>) -> Self {
        match outcome {
            Ok(_) => Self::Succeeded,
            Err(_) => Self::Failed,
        }
    }
}

/// Says who called, as far as it is known
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Subject {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) principal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
}

impl Subject {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            tenant: request.tenant().ok().map(|tenant| tenant.as_str().to_owned()),
            principal: request.principal().map(short),
            method: Some(short(request.method())),
            resources: request
                .path_parameters()
                .take(MOST_RESOURCES)
                .map(short)
                .collect(),
            request_id: Some(short(request.request_id())),
        }
    }
}

/// Holds what is the same for all invocations of one function
#[derive(Debug)]
pub(crate) struct Operation {
    name: String,
    /// Namespace of its metrics; without one its lines are no metrics
    namespace: Option<String>,
    is_cold: AtomicBool,
}

impl Operation {
    /// Returns the operation whose entry point is at a place: the file is called after it, as its binary and its
    /// function are.
    pub(crate) fn at(entry_point: &Location<'_>) -> Self {
        #[expect(clippy::disallowed_methods, reason = "read once, when the binary starts")]
        let namespace = std::env::var("METRICS_NAMESPACE").ok();
        let file = Path::new(entry_point.file()).file_stem();
        Self::new(
            &file.unwrap_or_default().to_string_lossy(),
            namespace.filter(|name| !name.is_empty()),
        )
    }

    fn new(file: &str, namespace: Option<String>) -> Self {
        let mut name = String::new();
        for word in file.split('-') {
            let mut letters = word.chars();
            name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
        Self {
            name,
            namespace,
            is_cold: AtomicBool::new(true),
        }
    }

    /// Returns the operation for the rest of the process, also for the panic hook.
    pub(crate) fn for_all_invocations(self) -> &'static Self {
        Box::leak(Box::new(self))
    }

    /// Runs an invocation and writes its line. `tell` returns how it ended, from the output, with a status if there is
    /// one. `on_panic` is the answer if there is no output.
    pub(crate) async fn invoked<T>(
        &'static self,
        invocation_id: &str,
        subject: Subject,
        on_panic: PanicReply,
        work: impl Future<Output = T>,
        tell: impl FnOnce(&T, &mut Subject) -> (Outcome, Option<u16>),
    ) -> T {
        let begun = Begun {
            at: Instant::now(),
            invocation_id: invocation_id.to_owned(),
            subject,
        };
        let panicked = {
            let begun = begun.clone();
            move |status| {
                // In the thread of the handler, whose notes may be in use.
                let notes = NOTES.try_with(|notes| notes.try_borrow().ok().as_deref().cloned());
                self.write(&begun.ended(Outcome::Failed, status, notes.ok().flatten().unwrap_or_default()));
            }
        };
        let with_notes = NOTES.scope(RefCell::default(), async {
            let output = work.await;
            (output, NOTES.with(RefCell::take))
        });
        let (output, notes) = panics::answered(invocation_id, on_panic, panicked, with_notes).await;
        let mut begun = begun;
        let (outcome, status) = tell(&output, &mut begun.subject);
        self.write(&begun.ended(outcome, status, notes));
        output
    }

    fn write(&self, ended: &Ended) {
        let mut line = self.line(ended).to_string();
        line.push('\n');
        // The line is written in one piece, so that no other line comes into it.
        if let Err(error) = io::stdout().lock().write_all(line.as_bytes()) {
            tracing::error!(%error, "the line of an invocation cannot be written");
        }
    }

    fn line(&self, ended: &Ended) -> Value {
        let is_cold = self.is_cold.swap(false, Ordering::Relaxed);
        let mut message = format!("{} ", self.name);
        let _in_memory = match ended.status {
            Some(status) => write!(message, "answered {status}"),
            None => write!(message, "{}", json!(ended.outcome).as_str().unwrap_or_default()),
        };
        let mut line = json!({
            "timestamp": ended.at.to_string(),
            "level": "INFO",
            "message": message,
            "operation": self.name,
            "invocation_id": ended.invocation_id,
            "outcome": ended.outcome,
        });
        let Some(members) = line.as_object_mut() else {
            return line;
        };
        if let Ok(Value::Object(subject)) = serde_json::to_value(&ended.subject) {
            members.extend(subject);
        }
        members.extend(ended.status.map(|status| ("status".to_owned(), json!(status))));
        let mut directives = Vec::new();
        let of_all = [
            ("Latency", "Milliseconds", json!(ended.milliseconds)),
            (
                "Faults",
                "Count",
                json!(u8::from(ended.outcome == Outcome::Failed)),
            ),
            ("ColdStarts", "Count", json!(u8::from(is_cold))),
        ];
        let of_some = ended.metrics.iter().map(|(metric, amount)| {
            let (name, unit) = metric.name_and_unit();
            (name, unit, json!(amount))
        });
        for (name, unit, value) in of_all.into_iter().chain(of_some) {
            members.insert(name.to_owned(), value);
            directives.push(json!({ "Name": name, "Unit": unit }));
        }
        if let Some(namespace) = &self.namespace {
            let metadata = json!({
                "Timestamp": ended.at.as_millisecond(),
                "CloudWatchMetrics": [{
                    "Namespace": namespace,
                    "Dimensions": [["operation"]],
                    "Metrics": directives,
                }],
            });
            members.insert("_aws".to_owned(), metadata);
        }
        line
    }
}

/// An invocation that runs
#[derive(Clone)]
struct Begun {
    at: Instant,
    invocation_id: String,
    subject: Subject,
}

impl Begun {
    fn ended(mut self, outcome: Outcome, status: Option<u16>, notes: Notes) -> Ended {
        self.subject.resources.extend(notes.resources);
        if let Some(tenant) = notes.tenant {
            self.subject.tenant = Some(tenant.as_str().to_owned());
        }
        Ended {
            at: crate::clock::now(),
            invocation_id: self.invocation_id,
            subject: self.subject,
            outcome,
            status,
            milliseconds: self.at.elapsed().as_secs_f64() * 1_000.0,
            metrics: notes.metrics,
        }
    }
}

/// An invocation that is over
struct Ended {
    at: Timestamp,
    invocation_id: String,
    subject: Subject,
    outcome: Outcome,
    status: Option<u16>,
    milliseconds: f64,
    metrics: BTreeMap<Metric, u64>,
}

#[cfg(test)]
mod tests;
