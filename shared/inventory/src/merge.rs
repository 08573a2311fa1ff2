//! Several documents to one inventory.
//!
//! Nothing may be told twice, because the two could differ and nobody could say which one is right; only managed
//! policies of AWS itself are in the details of every account. The result is in the order of the ARNs, so that equal
//! contents are equal inventories however they are spread over documents.

use super::{Inventory, LastAccessed, ManagedPolicy, Part, ResourcePolicies};
use iam::arn::Arn;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Why documents, each good by itself, make no inventory together
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Two documents tell about the same thing
    #[error("`{name}` is in `{first}` as well as in `{second}`")]
    Twice {
        /// ARN
        name: String,
        /// Name of one document
        first: String,
        /// Name of the other
        second: String,
    },
    /// Two documents hold service control policies
    #[error(
        "service control policies are in `{first}` as well as in `{second}`: accounts have one organization"
    )]
    TwoOrganizations {
        /// Name of one document
        first: String,
        /// Name of the other
        second: String,
    },
}

/// Documents taken together, one after another
#[derive(Debug, Default)]
pub struct Merge {
    inventory: Inventory,
    /// Document in which an ARN was found, by what was told about it
    owners: HashMap<(About, String), Arc<str>>,
    /// Managed policies of AWS
    of_aws: BTreeMap<String, ManagedPolicy>,
    organization: Option<String>,
}

/// What a document tells about an ARN
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum About {
    Entity,
    Policy,
    LastAccess,
}

impl Merge {
    /// Takes in a document; `name` is for errors. Of a managed policy of AWS that differs from document to document,
    /// the one that was taken in last is in force: take the newest document last.
    ///
    /// # Errors
    /// [`MergeError`]; then it is as if the document had not been there.
    pub fn add(&mut self, name: &str, part: Part) -> Result<(), MergeError> {
        match part {
            Part::AuthorizationDetails(details) => {
                let (of_aws, own): (Vec<_>, Vec<_>) = details
                    .policies
                    .into_iter()
                    .partition(|policy| account(&policy.arn) == "aws");
                let users = details.users.iter().map(|user| &user.arn);
                let groups = details.groups.iter().map(|group| &group.arn);
                let roles = details.roles.iter().map(|role| &role.arn);
                let policies = own.iter().map(|policy| &policy.arn);
                self.own(
                    About::Entity,
                    name,
                    users.chain(groups).chain(roles).chain(policies),
                )?;
                self.of_aws
                    .extend(of_aws.into_iter().map(|policy| (policy.arn.clone(), policy)));
                let all = &mut self.inventory.details;
                all.users.extend(details.users);
                all.groups.extend(details.groups);
                all.roles.extend(details.roles);
                all.policies.extend(own);
            }
            Part::LastAccessed(report) => {
                self.own(About::LastAccess, name, report.entities.keys())?;
                let all = self
                    .inventory
                    .last_accessed
                    .get_or_insert_with(LastAccessed::default);
                all.entities.extend(report.entities);
            }
            Part::ResourcePolicies(found) => {
                self.own(
                    About::Policy,
                    name,
                    found.policies.iter().map(|policy| &policy.resource),
                )?;
                let all = self
                    .inventory
                    .resource_policies
                    .get_or_insert_with(ResourcePolicies::default);
                all.policies.extend(found.policies);
            }
            Part::ServiceControlPolicies(organization) => {
                if let Some(first) = self.organization.clone() {
                    let second = name.to_owned();
                    return Err(MergeError::TwoOrganizations { first, second });
                }
                self.organization = Some(name.to_owned());
                self.inventory.organization = Some(organization);
            }
        }
        Ok(())
    }

    fn own<'a>(
        &mut self,
        about: About,
        name: &str,
        arns: impl Iterator<Item = &'a String>,
    ) -> Result<(), MergeError> {
        let keys: Vec<(About, String)> = arns.map(|arn| (about, arn.clone())).collect();
        for key in &keys {
            if let Some(first) = self.owners.get(key) {
                return Err(MergeError::Twice {
                    name: key.1.clone(),
                    first: first.to_string(),
                    second: name.to_owned(),
                });
            }
        }
        let owner: Arc<str> = name.into();
        self.owners
            .extend(keys.into_iter().map(|key| (key, Arc::clone(&owner))));
        Ok(())
    }

    /// What the documents say together; without their findings.
    #[must_use]
    pub fn finish(self) -> Inventory {
        let mut inventory = self.inventory;
        let details = &mut inventory.details;
        details.policies.extend(self.of_aws.into_values());
        details.users.sort_by(|one, other| one.arn.cmp(&other.arn));
        details.groups.sort_by(|one, other| one.arn.cmp(&other.arn));
        details.roles.sort_by(|one, other| one.arn.cmp(&other.arn));
        details.policies.sort_by(|one, other| one.arn.cmp(&other.arn));
        details.findings.clear();
        if let Some(all) = &mut inventory.resource_policies {
            all.policies
                .sort_by(|one, other| one.resource.cmp(&other.resource));
            all.findings.clear();
        }
        if let Some(organization) = &mut inventory.organization {
            organization.findings.clear();
        }
        if let Some(report) = &mut inventory.last_accessed {
            report.as_of = None;
        }
        inventory
    }
}

impl Inventory {
    /// The accounts of which there is a user, group, role or policy of their own.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<&str> {
        let accounts = self.details.arns().map(account);
        accounts.filter(|account| *account != "aws").collect()
    }
}

/// Reading has made sure that these are ARNs.
fn account(arn: &str) -> &str {
    Arn::parse(arn).map(|arn| arn.account).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::PartKind;
    use super::*;
    use proptest::prelude::*;

    fn details(account: &str, user: &str, aws_action: &str) -> Part {
        let text = format!(
            r#"{{"UserDetailList":[{{"Arn":"arn:aws:iam::{account}:user/{user}"}}],
            "RoleDetailList":[{{"Arn":"arn:aws:iam::{account}:role/{user}"}}],
            "Policies":[{{"Arn":"arn:aws:iam::aws:policy/Read","PolicyVersionList":[{{"IsDefaultVersion":true,"Document":
            {{"Statement":{{"Effect":"Allow","Action":"{aws_action}","Resource":"*"}}}}}}]}}]}}"#
        );
        Part::read(PartKind::AuthorizationDetails, &text).unwrap()
    }

    fn last_accessed(user: &str) -> Part {
        let text = format!(
            r#"{{"reports":[{{"Arn":"arn:aws:iam::111122223333:user/{user}","ServicesLastAccessed":[]}}]}}"#
        );
        Part::read(PartKind::LastAccessed, &text).unwrap()
    }

    fn merged(parts: &[(&str, Part)]) -> Result<Inventory, MergeError> {
        let mut merge = Merge::default();
        for (name, part) in parts {
            merge.add(name, part.clone())?;
        }
        Ok(merge.finish())
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
    fn what_two_documents_tell_is_refused_with_both_names() {
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
            Part::read(PartKind::ServiceControlPolicies, r#"{"policies":[],"root":{}}"#).unwrap();
        let error = merged(&[("a.json", organization.clone()), ("b.json", organization)]);
        assert!(matches!(error, Err(MergeError::TwoOrganizations { .. })));
    }

    proptest! {
        #[test]
        fn the_order_and_the_spread_of_documents_do_not_matter(
            users in proptest::collection::btree_set("[a-z]{1,3}", 1..8),
            order in any::<prop::sample::Index>(),
        ) {
            let mut parts: Vec<(&str, Part)> = users
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
        let Part::AuthorizationDetails(read) = part.clone() else {
            panic!("of that kind");
        };
        let inventory = merged(&[("a.json", part)]).unwrap();
        assert_eq!(inventory.details, read);
    }

    #[test]
    fn every_kind_is_known_by_its_name() {
        for kind in PartKind::ALL {
            assert_eq!(PartKind::named(kind.as_str()), Some(kind));
        }
        assert_eq!(PartKind::named("authorization-details.json"), None);
    }
}
