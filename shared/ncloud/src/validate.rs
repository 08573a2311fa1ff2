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
pub fn validate<'a>(body: &'a Body<'a>, catalogue: &'a Catalogue, options: Options<'a>) -> Report<'a> {
    let mut problems = Problems::default();
    let outline = checks::read(body, catalogue, &mut problems);
    advice::advise(&outline, &mut problems);
    // Pairwise, so only for what could be stored.
    let redundant = outline.fits.then(|| redundancy::find(&outline, &mut problems));
    if options.include_info {
        info::remark(&outline, redundant.as_ref(), &mut problems);
        // Of a policy with errors nobody knows what it would allow.
        if let Some(stored) = options.stored.filter(|_| problems.errors() == 0) {
            comparison::compare(&outline, stored, &mut problems);
        }
    }
    problems.into_report(catalogue, outline)
}

#[cfg(test)]
mod laws;
#[cfg(test)]
pub(crate) mod tests;
