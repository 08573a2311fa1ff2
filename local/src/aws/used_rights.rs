//! Records which rights functions use: the IAM actions, and the tables and indexes, of the requests that they send.
//!
//! Source: Service Authorization Reference, "Actions, resources, and condition keys" of the services.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};

use crate::gateway::event;

/// The action of a request, and the table, with its index, or the bucket that it is about
type Right = (String, Option<String>);

/// Writes each right that a function uses once, as a line of JSON
#[derive(Debug)]
pub(crate) struct UsedRights {
    file: Mutex<(File, BTreeSet<String>)>,
}

impl UsedRights {
    /// Creates the file, empty.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(crate) fn create(file: &Path) -> io::Result<Self> {
        let file = File::create(file)?;
        Ok(Self {
            file: Mutex::new((file, BTreeSet::new())),
        })
    }

    /// Writes down what a request of a function uses.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn record(
        &self,
        function: &str,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> io::Result<()> {
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, known) = &mut *held;
        for (action, resource) in used(method, uri, headers, body) {
            let line = json!({ "function": function, "action": action, "resource": resource }).to_string();
            if known.insert(line.clone()) {
                file.write_all(format!("{line}\n").as_bytes())?;
            }
        }
        Ok(())
    }
}

fn used(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Vec<Right> {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    match (target, event::service(headers, uri).as_deref()) {
        (_, Some("lambda")) => vec![of_function(uri)],
        (Some(target), Some("dynamodb")) => {
            let operation = target.rsplit('.').next().unwrap_or_default();
            of_database(operation, &serde_json::from_slice(body).unwrap_or_default())
        }
        (_, Some("s3")) => vec![of_bucket(method, uri)],
        (_, Some("sts")) => {
            let body = String::from_utf8_lossy(body);
            let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
            vec![(format!("sts:{}", action.unwrap_or_default()), None)]
        }
        (_, service) => vec![(format!("{}:{method}", service.unwrap_or_default()), None)],
    }
}

fn of_database(operation: &str, body: &Value) -> Vec<Right> {
    let right = |action: &str, of: &Value| {
        let table = of.get("TableName")?.as_str()?;
        let index = of.get("IndexName").and_then(Value::as_str);
        let resource = index.map_or_else(|| table.to_owned(), |index| format!("{table}/index/{index}"));
        Some((format!("dynamodb:{action}"), Some(resource)))
    };
    let items = |name: &str| body.get(name).and_then(Value::as_array).into_iter().flatten();
    match operation {
        // Transactions need the rights of their parts.
        "TransactWriteItems" => items("TransactItems")
            .filter_map(Value::as_object)
            .flatten()
            .filter_map(|(part, of)| match part.as_str() {
                "ConditionCheck" => right("ConditionCheckItem", of),
                part => right(&format!("{part}Item"), of),
            })
            .collect(),
        "TransactGetItems" => items("TransactItems")
            .filter_map(|item| right("GetItem", item.get("Get")?))
            .collect(),
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body.get("RequestItems").and_then(Value::as_object);
            let tables = tables.into_iter().flat_map(|tables| tables.keys());
            tables
                .map(|table| (format!("dynamodb:{operation}"), Some(table.clone())))
                .collect()
        }
        _ => right(operation, body).into_iter().collect(),
    }
}

fn of_bucket(method: &Method, uri: &Uri) -> Right {
    let (bucket, key) = uri
        .path()
        .trim_start_matches('/')
        .split_once('/')
        .unwrap_or((uri.path().trim_start_matches('/'), ""));
    let action = match (method.as_str(), key.is_empty()) {
        ("GET" | "HEAD", true) => "ListBucket",
        ("GET" | "HEAD", false) => "GetObject",
        ("PUT" | "POST", false) => "PutObject",
        ("DELETE", false) => "DeleteObject",
        (other, _) => other,
    };
    (format!("s3:{action}"), Some(bucket.to_owned()))
}

/// Returns the right for a call of Lambda. Functions only invoke each other.
fn of_function(uri: &Uri) -> Right {
    let name = uri.path().split('/').nth(3).unwrap_or_default();
    ("lambda:InvokeFunction".to_owned(), Some(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Query", json!({ "TableName": "t", "IndexName": "ByName" }), &["dynamodb:Query t/index/ByName"])]
    #[case("GetItem", json!({ "TableName": "t" }), &["dynamodb:GetItem t"])]
    #[case(
        "TransactWriteItems",
        json!({ "TransactItems": [
            { "Put": { "TableName": "a" } },
            { "ConditionCheck": { "TableName": "b" } },
            { "Delete": { "TableName": "c" } },
        ] }),
        &["dynamodb:PutItem a", "dynamodb:ConditionCheckItem b", "dynamodb:DeleteItem c"]
    )]
    #[case("BatchGetItem", json!({ "RequestItems": { "t": {} } }), &["dynamodb:BatchGetItem t"])]
    fn requests_of_the_database_use_the_rights_of_their_parts(
        #[case] operation: &str,
        #[case] body: Value,
        #[case] expected: &[&str],
    ) {
        let used = of_database(operation, &body).into_iter();
        let used: Vec<_> = used
            .map(|(action, resource)| format!("{action} {}", resource.unwrap()))
            .collect();
        assert_eq!(used, expected);
    }

    #[test]
    fn the_function_that_is_invoked_is_in_the_path() {
        let uri = "/2015-03-31/functions/SearchShard/invocations".parse().unwrap();
        let expected = ("lambda:InvokeFunction".to_owned(), Some("SearchShard".to_owned()));
        assert_eq!(of_function(&uri), expected);
    }

    #[rstest]
    #[case("GET", "/bucket/a/b.json?x-id=GetObject", "s3:GetObject")]
    #[case("GET", "/bucket/?list-type=2", "s3:ListBucket")]
    #[case("GET", "/bucket?list-type=2", "s3:ListBucket")]
    #[case("PUT", "/bucket/a", "s3:PutObject")]
    fn requests_of_a_bucket_are_told_by_method_and_key(
        #[case] method: &str,
        #[case] uri: &str,
        #[case] action: &str,
    ) {
        let used = of_bucket(&method.parse().unwrap(), &uri.parse().unwrap());
        assert_eq!(used, (action.to_owned(), Some("bucket".to_owned())));
    }
}
