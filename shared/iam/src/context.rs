//! Holds condition keys and what is known of their values.
//!
//! Source: IAM user guide, "AWS global condition context keys" and "The request context".

#[cfg(test)]
mod tests;

use crate::arn::Resource;
use crate::glob::Glob;
use crate::matching::{Principal, PrincipalIdentity};
use foldhash::HashMap;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Says what is known of a condition key
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// The request has these values; never empty
    Present(&'a [String]),
    /// The request does not have the key: a fact
    Absent,
    /// The request does not have the key, or with values that none of these patterns (`*` is any text) matches
    Other(&'a [String]),
    /// The request has one value, which begins with this text
    Begins(&'a str),
    /// Nothing is known
    Unknown,
}

/// Says where condition keys are looked up
pub trait ConditionKeys {
    /// Returns what is known of `key`, given in lower case.
    fn lookup(&self, key: &str) -> Lookup<'_>;
}

/// Keys, in lower case, that a request has only when a service makes it by itself.
///
/// Source: IAM user guide, "AWS global condition context keys", availability of each.
const OF_SERVICES: [&str; 5] = [
    "aws:principalservicename",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// Keys, in lower case, that only a request of a principal of an account has.
///
/// Source: as above; AWS KMS developer guide, "kms:CallerAccount". For services and federated users AWS names no account;
/// a customer's it is not.
const OF_ACCOUNTS: [&str; 7] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgmasteraccountid",
    "aws:principalorgpaths",
    "aws:username",
    "kms:calleraccount",
];

/// Holds what is known of keys, which are in lower case. Most keys are constants, so that thousands of principals need no copies of them
type Keys = HashMap<Cow<'static, str>, Known>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    Present(Vec<String>),
    Absent,
    Other(Vec<String>),
    Begins(String),
    Unknown,
}

/// The keys of a request, or of a part of it
///
/// Key names ignore case, so two tags that differ only in case become two values of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    keys: Keys,
    /// Holds the keys that the copies of a context share. When [`Context::keys`] has the same key, only what it says there counts
    shared: Option<Arc<Keys>>,
    /// Prefixes (`aws:principaltag/`) all of whose other keys are absent
    complete: Vec<Box<str>>,
    otherwise: Known,
}

impl Context {
    /// Returns a context that knows only what is put into it; every other key is unknown.
    #[must_use]
    pub fn open() -> Self {
        Self {
            keys: Keys::default(),
            shared: None,
            complete: Vec::new(),
            otherwise: Known::Unknown,
        }
    }

    /// Returns the context of one concrete request: a key that is not put into it is absent.
    #[must_use]
    pub fn closed() -> Self {
        Self {
            keys: Keys::default(),
            shared: None,
            complete: Vec::new(),
            otherwise: Known::Absent,
        }
    }

    /// Adds values to a key; a key that gets none at all is absent, as a null key is.
    pub fn add<T: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        self.add_lower(key.to_lowercase(), values);
    }

    /// Does what [`Context::add`] does, with a key in lower case.
    fn add_lower<T: Into<String>>(
        &mut self,
        key: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = T>,
    ) {
        let mut values: Vec<String> = values.into_iter().map(Into::into).collect();
        let key = key.into();
        let shared = self.shared.as_ref().and_then(|shared| shared.get(&key));
        let known = self
            .keys
            .entry(key)
            .or_insert_with(|| shared.cloned().unwrap_or(Known::Absent));
        match known {
            Known::Present(held) => held.append(&mut values),
            Known::Absent | Known::Other(_) | Known::Begins(_) | Known::Unknown if values.is_empty() => {
                *known = Known::Absent;
            }
            Known::Absent | Known::Other(_) | Known::Begins(_) | Known::Unknown => {
                *known = Known::Present(values);
            }
        }
    }

    /// Does what [`Context::add`] does, in a chain of calls.
    #[must_use]
    pub fn with<T: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = T>) -> Self {
        self.add(key, values);
        self
    }

    /// States how the only value of a key, given in lower case, begins.
    fn begin(&mut self, key: &'static str, start: String) {
        self.keys.insert(key.into(), Known::Begins(start));
    }

    /// States that the request does not have the key.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.keys.insert(key.to_lowercase().into(), Known::Absent);
        self
    }

    /// States that nothing is known of the key.
    #[must_use]
    pub fn with_unknown(mut self, key: &str) -> Self {
        self.keys.insert(key.to_lowercase().into(), Known::Unknown);
        self
    }

    /// States what the values of a key are not: none of these patterns, in which `*` is any text, matches one.
    pub fn exclude<T: Into<String>>(&mut self, key: &str, patterns: impl IntoIterator<Item = T>) {
        let patterns = patterns.into_iter().map(Into::into).collect();
        self.keys
            .insert(key.to_lowercase().into(), Known::Other(patterns));
    }

    /// Adds all tags of something under a prefix such as `aws:PrincipalTag/`; tags that are not given are absent.
    pub fn add_tags<'t>(&mut self, prefix: &str, tags: impl IntoIterator<Item = (&'t str, &'t str)>) {
        for (name, value) in tags {
            self.add(&format!("{prefix}{name}"), [value]);
        }
        self.complete.push(prefix.to_lowercase().into());
    }

    /// Makes copies of the context share its keys: what is added to a copy is in that copy alone.
    #[must_use]
    pub fn share(self) -> Self {
        let mut keys = self.shared.map(Arc::unwrap_or_clone).unwrap_or_default();
        keys.extend(self.keys);
        Self {
            keys: Keys::default(),
            shared: Some(Arc::new(keys)),
            ..self
        }
    }

    /// Returns what follows from the principal alone, whatever it asks for.
    ///
    /// Tags, organisation and everything of the request stay unknown: add them when they are known. Tags of a role
    /// whose trust policy allows a caller to pass session tags are not known. An unknown unique id still shows whether
    /// the principal is a user (`AIDA…`) or a role (`AROA…`).
    #[must_use]
    pub fn of_principal(principal: &Principal) -> Self {
        let common = match principal.account() {
            Some(account) => Self::of_account(account),
            None => Self::without_account(&principal.identity),
        };
        Self::of_principal_in(common, principal)
    }

    /// Does what [`Context::of_principal`] does for a principal of an account, with what is known of all principals of that account:
    /// [`Context::of_account`] and more.
    #[must_use]
    pub fn of_principal_in(account: Self, principal: &Principal) -> Self {
        let identity = &principal.identity;
        let mut context = account;
        let (kind, arn, name) = match identity {
            PrincipalIdentity::User { arn } => {
                let name = arn.rsplit('/').next().map(str::to_owned);
                ("User", arn.to_string(), name)
            }
            PrincipalIdentity::Role { arn, .. } => ("AssumedRole", arn.to_string(), None),
            PrincipalIdentity::FederatedUser {
                partition,
                account,
                name,
                ..
            } => (
                "FederatedUser",
                format!("arn:{partition}:sts::{account}:federated-user/{name}"),
                None,
            ),
            PrincipalIdentity::Root { partition, account } => {
                ("Account", format!("arn:{partition}:iam::{account}:root"), None)
            }
            PrincipalIdentity::Anonymous
            | PrincipalIdentity::Service { .. }
            | PrincipalIdentity::Federated { .. }
            | PrincipalIdentity::CanonicalUser { .. } => return context,
        };
        context.add_lower("aws:principaltype", [kind]);
        context.add_lower("aws:principalarn", [arn]);
        context.add_lower("aws:username", name);
        let id = match (identity, &principal.id) {
            (PrincipalIdentity::User { .. }, Some(id)) => Some(id.to_string()),
            (
                PrincipalIdentity::Role {
                    session: Some(session),
                    ..
                },
                Some(id),
            ) => Some(format!("{id}:{session}")),
            (PrincipalIdentity::FederatedUser { account, name, .. }, _) => Some(format!("{account}:{name}")),
            (PrincipalIdentity::Root { account, .. }, _) => Some(account.to_string()),
            (_, _) => None,
        };
        match (id, identity) {
            (Some(id), _) => context.add_lower("aws:userid", [id]),
            // The name of the session does not matter.
            (None, PrincipalIdentity::Role { .. }) => match &principal.id {
                Some(id) => context.begin("aws:userid", format!("{id}:")),
                None => context.exclude("aws:userid", ["AIDA*"]),
            },
            (None, _) => context.exclude("aws:userid", ["AROA*"]),
        }
        context
    }

    /// Returns what all users, roles and sessions of an account have in common.
    ///
    /// `aws:SourceOwner` is what Amazon SNS compares in the policy that a topic has from the start, which lets the
    /// principals of the topic's owner in.
    #[must_use]
    pub fn of_account(account: &str) -> Self {
        let mut context = Self::of_all_but_services();
        for key in ["aws:principalaccount", "aws:sourceowner", "kms:calleraccount"] {
            context.add_lower(key, [account]);
        }
        context
    }

    /// Returns what all who come with the token of a provider have in common. Their requests have no signature of AWS, so that
    /// they have none of the keys that a signature tells.
    #[must_use]
    pub fn of_federated() -> Self {
        let mut context = Self::of_all_but_services();
        context.lack(OF_ACCOUNTS);
        context.lack(["aws:sourceowner", "aws:userid"]);
        context
    }

    /// Returns what all requests have in common that services make by themselves.
    #[must_use]
    pub fn of_services() -> Self {
        let mut context = Self::open();
        context.add_lower("aws:principalisawsservice", ["true"]);
        context.lack(OF_ACCOUNTS);
        context
    }

    /// Returns what all requests have in common that no service makes by itself.
    #[must_use]
    pub fn of_all_but_services() -> Self {
        let mut context = Self::open();
        context.add_lower("aws:principalisawsservice", ["false"]);
        context.lack(OF_SERVICES);
        context
    }

    /// Returns what is known of one who belongs to no account, or to one whose number is not known.
    fn without_account(identity: &PrincipalIdentity) -> Self {
        match identity {
            PrincipalIdentity::Service { name } => {
                let mut context = Self::of_services();
                context.add_lower("aws:principalservicename", [&**name]);
                // Unique ids of users and roles, and numbers of accounts, belong to principals of accounts.
                context.exclude("aws:userid", ["AIDA*", "AROA*", "????????????"]);
                context
            }
            PrincipalIdentity::Federated { .. } => Self::of_federated(),
            PrincipalIdentity::Anonymous => {
                let mut context = Self::of_all_but_services();
                // One of these keys has a value all the same.
                context.lack(OF_ACCOUNTS);
                context.add_lower("aws:principalaccount", ["anonymous"]);
                context.add_lower("aws:principaltype", ["Anonymous"]);
                context.add_lower("aws:userid", ["anonymous"]);
                context.lack(["aws:sourceowner"]);
                context
            }
            // The principal belongs to an account, but nobody knows to which one.
            PrincipalIdentity::CanonicalUser { .. }
            | PrincipalIdentity::User { .. }
            | PrincipalIdentity::Role { .. }
            | PrincipalIdentity::FederatedUser { .. }
            | PrincipalIdentity::Root { .. } => Self::of_all_but_services(),
        }
    }

    /// States that the request has none of some keys, given in lower case.
    fn lack(&mut self, keys: impl IntoIterator<Item = &'static str>) {
        for key in keys {
            self.add_lower(key, None::<String>);
        }
    }

    /// Returns what follows from the resource alone: its account and region, where the ARN names them.
    #[must_use]
    pub fn of_resource(resource: &Resource<'_>) -> Self {
        let mut context = Self::open();
        if let Some(arn) = resource.arn() {
            let known = [
                ("aws:resourceaccount", arn.account),
                ("aws:requestedregion", arn.region),
            ];
            for (key, value) in known.into_iter().filter(|(_, value)| !value.is_empty()) {
                context.add_lower(key, [value]);
            }
        }
        context
    }
}

impl Context {
    /// Returns the keys below a prefix of which something is known by themselves, in lower case, with what is known of them. Of all
    /// other keys below a prefix of tags the same is known: what is known of the prefix itself.
    #[must_use]
    pub fn below(&self, prefix: &str) -> BTreeMap<&str, Lookup<'_>> {
        // What the context says by itself comes last, and replaces what is shared.
        let all = self
            .shared
            .iter()
            .flat_map(|shared| shared.iter())
            .chain(&self.keys);
        let below = all.filter(|(key, _)| key.starts_with(prefix));
        below.map(|(key, known)| (&**key, known.as_lookup())).collect()
    }
}

impl Known {
    fn as_lookup(&self) -> Lookup<'_> {
        match self {
            Self::Present(values) => Lookup::Present(values),
            Self::Absent => Lookup::Absent,
            Self::Other(patterns) => Lookup::Other(patterns),
            Self::Begins(start) => Lookup::Begins(start),
            Self::Unknown => Lookup::Unknown,
        }
    }
}

impl ConditionKeys for Context {
    fn lookup(&self, key: &str) -> Lookup<'_> {
        let shared = || self.shared.as_ref()?.get(key);
        let known = self.keys.get(key).or_else(shared).unwrap_or_else(|| {
            let complete = self.complete.iter().any(|prefix| key.starts_with(&**prefix));
            if complete { &Known::Absent } else { &self.otherwise }
        });
        known.as_lookup()
    }
}

/// Several contexts seen as one: the first that knows a key decides
///
/// What follows from the principal is computed once per principal and shared by all its requests.
#[derive(Debug, Clone, Copy)]
pub struct Layered<'a>(pub &'a [&'a Context]);

/// Returns whether no request of which `known` is known has the values that are found: another part of the request
/// shows another principal.
fn is_impossible(found: Lookup<'_>, known: Lookup<'_>) -> bool {
    match (found, known) {
        (Lookup::Absent, Lookup::Begins(_)) => true,
        (Lookup::Present(values), Lookup::Begins(start)) => {
            !values.iter().all(|value| value.starts_with(start))
        }
        (Lookup::Present(values), Lookup::Other(patterns)) => values.iter().any(|value| {
            let mut excluded = patterns.iter().map(|pattern| Glob::parse(pattern));
            excluded.any(|pattern| pattern.matches(value))
        }),
        (_, _) => false,
    }
}

impl ConditionKeys for Layered<'_> {
    fn lookup(&self, key: &str) -> Lookup<'_> {
        let mut part = Lookup::Unknown;
        for context in self.0 {
            let found = context.lookup(key);
            if is_impossible(found, part) {
                continue;
            }
            match found {
                known @ (Lookup::Present(_) | Lookup::Absent) => return known,
                other @ (Lookup::Other(_) | Lookup::Begins(_)) => part = other,
                Lookup::Unknown => {}
            }
        }
        part
    }
}
