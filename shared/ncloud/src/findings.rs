//! Gathers findings, at most [`MAX_FINDINGS`] of which a report shows.

use crate::finding::{Code, Finding, FindingType};
use crate::kind::FindingKind;
use crate::location::{Location, PERMISSIONS};
use crate::product::Catalogue;

/// Most findings a report holds, besides the one that says how many were left out.
pub const MAX_FINDINGS: usize = 100;

/// Findings while they are gathered, in any order.
///
/// A body of a megabyte can have half a million faults; what can no longer be among the first
/// [`MAX_FINDINGS`] of its type is dropped on the way and only counted.
#[derive(Debug, Default)]
pub(crate) struct Findings<'a> {
    errors: Gathered<'a>,
    warnings: Gathered<'a>,
    remarks: Gathered<'a>,
}

#[derive(Debug, Default)]
struct Gathered<'a> {
    kept: Vec<(Location<'a>, FindingKind<'a>)>,
    total: usize,
}

impl<'a> Gathered<'a> {
    /// Says how many are held before the excess is dropped: enough to make sorting rare.
    const ROOM: usize = 16 * MAX_FINDINGS;

    fn push(&mut self, location: Location<'a>, kind: FindingKind<'a>) {
        self.total += 1;
        if self.kept.len() >= Self::ROOM {
            self.cut(MAX_FINDINGS);
        }
        self.kept.push((location, kind));
    }

    /// Keeps the first `most` in order.
    fn cut(&mut self, most: usize) {
        self.kept.sort_by(|(location, kind), (other_location, other)| {
            location
                .cmp(other_location)
                .then_with(|| kind.code().as_str().cmp(other.code().as_str()))
        });
        self.kept.truncate(most);
    }
}

impl<'a> Findings<'a> {
    pub(crate) fn push(&mut self, location: Location<'a>, kind: FindingKind<'a>) {
        let gathered = match kind.code().finding_type() {
            FindingType::Error => &mut self.errors,
            FindingType::Warn => &mut self.warnings,
            FindingType::Info => &mut self.remarks,
        };
        gathered.push(location, kind);
    }

    /// Returns how many ERRORs there are so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors.total
    }

    /// Orders, cuts (INFO first, then WARN, then ERROR, each from the end) and writes the messages.
    pub(crate) fn written(mut self, catalogue: &Catalogue) -> Vec<Finding> {
        let total = self.errors.total + self.warnings.total + self.remarks.total;
        let mut left = MAX_FINDINGS;
        let mut kept = Vec::with_capacity(total.min(MAX_FINDINGS));
        for gathered in [&mut self.errors, &mut self.warnings, &mut self.remarks] {
            gathered.cut(left);
            left -= gathered.kept.len();
            kept.append(&mut gathered.kept);
        }
        // The sort is stable, so that at one location the types stay in order, and the codes of each type, too.
        kept.sort_by_key(|(location, _)| *location);
        let mut findings: Vec<Finding> = kept
            .iter()
            .map(|(location, kind)| finding(kind.code(), *location, kind.message(catalogue)))
            .collect();
        if total > findings.len() {
            let count = total - findings.len();
            let noun = if count == 1 { "finding is" } else { "findings are" };
            findings.push(finding(
                Code::DetailsTruncated,
                PERMISSIONS,
                format!("{count} more {noun} not shown."),
            ));
        }
        findings
    }
}

fn finding(code: Code, location: Location<'_>, message: String) -> Finding {
    Finding {
        finding_type: code.finding_type(),
        code,
        location: location.to_string(),
        message,
    }
}
