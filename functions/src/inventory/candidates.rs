//! New documents that are good by themselves: which of them go together, and what each changes.

use std::collections::BTreeMap;

use inventory::{InventoryDocument, PackedDocument};
use model::account::AccountId;
use model::inventory::{Accepted, DocumentChange, Manifest};
use store::Permissions;

use super::check::counts;
use super::compile::{Compilation, CompileError, in_force};

/// ARNs and ids that are named of what a new version takes away.
const MOST_REMOVED: usize = 20;

/// A document that is good by itself, held compressed until it is taken in
pub(super) struct Candidate<'a> {
    pub(super) name: &'a str,
    pub(super) accepted: Accepted,
    pub(super) document: PackedDocument,
}

/// Decides which of the new documents go together with those in force and with each other; returns why the others do
/// not, by index. A document that is refused leaves its version before in force, so that another new one may have to
/// go. Each document is refused at most once.
pub(super) async fn choose(
    table: &Permissions,
    tenant: &AccountId,
    manifest: &Manifest,
    candidates: &[Candidate<'_>],
    compilation: &mut Compilation,
) -> Result<BTreeMap<usize, String>, CompileError> {
    let numbers: BTreeMap<&str, usize> = candidates
        .iter()
        .enumerate()
        .map(|(index, one)| (one.name, index))
        .collect();
    let mut refused = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let document = candidate.document.document()?;
        let Err(error) = compilation.merge.claim(candidate.name, &document) else {
            continue;
        };
        let mut pending = vec![(index, error)];
        while let Some((index, error)) = pending.pop() {
            refused.insert(index, error.to_string());
            let name = candidates.get(index).map_or("", |one| one.name);
            let before = manifest
                .document(name)
                .and_then(|document| document.accepted.as_ref());
            let Some(accepted) = before else {
                continue;
            };
            let Some(old) = in_force(table, tenant, (name, accepted)).await? else {
                continue;
            };
            while let Err(error) = compilation.merge.claim(name, &old) {
                // Versions that were in force together fit each other: only a new version can be the reason.
                let other = numbers
                    .get(error.first())
                    .copied()
                    .filter(|other| !refused.contains_key(other));
                let Some((other, found)) = other.and_then(|other| Some((other, candidates.get(other)?)))
                else {
                    return Err(error.into());
                };
                compilation.merge.release(&found.document.document()?);
                refused.insert(other, error.to_string());
                pending.push((other, error));
            }
            compilation.insert(old, accepted.version.last_modified);
        }
    }
    Ok(refused)
}

/// Returns what a new version changes against the version in force; `None` when there is no version in force.
pub(super) async fn change(
    table: &Permissions,
    tenant: &AccountId,
    manifest: &Manifest,
    name: &str,
    document: &InventoryDocument,
) -> Option<DocumentChange> {
    let before = manifest
        .document(name)
        .and_then(|document| document.accepted.as_ref());
    // A version that cannot be read any more cannot be compared.
    let old = in_force(table, tenant, (name, before?)).await.ok()??;
    let (old_names, names) = (old.names(), document.names());
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    let removed: Vec<&String> = old_names.difference(&names).collect();
    Some(DocumentChange {
        before: counts(&old),
        added_total: count(names.difference(&old_names).count()),
        removed_total: count(removed.len()),
        removed: removed.into_iter().take(MOST_REMOVED).cloned().collect(),
    })
}
