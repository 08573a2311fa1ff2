//! Decides the rows of a draft for principal classes. Rows with the same answer are decided together.
//!
//! A cell is what one decision stands for: some statements at one place, for actions of one class. A table is made of the
//! outcomes of its cells; equal outcomes give the same table, so that thousands of principals share a few.

use super::action_classes::ActionClasses;
use super::common_rows::{AccountRows, CommonKind, CommonRows, Outcome};
use super::draft::{Candidate, Draft, DraftKind, PoliciesAt, Settled};
use super::effective_grant::EffectiveGrant;
use super::layers::{LayersId, LayersIds};
use super::request::{DeniedInPart, RequestClass, known_by_action};
use super::resource_side;
use super::table::{Body, Table, TableRow};
use crate::aws::data::{CompiledDocument, NO_TYPE, PrincipalClass, Snapshot, asks_policies};
use foldhash::HashMap;
use iam::context::Layered;
use std::sync::{Arc, Mutex, PoisonError};

/// The rows of a draft with the cells that decide about them
#[derive(Debug)]
pub(super) struct Layout {
    common: Arc<CommonRows>,
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
    sharing: Sharing,
}

/// Says where only the layers distinguish two principals
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Never,
    /// Beside the layers and the account it counts whether the policies of resources deny a part of the destination
    ByDeniedPart,
    /// The account counts beside the layers
    InAccount,
    Always,
}

/// Actions that one decision stands for
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Alike {
    /// All actions of a class
    Class(u32),
    /// One action, where the policy of the resource may distinguish it from any other
    Action(u32),
}

/// The number of the outcome of every cell
type Outcomes = Box<[u32]>;

/// Says what was made of a layout so far
#[derive(Debug)]
struct Made {
    /// The outcomes by number. The outcome without any row has the number 0
    outcomes: Vec<Option<Arc<Outcome>>>,
    numbers: HashMap<Option<Arc<Outcome>>, u32>,
    /// The numbers of outcomes, by the number of the cell and of what the layers say, and by whether the policies of resources
    /// deny a part of the destination
    decided: HashMap<(u32, LayersId, bool), u32>,
    bodies: HashMap<Outcomes, OfBody>,
    /// By the account that owns what names no account
    of_accounts: HashMap<Box<str>, Arc<AccountRows>>,
}

/// The tables that were made of the same outcomes, by the account that owns the destinations which name no account
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
            of_accounts: HashMap::default(),
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

    fn outcome(&self, number: u32) -> Option<Arc<Outcome>> {
        self.outcomes.get(usize::try_from(number).ok()?)?.clone()
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
        for cell in &mut layout.cells {
            let granting = draft.granting(cell.granting);
            if granting.iter().any(|one| document.reads_principal(one.statement)) {
                continue;
            }
            let action = snapshot.actions.get(cell.action);
            let tells_accounts_apart = granting.iter().any(|one| document.reads_account(one.statement))
                || action.is_none_or(|action| asks_policies(&action.name));
            cell.sharing = match draft.policies_at(snapshot, cell.place) {
                Some(PoliciesAt::Nothing { is_owned }) if is_owned || tells_accounts_apart => {
                    Sharing::InAccount
                }
                Some(PoliciesAt::Nothing { .. }) => Sharing::Always,
                Some(PoliciesAt::Parts) => Sharing::ByDeniedPart,
                Some(PoliciesAt::Everything) | None => Sharing::Never,
            };
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
        // Of each kind: the class of the row before, and the pair. Most rows of a kind follow one of the same class.
        let mut before: Vec<Option<(u32, u32)>> = vec![None; draft.kinds.len()];
        for row in &draft.rows {
            let class = walk.as_mut().map(|class_of| class_of(row.action));
            let mut before = usize::try_from(row.kind)
                .ok()
                .and_then(|kind| before.get_mut(kind));
            if let (Some(class), Some(Some((same, pair)))) = (class, &before)
                && *same == class
            {
                rows.push(TableRow {
                    action: row.action,
                    kind: *pair,
                });
                continue;
            }
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
                    *known.get_or_insert_with(|| draft.is_any_type(snapshot, kind.place))
                });
            let place = (!stands_for_others).then_some(kind.place);
            let cell = *cell_numbers
                .entry((place, kind.granting, alike))
                .or_insert_with(|| {
                    cells.push(Cell {
                        place: kind.place,
                        granting: kind.granting,
                        action: row.action,
                        sharing: Sharing::Never,
                    });
                    u32::try_from(cells.len().saturating_sub(1)).unwrap_or(u32::MAX)
                });
            let pair = Pair { kind: row.kind, cell };
            let kind = *pair_numbers.entry(pair).or_insert_with(|| {
                pairs.push(pair);
                u32::try_from(pairs.len().saturating_sub(1)).unwrap_or(u32::MAX)
            });
            if let (Alike::Class(class), Some(before)) = (alike, &mut before) {
                **before = Some((class, kind));
            }
            rows.push(TableRow {
                action: row.action,
                kind,
            });
        }
        let kinds = pairs.iter().map(|pair| {
            let place = draft.kind(pair.kind).and_then(|kind| draft.place(kind.place));
            let (dest, resource_type) =
                place.map_or((u32::MAX, NO_TYPE), |place| (place.dest, place.resource_type));
            CommonKind {
                dest,
                resource_type,
                cell: pair.cell,
            }
        });
        let kinds = kinds.collect();
        Self {
            common: Arc::new(CommonRows::new(rows, kinds, Arc::clone(&draft.dests))),
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
        let mut decider = Decider::new(snapshot, draft, class, effective);
        self.cells.iter().map(move |cell| decider.decide(cell))
    }

    /// Returns the table for a principal class. A destination that names no account belongs to `owner`. `layers`
    /// returns what the layers say about an action, where nothing else distinguishes the class from others.
    pub(super) fn table(
        &self,
        snapshot: &Snapshot,
        draft: &Draft,
        (class, owner): (&PrincipalClass, &str),
        next_number: impl FnOnce() -> u32,
        layers: impl Fn(u32) -> Option<LayersIds>,
        effective: impl Fn(&RequestClass<'_>, &mut Vec<Candidate>) -> Option<EffectiveGrant>,
    ) -> Arc<Table> {
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let mut decider = Decider::new(snapshot, draft, class, effective);
        let cells = self.cells.iter().zip(0..);
        let outcomes: Outcomes = cells
            .map(|(cell, number)| {
                let layers = (cell.sharing != Sharing::Never).then(|| layers(cell.action));
                let shared = layers.flatten().map(|layers| {
                    let is_denied = cell.sharing == Sharing::ByDeniedPart && decider.is_denied_a_part(cell);
                    let layers = if cell.sharing == Sharing::Always {
                        layers.anywhere
                    } else {
                        layers.in_account
                    };
                    (number, layers, is_denied)
                });
                if let Some(&known) = shared.and_then(|shared| made.decided.get(&shared)) {
                    return known;
                }
                let outcome = made.number(decider.decide(cell).and_then(left));
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
        let body = if let Some(known) = made.bodies.get(&outcomes) {
            Arc::clone(&known.body)
        } else {
            let outcomes = outcomes.iter().map(|&number| made.outcome(number));
            Arc::new(Body::new(Arc::clone(&self.common), outcomes.collect()))
        };
        let of_body = OfBody {
            body: Arc::clone(&body),
            tables: HashMap::default(),
        };
        let of_account = made
            .of_accounts
            .entry(owner.into())
            .or_insert_with(|| Arc::new(AccountRows::new(Arc::clone(&self.common), owner)));
        let table = Arc::new(Table::new(next_number(), body, Arc::clone(of_account)));
        let of_body = made.bodies.entry(outcomes).or_insert(of_body);
        of_body.tables.insert(owner.into(), Arc::clone(&table));
        table
    }
}

/// Returns what is left of a grant by some statements; `None` when no row is left.
fn left((grant, granting): (EffectiveGrant, Vec<Candidate>)) -> Option<Outcome> {
    let (_, exceptions) = grant.left()?;
    let mut statements: Vec<u16> = granting.iter().map(|one| one.statement).collect();
    statements.dedup();
    Some(Outcome {
        exceptions,
        statements: statements.into(),
    })
}

#[cfg(test)]
thread_local! {
    /// Cells that were decided, to tell how the work grows
    pub(super) static DECIDED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Decides cells for a principal class
struct Decider<'a, F> {
    snapshot: &'a Snapshot,
    draft: &'a Draft,
    class: &'a PrincipalClass,
    effective: F,
    settled: HashMap<u32, Option<Settled<'a>>>,
}

impl<'a, F> Decider<'a, F>
where
    F: Fn(&RequestClass<'_>, &mut Vec<Candidate>) -> Option<EffectiveGrant>,
{
    fn new(snapshot: &'a Snapshot, draft: &'a Draft, class: &'a PrincipalClass, effective: F) -> Self {
        Self {
            snapshot,
            draft,
            class,
            effective,
            settled: HashMap::default(),
        }
    }

    /// Asks something about the requests of a cell.
    fn ask<T>(&mut self, cell: &Cell, question: impl FnOnce(&F, &RequestClass<'_>) -> T) -> Option<T> {
        let (snapshot, draft) = (self.snapshot, self.draft);
        let settled = self
            .settled
            .entry(cell.place)
            .or_insert_with(|| draft.settled(snapshot, cell.place));
        let settled = settled.as_ref()?;
        let request = RequestClass {
            snapshot,
            action: cell.action,
            destination: &settled.destination,
            class: self.class,
            keys: Layered(&[
                &self.class.context,
                settled.context,
                known_by_action(snapshot, cell.action),
            ]),
            relations: &settled.relations,
        };
        Some(question(&self.effective, &request))
    }

    fn decide(&mut self, cell: &Cell) -> Option<(EffectiveGrant, Vec<Candidate>)> {
        #[cfg(test)]
        DECIDED.with(|decided| decided.set(decided.get().saturating_add(1)));
        let mut granting = self.draft.granting(cell.granting).to_vec();
        let grant = self.ask(cell, |effective, request| effective(request, &mut granting));
        Some((grant.flatten()?, granting))
    }

    /// Returns whether the policies of resources deny the principals a part of the destination of a cell.
    fn is_denied_a_part(&mut self, cell: &Cell) -> bool {
        let relations = self.draft.relations(cell.place);
        match relations.and_then(|one| one.denied_in_part(&self.class.account, cell.action)) {
            Some(DeniedInPart::Nobody) => false,
            Some(DeniedInPart::Everybody) => true,
            Some(DeniedInPart::Some(_)) | None => {
                let ask = |_: &F, request: &RequestClass<'_>| resource_side::is_denied_a_part(request);
                self.ask(cell, ask).unwrap_or(true)
            }
        }
    }
}

/// Returns whether the policy of the resource may tell an action apart from others of its class.
fn is_alone(snapshot: &Snapshot, draft: &Draft, kind: &DraftKind, action: u32) -> bool {
    let policy = draft.place(kind.place).and_then(|place| draft.policy(place));
    let policy = policy.and_then(|id| snapshot.resource_policies.get(id));
    let name = || snapshot.actions.get(action).map_or("", |action| &action.name);
    policy.is_some_and(|policy| policy.is_about(name()))
}
