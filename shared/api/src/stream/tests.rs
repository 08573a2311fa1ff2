use std::cell::RefCell;
use std::fmt;

use jiff::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Change, Kind, work_through};
use crate::logs::captured;

fn record(sequence_number: u32) -> Value {
    json!({
        "eventID": format!("event-{sequence_number}"),
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_767_225_600,
            "Keys": { "pk": { "S": "111122223333" }, "sk": { "S": "JOB#7" } },
            "NewImage": { "status": { "S": "CANCELED" }, "left": { "N": "3" }, "odd": "S" },
            "OldImage": { "status": { "S": "IN_PROGRESS" } },
            "SequenceNumber": sequence_number.to_string(),
            "SizeBytes": 26,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:111122223333:table/t/stream/x",
    })
}

#[test]
fn a_change_is_read_from_a_record() {
    let change = Change::from_record(record(1), Timestamp::UNIX_EPOCH);
    assert_eq!(change.kind(), Some(Kind::Modify));
    assert_eq!(change.event_id(), "event-1");
    assert_eq!(change.key("pk"), Some("111122223333"));
    assert_eq!(change.key("sk"), Some("JOB#7"));
    assert_eq!(change.image("status"), Some("CANCELED"));
    assert_eq!(change.previous("status"), Some("IN_PROGRESS"));
    assert_eq!(change.image("left"), None);
    assert_eq!(change.image("odd"), None);
    assert_eq!(change.new_image().unwrap()["left"]["N"], "3");
}

#[rstest]
#[case("INSERT", Some(Kind::Insert))]
#[case("REMOVE", Some(Kind::Remove))]
#[case("TRUNCATE", None)]
fn the_kind_is_the_name_of_the_event(#[case] name: &str, #[case] kind: Option<Kind>) {
    let change = Change::from_record(json!({ "eventName": name }), Timestamp::UNIX_EPOCH);
    assert_eq!(change.kind(), kind);
    assert_eq!(change.image("status"), None);
}

#[derive(Debug)]
struct Unready;

impl fmt::Display for Unready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not ready")
    }
}

impl std::error::Error for Unready {}

/// Returns what the handler saw, what the stream gets as reply, and what is logged.
fn consumed(event: Value, handler: impl Fn(&str) -> Result<(), Unready>) -> (Vec<String>, Value, Vec<Value>) {
    let seen = RefCell::new(Vec::new());
    let mut progress = Value::Null;
    let lines = captured(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let handle = async |(): &(), change: Change| {
            seen.borrow_mut().push(change.event_id().to_owned());
            handler(change.event_id())
        };
        let work = work_through(event, &(), &handle, || Timestamp::UNIX_EPOCH);
        progress = serde_json::to_value(runtime.block_on(work)).unwrap();
    });
    (seen.into_inner(), progress, lines)
}

fn batch() -> Value {
    json!({ "Records": [record(1), record(2), record(3)] })
}

#[test]
fn changes_are_handled_in_order() {
    let (seen, progress, lines) = consumed(batch(), |_| Ok(()));
    assert_eq!(seen, ["event-1", "event-2", "event-3"]);
    assert_eq!(progress, json!({ "batchItemFailures": [] }));
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn the_first_failure_ends_the_batch_and_is_logged_once() {
    let (seen, progress, lines) = consumed(batch(), |id| if id == "event-2" { Err(Unready) } else { Ok(()) });
    assert_eq!(seen, ["event-1", "event-2"]);
    assert_eq!(
        progress,
        json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] })
    );
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["level"], "ERROR");
    assert_eq!(lines[0]["cause"], "not ready");
    assert_eq!(lines[0]["spans"][0]["event_id"], "event-2");
}

#[rstest]
#[case(json!({}))]
#[case(json!({ "Records": [] }))]
#[case(json!(null))]
fn a_batch_may_be_empty(#[case] event: Value) {
    let (_, progress, _) = consumed(event, |_| Err(Unready));
    assert_eq!(progress, json!({ "batchItemFailures": [] }));
}

#[test]
fn a_failed_record_without_a_number_fails_the_whole_batch() {
    // Lambda takes an empty identifier to mean the whole batch.
    let (_, progress, _) = consumed(json!({ "Records": [{}] }), |_| Err(Unready));
    assert_eq!(
        progress,
        json!({ "batchItemFailures": [{ "itemIdentifier": "" }] })
    );
}
