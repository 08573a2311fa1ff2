//! Child processes: how they start, and how they end with the runner.
//!
//! When the runner ends in order, it kills them. When it is killed (`kill -9`) they notice themselves: a function
//! at its next call of the Runtime API, which is refused, and the AWS server by the end of its standard input, a
//! pipe whose other end only the runner holds. A function in an endless loop of its own would stay behind.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use crate::intrinsics::ACCOUNT;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{oneshot, watch};

/// How a process ended
#[derive(Debug, Clone)]
pub(crate) struct Exit(Option<ExitStatus>);

impl fmt::Display for Exit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(status) => write!(formatter, "{status}"),
            None => formatter.write_str("unknown status"),
        }
    }
}

/// Starts a function's program, under the name of its binary, with exactly this environment; what it prints goes into
/// `log`. It runs until the returned sender is dropped; the receiver then, or when it ends by itself, holds how it ended.
///
/// # Errors
/// The program cannot be started.
pub(crate) fn start_function(
    program: &Path,
    binary: &str,
    environment: &BTreeMap<String, String>,
    log: &File,
) -> io::Result<(watch::Receiver<Option<Exit>>, oneshot::Sender<()>)> {
    let mut child = Command::new(program)
        .arg0(binary)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        // A group of its own: Ctrl-C reaches the runner alone, which then ends its children in order.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let (ended, exit) = watch::channel(None);
    let (alive, mut dropped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let status = tokio::select! {
            status = child.wait() => status.ok(),
            _ = &mut dropped => {
                let killed = child.kill().await;
                tracing::debug!(killed = killed.is_ok(), "a process was ended");
                None
            }
        };
        // Nobody listens any more when the instance is gone.
        ended.send_replace(Some(Exit(status)));
    });
    Ok((exit, alive))
}

/// The AWS server: moto, on a port of its own, ended by the end of its standard input.
const SERVER: &str = "
import os, sys, threading
def end_with_the_runner():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=end_with_the_runner, daemon=True).start()
# Keys that moto did not make belong to the account of the stack.
import moto.iam.models
moto.iam.models.DEFAULT_ACCOUNT_ID = sys.argv[2]
from moto.server import main
main(['-H', '127.0.0.1', '-p', sys.argv[1]])
";

/// The process of the local AWS services
#[derive(Debug)]
pub(crate) struct AwsServer {
    child: Child,
    /// The end of the pipe: apart from the child, because waiting for that closes it
    _input: Option<ChildStdin>,
}

impl AwsServer {
    /// Waits until the process ends by itself.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends the process and waits until it is gone.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) async fn end(&mut self) -> io::Result<()> {
        self.child.kill().await
    }
}

/// Starts the local AWS services on a port of the loopback; their log goes into a file.
///
/// # Errors
/// The interpreter cannot be started or the log cannot be written.
pub(crate) fn start_aws(python: &Path, port: u16, region: &str, log: &Path) -> io::Result<AwsServer> {
    let log = File::create(log)?;
    let mut child = Command::new(python)
        .args(["-c", SERVER, &port.to_string(), ACCOUNT])
        .env("AWS_DEFAULT_REGION", region)
        .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    Ok(AwsServer {
        _input: child.stdin.take(),
        child,
    })
}
