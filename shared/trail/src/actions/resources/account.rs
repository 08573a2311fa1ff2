//! Finds the account that a call of AWS Account Management is about: that of the caller, or a member of its
//! organization.

use model::account::AccountId;

use super::Named;
use crate::actions::parameters;

const SERVICE: &str = "account";

fn member<'n>(named: &'n Named<'_>) -> Option<&'n str> {
    parameters::named(&named.request, "accountId").next()
}

/// Returns the ARN of the caller's own account, for a call that names no other account.
///
/// Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Account Management"; Account
/// Management reference guide, "Resources": an account that calls without `AccountId` is authorised on
/// `arn:aws:account::{AccountId}:account`.
pub(super) fn own(service: &str, named: &Named<'_>) -> Option<String> {
    let is_own = service == SERVICE && named.has_succeeded && member(named).is_none();
    is_own.then(|| format!("arn:{}:account::{}:account", named.partition, named.account))
}

/// Returns the pattern of an account of the organization. The request names neither the organization nor its management
/// account.
pub(super) fn of_organization(service: &str, named: &Named<'_>) -> Option<String> {
    let member = member(named).filter(|id| service == SERVICE && AccountId::is_valid(id))?;
    Some(format!("arn:{}:account::*:account/o-*/{member}", named.partition))
}
