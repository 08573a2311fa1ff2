//! Decides whether a statement's elements name an action, a resource, a principal.

mod action;
mod grantee;
mod principal;
mod resource;
mod resource_set;
#[cfg(test)]
mod tests;

pub use action::{ActionFinding, ActionPattern, ActionSet};
pub use grantee::{Grants, PrincipalEntry, PrincipalSet};
pub use principal::{Principal, PrincipalError, PrincipalIdentity};
pub use resource::{PatternTest, ResourcePattern, VariablePattern};
pub use resource_set::ResourceSet;
