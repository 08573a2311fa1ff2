//! Decides whether a principal may do an action on a resource, and says why.
//!
//! Source: IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; AWS Organizations
//! user guide, "SCP evaluation" and "RCP evaluation".

mod ambiguity;
mod decide;
mod decision;
mod layers;
mod outside_policies;
#[cfg(test)]
mod tests;

pub use decision::{Decision, Flag, Layer, NotModelled, Outcome, StatementRef};
pub use layers::{ActionScope, Attached, Layers, OrganizationPolicies, Request, ResourcePolicy};
pub use outside_policies::{
    NEEDS_NO_PERMISSION, is_made_by_others, needs_no_permission, reserved_actions, takes_token,
};

use crate::arn::WildcardMatching;

/// Decides one request; pure, so the same input always gives the same answer.
///
/// An action that needs several types of resources is asked once for each, and [`Decision::all`] joins the answers.
#[must_use]
pub fn evaluate<'a>(request: &Request<'_>, layers: &Layers<'a>) -> Decision<'a> {
    let mut decision = decide::decide(request, layers, WildcardMatching::Documented);
    let ambiguous = ambiguity::ambiguous_patterns(request, layers);
    if ambiguous.is_empty() {
        return decision;
    }
    let depends_on_wildcards = [WildcardMatching::WholeString, WildcardMatching::FieldByField]
        .into_iter()
        .any(|wildcards| {
            decide::decide(request, layers, wildcards)
                .outcome
                .differs(&decision.outcome)
        });
    if depends_on_wildcards {
        decision
            .flags
            .extend(ambiguous.into_iter().map(Flag::AmbiguousMatch));
    }
    decision
}
