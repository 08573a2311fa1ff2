//! The processes of functions: how they start, and how they end with the local stack.
//!
//! When the local stack ends in order, it kills them. When it is killed (`kill -9`), a function notices that at its next
//! call of the Runtime API, which is refused. A function in an endless loop of its own would stay behind.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use tokio::process::Command;
use tokio::sync::{oneshot, watch};

/// Says how a process ended
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
        // The process has a group of its own: Ctrl-C reaches only the runner, which then ends its children in order.
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
