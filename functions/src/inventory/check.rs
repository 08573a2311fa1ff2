//! One object of the bucket: read, checked, kept.

use std::collections::BTreeMap;
use std::io::Read;

use api::Metric;
use aws::{AccessError, InventoryBucket};
use flate2::read::MultiGzDecoder;
use inventory::stored::StoredError;
use inventory::{DocumentFinding, DocumentKind, DocumentName, InventoryDocument, PackedDocument};
use jiff::Timestamp;
use model::account::AccountId;
use model::inventory::{Accepted, FindingNote, ObjectVersion, Refused};
use store::permissions::digest;
use store::{Permissions, StoreError};

/// Largest document, in bytes of JSON: what the memory of the function holds beside what is made of it.
const LARGEST: usize = 128 << 20;

/// Findings of one document that are shown.
const MOST_FINDINGS: usize = 50;

/// A version of a document that was looked at.
pub(super) enum Checked {
    /// The document is good by itself, and its text is kept.
    Good(Box<Accepted>, PackedDocument),
    /// The document is not good.
    Refused(Refused),
}

/// Says why a document could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The table cannot be used.
    #[error("the table cannot be used")]
    Store(#[from] StoreError),
    /// The bucket cannot be read.
    #[error("the bucket cannot be read")]
    Bucket(#[from] AccessError),
    /// Memory ran out.
    #[error("the document cannot be held")]
    Pack(#[from] StoredError),
}

/// Reads a document that was listed in this version; `None` when it is gone meanwhile.
pub(super) async fn check(
    table: &Permissions,
    bucket: &InventoryBucket,
    tenant: &AccountId,
    (name, listed): (&str, &ObjectVersion),
    now: Timestamp,
) -> Result<Option<Checked>, CheckError> {
    let refused = |version: ObjectVersion, message: String| {
        Ok(Some(Checked::Refused(Refused {
            version,
            refused_at: now,
            message,
            conflict: None,
        })))
    };
    let Some(named) = DocumentName::parse(name) else {
        return refused(listed.clone(), unknown_name());
    };
    if usize::try_from(listed.size).unwrap_or(usize::MAX) > LARGEST {
        return refused(listed.clone(), too_large());
    }
    let Some((version, bytes)) = bucket.read(&format!("{tenant}/{name}")).await? else {
        return Ok(None);
    };
    api::measure(Metric::Files, 1);
    api::measure(Metric::Bytes, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    let (document, text) = match read(named, bytes) {
        Ok(read) => read,
        Err(message) => return refused(version, message),
    };
    let digest = digest(&text);
    let kept = table.keep_text(tenant, &digest, &text, now).await?;
    let findings = document.findings();
    let accepted = Accepted {
        version,
        digest,
        text: kept,
        accepted_at: now,
        findings: findings.iter().take(MOST_FINDINGS).map(note).collect(),
        findings_total: u64::try_from(findings.len()).unwrap_or(u64::MAX),
        counts: counts(&document),
        change: None,
    };
    let packed = PackedDocument::of(&document)?;
    Ok(Some(Checked::Good(Box::new(accepted), packed)))
}

/// Returns how much the document holds, by what.
pub(super) fn counts(document: &InventoryDocument) -> BTreeMap<String, u64> {
    let counts = document.counts().into_iter();
    counts
        .map(|(name, count)| (name.to_owned(), u64::try_from(count).unwrap_or(u64::MAX)))
        .collect()
}

fn unknown_name() -> String {
    let names = DocumentKind::ALL.map(|kind| {
        let ending = if kind == DocumentKind::CredentialReport {
            "csv"
        } else {
            "json"
        };
        format!("`{kind}.{ending}`")
    });
    let names = names.join(", ");
    format!(
        "no document has this name. Names of documents are {names}, in the folder of the tenant or in the folder of an account below it; add `.gz` to the name of a document that is compressed by gzip"
    )
}

/// Reads the document in the bytes; returns what is wrong with the bytes and where, when they are not a document.
fn read(named: DocumentName<'_>, bytes: Vec<u8>) -> Result<(InventoryDocument, String), String> {
    let bytes = if named.is_gzip { inflated(&bytes)? } else { bytes };
    let text = String::from_utf8(bytes).map_err(|error| {
        format!(
            "the document is not UTF-8 at byte {}",
            error.utf8_error().valid_up_to()
        )
    })?;
    // Some editors begin a file with a byte order mark; JSON does not have it (RFC 8259, section 8.1).
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    let document = InventoryDocument::read(named.kind, &text).map_err(|error| error.to_string())?;
    if let Some(account) = named.account {
        document.is_of(account).map_err(|error| error.to_string())?;
    }
    Ok((document, text))
}

fn inflated(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut inflated = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut inflated)
        .map_err(|error| {
            format!("the document is not compressed by gzip, although its name ends in `.gz`: {error}")
        })?;
    if inflated.len() > LARGEST {
        return Err(too_large());
    }
    Ok(inflated)
}

fn too_large() -> String {
    format!("the document has more than {LARGEST} bytes")
}

fn note(finding: &DocumentFinding) -> FindingNote {
    FindingNote {
        location: finding.location.clone(),
        statement: finding
            .finding
            .statement
            .and_then(|index| u64::try_from(index).ok()),
        message: finding.finding.kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const GOOD: &[u8] = br#"{"reports":[]}"#;

    fn named(is_gzip: bool) -> DocumentName<'static> {
        DocumentName {
            account: None,
            kind: DocumentKind::LastAccessed,
            is_gzip,
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_document_is_read_plain_compressed_and_after_a_byte_order_mark() {
        let plain = read(named(false), GOOD.to_vec()).unwrap();
        assert_eq!(read(named(true), gzip(GOOD)).unwrap(), plain);
        let marked = [b"\xef\xbb\xbf", GOOD].concat();
        assert_eq!(read(named(false), marked).unwrap(), plain);
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_position() {
        let refused = |is_gzip, bytes: &[u8]| read(named(is_gzip), bytes.to_vec()).unwrap_err();
        assert_eq!(refused(false, b"{\"a\xff"), "the document is not UTF-8 at byte 3");
        assert_eq!(
            refused(false, b"{\n\"reports\":[}"),
            "the document is not valid JSON: expected value at line 2 column 12"
        );
        assert!(refused(true, GOOD).starts_with("the document is not compressed by gzip"));
        assert!(refused(true, &gzip(GOOD)[..20]).starts_with("the document is not compressed by gzip"));
    }

    #[test]
    fn what_inflates_beyond_the_limit_is_refused() {
        assert_eq!(
            read(named(true), gzip(&vec![b' '; LARGEST + 1])).unwrap_err(),
            too_large()
        );
    }
}
