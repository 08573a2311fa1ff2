//! Decides the rows of a draft for principal classes, those together that have the same answer.
//!
//! A cell is what one decision stands for: some statements at one place, for actions of one class. A table is made of the
//! outcomes of its cells; equal outcomes give the same table, so that thousands of principals share a few.

use super::action_classes::ActionClasses;
use super::draft::{Candidate, Draft, DraftKind, Settled};
use super::effective_grant::EffectiveGrant;
use super::request::RequestClass;
use super::table::{Body, Table, TableRow};
use crate::aws::data::{PrincipalClass, Snapshot};
use crate::row::exceptions::Exceptions;
use foldhash::HashMap;
use iam::context::Layered;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The rows of a draft with the cells that decide about them
#[derive(Debug)]
pub(super) struct Layout {
    /// The number of a row's kind is that of the pair
    rows: Arc<[TableRow]>,
    pairs: Vec<Pair>,
    cells: Vec<Cell>,
    made: Mutex<HashMap<Outcomes, Made>>,
}

/// A kind of rows, as far as one cell decides about it
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    kind: u32,
    cell: u32,
}

/// What is decided at once
#[derive(Debug, Clone, Copy)]
struct Cell {
    place: u32,
    granting: u32,
    /// One of the actions
    action: u32,
}

/// Actions that one decision stands for
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Alike {
    /// Those of a class
    Class(u32),
    /// One action, where the policy of the resource may tell it apart from any other
    Action(u32),
}

/// What is left of the rows of a cell: what limits them, and the statements that grant them
#[derive(Debug, PartialEq, Eq, Hash)]
struct Outcome {
    exceptions: Exceptions,
    statements: Box<[u16]>,
}

/// Of every cell; nothing where no row is left
type Outcomes = Box<[Option<Outcome>]>;

/// The tables that were made of the same outcomes, by the account that owns what names no account
#[derive(Debug)]
struct Made {
    body: Arc<Body>,
    tables: HashMap<Box<str>, Arc<Table>>,
}

impl Layout {
    /// The rows of a draft; without classes of actions each action is decided on its own.
    pub(super) fn new(snapshot: &Snapshot, draft: &Draft, classes: Option<&ActionClasses>) -> Self {
        let mut cell_numbers: HashMap<(Option<u32>, u32, Alike), u32> = HashMap::default();
        let mut pair_numbers: HashMap<Pair, u32> = HashMap::default();
        let mut any_type: Vec<Option<bool>> = vec![None; draft.places.len()];
        let (mut cells, mut pairs) = (Vec::new(), Vec::new());
        let mut rows = Vec::with_capacity(draft.rows.len());
        let mut walk = classes.map(ActionClasses::walk);
        for row in &draft.rows {
            let class = walk.as_mut().map(|class_of| class_of(row.action));
            let Some(kind) = draft.kind(row.kind) else {
                continue;
            };
            let alike = match class {
                Some(class) if !is_alone(snapshot, draft, kind, row.action) => Alike::Class(class),
                Some(_) | None => Alike::Action(row.action),
            };
            let is_plain =
                matches!((classes, alike), (Some(classes), Alike::Class(class)) if classes.is_plain(class));
            let place = usize::try_from(kind.place).unwrap_or(usize::MAX);
            let stands_for_others = is_plain
                && any_type.get_mut(place).is_some_and(|known| {
                    *known.get_or_insert_with(|| {
                        let place = draft.place(kind.place);
                        place.is_some_and(|place| draft.is_any_type(snapshot, place))
                    })
                });
            let place = (!stands_for_others).then_some(kind.place);
            let cell = *cell_numbers
                .entry((place, kind.granting, alike))
                .or_insert_with(|| {
                    cells.push(Cell {
                        place: kind.place,
                        granting: kind.granting,
                        action: row.action,
                    });
                    u32::try_from(cells.len().saturating_sub(1)).unwrap_or(u32::MAX)
                });
            let pair = Pair { kind: row.kind, cell };
            let kind = *pair_numbers.entry(pair).or_insert_with(|| {
                pairs.push(pair);
                u32::try_from(pairs.len().saturating_sub(1)).unwrap_or(u32::MAX)
            });
            rows.push(TableRow {
                action: row.action,
                kind,
            });
        }
        Self {
            rows: rows.into(),
            pairs,
            cells,
            made: Mutex::default(),
        }
    }

    /// What the layers leave of each cell. `effective` gives it of a grant by some statements, and drops the statements
    /// that grant nothing.
    pub(super) fn decided<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        draft: &'a Draft,
        class: &'a PrincipalClass,
        effective: impl Fn(&RequestClass<'_>, &mut Vec<Candidate>) -> Option<EffectiveGrant> + 'a,
    ) -> impl Iterator<Item = Option<(EffectiveGrant, Vec<Candidate>)>> + 'a {
        let mut settled: HashMap<u32, Option<Settled<'a>>> = HashMap::default();
        self.cells.iter().map(move |cell| {
            let place = draft.place(cell.place)?;
            let settled = settled
                .entry(cell.place)
                .or_insert_with(|| draft.settled(snapshot, place));
            let settled = settled.as_ref()?;
            let request = RequestClass {
                snapshot,
                action: cell.action,
                destination: &settled.destination,
                class,
                keys: Layered(&[&class.context, &settled.context]),
                relations: &settled.relations,
            };
            let mut granting = draft.granting(cell.granting).to_vec();
            Some((effective(&request, &mut granting)?, granting))
        })
    }

    /// The table for a principal class; a destination that names no account is `owner`'s.
    pub(super) fn table(
        &self,
        snapshot: &Snapshot,
        draft: &Draft,
        (class, owner): (&PrincipalClass, &str),
        tables: &AtomicU32,
        effective: impl Fn(&RequestClass<'_>, &mut Vec<Candidate>) -> Option<EffectiveGrant>,
    ) -> Arc<Table> {
        let outcomes = self.decided(snapshot, draft, class, effective);
        let outcomes: Outcomes = outcomes
            .map(|left| {
                let (grant, granting) = left?;
                let (_, exceptions) = grant.left()?;
                let mut statements: Vec<u16> = granting.iter().map(|one| one.statement).collect();
                statements.dedup();
                Some(Outcome {
                    exceptions,
                    statements: statements.into(),
                })
            })
            .collect();
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = made.entry(outcomes).or_insert_with_key(|outcomes| Made {
            body: Arc::new(self.body(draft, outcomes)),
            tables: HashMap::default(),
        });
        if let Some(known) = entry.tables.get(owner) {
            return Arc::clone(known);
        }
        let number = tables.fetch_add(1, Ordering::Relaxed);
        let (body, dests) = (Arc::clone(&entry.body), Arc::clone(&draft.dests));
        let table = Arc::new(Table::new(number, body, dests, owner));
        entry.tables.insert(owner.into(), Arc::clone(&table));
        table
    }

    fn body(&self, draft: &Draft, outcomes: &Outcomes) -> Body {
        let outcome_of = |pair: &Pair| outcomes.get(usize::try_from(pair.cell).ok()?)?.as_ref();
        let left: Vec<bool> = self.pairs.iter().map(|pair| outcome_of(pair).is_some()).collect();
        let is_left = |row: &&TableRow| {
            let kind = usize::try_from(row.kind).ok();
            kind.and_then(|kind| left.get(kind)) == Some(&true)
        };
        let rows = if left.iter().all(|left| *left) {
            Arc::clone(&self.rows)
        } else {
            self.rows.iter().filter(is_left).copied().collect()
        };
        let mut body = Body::new(rows);
        for pair in &self.pairs {
            let place = draft.kind(pair.kind).and_then(|kind| draft.place(kind.place));
            let (dest, resource_type) =
                place.map_or((u32::MAX, 0), |place| (place.dest, place.resource_type));
            let (exceptions, statements) = outcome_of(pair)
                .map_or((Exceptions::NONE, [].as_slice()), |one| {
                    (one.exceptions, &*one.statements)
                });
            body.push((dest, resource_type), exceptions, statements);
        }
        body
    }
}

/// Whether the policy of the resource may tell an action apart from others of its class.
fn is_alone(snapshot: &Snapshot, draft: &Draft, kind: &DraftKind, action: u32) -> bool {
    let policy = draft.place(kind.place).and_then(|place| draft.policy(place));
    let policy = policy.and_then(|id| snapshot.resource_policies.get(id));
    let name = || snapshot.actions.get(action).map_or("", |action| &action.name);
    policy.is_some_and(|policy| policy.is_about(name()))
}
