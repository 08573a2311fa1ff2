//! The person who starts the stack chooses by environment variables and flags, which are read once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::gateway::event::Identity;

/// Says how to call it
pub(crate) const USAGE: &str = "\
Serves a SAM template on this machine: local [flags]
  --template FILE         the template (template.yaml)
  --binaries PATH         a folder with a binary for each function, or one program that holds all functions and does
                          what the name says by which it is started (examples/all-functions beside this program)
  --python FILE           an interpreter that has moto (.venv/bin/python)
  --parameter NAME=VALUE  a parameter of the template; may be repeated
  --ready-file FILE       a JSON description of the running stack is written there when it is ready
  --routes                prints the routes of the template, and ends
Environment: PORT (3000) for the API, AWS_PORT (3001) for S3, STS, CloudTrail, IAM and invocations by hand,
DYNAMODB_PORT (3002); port 0 chooses a free one. LOCAL_DIR (.local) holds the data and the log, AWS_REGION (us-east-1).
LOCAL_NO_IDENTITY=1 sends requests without identity to the functions. LOCAL_USED_RIGHTS names a file into which the
IAM actions and resources are written that functions use, LOCAL_EXCHANGES one for every request with its reply: with
all that is secret in them. NO_COLOR=1 prints without colours.";

/// The choices that the command line makes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// The file of the template.
    pub(crate) template: PathBuf,
    /// Folder of the binaries, or the program that holds all functions; `None` is the one beside this program
    pub(crate) binaries: Option<PathBuf>,
    /// Interpreter with moto
    pub(crate) python: PathBuf,
    /// Says where to describe the running stack
    pub(crate) ready_file: Option<PathBuf>,
    /// Says whether only the routes are printed
    pub(crate) routes: bool,
    /// Says whether colours are allowed on a terminal
    pub(crate) colours: bool,
    /// Parameters of the template
    pub(crate) parameters: BTreeMap<String, String>,
    /// Says where to write which rights functions use
    pub(crate) used_rights: Option<PathBuf>,
    /// Says where to write requests and replies
    pub(crate) exchanges: Option<PathBuf>,
    /// Folder of the data
    pub(crate) folder: PathBuf,
    /// Port of the API
    pub(crate) port: u16,
    /// Port of the local AWS services
    pub(crate) aws_port: u16,
    /// Port of the database
    pub(crate) dynamodb_port: u16,
    /// The region in ARNs and in the functions' environment.
    pub(crate) region: String,
    /// Says whether requests have an identity
    pub(crate) identity: Identity,
    /// Variables that functions see too
    pub(crate) passed_on: BTreeMap<String, String>,
}

/// Says why the choices cannot be followed
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum ConfigurationError {
    /// A flag that does not exist
    #[error("unknown flag `{0}`\n{USAGE}")]
    UnknownFlag(String),
    /// A flag without its value
    #[error("`{0}` needs a value\n{USAGE}")]
    NoValue(String),
    /// A variable that is not a port
    #[error("{name}=`{value}` is no port")]
    NoPort {
        /// The name of the variable.
        name: &'static str,
        /// The value of the variable.
        value: String,
    },
}

/// Variables of the runner that functions see: log level, backtraces, coverage
const PASSED_ON: [&str; 3] = ["RUST_LOG", "RUST_BACKTRACE", "LLVM_PROFILE_FILE"];

impl Configuration {
    /// Reads flags (without the program's name) and environment.
    ///
    /// # Errors
    /// See [`ConfigurationError`].
    pub(crate) fn read(
        mut flags: impl Iterator<Item = String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigurationError> {
        let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
        let port = |name: &'static str, default: u16| match variable(name) {
            None => Ok(default),
            Some(value) => value
                .parse()
                .map_err(|_no_number| ConfigurationError::NoPort { name, value }),
        };
        let mut configuration = Self {
            template: PathBuf::from("template.yaml"),
            binaries: None,
            python: PathBuf::from(".venv/bin/python"),
            ready_file: None,
            routes: false,
            colours: variable("NO_COLOR").is_none(),
            parameters: BTreeMap::new(),
            used_rights: variable("LOCAL_USED_RIGHTS").map(PathBuf::from),
            exchanges: variable("LOCAL_EXCHANGES").map(PathBuf::from),
            folder: variable("LOCAL_DIR").map_or_else(|| PathBuf::from(".local"), PathBuf::from),
            port: port("PORT", 3000)?,
            aws_port: port("AWS_PORT", 3001)?,
            dynamodb_port: port("DYNAMODB_PORT", 3002)?,
            region: variable("AWS_REGION").unwrap_or_else(|| "us-east-1".to_owned()),
            identity: match variable("LOCAL_NO_IDENTITY").as_deref() {
                None | Some("0") => Identity::Claimed,
                Some(_) => Identity::Absent,
            },
            passed_on: PASSED_ON
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), variable(name)?)))
                .collect(),
        };
        while let Some(flag) = flags.next() {
            let mut value = || {
                flags
                    .next()
                    .ok_or_else(|| ConfigurationError::NoValue(flag.clone()))
            };
            match flag.as_str() {
                "--template" => configuration.template = value()?.into(),
                "--binaries" => configuration.binaries = Some(value()?.into()),
                "--python" => configuration.python = value()?.into(),
                "--routes" => configuration.routes = true,
                "--ready-file" => configuration.ready_file = Some(value()?.into()),
                "--parameter" => {
                    let pair = value()?;
                    let (name, value) = pair
                        .split_once('=')
                        .ok_or_else(|| ConfigurationError::NoValue(flag.clone()))?;
                    configuration.parameters.insert(name.to_owned(), value.to_owned());
                }
                _ => return Err(ConfigurationError::UnknownFlag(flag)),
            }
        }
        Ok(configuration)
    }
}

#[cfg(test)]
mod tests;
