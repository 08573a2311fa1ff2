//! One object of the bucket: read, checked, kept.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use inventory::{DocumentFinding, Named, Part, PartKind, Place};
use jiff::Timestamp;
use model::account::AccountId;
use model::inventory::{Accepted, FindingNote, ObjectVersion, Refused};
use store::permissions::digest;

use super::Objects;
use super::import_inventory::{ImportError, State};

/// Largest document, in bytes of JSON: what the memory of the function holds beside what is made of it.
const LARGEST: usize = 128 << 20;

/// Findings of one document that are shown.
const MOST_FINDINGS: usize = 50;

/// What was found in an object.
pub(super) enum Reading {
    /// A good document, whose text is kept.
    Good(Part, Accepted),
    /// None.
    Refused(Refused),
}

impl Reading {
    /// A document that is good by itself and does not go together with others.
    pub(super) fn conflict(version: &ObjectVersion, message: &str, now: Timestamp) -> Self {
        Self::Refused(Refused {
            version: version.clone(),
            refused_at: now,
            message: message.to_owned(),
            conflict: Some(0),
        })
    }
}

/// Reads a document that was listed in this version; `None` when it is gone meanwhile.
pub(super) async fn candidate<O: Objects>(
    state: &State<O>,
    tenant: &AccountId,
    name: &str,
    listed: &ObjectVersion,
    now: Timestamp,
) -> Result<Option<Reading>, ImportError> {
    let refused = |version: ObjectVersion, message: String| {
        Ok(Some(Reading::Refused(Refused {
            version,
            refused_at: now,
            message,
            conflict: None,
        })))
    };
    let place = Place {
        tenant: tenant.as_str(),
        name,
    };
    let Some(named) = place.named() else {
        let kinds = PartKind::ALL.map(|kind| format!("`{kind}.json`")).join(", ");
        return refused(
            listed.clone(),
            format!(
                "not the name of a document: those are {kinds}, with `.gz` behind it when compressed, in the folder of the tenant or of an account below it"
            ),
        );
    };
    if usize::try_from(listed.size).unwrap_or(usize::MAX) > LARGEST {
        return refused(listed.clone(), too_large());
    }
    let Some((version, bytes)) = state.bucket.read(&format!("{tenant}/{name}")).await? else {
        return Ok(None);
    };
    let (part, text) = match read(named, bytes) {
        Ok(read) => read,
        Err(message) => return refused(version, message),
    };
    let digest = digest(&text);
    let kept = state.table.keep_text(tenant, &digest, &text, now).await?;
    let findings = part.findings();
    let accepted = Accepted {
        version,
        digest,
        text: kept,
        accepted_at: now,
        findings: findings.iter().take(MOST_FINDINGS).map(note).collect(),
        findings_total: u64::try_from(findings.len()).unwrap_or(u64::MAX),
    };
    Ok(Some(Reading::Good(part, accepted)))
}

/// The document in the bytes, or what is wrong with them and where.
fn read(named: Named<'_>, bytes: Vec<u8>) -> Result<(Part, String), String> {
    let bytes = if named.is_gzip { inflated(&bytes)? } else { bytes };
    let text = String::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()))?;
    // Some editors begin a file with it; JSON does not have it (RFC 8259, section 8.1).
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    let part = Part::read(named.kind, &text).map_err(|error| error.to_string())?;
    if let Some(account) = named.account {
        part.is_of(account).map_err(|error| error.to_string())?;
    }
    Ok((part, text))
}

fn inflated(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    let mut inflated = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut inflated)
        .map_err(|error| format!("not gzip: {error}"))?;
    if inflated.len() > LARGEST {
        return Err(too_large());
    }
    Ok(inflated)
}

fn too_large() -> String {
    format!("more than {LARGEST} bytes")
}

fn note(finding: &DocumentFinding) -> FindingNote {
    FindingNote {
        place: finding.place.clone(),
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

    fn named(is_gzip: bool) -> Named<'static> {
        Named {
            account: None,
            kind: PartKind::LastAccessed,
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
    fn what_is_no_text_is_refused_with_its_place() {
        let refused = |is_gzip, bytes: &[u8]| read(named(is_gzip), bytes.to_vec()).unwrap_err();
        assert_eq!(refused(false, b"{\"a\xff"), "not UTF-8 at byte 3");
        assert_eq!(
            refused(false, b"{\n\"reports\":[}"),
            "not an inventory file of this kind: expected value at line 2 column 12"
        );
        assert!(refused(true, GOOD).starts_with("not gzip: "));
        assert!(refused(true, &gzip(GOOD)[..20]).starts_with("not gzip: "));
    }

    #[test]
    fn what_inflates_beyond_the_limit_is_refused() {
        assert_eq!(
            read(named(true), gzip(&vec![b' '; LARGEST + 1])).unwrap_err(),
            too_large()
        );
    }
}
