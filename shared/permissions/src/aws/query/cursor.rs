//! Walks through the rows of an attachment that pass.

use super::class_by_action::{ClassByAction, Left};
use super::classes::{ClassId, Classes};
use super::condition::Node;
use super::plan::Stage;
use super::row_ref::RowRef;
use crate::aws::EffectivePermissions;
use crate::aws::data::{Attachment, Source};
use crate::aws::effective::{RowParts, Table, TableRow};
use jiff::civil::Date;
use rql::predicate_holds;
use std::ops::Range;
use std::rc::Rc;

/// Says where a walk over the passing rows of an attachment stands
pub(super) struct Cursor<'p> {
    /// Holds what is left of the class when actions do not matter
    left: Left,
    source: &'p Source,
    attachment: Attachment,
    table: &'p Table,
    /// The rows to walk over
    rows: &'p [TableRow],
    /// The number of the destination of each kind of rows
    destinations: &'p [u32],
    /// Holds what actions leave of the class; `None` when the class does not depend on them
    actions: Option<Rc<ClassByAction>>,
    next: usize,
    today: Date,
}

impl<'p> Cursor<'p> {
    fn row<'g>(&self, effective: &'g EffectivePermissions, row: TableRow) -> RowRef<'g>
    where
        'p: 'g,
    {
        RowRef {
            effective,
            parts: RowParts {
                snapshot: effective.snapshot(),
                source: self.source,
                attachment: self.attachment,
                table: self.table,
                row,
            },
            today: self.today,
        }
    }

    /// Returns the number of the destination of a row.
    fn destination(&self, row: TableRow) -> Option<u32> {
        let kind = usize::try_from(row.kind).ok()?;
        self.destinations.get(kind).copied()
    }
}

impl<'p> Classes<'_, 'p> {
    pub(super) fn cursor(
        &self,
        class: ClassId,
        source: &'p Source,
        attachment: Attachment,
        indices: Range<usize>,
    ) -> Cursor<'p> {
        let effective = self.plan.effective;
        let table = effective.table(attachment.table);
        let destinations = effective.destinations(table);
        Cursor {
            left: self.left_of(class),
            source,
            attachment,
            table,
            // Without rows to walk over, the table need not list its rows.
            rows: if indices.is_empty() {
                &[]
            } else {
                table.rows().get(indices).unwrap_or_default()
            },
            destinations,
            actions: self.actions(class),
            next: 0,
            today: self.plan.today,
        }
    }

    /// Returns the next row that passes.
    pub(super) fn next(&mut self, cursor: &mut Cursor<'p>) -> Option<RowRef<'p>> {
        let index = self.advance(cursor)?;
        let row = cursor.rows.get(index)?;
        Some(cursor.row(self.plan.effective, *row))
    }

    /// Returns the next row that passes, and the number of its destination.
    pub(super) fn next_numbered(&mut self, cursor: &mut Cursor<'p>) -> Option<(RowRef<'p>, u32)> {
        let index = self.advance(cursor)?;
        let row = *cursor.rows.get(index)?;
        let destination = cursor.destination(row)?;
        Some((cursor.row(self.plan.effective, row), destination))
    }

    /// Goes behind the next row that passes, and returns its index. Counting needs no more, and to note a whole
    /// position for each row takes most of the time.
    pub(super) fn advance(&mut self, cursor: &mut Cursor<'p>) -> Option<usize> {
        loop {
            let row = *cursor.rows.get(cursor.next)?;
            let left = match &cursor.actions {
                None => cursor.left,
                Some(actions) => actions.left(row.action)?,
            };
            let index = cursor.next;
            match left {
                Left::All => {
                    cursor.next = index.saturating_add(1);
                    return Some(index);
                }
                Left::None => {
                    let possible = cursor.actions.as_ref()?.next(row.action.saturating_add(1))?;
                    let rest = cursor.rows.get(index..)?;
                    cursor.next = index.saturating_add(rows_before(rest, possible));
                }
                Left::Open(class) => {
                    cursor.next = index.saturating_add(1);
                    if self.passes(class, cursor, row) {
                        return Some(index);
                    }
                }
            }
        }
    }

    /// Returns whether a row passes a class that is open.
    #[inline]
    pub(super) fn passes(&mut self, class: ClassId, cursor: &Cursor<'p>, row: TableRow) -> bool {
        let destination = cursor.destination(row);
        let destination = destination.and_then(|number| usize::try_from(number).ok());
        let destination = destination.unwrap_or(usize::MAX);
        let known = self
            .get(class)
            .and_then(|one| one.by_destination.get(destination));
        match known {
            Some(Some(known)) => *known,
            Some(None) | None => self.find_out(class, cursor, row, destination),
        }
    }

    /// Finds out whether a row passes, for all rows with its destination where nothing else has a say.
    fn find_out(&mut self, class: ClassId, cursor: &Cursor<'p>, row: TableRow, destination: usize) -> bool {
        let Some(one) = self.get(class) else { return false };
        let shared = one.hangs_on_destination();
        let node = Rc::clone(&one.node);
        let row = cursor.row(self.plan.effective, row);
        let holds = node.holds(&mut |leaf| self.leaf_holds(leaf, &row, destination));
        if shared && let Some(class) = self.get_mut(class) {
            note(&mut class.by_destination, destination, holds);
        }
        holds
    }

    fn leaf_holds(&mut self, leaf: &Node, row: &RowRef<'p>, destination: usize) -> bool {
        match *leaf {
            Node::Leaf(leaf) if self.plan.stage(leaf) == Stage::Statements => {
                let policy = row.snapshot.policies.get(row.attachment.policy);
                let Some(policy) = policy else { return false };
                let outcomes = self.statements(leaf, policy.document);
                let mut granting = row.table.statements(row.row).iter();
                granting.any(|&statement| outcomes.get(usize::from(statement)) == Some(&true))
            }
            Node::Leaf(leaf) if self.plan.stage(leaf) == Stage::Destination => {
                let known = self.of_destinations.get(leaf);
                if let Some(&Some(known)) = known.and_then(|known| known.get(destination)) {
                    return known;
                }
                let holds = self.predicate_holds(leaf, row);
                if let Some(known) = self.of_destinations.get_mut(leaf) {
                    note(known, destination, holds);
                }
                holds
            }
            Node::Leaf(leaf) | Node::OfAccount(leaf, _) => self.predicate_holds(leaf, row),
            Node::True => true,
            Node::False | Node::All(_) | Node::Any(_) | Node::Not(_) => false,
        }
    }

    fn predicate_holds(&self, leaf: usize, row: &RowRef<'p>) -> bool {
        let predicate = self.plan.predicate(leaf);
        predicate.is_some_and(|one| predicate_holds(one, row))
    }
}

/// Notes whether something holds for a destination. A destination without a number is not noted.
fn note(known: &mut Vec<Option<bool>>, destination: usize, holds: bool) {
    if destination == usize::MAX {
        return;
    }
    if known.len() <= destination {
        known.resize(destination.saturating_add(1), None);
    }
    if let Some(slot) = known.get_mut(destination) {
        *slot = Some(holds);
    }
}

/// Returns the number of rows before an action. The steps are doubled: where most actions are possible, the next row is
/// most likely of one of them, and where only one action is possible, it is thousands of rows away.
fn rows_before(rows: &[TableRow], action: u32) -> usize {
    let mut end = 1_usize;
    while rows.get(end).is_some_and(|row| row.action < action) {
        end = end.saturating_mul(2);
    }
    let near = rows.get(..end).unwrap_or(rows);
    near.partition_point(|row| row.action < action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_front_of_an_action_are_passed_over_by_doubled_steps() {
        let rows: Vec<TableRow> = (0..100)
            .map(|number| TableRow {
                action: number / 3,
                kind: 0,
            })
            .collect();
        for action in 0..40 {
            let before = rows.iter().filter(|row| row.action < action).count();
            assert_eq!(rows_before(&rows, action), before, "{action}");
            assert_eq!(rows_before(&[], action), 0);
        }
    }
}
