//! The loops in processes of their own, against a Lambda Runtime API that these tests play.
//!
//! Source of the protocol: Lambda developer guide, "Using the Lambda runtime API".

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use serde_json::{Value, json};

use crate::policy_generation::Error;
use crate::stream::Change;
use crate::{Caller, Event, Reach, Reply, Request};
use crate::{authorize, consume, consume_events, measure, serve};

#[test]
#[ignore = "not a test but the function that the tests beside it start"]
fn function() {
    let Some(kind) = std::env::var_os("KIND_OF_FUNCTION") else {
        return; // somebody runs all ignored tests
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap();
    let ended = match kind.to_str().unwrap() {
        "requests" => runtime.block_on(serve("state", handle)),
        "changes" => runtime.block_on(consume((), handle_change)),
        "events" => runtime.block_on(consume_events((), handle_event)),
        "authorizer" => runtime.block_on(authorize((), Reach::Method, let_in)),
        kind => panic!("{kind}"),
    };
    ended.unwrap();
}

async fn handle(state: &&str, request: Request) -> Result<Reply, Error> {
    match request.query("do")? {
        Some("panic") => panic!("on purpose"),
        Some("panic later") => {
            measure(crate::Metric::Rows, 7);
            tokio::task::yield_now().await;
            let elsewhere = tokio::task::spawn_blocking(|| panic!("on purpose"));
            elsewhere.await.unwrap()
        }
        Some("fail") => Err(Error::Internal {
            source: "table is gone".into(),
        }),
        _ => Ok(Reply::ok(&json!({ "tenant": request.tenant()?, "state": state }))),
    }
}

async fn handle_change((): &(), change: Change) -> Result<(), std::io::Error> {
    match change.event_id() {
        "panic" => panic!("on purpose"),
        "fail" => Err(std::io::Error::other("not ready")),
        _ => Ok(()),
    }
}

async fn handle_event((): &(), event: Event) -> Result<String, std::io::Error> {
    let what: String = event.read()?;
    assert_ne!(what, "panic", "on purpose");
    Ok(what)
}

async fn let_in((): &(), request: &Request) -> Result<Option<Caller>, std::io::Error> {
    assert_eq!(request.query("do").unwrap(), None, "on purpose");
    Ok(None)
}

/// Returns method and path, and the body.
fn read(stream: &TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (first, body)
}

fn write(mut stream: &TcpStream, status: &str, body: &str) {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Lambda-Runtime-Aws-Request-Id: invocation\r\nLambda-Runtime-Deadline-Ms: 4102444800000\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:111122223333:function:f\r\n\r\n{body}",
    );
    // In one piece: a panic hook has gone after the first line.
    stream.write_all(text.as_bytes()).unwrap();
}

/// Gives the events to the function, passes its replies on with where they came to, and ends it after the last one.
fn play(listener: &TcpListener, mut function: Child, events: &[Value], answers: &Sender<(String, Value)>) {
    let mut events = events.iter();
    while events.len() > 0 {
        let (stream, _) = listener.accept().unwrap();
        let (request, _) = read(&stream);
        assert!(request.contains("/invocation/next"), "{request}");
        write(&stream, "200 OK", &events.next().unwrap().to_string());

        let (stream, _) = listener.accept().unwrap();
        let (request, body) = read(&stream);
        let path = request.strip_prefix("POST /2018-06-01/runtime/invocation/invocation/");
        let (outcome, _) = path.unwrap().split_once(' ').unwrap();
        let answer = serde_json::from_slice(&body).unwrap();
        answers.send((outcome.to_owned(), answer)).unwrap();
        write(&stream, "202 Accepted", "");
    }
    function.kill().unwrap();
    function.wait().unwrap();
}

/// Returns where and what a function answers to each event, and the lines that it logs.
fn invoked(kind: &str, events: Vec<Value>) -> (Vec<(String, Value)>, Vec<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut function = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "in_lambda::function", "--ignored", "--nocapture"])
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            listener.local_addr().unwrap().to_string(),
        )
        .env("KIND_OF_FUNCTION", kind)
        .env("AWS_LAMBDA_FUNCTION_NAME", "f")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_SAM_LOCAL", "true")
        .env("METRICS_NAMESPACE", "stack")
        .env("RUST_LOG", "error") // hides neither failures nor their ids
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(function.stdout.take().unwrap());
    let (sender, answers) = channel();
    // This runs in a thread that nobody waits for: the output ends with the function, also when the function dies early.
    std::thread::spawn(move || play(&listener, function, &events, &sender));
    let lines = output.lines().map(Result::unwrap);
    let logged = lines
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect();
    (answers.try_iter().collect(), logged)
}

fn event(what: &str) -> Value {
    json!({
        "queryStringParameters": { "do": what },
        "requestContext": { "requestId": what, "identity": { "accountId": null } },
    })
}

#[test]
fn whatever_happens_is_answered_and_each_failure_is_one_line_with_its_request() {
    let (answers, lines) = invoked(
        "requests",
        vec![event("panic"), event("fail"), json!("odd"), event("work")],
    );

    assert!(answers.iter().all(|(outcome, _)| outcome == "response"));
    let answers: Vec<_> = answers.into_iter().map(|(_, answer)| answer).collect();
    let statuses: Vec<_> = answers
        .iter()
        .map(|answer| answer["statusCode"].as_u64())
        .collect();
    assert_eq!(statuses, [500, 500, 200, 200].map(Some));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[3]["body"], r#"{"state":"state","tenant":"111122223333"}"#);

    // There is one line for each invocation, also for the panic and with the level `error`.
    let (of_invocations, lines): (Vec<Value>, Vec<Value>) =
        lines.into_iter().partition(|line| line["_aws"].is_object());
    // The program begins anew after the panic.
    assert_eq!(
        ends(&of_invocations),
        [("failed", 1), ("failed", 1), ("succeeded", 0), ("succeeded", 0)]
    );
    for (line, id) in of_invocations.iter().zip(["panic", "fail", "", "work"]) {
        assert_eq!(line["operation"], "In_lambda", "the file that calls `serve`");
        assert_eq!(line["tenant"], "111122223333");
        assert_eq!(line["request_id"], id);
        assert_eq!(line["invocation_id"], "invocation");
    }
    assert_eq!(of_invocations[0]["status"], 500);

    let [panicked, failed] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(panicked["panic.message"], "on purpose");
    let place = panicked["panic.location"].as_str().unwrap();
    assert!(place.contains("in_lambda.rs"), "{place}");
    assert_eq!(failed["cause"], "internal failure: table is gone");
    for (line, id) in [(panicked, "panic"), (failed, "fail")] {
        assert_eq!(line["level"], "ERROR");
        let spans = line["spans"].as_array().unwrap();
        assert_eq!(spans.len(), 1, "{line}");
        assert_eq!(spans[0]["invocation_id"], "invocation");
        assert_eq!(spans[0]["request_id"], id);
    }
}

/// Tells how invocations ended, and whether they were the first of a program.
fn ends(of_invocations: &[Value]) -> Vec<(&str, u64)> {
    let end = |line: &'_ Value| line["ColdStarts"].as_u64().unwrap();
    of_invocations
        .iter()
        .map(|line| (line["outcome"].as_str().unwrap(), end(line)))
        .collect()
}

#[test]
fn a_panic_in_another_thread_is_answered_too() {
    let (answers, lines) = invoked(
        "requests",
        vec![event("panic later"), event("panic later"), event("work")],
    );
    let statuses: Vec<_> = answers
        .iter()
        .map(|(_, answer)| answer["statusCode"].as_u64())
        .collect();
    assert_eq!(statuses, [500, 500, 200].map(Some));
    let (of_invocations, lines): (Vec<Value>, Vec<Value>) =
        lines.into_iter().partition(|line| line["_aws"].is_object());
    assert_eq!(
        ends(&of_invocations),
        [("failed", 1), ("failed", 1), ("succeeded", 1)]
    );
    assert_eq!(lines.len(), 2, "{lines:?}");
}

#[test]
fn a_panic_fails_its_change_and_not_the_changes_before_it() {
    let record = |id: &str, number: &str| json!({ "eventID": id, "dynamodb": { "SequenceNumber": number } });
    let batch =
        |second: &str| json!({ "Records": [record("work", "1"), record(second, "2"), record("work", "3")] });
    let (answers, lines) = invoked("changes", vec![batch("panic"), batch("fail"), batch("work")]);
    let failed = json!({ "batchItemFailures": [{ "itemIdentifier": "2" }] });
    let done = json!({ "batchItemFailures": [] });
    let expected = [failed.clone(), failed, done].map(|progress| ("response".to_owned(), progress));
    assert_eq!(answers, expected);
    let panicked = lines.iter().find(|line| line["panic.message"] == "on purpose");
    assert_eq!(panicked.unwrap()["spans"][1]["event_id"], "panic");
    let of_invocations: Vec<Value> = lines
        .into_iter()
        .filter(|line| line["_aws"].is_object())
        .collect();
    assert_eq!(
        ends(&of_invocations),
        [("failed", 1), ("failed", 1), ("succeeded", 0)]
    );
}

#[test]
fn a_panic_fails_the_invocation_of_an_event_as_a_failure_does() {
    let (answers, _) = invoked("events", vec![json!("panic"), json!(7), json!("work")]);
    let outcomes: Vec<_> = answers.iter().map(|(outcome, _)| outcome.as_str()).collect();
    assert_eq!(outcomes, ["error", "error", "response"]);
    assert_eq!(answers[0].1["errorType"], "Unprocessed");
    assert_eq!(answers[0].1, answers[1].1);
    assert_eq!(answers[2].1, "work");
}

#[test]
fn a_panic_of_an_authorizer_is_no_401() {
    let (answers, _) = invoked("authorizer", vec![event("panic"), json!({})]);
    let outcomes: Vec<_> = answers.iter().map(|(outcome, _)| outcome.as_str()).collect();
    assert_eq!(outcomes, ["error", "error"]);
    assert_eq!(answers[0].1["errorType"], "AuthorizerFailed");
    assert_eq!(answers[1].1["errorMessage"], "Unauthorized");
}
