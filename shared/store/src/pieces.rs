//! Stores values larger than an item may be, in numbered pieces. Nothing else in this crate divides a value.
//!
//! A value that one call writes and reads as a whole is compressed ([`put`], [`get_all`]). Who keeps a header of the pieces
//! writes and reads them one by one ([`write`], [`read`]).

use std::io::{Read, Write};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;

use crate::StoreError;
use crate::item::{Item, epoch, key, number, number_of, text};
use crate::transaction::{jittered, rest};

/// Bytes of a piece: an item holds 400 KB, its other attributes need little.
const PIECE: usize = 380_000;

/// Pieces on their way at once: enough to fill the connection of a small function.
const AT_ONCE: usize = 8;

/// A request that a person waits for tries each piece this often while the table is over its capacity. With the pauses it gives
/// up after 3 seconds.
const ATTEMPTS: u32 = 6;

/// An import tries each piece this often. It writes hundreds of them, and a table without traffic before takes 10 in a second,
/// because a piece takes 380 of 4,000 write units. With the pauses an import gives up after a minute without a free unit.
///
/// Source: Amazon DynamoDB developer guide, "DynamoDB on-demand capacity mode", initial throughput.
pub(crate) const ATTEMPTS_OF_IMPORT: u32 = 24;

/// The first pause while the table is over its capacity; each further pause is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(3_200);

/// The attribute that holds the bytes of a piece.
const VALUE: &str = "value";

/// Returns how many pieces a value takes.
pub(crate) fn count(value: &[u8]) -> usize {
    value.chunks(PIECE).len()
}

/// Asks for a piece again while the table is over its capacity.
async fn patiently<T, F: Future<Output = Result<T, StoreError>>>(
    client: &Client,
    attempts: u32,
    ask: impl Fn() -> F,
) -> Result<T, StoreError> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..attempts {
        match ask().await {
            Err(StoreError::Throttled(_)) => rest(client, jittered(pause)).await,
            asked => return asked,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    ask().await
}

/// Writes every piece of a value into the item that `item` makes of its number; an item of that key is replaced. Each piece is
/// tried `attempts` times while the table is over its capacity.
pub(crate) async fn write(
    client: &Client,
    table: &str,
    (value, attempts): (&[u8], u32),
    item: impl Fn(usize) -> Item,
) -> Result<(), StoreError> {
    let write = |(index, piece): (usize, &[u8])| {
        let put = client
            .put_item()
            .table_name(table)
            .set_item(Some(item(index)))
            .item(VALUE, AttributeValue::B(Blob::new(piece)));
        async move {
            let put = || {
                let put = put.clone();
                async move { put.send().await.map_err(StoreError::from) }
            };
            patiently(client, attempts, put).await.map(|_| ())
        }
    };
    stream::iter(value.chunks(PIECE).enumerate())
        .map(write)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Reads the pieces under the keys that `key` makes of their numbers; `None` when one of them is missing.
///
/// Such pieces never change. So an eventually consistent read is enough, at half the price; a piece
/// that it does not find may have been written a moment ago.
pub(crate) async fn read(
    client: &Client,
    table: &str,
    pieces: usize,
    key: impl Fn(usize) -> Item,
) -> Result<Option<Vec<u8>>, StoreError> {
    let read = |index: usize| {
        let get = client.get_item().table_name(table).set_key(Some(key(index)));
        async move {
            for is_consistent in [false, true] {
                let get = get.clone().consistent_read(is_consistent);
                let get = || {
                    let get = get.clone();
                    async move { get.send().await.map_err(StoreError::from) }
                };
                let found = patiently(client, ATTEMPTS, get).await?;
                if let Some(value) = found.item.and_then(|mut item| item.remove(VALUE)) {
                    return Ok(Some(value));
                }
            }
            Ok::<_, StoreError>(None)
        }
    };
    let pieces: Vec<Option<AttributeValue>> = stream::iter(0..pieces)
        .map(read)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let mut value = Vec::with_capacity(pieces.len().saturating_mul(PIECE));
    for piece in pieces {
        let Some(AttributeValue::B(piece)) = piece else {
            return Ok(None);
        };
        value.extend_from_slice(piece.as_ref());
    }
    Ok(Some(value))
}

/// Writes a compressed value under `<sk>#<piece>`; writing it again replaces it.
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
    let pieces = number(count(&compressed));
    write(client, table, (&compressed, ATTEMPTS), |index| {
        let mut item = key(pk, format!("{sk}#{index:03}"));
        item.insert("pieces".to_owned(), pieces.clone());
        item.insert("expiresAt".to_owned(), epoch(expires));
        item
    })
    .await
}

/// Returns all whole values under sort keys that begin with `sk`, in key order. Each value comes with its sort key,
/// without the number of the piece.
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
        let Some(AttributeValue::B(piece)) = item.get(VALUE) else {
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

/// Compresses a value that fits one item.
pub(crate) fn compress(value: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(value)?;
    encoder.finish()
}

/// Returns the value of a compressed form.
pub(crate) fn decompress(compressed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut value = Vec::new();
    DeflateDecoder::new(compressed).read_to_end(&mut value)?;
    Ok(value)
}
