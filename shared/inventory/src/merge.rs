//! Several documents to one inventory.
//!
//! Two documents must not say something about the same thing, because they could differ and nobody could say which one
//! is right; only managed policies of AWS itself are in the details of every account. The result is in the order of
//! the ARNs, so that equal contents are equal inventories however they are spread over documents.

use super::stored::StoredError;
use super::{Gathered, Inventory, InventoryDocument};
use iam::arn::account_of;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Says why documents, each good by itself, cannot be joined into one inventory
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Two documents say something about the same thing
    #[error("`{name}` is in `{first}` as well as in `{second}`")]
    Twice {
        /// The ARN that two documents have.
        name: String,
        /// Name of one document
        first: String,
        /// Name of the other
        second: String,
    },
    /// Two documents describe an organization
    #[error("`{first}` as well as `{second}` describes an organization: accounts have one organization")]
    TwoOrganizations {
        /// Name of one document
        first: String,
        /// Name of the other
        second: String,
    },
}

impl MergeError {
    /// Returns the name of the document that was there first.
    #[must_use]
    pub fn first(&self) -> &str {
        match self {
            Self::Twice { first, .. } | Self::TwoOrganizations { first, .. } => first,
        }
    }
}

/// Documents taken together, one after another
#[derive(Debug, Default)]
pub struct Merge {
    gathered: Gathered,
    /// Document in which an ARN was found, by what it says about the ARN
    owners: HashMap<(Aspect, String), Arc<str>>,
}

/// Says which information about an ARN a document holds
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Aspect {
    Entity,
    Policy,
    LastAccess,
    Credentials,
    Compute,
    Organization,
}

impl Merge {
    /// Takes in a document; `name` is for errors. Of a managed policy of AWS that differs from document to document,
    /// the one that was taken in last is in force: take the newest document last.
    ///
    /// # Errors
    /// [`MergeError`]; then it is as if the document had not been there.
    pub fn add(&mut self, name: &str, document: InventoryDocument) -> Result<(), MergeError> {
        self.claim(name, &document)?;
        self.insert(document);
        Ok(())
    }

    /// Does the first half of [`Merge::add`]: notes what the document says something about, or refuses it.
    ///
    /// # Errors
    /// [`MergeError`]; then nothing was noted.
    pub fn claim(&mut self, name: &str, document: &InventoryDocument) -> Result<(), MergeError> {
        let claims = claims(document);
        for claim in &claims {
            if let Some(first) = self.owners.get(claim) {
                let (first, second) = (first.to_string(), name.to_owned());
                return Err(match claim {
                    (Aspect::Organization, _) => MergeError::TwoOrganizations { first, second },
                    (_, arn) => MergeError::Twice {
                        name: arn.clone(),
                        first,
                        second,
                    },
                });
            }
        }
        let owner: Arc<str> = name.into();
        self.owners
            .extend(claims.into_iter().map(|claim| (claim, Arc::clone(&owner))));
        Ok(())
    }

    /// Takes back what [`Merge::claim`] noted of a document that was not inserted.
    pub fn release(&mut self, document: &InventoryDocument) {
        for claim in claims(document) {
            self.owners.remove(&claim);
        }
    }

    /// Does the second half of [`Merge::add`], for a document that was claimed.
    pub fn insert(&mut self, document: InventoryDocument) {
        let mut inventory = Inventory::default();
        match document {
            InventoryDocument::AuthorizationDetails(details) => inventory.details = details,
            InventoryDocument::LastAccessed(report) => inventory.last_accessed = Some(report),
            InventoryDocument::CredentialReport(report) => inventory.credentials = Some(report),
            InventoryDocument::Compute(compute) => inventory.compute = Some(compute),
            InventoryDocument::ResourcePolicies(found) => inventory.resource_policies = Some(found),
            InventoryDocument::Organization(organization) => inventory.organization = Some(organization),
        }
        self.gathered.add(inventory);
    }

    /// Returns what the documents say together, compressed and without their findings.
    #[must_use]
    pub fn gathered(self) -> Gathered {
        self.gathered
    }

    /// Returns what the documents say together, without their findings.
    ///
    /// # Errors
    /// Only when memory runs out.
    pub fn finish(self) -> Result<Inventory, StoredError> {
        self.gathered.whole()
    }
}

impl Inventory {
    /// Returns the accounts that have a user, group, role or policy of their own.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<&str> {
        let accounts = self.details.arns().map(account_of);
        accounts.filter(|account| *account != "aws").collect()
    }
}

/// Returns what only one document may say something about.
fn claims(document: &InventoryDocument) -> Vec<(Aspect, String)> {
    let named = |aspect: Aspect, arns: &mut dyn Iterator<Item = &str>| {
        arns.map(|arn| (aspect, arn.to_owned())).collect()
    };
    match document {
        InventoryDocument::AuthorizationDetails(details) => {
            let entities = &mut details.arns().filter(|arn| !is_of_aws(arn));
            named(Aspect::Entity, entities)
        }
        InventoryDocument::LastAccessed(report) => named(
            Aspect::LastAccess,
            &mut report.entities.keys().map(String::as_str),
        ),
        InventoryDocument::CredentialReport(report) => {
            named(Aspect::Credentials, &mut report.users.keys().map(String::as_str))
        }
        InventoryDocument::Compute(compute) => {
            let arns = &mut compute.resources.iter().map(|resource| resource.arn.as_str());
            named(Aspect::Compute, arns)
        }
        // A policy needs a resource, so that only resources can be in two documents.
        InventoryDocument::ResourcePolicies(found) => {
            let arns = &mut found.resources.iter().map(|resource| resource.arn.as_str());
            named(Aspect::Policy, arns)
        }
        InventoryDocument::Organization(_) => vec![(Aspect::Organization, String::new())],
    }
}

/// Returns whether a managed policy is one of AWS's own, which every account has.
fn is_of_aws(arn: &str) -> bool {
    account_of(arn) == "aws"
}

#[cfg(test)]
mod tests {
    use super::super::DocumentKind;
    use super::*;
    use proptest::prelude::*;

    fn details(account: &str, user: &str, aws_action: &str) -> InventoryDocument {
        let text = format!(
            r#"{{"UserDetailList":[{{"Arn":"arn:aws:iam::{account}:user/{user}"}}],
            "RoleDetailList":[{{"Arn":"arn:aws:iam::{account}:role/{user}"}}],
            "Policies":[{{"Arn":"arn:aws:iam::aws:policy/Read","PolicyVersionList":[{{"IsDefaultVersion":true,"Document":
            {{"Statement":{{"Effect":"Allow","Action":"{aws_action}","Resource":"*"}}}}}}]}}]}}"#
        );
        InventoryDocument::read(DocumentKind::AuthorizationDetails, &text).unwrap()
    }

    fn last_accessed(user: &str) -> InventoryDocument {
        let text = format!(
            r#"{{"reports":[{{"Arn":"arn:aws:iam::111122223333:user/{user}","ServicesLastAccessed":[]}}]}}"#
        );
        InventoryDocument::read(DocumentKind::LastAccessed, &text).unwrap()
    }

    fn merged(parts: &[(&str, InventoryDocument)]) -> Result<Inventory, MergeError> {
        let mut merge = Merge::default();
        for (name, part) in parts {
            merge.add(name, part.clone())?;
        }
        Ok(merge.finish().unwrap())
    }

    #[test]
    fn accounts_lie_side_by_side_and_policies_of_aws_are_shared_in_the_newest_form() {
        let inventory = merged(&[
            (
                "1/authorization-details.json",
                details("111122223333", "alice", "s3:Get*"),
            ),
            (
                "2/authorization-details.json",
                details("444455556666", "alice", "s3:List*"),
            ),
            ("last-accessed.json", last_accessed("alice")),
        ])
        .unwrap();
        assert_eq!(inventory.details.users.len(), 2);
        assert_eq!(
            inventory.accounts().into_iter().collect::<Vec<_>>(),
            ["111122223333", "444455556666"]
        );
        assert_eq!(inventory.details.policies.len(), 1);
        let statement = inventory.details.policies[0].document.valid().next().unwrap();
        assert_eq!(statement.actions.entries(), ["s3:List*"]);
        assert!(inventory.last_accessed.is_some());
        assert_eq!(
            (inventory.resource_policies, inventory.organization),
            (None, None)
        );
    }

    #[test]
    fn what_two_documents_describe_is_refused_with_both_names() {
        let alice = details("111122223333", "alice", "s3:Get*");
        let error = merged(&[("a.json", alice.clone()), ("b.json", alice)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`arn:aws:iam::111122223333:user/alice` is in `a.json` as well as in `b.json`"
        );
        let error = merged(&[
            ("a.json", last_accessed("alice")),
            ("b.json", last_accessed("alice")),
        ]);
        assert!(matches!(error, Err(MergeError::Twice { .. })));
        let organization =
            InventoryDocument::read(DocumentKind::Organization, r#"{"policies":[],"root":{}}"#).unwrap();
        let error = merged(&[("a.json", organization.clone()), ("b.json", organization)]);
        assert!(matches!(error, Err(MergeError::TwoOrganizations { .. })));
    }

    proptest! {
        #[test]
        fn the_order_and_the_spread_of_documents_do_not_matter(
            users in proptest::collection::btree_set("[a-z]{1,3}", 1..8),
            order in any::<prop::sample::Index>(),
        ) {
            let mut parts: Vec<(&str, InventoryDocument)> = users
                .iter()
                .map(|user| (user.as_str(), details("111122223333", user, "s3:Get*")))
                .collect();
            let inventory = merged(&parts).unwrap();
            let length = parts.len();
            parts.rotate_left(order.index(length));
            parts.reverse();
            prop_assert_eq!(&merged(&parts).unwrap(), &inventory);
            prop_assert_eq!(inventory.details.users.len(), users.len());
        }
    }

    #[test]
    fn an_inventory_without_findings_is_what_one_document_says() {
        let part = details("111122223333", "alice", "s3:Get*");
        let InventoryDocument::AuthorizationDetails(read) = part.clone() else {
            panic!("of that kind");
        };
        let inventory = merged(&[("a.json", part)]).unwrap();
        assert_eq!(inventory.details, read);
    }

    #[test]
    fn every_kind_is_known_by_its_name() {
        for kind in DocumentKind::ALL {
            assert_eq!(DocumentKind::named(kind.as_str()), Some(kind));
        }
        assert_eq!(DocumentKind::named("authorization-details.json"), None);
    }
}
