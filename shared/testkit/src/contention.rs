//! Makes a table behave as it does while others write: it lets only one transaction at a time touch an item. The
//! embedded database has no time in which a transaction is under way.

use std::collections::HashSet;

use aws_sdk_dynamodb::config::http::HttpRequest;
use serde_json::{Value, json};

/// Returns the items that a transaction touches, in the order in which it names them: table and key. The list is empty
/// for every other operation.
pub(crate) fn items(operation: &str, request: &HttpRequest) -> Vec<String> {
    if operation != "TransactWriteItems" {
        return Vec::new();
    }
    let body: Value = request
        .body()
        .bytes()
        .and_then(|bytes| serde_json::from_slice(bytes).ok())
        .unwrap_or_default();
    let items = body.get("TransactItems").and_then(Value::as_array);
    items.into_iter().flatten().filter_map(item).collect()
}

fn item(write: &Value) -> Option<String> {
    let write = write.as_object()?.values().next()?;
    let key = write.get("Key").or_else(|| write.get("Item"))?;
    Some(json!([write.get("TableName")?, key.get("pk")?, key.get("sk")?]).to_string())
}

/// Returns the reasons of a cancellation when other transactions hold some of the items; `None` when no item is held.
pub(crate) fn collisions(items: &[String], busy: &HashSet<String>) -> Option<Vec<Value>> {
    let is_busy = |item: &String| busy.contains(item);
    let reason = |item| json!({ "Code": if is_busy(item) { "TransactionConflict" } else { "None" } });
    items
        .iter()
        .any(is_busy)
        .then(|| items.iter().map(reason).collect())
}
