//! The reply about an inventory.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Completeness, Counts, Document, DocumentChange, FindingNote, Manifest};

/// Holds what is imported, and what was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryReply {
    snapshot: Option<SnapshotReply>,
    is_compiling: bool,
    accounts: Vec<String>,
    counts: Counts,
    completeness: Completeness,
    ignored_documents: u64,
    documents: Vec<DocumentReply>,
}

/// The snapshot that searches read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotReply {
    /// The id of the snapshot.
    pub id: String,
    /// Says when it came into force.
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct DocumentReply {
    name: String,
    accepted: Option<AcceptedReply>,
    refused: Option<RefusedReply>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct AcceptedReply {
    e_tag: String,
    size: u64,
    accepted_at: Timestamp,
    counts: BTreeMap<String, u64>,
    change: Option<DocumentChange>,
    findings: Vec<FindingNote>,
    findings_total: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RefusedReply {
    e_tag: String,
    size: u64,
    refused_at: Timestamp,
    message: String,
}

impl InventoryReply {
    /// Makes the reply; `snapshot` comes with what it holds and the revision that it was made from.
    #[must_use]
    pub fn new(manifest: Manifest, snapshot: Option<(SnapshotReply, Counts)>, revision: u64) -> Self {
        let (snapshot, counts) = snapshot.unzip();
        Self {
            snapshot,
            is_compiling: revision < manifest.revision,
            accounts: manifest.accounts,
            counts: counts.unwrap_or_default(),
            completeness: manifest.completeness,
            ignored_documents: manifest.ignored_documents,
            documents: manifest.documents.into_iter().map(DocumentReply::from).collect(),
        }
    }
}

impl From<Document> for DocumentReply {
    fn from(document: Document) -> Self {
        Self {
            name: document.name,
            accepted: document.accepted.map(|accepted| AcceptedReply {
                e_tag: accepted.version.e_tag,
                size: accepted.version.size,
                accepted_at: accepted.accepted_at,
                counts: accepted.counts,
                change: accepted.change,
                findings: accepted.findings,
                findings_total: accepted.findings_total,
            }),
            refused: document.refused.map(|refused| RefusedReply {
                e_tag: refused.version.e_tag,
                size: refused.version.size,
                refused_at: refused.refused_at,
                message: refused.message,
            }),
        }
    }
}
