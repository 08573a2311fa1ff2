//! The reply says which documents are in force, and what a snapshot made of them holds.

mod reply;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use reply::{InventoryReply, SnapshotReply};

/// Says how much a snapshot holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Accounts with at least one user, group, role or policy of their own.
    pub accounts: u64,
    /// The number of IAM users.
    pub users: u64,
    /// The number of IAM groups.
    pub groups: u64,
    /// The number of IAM roles.
    pub roles: u64,
    /// The number of managed policies.
    pub policies: u64,
    /// Policies of resources.
    pub resource_policies: u64,
    /// Users and roles of which a policy, a boundary or a group is not in the documents: what a search shows of them
    /// may be less, or more, than the truth.
    #[serde(default)]
    pub incomplete_principals: u64,
}

/// The documents of a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Raised whenever other documents are in force than before; what snapshots are ordered by.
    pub revision: u64,
    /// The documents, in the order of their names.
    pub documents: Vec<Document>,
    /// The accounts that the documents in force are about, in order.
    pub accounts: Vec<String>,
    /// Says what the documents in force do not hold.
    #[serde(default)]
    pub completeness: Completeness,
    /// Says how many documents are in the bucket and were not looked at, because there are too many.
    #[serde(default)]
    pub ignored_documents: u64,
}

/// Holds what the documents in force do not hold and should.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Completeness {
    /// Users and roles that need something that is missing.
    pub incomplete_principals: u64,
    /// The first of the things that are missing.
    pub missing: Vec<MissingNote>,
    /// Says how many things are missing.
    pub missing_total: u64,
    /// Managed policies of AWS that no document holds and that were taken from a table of this program instead.
    pub managed_policies: Option<ManagedPolicies>,
}

/// Something that users or roles refer to and no document holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MissingNote {
    /// `managed policy`, `permissions boundary` or `group`.
    pub kind: String,
    /// ARN of the policy; account and name of the group.
    pub name: String,
    /// ARNs of the first users and roles that refer to it.
    pub principals: Vec<String>,
    /// Says how many users and roles refer to it.
    pub principals_total: u64,
}

/// Managed policies of AWS out of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedPolicies {
    /// UTC day of the table: a policy may have changed afterwards.
    pub as_of: String,
    /// ARNs of the first of them.
    pub names: Vec<String>,
    /// Says how many there are.
    pub total: u64,
}

impl Manifest {
    /// Returns the document of that name.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<&Document> {
        let index = self.index(name).ok()?;
        self.documents.get(index)
    }

    /// Returns the same with another document of its name.
    #[must_use]
    pub fn with(mut self, document: Document) -> Self {
        match self.index(&document.name) {
            Ok(index) => {
                if let Some(found) = self.documents.get_mut(index) {
                    *found = document;
                }
            }
            Err(index) => self.documents.insert(index, document),
        }
        self
    }

    /// Returns the same without the document of that name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.documents.retain(|document| document.name != name);
        self
    }

    /// Returns the versions in force, by name.
    pub fn accepted(&self) -> impl Iterator<Item = (&str, &Accepted)> {
        let documents = self.documents.iter();
        documents.filter_map(|document| Some((document.name.as_str(), document.accepted.as_ref()?)))
    }

    fn index(&self, name: &str) -> Result<usize, usize> {
        self.documents
            .binary_search_by(|document| document.name.as_str().cmp(name))
    }
}

/// A document of a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Key below the tenant.
    pub name: String,
    /// The version in force.
    pub accepted: Option<Accepted>,
    /// The version that was refused after it.
    pub refused: Option<Refused>,
}

/// A version of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectVersion {
    /// Entity tag without quotes: equal for equal contents.
    pub e_tag: String,
    /// Says when it was put.
    pub last_modified: Timestamp,
    /// Bytes as they lie in the bucket.
    pub size: u64,
}

/// A version that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    /// The version of the object that the document was read from.
    pub version: ObjectVersion,
    /// SHA-256 of the text, in hexadecimal digits.
    pub digest: String,
    /// Says where the text is kept: a copy and its number of pieces.
    pub text: StoredText,
    /// Says when it was accepted.
    pub accepted_at: Timestamp,
    /// The first of the things that are odd about its policies.
    pub findings: Vec<FindingNote>,
    /// Says how many such things there are.
    pub findings_total: u64,
    /// Says how much it holds, by what: `users`, `roles`, …
    #[serde(default)]
    pub counts: BTreeMap<String, u64>,
    /// Says what it changed when it replaced another version; `None` when there was no other.
    #[serde(default)]
    pub change: Option<DocumentChange>,
}

/// Holds what a new version of a document changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DocumentChange {
    /// Says how much the version before it held.
    pub before: BTreeMap<String, u64>,
    /// Says how many users, roles, policies and others only the new version holds.
    pub added_total: u64,
    /// Says how many only the version before it held.
    pub removed_total: u64,
    /// ARNs or ids of the first that only the version before it held.
    pub removed: Vec<String>,
}

/// Says where a text is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredText {
    /// The id of the copy.
    pub copy: String,
    /// Number of its pieces.
    pub pieces: usize,
}

/// Something odd about a policy in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingNote {
    /// Path of members from the top of the document. Clients know the member as `place`.
    #[serde(rename = "place")]
    pub location: String,
    /// Says which statement of the policy, from 0; `None` when the policy itself is meant.
    pub statement: Option<u64>,
    /// Says what was found.
    pub message: String,
}

impl Document {
    /// Returns the version that was looked at last, whether it is in force or not.
    #[must_use]
    pub fn latest(&self) -> Option<&ObjectVersion> {
        let refused = self.refused.as_ref().map(|refused| &refused.version);
        refused.or_else(|| Some(&self.accepted.as_ref()?.version))
    }
}

/// A version that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// The version of the object that the document was read from.
    pub version: ObjectVersion,
    /// Says when it was refused.
    pub refused_at: Timestamp,
    /// Says why, and where in the document.
    pub message: String,
    /// The revision of the documents in force that are in the way: with others it may become good unchanged. `None`
    /// when it is wrong by itself.
    pub conflict: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_stay_in_order_and_have_one_entry_each() {
        let document = |name: &str| Document {
            name: name.to_owned(),
            ..Document::default()
        };
        let manifest = ["b", "c", "a", "b"]
            .into_iter()
            .fold(Manifest::default(), |manifest, name| {
                manifest.with(document(name))
            });
        let names: Vec<&str> = manifest.documents.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(manifest.document("c"), Some(&document("c")));
        let manifest = manifest.without("c");
        assert_eq!((manifest.documents.len(), manifest.document("c")), (2, None));
    }
}
