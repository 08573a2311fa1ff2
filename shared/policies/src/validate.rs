//! Validation as a whole: one pass for errors, then advice on what has none.

use crate::body::Body;
use crate::policy::Policy;
use crate::product::Catalogue;
use crate::report::{Problems, Report};
use crate::{advice, checks, comparison, info, redundancy};

/// What a caller may ask of a validation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Whether INFO findings are wanted.
    pub include_info: bool,
    /// The policy that is about to be replaced, to tell the difference; only INFO findings tell it.
    pub stored: Option<&'a Policy>,
}

/// Checks a body against every rule. Equal bodies, catalogues and options give equal reports; members may stand
/// in any order and with any white space between them.
#[must_use]
pub fn validate(body: &Body<'_>, catalogue: &Catalogue, options: Options<'_>) -> Report {
    let mut problems = Problems::default();
    let outline = checks::read(body, catalogue, &mut problems);
    let policy = (problems.errors() == 0).then(|| Policy::from_outline(&outline));
    advice::advise(&outline, &mut problems);
    // Pairwise, so only for what could be stored.
    let redundant = outline.fits.then(|| redundancy::find(&outline, &mut problems));
    if options.include_info {
        info::remark(&outline, redundant.as_ref(), &mut problems);
        if let (Some(policy), Some(stored)) = (&policy, options.stored) {
            comparison::compare(&outline, policy, stored, &mut problems);
        }
    }
    problems.into_report(catalogue, policy)
}

#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod tests;
