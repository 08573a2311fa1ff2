//! From the concrete resources of an action to the patterns that a policy names.
//!
//! The rule, per action and resource type:
//! 1. Up to [`LISTED_RESOURCES`] ARNs are named one by one; a log group by both of its forms.
//! 2. Beyond that, the ARNs of one container (bucket, `table/`, `function:`) become their longest common prefix,
//!    cut after its last `/` or `:`, and `*`.
//! 3. More than [`LISTED_RESOURCES`] containers, or more resources than the evidence keeps: the ARN format of the
//!    type with `*` for every name.
//! 4. Calls that name no resource of a required type: the format as well, since nobody knows what they touched.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn_format::{Piece, pieces, spelled_characters};
use crate::generation::Generation;
use crate::reference::{Reference, ResourceType};
use crate::service_level::prefix_of;
use crate::usage::{ActionUsage, RESOURCE_LENGTH};

/// Most resources of one action and type that are named one by one: what a reviewer still reads.
pub const LISTED_RESOURCES: usize = 20;

/// Where calls are authorised when the log does not name the resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    reference: &'a dyn Reference,
    partition: &'a str,
    account: &'a str,
}

impl<'a> Place<'a> {
    /// The principal's partition and account.
    pub(super) fn of(generation: &Generation<'a>) -> Self {
        Self {
            reference: generation.reference,
            partition: generation.principal.partition(),
            account: generation.principal.account(),
        }
    }
}

/// The resources of each type of the action, each a set that the action needs to be allowed on; `["*"]` for an
/// action without resource types. `None` when the catalogue does not know the action.
pub(super) fn patterns(action: &str, usage: &ActionUsage, place: Place<'_>) -> Option<Vec<Vec<String>>> {
    let types = place.reference.action(action)?.resource_types;
    let formats = place.reference.formats(prefix_of(action)).unwrap_or_default();
    let seen = by_type(usage, &types, &formats);
    let granted = usage.calls.calls.saturating_sub(usage.calls.denied);
    let named = |arns: &BTreeMap<&str, u64>| {
        arns.values()
            .fold(0, |sum: u64, count| sum.saturating_add(*count))
    };
    let mut sets: Vec<Vec<String>> = Vec::new();

    if types.iter().any(|kind| kind.required) {
        for (kind, arns) in types.iter().zip(&seen) {
            if kind.required && (named(arns) < granted || arns.is_empty()) {
                sets.push(whole_type(kind, usage, arns, place));
            } else if !arns.is_empty() {
                sets.push(generalised(kind, usage, arns, place));
            }
        }
    } else if seen.iter().map(named).fold(0, u64::saturating_add) >= granted.max(1) && !usage.more_resources {
        let used = types.iter().zip(&seen).filter(|(_, arns)| !arns.is_empty());
        sets.extend(used.map(|(kind, arns)| generalised(kind, usage, arns, place)));
    }
    if sets.is_empty() {
        sets.push(vec!["*".to_owned()]);
    }
    Some(sets)
}

/// The kept ARNs, sorted out by the types of the action; ARNs of other types are left out.
///
/// An ARN belongs to the type of its service whose format spells most of it: `arn:aws:s3:::b/k` fits the format
/// of buckets as well, but that of objects names the slash.
fn by_type<'u>(
    usage: &'u ActionUsage,
    types: &[ResourceType<'_>],
    formats_of_service: &[&str],
) -> Vec<BTreeMap<&'u str, u64>> {
    let mut seen = vec![BTreeMap::new(); types.len()];
    for (arn, count) in &usage.resources {
        let best_of_service = formats_of_service
            .iter()
            .filter_map(|format| spelled_characters(format, arn))
            .max();
        let of_type = |kind: &ResourceType<'_>| {
            kind.formats
                .iter()
                .filter_map(|f| spelled_characters(f, arn))
                .max()
        };
        let best = types
            .iter()
            .enumerate()
            .filter_map(|(index, kind)| Some((of_type(kind)?, std::cmp::Reverse(index))))
            .max();
        if let Some((spelled, std::cmp::Reverse(index))) = best
            && best_of_service.is_none_or(|best| best <= spelled)
            && arn.len() <= RESOURCE_LENGTH
            && let Some(arns) = seen.get_mut(index)
        {
            arns.insert(arn.as_str(), *count);
        }
    }
    seen
}

fn generalised(
    kind: &ResourceType<'_>,
    usage: &ActionUsage,
    arns: &BTreeMap<&str, u64>,
    place: Place<'_>,
) -> Vec<String> {
    if usage.more_resources {
        return whole_type(kind, usage, arns, place);
    }
    if arns.len() <= LISTED_RESOURCES {
        let named: BTreeSet<String> = arns.keys().flat_map(|arn| forms(arn)).collect();
        return named.into_iter().collect();
    }
    let mut containers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for arn in arns.keys() {
        containers.entry(container(arn)).or_default().push(arn);
    }
    if containers.len() > LISTED_RESOURCES {
        return whole_type(kind, usage, arns, place);
    }
    containers
        .values()
        .flat_map(|arns| match arns.as_slice() {
            [one] => forms(one).collect(),
            several => vec![format!("{}*", escaped(common_prefix(several)))],
        })
        .collect()
}

/// Every format of the type, with `*` for what is not known.
///
/// Region and account are named when there is only one: among the Regions of the calls and the ARNs, and among the
/// principal's account and those of the ARNs.
fn whole_type(
    kind: &ResourceType<'_>,
    usage: &ActionUsage,
    arns: &BTreeMap<&str, u64>,
    place: Place<'_>,
) -> Vec<String> {
    let region = only(usage.regions.iter().map(String::as_str).chain(fields(arns, 3)));
    let account = only(std::iter::once(place.account).chain(fields(arns, 4)));
    let fill_in = |format: &&str| {
        fill(
            format,
            place.partition,
            region.unwrap_or("*"),
            account.unwrap_or("*"),
        )
    };
    let mut filled: Vec<String> = kind.formats.iter().map(fill_in).collect();
    filled.sort_unstable();
    filled.dedup();
    filled
}

/// One field of all ARNs; many ARNs leave Region or account empty, and those say nothing.
fn fields<'a>(arns: &BTreeMap<&'a str, u64>, field: usize) -> impl Iterator<Item = &'a str> {
    arns.keys()
        .filter_map(move |arn| arn.split(':').nth(field))
        .filter(|value| !value.is_empty())
}

/// The value, when all are the same.
fn only<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// What an ARN shares with its siblings: all up to the first `/` of the resource part, else up to its first `:`.
fn container(arn: &str) -> &str {
    let resource_at = arn.match_indices(':').nth(4).map_or(0, |(at, _)| at + 1);
    let (head, resource) = arn.split_at_checked(resource_at).unwrap_or((arn, ""));
    let inner = resource
        .find('/')
        .or_else(|| resource.find(':'))
        .map_or(0, |at| at + 1);
    arn.get(..head.len() + inner).unwrap_or(arn)
}

/// The longest prefix of all texts that ends in `/` or `:`.
fn common_prefix<'a>(texts: &[&'a str]) -> &'a str {
    let Some((&first, rest)) = texts.split_first() else {
        return "";
    };
    let shared = rest.iter().fold(first.len(), |shared, text| {
        let same = first
            .bytes()
            .zip(text.bytes())
            .take_while(|(left, right)| left == right)
            .count();
        shared.min(same)
    });
    // Delimiters are ASCII, so that the cut never splits a character.
    let end = first.as_bytes().get(..shared).map_or(0, |bytes| {
        bytes
            .iter()
            .rposition(|byte| matches!(byte, b'/' | b':'))
            .map_or(0, |at| at + 1)
    });
    first.get(..end).unwrap_or("")
}

/// The text as a Resource that matches just this text: wildcards and variables of the policy language are
/// written as the variables that stand for their characters.
///
/// Source: IAM user guide, "IAM policy elements: variables and tags", special characters.
pub(super) fn escaped(arn: &str) -> String {
    let mut text = String::with_capacity(arn.len());
    let mut characters = arn.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' => text.push_str("${*}"),
            '?' => text.push_str("${?}"),
            '$' if characters.peek() == Some(&'{') => text.push_str("${$}"),
            other => text.push(other),
        }
    }
    text
}

/// The ARN as a policy names it. Most calls on a log group are authorised on its ARN with `:*`, some without.
///
/// Source: Amazon `CloudWatch` Logs user guide, "Overview of managing access permissions".
fn forms(arn: &str) -> impl Iterator<Item = String> + use<> {
    let group = arn.strip_suffix(":*").unwrap_or(arn);
    let mut fields = group.splitn(6, ':').skip(2);
    let is_logs = fields.next() == Some("logs");
    let name = fields.nth(2).and_then(|rest| rest.strip_prefix("log-group:"));
    // The names of streams come behind another colon.
    let is_group = is_logs && name.is_some_and(|name| !name.contains(':'));
    let named = escaped(if is_group { group } else { arn });
    let with_streams = is_group.then(|| format!("{named}:*"));
    std::iter::once(named).chain(with_streams)
}

/// A format with its placeholders filled in, names with `*`.
fn fill(format: &str, partition: &str, region: &str, account: &str) -> String {
    let text: String = pieces(format)
        .map(|piece| match piece {
            Piece::Literal(text) => text,
            Piece::Placeholder("Partition") => partition,
            Piece::Placeholder("Region") => region,
            // Some services write the second form for the owner of the resource.
            Piece::Placeholder("Account" | "AccountId") => account,
            Piece::Placeholder(_) => "*",
        })
        .collect();
    // A wildcard for the service matches nothing: recovery points of AWS Backup have ARNs of any service.
    if text.split(':').nth(2) == Some("*") {
        "*".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
pub(crate) fn is_of_format(format: &str, arn: &str) -> bool {
    spelled_characters(format, arn).is_some()
}

#[cfg(test)]
mod tests;
