//! Remembers what calls needed: programs make equal calls again and again.
//!
//! Other calls come once, such as reads of ever new objects. So the first of equal calls leaves a trace only, and the
//! second one is remembered.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use serde_json::value::RawValue;

use super::ledger;
use crate::record::RawRecord;
use crate::usage::Call;

/// Most calls that are remembered.
const CALLS: usize = 2048;

/// Bytes that they may take, roughly.
const BYTES: usize = 4 * 1024 * 1024;

/// Most traces of calls that came once.
const TRACES: usize = 1 << 14;

/// Ends a part of a key. No text holds this byte, because UTF-8 has no use for it.
const END: u8 = 0xff;

/// Stands for a part that the record does not have.
const MISSING: u8 = 0xfe;

/// Remembers what calls needed, by everything that it depends on.
#[derive(Debug, Default)]
pub(super) struct Memory {
    calls: HashMap<Box<[u8]>, Call>,
    bytes: usize,
    /// Key of the record that was looked for last, and its trace.
    key: Vec<u8>,
    trace: u64,
    /// A trace of two calls that are not equal makes the first of them remembered at once, and nothing else.
    traces: HashSet<u64>,
    hasher: RandomState,
}

impl Memory {
    /// Returns the call of `record`, if an equal one is remembered.
    pub(super) fn recall(&mut self, record: &RawRecord<'_>) -> Option<Call> {
        self.key.clear();
        write_key(record, &mut self.key);
        self.trace = self.hasher.hash_one(&self.key);
        if !self.traces.contains(&self.trace) {
            return None;
        }
        let known = self.calls.get(self.key.as_slice())?;
        Some(Call {
            time: record.event_time,
            principal_id: record.principal_id().map(str::to_owned),
            ..known.clone()
        })
    }

    /// Remembers the call of the record that was looked for last, when an equal one came before.
    pub(super) fn keep(&mut self, call: &Call) {
        if self.traces.len() >= TRACES {
            self.traces.clear();
        }
        if self.traces.insert(self.trace) {
            return;
        }
        let bytes = self.key.len() + ledger::size(call);
        // One large call may not take the place of many small ones.
        if bytes > BYTES / 64 {
            return;
        }
        // To forget everything needs no order among the calls, and the frequent calls soon come back.
        if self.calls.len() >= CALLS || self.bytes + bytes > BYTES {
            self.calls.clear();
            self.bytes = 0;
        }
        let before = self.calls.insert(self.key.as_slice().into(), call.clone());
        self.bytes += if before.is_none() { bytes } else { 0 };
    }
}

/// Writes all that a call depends on: everything but its time, its id, and the session that made it.
fn write_key(record: &RawRecord<'_>, key: &mut Vec<u8>) {
    let identity = record.user_identity.as_ref();
    let caller = identity.and_then(|identity| identity.arn.as_deref());
    let parts = [
        Some(&*record.event_source),
        Some(&*record.event_name),
        Some(&*record.aws_region),
        record.event_category.as_deref(),
        record.called_via(),
        record.error_code.as_deref(),
        record.error_message.as_deref(),
        record.recipient_account_id.as_deref(),
        identity.and_then(|identity| identity.account_id.as_deref()),
        // The last part of the ARN is the name of the session, or of the one user whose calls are wanted.
        caller.map(|arn| arn.rsplit_once('/').map_or(arn, |(head, _)| head)),
        record.request_parameters.map(RawValue::get),
        record.response_elements.map(RawValue::get),
    ];
    let of_resources = (record.resources.iter().flatten()).flat_map(|entry| {
        [&entry.arn, &entry.arn_prefix, &entry.account_id, &entry.kind].map(Option::as_deref)
    });
    for part in parts.into_iter().chain(of_resources) {
        match part {
            Some(text) => key.extend_from_slice(text.as_bytes()),
            None => key.push(MISSING),
        }
        key.push(END);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::{Value, json};

    use crate::actions;
    use crate::principal::{Principal, TimeRange};
    use crate::record::Record;
    use crate::scan::{Scanner, Services, Wanted};
    use crate::usage::{Call, Usage};

    const ROLE: &str = "arn:aws:iam::111122223333:role/app/worker";

    /// Returns the usage that a scan finds in records, and how often the scan called `understand`.
    fn scan(records: &[Value]) -> (Usage, usize) {
        let mut asked = 0;
        let wanted = Wanted {
            principal: Principal::parse(ROLE).unwrap(),
            time: TimeRange {
                start: "2024-01-01T00:00:00Z".parse().unwrap(),
                end: "2024-01-31T00:00:00Z".parse().unwrap(),
            },
            services: Services::All,
        };
        let mut scanner = Scanner::new(wanted, |record: &Record<'_>| {
            asked += 1;
            actions::understand(record)
        });
        let mut file = scanner.file("log");
        file.feed(json!({ "Records": records }).to_string().as_bytes());
        file.finish().unwrap();
        let usage = scanner.finish();
        (usage, asked)
    }

    fn record(session: u32, over: &Value) -> Value {
        let mut record = json!({
            "eventVersion": "1.09",
            "eventTime": format!("2024-01-15T00:00:{:02}Z", session % 60),
            "eventSource": "ec2.amazonaws.com",
            "eventName": "RunInstances",
            "awsRegion": "eu-west-1",
            "eventType": "AwsApiCall",
            "requestParameters": {"instancesSet": {"items": [{"imageId": "ami-0a1b2c3d"}]}},
            "userIdentity": {
                "type": "AssumedRole",
                "principalId": format!("AROAEXAMPLE{}:i-{session}", session % 3),
                "arn": format!("arn:aws:sts::111122223333:assumed-role/worker/i-{session}"),
                "accountId": "111122223333",
                "sessionContext": {"sessionIssuer": {
                    "type": "Role", "principalId": format!("AROAEXAMPLE{}", session % 3), "arn": ROLE,
                }},
            },
        });
        record
            .as_object_mut()
            .unwrap()
            .extend(over.as_object().unwrap().clone());
        record
    }

    #[test]
    fn an_equal_call_of_another_session_is_asked_for_twice_at_most() {
        let records: Vec<Value> = (0..100).map(|session| record(session, &json!({}))).collect();
        let (usage, asked) = scan(&records);
        assert_eq!(asked, 2, "the second of equal calls is remembered");
        let run = &usage.actions["ec2:RunInstances"].calls;
        assert_eq!(run.calls, 100);
        assert_eq!(run.last_seen, Some("2024-01-15T00:00:59Z".parse().unwrap()));
        assert_eq!(usage.principal_ids.len(), 3);
    }

    #[test]
    fn more_calls_than_are_remembered_are_understood_all_the_same() {
        let records: Vec<Value> = (0..3 * super::CALLS)
            .map(|number| {
                record(
                    0,
                    &json!({"eventName": format!("Unknown{}", number % (2 * super::CALLS))}),
                )
            })
            .collect();
        let (usage, asked) = scan(&records);
        assert_eq!(
            (usage.reading.matched, asked),
            (3 * super::CALLS as u64, 3 * super::CALLS)
        );
    }

    /// Generates a member of a record, with values that a call depends on.
    fn any_member() -> impl Strategy<Value = (&'static str, Value)> {
        let text = |name, values: &'static [&'static str]| {
            select(values).prop_map(move |value| (name, Value::from(value)))
        };
        let buckets = || select(["b", "c"].as_slice());
        prop_oneof![
            text(
                "eventSource",
                &[
                    "ec2.amazonaws.com",
                    "s3.amazonaws.com",
                    "autoscaling.amazonaws.com"
                ]
            ),
            text(
                "eventName",
                &["RunInstances", "GetObject", "PutScalingPolicy", "GetBucketAcl"]
            ),
            text("awsRegion", &["eu-west-1", "us-east-1", "cn-north-1"]),
            text("eventCategory", &["Management", "Data"]),
            text(
                "sourceIPAddress",
                &["192.0.2.1", "192.0.2.2", "ssm.amazonaws.com", "AWS Internal"]
            ),
            text("errorCode", &["AccessDenied", "ThrottlingException"]),
            text(
                "errorMessage",
                &[
                    "User: u is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k",
                    "User: u is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k",
                ]
            ),
            text("recipientAccountId", &["111122223333", "444455556666"]),
            buckets().prop_map(|bucket| ("requestParameters", json!({"bucketName": bucket, "key": "k"}))),
            Just(("requestParameters", Value::Null)),
            Just(("requestParameters", json!({"serviceNamespace": "ecs"}))),
            Just(("responseElements", json!({"code": "AccessDeniedException"}))),
            Just((
                "responseElements",
                json!({"group": "arn:aws:ec2:eu-west-1:111122223333:placement-group/g"})
            )),
            buckets().prop_map(|bucket| {
                let arn = format!("arn:aws:s3:::{bucket}");
                ("resources", json!([{"type": "AWS::S3::Bucket", "ARN": arn}]))
            }),
            buckets().prop_map(|bucket| {
                let prefix = format!("arn:aws:s3:::{bucket}/");
                (
                    "resources",
                    json!([{"type": "AWS::S3::Object", "ARNPrefix": prefix}]),
                )
            }),
            select(["111122223333", "444455556666"].as_slice()).prop_map(|account| {
                let mut identity = record(0, &json!({}))["userIdentity"].take();
                identity["accountId"] = Value::from(account);
                ("userIdentity", identity)
            }),
            Just(("userIdentity", {
                let mut identity = record(0, &json!({}))["userIdentity"].take();
                identity["invokedBy"] = Value::from("athena.amazonaws.com");
                identity
            })),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_scan_finds_the_same_as_asking_for_each_call(
            records in prop::collection::vec((0u32..60, prop::collection::vec(any_member(), 0..5)), 1..80)
        ) {
            let records: Vec<Value> = records
                .into_iter()
                .map(|(session, members)| {
                    let over = members.into_iter().map(|(name, value)| (name.to_owned(), value));
                    record(session, &Value::Object(over.collect()))
                })
                .collect();
            let mut expected = Usage::default();
            for record in &records {
                let text = record.to_string();
                let call: Call = actions::understand(&serde_json::from_str(&text).unwrap());
                expected.record(call);
            }
            let (found, _) = scan(&records);
            expected.reading = found.reading.clone();
            prop_assert_eq!(found, expected);
        }
    }
}
