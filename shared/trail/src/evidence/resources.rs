//! Turns the resources of an action into the patterns that a policy names.
//!
//! The rule, per action and resource type:
//! 1. Up to [`LISTED_RESOURCES`] resources are named one by one; a log group by both of its forms.
//! 2. More of them are joined step by step by what they have in common: the folder, the bucket, the beginning of the
//!    names, see [`ResourceSet::patterns`].
//! 3. Calls that name no resource of a required type: the ARN format of the type with `*` for every name, since nobody
//!    knows what they were about.
//!
//! [`ResourceSet::patterns`]: crate::usage::ResourceSet::patterns

use std::borrow::Cow;

use iam::catalogue::ActionResource;

use crate::arn_format::{Piece, pieces, spelled_characters};
use crate::catalogue::{self, first_format};
use crate::generation::Generation;
use crate::identities::{Identities, with_any_path};
use crate::service_level::prefix_of;
use crate::usage::{ActionUsage, TypeUsage};

/// Most resources of one action and type that are named one by one: what a reviewer still reads.
pub const LISTED_RESOURCES: usize = 20;

/// Says where calls are authorised when the record does not name the resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    partition: &'a str,
    account: &'a str,
    identities: &'a Identities,
}

impl<'a> Scope<'a> {
    /// Takes the partition and the account of the principal.
    pub(super) fn of(generation: &Generation<'a>) -> Self {
        Self {
            partition: generation.principal.partition(),
            account: generation.principal.account(),
            identities: generation.identities,
        }
    }
}

/// Returns the resources of each type of the action. Each type is a set that the action needs to be allowed on; `["*"]`
/// for an action without resource types. `None` when the catalogue does not know the action.
pub(super) fn patterns(action: &str, usage: &ActionUsage, scope: Scope<'_>) -> Option<Vec<Vec<String>>> {
    let types: Vec<ActionResource> = catalogue::action(action)?.resource_types().collect();
    let seen = by_type(usage, &types);
    // Requests of IAM name users, roles and groups by name, those of other services by ARN.
    let by_name = (prefix_of(action) == "iam").then_some(scope.identities);
    let has_required = types.iter().any(|kind| kind.required);
    // An action without a required type is known to be about what its calls name, when every call names something.
    let is_known = has_required || usage.unnamed == 0;
    let mut sets: Vec<Vec<String>> = Vec::new();
    for (kind, seen) in types.iter().zip(&seen).filter(|_| is_known) {
        if seen.unnamed > 0 {
            sets.push(whole_type(kind, usage, seen, scope));
        } else if !seen.resources.is_empty() {
            let wholes = whole_type(kind, usage, seen, scope);
            let patterns = seen.resources.patterns(LISTED_RESOURCES, &wholes);
            let mut named: Vec<String> = patterns
                .iter()
                .flat_map(|pattern| forms(pattern, by_name))
                .collect();
            named.sort_unstable();
            named.dedup();
            sets.push(named);
        }
    }
    if sets.is_empty() {
        let required = types.iter().zip(&seen).filter(|(kind, _)| kind.required);
        sets.extend(required.map(|(kind, seen)| whole_type(kind, usage, seen, scope)));
    }
    if sets.is_empty() {
        sets.push(vec!["*".to_owned()]);
    }
    Some(sets)
}

/// Returns what was seen of each type of the action.
///
/// The catalogue may have changed since the log files were scanned: what was seen of a type that the action no longer
/// has belongs to the type whose format spells most of it.
fn by_type<'u>(usage: &'u ActionUsage, types: &[ActionResource]) -> Vec<Cow<'u, TypeUsage>> {
    let mut seen: Vec<Cow<'_, TypeUsage>> = vec![Cow::Owned(TypeUsage::default()); types.len()];
    let mut others = Vec::new();
    for (format, of_type) in &usage.types {
        let kind = types
            .iter()
            .position(|kind| first_format(kind) == format.as_str());
        match kind.and_then(|kind| seen.get_mut(kind)) {
            Some(kind) => *kind = Cow::Borrowed(of_type),
            None => others.push(of_type),
        }
    }
    for other in others {
        for pattern in other.resources.entries() {
            let spelled = |kind: &ActionResource| {
                kind.resource_type
                    .formats()
                    .filter_map(|format| spelled_characters(format, pattern))
                    .max()
            };
            let best = types
                .iter()
                .enumerate()
                .filter_map(|(index, kind)| Some((spelled(kind)?, index)))
                .max();
            if let Some(kind) = best.and_then(|(_, index)| seen.get_mut(index)) {
                kind.to_mut().resources.add(pattern);
            }
        }
    }
    seen
}

/// Returns every format of the type, with `*` for what is not known.
///
/// Region and account are named when there is only one: among the Regions of the calls and the ARNs, and among the
/// principal's account and those of the ARNs.
fn whole_type(kind: &ActionResource, usage: &ActionUsage, seen: &TypeUsage, scope: Scope<'_>) -> Vec<String> {
    let fields = |number| seen.resources.fields(number).filter(|value| !value.is_empty());
    let region = only(usage.regions.iter().map(String::as_str).chain(fields(3)));
    let account = only(std::iter::once(scope.account).chain(fields(4)));
    let fill_in = |format: &str| {
        // The management account owns what belongs to an organization, whoever calls.
        let owner = account.filter(|_| !format.contains(":organizations:"));
        fill(
            format,
            scope.partition,
            region.unwrap_or("*"),
            owner.unwrap_or("*"),
        )
    };
    let mut filled: Vec<String> = kind.resource_type.formats().map(fill_in).collect();
    filled.sort_unstable();
    filled.dedup();
    filled
}

/// Returns the value when all values are equal.
fn only<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// Returns the pattern in all forms that calls are authorised on. Most calls on a log group are authorised on its ARN
/// with `:*`, some without. A resource that is named by name only may have a path.
///
/// Source: Amazon `CloudWatch` Logs user guide, "Overview of managing access permissions".
pub(super) fn forms(pattern: &str, by_name: Option<&Identities>) -> impl Iterator<Item = String> + use<> {
    let known = by_name.and_then(|identities| identities.named(pattern));
    let any_path = by_name
        .filter(|_| known.is_none())
        .and_then(|_| with_any_path(pattern));
    let pattern = known.unwrap_or(pattern);
    let group = pattern.strip_suffix(":*").unwrap_or(pattern);
    let mut fields = group.splitn(6, ':').skip(2);
    let is_logs = fields.next() == Some("logs");
    let name = fields.nth(2).and_then(|rest| rest.strip_prefix("log-group:"));
    // The names of log streams come after another colon.
    let is_group = is_logs && name.is_some_and(|name| !name.contains(':'));
    // A wildcard at the end matches both forms.
    let is_single = is_group && !group.ends_with('*');
    let named = if is_single { group } else { pattern };
    let with_streams = is_single.then(|| format!("{named}:*"));
    std::iter::once(named.to_owned())
        .chain(with_streams)
        .chain(any_path)
}

/// Fills the placeholders of a format in, with `*` for names.
fn fill(format: &str, partition: &str, region: &str, account: &str) -> String {
    let text: String = pieces(format)
        .map(|piece| match piece {
            Piece::Literal(text) => text,
            Piece::Placeholder("Partition") => partition,
            Piece::Placeholder("Region") => region,
            Piece::Placeholder("Account") => account,
            Piece::Placeholder(_) => "*",
        })
        .collect();
    // A wildcard for the service would match nothing, and recovery points of AWS Backup have ARNs of any service.
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
