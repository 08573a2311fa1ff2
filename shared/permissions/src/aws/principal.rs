//! Lists what the policies of one user or role grant.

use super::EffectivePermissions;
use super::data::{Attachment, Source, SourceKind};
use inventory::MissingKind;

/// A user or role that the imported documents describe
#[derive(Debug, Clone, Copy)]
pub struct ImportedPrincipal<'s> {
    effective: &'s EffectivePermissions,
    source: &'s Source,
}

/// One row of a user or role: what one of its policies grants of an action
#[derive(Debug, Clone, Copy)]
pub struct PrincipalRow<'s> {
    /// The name of the action, `s3:GetObject`
    pub action: &'s str,
    /// The ARN pattern of the destination
    pub destination: &'s str,
    /// Says whether the row holds only in part, or is not certain
    pub is_limited: bool,
    /// The policy that grants it
    pub policy: GrantingPolicyName<'s>,
}

/// A policy and the entity that it is attached to
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GrantingPolicyName<'s> {
    /// Name of the policy
    pub name: &'s str,
    /// The id as rows show it; the ARN of a managed policy
    pub id: &'s str,
    /// The kind as rows show it
    pub kind: &'s str,
    /// ARN of the user, group or role that holds it
    pub entity: &'s str,
}

impl EffectivePermissions {
    /// Returns whether the authorization details of the account are imported.
    #[must_use]
    pub fn is_imported(&self, account: &str) -> bool {
        self.snapshot().resource_policies.is_loaded(account)
    }

    /// Returns the ARNs of all users and roles that the documents describe.
    pub fn principals(&self) -> impl Iterator<Item = &str> {
        let sources = self.snapshot().sources.iter();
        sources
            .filter(|source| matches!(source.kind, SourceKind::User | SourceKind::Role))
            .map(|source| &*source.id)
    }

    /// Returns the ARNs of the roles of other shards whose trust policies are known; none for a whole inventory.
    pub fn roles_of_other_shards(&self) -> impl Iterator<Item = String> {
        self.snapshot().resource_policies.closed.arns()
    }

    /// Returns the ARNs of instance profiles, each with the ARN of its role.
    pub fn instance_profiles(&self) -> impl Iterator<Item = (&str, &str)> {
        let profiles = self.snapshot().instance_profiles.iter();
        profiles.map(|(profile, role)| (profile.as_str(), role.as_str()))
    }

    /// Returns the user or role with that ARN; `None` when no document describes it.
    #[must_use]
    pub fn principal(&self, arn: &str) -> Option<ImportedPrincipal<'_>> {
        let mut sources = self.snapshot().sources.iter();
        let source = sources.find(|source| {
            matches!(source.kind, SourceKind::User | SourceKind::Role) && &*source.id == arn
        })?;
        Some(ImportedPrincipal {
            effective: self,
            source,
        })
    }
}

impl<'s> ImportedPrincipal<'s> {
    /// Returns kind and name of what the principal needs and no document holds: its rows may be too few, or too wide.
    pub fn missing(&self) -> impl Iterator<Item = (MissingKind, &'s str)> + use<'s> {
        let snapshot = self.effective.snapshot();
        let number = snapshot.source_id(self.source).into_iter();
        let missing = number.flat_map(|number| snapshot.missing.of_source(number));
        missing.map(|one| (one.kind, &*one.name))
    }

    /// Returns what the policies of the principal and of its groups grant. Policies of resources are left out, because
    /// they do not change with those of the principal.
    pub fn rows(&self) -> impl Iterator<Item = PrincipalRow<'s>> + use<'s> {
        let Self { effective, source } = *self;
        source
            .attachments
            .iter()
            .filter_map(move |attachment| Some((*attachment, granting_policy(effective, *attachment)?)))
            .flat_map(move |(attachment, policy)| {
                let table = effective.table(attachment.table);
                table.rows().iter().map(move |row| {
                    let action = effective.snapshot().actions.get(row.action);
                    PrincipalRow {
                        action: action.map_or("", |action| &action.name),
                        destination: table.dest(*row),
                        is_limited: table.is_limited(*row),
                        policy,
                    }
                })
            })
    }
}

/// Returns the policy of an attachment; `None` for the policy of a resource.
fn granting_policy(
    effective: &EffectivePermissions,
    attachment: Attachment,
) -> Option<GrantingPolicyName<'_>> {
    let snapshot = effective.snapshot();
    let (entity, policy) = (
        snapshot.entity_of(attachment)?,
        snapshot.policies.get(attachment.policy)?,
    );
    Some(GrantingPolicyName {
        name: &policy.name,
        id: &policy.id,
        kind: policy.kind,
        entity: &entity.id,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::aws::tests::sample_account::{ROLE, SampleAccount, USER};

    #[test]
    fn the_rows_of_a_principal_are_what_its_policies_leave_it() {
        let mut account = SampleAccount::of(
            r#"{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket","sqs:SendMessage"],"Resource":"*"}"#,
        );
        account.group =
            vec![r#"{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}"#.to_owned()];
        account.boundary = Some(vec![
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned(),
        ]);
        // The policy of a resource grants something, too.
        account.bucket = vec![format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{USER}"}},"Action":"s3:PutObjectTagging","Resource":"arn:aws:s3:::a/*"}}"#
        )];
        let effective = account.effective();
        assert!(effective.is_imported("111122223333") && !effective.is_imported("444455556666"));
        assert!(
            effective
                .principal("arn:aws:iam::111122223333:user/bob")
                .is_none()
        );
        assert!(effective.principal(ROLE).is_some());
        let principal = effective.principal(USER).unwrap();
        assert_eq!(principal.missing().count(), 0);
        let rows: BTreeSet<(&str, &str, &str)> = principal
            .rows()
            .map(|row| (row.action, row.policy.name, row.policy.entity))
            .collect();
        assert_eq!(
            rows.into_iter().collect::<Vec<_>>(),
            [
                ("s3:GetObject", "own", USER),
                (
                    "s3:ListAllMyBuckets",
                    "shared",
                    "arn:aws:iam::111122223333:group/dev"
                ),
                ("s3:ListBucket", "own", USER),
            ]
        );
    }
}
