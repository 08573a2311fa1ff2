//! Makes the rows that a document may grant, before the layers are applied.
//!
//! They are the same for all principal classes unless a policy variable says otherwise, so that one draft serves all who
//! hold the document.

use super::common_rows::TableDest;
use super::dest::{Dest, DestOfType, Dests};
use super::destination::Destination;
use super::request::{Relations, RelationsOfEverybody};
use super::table::TableRow;
use crate::aws::data::actions::ActionRuns;
use crate::aws::data::{NO_TYPE, ResourcePolicyId, Snapshot};
use crate::row::exceptions::Exceptions;
use foldhash::HashMap;
use iam::context::Context;
use std::sync::Arc;

/// A statement that may grant a row
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Candidate {
    pub(super) statement: u16,
    /// Says why the statement means less than the destination that it names
    pub(super) blur: Exceptions,
}

/// A row with a statement that may grant it
struct Found {
    action: u32,
    dest: u32,
    resource_type: u16,
    candidate: Candidate,
}

/// Rows that a policy may grant, in any order
pub(super) struct Candidates<'d> {
    known: &'d Dests,
    dests: Vec<Arc<Dest>>,
    by_text: HashMap<Box<str>, u32>,
    all: Vec<Found>,
}

/// Rows that differ only in their actions
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DraftKind {
    /// Number of the place
    pub(super) place: u32,
    /// Number of the list of statements
    pub(super) granting: u32,
    /// Number of the service, where the type of resources does not show the service
    service: Option<u32>,
}

/// The rows that a policy may grant, in order
#[derive(Debug)]
pub(super) struct Draft {
    named: Vec<Arc<Dest>>,
    pub(super) dests: Arc<[TableDest]>,
    pub(super) places: Vec<DestOfType>,
    /// The relations, by the number of a place
    relations: Vec<Arc<RelationsOfEverybody>>,
    pub(super) granting: Vec<Box<[Candidate]>>,
    pub(super) kinds: Vec<DraftKind>,
    pub(super) rows: Vec<TableRow>,
    /// Runs of the actions of rows, both ends included
    pub(super) actions: Vec<(u32, u32)>,
}

/// Says what the policies of resources decide about
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PoliciesAt {
    /// They decide about nothing. Where the destination names its owner, it still matters whether the principal is of the owner's account
    Nothing { is_owned: bool },
    /// Parts of the destination, which they may deny
    Parts,
    /// The whole destination is the resource of a policy, or lies in it
    Everything,
}

/// Holds what is the same for all actions at a place
pub(super) struct Settled<'t> {
    pub(super) destination: Destination<'t>,
    pub(super) context: &'t Context,
    pub(super) relations: Relations<'t>,
}

impl Candidate {
    /// Makes the candidate of a statement that grants something for certain.
    pub(super) const fn of_statement(statement: u16) -> Self {
        Self {
            statement,
            blur: Exceptions::NONE,
        }
    }
}

impl<'d> Candidates<'d> {
    /// Starts without rows. What is found out about destinations is kept in `known`.
    pub(super) fn new(known: &'d Dests) -> Self {
        Self {
            known,
            dests: Vec::new(),
            by_text: HashMap::default(),
            all: Vec::new(),
        }
    }

    /// Returns the number of a destination.
    pub(super) fn dest(&mut self, snapshot: &Snapshot, text: &str) -> u32 {
        if let Some(&number) = self.by_text.get(text) {
            return number;
        }
        let dest = self.known.get(snapshot, text);
        if dest.types.is_none() && text != "*" {
            let number = self.dest(snapshot, "*");
            self.by_text.insert(text.into(), number);
            return number;
        }
        let number = u32::try_from(self.dests.len()).unwrap_or(u32::MAX);
        self.dests.push(dest);
        self.by_text.insert(text.into(), number);
        number
    }

    /// Adds the rows of all actions that a statement names, on one of its destinations.
    pub(super) fn add_all(
        &mut self,
        snapshot: &Snapshot,
        actions: &ActionRuns,
        dest: u32,
        statement: u16,
        blur: Exceptions,
    ) {
        let named = usize::try_from(dest).ok().and_then(|dest| self.dests.get(dest));
        let Some(named) = named else { return };
        let possible: Vec<u32> = match named.types {
            None => actions.iter().collect(),
            // Of thousands of actions, few work on the types of a resource.
            Some(_) => actions.among(&named.actions).collect(),
        };
        for action in possible {
            self.add(snapshot, action, dest, statement, blur);
        }
    }

    /// Adds a row for each type of resource that the action works on and the destination can be.
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
            self.all.push(Found {
                action,
                dest,
                resource_type,
                candidate: Candidate { statement, blur },
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

    /// Puts the rows in order, and notes which rows are of one kind.
    pub(super) fn into_draft(self, snapshot: &Snapshot) -> Draft {
        let Self { dests, mut all, .. } = self;
        let mut numbered: Vec<(Arc<Dest>, u32)> = dests.into_iter().zip(0..).collect();
        numbered.sort_by(|(one, _), (other, _)| one.text.cmp(&other.text));
        let mut rank = vec![0_u32; numbered.len()];
        for ((_, number), place) in numbered.iter().zip(0..) {
            if let Some(slot) = usize::try_from(*number)
                .ok()
                .and_then(|number| rank.get_mut(number))
            {
                *slot = place;
            }
        }
        for found in &mut all {
            let number = usize::try_from(found.dest).ok();
            let ranked = number.and_then(|number| rank.get(number)).copied();
            found.dest = ranked.unwrap_or(u32::MAX);
        }
        all.sort_by_key(|one| (one.action, one.dest, one.resource_type, one.candidate.statement));
        let named: Vec<Arc<Dest>> = numbered.into_iter().map(|(dest, _)| dest).collect();
        let mut draft = Draft {
            dests: named.iter().map(|dest| dest.shown(snapshot)).collect(),
            named,
            places: Vec::new(),
            relations: Vec::new(),
            granting: Vec::new(),
            kinds: Vec::new(),
            rows: Vec::new(),
            actions: Vec::new(),
        };
        draft.fill(snapshot, &all);
        let places = draft.places.iter();
        draft.relations = places
            .map(|&place| draft.named(place).map(|named| named.relations(place)))
            .map(Option::unwrap_or_default)
            .collect();
        draft
    }
}

/// A row that was numbered, without its action
struct Before {
    place: DestOfType,
    service: Option<u32>,
    granting: u32,
    kind: u32,
}

/// Things with the numbers that they got when they first occurred
struct Numbers<T>(HashMap<T, u32>);

impl<T: std::hash::Hash + Eq + Clone> Numbers<T> {
    fn number(&mut self, thing: T, list: &mut Vec<T>) -> u32 {
        *self.0.entry(thing).or_insert_with_key(|thing| {
            list.push(thing.clone());
            u32::try_from(list.len().saturating_sub(1)).unwrap_or(u32::MAX)
        })
    }
}

impl Draft {
    fn fill(&mut self, snapshot: &Snapshot, all: &[Found]) {
        let mut places = Numbers(HashMap::default());
        let mut kinds = Numbers(HashMap::default());
        let mut lists: HashMap<Box<[Candidate]>, u32> = HashMap::default();
        let mut granting: Vec<Candidate> = Vec::new();
        // Of a type of resources: the row before. Most rows follow one that differs in nothing but the action.
        let mut before: HashMap<u16, Before> = HashMap::default();
        let row = |one: &Found| (one.action, one.dest, one.resource_type);
        for candidates in all.chunk_by(|one, other| row(one) == row(other)) {
            let Some(&Found {
                action,
                dest,
                resource_type,
                ..
            }) = candidates.first()
            else {
                continue;
            };
            granting.clear();
            granting.extend(candidates.iter().map(|one| one.candidate));
            let is_known = snapshot.actions.is_known(action);
            let place = DestOfType {
                dest,
                resource_type,
                is_known,
            };
            let type_tells_service = snapshot.actions.tells_service(resource_type);
            let service = (!type_tells_service).then(|| snapshot.actions.service_of(action));
            let same = before
                .get(&resource_type)
                .filter(|one| (one.place, one.service) == (place, service));
            let same = same.filter(|one| self.granting(one.granting) == granting);
            let kind = if let Some(same) = same {
                same.kind
            } else {
                let list = lists.get(granting.as_slice()).copied().unwrap_or_else(|| {
                    let next = u32::try_from(lists.len()).unwrap_or(u32::MAX);
                    lists.insert(granting.as_slice().into(), next);
                    self.granting.push(granting.as_slice().into());
                    next
                });
                let kind = DraftKind {
                    place: places.number(place, &mut self.places),
                    granting: list,
                    service,
                };
                let kind = kinds.number(kind, &mut self.kinds);
                before.insert(
                    resource_type,
                    Before {
                        place,
                        service,
                        granting: list,
                        kind,
                    },
                );
                kind
            };
            self.rows.push(TableRow { action, kind });
            match self.actions.last_mut() {
                Some((_, end)) if action <= end.saturating_add(1) => *end = action,
                Some(_) | None => self.actions.push((action, action)),
            }
        }
    }

    pub(super) fn place(&self, number: u32) -> Option<DestOfType> {
        self.places.get(usize::try_from(number).ok()?).copied()
    }

    pub(super) fn kind(&self, number: u32) -> Option<&DraftKind> {
        self.kinds.get(usize::try_from(number).ok()?)
    }

    pub(super) fn granting(&self, number: u32) -> &[Candidate] {
        let number = usize::try_from(number).ok();
        number
            .and_then(|number| self.granting.get(number))
            .map_or(&[], |list| list)
    }

    fn named(&self, place: DestOfType) -> Option<&Dest> {
        self.named
            .get(usize::try_from(place.dest).ok()?)
            .map(|dest| &**dest)
    }

    /// Returns the policy of the resource that a destination is or lies in.
    pub(super) fn policy(&self, place: DestOfType) -> Option<ResourcePolicyId> {
        self.named(place)?.policy
    }

    /// Returns whether resources of this type, as a part of everything, are decided as those of any other type, where
    /// no statement distinguishes types.
    pub(super) fn is_any_type(&self, snapshot: &Snapshot, number: u32) -> bool {
        let Some(place) = self.place(number).filter(|place| place.resource_type != NO_TYPE) else {
            return false;
        };
        let is_everything = self.named(place).is_some_and(|named| named.types.is_none());
        let policies = is_everything
            .then(|| self.policies_at(snapshot, number))
            .flatten();
        matches!(policies, Some(PoliciesAt::Nothing { .. }))
    }

    /// Says what the policies of resources decide about at a place.
    pub(super) fn policies_at(&self, snapshot: &Snapshot, number: u32) -> Option<PoliciesAt> {
        let place = self.place(number)?;
        let named = self.named(place)?;
        Some(self.relations(number)?.policies(|| {
            if named.policy.is_some() {
                return PoliciesAt::Everything;
            }
            let destination = named.destination(snapshot, place);
            let mut denying = snapshot.resource_policies.denying(destination.service());
            if destination.unspecified || denying.next().is_none() {
                let is_owned = destination.owner().is_some();
                PoliciesAt::Nothing { is_owned }
            } else {
                PoliciesAt::Parts
            }
        }))
    }

    /// Returns what holds at a place whoever asks.
    pub(super) fn relations(&self, place: u32) -> Option<&RelationsOfEverybody> {
        self.relations.get(usize::try_from(place).ok()?).map(Arc::as_ref)
    }

    /// Returns what is the same for all actions at a place.
    pub(super) fn settled<'t>(&'t self, snapshot: &'t Snapshot, number: u32) -> Option<Settled<'t>> {
        let number = usize::try_from(number).ok()?;
        let place = *self.places.get(number)?;
        let destination = self.named(place)?.destination(snapshot, place);
        let relations = self.relations.get(number)?;
        Some(Settled {
            context: relations.context(|| destination.context(snapshot)),
            destination,
            relations: Relations::new(Some(&**relations)),
        })
    }
}
