//! Compares what is decided together with what is decided alone.

use super::dest::Dests;
use super::layout::Layout;
use super::table::Table;
use super::{EffectivePermissions, identity_grants};
use crate::aws::data::{CompiledDocument, PrincipalClass};
use crate::aws::tests::brute_force::organization;
use crate::aws::tests::sample_account::{SampleAccount, TODAY, actions, types};
use crate::aws::{AccessLevel, ActionSpec};
use crate::aws::{compile, specs};
use iam::catalogue::Catalogue;
use inventory::{Inventory, read_authorization_details};
use proptest::prelude::*;
use serde_json::json;

/// Returns all that rows of a table say.
fn shown(table: &Table) -> Vec<String> {
    let rows = table.rows().iter();
    let shown = rows.copied().map(|row| {
        let kind = table.kind(row).unwrap();
        let of_row = (
            row.action,
            table.dest(row),
            table.account(row),
            kind.resource_type,
        );
        format!("{of_row:?} {:?} {:?}", kind.exceptions, table.statements(row))
    });
    shown.collect()
}

/// Returns the identity-based policies of a snapshot with the principal classes that hold them, and the tables.
fn held(effective: &EffectivePermissions) -> Vec<(&CompiledDocument, &PrincipalClass, &Table)> {
    let snapshot = effective.snapshot();
    let identity = snapshot
        .tables
        .with_ids()
        .filter(|(_, spec)| spec.resource.is_none());
    let held = identity.filter_map(|(id, spec)| {
        let document = snapshot.documents.get(spec.document)?;
        let class = snapshot.principal_classes.get(spec.class)?;
        Some((document, class, effective.table(id)))
    });
    held.collect()
}

proptest! {
    #[test]
    fn rows_that_are_decided_together_are_decided_as_each_alone(organization in organization()) {
        let effective = organization.effective();
        let snapshot = effective.snapshot();
        for (document, class, table) in held(&effective) {
            let draft = identity_grants::draft(snapshot, class, document, None, &Dests::default());
            let layout = Layout::new(snapshot, &draft, None);
            let owner = (class, &*class.account);
            let alone = layout.table(snapshot, &draft, owner, || 1, |_| None, |request, granting| {
                identity_grants::effective(request, document, granting)
            });
            prop_assert_eq!(shown(table), shown(&alone));
        }
    }
}

/// Decides everything that a user holds, when S3 has so many more actions on objects.
fn decisions(more: usize) -> usize {
    let mut account = SampleAccount::of(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
    account.boundary = Some(vec![
        r#"{"Effect":"Allow","NotAction":"iam:*","Resource":["*"]}"#.to_owned(),
        r#"{"Effect":"Deny","Action":"s3:Delete*","Resource":"arn:aws:s3:::kept/*"}"#.to_owned(),
    ]);
    let more = (0..more).map(|number| ActionSpec {
        name: format!("s3:PutThing{number}").into(),
        level: Some(AccessLevel::DataWrite),
        types: vec![1],
        has_last_access: true,
    });
    let actions: Vec<ActionSpec> = actions().into_iter().chain(more).collect();
    let effective = EffectivePermissions::from(compile(&account.inventory(), &types(), &actions, TODAY));
    let snapshot = effective.snapshot();
    let held = held(&effective).into_iter();
    let granting = held.filter(|(_, _, table)| !table.rows().is_empty());
    let counts = granting.map(|(document, class, _)| {
        let draft = identity_grants::draft(snapshot, class, document, None, &Dests::default());
        let classes = effective.shared.action_classes.of(snapshot, class);
        let layout = Layout::new(snapshot, &draft, Some(&classes));
        let decided = layout.decided(snapshot, &draft, class, |request, granting| {
            identity_grants::effective(request, document, granting)
        });
        decided.count()
    });
    counts.sum()
}

#[test]
fn more_actions_that_no_layer_tells_apart_need_no_more_decisions() {
    let few = decisions(1);
    assert_eq!(decisions(500), few);
    assert!((1..40).contains(&few), "{few}");
}

/// A user gets a session token whatever policies say, and a role does not.
#[test]
fn a_user_and_a_role_who_hold_one_policy_are_told_apart_where_users_need_no_permission() {
    let boundary = "arn:aws:iam::111122223333:policy/reads";
    let entity = |kind: &str| {
        json!({
            "Arn": format!("arn:aws:iam::111122223333:{}/one", kind.to_lowercase()),
            format!("{kind}Name"): "one",
            "AttachedManagedPolicies": [{ "PolicyName": "p", "PolicyArn": "arn:aws:iam::aws:policy/sessions" }],
            "PermissionsBoundary": { "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary },
        })
    };
    let policy = |arn: &str, action: &str| {
        let document = json!({ "Version": "2012-10-17", "Statement":
            [{ "Effect": "Allow", "Action": action, "Resource": "*" }] });
        json!({ "Arn": arn, "PolicyName": "p", "DefaultVersionId": "v1",
            "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": document }] })
    };
    let mut role = entity("Role");
    role["AssumeRolePolicyDocument"] = json!({ "Version": "2012-10-17", "Statement": [] });
    let details = json!({
        "UserDetailList": [entity("User")], "RoleDetailList": [role], "GroupDetailList": [],
        "Policies": [policy("arn:aws:iam::aws:policy/sessions", "sts:GetSessionToken"), policy(boundary, "s3:GetObject")],
    });
    let inventory = Inventory {
        details: read_authorization_details(&details.to_string()).unwrap(),
        ..Inventory::default()
    };
    let (types, actions) = specs(Catalogue::embedded());
    let effective = EffectivePermissions::from(compile(&inventory, &types, &actions, TODAY));
    let snapshot = effective.snapshot();
    let rows = snapshot.sources.iter().map(|source| {
        let tables = source.attachments.iter().map(|one| effective.table(one.table));
        (source.kind.as_str(), tables.map(|table| table.rows().len()).sum())
    });
    let rows: Vec<(&str, usize)> = rows.collect();
    assert_eq!(rows, [("role", 0), ("user", 1)]);
}
