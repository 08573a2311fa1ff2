//! Says where a running stack is: in a greeting for people, and in a file for programs.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::template::Stack;
use cloudformation::ACCOUNT;

/// Says where a stack listens
#[derive(Debug)]
pub(crate) struct Addresses {
    /// URL of the API
    pub(crate) api: String,
    /// URL of the local AWS services
    pub(crate) aws: String,
    /// URL of the database
    pub(crate) dynamodb: String,
}

/// Says where a stack listens and what it has
#[derive(Debug)]
pub(crate) struct Announcement {
    addresses: Addresses,
    log: PathBuf,
    description: Value,
}

impl Announcement {
    /// Returns the announcement of a stack that serves at these addresses and writes this log.
    pub(crate) fn new(stack: &Stack, addresses: Addresses, log: PathBuf) -> Self {
        let tables: BTreeMap<_, _> = stack
            .tables
            .iter()
            .map(|table| (&table.id, &table.name))
            .collect();
        let functions: BTreeMap<_, _> = stack
            .functions
            .iter()
            .map(|(id, function)| (id, &function.name))
            .collect();
        let description = json!({
            "api": addresses.api,
            "aws": addresses.aws,
            "dynamodb": addresses.dynamodb,
            "region": stack.region,
            "tables": tables,
            "buckets": stack.buckets,
            "functions": functions,
            "process": std::process::id(),
        });
        Self {
            addresses,
            log,
            description,
        }
    }

    /// Writes the description into a file. Written beside and renamed: who waits for the file never reads half of it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn publish(&self, file: &Path) -> io::Result<()> {
        let beside = file.with_extension("new");
        std::fs::write(&beside, self.description.to_string())?;
        std::fs::rename(beside, file)
    }

    /// Returns what to try first, what is kept, and the addresses at the end.
    pub(crate) fn greeting(&self) -> String {
        let Addresses { api, aws, dynamodb } = &self.addresses;
        format!(
            "
In a second terminal:   make sample        loads a sample account and shows what is found in it
                        make demo          calls every operation once
                        make routes        prints every route

Requests belong to account {ACCOUNT}, unless their access key id is another account (twelve digits).
Tables are kept when the stack ends; buckets, trails and roles are not. The log is {log}.

API        {api}   open it in a browser, or call it
AWS        {aws}   S3, IAM, CloudTrail, STS
DynamoDB   {dynamodb}",
            log = self.log.display(),
        )
    }
}

/// Returns the routes of a template: method, path and function, in the order of paths. The routes that only say that
/// there is no operation are left out.
pub(crate) fn routes(stack: &Stack) -> String {
    let mut routes: Vec<_> = stack
        .routes
        .iter()
        .filter(|route| !route.is_for_unknown())
        .map(|route| {
            (
                route.resource.as_str(),
                route.method.as_str(),
                route.function.as_str(),
            )
        })
        .collect();
    routes.sort_unstable();
    let width = routes
        .iter()
        .map(|(path, ..)| path.len())
        .max()
        .unwrap_or_default();
    routes
        .iter()
        .map(|(path, method, function)| format!("{method:7}{path:width$}  {function}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Removes what an earlier run said about itself.
///
/// # Errors
/// The file exists and cannot be removed.
pub(crate) fn withdraw(file: &Path) -> io::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
