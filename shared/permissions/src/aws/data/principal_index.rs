//! Finds by a principal the statements that name it, so that those that name only others are not looked at for it.

use super::by_literal_part::ByLiteralPart;
use super::{NamedValue, PRINCIPAL_ARN, PRINCIPAL_TAG, named_values};
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
    /// The statements whose conditions name values of one key and tell nobody else apart, by key: the ARN or a tag
    by_key: HashMap<Box<str>, ByValue>,
}

/// Numbers of the statements that name values of one key
#[derive(Debug, Default)]
struct ByValue {
    whole: HashMap<Box<str>, Vec<usize>>,
    like: ByLiteralPart,
    /// All of these statements
    all: Vec<usize>,
}

impl ByValue {
    fn add(&mut self, values: Vec<NamedValue<'_>>, statement: usize) {
        self.all.push(statement);
        for value in values {
            match value {
                NamedValue::Whole(value) => self.whole.entry(value.into()).or_default().push(statement),
                NamedValue::Like(pattern) => self.like.add(pattern, statement),
            }
        }
    }

    /// Returns the statements that can mean something of their own where this is known of the key.
    fn of<'i>(&'i self, known: Lookup<'i>) -> impl Iterator<Item = usize> + 'i {
        let (all, value) = match known {
            Lookup::Present([value]) => (None, Some(value)),
            Lookup::Present(_) | Lookup::Absent | Lookup::Other(_) | Lookup::Begins(_) | Lookup::Unknown => {
                (Some(&self.all), None)
            }
        };
        let whole = value.and_then(|value| self.whole.get(value.as_str()));
        let like = value.into_iter().flat_map(|value| self.like.of(value));
        all.into_iter().chain(whole).flatten().copied().chain(like)
    }
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

    /// Adds a statement about everybody with a condition. Where the condition tells principals apart only by values of one key that
    /// it names, the statement is found for the principals with these values.
    pub(crate) fn add_with_condition(&mut self, condition: &Expression, statement: usize) {
        let Some(named) = named_values(condition) else {
            self.add_for_everybody(statement);
            return;
        };
        let key = named.key.unwrap_or(PRINCIPAL_ARN);
        self.by_key
            .entry(key.into())
            .or_default()
            .add(named.values, statement);
    }

    /// Returns whether statements name tags. If they do, it also counts whether a principal can have tags of which nothing is known.
    pub(crate) fn names_tags(&self) -> bool {
        self.by_key.keys().any(|key| **key != *PRINCIPAL_ARN)
    }

    /// Returns the tags that statements name and of which something is known of a principal.
    pub(crate) fn tags<'c>(&'c self, context: &'c Context) -> impl Iterator<Item = &'c str> {
        let known = context.below(PRINCIPAL_TAG).into_keys();
        known.filter(move |key| self.by_key.contains_key(*key))
    }

    /// Returns the statements that can concern a principal, ascending. A statement that names values of a key and is not found means
    /// the same for all principals who have one value of the key, and for all of whom the same is known of every tag.
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
        let by_arn = self.by_key.get(PRINCIPAL_ARN);
        let by_arn = by_arn
            .into_iter()
            .flat_map(|values| values.of(context.lookup(PRINCIPAL_ARN)));
        let by_tag = context.below(PRINCIPAL_TAG).into_iter().flat_map(|(key, known)| {
            let values = self.by_key.get(key);
            values.into_iter().flat_map(move |values| values.of(known))
        });
        let mut found: Vec<usize> = by_name.chain(&self.of_everybody).copied().collect();
        found.extend(by_arn.chain(by_tag));
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
