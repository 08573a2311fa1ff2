//! Decides whom a resource-based policy names, and whether that is the principal that asks.
//!
//! Source: IAM user guide, "IAM JSON policy elements: Principal" and "…: `NotPrincipal`".

use super::principal::{Principal, PrincipalIdentity};
use crate::arn::Arn;
use crate::condition::{Atom, Expression, KeyTest};
use crate::document::{Element, PrincipalName, PrincipalType};
use model::account::AccountId;

/// One entry of Principal or `NotPrincipal`, compiled once
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalEntry {
    /// Everybody, anonymous callers included: `*`
    Everyone,
    /// An account, by id or root ARN: delegation to its identity policies
    Account(Box<str>),
    /// The grant is for one user.
    User(Box<str>),
    /// Every session of a role
    Role(Box<str>),
    /// One session of a role; the role's path does not occur in it
    RoleSession {
        /// The id of the account.
        account: Box<str>,
        /// Name of the role, without path
        role: Box<str>,
        /// Name of the session
        session: Box<str>,
    },
    /// One session made by `GetFederationToken`
    FederatedUser {
        /// The id of the account.
        account: Box<str>,
        /// Name of the session
        name: Box<str>,
    },
    /// Means what is left of a deleted user or role
    UniqueId(Box<str>),
    /// An AWS service
    Service(Box<str>),
    /// An identity provider
    Federated(Box<str>),
    /// An account's canonical user id
    CanonicalUser(Box<str>),
    /// Nobody at all: a partial wildcard or a text that names no principal
    Nobody(Box<str>),
}

impl PrincipalEntry {
    /// Compiles one entry; never fails, what cannot be understood names nobody.
    #[must_use]
    pub fn compile(name: &PrincipalName) -> Self {
        match name {
            PrincipalName::Everyone => Self::Everyone,
            PrincipalName::Typed(PrincipalType::Service, value) => Self::Service(value.as_str().into()),
            PrincipalName::Typed(PrincipalType::Federated, value) => Self::Federated(value.as_str().into()),
            PrincipalName::Typed(PrincipalType::CanonicalUser, value) => {
                Self::CanonicalUser(value.as_str().into())
            }
            PrincipalName::Typed(PrincipalType::Aws, value) => Self::aws(value),
        }
    }

    fn aws(value: &str) -> Self {
        let nobody = || Self::Nobody(value.into());
        if value == "*" {
            return Self::Everyone;
        }
        if value.contains(['*', '?']) {
            return nobody();
        }
        if AccountId::is_valid(value) {
            return Self::Account(value.into());
        }
        if value.starts_with("AIDA") || value.starts_with("AROA") {
            return Self::UniqueId(value.into());
        }
        let Ok(arn) = Arn::parse(value) else {
            return nobody();
        };
        match (arn.service, arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => Self::Account(arn.account.into()),
            ("iam", Some(("user", _))) => Self::User(value.into()),
            ("iam", Some(("role", _))) => Self::Role(value.into()),
            ("sts", Some(("assumed-role", rest))) => match rest.split_once('/') {
                Some((role, session)) => Self::RoleSession {
                    account: arn.account.into(),
                    role: role.into(),
                    session: session.into(),
                },
                None => nobody(),
            },
            ("sts", Some(("federated-user", name))) => Self::FederatedUser {
                account: arn.account.into(),
                name: name.into(),
            },
            (_, _) => nobody(),
        }
    }

    /// Returns how the entry names the principal; the kind of naming decides what limits a grant.
    fn names(&self, principal: &Principal) -> Option<(Naming, Expression)> {
        let certain = |naming| Some((naming, Expression::True));
        match (self, &principal.identity) {
            (Self::Everyone, _) => certain(Naming::Direct),
            (Self::Account(account), PrincipalIdentity::Root { account: own, .. }) if own == account => {
                certain(Naming::Direct)
            }
            (Self::Account(account), _) if principal.account() == Some(account) => certain(Naming::Account),
            (Self::User(named), PrincipalIdentity::User { arn }) if named == arn => certain(Naming::Direct),
            (Self::User(named), PrincipalIdentity::FederatedUser { user: Some(user), .. })
                if named == user =>
            {
                certain(Naming::Limited)
            }
            (Self::Role(named), PrincipalIdentity::Role { arn, .. }) if named == arn => {
                certain(Naming::Limited)
            }
            (
                Self::RoleSession {
                    account,
                    role,
                    session,
                },
                PrincipalIdentity::Role { arn, session: own },
            ) if is_role(arn, account, role) => {
                match own {
                    Some(own) if own == session => certain(Naming::Direct),
                    Some(_) => None,
                    // The session that sends the request is not known; the name of the session is the end of the user id.
                    None => {
                        let test = KeyTest::string_like("aws:userid", &format!("*:{session}"));
                        Some((Naming::Direct, Expression::atom(Atom::Key(test))))
                    }
                }
            }
            (
                Self::FederatedUser { account, name },
                PrincipalIdentity::FederatedUser {
                    account: own,
                    name: own_name,
                    ..
                },
            ) if (account, name) == (own, own_name) => certain(Naming::Direct),
            (Self::UniqueId(id), PrincipalIdentity::User { .. }) if principal.id.as_ref() == Some(id) => {
                certain(Naming::Direct)
            }
            (Self::UniqueId(id), PrincipalIdentity::Role { .. }) if principal.id.as_ref() == Some(id) => {
                certain(Naming::Limited)
            }
            (Self::Service(named), PrincipalIdentity::Service { name: own })
            | (Self::Federated(named), PrincipalIdentity::Federated { provider: own })
            | (Self::CanonicalUser(named), PrincipalIdentity::CanonicalUser { id: own })
                if named == own =>
            {
                certain(Naming::Direct)
            }
            (_, _) => None,
        }
    }
}

fn is_role(arn: &str, account: &str, name: &str) -> bool {
    Arn::parse(arn).is_ok_and(|arn| arn.account == account && arn.resource.rsplit('/').next() == Some(name))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Naming {
    Direct,
    Limited,
    Account,
}

/// Says how far a statement's principals name the one who asks, by what limits such a grant within the same account
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants {
    /// The statement names the principal by its own ARN, its session or `*`, and grants by itself
    pub direct: Expression,
    /// The statement names the role, or the user who made the session; the permissions boundary and the session policy
    /// limit the grant
    pub limited: Expression,
    /// The statement names the account, and leaves the decision to the identity policies
    pub account: Expression,
}

impl Grants {
    const NONE: Self = Self {
        direct: Expression::False,
        limited: Expression::False,
        account: Expression::False,
    };

    /// Returns whether the principal is named in any way.
    #[must_use]
    pub fn any(self) -> Expression {
        self.direct.or(self.limited).or(self.account)
    }
}

/// The principals of a statement
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrincipalSet {
    entries: Element<PrincipalEntry>,
}

impl PrincipalSet {
    /// Compiles Principal or `NotPrincipal`.
    #[must_use]
    pub fn compile(element: &Element<PrincipalName>) -> Self {
        let entries = |names: &[PrincipalName]| names.iter().map(PrincipalEntry::compile).collect();
        Self {
            entries: match element {
                Element::Of(names) => Element::Of(entries(names)),
                Element::Not(names) => Element::Not(entries(names)),
            },
        }
    }

    /// Returns the compiled entries.
    #[must_use]
    pub const fn entries(&self) -> &Element<PrincipalEntry> {
        &self.entries
    }

    /// Returns how an Allow with these principals names the one who asks.
    ///
    /// Under `NotPrincipal` everybody who is not listed in any form is granted access, anonymous callers included.
    #[must_use]
    pub fn grants(&self, principal: &Principal) -> Grants {
        let mut grants = Grants::NONE;
        for (naming, test) in self
            .entries
            .entries()
            .iter()
            .filter_map(|entry| entry.names(principal))
        {
            let grant = match naming {
                Naming::Direct => &mut grants.direct,
                Naming::Limited => &mut grants.limited,
                Naming::Account => &mut grants.account,
            };
            *grant = std::mem::replace(grant, Expression::False).or(test);
        }
        if self.entries.is_negated() {
            return Grants {
                direct: grants.any().negate(),
                ..Grants::NONE
            };
        }
        grants
    }

    /// Returns whether a Deny with these principals binds the one who asks.
    ///
    /// `NotPrincipal` exempts only a principal that is listed together with its account and, for a session, its role;
    /// and never one that has a permissions boundary.
    #[must_use]
    pub fn denies(&self, principal: &Principal, has_boundary: bool) -> Expression {
        match &self.entries {
            Element::Of(_) => self.grants(principal).any(),
            Element::Not(_) if has_boundary => Expression::True,
            Element::Not(entries) => exempt(entries, principal).negate(),
        }
    }
}

fn exempt(entries: &[PrincipalEntry], principal: &Principal) -> Expression {
    let named = |wanted: &dyn Fn(&PrincipalEntry) -> bool| {
        let naming = entries
            .iter()
            .filter(|entry| wanted(entry))
            .filter_map(|entry| entry.names(principal));
        Expression::any(naming.map(|(_, test)| test))
    };
    if entries.contains(&PrincipalEntry::Everyone) {
        return Expression::True;
    }
    let account = named(&|entry| matches!(entry, PrincipalEntry::Account(_)));
    match principal.identity {
        PrincipalIdentity::Root { .. } => account,
        PrincipalIdentity::User { .. } => account.and(named(&|entry| {
            matches!(entry, PrincipalEntry::User(_) | PrincipalEntry::UniqueId(_))
        })),
        PrincipalIdentity::Role { .. } => account
            .and(named(&|entry| {
                matches!(entry, PrincipalEntry::Role(_) | PrincipalEntry::UniqueId(_))
            }))
            .and(named(&|entry| {
                matches!(entry, PrincipalEntry::RoleSession { .. })
            })),
        PrincipalIdentity::FederatedUser { .. } => account
            .and(named(&|entry| matches!(entry, PrincipalEntry::User(_))))
            .and(named(&|entry| {
                matches!(entry, PrincipalEntry::FederatedUser { .. })
            })),
        PrincipalIdentity::Service { .. }
        | PrincipalIdentity::Federated { .. }
        | PrincipalIdentity::CanonicalUser { .. }
        | PrincipalIdentity::Anonymous => named(&|_| true),
    }
}
