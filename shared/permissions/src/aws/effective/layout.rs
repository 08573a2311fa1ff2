//! Decides the rows of a draft for principal classes. Rows with the same answer are decided together.
//!
//! A cell is what one decision stands for: some statements at one place, for actions of one class. A table is made of the
//! outcomes of its cells; equal outcomes give the same table, so that thousands of principals share a few.

use super::action_classes::ActionClasses;
use super::draft::{Candidate, Draft, DraftKind, Settled};
use super::effective_grant::EffectiveGrant;
use super::layers::LayersId;
use super::request::{RequestClass, known_by_action};
use super::table::{Body, Table, TableRow};
use crate::aws::data::{CompiledDocument, PrincipalClass, Snapshot};
use crate::row::exceptions::Exceptions;
use foldhash::HashMap;
use iam::context::Layered;
use std::sync::{Arc, Mutex, PoisonError};

/// The rows of a draft with the cells that decide about them
#[derive(Debug)]
pub(super) struct Layout {
    /// The number of a row's kind is that of the pair
    rows: Arc<[TableRow]>,
    pairs: Vec<Pair>,
    cells: Vec<Cell>,
    made: Mutex<Made>,
}

/// A part of a kind of rows that one cell decides
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Pair {
    kind: u32,
    cell: u32,
}

/// Holds what is decided at once
#[derive(Debug, Clone, Copy)]
struct Cell {
    place: u32,
    granting: u32,
    /// One of the actions
    action: u32,
    /// Whether nothing but the layers tells two principals apart
    is_shared: bool,
}

/// Actions that one decision stands for
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Alike {
    /// All actions of a class
    Class(u32),
    /// One action, where the policy of the resource may distinguish it from any other
    Action(u32),
}

/// What is left of the rows of a cell: what limits them, and the statements that grant them
#[derive(Debug, PartialEq, Eq, Hash)]
struct Outcome {
    exceptions: Exceptions,
    statements: Box<[u16]>,
}

/// Of every cell: the number of its outcome
type Outcomes = Box<[u32]>;

/// Says what was made of a layout so far
#[derive(Debug)]
struct Made {
    /// The outcomes by number. The outcome without any row has the number 0
    outcomes: Vec<Option<Arc<Outcome>>>,
    numbers: HashMap<Option<Arc<Outcome>>, u32>,
    /// By the number of the cell and of what the layers say
    decided: HashMap<(u32, LayersId), u32>,
    bodies: HashMap<Outcomes, OfBody>,
}

/// The tables that were made of the same outcomes, by the account that owns what names no account
#[derive(Debug)]
struct OfBody {
    body: Arc<Body>,
    tables: HashMap<Box<str>, Arc<Table>>,
}

impl Default for Made {
    fn default() -> Self {
        Self {
            outcomes: vec![None],
            numbers: HashMap::from_iter([(None, 0)]),
            decided: HashMap::default(),
            bodies: HashMap::default(),
        }
    }
}

impl Made {
    fn number(&mut self, outcome: Option<Outcome>) -> u32 {
        let outcome = outcome.map(Arc::new);
        let next = u32::try_from(self.outcomes.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(outcome.clone()).or_insert(next);
        if number == next {
            self.outcomes.push(outcome);
        }
        number
    }

    fn outcome(&self, number: u32) -> Option<&Outcome> {
        self.outcomes.get(usize::try_from(number).ok()?)?.as_deref()
    }
}

impl Layout {
    /// Lays out the rows of a draft of an identity-based policy.
    pub(super) fn of_identity(
        snapshot: &Snapshot,
        draft: &Draft,
        classes: &ActionClasses,
        document: &CompiledDocument,
    ) -> Self {
        let mut layout = Self::new(snapshot, draft, Some(classes));
        let mut without_policies: HashMap<u32, bool> = HashMap::default();
        for cell in &mut layout.cells {
            let mut granting = draft.granting(cell.granting).iter();
            cell.is_shared = granting.all(|one| !document.reads_principal(one.statement))
                && *without_policies.entry(cell.place).or_insert_with(|| {
                    let place = draft.place(cell.place);
                    place.is_some_and(|place| draft.is_without_policies(snapshot, place))
                });
        }
        layout
    }

    /// Lays out the rows of a draft. Without classes of actions, each action is decided on its own.
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
                        is_shared: false,
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

    /// Returns what the layers leave of each cell. `effective` works it out for a grant by some statements, and drops
    /// the statements that grant nothing.
    pub(super) fn decided<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        draft: &'a Draft,
        class: &'a PrincipalClass,
        effective: impl Fn(&RequestClass<'_>, &mut Vec<Candidate>) -> Option<EffectiveGrant> + 'a,
    ) -> impl Iterator<Item = Option<(EffectiveGrant, Vec<Candidate>)>> + 'a {
        self.cells.iter().map(decider(snapshot, draft, class, effective))
    }

    /// Returns the table for a principal class. A destination that names no account belongs to `owner`. `layers`
    /// returns what the layers say about an action, where nothing else distinguishes the class from others.
    pub(super) fn table(
        &self,
        snapshot: &Snapshot,
        draft: &Draft,
        (class, owner): (&PrincipalClass, &str),
        next_number: impl FnOnce() -> u32,
        layers: impl Fn(u32) -> Option<LayersId>,
        effective: impl Fn(&RequestClass<'_>, &mut Vec<Candidate>) -> Option<EffectiveGrant>,
    ) -> Arc<Table> {
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let mut decide = decider(snapshot, draft, class, effective);
        let cells = self.cells.iter().zip(0..);
        let outcomes: Outcomes = cells
            .map(|(cell, number)| {
                let shared = cell.is_shared.then(|| layers(cell.action)).flatten();
                let shared = shared.map(|layers| (number, layers));
                if let Some(&known) = shared.and_then(|shared| made.decided.get(&shared)) {
                    return known;
                }
                let outcome = made.number(decide(cell).and_then(Outcome::of));
                if let Some(shared) = shared {
                    made.decided.insert(shared, outcome);
                }
                outcome
            })
            .collect();
        if let Some(table) = made
            .bodies
            .get(&outcomes)
            .and_then(|known| known.tables.get(owner))
        {
            return Arc::clone(table);
        }
        let body = match made.bodies.get(&outcomes) {
            Some(known) => Arc::clone(&known.body),
            None => Arc::new(self.body(draft, &made, &outcomes)),
        };
        let of_body = OfBody {
            body: Arc::clone(&body),
            tables: HashMap::default(),
        };
        let table = Arc::new(Table::new(next_number(), body, Arc::clone(&draft.dests), owner));
        let of_body = made.bodies.entry(outcomes).or_insert(of_body);
        of_body.tables.insert(owner.into(), Arc::clone(&table));
        table
    }

    fn body(&self, draft: &Draft, made: &Made, outcomes: &Outcomes) -> Body {
        let outcome_of = |pair: &Pair| made.outcome(*outcomes.get(usize::try_from(pair.cell).ok()?)?);
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

impl Outcome {
    fn of((grant, granting): (EffectiveGrant, Vec<Candidate>)) -> Option<Self> {
        let (_, exceptions) = grant.left()?;
        let mut statements: Vec<u16> = granting.iter().map(|one| one.statement).collect();
        statements.dedup();
        Some(Self {
            exceptions,
            statements: statements.into(),
        })
    }
}

/// Decides cells for a principal class.
fn decider<'a>(
    snapshot: &'a Snapshot,
    draft: &'a Draft,
    class: &'a PrincipalClass,
    effective: impl Fn(&RequestClass<'_>, &mut Vec<Candidate>) -> Option<EffectiveGrant> + 'a,
) -> impl FnMut(&Cell) -> Option<(EffectiveGrant, Vec<Candidate>)> + 'a {
    let mut settled: HashMap<u32, Option<Settled<'a>>> = HashMap::default();
    move |cell| {
        let settled = settled
            .entry(cell.place)
            .or_insert_with(|| draft.settled(snapshot, cell.place));
        let settled = settled.as_ref()?;
        let request = RequestClass {
            snapshot,
            action: cell.action,
            destination: &settled.destination,
            class,
            keys: Layered(&[
                &class.context,
                &settled.context,
                known_by_action(snapshot, cell.action),
            ]),
            relations: &settled.relations,
        };
        let mut granting = draft.granting(cell.granting).to_vec();
        Some((effective(&request, &mut granting)?, granting))
    }
}

/// Returns whether the policy of the resource may tell an action apart from others of its class.
fn is_alone(snapshot: &Snapshot, draft: &Draft, kind: &DraftKind, action: u32) -> bool {
    let policy = draft.place(kind.place).and_then(|place| draft.policy(place));
    let policy = policy.and_then(|id| snapshot.resource_policies.get(id));
    let name = || snapshot.actions.get(action).map_or("", |action| &action.name);
    policy.is_some_and(|policy| policy.is_about(name()))
}
