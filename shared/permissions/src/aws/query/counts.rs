//! Counts the rows that pass: of each table once, so that the rows of most sources are a sum of known numbers.

use super::classes::{ClassId, Classes};
use crate::aws::data::{Attachment, IdVec, PolicyId, Source, SourceId, TableId};
use foldhash::HashMap;
use inventory::Access;
use std::ops::Range;
use std::rc::Rc;

/// Holds the numbers of rows that pass
#[derive(Default)]
pub(super) struct Counts {
    /// Of every table of the snapshot: the class that was counted last, with the number of rows. Sources of one account
    /// stand together and leave few classes, and a table belongs to one account.
    last: IdVec<TableId, Option<(ClassId, u64)>>,
    /// By class and number of the table
    tables: HashMap<(ClassId, usize), u64>,
    /// Of a table, by number: the rows of each service
    runs: HashMap<(ClassId, usize), Rc<[u64]>>,
}

/// Says what the last uses of a source leave of a class
struct Used {
    class: ClassId,
    /// For services that the source's report does not have
    unknown: ClassId,
    /// Ascending by service
    services: Vec<UsedService>,
}

struct UsedService {
    service: u32,
    /// For the actions that are not tracked one by one
    otherwise: ClassId,
    tracked: Vec<(u32, ClassId)>,
}

impl<'p> Classes<'_, 'p> {
    /// Counts the rows that pass of each source.
    pub(super) fn counts(&mut self) -> IdVec<SourceId, u64> {
        let snapshot = self.plan.snapshot();
        self.counts.last = vec![None; snapshot.tables.len()].into();
        let allowing = self.allowing_policies();
        let holding = self.sources_of_allowing();
        let sources = snapshot.sources.iter().enumerate();
        let counts = sources.map(|(number, source)| {
            let has_rows = holding
                .as_ref()
                .is_none_or(|holding| holding.get(number) == Some(&true));
            if has_rows {
                self.count(source, allowing.as_ref())
            } else {
                0
            }
        });
        counts.collect()
    }

    /// Returns for every policy whether it allows an action that can pass, and `None` when any action can pass.
    fn allowing_policies(&mut self) -> Option<IdVec<PolicyId, bool>> {
        if !self.open(self.root).action {
            return None;
        }
        let policies = self.plan.snapshot().policies.iter();
        Some(
            policies
                .map(|policy| self.allows(self.root, policy.document))
                .collect(),
        )
    }

    fn count(&mut self, source: &'p Source, allowing: Option<&IdVec<PolicyId, bool>>) -> u64 {
        let Some(of_source) = self.of_source(source) else {
            return 0;
        };
        let mut used: Option<Used> = None;
        let mut total = 0_u64;
        for &attachment in &source.attachments {
            if allowing.is_some_and(|policies| policies.get(attachment.policy) == Some(&false)) {
                continue;
            }
            let class = self.held_class(&of_source, attachment);
            let count = if self.hangs_on_usage(class) {
                let Some(class) = self.document_class(class, attachment) else {
                    continue;
                };
                let used = match &mut used {
                    Some(used) if used.class == class => used,
                    other => other.insert(self.used(class, source)),
                };
                self.count_by_usage(used, source, attachment)
            } else {
                self.count_of_attachment(class, source, attachment)
            };
            total = total.saturating_add(count);
        }
        total
    }

    fn count_of_attachment(&mut self, class: ClassId, source: &'p Source, attachment: Attachment) -> u64 {
        if let Some(&Some((counted, count))) = self.counts.last.get(attachment.table)
            && counted == class
        {
            return count;
        }
        // The document of a table is that of every policy that has the table.
        let of_document = self.document_class(class, attachment);
        let count = of_document.map_or(0, |class| self.count_of(class, source, attachment));
        if let Some(slot) = self.counts.last.get_mut(attachment.table) {
            *slot = Some((class, count));
        }
        count
    }

    /// Counts the rows of a table that pass a class that does not depend on the use of actions.
    fn count_of(&mut self, class: ClassId, source: &'p Source, attachment: Attachment) -> u64 {
        let table = self.plan.effective.table(attachment.table);
        let all = 0..table.size();
        if let Some(count) = self.known_count(class, &all) {
            return count;
        }
        let key = (class, table.number());
        if let Some(&known) = self.counts.tables.get(&key) {
            return known;
        }
        let count = self
            .count_by_destination(class, source, attachment)
            .unwrap_or_else(|| self.count_between(class, source, attachment, all));
        self.counts.tables.insert(key, count);
        count
    }

    /// Counts the rows of each kind at once, and returns `None` where more than the destination decides.
    fn count_by_destination(
        &mut self,
        class: ClassId,
        source: &'p Source,
        attachment: Attachment,
    ) -> Option<u64> {
        if self.open(class).action || !self.get(class)?.hangs_on_destination() {
            return None;
        }
        let cursor = self.cursor(class, source, attachment, 0..0);
        let table = self.plan.effective.table(attachment.table);
        let kinds = table.of_account().kinds().iter();
        let mut count = 0_u64;
        for &(row, size) in kinds.filter(|(row, _)| table.has_kind(row.kind)) {
            if self.passes(class, &cursor, row) {
                count = count.saturating_add(size as u64);
            }
        }
        Some(count)
    }

    /// Counts the rows that pass among those with these indices.
    pub(super) fn count_between(
        &mut self,
        class: ClassId,
        source: &'p Source,
        attachment: Attachment,
        indices: Range<usize>,
    ) -> u64 {
        if let Some(count) = self.known_count(class, &indices) {
            return count;
        }
        let mut cursor = self.cursor(class, source, attachment, indices);
        let mut count = 0_u64;
        while self.advance(&mut cursor).is_some() {
            count = count.saturating_add(1);
        }
        count
    }

    /// Returns the number of rows that pass where all pass or none passes.
    fn known_count(&self, class: ClassId, indices: &Range<usize>) -> Option<u64> {
        if self.is_true(class) {
            Some(indices.len() as u64)
        } else {
            self.is_false(class).then_some(0)
        }
    }

    fn used(&mut self, class: ClassId, source: &'p Source) -> Used {
        let services = source.usage.iter().flat_map(|usage| usage.services());
        Used {
            class,
            unknown: self.of_usage(class, Access::Unknown),
            services: services
                .map(|service| UsedService {
                    service: service.service,
                    otherwise: self.of_usage(class, service.otherwise),
                    tracked: service
                        .tracked
                        .iter()
                        .map(|&(action, access)| (action, self.of_usage(class, access)))
                        .collect(),
                })
                .collect(),
        }
    }

    /// Counts rows where the last use of an action matters: service by service, because most services are tracked as a
    /// whole, so that all sources that never used a service share its count.
    fn count_by_usage(&mut self, used: &Used, source: &'p Source, attachment: Attachment) -> u64 {
        let effective = self.plan.effective;
        let table = effective.table(attachment.table);
        let rows = table.rows();
        let mut total = self.count_of(used.unknown, source, attachment);
        let mut exchange = |less: u64, more: u64| total = total.saturating_sub(less).saturating_add(more);
        let runs = table.service_runs(&effective.snapshot().actions);
        let mut place = 0_usize;
        for one in &used.services {
            let rest = runs.get(place..).unwrap_or_default();
            place = place.saturating_add(rest.partition_point(|run| run.service < one.service));
            let Some(run) = runs.get(place) else { break };
            if run.service != one.service {
                continue;
            }
            if one.otherwise != used.unknown {
                let [less, more] = [used.unknown, one.otherwise]
                    .map(|class| self.count_of_run(class, source, attachment, place));
                exchange(less, more);
            }
            let of_run = rows.get(run.start..run.end).unwrap_or_default();
            for &(action, tracked) in one
                .tracked
                .iter()
                .filter(|(_, tracked)| *tracked != one.otherwise)
            {
                let start = run.start + of_run.partition_point(|row| row.action < action);
                let end = run.start + of_run.partition_point(|row| row.action <= action);
                let [less, more] = [one.otherwise, tracked]
                    .map(|class| self.count_between(class, source, attachment, start..end));
                exchange(less, more);
            }
        }
        total
    }

    fn count_of_run(
        &mut self,
        class: ClassId,
        source: &'p Source,
        attachment: Attachment,
        place: usize,
    ) -> u64 {
        let table = self.plan.effective.table(attachment.table);
        let runs = table.service_runs(&self.plan.snapshot().actions);
        let Some(run) = runs.get(place) else { return 0 };
        if let Some(count) = self.known_count(class, &(run.start..run.end)) {
            return count;
        }
        let key = (class, table.number());
        let known = self.counts.runs.get(&key).cloned();
        let counts = known.unwrap_or_else(|| {
            let counts = runs
                .iter()
                .map(|run| self.count_between(class, source, attachment, run.start..run.end));
            let counts: Rc<[u64]> = counts.collect();
            self.counts.runs.insert(key, Rc::clone(&counts));
            counts
        });
        counts.get(place).copied().unwrap_or(0)
    }
}
