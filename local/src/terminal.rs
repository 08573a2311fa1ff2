//! A running stack prints one line in the terminal for each request of the API.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use axum::http::StatusCode;

/// The terminal, or what standard output is instead
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    colours: bool,
}

/// One request and its outcome
#[derive(Debug)]
pub(crate) struct Line<'l> {
    /// The method of the request.
    pub(crate) method: &'l str,
    /// Path without its query, which may name what no screen should show
    pub(crate) path: &'l str,
    /// Status of the reply
    pub(crate) status: StatusCode,
    /// The time from the request's head to the reply
    pub(crate) took: Duration,
    /// Logical id of the function; `None` when the gateway replied by itself
    pub(crate) operation: Option<&'l str>,
    /// Id of the request, by which its lines in the log are found
    pub(crate) id: &'l str,
}

impl Terminal {
    /// Writes to standard output, with colours if it is a terminal and they are allowed.
    pub(crate) fn new(colours: bool) -> Self {
        Self {
            colours: colours && std::io::stdout().is_terminal(),
        }
    }

    /// Prints a line. When the reader is gone, the stack serves all the same.
    pub(crate) fn print(self, line: &Line<'_>) {
        let _gone = writeln!(std::io::stdout(), "{}", Painted(line, self.colours)).is_err();
    }
}

struct Painted<'l>(&'l Line<'l>, bool);

impl fmt::Display for Painted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(line, colours) = self;
        let (colour, end) = match (colours, line.status.as_u16()) {
            (false, _) => ("", ""),
            (true, 500..) => ("\x1b[31m", "\x1b[0m"),
            (true, 400..) => ("\x1b[33m", "\x1b[0m"),
            (true, _) => ("\x1b[32m", "\x1b[0m"),
        };
        write!(
            formatter,
            "{:7}{}  {colour}{}{end}  {} ms  {}",
            line.method,
            line.path,
            line.status.as_u16(),
            line.took.as_millis(),
            line.operation.unwrap_or("-"),
        )?;
        if line.status.is_server_error() {
            write!(formatter, "  request {}: see the log", line.id)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(200, false, "GET    /jobs/7  200  12 ms  GetJob")]
    #[case(200, true, "GET    /jobs/7  \x1b[32m200\x1b[0m  12 ms  GetJob")]
    #[case(404, true, "GET    /jobs/7  \x1b[33m404\x1b[0m  12 ms  GetJob")]
    #[case(502, false, "GET    /jobs/7  502  12 ms  GetJob  request r-1: see the log")]
    fn a_request_is_one_line(#[case] status: u16, #[case] colours: bool, #[case] expected: &str) {
        let line = Line {
            method: "GET",
            path: "/jobs/7",
            status: StatusCode::from_u16(status).unwrap(),
            took: Duration::from_micros(12_900),
            operation: Some("GetJob"),
            id: "r-1",
        };
        assert_eq!(Painted(&line, colours).to_string(), expected);
    }
}
