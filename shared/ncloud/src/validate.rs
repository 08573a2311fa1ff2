//! Validates as a whole: one pass finds errors, then advice follows on the parts without errors.

use crate::body::Body;
use crate::checks::{self, AbsentDescription};
use crate::findings::Findings;
use crate::product::Catalogue;
use crate::report::Report;
use crate::{advice, info, redundancy};

/// Holds what a caller may choose about a validation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Says whether INFO findings are wanted.
    pub include_info: bool,
    /// Says what a body without a description is.
    pub absent_description: AbsentDescription,
}

/// Checks a body against every rule. Equal bodies, catalogues and options give equal reports; members may stand
/// in any order and with any white space between them.
#[must_use]
pub fn validate<'a>(body: &'a Body<'a>, catalogue: &'a Catalogue, options: Options) -> Report<'a> {
    let mut findings = Findings::default();
    let outline = checks::read(body, catalogue, options.absent_description, &mut findings);
    advice::advise(&outline, catalogue, &mut findings);
    // This compares pairs, so that it is done only for policies that could be stored.
    let redundant = outline
        .fits
        .then(|| redundancy::find(&outline, &mut findings))
        .flatten();
    if options.include_info {
        info::remark(&outline, redundant.as_ref(), &mut findings);
    }
    Report {
        catalogue,
        outline,
        findings,
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod tests;
