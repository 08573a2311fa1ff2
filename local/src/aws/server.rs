//! The process of moto: how it starts, and how it ends with the local stack.
//!
//! When the local stack ends in order, it kills moto. When it is killed (`kill -9`), moto notices the end of its standard
//! input, a pipe whose other end only the local stack holds.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::process::{Child, ChildStdin, Command};

use cloudformation::ACCOUNT;

/// The program that serves them.
const SERVER: &str = include_str!("moto_server.py");

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
