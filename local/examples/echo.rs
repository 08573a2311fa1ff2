//! A function to try the local stack with: it answers what its event asks for.
//!
//! Requests of an API: `?do=fail`, `?do=die`, `?do=sleep`, `?do=malformed`, `?do=large`, `?do=text` (a body of its
//! own with headers); else the event itself. Records of a stream or a bucket: a line for each into the file that the
//! variable `SEEN` names; a record whose item has `fails` is reported as failed as many times as that says.

use std::io::Write;

use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};

type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let event = event.payload;
    if let Some(records) = event.get("Records").and_then(Value::as_array) {
        return seen(records);
    }
    let asked = event
        .pointer("/queryStringParameters/do")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match asked {
        "fail" => Err("asked to fail".into()),
        "die" => std::process::abort(),
        "sleep" => {
            tokio::time::sleep(std::time::Duration::from_mins(1)).await;
            Ok(Value::Null)
        }
        "malformed" => Ok(json!({ "status": 200 })),
        "large" => Ok(json!({ "statusCode": 200, "body": "x".repeat(7 * 1024 * 1024) })),
        "text" => Ok(json!({
            "statusCode": 201,
            "headers": { "Content-Type": "text/plain", "Date": "yesterday" },
            "multiValueHeaders": { "X-Many": ["one", "two"] },
            "body": "aGVsbG8=",
            "isBase64Encoded": true,
        })),
        _ => Ok(
            json!({ "statusCode": 200, "body": json!({ "event": event, "environment": environment() }).to_string() }),
        ),
    }
}

fn environment() -> Value {
    std::env::vars()
        .map(|(name, value)| (name, Value::String(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn seen(records: &[Value]) -> Result<Value, Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "an example has no configuration of its own"
    )]
    let path = std::env::var("SEEN")?;
    let earlier = std::fs::read_to_string(&path).unwrap_or_default();
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    for record in records {
        let sequence = record
            .pointer("/dynamodb/SequenceNumber")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let line = record.to_string();
        // One write: other processes append to the same file.
        file.write_all(format!("{line}\n").as_bytes())?;
        let fails = record
            .pointer("/dynamodb/NewImage/fails/N")
            .and_then(Value::as_str)
            .unwrap_or("0");
        let before = earlier.lines().filter(|earlier| *earlier == line).count();
        if before < fails.parse::<usize>()? {
            return Ok(json!({ "batchItemFailures": [{ "itemIdentifier": sequence }] }));
        }
    }
    Ok(json!({ "batchItemFailures": [] }))
}
