//! What one policy grants to a holder: rows without source and entity.

use super::limits::{Ask, Net};
use super::region::{Expanded, Region, expand};
use super::{CompiledDocument, Holder, Snapshot, TableSpec};
use crate::exceptions::{ExceptionCode, Exceptions};
use iam::arn::{ArnPattern, ShortArn};
use iam::context::{Context, Layered};
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
    dests: Vec<TableDest>,
    statements: Vec<u16>,
}

#[derive(Debug)]
struct TableDest {
    id: Box<str>,
    /// Who owns it; `*` for anybody
    account: Box<str>,
}

impl Table {
    pub(super) const EMPTY: Self = Self {
        grants: Vec::new(),
        dests: Vec::new(),
        statements: Vec::new(),
    };

    fn dest_of(&self, grant: &Grant) -> Option<&TableDest> {
        self.dests.get(usize::try_from(grant.dest).ok()?)
    }

    pub(crate) fn dest(&self, grant: &Grant) -> &str {
        self.dest_of(grant).map_or("*", |dest| &dest.id)
    }

    /// The account that owns the destination; `*` for any.
    pub(crate) fn account(&self, grant: &Grant) -> &str {
        self.dest_of(grant).map_or("*", |dest| &dest.account)
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
    /// Types that it names by a version or alias, with the type of that
    qualified: Vec<(u16, u16)>,
    /// The policy of the resource that it is or lies in
    policy: Option<usize>,
}

/// A statement that may grant a row
pub(super) struct Candidate {
    action: u32,
    dest: u32,
    resource_type: u16,
    pub(super) statement: u16,
    /// Of this way to name the destination
    pub(super) blur: Exceptions,
}

/// Rows that may be granted
#[derive(Default)]
pub(super) struct Candidates {
    dests: Vec<Dest>,
    by_text: HashMap<Box<str>, u32>,
    all: Vec<Candidate>,
}

impl Candidate {
    /// A statement that grants a row for certain.
    pub(super) fn of_grant(grant: &Grant, statement: u16) -> Self {
        Self {
            action: grant.action,
            dest: grant.dest,
            resource_type: grant.resource_type,
            statement,
            blur: Exceptions::NONE,
        }
    }
}

impl Candidates {
    /// The number of a destination.
    pub(super) fn dest(&mut self, snapshot: &Snapshot, text: &str) -> u32 {
        if let Some(&number) = self.by_text.get(text) {
            return number;
        }
        let number = u32::try_from(self.dests.len()).unwrap_or(u32::MAX);
        let pattern = ArnPattern::parse(text, ShortArn::Padded);
        let everything = pattern.is_universal();
        let types = (!everything).then(|| snapshot.actions.types_named(&pattern));
        self.dests.push(Dest {
            text: if everything { "*".into() } else { text.into() },
            qualified: types
                .as_ref()
                .map(|types| snapshot.actions.qualified(types, &pattern))
                .unwrap_or_default(),
            types,
            policy: snapshot.resource_policies.of(&pattern),
            pattern,
        });
        self.by_text.insert(text.into(), number);
        number
    }

    /// A row for each type of resource that the action works on and the destination can be.
    pub(super) fn add(
        &mut self,
        snapshot: &Snapshot,
        action: u32,
        dest: u32,
        statement: u16,
        blur: Exceptions,
    ) {
        let named = usize::try_from(dest).ok().and_then(|dest| self.dests.get(dest));
        let (Some(known), Some(named)) = (snapshot.actions.get(action), named) else {
            return;
        };
        let mut push = |resource_type, blur| {
            self.all.push(Candidate {
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
                push(NO_TYPE, Exceptions::NONE);
            }
            return;
        }
        for &own in &known.types {
            let mut qualified = named.qualified.iter().filter(|(wide, _)| *wide == own);
            let otherwise = qualified.any(|(_, narrow)| known.types.binary_search(narrow).is_ok());
            let types = named.types.as_ref();
            if !otherwise && types.is_none_or(|types| types.binary_search(&own).is_ok()) {
                push(own, blur);
            }
        }
    }
}

impl Snapshot {
    pub(super) fn grants_of(&self, spec: TableSpec) -> Table {
        let (Some(holder), Some(document)) =
            (self.holders.get(spec.holder), self.documents.get(spec.document))
        else {
            return Table::EMPTY;
        };
        match spec.resource {
            None => self.identity_grants(holder, document),
            Some(number) => match self.resource_policies.get(number) {
                Some(policy) => self.resource_grants(holder, document, policy),
                None => Table::EMPTY,
            },
        }
    }

    fn identity_grants(&self, holder: &Holder, document: &CompiledDocument) -> Table {
        let mut candidates = Candidates::default();
        for (index, statement, runs) in document.statements() {
            let (Effect::Allow, Ok(index)) = (statement.effect, u16::try_from(index)) else {
                continue;
            };
            let Some(resources) = &statement.resources else {
                continue;
            };
            for (text, blur) in named(resources, &holder.context) {
                let dest = candidates.dest(self, &text);
                for action in runs.iter() {
                    candidates.add(self, action, dest, index, blur);
                }
            }
        }
        self.net(candidates, holder, &holder.account, |ask, granting| {
            self.identity_net(ask, document, granting)
        })
    }

    /// The rows that are left of candidates; what names no account is `owner`'s.
    pub(super) fn net(
        &self,
        candidates: Candidates,
        holder: &Holder,
        owner: &str,
        net: impl Fn(&Ask<'_>, &mut Vec<Candidate>) -> Option<Net>,
    ) -> Table {
        let Candidates { dests, mut all, .. } = candidates;
        let mut order: Vec<u32> = (0..u32::try_from(dests.len()).unwrap_or(u32::MAX)).collect();
        let dest = |number: u32| usize::try_from(number).ok().and_then(|number| dests.get(number));
        order.sort_by_key(|&number| dest(number).map(|dest| &dest.text));
        let mut rank = vec![0_u32; dests.len()];
        let mut distinct: Vec<TableDest> = Vec::with_capacity(dests.len());
        for &number in &order {
            let Some(one) = dest(number) else { continue };
            if distinct.last().map(|last| &last.id) != Some(&one.text) {
                distinct.push(TableDest {
                    id: one.text.clone(),
                    account: self.owner(one, owner),
                });
            }
            if let Some(slot) = usize::try_from(number)
                .ok()
                .and_then(|number| rank.get_mut(number))
            {
                *slot = u32::try_from(distinct.len().saturating_sub(1)).unwrap_or(u32::MAX);
            }
        }
        let ranked = |number: u32| {
            let number = usize::try_from(number).ok();
            number
                .and_then(|number| rank.get(number))
                .copied()
                .unwrap_or(u32::MAX)
        };
        all.sort_by_key(|one| (one.action, ranked(one.dest), one.resource_type, one.statement));
        let mut table = Table {
            grants: Vec::with_capacity(all.len()),
            dests: distinct,
            statements: Vec::with_capacity(all.len()),
        };
        let key = |one: &Candidate| (one.action, ranked(one.dest), one.resource_type);
        let mut rest = all.into_iter().peekable();
        let mut granting: Vec<Candidate> = Vec::new();
        while let Some(first) = rest.next() {
            granting.clear();
            let (action, rank, resource_type) = key(&first);
            let named = dest(first.dest);
            granting.push(first);
            while let Some(next) = rest.next_if(|next| key(next) == (action, rank, resource_type)) {
                granting.push(next);
            }
            let Some(named) = named else { continue };
            let types = self.type_patterns(resource_type);
            let region = Region {
                text: &named.text,
                pattern: &named.pattern,
                types: &types,
                unspecified: named.types.is_none()
                    && self
                        .actions
                        .get(action)
                        .is_some_and(|one| one.known && one.types.is_empty()),
                policy: named.policy,
            };
            let of_region = self.context_of(&region);
            let contexts = [&holder.context, &of_region];
            let ask = Ask {
                action,
                region: &region,
                holder,
                keys: Layered(&contexts),
            };
            let Some((_, exceptions)) = net(&ask, &mut granting).and_then(Net::left) else {
                continue;
            };
            let start = table.statements.len();
            table.statements.extend(granting.iter().map(|one| one.statement));
            let mut statements = table.statements.split_off(start);
            statements.dedup();
            table.grants.push(Grant {
                action,
                dest: rank,
                resource_type,
                exceptions,
                statements: u32::try_from(start).unwrap_or(u32::MAX),
                statement_count: u16::try_from(statements.len()).unwrap_or(u16::MAX),
            });
            table.statements.append(&mut statements);
        }
        table
    }

    /// The account that owns a destination; `*` for any. Names that are global are taken to be `own`'s unless the policy
    /// of the resource tells.
    fn owner(&self, dest: &Dest, own: &str) -> Box<str> {
        match dest.text.split(':').nth(4) {
            None => "*".into(),
            Some(account) if account.contains(['*', '?']) => "*".into(),
            Some("") => {
                let policy = dest.policy.and_then(|number| self.resource_policies.get(number));
                policy.map_or_else(|| own.into(), |policy| policy.account.clone())
            }
            Some(account) => account.into(),
        }
    }
}

/// The destinations of an Allow statement, and what blurs each.
fn named(resources: &ResourceSet, context: &Context) -> Vec<(Box<str>, Exceptions)> {
    let mut blurred = Exceptions::NONE;
    let entries = match resources.patterns() {
        Element::Not(entries) if entries.iter().any(|entry| excludes_all(entry, context)) => {
            return Vec::new();
        }
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
            ResourcePattern::Fixed(pattern) => found.push((pattern.as_str().into(), Exceptions::NONE)),
            ResourcePattern::Variable(_) => match expand(entry.as_str(), context) {
                Expanded::Exact(text) => found.push((text, Exceptions::NONE)),
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

/// Whether an entry of `NotResource` leaves nothing: it is `*`, or a variable in it has no value, which ends the statement.
fn excludes_all(entry: &ResourcePattern, context: &Context) -> bool {
    match entry {
        ResourcePattern::Fixed(pattern) => pattern.is_universal(),
        ResourcePattern::Variable(_) => matches!(expand(entry.as_str(), context), Expanded::Nothing),
    }
}
