//! Collects what rows can hold, for warnings about queries and for suggestions.

mod documents;
mod imported;
mod listed;
mod names;
mod near;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::BTreeSet;

use ncloud::Catalogue;
use rql::{
    ConditionKey, DestinationKind, Literal, MissingDocument, Part, TagAttribute, TextAttribute, TextMatch,
};

use crate::own::{CLOUD_TYPES, OwnGrants, PERMISSIONS, SERVICE};
use crate::row::all_regions;
pub use imported::{ImportedValues, ValuesPart, add_begun};
pub(crate) use imported::{begun_values, has_literals, values_of_literals};
use listed::{Compared, MAX_JUDGED};
pub use names::ActionNames;
use near::Near;

/// Holds what is known about the values that rows of one tenant can have
#[derive(Debug)]
pub struct KnownValues<'v> {
    names: &'v ActionNames,
    imported: Option<&'v ImportedValues<'v>>,
    own: Option<&'v OwnGrants>,
    /// The account of the caller, where the query asks for rows of imported accounts
    asking: Option<&'v str>,
    /// Literals for which a near value was looked for
    spelled: Cell<usize>,
}

impl<'v> KnownValues<'v> {
    /// Takes what is known of a tenant: the names of actions, what shards of the imported accounts say about the query,
    /// and the own grants that the query can select.
    #[must_use]
    pub const fn new(
        names: &'v ActionNames,
        imported: Option<&'v ImportedValues<'v>>,
        own: Option<&'v OwnGrants>,
    ) -> Self {
        Self {
            names,
            imported,
            own,
            asking: None,
            spelled: Cell::new(0),
        }
    }

    /// Adds the account of the caller, for a query that asks for rows of imported accounts.
    #[must_use]
    pub const fn asking_for_imported_accounts(mut self, account: &'v str) -> Self {
        self.asking = Some(account);
        self
    }

    /// Returns the values that own rows have for an attribute, in no order and with repetitions; `None` when they are not
    /// listed.
    fn of_own(&self, attribute: TextAttribute) -> Option<Box<dyn Iterator<Item = &'v str> + 'v>> {
        let listed = match self.own {
            Some(own) => own.listed(attribute)?,
            None => Box::new(std::iter::empty()),
        };
        let facts = self.imported.map(imported::ImportedValues::facts);
        let names = facts
            .filter(|_| is_account(attribute))
            .map(|facts| &facts.account_names);
        let both = move |id: &'v str| [id, names.map_or(id, |names| names.name(id))];
        Some(Box::new(listed.flat_map(both)))
    }

    /// Returns whether a row can have a value that passes. `of_imported` says whether a row of an imported account can;
    /// without a snapshot, the warning about the snapshot says all.
    fn can_pass(
        &self,
        attribute: TextAttribute,
        of_imported: Option<bool>,
        passes: impl FnMut(&str) -> bool,
    ) -> Option<bool> {
        let (is_imported, of_own) = (of_imported?, self.of_own(attribute));
        let are_all = of_own.is_some();
        let found = is_imported || of_own.into_iter().flatten().any(passes);
        (found || are_all).then_some(found)
    }

    /// Returns the values that own rows have for an attribute, and the values that are known without any row. The
    /// values have no order and can be repeated; `None` when they are not listed.
    fn listed(&self, attribute: TextAttribute) -> Option<Box<dyn Iterator<Item = &'v str> + 'v>> {
        let of_own = self.of_own(attribute);
        if is_region(attribute) {
            // Regions of Ncloud are in no table of this crate: those of the own grants are what rows have.
            let regions = all_regions().map(|one| -> &'v str { one });
            return Some(Box::new(regions.chain(of_own.into_iter().flatten())));
        }
        of_own
    }
}

/// Returns whether the values of an attribute are those of a table of regions.
const fn is_region(attribute: TextAttribute) -> bool {
    matches!(attribute, TextAttribute::SourceRegion | TextAttribute::DestRegion)
}

/// Returns whether the values of an attribute are accounts.
const fn is_account(attribute: TextAttribute) -> bool {
    matches!(
        attribute,
        TextAttribute::SourceAccount | TextAttribute::DestAccount
    )
}

impl rql::KnownValues for KnownValues<'_> {
    fn has_action(&self, lowered: &str) -> bool {
        let is_imported = || self.imported.is_some_and(|one| one.has_action(None, lowered));
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
            // The users and groups of IAM Identity Center are in this service.
            || lowered == "identitystore"
    }

    fn has_cloud(&self, lowered: &str) -> bool {
        let is = |cloud: &str| cloud.eq_ignore_ascii_case(lowered);
        CLOUD_TYPES.into_iter().any(is) || (is("AWS") && self.imported.is_some())
    }

    fn has_value(&self, attribute: TextAttribute, lowered: &str) -> Option<bool> {
        let of_imported = self
            .imported
            .and_then(|one| one.has(Compared::Value(attribute, lowered)));
        self.can_pass(attribute, of_imported, |value| same(value, lowered))
    }

    fn has_part(&self, attribute: TextAttribute, part: Part, lowered: &str) -> Option<bool> {
        let test = part.test(lowered);
        if attribute == TextAttribute::ActionName {
            let is_imported = || {
                self.imported
                    .is_some_and(|one| one.has_action(Some(part), lowered))
            };
            let is_own = || self.has_own_action(&test) || self.begins_own(part, lowered);
            return Some(self.names.has_part(part, lowered) || is_imported() || is_own());
        }
        if attribute == TextAttribute::DestServiceName {
            let products = Catalogue::published().products().iter();
            let mut names = self
                .names
                .services
                .iter()
                .map(|one| &**one)
                .chain(products.map(ncloud::Product::code));
            return Some(names.any(|name| test.holds(name)) || test.holds(SERVICE));
        }
        let of_imported = self
            .imported
            .and_then(|one| one.has(Compared::Part(attribute, part, lowered)));
        self.can_pass(attribute, of_imported, |value| test.holds(value))
    }

    fn has_tag(&self, attribute: TagAttribute, key: &str, value: Option<&str>) -> Option<bool> {
        self.imported?.has(Compared::Tag(attribute, key, value))
    }

    fn has_condition(&self, key: &ConditionKey, value: Option<&str>) -> Option<bool> {
        self.imported?.has(Compared::of_condition(key, value)?)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "most attributes are treated alike, new ones too"
    )]
    fn nearest(&self, attribute: TextAttribute, lowered: &str) -> Option<String> {
        let mut best: Option<Near> = None;
        let mut consider = |value: &str| Near::consider(&mut best, value, lowered);
        match attribute {
            TextAttribute::ActionName => {
                // The search stays within the service, because names of actions are alike across services.
                let service = lowered.split_once(':').map_or(lowered, |(service, _)| service);
                self.names
                    .beginning_with(&format!("{service}:"))
                    .for_each(consider);
            }
            TextAttribute::SourceServiceName | TextAttribute::DestServiceName => {
                self.names.services.iter().for_each(|name| consider(name));
            }
            // The region exists: another one is not meant.
            _ if is_region(attribute) && all_regions().any(|one| same(one, lowered)) => return None,
            _ => {
                let spelled = self.spelled.get();
                self.spelled.set(spelled.saturating_add(1));
                if spelled >= MAX_JUDGED {
                    return None;
                }
                self.listed(attribute).into_iter().flatten().for_each(consider);
                let of_imported = self.imported.and_then(|one| one.nearest(attribute, lowered));
                best = best.into_iter().chain(of_imported.cloned()).min();
            }
        }
        best.map(Near::into_value)
    }

    fn destinations(&self, part: Option<Part>, literal: &str) -> Vec<DestinationKind<'_>> {
        self.of_imported_alone(part, literal)
            .map_or_else(Vec::new, |one| one.destinations(part, literal))
    }

    fn access_levels(&self, part: Option<Part>, literal: &str) -> Vec<Option<&str>> {
        self.of_imported_alone(part, literal)
            .map_or_else(Vec::new, |one| one.access_levels(part, literal))
    }

    fn kinds_of(&self, arn: &str) -> Option<Vec<DestinationKind<'_>>> {
        self.imported?.kinds_of(arn)
    }

    fn missing(&self, attribute: &str) -> Option<MissingDocument> {
        documents::missing(attribute, self.imported?.facts())
    }

    fn missing_rows(&self, attribute: TextAttribute) -> Vec<(&'static str, MissingDocument)> {
        self.imported
            .map_or_else(Vec::new, |one| documents::missing_rows(attribute, one.facts()))
    }

    fn nothing_imported(&self) -> Option<String> {
        let account = self.asking.filter(|_| self.imported.is_none())?;
        Some(format!(
            "nothing is imported for the account {account}, so that no row of an AWS account can be found; import the \
             authorization details of an account as docs/inventory.md describes, signed in as this account"
        ))
    }

    fn incomplete_principals(&self) -> Option<String> {
        let missing = self.asking.and(self.imported)?.facts().all.missing();
        let (kind, name) = missing.things.first()?;
        let (users, rest) = (missing.principals, missing.things.len().saturating_sub(1));
        Some(format!(
            "rows of {users} {} may be missing or too wide: no document holds the {} `{name}`{}; GET /api/v1/inventory lists what \
             is missing, import a document that holds it",
            if users == 1 { "source" } else { "sources" },
            kind.as_str(),
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
                // The result is the first in the order of bytes, whatever the order of the visits.
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
            // An incomplete list is good enough here.
            _ => {
                let listed = self.listed(attribute).into_iter().flatten();
                let imported = self.imported.into_iter();
                let begun = imported.flat_map(|one| one.beginning_with(attribute, prefix));
                listed.chain(begun).for_each(take);
            }
        }
        found.into_iter().collect()
    }
}

impl KnownValues<'_> {
    /// Returns what is known of the imported accounts, when no own grant has an action that is the literal, or has it in a
    /// part of its name: what rows of own grants have is not known.
    fn of_imported_alone(&self, part: Option<Part>, literal: &str) -> Option<&ImportedValues<'_>> {
        // Few services of AWS share their name with a product, so that few whole names are compared with all own grants.
        let service = literal.split(':').next().unwrap_or_default();
        let may_be_own = part.is_some() || service == SERVICE || product(service).is_some();
        let test = part.map_or_else(
            || TextMatch::Equals(Literal::new(literal)),
            |part| part.test(literal),
        );
        let is_own = may_be_own && self.has_own_action(&test);
        self.imported.filter(|_| !is_own)
    }

    /// Returns whether an own grant has an action whose name passes.
    fn has_own_action(&self, test: &TextMatch) -> bool {
        let mut names = self.own.into_iter().flat_map(OwnGrants::action_names);
        names.any(|name| test.holds(name))
    }

    /// Returns whether the action is an action of own grants. Services of AWS and products of Ncloud share names, such
    /// as `iam`: an action of such a service counts as own only where the product's table or an own grant has it.
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

    /// Returns whether a name of own actions begins so: a service or a product, perhaps with a colon and the beginning of an
    /// action. Tables of products may lack actions.
    fn begins_own(&self, part: Part, lowered: &str) -> bool {
        if part != Part::Start {
            return false;
        }
        let Some((service, action)) = lowered.split_once(':') else {
            let products = Catalogue::published().products().iter();
            let mut codes = products.map(ncloud::Product::code).chain([SERVICE]);
            return codes.any(|code| code.to_lowercase().starts_with(lowered));
        };
        let begins = |name: &str| name.to_lowercase().starts_with(action);
        if service == SERVICE && PERMISSIONS.into_iter().any(begins) {
            return true;
        }
        product(service).is_some_and(|product| {
            let is_open = !product.is_complete() && !self.names.has_service(service);
            is_open || product.actions().iter().any(|row| begins(row.name()))
        })
    }
}

/// Returns the product with that code.
fn product(lowered: &str) -> Option<&'static ncloud::Product> {
    let mut products = Catalogue::published().products().iter();
    products.find(|product| product.code().eq_ignore_ascii_case(lowered))
}

/// Returns whether a value equals the literal, which is in lower case.
fn same(value: &str, lowered: &str) -> bool {
    if value.is_ascii() {
        value.eq_ignore_ascii_case(lowered)
    } else {
        value.to_lowercase() == lowered
    }
}
