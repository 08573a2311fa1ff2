//! Reads and writes the attribute maps of items with `serde`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

/// An item, or the key of one.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Makes the primary key of an item.
pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text(sk))])
}

/// Makes a string attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// Makes a number attribute.
pub(crate) fn number(value: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Makes an attribute of a point in time in the form that the time to live needs: whole seconds since 1970.
pub(crate) fn epoch(time: Timestamp) -> AttributeValue {
    number(time.as_second())
}

/// Returns the text of a string attribute.
pub(crate) fn text_of<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// Returns the value of a whole-number attribute.
pub(crate) fn number_of(item: &Item, name: &str) -> Option<i64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// Returns the bytes of a binary attribute; no bytes when there is no such attribute.
pub(crate) fn bytes_of<'i>(item: &'i Item, name: &str) -> &'i [u8] {
    match item.get(name) {
        Some(AttributeValue::B(blob)) => blob.as_ref(),
        _ => &[],
    }
}
