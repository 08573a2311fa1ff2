//! The answer of a validation.

use crate::comparison;
use crate::finding::Finding;
use crate::findings::Findings;
use crate::outline::Outline;
use crate::policy::Policy;
use crate::product::Catalogue;

/// Holds what validation found, and the policy when it found no ERROR.
#[derive(Debug)]
pub struct Report<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) outline: Outline<'a>,
    pub(crate) findings: Findings<'a>,
}

impl<'a> Report<'a> {
    /// Returns whether there is no ERROR.
    #[must_use]
    pub fn success(&self) -> bool {
        self.findings.errors() == 0
    }

    /// Returns the policy to store; `None` on failure. Copies it out of the body, which validation alone does not.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        self.success().then(|| self.outline.to_policy())
    }

    /// Returns the same report with INFO findings on what replacing `stored` adds to access and takes from it.
    ///
    /// What a policy with an ERROR would allow is not known, so its report stays as it is.
    #[must_use]
    pub fn compared_with<'s>(self, stored: &'s Policy) -> Report<'s>
    where
        'a: 's,
    {
        let mut report: Report<'s> = self;
        if report.success() {
            comparison::compare(&report.outline, stored, &mut report.findings);
        }
        report
    }

    /// Returns the findings in document order; at one location ERROR, WARN, INFO, then by code.
    #[must_use]
    pub fn into_findings(self) -> Vec<Finding> {
        self.findings.written(self.catalogue)
    }
}
