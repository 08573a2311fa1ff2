//! Holds what a shard must know of the users and roles of other shards.

use iam::document::{Document, Effect, Element, PrincipalName, PrincipalType};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Holds what a shard must know of the users and roles of other shards beside their names. It does not grow with accounts
/// that have nothing to do with the shard
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// Roles whose trust policies are about principals of the shard or are not known, in the order of their ARNs
    pub roles: Vec<TrustedRole>,
    /// The distinct trust policies of these roles
    pub trusts: Vec<Document>,
    /// Users and roles that policies of the shard's roles and resources may name: they are no external principals
    pub named: Vec<NamedPrincipal>,
}

/// A role, with its trust policy by number
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedRole {
    /// ARN of the role
    pub arn: String,
    /// Place in [`Elsewhere::trusts`]; `None` when no document tells the trust policy
    pub trust: Option<u32>,
}

/// A user or role, as policies of resources name it
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPrincipal {
    /// ARN of the user or role
    pub arn: String,
    /// `AIDA…` or `AROA…`, when given
    pub id: Option<String>,
}

impl Elsewhere {
    /// Returns the trust policy of a role; `None` when no document has it.
    #[must_use]
    pub fn trust(&self, role: &TrustedRole) -> Option<&Document> {
        self.trusts.get(usize::try_from(role.trust?).ok()?)
    }
}

/// Returns the issuers that trust policies require in the assertions of each identity provider.
#[must_use]
pub fn issuers<'d>(trusts: impl IntoIterator<Item = &'d Document>) -> BTreeMap<String, BTreeSet<String>> {
    let mut issuers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let statements = trusts.into_iter().flat_map(Document::valid);
    for statement in statements.filter(|one| one.effect == Effect::Allow) {
        let conditions = statement.conditions.iter();
        let about = conditions.filter(|one| {
            one.key.eq_ignore_ascii_case("saml:iss") && one.operator.starts_with("StringEquals")
        });
        let required: Vec<&String> = about.flat_map(|one| &one.values).collect();
        if required.is_empty() {
            continue;
        }
        for name in statement.principals.iter().flat_map(Element::entries) {
            if let PrincipalName::Typed(PrincipalType::Federated, provider) = name {
                let own = issuers.entry(provider.clone()).or_default();
                own.extend(required.iter().copied().cloned());
            }
        }
    }
    issuers
}
