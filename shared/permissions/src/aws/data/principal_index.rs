//! Finds by a principal the statements that name it, so that those that name only others are not looked at for it.

use super::{PRINCIPAL_ARN, named_arns};
use foldhash::HashMap;
use iam::arn::Arn;
use iam::condition::Expression;
use iam::context::{ConditionKeys, Context, Lookup};
use iam::document::Element;
use iam::matching::{Principal, PrincipalEntry, PrincipalIdentity, PrincipalSet};

/// Numbers of statements, by the principals that they name
#[derive(Debug, Default)]
pub(crate) struct PrincipalIndex {
    by_name: HashMap<Box<str>, Vec<usize>>,
    /// The statements that can concern any principal
    of_everybody: Vec<usize>,
    /// The statements whose conditions name ARNs and tell nobody else apart, by ARN
    by_arn: HashMap<Box<str>, Vec<usize>>,
    /// All of these statements
    with_arns: Vec<usize>,
}

impl PrincipalIndex {
    /// Adds a statement that can concern any principal. Statements are added in ascending order.
    pub(crate) fn add_for_everybody(&mut self, statement: usize) {
        self.of_everybody.push(statement);
    }

    /// Adds a statement with its principals. Under `NotPrincipal` it is found for the principals that are listed.
    pub(crate) fn add(&mut self, principals: &PrincipalSet, statement: usize) {
        let (Element::Of(entries) | Element::Not(entries)) = principals.entries();
        for entry in entries {
            match name(entry, principals.entries().is_negated()) {
                Named::Everybody => {
                    if self.of_everybody.last() != Some(&statement) {
                        self.of_everybody.push(statement);
                    }
                }
                Named::By(name) => self.by_name.entry(name).or_default().push(statement),
                Named::Nobody => {}
            }
        }
    }

    /// Adds a statement about everybody with a condition. Where the condition tells principals apart only by ARNs that it names,
    /// the statement is found for the principals with these ARNs.
    pub(crate) fn add_with_condition(&mut self, condition: &Expression, statement: usize) {
        let Some(named) = named_arns(condition) else {
            self.add_for_everybody(statement);
            return;
        };
        self.with_arns.push(statement);
        for arn in named {
            self.by_arn.entry(arn.into()).or_default().push(statement);
        }
    }

    /// Returns the statements that can concern a principal, ascending.
    pub(crate) fn of(&self, principal: &Principal, context: &Context) -> Vec<usize> {
        let names = if self.by_name.is_empty() {
            Vec::new()
        } else {
            names(principal)
        };
        let by_name = names
            .iter()
            .filter_map(|name| self.by_name.get(&**name))
            .flatten();
        let by_condition = match context.lookup(PRINCIPAL_ARN) {
            Lookup::Present([arn]) => self.by_arn.get(&**arn),
            Lookup::Present(_) | Lookup::Absent | Lookup::Other(_) | Lookup::Begins(_) | Lookup::Unknown => {
                Some(&self.with_arns)
            }
        };
        let by_condition = by_condition.into_iter().flatten();
        let of_everybody = self.of_everybody.iter();
        let mut found: Vec<usize> = by_name.chain(by_condition).chain(of_everybody).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

enum Named {
    Everybody,
    By(Box<str>),
    Nobody,
}

/// Returns the name under which the principals are found that an entry names. Under `NotPrincipal` an account alone spares
/// nobody but its root user.
fn name(entry: &PrincipalEntry, is_negated: bool) -> Named {
    Named::By(match entry {
        PrincipalEntry::Everyone => return Named::Everybody,
        PrincipalEntry::Nobody(_) => return Named::Nobody,
        PrincipalEntry::Account(account) if is_negated => of_root(account),
        PrincipalEntry::Account(name)
        | PrincipalEntry::User(name)
        | PrincipalEntry::Role(name)
        | PrincipalEntry::UniqueId(name)
        | PrincipalEntry::Service(name)
        | PrincipalEntry::Federated(name)
        | PrincipalEntry::CanonicalUser(name) => name.clone(),
        PrincipalEntry::RoleSession { account, role, .. } => of_role(account, role),
        PrincipalEntry::FederatedUser { account, name } => of_federated_user(account, name),
    })
}

/// Returns all names of a principal.
fn names(principal: &Principal) -> Vec<Box<str>> {
    let mut names: Vec<Box<str>> = principal.account().into_iter().map(Into::into).collect();
    names.extend(principal.id.clone());
    match &principal.identity {
        PrincipalIdentity::User { arn } => names.push(arn.clone()),
        PrincipalIdentity::Role { arn, .. } => {
            names.push(arn.clone());
            if let Ok(arn) = Arn::parse(arn) {
                let name = arn.resource.rsplit('/').next().unwrap_or_default();
                names.push(of_role(arn.account, name));
            }
        }
        PrincipalIdentity::FederatedUser {
            account, name, user, ..
        } => {
            names.push(of_federated_user(account, name));
            names.extend(user.clone());
        }
        PrincipalIdentity::Root { account, .. } => names.push(of_root(account)),
        PrincipalIdentity::Service { name: own }
        | PrincipalIdentity::Federated { provider: own }
        | PrincipalIdentity::CanonicalUser { id: own } => names.push(own.clone()),
        PrincipalIdentity::Anonymous => {}
    }
    names
}

fn of_root(account: &str) -> Box<str> {
    format!("{account}:root").into()
}

fn of_role(account: &str, name: &str) -> Box<str> {
    format!("{account}:role/{name}").into()
}

fn of_federated_user(account: &str, name: &str) -> Box<str> {
    format!("{account}:federated-user/{name}").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam::document::{PrincipalName, PrincipalType};
    use proptest::prelude::*;

    fn entry() -> impl Strategy<Value = PrincipalName> {
        let aws = prop::sample::select(vec![
            "*",
            "111122223333",
            "arn:aws:iam::444455556666:root",
            "arn:aws:iam::111122223333:user/ann",
            "arn:aws:iam::111122223333:user/path/bob",
            "arn:aws:iam::111122223333:role/path/web",
            "arn:aws:sts::111122223333:assumed-role/web/session",
            "arn:aws:sts::111122223333:federated-user/fay",
            "AIDAEXAMPLE",
            "AROAEXAMPLE",
            "arn:aws:iam::111122223333:user/*",
        ]);
        prop_oneof![
            4 => aws.prop_map(|name| PrincipalName::Typed(PrincipalType::Aws, name.into())),
            1 => Just(PrincipalName::Typed(PrincipalType::Service, "ec2.amazonaws.com".into())),
            1 => Just(PrincipalName::Typed(PrincipalType::Federated, "accounts.google.com".into())),
            1 => Just(PrincipalName::Typed(PrincipalType::CanonicalUser, "79a59df9".into())),
        ]
    }

    fn set() -> impl Strategy<Value = PrincipalSet> {
        (prop::collection::vec(entry(), 0..4), any::<bool>()).prop_map(|(entries, negated)| {
            PrincipalSet::compile(&if negated {
                Element::Not(entries)
            } else {
                Element::Of(entries)
            })
        })
    }

    fn principals() -> Vec<Principal> {
        let user = |name: &str| Principal::parse(&format!("arn:aws:iam::111122223333:user/{name}")).unwrap();
        let web = Principal::parse("arn:aws:iam::111122223333:role/path/web").unwrap();
        let federated = |user: Option<&str>| {
            Principal::from(PrincipalIdentity::FederatedUser {
                partition: "aws".into(),
                account: "111122223333".into(),
                name: "fay".into(),
                user: user.map(Into::into),
            })
        };
        vec![
            user("ann"),
            user("path/bob").with_id("AIDAEXAMPLE"),
            user("other"),
            web.clone().with_id("AROAEXAMPLE"),
            web,
            Principal::session("arn:aws:iam::111122223333:role/path/web", "session"),
            Principal::parse("arn:aws:iam::111122223333:role/other").unwrap(),
            Principal::parse("arn:aws:iam::111122223333:root").unwrap(),
            Principal::parse("arn:aws:iam::444455556666:user/eve").unwrap(),
            federated(None),
            federated(Some("arn:aws:iam::111122223333:user/ann")),
            PrincipalIdentity::Service {
                name: "ec2.amazonaws.com".into(),
            }
            .into(),
            PrincipalIdentity::Federated {
                provider: "accounts.google.com".into(),
            }
            .into(),
            PrincipalIdentity::CanonicalUser {
                id: "79a59df9".into(),
            }
            .into(),
            PrincipalIdentity::Anonymous.into(),
        ]
    }

    proptest! {
        #[test]
        fn a_statement_that_is_not_found_means_the_same_for_all_whom_it_does_not_name(
            sets in prop::collection::vec(set(), 1..6),
            has_boundary in any::<bool>(),
        ) {
            let mut index = PrincipalIndex::default();
            for (number, set) in sets.iter().enumerate() {
                index.add(set, number);
            }
            for principal in principals() {
                let found = index.of(&principal, &Context::of_principal(&principal));
                prop_assert!(found.is_sorted_by(|one, other| one < other));
                for (number, set) in sets.iter().enumerate().filter(|(number, _)| !found.contains(number)) {
                    let expected = if set.entries().is_negated() { Expression::True } else { Expression::False };
                    prop_assert_eq!(set.denies(&principal, has_boundary), expected, "{} for {:?}", number, principal);
                }
            }
        }
    }
}
