//! Condition keys and what is known of their values.
//!
//! Source: IAM user guide, "AWS global condition context keys" and "The request context".

#[cfg(test)]
mod tests;

use crate::arn::Resource;
use crate::matching::{Principal, PrincipalIdentity};
use std::collections::BTreeMap;

/// What is known of a condition key
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// The request has these values; never empty
    Present(&'a [String]),
    /// The request does not have the key: a fact
    Absent,
    /// Nothing is known
    Unknown,
}

/// Where condition keys are looked up
pub trait ConditionKeys {
    /// What is known of `key`, given in lower case.
    fn lookup(&self, key: &str) -> Lookup<'_>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    Present(Vec<String>),
    Absent,
    Unknown,
}

/// The keys of a request, or of a part of it
///
/// Key names ignore case, so two tags that differ only in case become two values of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<Box<str>, Known>,
    /// Prefixes (`aws:principaltag/`) all of whose other keys are absent
    complete: Vec<Box<str>>,
    otherwise: Known,
}

impl Context {
    /// A context that knows only what is put into it; every other key is unknown.
    #[must_use]
    pub const fn open() -> Self {
        Self {
            keys: BTreeMap::new(),
            complete: Vec::new(),
            otherwise: Known::Unknown,
        }
    }

    /// The context of one concrete request: a key that is not put into it is absent.
    #[must_use]
    pub const fn closed() -> Self {
        Self {
            keys: BTreeMap::new(),
            complete: Vec::new(),
            otherwise: Known::Absent,
        }
    }

    /// Adds values to a key; a key that gets none at all is absent, as a null key is.
    pub fn add<T: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        let mut values: Vec<String> = values.into_iter().map(Into::into).collect();
        let known = self
            .keys
            .entry(key.to_lowercase().into())
            .or_insert(Known::Absent);
        match known {
            Known::Present(held) => held.append(&mut values),
            Known::Absent | Known::Unknown if values.is_empty() => *known = Known::Absent,
            Known::Absent | Known::Unknown => *known = Known::Present(values),
        }
    }

    /// [`Context::add`] in a chain.
    #[must_use]
    pub fn with<T: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = T>) -> Self {
        self.add(key, values);
        self
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

    /// Adds all tags of something under a prefix such as `aws:PrincipalTag/`; tags that are not given are absent.
    pub fn add_tags<'t>(&mut self, prefix: &str, tags: impl IntoIterator<Item = (&'t str, &'t str)>) {
        for (name, value) in tags {
            self.add(&format!("{prefix}{name}"), [value]);
        }
        self.complete.push(prefix.to_lowercase().into());
    }

    /// What follows from the principal alone, whatever it asks for.
    ///
    /// Tags, organisation and everything of the request stay unknown: add them when they are known. Tags of a role
    /// whose trust policy lets a caller pass session tags are not known.
    #[must_use]
    pub fn of_principal(principal: &Principal) -> Self {
        let mut context = Self::open();
        let mut put = |key: &str, value: Option<String>| match value {
            Some(value) => context.add(key, [value]),
            None => context.add(key, None::<String>),
        };
        let service = matches!(principal.identity, PrincipalIdentity::Service { .. });
        put("aws:PrincipalIsAWSService", Some(service.to_string()));
        if let Some(account) = principal.account() {
            put("aws:PrincipalAccount", Some(account.to_owned()));
        }
        let (kind, arn, name) = match &principal.identity {
            PrincipalIdentity::User { arn } => {
                let name = arn.rsplit('/').next().map(str::to_owned);
                ("User", Some(arn.to_string()), name)
            }
            PrincipalIdentity::Role { arn, .. } => ("AssumedRole", Some(arn.to_string()), None),
            PrincipalIdentity::FederatedUser {
                partition,
                account,
                name,
                ..
            } => (
                "FederatedUser",
                Some(format!("arn:{partition}:sts::{account}:federated-user/{name}")),
                None,
            ),
            PrincipalIdentity::Root { partition, account } => (
                "Account",
                Some(format!("arn:{partition}:iam::{account}:root")),
                None,
            ),
            PrincipalIdentity::Anonymous => ("Anonymous", None, None),
            PrincipalIdentity::Service { .. }
            | PrincipalIdentity::Federated { .. }
            | PrincipalIdentity::CanonicalUser { .. } => return context,
        };
        put("aws:PrincipalType", Some(kind.to_owned()));
        put("aws:PrincipalArn", arn);
        put("aws:username", name);
        match (&principal.identity, &principal.id) {
            (PrincipalIdentity::User { .. }, Some(id)) => put("aws:userid", Some(id.to_string())),
            (
                PrincipalIdentity::Role {
                    session: Some(session),
                    ..
                },
                Some(id),
            ) => {
                put("aws:userid", Some(format!("{id}:{session}")));
            }
            (PrincipalIdentity::FederatedUser { account, name, .. }, _) => {
                put("aws:userid", Some(format!("{account}:{name}")));
            }
            (PrincipalIdentity::Root { account, .. }, _) => put("aws:userid", Some(account.to_string())),
            (_, _) => {}
        }
        context
    }

    /// What follows from the resource alone: its account and region, where the ARN names them.
    #[must_use]
    pub fn of_resource(resource: &Resource<'_>) -> Self {
        let mut context = Self::open();
        if let Some(arn) = resource.arn() {
            let known = [
                ("aws:ResourceAccount", arn.account),
                ("aws:RequestedRegion", arn.region),
            ];
            for (key, value) in known.into_iter().filter(|(_, value)| !value.is_empty()) {
                context.add(key, [value]);
            }
        }
        context
    }
}

impl ConditionKeys for Context {
    fn lookup(&self, key: &str) -> Lookup<'_> {
        let known = self.keys.get(key).unwrap_or_else(|| {
            let complete = self.complete.iter().any(|prefix| key.starts_with(&**prefix));
            if complete { &Known::Absent } else { &self.otherwise }
        });
        match known {
            Known::Present(values) => Lookup::Present(values),
            Known::Absent => Lookup::Absent,
            Known::Unknown => Lookup::Unknown,
        }
    }
}

/// Several contexts seen as one: the first that knows a key decides
///
/// What follows from the principal is computed once per principal and shared by all its requests.
#[derive(Debug, Clone, Copy)]
pub struct Layered<'a>(pub &'a [&'a Context]);

impl ConditionKeys for Layered<'_> {
    fn lookup(&self, key: &str) -> Lookup<'_> {
        let known = self.0.iter().map(|context| context.lookup(key));
        known
            .into_iter()
            .find(|lookup| *lookup != Lookup::Unknown)
            .unwrap_or(Lookup::Unknown)
    }
}
