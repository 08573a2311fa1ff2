//! Finds the resources of AWS Organizations. The ids of these resources name their type, wherever they are in a
//! request.

use model::account::AccountId;

use super::Named;

/// A pattern of a resource, and the part of the ARN format that shows its type.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) kind: &'static str,
    pub(super) text: String,
}

/// Returns the patterns of the accounts, units, roots, policies and handshakes that the request names.
///
/// Requests name neither the organization nor its management account, which owns all of these and need not be the
/// account of the caller.
///
/// Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Organizations"; AWS
/// Organizations API reference, the patterns of the ids.
pub(super) fn patterns(service: &str, named: &Named<'_>) -> Vec<Pattern> {
    if service != "organizations" {
        return Vec::new();
    }
    let ids = named.request.iter().filter(|text| {
        let end = text.name.len().checked_sub(2).and_then(|at| text.name.get(at..));
        end.is_some_and(|end| end.eq_ignore_ascii_case("id")) && !text.value.contains(['*', '?', '/', ':'])
    });
    ids.filter_map(|text| pattern(text.value, named.partition))
        .collect()
}

fn pattern(id: &str, partition: &str) -> Option<Pattern> {
    let (kind, owner, path) = match id.split('-').next()? {
        account if AccountId::is_valid(account) && account == id => (":account/", "*", "account/o-*/"),
        "ou" => (":ou/", "*", "ou/o-*/"),
        "r" => (":root/", "*", "root/o-*/"),
        // The ids of the policies of AWS are names, as `p-FullAWSAccess`; those of others have small letters only.
        "p" if id.contains(|c: char| c.is_ascii_uppercase()) => (":policy/", "aws", "policy/*/"),
        "p" => (":policy/", "*", "policy/o-*/*/"),
        "h" => (":handshake/", "*", "handshake/o-*/*/"),
        "rt" => (":transfer/", "*", "transfer/o-*/*/*/"),
        _ => return None,
    };
    Some(Pattern {
        kind,
        text: format!("arn:{partition}:organizations::{owner}:{path}{id}"),
    })
}
