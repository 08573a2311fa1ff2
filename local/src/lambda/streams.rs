//! Event source mappings: the records of a table's stream, in batches, to the function that consumes them.
//!
//! Source: AWS Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB" and "Polling and batching streams".
//! Records of one partition key go through one lane and stay in order; lanes run at the same time. How far a
//! consumer has come is kept in a file, so that a restart goes on there; what was under way then comes again.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use dynoxide::Database;
use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, mpsc};

use crate::clock;
use crate::lambda::runtime::Runtime;
use crate::template::StreamSource;

/// Says how often a stream without news is looked at: well below the 100 ms after which a reader notices a wait.
const POLL_EVERY: Duration = Duration::from_millis(25);

/// First and longest wait before a failed batch is tried again
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Most records that one poll reads, as `GetRecords` allows.
const POLL_RECORDS: usize = 1000;

/// Records that may wait in a lane before reading stops
const LANE_DEPTH: usize = 1000;

/// Says why a consumer cannot be fed
#[derive(Debug, thiserror::Error)]
pub(crate) enum StreamError {
    /// The table has no stream
    #[error("{id}: table `{table}` has no stream")]
    NoStream {
        /// The consumer that failed.
        id: String,
        /// The table whose stream was read.
        table: String,
    },
    /// The database refused
    #[error("{id}: {reason}")]
    Database {
        /// The consumer that failed.
        id: String,
        /// Says what the database says
        reason: String,
    },
}

/// One record on its way
#[derive(Debug)]
struct Delivery {
    sequence: String,
    record: Value,
}

/// Records read and not yet done with, in the order of the stream
#[derive(Debug, Default)]
struct Progress {
    under_way: VecDeque<(String, bool)>,
}

impl Progress {
    fn read(&mut self, sequence: &str, done: bool) {
        self.under_way.push_back((sequence.to_owned(), done));
    }

    /// Returns the last record up to which all are done, if there is a new one.
    fn done(&mut self, sequences: &[String]) -> Option<String> {
        for (sequence, done) in &mut self.under_way {
            *done |= sequences.contains(sequence);
        }
        let mut last = None;
        while self.under_way.front().is_some_and(|(_, done)| *done) {
            last = self.under_way.pop_front().map(|(sequence, _)| sequence);
        }
        last
    }
}

/// One consumer of one stream
#[derive(Debug)]
struct Mapping {
    source: StreamSource,
    runtime: Arc<Runtime>,
    /// Attribute by which records are kept in order
    partition_key: String,
    progress: Mutex<Progress>,
    checkpoint: PathBuf,
    /// Held while the position is written: an older one must not overwrite a newer one
    writing: AsyncMutex<()>,
}

/// Feeds a consumer until the runner ends.
///
/// # Errors
/// The stream cannot be read at all; later failures are logged and tried again.
pub(crate) fn start(
    source: StreamSource,
    database: &Database,
    runtime: Arc<Runtime>,
    folder: &Path,
    region: &str,
) -> Result<(), StreamError> {
    let checkpoint = folder.join(format!("{}.position", source.id));
    let refused = |error: &dyn std::fmt::Display| StreamError::Database {
        id: source.id.clone(),
        reason: error.to_string(),
    };
    let table = database
        .get_table_metadata(&source.table)
        .map_err(|error| refused(&error))?;
    let (arn, partition_key) = table
        .filter(|table| table.stream_enabled)
        .and_then(|table| {
            let arn = dynoxide::streams::stream_arn(&source.table, &table.stream_label?);
            Some((arn, partition_key(&table.key_schema)?))
        })
        .ok_or_else(|| StreamError::NoStream {
            id: source.id.clone(),
            table: source.table.clone(),
        })?;
    let (kind, sequence) = match std::fs::read_to_string(&checkpoint) {
        Ok(sequence) => ("AFTER_SEQUENCE_NUMBER", Some(sequence.trim().to_owned())),
        Err(_) if source.latest => ("LATEST", None),
        Err(_) => ("TRIM_HORIZON", None),
    };
    let mut wanted = json!({
        "StreamArn": arn,
        "ShardId": dynoxide::streams::shard_id(&source.table),
        "ShardIteratorType": kind,
    });
    if let (Some(sequence), Some(wanted)) = (sequence, wanted.as_object_mut()) {
        wanted.insert("SequenceNumber".to_owned(), Value::String(sequence));
    }
    let iterator = serde_json::from_value(wanted)
        .map_err(|error| refused(&error))
        .and_then(|request| {
            database
                .get_shard_iterator(request)
                .map_err(|error| refused(&error))
        })?
        .shard_iterator
        .unwrap_or_default();
    // The database has a region name of its own; consumers see the region of the stack.
    let public_arn = arn.replace(dynoxide::streams::LOCAL_REGION, region);
    let mapping = Arc::new(Mapping {
        source,
        runtime,
        partition_key,
        progress: Mutex::default(),
        checkpoint,
        writing: AsyncMutex::default(),
    });
    tokio::spawn(mapping.read(database.clone(), iterator, public_arn, region.to_owned()));
    Ok(())
}

impl Mapping {
    /// Reads the stream and hands the records to the lanes.
    async fn read(self: Arc<Self>, database: Database, mut iterator: String, arn: String, region: String) {
        let lanes: Vec<mpsc::Sender<Delivery>> = (0..self.source.lanes)
            .map(|_| {
                let (sender, receiver) = mpsc::channel(LANE_DEPTH);
                tokio::spawn(Arc::clone(&self).run_lane(receiver));
                sender
            })
            .collect();
        loop {
            let (records, next) = match poll(&database, &iterator).await {
                Ok(polled) => polled,
                Err(error) => {
                    tracing::warn!("{}: the stream could not be read: {error}", self.source.id);
                    tokio::time::sleep(RETRY.1).await;
                    continue;
                }
            };
            iterator = next;
            if records.is_empty() {
                tokio::time::sleep(POLL_EVERY).await;
                continue;
            }
            for mut record in records {
                if let Some(record) = record.as_object_mut() {
                    record.insert("eventSourceARN".to_owned(), Value::from(arn.as_str()));
                    record.insert("awsRegion".to_owned(), Value::from(region.as_str()));
                }
                let sequence = record
                    .pointer("/dynamodb/SequenceNumber")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                let filters = &self.source.filters;
                let wanted = filters.is_empty() || filters.iter().any(|filter| filter.accepts(&record));
                self.progress
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .read(&sequence, !wanted);
                if wanted && let Some(lane) = lanes.get(lane_of(&record, &self.partition_key, lanes.len())) {
                    // A lane ends only with the runner.
                    let _ended = lane.send(Delivery { sequence, record }).await.is_err();
                }
            }
            self.settle(&[]).await;
        }
    }

    async fn run_lane(self: Arc<Self>, mut records: mpsc::Receiver<Delivery>) {
        while let Some(first) = records.recv().await {
            let mut batch = vec![first];
            while batch.len() < self.source.batch_size {
                match records.try_recv() {
                    Ok(next) => batch.push(next),
                    Err(_) => break,
                }
            }
            self.deliver(batch).await;
        }
    }

    /// Hands a batch to the function until all of it succeeded or its attempts are used up.
    async fn deliver(&self, batch: Vec<Delivery>) {
        // These are the batches that are left, in order, each with the number of its failures so far.
        let mut batches = VecDeque::from([(batch, 0_u32)]);
        while let Some((mut batch, failures)) = batches.pop_front() {
            let event =
                json!({ "Records": batch.iter().map(|delivery| &delivery.record).collect::<Vec<_>>() });
            let outcome = self
                .runtime
                .invoke(&self.source.function, Bytes::from(event.to_string()))
                .await;
            let failed_at = match &outcome {
                Ok(answer) if self.source.reports_failures => first_failure(answer, &batch),
                Ok(_) => None,
                Err(_) => Some(0),
            };
            let Some(failed_at) = failed_at else {
                self.settle(&sequences(&batch)).await;
                continue;
            };
            let rest = batch.split_off(failed_at);
            self.settle(&sequences(&batch)).await;
            let is_last = self.source.retries.is_some_and(|retries| failures >= retries);
            if is_last || self.is_too_old(&rest) {
                let (id, count) = (&self.source.id, rest.len());
                tracing::error!(
                    records = count,
                    "{id}: gave up on {count} records that failed again and again"
                );
                self.settle(&sequences(&rest)).await;
                continue;
            }
            let wait = RETRY
                .0
                .saturating_mul(2_u32.saturating_pow(failures))
                .min(RETRY.1);
            tracing::warn!(
                "{}: a batch of {} failed; again in {wait:?}",
                self.source.id,
                rest.len()
            );
            tokio::time::sleep(wait).await;
            let mut first = rest;
            if self.source.bisect && outcome.is_err() && first.len() > 1 {
                let second = first.split_off(first.len() / 2);
                batches.push_front((second, failures.saturating_add(1)));
            }
            batches.push_front((first, failures.saturating_add(1)));
        }
    }

    /// Returns whether retries have lasted longer than the records may be old. Only failed records are given up for
    /// their age: a local stack may have been off for long.
    fn is_too_old(&self, batch: &[Delivery]) -> bool {
        let created = batch.first().and_then(|delivery| {
            delivery
                .record
                .pointer("/dynamodb/ApproximateCreationDateTime")?
                .as_f64()
        });
        let (Some(oldest), Some(created)) = (self.source.oldest, created) else {
            return false;
        };
        let now = Duration::from_millis(u64::try_from(clock::now_millis()).unwrap_or_default());
        now.as_secs_f64() - created > Duration::from_secs(oldest.unsigned_abs()).as_secs_f64()
    }

    /// Marks records as done with and writes the position down when it moved.
    async fn settle(&self, sequences: &[String]) {
        let _writing = self.writing.lock().await;
        let position = self
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .done(sequences);
        let Some(position) = position else { return };
        // The file is written beside and renamed, so that a crash leaves the old or the new position, never half of one.
        let beside = self.checkpoint.with_extension("new");
        let written = match tokio::fs::write(&beside, &position).await {
            Ok(()) => tokio::fs::rename(&beside, &self.checkpoint).await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::warn!("{}: the position could not be written: {error}", self.source.id);
        }
    }
}

async fn poll(database: &Database, iterator: &str) -> Result<(Vec<Value>, String), String> {
    let (database, wanted) = (
        database.clone(),
        json!({ "ShardIterator": iterator, "Limit": POLL_RECORDS }),
    );
    let polled = tokio::task::spawn_blocking(move || {
        let request = serde_json::from_value(wanted).map_err(|error| error.to_string())?;
        let response = database.get_records(request).map_err(|error| error.to_string())?;
        let records = response
            .records
            .iter()
            .map(serde_json::to_value)
            .collect::<Result<Vec<_>, _>>();
        let next = response.next_shard_iterator.ok_or("the stream has ended")?;
        Ok::<_, String>((records.map_err(|error| error.to_string())?, next))
    });
    match polled.await {
        // The stack ends, so that there is nobody left to read for, and nothing to report.
        Err(error) if error.is_cancelled() => std::future::pending().await,
        Err(error) => Err(error.to_string()),
        Ok(polled) => polled,
    }
}

fn partition_key(key_schema: &str) -> Option<String> {
    let keys: Vec<Value> = serde_json::from_str(key_schema).ok()?;
    let hash = keys
        .iter()
        .find(|key| key.get("KeyType").is_some_and(|kind| kind == "HASH"))?;
    hash.get("AttributeName")?.as_str().map(str::to_owned)
}

/// Returns the lane of a record: that of its partition key, within which records stay in order.
fn lane_of(record: &Value, partition_key: &str, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    let keys = record.pointer("/dynamodb/Keys");
    keys.and_then(|keys| keys.get(partition_key))
        .map(Value::to_string)
        .hash(&mut hasher);
    let lanes = u64::try_from(lanes).unwrap_or(1).max(1);
    usize::try_from(hasher.finish() % lanes).unwrap_or(0)
}

fn sequences(batch: &[Delivery]) -> Vec<String> {
    batch.iter().map(|delivery| delivery.sequence.clone()).collect()
}

/// Returns the place of the first record that the function reports as failed: the service goes on from the lowest
/// sequence number. A reply that names an unknown record, or none where it should, fails the whole batch.
fn first_failure(answer: &[u8], batch: &[Delivery]) -> Option<usize> {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return Some(0);
    };
    let failures = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return None,
        Some(Value::Array(failures)) => failures,
        Some(_) => return Some(0),
    };
    failures
        .iter()
        .map(|failure| {
            let sequence = failure
                .get("itemIdentifier")
                .and_then(Value::as_str)
                .unwrap_or_default();
            batch
                .iter()
                .position(|delivery| delivery.sequence == sequence)
                .unwrap_or(0)
        })
        .min()
}

#[cfg(test)]
mod tests;
