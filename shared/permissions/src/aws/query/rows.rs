//! Rows that pass, merged in order.

use super::classes::{ClassId, Classes};
use super::cursor::Cursor;
use super::plan::Plan;
use super::row_ref::RowRef;
use crate::aws::data::{Attachment, IdVec, Source, SourceId};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// A row at the head of its attachment, in the order of rows
struct Head<'p> {
    row: RowRef<'p>,
    cursor: usize,
}

impl<'p> Head<'p> {
    fn start(&self) -> (u32, &'p str, u16) {
        let row = self.row.row;
        (row.action, self.row.table.dest(row), self.row.resource_type())
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
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
        let start = self.start().cmp(&other.start());
        start.then_with(|| self.row.key().cmp(&other.row.key()))
    }
}

/// Reads the rows that pass, in total order. Each row is worked out when it is read
pub(crate) struct Rows<'q, 'p> {
    classes: Classes<'q, 'p>,
    counts: &'q IdVec<SourceId, u64>,
    /// The next source to look at
    next: SourceId,
    /// The number of rows that are still to be skipped
    skip: u64,
    cursors: Vec<Cursor<'p>>,
    heads: BinaryHeap<Reverse<Head<'p>>>,
}

impl<'q, 'p> Rows<'q, 'p> {
    pub(super) fn new(plan: &'q Plan<'p>, counts: &'q IdVec<SourceId, u64>, skip: u64) -> Self {
        Self {
            classes: Classes::new(plan),
            counts,
            next: SourceId::from(0),
            skip,
            cursors: Vec::new(),
            heads: BinaryHeap::new(),
        }
    }

    /// Goes on to the sources of the next id that have rows behind those to skip; returns false when there are no more.
    fn open(&mut self) -> bool {
        let sources = &self.classes.plan.snapshot().sources;
        while let Some(first) = sources.get(self.next) {
            let left = sources.starting_at(self.next).iter();
            let group = left.take_while(|one| one.id == first.id);
            let sources = group.clone().count();
            let counts = self.counts.starting_at(self.next).iter().take(sources);
            let count = counts.fold(0_u64, |sum, count| sum.saturating_add(*count));
            self.next = SourceId::from(usize::from(self.next).saturating_add(sources));
            if self.skip >= count {
                self.skip = self.skip.saturating_sub(count);
                continue;
            }
            self.cursors.clear();
            for source in group {
                self.classes.walk(source, &mut self.cursors);
            }
            for (number, cursor) in self.cursors.iter_mut().enumerate() {
                let head = self.classes.next(cursor);
                self.heads
                    .extend(head.map(|row| Reverse(Head { row, cursor: number })));
            }
            return true;
        }
        false
    }
}

impl<'p> Iterator for Rows<'_, 'p> {
    type Item = RowRef<'p>;

    fn next(&mut self) -> Option<RowRef<'p>> {
        loop {
            // Every table is in order, so the smallest of the heads is next.
            let Some(Reverse(Head { row, cursor })) = self.heads.pop() else {
                if self.open() {
                    continue;
                }
                return None;
            };
            let next = self.cursors.get_mut(cursor).and_then(|at| self.classes.next(at));
            self.heads.extend(next.map(|row| Reverse(Head { row, cursor })));
            if self.skip == 0 {
                return Some(row);
            }
            self.skip = self.skip.saturating_sub(1);
        }
    }
}

impl<'p> Classes<'_, 'p> {
    /// Returns whether a row of the attachment with that action passes.
    pub(super) fn has_row(
        &mut self,
        class: ClassId,
        source: &'p Source,
        attachment: Attachment,
        action: u32,
    ) -> bool {
        let rows = self.plan.effective.table(attachment.table).rows();
        let start = rows.partition_point(|row| row.action < action);
        let end = rows.partition_point(|row| row.action <= action);
        let mut cursor = self.cursor(class, source, attachment, start..end);
        self.advance(&mut cursor).is_some()
    }

    /// Walks over the rows of a source that pass, one for each attachment that has some.
    fn walk(&mut self, source: &'p Source, cursors: &mut Vec<Cursor<'p>>) {
        let Some(of_source) = self.of_source(source) else {
            return;
        };
        for &attachment in &source.attachments {
            if let Some(class) = self.of_attachment(&of_source, attachment) {
                let all = 0..self.plan.effective.table(attachment.table).size();
                cursors.push(self.cursor(class, source, attachment, all));
            }
        }
    }
}
