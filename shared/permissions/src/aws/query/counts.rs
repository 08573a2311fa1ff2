//! Counts the rows that pass: of each table once, so that the rows of most sources are a sum of known numbers.

use super::class_by_action::Left;
use super::classes::{ClassId, Classes};
use super::cursor::Cursor;
use crate::aws::data::{Attachment, IdVec, PolicyId, Source, SourceId, TableId};
use crate::aws::effective::{BodyId, Table, TableRow};
use foldhash::HashMap;
use inventory::Access;
use std::ops::Range;
use std::rc::Rc;

/// To find the rows of one action takes as long as to look at so many kinds of rows.
const KINDS_FOR_ACTION: usize = 4;

/// Holds the numbers of rows that pass
#[derive(Default)]
pub(super) struct Counts {
    /// Of every table of the snapshot: the class that was counted last, with the number of rows. Sources of one account
    /// stand together and leave few classes, and a table belongs to one account.
    last: IdVec<TableId, Option<(ClassId, u64)>>,
    /// By class and number of the table
    tables: HashMap<(ClassId, usize), u64>,
    /// By class, and by what tables of several accounts have in common
    bodies: HashMap<(ClassId, BodyId), Rc<BodyCount>>,
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

/// Rows of one kind of which the actions leave the same
#[derive(Clone, Copy)]
struct KindShare {
    /// One of the rows
    first: TableRow,
    left: Left,
    rows: usize,
}

/// Says how many rows of the tables that differ only in their accounts pass
#[derive(Default)]
struct BodyCount {
    /// The number of rows that pass in every account
    passing: usize,
    /// Rows whose destination belongs to the account of the table
    by_account: Vec<KindShare>,
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
            .count_by_kind(class, source, attachment)
            .unwrap_or_else(|| self.count_between(class, source, attachment, all));
        self.counts.tables.insert(key, count);
        count
    }

    /// Counts the rows of each kind at once. Returns `None` where more than the action and the destination decide, and where the
    /// rows of a few actions are found sooner among all rows.
    fn count_by_kind(&mut self, class: ClassId, source: &'p Source, attachment: Attachment) -> Option<u64> {
        if !self.get(class)?.hangs_on_destination() {
            return None;
        }
        let table = self.plan.effective.table(attachment.table);
        let kinds = table.of_account().kinds().len();
        let actions = self.actions(class);
        if actions.is_some_and(|actions| actions.possible.len().saturating_mul(KINDS_FOR_ACTION) < kinds) {
            return None;
        }
        let cursor = self.cursor(class, source, attachment, 0..0);
        let key = (class, table.body_id());
        let known = self.counts.bodies.get(&key).map(Rc::clone);
        let of_body = known.unwrap_or_else(|| {
            let of_body = Rc::new(self.body_count(class, &cursor, table));
            self.counts.bodies.insert(key, Rc::clone(&of_body));
            of_body
        });
        let mut count = of_body.passing;
        for share in &of_body.by_account {
            if self.share_passes(share, &cursor) {
                count = count.saturating_add(share.rows);
            }
        }
        Some(count as u64)
    }

    /// Counts the rows of each kind that tables of several accounts have, as far as the accounts do not matter.
    fn body_count(&mut self, class: ClassId, cursor: &Cursor<'p>, table: &Table) -> BodyCount {
        let effective = self.plan.effective;
        let actions = self.actions(class);
        let left = self.left_of(class);
        let of_kinds = actions.is_some().then(|| effective.actions_of_kinds(table));
        let of_kinds = of_kinds.unwrap_or_default();
        let mut count = BodyCount::default();
        let kinds = table.of_account().kinds().iter().enumerate();
        for (number, &(first, rows)) in kinds.filter(|(_, (first, _))| table.has_kind(first.kind)) {
            let of_kind = actions.as_ref().zip(of_kinds.get(number));
            let of_kind = of_kind.map(|(actions, kind)| actions.of_kind(kind));
            for &(left, rows) in of_kind.as_deref().unwrap_or(&[(left, rows)]) {
                let share = KindShare { first, left, rows };
                if matches!(left, Left::Open(_)) && !table.shows_account(first) {
                    count.by_account.push(share);
                } else if self.share_passes(&share, cursor) {
                    count.passing = count.passing.saturating_add(rows);
                }
            }
        }
        count
    }

    fn share_passes(&mut self, share: &KindShare, cursor: &Cursor<'p>) -> bool {
        match share.left {
            Left::All => true,
            Left::None => false,
            Left::Open(class) => self.passes(class, cursor, share.first),
        }
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
