//! Whether a statement's elements name an action, a resource, a principal.

mod action;
mod principal;
mod resource;
#[cfg(test)]
mod tests;

pub use action::{ActionFinding, ActionPattern, ActionSet};
pub use principal::{Grants, Principal, PrincipalEntry, PrincipalError, PrincipalIdentity, PrincipalSet};
pub use resource::{PatternTest, ResourcePattern, ResourceSet, VariablePattern};
