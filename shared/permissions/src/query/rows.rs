//! Rows that pass: counted for each table once, walked through in order.

use super::Position;
use super::classes::{ClassId, Classes};
use super::plan::{Node, Stage};
use crate::row::Place;
use crate::snapshot::{Attachment, Grant, Snapshot, Source, Table};
use rql::predicate_holds;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Where a walk over the passing rows of an attachment stands
struct Cursor<'p> {
    class: ClassId,
    source: &'p Source,
    attachment: Attachment,
    table: &'p Table,
    /// Number of the destination of each row
    destinations: &'p [u32],
    next: usize,
}

impl<'p> Cursor<'p> {
    const fn place<'g>(&self, snapshot: &'g Snapshot, grant: &'g Grant) -> Place<'g>
    where
        'p: 'g,
    {
        Place {
            snapshot,
            source: self.source,
            attachment: self.attachment,
            table: self.table,
            grant,
        }
    }
}

/// A row at the head of its attachment: in order of rows, and among equal ones in that of attachments
struct Head<'p> {
    place: Place<'p>,
    attachment: usize,
}

impl<'p> Head<'p> {
    fn key(&self) -> (u32, &'p str, u16, usize) {
        let grant = self.place.grant;
        (
            grant.action,
            self.place.table.dest(grant),
            grant.resource_type,
            self.attachment,
        )
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Head<'_> {}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<'p> Classes<'_, 'p> {
    /// Rows of a source that pass.
    pub(super) fn count(&mut self, source: &'p Source) -> u64 {
        let Some(of_source) = self.of_source(source) else {
            return 0;
        };
        let mut total = 0_u64;
        for &attachment in &source.attachments {
            if let Some(class) = self.of_attachment(&of_source, attachment) {
                total = total.saturating_add(self.count_of(class, source, attachment));
            }
        }
        total
    }

    fn count_of(&mut self, class: ClassId, source: &'p Source, attachment: Attachment) -> u64 {
        let is_shared = !self.plan.has_usage(self.get(class).map(|class| &class.node));
        let known = self
            .get(class)
            .and_then(|class| class.counts.get(attachment.table));
        if let Some(Some(known)) = known {
            return *known;
        }
        let mut cursor = self.cursor(class, source, attachment);
        let mut count = 0_u64;
        if self.get(class).is_some_and(|class| class.node == Node::True) {
            count = cursor.table.grants.len() as u64;
        } else {
            while self.next(&mut cursor).is_some() {
                count = count.saturating_add(1);
            }
        }
        if is_shared {
            let tables = self.plan.snapshot.tables();
            if let Some(class) = self.get_mut(class) {
                class.counts.resize(tables, None);
                if let Some(slot) = class.counts.get_mut(attachment.table) {
                    *slot = Some(count);
                }
            }
        }
        count
    }

    /// Whether a row of the attachment with that action passes.
    pub(super) fn has_row(
        &mut self,
        class: ClassId,
        source: &'p Source,
        attachment: Attachment,
        action: u32,
    ) -> bool {
        let mut cursor = self.cursor(class, source, attachment);
        cursor.next = cursor.table.grants.partition_point(|grant| grant.action < action);
        self.next(&mut cursor)
            .is_some_and(|place| place.grant.action == action)
    }

    fn cursor(&self, class: ClassId, source: &'p Source, attachment: Attachment) -> Cursor<'p> {
        let snapshot = self.plan.snapshot;
        Cursor {
            class,
            source,
            attachment,
            table: snapshot.table(attachment.table),
            destinations: snapshot.destinations(source, attachment),
            next: 0,
        }
    }

    /// The next row that passes.
    fn next(&mut self, cursor: &mut Cursor<'p>) -> Option<Place<'p>> {
        let table = cursor.table;
        loop {
            let grant = table.grants.get(cursor.next)?;
            let possible = self.next_action(cursor.class, grant.action)?;
            if possible != grant.action {
                let rest = table.grants.get(cursor.next..)?;
                let skip = rest.partition_point(|grant| grant.action < possible);
                cursor.next = cursor.next.saturating_add(skip);
                continue;
            }
            let index = cursor.next;
            cursor.next = index.saturating_add(1);
            let class = self.of_action(cursor.class, grant.action);
            let destination = cursor.destinations.get(index).copied().unwrap_or(u32::MAX);
            let place = cursor.place(self.plan.snapshot, grant);
            if self.passes(class, &place, destination) {
                return Some(place);
            }
        }
    }

    fn passes(&mut self, class: ClassId, place: &Place<'p>, destination: u32) -> bool {
        let shared = self.hangs_on_destination(class);
        let Some(one) = self.get(class) else { return false };
        let destination = usize::try_from(destination).unwrap_or(usize::MAX);
        match &one.node {
            Node::True => return true,
            Node::False => return false,
            Node::All(_) | Node::Any(_) | Node::Not(_) | Node::Leaf(_) | Node::OfAccount(..) => {}
        }
        if shared && let Some(Some(known)) = one.by_destination.get(destination) {
            return *known;
        }
        let node = one.node.clone();
        let holds = node.holds(&mut |leaf| self.leaf_holds(leaf, place));
        if shared && let Some(class) = self.get_mut(class) {
            if class.by_destination.len() <= destination {
                class.by_destination.resize(destination.saturating_add(1), None);
            }
            if let Some(slot) = class.by_destination.get_mut(destination) {
                *slot = Some(holds);
            }
        }
        holds
    }

    fn leaf_holds(&mut self, leaf: &Node, place: &Place<'p>) -> bool {
        match *leaf {
            Node::Leaf(leaf) if self.plan.stage(leaf) == Stage::Statements => {
                let policy = place.snapshot.policies.get(place.attachment.policy);
                let Some(policy) = policy else { return false };
                let outcomes = self.statements(leaf, policy.document);
                let mut granting = place.table.statements(place.grant).iter();
                granting.any(|&statement| outcomes.get(usize::from(statement)) == Some(&true))
            }
            Node::Leaf(leaf) => {
                let predicate = self.plan.predicate(leaf);
                predicate.is_some_and(|one| predicate_holds(one, place))
            }
            Node::OfAccount(leaf, _) => {
                let predicate = self.plan.predicate(leaf);
                predicate.is_some_and(|one| predicate_holds(one, place))
            }
            Node::True => true,
            Node::False | Node::All(_) | Node::Any(_) | Node::Not(_) => false,
        }
    }

    /// At most `most` rows of a source after a position, in order.
    pub(super) fn rows(
        &mut self,
        source: &'p Source,
        after: Option<&Position>,
        most: usize,
    ) -> Vec<Place<'p>> {
        let Some(of_source) = self.of_source(source) else {
            return Vec::new();
        };
        // Every table is in order, so the smallest of the heads is next.
        let mut cursors: Vec<Cursor<'p>> = Vec::with_capacity(source.attachments.len());
        let mut heads = BinaryHeap::new();
        for &attachment in &source.attachments {
            let Some(class) = self.of_attachment(&of_source, attachment) else {
                continue;
            };
            let mut cursor = self.cursor(class, source, attachment);
            if let Some(after) = after {
                let snapshot = self.plan.snapshot;
                let grants = cursor.table.grants.as_slice();
                cursor.next =
                    grants.partition_point(|grant| cursor.place(snapshot, grant).key() <= after.key());
            }
            if let Some(place) = self.next(&mut cursor) {
                heads.push(Reverse(Head {
                    place,
                    attachment: cursors.len(),
                }));
                cursors.push(cursor);
            }
        }
        let mut rows = Vec::new();
        while rows.len() < most
            && let Some(Reverse(Head { place, attachment })) = heads.pop()
        {
            rows.push(place);
            let next = cursors.get_mut(attachment).and_then(|cursor| self.next(cursor));
            heads.extend(next.map(|place| Reverse(Head { place, attachment })));
        }
        rows
    }
}
