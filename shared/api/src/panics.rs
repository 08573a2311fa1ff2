//! Panics, which must not end in the bare 502 that a failed invocation is.
//!
//! Packages are built without what unwinding needs, which would be about a fifth of them: a panic ends the program, as
//! `panic = "abort"` says. Before it does, the panic hook writes the line of the invocation, answers it in the place of the handler,
//! and starts the program anew in the same process. So the next invocation finds nothing of what the panic left behind.
//!
//! Source of the protocol: Lambda developer guide, "Using the Lambda runtime API".

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lambda_runtime::Diagnostic;
use serde::Serialize;

/// Longest wait for the Runtime API, which is on the same machine.
const PATIENCE: Duration = Duration::from_secs(2);

/// The invocation whose handler works. A process has at most one.
static UNANSWERED: Mutex<Option<Unanswered>> = Mutex::new(None);

/// Holds the reply to an invocation whose handler panics
#[derive(Debug, Clone)]
pub(crate) struct PanicReply {
    /// The last part of the path that the Runtime API takes it at
    path: &'static str,
    body: Vec<u8>,
    /// Status of the reply, if it is one
    pub(crate) status: Option<u16>,
}

impl PanicReply {
    /// Returns a reply as a handler gives it.
    pub(crate) fn response(body: &impl Serialize, status: Option<u16>) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        let path = "response";
        Self { path, body, status }
    }

    /// Returns the failure of the invocation.
    pub(crate) fn error(error: impl Into<Diagnostic>) -> Self {
        let body = serde_json::to_vec(&error.into()).unwrap_or_default();
        let (path, status) = ("error", None);
        Self { path, body, status }
    }
}

/// Holds what the panic hook needs
struct Unanswered {
    invocation_id: String,
    reply: PanicReply,
    write_line: Box<dyn FnOnce(Option<u16>) + Send>,
}

impl fmt::Debug for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unanswered")
            .field("invocation_id", &self.invocation_id)
            .finish_non_exhaustive()
    }
}

fn replace(unanswered: Option<Unanswered>) -> Option<Unanswered> {
    let mut of_process = UNANSWERED.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut of_process, unanswered)
}

/// Returns what `work` comes to. If it panics, `reply` is the reply to the invocation, and `write_line` gets its status.
pub(crate) async fn answered<T>(
    invocation_id: &str,
    reply: PanicReply,
    write_line: impl FnOnce(Option<u16>) + Send + 'static,
    work: impl Future<Output = T>,
) -> T {
    replace(Some(Unanswered {
        invocation_id: invocation_id.to_owned(),
        reply,
        write_line: Box::new(write_line),
    }));
    let output = work.await;
    replace(None);
    output
}

/// Changes the reply to the invocation that runs, for the case that its handler panics.
pub(crate) fn reply_instead(reply: PanicReply) {
    let mut of_process = UNANSWERED.lock().unwrap_or_else(PoisonError::into_inner);
    // Outside of an invocation, in tests of the steps of a loop, there is nothing to answer.
    if let Some(unanswered) = of_process.as_mut() {
        unanswered.reply = reply;
    }
}

/// Makes each panic a line of the log, in the request's span, and the answer of the invocation that runs.
pub(crate) fn install_hook() {
    #[expect(clippy::disallowed_methods, reason = "read once, when the binary starts")]
    let runtime_api = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap_or_default();
    std::panic::set_hook(Box::new(move |panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic.message = message, panic.location = place, "panicked");
        // While the program starts there is nothing to answer, and it would panic again.
        let Some(unanswered) = replace(None) else { return };
        (unanswered.write_line)(unanswered.reply.status);
        if let Err(error) = post(&runtime_api, &unanswered.invocation_id, &unanswered.reply) {
            tracing::error!(%error, "the invocation cannot be answered after the panic");
            return;
        }
        tracing::error!(error = %restart(), "the program cannot be started anew after the panic");
    }));
}

/// Hands a reply to the Lambda Runtime API. The client of the runtime is not used: its tasks do not run during a panic.
fn post(runtime_api: &str, invocation_id: &str, reply: &PanicReply) -> io::Result<()> {
    let mut stream = TcpStream::connect(runtime_api)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let PanicReply { path, body, .. } = reply;
    let length = body.len();
    let mut request = format!(
        "POST /2018-06-01/runtime/invocation/{invocation_id}/{path} HTTP/1.1\r\nHost: {runtime_api}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n"
    );
    if *path == "error" {
        request.push_str("Lambda-Runtime-Function-Error-Type: unhandled\r\n");
    }
    request.push_str("\r\n");
    let request = [request.as_bytes(), body].concat();
    stream.write_all(&request)?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status)?;
    if status.split(' ').nth(1) == Some("202") {
        Ok(())
    } else {
        Err(io::Error::other(status))
    }
}

/// Starts the program of this process from its beginning, as it was started; returns only if that fails.
fn restart() -> io::Error {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    match std::env::current_exe() {
        Ok(program) => Command::new(program).arg0(name).args(arguments).exec(),
        Err(error) => error,
    }
}
