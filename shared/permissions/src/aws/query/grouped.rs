//! Groups rows: they are counted once for each table and class, and multiplied by the number of attachments with the
//! table.
//!
//! Most accounts have far fewer tables than attachments. What tells the rows of one table apart (action, destination) is
//! counted for the table; what tells attachments apart (source, entity, policy) only gives the counts a weight.

use super::Selection;
use super::classes::{ClassId, Classes};
use super::written::{
    action_values, destination_values, entity_values, last_access_values, policy_values, source_values,
};
use crate::aws::data::{Attachment, EntityId, PolicyId, Source, TableId};
use crate::group::{Key, Tally, TooManyGroups};
use foldhash::{HashMap, HashMapExt};
use inventory::Access;
use std::ops::Range;
use std::rc::Rc;

/// Weights that are collected before they are counted
const MOST_WEIGHTS: usize = 100_000;

/// Some rows of a table, and what decides which of them pass
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Span {
    class: ClassId,
    table: TableId,
    start: usize,
    end: usize,
}

impl Span {
    const fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// Rows that are equal in everything but what distinguishes the rows of one table
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Share {
    source: u32,
    entity: u32,
    policy: u32,
    last_access: u32,
    span: Span,
}

/// Says how often a share counts, and names one attachment that has it
struct Weight<'p> {
    times: i64,
    source: &'p Source,
    attachment: Attachment,
}

/// Holds the rows of a span that pass, by action and destination
type Histogram = Rc<[((u32, u32), i64)]>;

/// Holds the numbers of the tally, by the numbers of the snapshot
#[derive(Default)]
struct Renumbered(Vec<Option<u32>>);

impl Renumbered {
    fn get_or(&mut self, number: u32, make: impl FnOnce() -> u32) -> u32 {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if self.0.len() <= index {
            self.0.resize(index.saturating_add(1), None);
        }
        match self.0.get_mut(index) {
            Some(slot) => *slot.get_or_insert_with(make),
            None => make(),
        }
    }
}

/// Says what is found out while rows are grouped
struct Grouping<'t, 'p> {
    tally: &'t mut Tally<'p>,
    weights: HashMap<Share, Weight<'p>>,
    histograms: HashMap<Span, Histogram>,
    entities: HashMap<Option<EntityId>, u32>,
    policies: HashMap<PolicyId, u32>,
    last_accesses: HashMap<Access, u32>,
    /// Numbers by the number of the action in the snapshot
    actions: Renumbered,
    /// Numbers by the number of the destination in the snapshot
    destinations: Renumbered,
}

impl<'s> Selection<'s> {
    /// Counts the rows of every group.
    pub(crate) fn tally(&self, tally: &mut Tally<'s>) -> Result<(), TooManyGroups> {
        let mut classes = Classes::new(&self.plan);
        let mut grouping = Grouping {
            tally,
            weights: HashMap::new(),
            histograms: HashMap::new(),
            entities: HashMap::new(),
            policies: HashMap::new(),
            last_accesses: HashMap::new(),
            actions: Renumbered::default(),
            destinations: Renumbered::default(),
        };
        let sources = self.plan.snapshot().sources.iter().zip(self.counts.iter());
        for (source, _) in sources.filter(|(_, rows)| **rows > 0) {
            grouping.weigh(&mut classes, source);
            if grouping.weights.len() > MOST_WEIGHTS {
                grouping.count(&mut classes)?;
            }
        }
        grouping.count(&mut classes)
    }
}

impl<'p> Grouping<'_, 'p> {
    /// Adds the shares of a source.
    fn weigh(&mut self, classes: &mut Classes<'_, 'p>, source: &'p Source) {
        let Some(of_source) = classes.of_source(source) else {
            return;
        };
        let snapshot = classes.plan.snapshot();
        let source_number = self.tally.source(source_values(snapshot, source));
        let mut spans = Vec::new();
        for &attachment in &source.attachments {
            let Some(class) = classes.of_attachment(&of_source, attachment) else {
                continue;
            };
            let entity = *self.entities.entry(attachment.entity).or_insert_with(|| {
                self.tally
                    .entity(entity_values(snapshot, snapshot.entity_of(attachment)))
            });
            let policy = *self.policies.entry(attachment.policy).or_insert_with(|| {
                self.tally
                    .policy(policy_values(snapshot, snapshot.policies.get(attachment.policy)))
            });
            if classes.hangs_on_usage(class) || self.tally.tells_uses_apart() {
                classes.spans_by_usage(class, source, attachment, &mut spans);
            } else {
                let end = classes.plan.effective.table(attachment.table).size();
                spans.push((Access::Unknown, span(class, attachment, 0..end), 1));
            }
            for (access, span, times) in spans.drain(..) {
                let last_access = *self
                    .last_accesses
                    .entry(access)
                    .or_insert_with(|| self.tally.last_access(last_access_values(access)));
                let share = Share {
                    source: source_number,
                    entity,
                    policy,
                    last_access,
                    span,
                };
                let weight = self.weights.entry(share).or_insert(Weight {
                    times: 0,
                    source,
                    attachment,
                });
                weight.times = weight.times.saturating_add(times);
            }
        }
    }

    /// Counts the rows of the shares that were added.
    fn count(&mut self, classes: &mut Classes<'_, 'p>) -> Result<(), TooManyGroups> {
        let weights = std::mem::take(&mut self.weights);
        // Sums do not depend on their order, and groups are sorted in the end.
        #[expect(clippy::iter_over_hash_type, reason = "the order of addition changes nothing")]
        for (share, weight) in weights {
            if weight.times == 0 {
                continue;
            }
            let known = self.histograms.get(&share.span).map(Rc::clone);
            let histogram = known.unwrap_or_else(|| self.histogram(classes, &share.span, &weight));
            self.histograms.insert(share.span, Rc::clone(&histogram));
            for &((action, destination), rows) in histogram.iter() {
                let key = Key {
                    source: share.source,
                    entity: share.entity,
                    policy: share.policy,
                    action,
                    destination,
                    last_access: share.last_access,
                };
                self.tally.add(key, rows.saturating_mul(weight.times))?;
            }
        }
        Ok(())
    }

    fn histogram(&mut self, classes: &mut Classes<'_, 'p>, span: &Span, weight: &Weight<'p>) -> Histogram {
        if !self.tally.tells_rows_apart() {
            let rows = classes.count_between(span.class, weight.source, weight.attachment, span.range());
            let rows = i64::try_from(rows).unwrap_or(i64::MAX);
            let nothing = (
                self.tally.action(action_values("")),
                self.tally.destination(<_>::default()),
            );
            return Rc::new([(nothing, rows)]);
        }
        let mut cursor = classes.cursor(span.class, weight.source, weight.attachment, span.range());
        let mut counts: HashMap<(u32, u32), i64> = HashMap::new();
        let mut add = |key, rows: i64| {
            let count = counts.entry(key).or_insert(0);
            *count = count.saturating_add(rows);
        };
        // Neighbours are often in one group, because rows are sorted by their actions.
        let (mut run, mut rows) = ((0, 0), 0_i64);
        while let Some((row, destination)) = classes.next_numbered(&mut cursor) {
            let action = self
                .actions
                .get_or(row.row.action, || self.tally.action(action_values(row.action())));
            let destination = self
                .destinations
                .get_or(destination, || self.tally.destination(destination_values(&row)));
            if run != (action, destination) {
                add(run, rows);
                (run, rows) = ((action, destination), 0);
            }
            rows = rows.saturating_add(1);
        }
        add(run, rows);
        counts.into_iter().filter(|(_, rows)| *rows > 0).collect()
    }
}

const fn span(class: ClassId, attachment: Attachment, range: Range<usize>) -> Span {
    Span {
        class,
        table: attachment.table,
        start: range.start,
        end: range.end,
    }
}

impl<'p> Classes<'_, 'p> {
    /// Divides the rows of an attachment by the last use of their actions: service by service, because most services
    /// are tracked as a whole. A tracked action is taken from its service and counted on its own.
    fn spans_by_usage(
        &mut self,
        class: ClassId,
        source: &'p Source,
        attachment: Attachment,
        spans: &mut Vec<(Access, Span, i64)>,
    ) {
        let effective = self.plan.effective;
        let table = effective.table(attachment.table);
        let rows = table.rows();
        for run in table.service_runs(&effective.snapshot().actions) {
            let service = source.usage.as_ref().and_then(|usage| usage.service(run.service));
            let otherwise = service.map_or(Access::Unknown, |service| service.otherwise);
            let untracked = self.of_usage(class, otherwise);
            spans.push((otherwise, span(untracked, attachment, run.start..run.end), 1));
            for &(action, access) in service.into_iter().flat_map(|service| &service.tracked) {
                let of_run = rows.get(run.start..run.end).unwrap_or_default();
                let start = run.start + of_run.partition_point(|row| row.action < action);
                let end = run.start + of_run.partition_point(|row| row.action <= action);
                if start == end {
                    continue;
                }
                let tracked = self.of_usage(class, access);
                spans.push((otherwise, span(untracked, attachment, start..end), -1));
                spans.push((access, span(tracked, attachment, start..end), 1));
            }
        }
    }
}
