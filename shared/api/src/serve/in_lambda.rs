//! The whole loop in a process of its own, against a Lambda Runtime API that this test plays.
//!
//! Source of the protocol: Lambda developer guide, "Using the Lambda runtime API".

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};

use serde_json::{Value, json};

use crate::policy_generation::Error;
use crate::{Reply, Request, serve};

#[test]
#[ignore = "not a test but the function that the test beside it starts"]
fn function() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return; // somebody runs all ignored tests
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(serve("state", handle)).unwrap();
}

async fn handle(state: &&str, request: Request) -> Result<Reply, Error> {
    match request.query("do")? {
        Some("panic") => panic!("on purpose"),
        Some("fail") => Err(Error::Internal {
            source: "table is gone".into(),
        }),
        _ => Ok(Reply::ok(&json!({ "tenant": request.tenant()?, "state": state }))),
    }
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
    write!(
        stream,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Lambda-Runtime-Aws-Request-Id: invocation\r\nLambda-Runtime-Deadline-Ms: 4102444800000\r\n\
         Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:111122223333:function:f\r\n\r\n{body}",
    )
    .unwrap();
}

/// Gives the events to the function, passes its replies on, and ends it after the last one.
fn play(listener: &TcpListener, mut function: Child, events: &[Value], answers: &Sender<Value>) {
    let mut events = events.iter();
    while events.len() > 0 {
        let (stream, _) = listener.accept().unwrap();
        let (request, _) = read(&stream);
        assert!(request.contains("/invocation/next"), "{request}");
        write(&stream, "200 OK", &events.next().unwrap().to_string());

        let (stream, _) = listener.accept().unwrap();
        let (request, body) = read(&stream);
        assert!(request.contains("/invocation/invocation/response"), "{request}");
        answers.send(serde_json::from_slice(&body).unwrap()).unwrap();
        write(&stream, "202 Accepted", "");
    }
    function.kill().unwrap();
    function.wait().unwrap();
}

/// Returns what the function answers to each event, and the lines that it logs.
fn invoked(events: Vec<Value>) -> (Vec<Value>, Vec<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut function = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "serve::in_lambda::function",
            "--ignored",
            "--nocapture",
        ])
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            listener.local_addr().unwrap().to_string(),
        )
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
    let (answers, lines) = invoked(vec![event("panic"), event("fail"), json!("odd"), event("work")]);

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
    let ends: Vec<_> = of_invocations
        .iter()
        .map(|line| {
            (
                line["outcome"].as_str().unwrap(),
                line["ColdStarts"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        ends,
        [("failed", 1), ("failed", 0), ("succeeded", 0), ("succeeded", 0)]
    );
    for (line, id) in of_invocations.iter().zip(["panic", "fail", "", "work"]) {
        assert_eq!(line["operation"], "In_lambda", "the file that calls `serve`");
        assert_eq!(line["tenant"], "111122223333");
        assert_eq!(line["request_id"], id);
        assert_eq!(line["invocation_id"], "invocation");
    }

    let [panicked, failed] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    assert_eq!(panicked["panic.message"], "on purpose");
    assert!(
        panicked["panic.location"]
            .as_str()
            .unwrap()
            .contains("in_lambda.rs")
    );
    assert_eq!(failed["cause"], "internal failure: table is gone");
    for (line, id) in [(panicked, "panic"), (failed, "fail")] {
        assert_eq!(line["level"], "ERROR");
        let spans = line["spans"].as_array().unwrap();
        assert_eq!(spans.len(), 1, "{line}");
        assert_eq!(spans[0]["invocation_id"], "invocation");
        assert_eq!(spans[0]["request_id"], id);
    }
}
