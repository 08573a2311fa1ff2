//! Rows that a policy may grant, before the layers are applied.

use super::destination::Destination;
use super::effective_grant::EffectiveGrant;
use super::request::{Relations, RequestClass};
use super::table::{Table, TableDest, TableRow};
use crate::aws::data::{NO_TYPE, PrincipalClass, ResourcePolicyId, Snapshot};
use crate::row::exceptions::Exceptions;
use foldhash::HashMap;
use iam::arn::{ArnPattern, ShortArn};
use iam::context::{Context, Layered};
use iam::evaluate::reserved_actions;

/// A destination that statements of the policy name
struct Dest {
    text: Box<str>,
    pattern: ArnPattern,
    /// Types it can be of; all when it is `*`
    types: Option<Vec<u16>>,
    /// Types that it names by a version or alias, with the type of that
    qualified: Vec<(u16, u16)>,
    /// Numbers of the actions that only AWS can do on it
    reserved: Vec<u32>,
    /// The policy of the resource that it is or lies in
    policy: Option<ResourcePolicyId>,
}

/// A statement that may grant a row
pub(super) struct Candidate {
    action: u32,
    dest: u32,
    resource_type: u16,
    pub(super) statement: u16,
    /// Why the statement means less than the destination that it names
    pub(super) blur: Exceptions,
}

/// Rows that a policy may grant
#[derive(Default)]
pub(super) struct Candidates {
    dests: Vec<Dest>,
    by_text: HashMap<Box<str>, u32>,
    all: Vec<Candidate>,
}

impl Candidate {
    /// A statement that may grant something on one resource.
    pub(super) const fn of_statement(action: u32, statement: u16) -> Self {
        Self {
            action,
            dest: 0,
            resource_type: NO_TYPE,
            statement,
            blur: Exceptions::NONE,
        }
    }

    /// A statement that grants a row for certain.
    pub(super) fn of_row(row: &TableRow, statement: u16) -> Self {
        Self {
            action: row.action,
            dest: row.dest,
            resource_type: row.resource_type,
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
            reserved: reserved_actions(&pattern)
                .filter_map(|action| snapshot.actions.find(action))
                .collect(),
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
        if named.reserved.contains(&action) {
            return;
        }
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

    /// The rows that are left of the candidates; a destination that names no account is `owner`'s.
    ///
    /// `effective` gives what the layers leave of a grant by some statements, and drops the statements that grant nothing.
    pub(super) fn into_table(
        self,
        snapshot: &Snapshot,
        class: &PrincipalClass,
        owner: &str,
        effective: impl Fn(&RequestClass<'_>, &mut Vec<Candidate>) -> Option<EffectiveGrant>,
    ) -> Table {
        let Self { dests, mut all, .. } = self;
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
                    account: one.owner(snapshot, owner),
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
        let mut table = Table::new(distinct);
        let key = |one: &Candidate| (one.action, ranked(one.dest), one.resource_type);
        let mut rest = all.into_iter().peekable();
        let mut granting: Vec<Candidate> = Vec::new();
        let mut settled: HashMap<(u32, u16, bool), Settled<'_>> = HashMap::default();
        while let Some(first) = rest.next() {
            granting.clear();
            let row = key(&first);
            let (action, _, resource_type) = row;
            let number = first.dest;
            let named = dest(number);
            granting.push(first);
            while let Some(next) = rest.next_if(|next| key(next) == row) {
                granting.push(next);
            }
            let Some(named) = named else { continue };
            let is_known = snapshot.actions.get(action).is_some_and(|action| action.known);
            let settled = settled
                .entry((number, resource_type, is_known))
                .or_insert_with(|| Settled::new(snapshot, named, (action, resource_type)));
            let request = RequestClass {
                snapshot,
                action,
                destination: &settled.destination,
                class,
                keys: Layered(&[&class.context, &settled.context]),
                relations: &settled.relations,
            };
            let left = effective(&request, &mut granting).and_then(EffectiveGrant::left);
            if let Some((_, exceptions)) = left {
                table.push(row, exceptions, granting.iter().map(|one| one.statement));
            }
        }
        table
    }
}

/// What is the same for all actions on a destination as resources of one type
struct Settled<'t> {
    destination: Destination<'t>,
    context: Context,
    relations: Relations,
}

impl<'t> Settled<'t> {
    /// `row` is any action on the resource type; of the action it only counts whether the catalogue has it.
    fn new(snapshot: &'t Snapshot, named: &'t Dest, row: (u32, u16)) -> Self {
        let destination = Destination::new(snapshot, &named.text, &named.pattern, named.policy, row);
        Self {
            context: destination.context(snapshot),
            destination,
            relations: Relations::default(),
        }
    }
}

impl Dest {
    /// The account that owns the destination; `*` for any. A name that is global is taken to be `own`'s unless a document
    /// tells the owner.
    fn owner(&self, snapshot: &Snapshot, own: &str) -> Box<str> {
        match self.text.split(':').nth(4) {
            None => "*".into(),
            Some(account) if account.contains(['*', '?']) => "*".into(),
            Some("") => {
                let policy = self.policy.and_then(|id| snapshot.resource_policies.get(id));
                let owner = policy.map(|policy| &policy.account);
                let known = || {
                    snapshot
                        .known_resources
                        .of(&self.text)
                        .map(|known| &known.account)
                };
                owner.or_else(known).map_or_else(|| own.into(), Box::clone)
            }
            Some(account) => account.into(),
        }
    }
}
