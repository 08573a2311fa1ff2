//! The answer: findings in document order, at most [`MAX_FINDINGS`] of them.

use serde::Serialize;

use crate::checks::Outline;
use crate::location::{PERMISSIONS, Place};
use crate::policy::Policy;
use crate::problem::{Code, Problem};
use crate::product::Catalogue;

/// Most findings a report holds, besides the one that tells how many were left out.
pub const MAX_FINDINGS: usize = 100;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FindingType {
    /// The policy is refused.
    Error,
    /// The policy is good, but probably not what was meant.
    Warn,
    /// A remark, given when asked for.
    Info,
}

/// Something to say about a policy. Serialises in the member order of the operation's example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters; follows from the code.
    #[serde(rename = "type")]
    pub finding_type: FindingType,
    /// What it is about.
    pub code: Code,
    /// A dotted path such as `permissions[0].targets[1].actions[2]`.
    pub location: String,
    /// English, one or two sentences, one line.
    pub message: String,
}

/// What validation found, and the policy when it found no ERROR.
#[derive(Debug)]
pub struct Report<'a> {
    findings: Vec<Finding>,
    /// INVARIANT: none if and only if there is an ERROR among the findings, shown or not.
    accepted: Option<Outline<'a>>,
}

impl Report<'_> {
    /// In document order; at one location ERROR, WARN, INFO, then by code.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether there is no ERROR.
    #[must_use]
    pub fn success(&self) -> bool {
        self.accepted.is_some()
    }

    /// The policy to store; `None` on failure. Copies it out of the body, which validation alone does not.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        self.accepted.as_ref().map(Policy::from_outline)
    }

    /// The findings, in the same order.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// Problems while they are gathered, in any order.
///
/// A body of a megabyte can have half a million faults; what can no longer be among the first
/// [`MAX_FINDINGS`] of its type is dropped on the way and only counted.
#[derive(Debug, Default)]
pub(crate) struct Problems<'a> {
    errors: Gathered<'a>,
    warnings: Gathered<'a>,
    remarks: Gathered<'a>,
}

#[derive(Debug, Default)]
struct Gathered<'a> {
    kept: Vec<(Place<'a>, Problem<'a>)>,
    total: usize,
}

impl<'a> Gathered<'a> {
    /// How many are held before the excess is dropped: enough to make sorting rare.
    const ROOM: usize = 16 * MAX_FINDINGS;

    fn push(&mut self, place: Place<'a>, problem: Problem<'a>) {
        self.total += 1;
        if self.kept.len() >= Self::ROOM {
            self.cut(MAX_FINDINGS);
        }
        self.kept.push((place, problem));
    }

    /// Keeps the first `most` in order.
    fn cut(&mut self, most: usize) {
        self.kept.sort_by(|(place, problem), (other_place, other)| {
            place
                .cmp(other_place)
                .then_with(|| problem.code().as_str().cmp(other.code().as_str()))
        });
        self.kept.truncate(most);
    }
}

impl<'a> Problems<'a> {
    pub(crate) fn push(&mut self, place: Place<'a>, problem: Problem<'a>) {
        let gathered = match problem.code().finding_type() {
            FindingType::Error => &mut self.errors,
            FindingType::Warn => &mut self.warnings,
            FindingType::Info => &mut self.remarks,
        };
        gathered.push(place, problem);
    }

    /// How many ERRORs there are so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors.total
    }

    /// Orders, cuts (INFO first, then WARN, then ERROR, each from the end) and writes the messages.
    pub(crate) fn into_report(mut self, catalogue: &Catalogue, outline: Outline<'a>) -> Report<'a> {
        let total = self.errors.total + self.warnings.total + self.remarks.total;
        let mut left = MAX_FINDINGS;
        let mut kept = Vec::with_capacity(total.min(MAX_FINDINGS));
        for gathered in [&mut self.errors, &mut self.warnings, &mut self.remarks] {
            gathered.cut(left);
            left -= gathered.kept.len();
            kept.append(&mut gathered.kept);
        }
        // Stable, so at one place the types stay in order, and the codes of each type.
        kept.sort_by_key(|(place, _)| *place);
        let mut findings: Vec<Finding> = kept
            .iter()
            .map(|(place, problem)| finding(problem.code(), *place, problem.message(catalogue)))
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
        Report {
            findings,
            accepted: (self.errors.total == 0).then_some(outline),
        }
    }
}

fn finding(code: Code, place: Place<'_>, message: String) -> Finding {
    Finding {
        finding_type: code.finding_type(),
        code,
        location: place.to_string(),
        message,
    }
}
