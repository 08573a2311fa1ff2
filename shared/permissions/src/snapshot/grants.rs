//! What one policy grants to a holder: rows without source and entity.

use super::limits::Verdict;
use super::region::{Expanded, Region, expand};
use super::{Snapshot, TableSpec};
use crate::exceptions::{ExceptionCode, Exceptions};
use iam::arn::{ArnPattern, ShortArn};
use iam::document::{Effect, Element};
use iam::matching::{ResourcePattern, ResourceSet};
use std::collections::HashMap;

/// The type of destination of an action without resource types
pub(crate) const NO_TYPE: u16 = u16::MAX;

/// One row of a policy, sorted by action, destination and type
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant {
    pub(crate) action: u32,
    /// Index of the destination in the table
    pub(crate) dest: u32,
    /// [`NO_TYPE`] when there is none
    pub(crate) resource_type: u16,
    pub(crate) exceptions: Exceptions,
    /// Start of the granting statements in the table
    statements: u32,
    statement_count: u16,
}

/// All that a policy grants to a holder
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) grants: Vec<Grant>,
    /// Distinct, in byte order
    dests: Vec<Box<str>>,
    statements: Vec<u16>,
}

impl Table {
    pub(super) const EMPTY: Self = Self {
        grants: Vec::new(),
        dests: Vec::new(),
        statements: Vec::new(),
    };

    pub(crate) fn dest(&self, grant: &Grant) -> &str {
        let index = usize::try_from(grant.dest).ok();
        index
            .and_then(|index| self.dests.get(index))
            .map_or("*", |dest| dest)
    }

    /// The granting statements, as indices into the document's valid statements.
    pub(crate) fn statements(&self, grant: &Grant) -> &[u16] {
        let start = usize::try_from(grant.statements).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::from(grant.statement_count));
        self.statements.get(start..end).unwrap_or_default()
    }
}

/// A destination that statements of the policy name
struct Dest {
    text: Box<str>,
    pattern: ArnPattern,
    /// Types it can be of; all when it is `*`
    types: Option<Vec<u16>>,
}

struct Candidate {
    action: u32,
    dest: u32,
    resource_type: u16,
    statement: u16,
    /// Of this way to name the destination
    blur: Exceptions,
}

impl Snapshot {
    pub(super) fn grants(&self, spec: TableSpec) -> Table {
        let (Some(holder), Some(document)) =
            (self.holders.get(spec.holder), self.documents.get(spec.document))
        else {
            return Table::EMPTY;
        };
        let mut dests: Vec<Dest> = Vec::new();
        let mut by_text: HashMap<Box<str>, u32> = HashMap::new();
        let mut candidates: Vec<Candidate> = Vec::new();
        for (index, statement, runs) in document.statements() {
            let (Effect::Allow, Ok(index)) = (statement.effect, u16::try_from(index)) else {
                continue;
            };
            let Some(resources) = &statement.resources else {
                continue;
            };
            for (text, blur) in named(resources, &holder.context) {
                let next = u32::try_from(dests.len()).unwrap_or(u32::MAX);
                let dest = *by_text.entry(text.clone()).or_insert_with(|| {
                    let pattern = ArnPattern::parse(&text, ShortArn::Padded);
                    let types = (!pattern.is_universal()).then(|| self.actions.types_named(&pattern));
                    let text = if pattern.is_universal() { "*".into() } else { text };
                    dests.push(Dest { text, pattern, types });
                    next
                });
                let Some(named) = usize::try_from(dest).ok().and_then(|dest| dests.get(dest)) else {
                    continue;
                };
                for action in runs.iter() {
                    self.candidates(action, dest, named, index, blur, &mut candidates);
                }
            }
        }
        self.net(holder, document, &dests, candidates)
    }

    fn candidates(
        &self,
        action: u32,
        dest: u32,
        named: &Dest,
        statement: u16,
        blur: Exceptions,
        candidates: &mut Vec<Candidate>,
    ) {
        let Some(known) = self.actions.get(action) else {
            return;
        };
        let mut push = |resource_type, blur| {
            candidates.push(Candidate {
                action,
                dest,
                resource_type,
                statement,
                blur,
            });
        };
        if known.types.is_empty() {
            // Without resource-level permissions only `*` grants, and `NotResource` excludes nothing; of unknown actions
            // neither is known.
            if !known.known {
                push(NO_TYPE, blur);
            } else if named.types.is_none() {
                push(NO_TYPE, Exceptions::default());
            }
            return;
        }
        for &own in &known.types {
            if named
                .types
                .as_ref()
                .is_none_or(|types| types.binary_search(&own).is_ok())
            {
                push(own, blur);
            }
        }
    }

    fn net(
        &self,
        holder: &super::Holder,
        document: &super::CompiledDocument,
        dests: &[Dest],
        mut candidates: Vec<Candidate>,
    ) -> Table {
        let mut order: Vec<u32> = (0..u32::try_from(dests.len()).unwrap_or(u32::MAX)).collect();
        let dest = |number: u32| usize::try_from(number).ok().and_then(|number| dests.get(number));
        order.sort_by_key(|&number| dest(number).map(|dest| &dest.text));
        let mut rank = vec![0_u32; dests.len()];
        let mut texts: Vec<Box<str>> = Vec::with_capacity(dests.len());
        for &number in &order {
            let Some(one) = dest(number) else { continue };
            if texts.last() != Some(&one.text) {
                texts.push(one.text.clone());
            }
            if let Some(slot) = usize::try_from(number)
                .ok()
                .and_then(|number| rank.get_mut(number))
            {
                *slot = u32::try_from(texts.len().saturating_sub(1)).unwrap_or(u32::MAX);
            }
        }
        let ranked = |number: u32| {
            let number = usize::try_from(number).ok();
            number
                .and_then(|number| rank.get(number))
                .copied()
                .unwrap_or(u32::MAX)
        };
        candidates.sort_by_key(|one| (one.action, ranked(one.dest), one.resource_type, one.statement));
        let mut table = Table {
            grants: Vec::with_capacity(candidates.len()),
            dests: texts,
            statements: Vec::with_capacity(candidates.len()),
        };
        let same = |one: &Candidate, other: &Candidate| {
            (one.action, ranked(one.dest), one.resource_type)
                == (other.action, ranked(other.dest), other.resource_type)
        };
        for group in candidates.chunk_by(same) {
            let Some(first) = group.first() else { continue };
            let Some(named) = dest(first.dest) else { continue };
            let types = self.type_patterns(first.resource_type);
            let region = Region {
                text: &named.text,
                pattern: &named.pattern,
                types: &types,
                unspecified: named.types.is_none()
                    && self
                        .actions
                        .get(first.action)
                        .is_some_and(|one| one.known && one.types.is_empty()),
            };
            let mut granting: Vec<(u16, Exceptions)> =
                group.iter().map(|one| (one.statement, one.blur)).collect();
            let verdict = self.verdict(holder, document, &mut granting, first.action, &region);
            let Verdict::Row(exceptions) = verdict else {
                continue;
            };
            let start = u32::try_from(table.statements.len()).unwrap_or(u32::MAX);
            let mut statements: Vec<u16> = granting.iter().map(|(statement, _)| *statement).collect();
            statements.dedup();
            table.grants.push(Grant {
                action: first.action,
                dest: ranked(first.dest),
                resource_type: first.resource_type,
                exceptions,
                statements: start,
                statement_count: u16::try_from(statements.len()).unwrap_or(u16::MAX),
            });
            table.statements.append(&mut statements);
        }
        table
    }
}

/// The destinations of an Allow statement, and what blurs each.
fn named(resources: &ResourceSet, context: &iam::context::Context) -> Vec<(Box<str>, Exceptions)> {
    let mut blurred = Exceptions::default();
    let entries = match resources.patterns() {
        Element::Not(entries) if entries.iter().any(ResourcePattern::is_universal) => return Vec::new(),
        Element::Not(entries) => {
            if !entries.is_empty() {
                blurred.insert(ExceptionCode::LimitedByNotResource);
            }
            return vec![("*".into(), blurred)];
        }
        Element::Of(entries) => entries,
    };
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries {
        match entry {
            ResourcePattern::Fixed(pattern) => found.push((pattern.as_str().into(), Exceptions::default())),
            ResourcePattern::Variable(_) => match expand(entry.as_str(), context) {
                Expanded::Exact(text) => found.push((text, Exceptions::default())),
                Expanded::Wider(text) => {
                    blurred.insert(ExceptionCode::LimitedByCondition);
                    found.push((text, blurred));
                }
                Expanded::Nothing => {}
            },
        }
    }
    found
}
