//! Values larger than an item may be: compressed, in numbered pieces.

use std::io::{Read, Write};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;

use crate::StoreError;
use crate::item::{epoch, key, number, number_of, text};

/// Bytes of a piece: an item holds 400 KB, its other attributes need little.
const PIECE: usize = 380_000;

/// Writes a value under `<sk>#<piece>`; writing it again replaces it.
///
/// Every piece names the number of pieces, so that a value whose writing was cut off is not taken for a whole one.
pub(crate) async fn put(
    client: &Client,
    table: &str,
    (pk, sk): (&str, &str),
    value: &[u8],
    expires: Timestamp,
) -> Result<(), StoreError> {
    let compressed = compress(value).map_err(|error| StoreError::Unreadable(Box::new(error)))?;
    let pieces = compressed.chunks(PIECE);
    let count = pieces.len();
    for (index, piece) in pieces.enumerate() {
        client
            .put_item()
            .table_name(table)
            .set_item(Some(key(pk, format!("{sk}#{index:03}"))))
            .item("pieces", number(count))
            .item("value", AttributeValue::B(Blob::new(piece)))
            .item("expiresAt", epoch(expires))
            .send()
            .await?;
    }
    Ok(())
}

/// All whole values under sort keys that begin with `sk`, each with its sort key less the piece, in key order.
pub(crate) async fn get_all(
    client: &Client,
    table: &str,
    (pk, sk): (&str, &str),
) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let mut items = client
        .query()
        .table_name(table)
        .consistent_read(true)
        .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
        .expression_attribute_values(":pk", text(pk))
        .expression_attribute_values(":sk", text(sk))
        .into_paginator()
        .items()
        .send();
    let mut values: Vec<(String, i64, Vec<Vec<u8>>)> = Vec::new();
    while let Some(item) = items.next().await {
        let item = item?;
        let sk = crate::item::text_of(&item, "sk").unwrap_or_default();
        let name = sk.rsplit_once('#').map_or(sk, |(name, _)| name).to_owned();
        let pieces = number_of(&item, "pieces").unwrap_or_default();
        let Some(AttributeValue::B(piece)) = item.get("value") else {
            return Err(StoreError::Unreadable(Box::new(Incomplete)));
        };
        let piece = piece.as_ref().to_vec();
        match values.last_mut() {
            Some((last, _, parts)) if *last == name => parts.push(piece),
            _ => values.push((name, pieces, vec![piece])),
        }
    }
    values
        .into_iter()
        .map(|(name, pieces, parts)| {
            if i64::try_from(parts.len()) != Ok(pieces) {
                return Err(StoreError::Unreadable(Box::new(Incomplete)));
            }
            let value =
                decompress(&parts.concat()).map_err(|error| StoreError::Unreadable(Box::new(error)))?;
            Ok((name, value))
        })
        .collect()
}

#[derive(Debug, thiserror::Error)]
#[error("a piece of a stored value is missing")]
struct Incomplete;

/// The compressed form of a value that fits one item.
pub(crate) fn compress(value: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(value)?;
    encoder.finish()
}

/// The value of a compressed form.
pub(crate) fn decompress(compressed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut value = Vec::new();
    DeflateDecoder::new(compressed).read_to_end(&mut value)?;
    Ok(value)
}
