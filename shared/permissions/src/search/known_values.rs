//! Collects what rows can hold, for warnings about queries and for suggestions.

mod documents;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use ncloud::Catalogue;
use rql::{DestinationKind, MissingDocument, TextAttribute};

use crate::aws::{ActionSpec, EffectivePermissions, Snapshot, Source};
use crate::own::{CLOUD_TYPES, OwnGrants, PERMISSIONS, SERVICE};
use crate::row::all_regions;

/// Literals of one query that are compared with the values of all rows. More are not judged: a list of a thousand names
/// would cost more than the search itself.
const MAX_JUDGED: usize = 32;

/// Longest literal for which a near value is looked for, in bytes.
const MAX_SPELLED: usize = 128;

/// Values of one attribute
struct Listed<'v> {
    values: Box<dyn Iterator<Item = &'v str> + 'v>,
    /// Whether rows have no others
    are_all: bool,
}

/// The actions and services of AWS
#[derive(Debug, Clone, Default)]
pub struct ActionNames {
    /// As rows spell them. INVARIANT: in the [`order`] of names.
    actions: Vec<Cow<'static, str>>,
    /// In lower case. INVARIANT: sorted.
    services: Vec<Box<str>>,
}

/// What the rows of one tenant can hold
#[derive(Debug)]
pub struct KnownValues<'v> {
    names: &'v ActionNames,
    imported: Option<&'v EffectivePermissions>,
    own: Option<&'v OwnGrants>,
    /// The account of the caller, where the query asks for rows of imported accounts
    asking: Option<&'v str>,
    judged: Cell<usize>,
}

impl ActionNames {
    /// The names of a catalogue's actions. A catalogue is in order already, so that this is one pass over it.
    #[must_use]
    pub fn new(actions: &[ActionSpec]) -> Self {
        let mut names: Vec<_> = actions.iter().map(|action| action.name.clone()).collect();
        names.sort_by(|one, other| order(one, other));
        let mut services: Vec<Box<str>> = Vec::new();
        for (service, _) in names.iter().filter_map(|name| name.split_once(':')) {
            if services
                .last()
                .is_none_or(|last| !service.eq_ignore_ascii_case(last))
            {
                services.push(service.to_ascii_lowercase().into());
            }
        }
        services.sort_unstable();
        Self {
            actions: names,
            services,
        }
    }

    fn has_action(&self, name: &str) -> bool {
        self.actions.binary_search_by(|one| order(one, name)).is_ok()
    }

    fn has_service(&self, lowered: &str) -> bool {
        self.services.binary_search_by(|one| (**one).cmp(lowered)).is_ok()
    }

    /// The names that begin so, in any case.
    fn beginning_with(&self, begin: &str) -> impl Iterator<Item = &str> {
        let first = self.actions.partition_point(|name| order(name, begin).is_lt());
        let names = self.actions.get(first..).unwrap_or_default().iter();
        names.map(|name| &**name).take_while(move |name| {
            name.get(..begin.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(begin))
        })
    }
}

/// The order of the names of actions: that of their services, then that of their own names, in any case. The names that
/// begin alike stand together.
fn order(one: &str, other: &str) -> Ordering {
    // A service ends before another one that begins with its name: `ec2:` before `ec2-instance-connect:`.
    let key = |byte: u8| {
        if byte == b':' {
            0
        } else {
            byte.to_ascii_lowercase()
        }
    };
    one.bytes().map(key).cmp(other.bytes().map(key))
}

impl<'v> KnownValues<'v> {
    /// What is known of a tenant: the names of actions, the imported accounts, and the own grants as far as the query can
    /// select them.
    #[must_use]
    pub const fn new(
        names: &'v ActionNames,
        imported: Option<&'v EffectivePermissions>,
        own: Option<&'v OwnGrants>,
    ) -> Self {
        Self {
            names,
            imported,
            own,
            asking: None,
            judged: Cell::new(0),
        }
    }

    /// The same for a query of `account` that asks for rows of imported accounts.
    #[must_use]
    pub const fn asking_for_imported_accounts(mut self, account: &'v str) -> Self {
        self.asking = Some(account);
        self
    }

    fn snapshot(&self) -> Option<&'v Snapshot> {
        self.imported.map(EffectivePermissions::snapshot)
    }

    /// Whether one more literal is compared with all values.
    fn may_judge(&self) -> bool {
        let judged = self.judged.get();
        self.judged.set(judged.saturating_add(1));
        judged < MAX_JUDGED
    }

    /// The values that rows have for an attribute, in no order and with repetitions; none when nothing is known of them.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most attributes hold free text, new ones too"
    )]
    fn listed(&self, attribute: TextAttribute) -> Option<Listed<'v>> {
        let snapshot = self.snapshot();
        let sources = snapshot.into_iter().flat_map(|one| one.sources.iter());
        let policies = snapshot.into_iter().flat_map(|one| one.policies.iter());
        let entities = snapshot.into_iter().flat_map(|one| one.entities.iter());
        let imported: Box<dyn Iterator<Item = &'v str> + 'v> = match attribute {
            TextAttribute::SourceResourceName => Box::new(sources.map(|one| &*one.name)),
            TextAttribute::SourceResourceId => Box::new(sources.map(|one| &*one.id)),
            TextAttribute::SourceResourceType => Box::new(sources.map(Source::resource_type)),
            TextAttribute::SourceAccount => {
                let accounts = sources
                    .map(|one| &*one.account)
                    .filter(|account| !account.is_empty());
                let with_names = accounts.flat_map(move |account| {
                    let name = snapshot.map(|one| one.account_names.name(account));
                    std::iter::once(account).chain(name)
                });
                Box::new(with_names)
            }
            TextAttribute::PolicyId => Box::new(policies.map(|one| &*one.id)),
            TextAttribute::PolicyName => Box::new(policies.map(|one| &*one.name)),
            TextAttribute::EntityId => Box::new(entities.map(|one| &*one.id)),
            TextAttribute::EntityName => Box::new(entities.map(|one| &*one.name)),
            TextAttribute::EntityType => Box::new(entities.map(|one| one.kind)),
            TextAttribute::DestResourceType => {
                let types = snapshot.into_iter().flat_map(|one| one.actions.resource_types());
                Box::new(std::iter::once("*").chain(types.map(|one| &*one.name)))
            }
            TextAttribute::SourceRegion | TextAttribute::DestRegion => {
                Box::new(all_regions().map(|one| -> &'v str { one }))
            }
            _ => return None,
        };
        // Regions of Ncloud are a few capital letters and are in no table of this crate.
        let own = self.own.map(|own| own.listed(attribute));
        Some(Listed {
            are_all: own.as_ref().is_none_or(Option::is_some),
            values: Box::new(imported.chain(own.flatten().into_iter().flatten())),
        })
    }
}

impl rql::KnownValues for KnownValues<'_> {
    fn has_action(&self, lowered: &str) -> bool {
        let is_imported = || {
            self.snapshot()
                .is_some_and(|one| one.actions.find(lowered).is_some())
        };
        self.names.has_action(lowered)
            || is_imported()
            || lowered
                .split_once(':')
                .is_some_and(|(service, action)| self.is_own(service, action))
    }

    fn has_service(&self, lowered: &str) -> bool {
        self.names.has_service(lowered)
            || lowered == SERVICE
            || product(lowered).is_some()
            // Where the users and groups of IAM Identity Center are.
            || lowered == "identitystore"
    }

    fn has_cloud(&self, lowered: &str) -> bool {
        let is = |cloud: &str| cloud.eq_ignore_ascii_case(lowered);
        CLOUD_TYPES.into_iter().any(is) || (is("AWS") && self.imported.is_some())
    }

    fn has_value(&self, attribute: TextAttribute, lowered: &str) -> Option<bool> {
        // Without a snapshot, the warning about the snapshot says all.
        if self.imported.is_none() || !self.may_judge() {
            return None;
        }
        let mut listed = self.listed(attribute)?;
        let found = listed.values.any(|value| same(value, lowered));
        (found || listed.are_all).then_some(found)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most attributes are treated alike, new ones too"
    )]
    fn nearest(&self, attribute: TextAttribute, lowered: &str) -> Option<String> {
        if lowered.len() > MAX_SPELLED || !self.may_judge() {
            return None;
        }
        let mut best: Option<(usize, String)> = None;
        let mut consider = |value: &str| {
            // A third of the letters, as everywhere where this program guesses.
            let most = (lowered.len() / 3).clamp(1, 4);
            if value.len().abs_diff(lowered.len()) > most {
                return;
            }
            let distance = strsim::osa_distance(&value.to_lowercase(), lowered);
            let better = best.as_ref().is_none_or(|(least, before)| {
                (distance, is_mixed(value), value) < (*least, is_mixed(before), before.as_str())
            });
            if distance > 0 && distance <= most && better {
                best = Some((distance, value.to_owned()));
            }
        };
        match attribute {
            TextAttribute::ActionName => {
                // Only within the service: names of actions are alike across services.
                let service = lowered.split_once(':').map_or(lowered, |(service, _)| service);
                self.names
                    .beginning_with(&format!("{service}:"))
                    .for_each(consider);
            }
            TextAttribute::SourceServiceName | TextAttribute::DestServiceName => {
                self.names.services.iter().for_each(|name| consider(name));
            }
            _ => self.listed(attribute)?.values.for_each(consider),
        }
        best.map(|(_, value)| value)
    }

    fn destinations(&self, action: &str) -> Vec<DestinationKind<'_>> {
        let Some(actions) = self.snapshot().map(|one| &one.actions) else {
            return Vec::new();
        };
        let Some(found) = actions.find(action).and_then(|number| actions.get(number)) else {
            return Vec::new();
        };
        let own_service = found.name.split(':').next().unwrap_or_default();
        if !found.known {
            return Vec::new();
        }
        let mut kinds = vec![];
        for &number in &found.types {
            let Some(resource_type) = actions.resource_type(number) else {
                continue;
            };
            for service in resource_type.patterns.iter().map(|one| &*one.service) {
                kinds.push(DestinationKind {
                    service,
                    resource_type: &resource_type.name,
                });
            }
        }
        if kinds.is_empty() {
            kinds.push(DestinationKind {
                service: own_service,
                resource_type: "*",
            });
        }
        kinds
    }

    fn missing(&self, attribute: &str) -> Option<MissingDocument> {
        documents::missing(attribute, self.snapshot()?)
    }

    fn missing_for_value(&self, attribute: TextAttribute, lowered: &str) -> Option<MissingDocument> {
        documents::missing_for_value(attribute, lowered, self.snapshot()?)
    }

    fn nothing_imported(&self) -> Option<String> {
        let account = self.asking.filter(|_| self.imported.is_none())?;
        Some(format!(
            "nothing is imported for the account {account}, so that no row of an AWS account can be found; import the \
             authorization details of an account as docs/inventory.md describes, signed in as this account"
        ))
    }

    fn incomplete_principals(&self) -> Option<String> {
        let missing = &self.asking.and(self.snapshot())?.missing;
        let first = missing.things.first()?;
        let (users, rest) = (missing.principals, missing.things.len().saturating_sub(1));
        Some(format!(
            "rows of {users} {} may be missing or too wide: no document holds the {} `{}`{}; GET /api/v1/inventory lists what \
             is missing, import a document that holds it",
            if users == 1 { "source" } else { "sources" },
            first.kind.as_str(),
            first.name,
            if rest == 0 {
                String::new()
            } else {
                format!(" and {rest} more")
            },
        ))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most attributes are treated alike, new ones too"
    )]
    fn values(&self, attribute: TextAttribute, prefix: &str, most: usize) -> Vec<String> {
        let mut found: BTreeSet<String> = BTreeSet::new();
        let mut take = |value: &str| {
            if value.to_lowercase().starts_with(prefix) && !found.contains(value) {
                found.insert(value.to_owned());
                // The first in the order of bytes, whatever the order of the visits.
                if found.len() > most {
                    found.pop_last();
                }
            }
        };
        match attribute {
            TextAttribute::ActionName => {
                self.names.beginning_with(prefix).take(most).for_each(take);
            }
            TextAttribute::SourceServiceName | TextAttribute::DestServiceName => {
                self.names.services.iter().for_each(|name| take(name));
            }
            // A list that is not complete is good enough here.
            _ => {
                let listed = self.listed(attribute).into_iter();
                listed.flat_map(|one| one.values).for_each(take);
            }
        }
        found.into_iter().collect()
    }
}

impl KnownValues<'_> {
    /// Whether the action is one of the own grants. Services of AWS and products of Ncloud share names, such as `iam`:
    /// an action of such a service is an own one only where the product's table has it, or an own grant.
    fn is_own(&self, service: &str, action: &str) -> bool {
        let is = |name: &str| name.eq_ignore_ascii_case(action);
        if service == SERVICE && PERMISSIONS.into_iter().any(is) {
            return true;
        }
        product(service).is_some_and(|product| {
            let is_in_table = || product.actions().iter().any(|row| is(row.name()));
            let is_open = !product.is_complete() && !self.names.has_service(service);
            // Ncloud writes its actions as `View/getServerInstanceList` or as one of three wildcards.
            let is_of_form = action.contains('/') || action.ends_with('*');
            is_in_table() || is_open || (!product.is_complete() && is_of_form)
        })
    }
}

/// The product of that code.
fn product(lowered: &str) -> Option<&'static ncloud::Product> {
    let mut products = Catalogue::published().products().iter();
    products.find(|product| product.code().eq_ignore_ascii_case(lowered))
}

/// Whether a value has capitals; of two values that are equally near, the one without is meant.
fn is_mixed(value: &str) -> bool {
    value.chars().any(char::is_uppercase)
}

/// Whether a value is the literal, which is in lower case.
fn same(value: &str, lowered: &str) -> bool {
    if value.is_ascii() {
        value.eq_ignore_ascii_case(lowered)
    } else {
        value.to_lowercase() == lowered
    }
}
