//! Rows of everybody but a few, held to the decision on each caller.

use super::{may_hold, requests};
use crate::aws::tests::sample_organization::SampleOrganization;
use crate::aws::tests::sample_requests::{Caller, SampleRequest};
use crate::row::Row;
use crate::row::exceptions::ExceptionCode;
use iam::context::{Context, Layered};
use iam::document::{Document, PolicyKind};
use iam::evaluate::{Outcome, takes_token};
use iam::matching::PrincipalIdentity;
use iam::policy::Policy;
use proptest::prelude::*;

/// Says which of the granting statements of a row mean a caller
pub(super) struct Named {
    pub(super) any: bool,
    all: bool,
}

/// Returns which granting statements mean a caller, as the evaluator reads `NotPrincipal`. Each statement of a row without
/// `NotPrincipal` means all whom the row stands for.
pub(super) fn names(row: &Row<'_>, caller: &Caller, contexts: &[&Context; 3]) -> Named {
    let mut named = Named {
        any: false,
        all: true,
    };
    for one in &row.explanation.as_ref().unwrap().granting {
        let kind = if one.json.text().contains("Resource\"") {
            PolicyKind::Resource
        } else {
            PolicyKind::Trust
        };
        let means = !one.json.text().contains("\"NotPrincipal\"") || {
            let document = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, one.json.text());
            let policy = Policy::compile(&Document::parse(&document, kind).unwrap().document, kind);
            let principals = policy.statements()[0].principals.as_ref().unwrap();
            let grants = principals.grants(&caller.principal).any();
            grants.evaluate(&Layered(contexts)) != Some(false)
        };
        named.any |= means;
        named.all &= means;
    }
    named
}

/// Checks that everybody but the named few is let in by a row that nothing limits.
pub(super) fn check(
    unlimited: &SampleOrganization,
    row: &Row<'_>,
    callers: impl Iterator<Item = Caller>,
    sample: SampleRequest,
    identity: &str,
) -> Result<(), TestCaseError> {
    let mut codes = row.exceptions.iter();
    let explanation = row.explanation.as_ref().unwrap();
    if !codes.any(|code| code == ExceptionCode::LimitedByNotPrincipal) || !explanation.limiting.is_empty() {
        return Ok(());
    }
    for caller in callers {
        // The row of everybody who has a token is not about those who ask without one, and the account of a canonical user is not
        // known.
        let is_federated = matches!(caller.principal.identity, PrincipalIdentity::Federated { .. });
        let is_canonical = matches!(caller.principal.identity, PrincipalIdentity::CanonicalUser { .. });
        if is_canonical || takes_token(sample.action) != is_federated {
            continue;
        }
        for request in requests() {
            let contexts = [&unlimited.context(&caller), &sample.context(), &request];
            if may_hold(row, contexts) == Some(true) && names(row, &caller, &contexts).all {
                let outcome = unlimited.decide(&caller, sample, &request, Some(identity));
                prop_assert_eq!(
                    outcome,
                    Outcome::Allowed,
                    "{} {:?} {:?} has {:?}",
                    caller.source,
                    sample,
                    request,
                    row
                );
            }
        }
    }
    Ok(())
}
