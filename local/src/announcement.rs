//! What a running stack says about itself: a greeting for people, a file for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::template::Stack;

/// Where a stack listens and what it has
#[derive(Debug)]
pub(crate) struct Announcement {
    api: String,
    aws: String,
    dynamodb: String,
    /// Resource, method, function; in the order in which people look for them
    routes: Vec<(String, String, String)>,
    description: Value,
}

impl Announcement {
    /// The announcement of a stack that serves at these URLs.
    pub(crate) fn new(stack: &Stack, api: String, aws: String, dynamodb: String) -> Self {
        let mut routes: Vec<_> = stack
            .routes
            .iter()
            .map(|route| {
                (
                    route.resource.clone(),
                    route.method.clone(),
                    route.function.clone(),
                )
            })
            .collect();
        routes.sort_unstable();
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
            "api": api,
            "aws": aws,
            "dynamodb": dynamodb,
            "region": stack.region,
            "tables": tables,
            "buckets": stack.buckets,
            "functions": functions,
            "process": std::process::id(),
        });
        Self {
            api,
            aws,
            dynamodb,
            routes,
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

    /// Addresses, routes, and a first command to try.
    pub(crate) fn greeting(&self) -> String {
        let Self {
            api,
            aws,
            dynamodb,
            routes,
            ..
        } = self;
        let mut text = format!(
            "\nAPI       {api}\nAWS       {aws}  (S3, STS, CloudTrail, IAM, lambda invoke)\nDynamoDB  {dynamodb}\n\n"
        );
        let width = routes
            .iter()
            .map(|(resource, ..)| resource.len())
            .max()
            .unwrap_or_default();
        let mut line = |arguments: std::fmt::Arguments<'_>| {
            // Writing into a text cannot fail.
            let _written = text.write_fmt(arguments).is_ok();
        };
        for (resource, method, function) in routes {
            line(format_args!("  {method:7}{resource:width$}  {function}\n"));
        }
        let first = routes
            .iter()
            .find(|(resource, method, _)| method == "GET" && !resource.contains('{'));
        if let Some((resource, ..)) = first {
            line(format_args!("\nTry:  curl -i {api}{resource}\n"));
        }
        line(format_args!(
            "      aws --endpoint-url {aws} s3 ls     (with any credentials)\n"
        ));
        line(format_args!(
            "The access key id of a request's signature, if it is 12 digits, is the caller's account.\n\
             Tables and stream positions are kept; objects, trails and roles end with the stack."
        ));
        text
    }
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
