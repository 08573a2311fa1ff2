//! Policy documents inside documents of the inventory.

use super::{DocumentFinding, InventoryError};
use iam::document::{Document, Entry, FindingKind, PolicyKind};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// Reads a policy document; what is odd about it is added to the findings.
pub(crate) fn parse_policy(
    raw: &RawValue,
    kind: PolicyKind,
    location: &str,
    findings: &mut Vec<DocumentFinding>,
) -> Result<Document, InventoryError> {
    let parsed = Document::parse(raw.get(), kind).map_err(|source| InventoryError::Policy {
        location: location.to_owned(),
        source,
    })?;
    findings.extend(parsed.findings.into_iter().map(|finding| DocumentFinding {
        location: location.to_owned(),
        finding,
    }));
    Ok(parsed.document)
}

/// Reads the policy of a resource. A statement without `Resource` is about the resource that has the policy.
///
/// Source: Amazon ECR user guide, "Private repository policy examples": none of them has a `Resource`. A service whose
/// policies need the element stores no policy without it.
pub(crate) fn parse_resource_policy(
    raw: &RawValue,
    resource: &str,
    location: &str,
    findings: &mut Vec<DocumentFinding>,
) -> Result<Document, InventoryError> {
    let mut found = Vec::new();
    let mut document = parse_policy(raw, PolicyKind::Resource, location, &mut found)?;
    let mut faults: BTreeMap<usize, (usize, bool)> = BTreeMap::new();
    for one in &found {
        if let Some(index) = one.finding.statement {
            let fault = faults.entry(index).or_default();
            fault.0 = fault.0.saturating_add(1);
            fault.1 |= one.finding.kind == FindingKind::Missing("Resource");
        }
    }
    // With other faults, the statement has no effect all the same.
    let alone: BTreeSet<usize> = faults
        .into_iter()
        .filter_map(|(index, fault)| (fault == (1, true)).then_some(index))
        .collect();
    for index in &alone {
        let Some(entry) = document.statements.get_mut(*index) else {
            continue;
        };
        if let Some(completed) = with_resource(entry, resource) {
            *entry = completed;
        }
    }
    found.retain(|one| one.finding.statement.is_none_or(|index| !alone.contains(&index)));
    findings.extend(found);
    Ok(document)
}

fn with_resource(entry: &Entry, resource: &str) -> Option<Entry> {
    let Entry::Invalid(invalid) = entry else {
        return None;
    };
    let mut members: BTreeMap<&str, &RawValue> = serde_json::from_str(&invalid.json).ok()?;
    let resource = serde_json::value::to_raw_value(resource).ok()?;
    members.insert("Resource", &resource);
    let text = serde_json::to_string(&BTreeMap::from([("Statement", [members])])).ok()?;
    let completed = Document::parse(&text, PolicyKind::Resource).ok()?.document;
    completed.statements.into_iter().next()
}
