use std::sync::Arc;

use proptest::prelude::*;
use rql::Query;
use rstest::rstest;

use super::*;

const ACCOUNT: &str = "111122223333";
const SITEWISE: &str = "arn:aws:iotsitewise:us-east-1:111122223333";

fn access_policy(id: &str, identity: Identity, permission: &str, resource: &str) -> AccessPolicy {
    AccessPolicy {
        arn: format!("{SITEWISE}:access-policy/{id}"),
        identity,
        permission: permission.to_owned(),
        resource_arn: format!("{SITEWISE}:{resource}"),
    }
}

fn held_policy(id: &str, targets: &str) -> Arc<HeldPolicy> {
    let permissions = format!(r#"[{{"effect":"Allow","targets":{targets}}}]"#);
    let permissions = serde_json::from_str(&permissions).unwrap();
    let is_system_managed = id.starts_with("system");
    Arc::new(HeldPolicy::new(
        ACCOUNT,
        id.to_owned(),
        format!("name of {id}"),
        is_system_managed,
        permissions,
    ))
}

fn holding(sub_account: &str, policy_id: &str) -> Holding {
    Holding {
        sub_account: sub_account.to_owned(),
        policy_id: policy_id.to_owned(),
    }
}

/// Returns own grants of every kind that there is.
pub(crate) fn own_grants() -> OwnGrants {
    let text = str::to_owned;
    let iam_user = || Identity::IamUser(text("arn:aws:iam::111122223333:user/ops/alice"));
    let access_policies = vec![
        access_policy("p1", iam_user(), "ADMINISTRATOR", "portal/a"),
        access_policy("p2", Identity::User(text("u-1")), "VIEWER", "project/b"),
        access_policy("p3", Identity::Group(text("g-1")), "VIEWER", "portal/a"),
        access_policy("p6", Identity::Group(text("u-1")), "ADMINISTRATOR", "project/b"),
        access_policy("p7", Identity::Group(text("u-1")), "VIEWER", "project/a"),
        access_policy(
            "p4",
            Identity::IamRole(text("arn:aws:iam::444455556666:role/other")),
            "ADMINISTRATOR",
            "project/b",
        ),
        access_policy("p5", iam_user(), "ADMINISTRATOR", "portal/a"),
    ];
    let held_policies = vec![
        held_policy(
            "web",
            r#"[{"product":"Server","actions":["View*"],"resourceNrns":["nrn:*:Server:*::*"]},
            {"product":"APIGateway","actions":["View/getAPIDetail","View*"],"resourceNrns":["nrn:PUB:APIGateway:KR:1:API/7","nrn:PUB:APIGateway:KR:1:Stage/8"]}]"#,
        ),
        held_policy(
            "system-iam",
            r#"[{"product":"IAM","actions":["*"],"resourceNrns":["nrn:*:IAM:*::*","nrn:PUB:IAM::5:Policy/x"]}]"#,
        ),
    ];
    let holdings = vec![
        holding("sub-1", "gone"),
        holding("sub-1", "system-iam"),
        holding("sub-1", "web"),
        holding("sub-2", "web"),
    ];
    OwnGrants::new(ACCOUNT, access_policies, held_policies, holdings)
}

fn query(condition: &str) -> Query {
    Query::parse(&format!("config from iam where {condition}")).unwrap()
}

/// Returns source, action and destination of each row.
fn rows(condition: &str) -> Vec<String> {
    let own = own_grants();
    let selection = own.select(&query(condition), None);
    let rows = selection.rows(0).map(|row| {
        let row = row.row();
        let id = row.dest_resource_id.trim_start_matches(SITEWISE);
        format!(
            "{} {} {id} {}",
            row.source_resource_name, row.effective_action_name, row.dest_resource_type
        )
    });
    rows.collect()
}

#[test]
fn an_access_policy_reads_as_documented() {
    let own = own_grants();
    let selection = own.select(&query("grantedby.cloud.policy.name = 'p2'"), None);
    let rows: Vec<_> = selection.rows(0).map(|row| row.row()).collect();
    insta::assert_json_snapshot!(rows);
}

#[test]
fn a_held_policy_reads_as_documented() {
    let own = own_grants();
    let condition = "source.cloud.resource.name = 'sub-2' AND dest.cloud.resource.name = '7' AND action.name = 'apigateway:view/getapidetail'";
    let selection = own.select(&query(condition), None);
    let rows: Vec<_> = selection.rows(0).map(|row| row.row()).collect();
    insta::assert_json_snapshot!(rows);
}

#[test]
fn an_identity_has_a_row_for_each_of_its_access_policies() {
    insta::assert_snapshot!(rows("dest.cloud.type = 'sitewise'").join("\n"), @"
    alice iotsitewise:ADMINISTRATOR :portal/a portal
    alice iotsitewise:ADMINISTRATOR :portal/a portal
    other iotsitewise:ADMINISTRATOR :project/b project
    g-1 iotsitewise:VIEWER :portal/a portal
    u-1 iotsitewise:ADMINISTRATOR :project/b project
    u-1 iotsitewise:VIEWER :project/a project
    u-1 iotsitewise:VIEWER :project/b project
    ");
}

#[test]
fn a_sub_account_has_the_actions_that_wildcards_stand_for_where_they_have_an_effect() {
    insta::assert_snapshot!(rows("source.cloud.resource.name = 'sub-1'").join("\n"), @"
    sub-1 APIGateway:View* nrn:PUB:APIGateway:KR:1:API/7 API
    sub-1 APIGateway:View* nrn:PUB:APIGateway:KR:1:Stage/8 Stage
    sub-1 APIGateway:View/getAPIDetail nrn:PUB:APIGateway:KR:1:API/7 API
    sub-1 IAM:* nrn:*:IAM:*::* *
    sub-1 IAM:* nrn:PUB:IAM::5:Policy/x Policy
    sub-1 Server:View* nrn:*:Server:*::* *
    ");
}

#[rstest]
#[case::own_cloud(
    "dest.cloud.type = 'NCP' AND source.cloud.type = 'ncp' AND grantedby.cloud.type = 'NCP'",
    "dest.cloud.type = 'NCP'"
)]
#[case::identities_are_in_aws(
    "dest.cloud.type = 'SITEWISE' AND source.cloud.type = 'AWS'",
    "dest.cloud.type = 'SITEWISE'"
)]
#[case::service(
    "dest.cloud.service.name = 'IOTSITEWISE'",
    "action.name STARTS WITH 'iotsitewise:'"
)]
#[case::product("dest.cloud.service.name = 'server'", "action.name STARTS WITH 'Server:'")]
#[case::account(
    "source.cloud.account = '111122223333' AND dest.cloud.type = 'SITEWISE'",
    "dest.cloud.type = 'SITEWISE' AND NOT source.cloud.resource.name = 'other'"
)]
#[case::other_account(
    "source.cloud.account != dest.cloud.account AND dest.cloud.account != '*' AND dest.cloud.type = 'SITEWISE'",
    "source.cloud.resource.name = 'other'"
)]
#[case::entity("grantedby.cloud.entity.type = 'sub-account'", "dest.cloud.type = 'NCP'")]
#[case::policy_type(
    "grantedby.cloud.policy.type IN ('Access Policy', 'System Managed Policy')",
    "dest.cloud.type = 'SITEWISE' OR dest.cloud.service.name = 'IAM'"
)]
#[case::administrative(
    "action.access.isadministrative = true",
    "action.name IN ('iotsitewise:administrator', 'IAM:*')"
)]
#[case::region("dest.cloud.region = 'AWS Virginia'", "dest.cloud.region = 'us-east-1'")]
#[case::wildcard("dest.cloud.wildcardscope = true", "dest.cloud.resource.name = '*'")]
#[case::identity_center(
    "source.idp.service = 'UNKNOWN'",
    "source.cloud.resource.name IN ('u-1', 'g-1')"
)]
#[case::no_conditions("grantedby.cloud.policy.condition DOES NOT EXIST", "source.public = false")]
fn queries_find_the_rows_of_own_grants_as_they_find_others(#[case] one: &str, #[case] other: &str) {
    let found = rows(one);
    assert!(!found.is_empty() && found.len() < rows("source.public = false").len() + 1);
    assert_eq!(found, rows(other));
}

#[test]
fn actions_that_must_be_held_together_are_those_of_one_source() {
    let both = "action.name CONTAINS ALL ('Server:View*', 'IAM:*')";
    let sources: std::collections::BTreeSet<_> = rows(both)
        .iter()
        .map(|row| row.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(sources.into_iter().collect::<Vec<_>>(), ["sub-1"]);
    // A user and a group have the same id, and only the group has both permissions.
    let both = rows("action.name CONTAINS ALL ('iotsitewise:VIEWER', 'iotsitewise:ADMINISTRATOR')");
    assert_eq!(
        both,
        [
            "u-1 iotsitewise:ADMINISTRATOR :project/b project",
            "u-1 iotsitewise:VIEWER :project/a project"
        ]
    );
}

#[test]
fn what_is_stored_comes_back() {
    let own = own_grants();
    let bytes = own.encode().unwrap();
    assert_eq!(bytes, own.encode().unwrap());
    let restored = OwnGrants::decode(&bytes).unwrap();
    assert_eq!(restored.encode().unwrap(), bytes);
    let ids = |own: &OwnGrants| {
        let selection = own.select(&query("source.public = false"), None);
        selection.rows(0).map(|row| row.row().id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&restored), ids(&own));
}

#[test]
fn damaged_bytes_end_in_an_error_or_in_other_grants_and_never_in_a_panic() {
    let bytes = own_grants().encode().unwrap();
    for end in 0..bytes.len() {
        assert!(OwnGrants::decode(&bytes[..end]).is_err(), "cut at {end}");
    }
    for position in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[position] ^= 0x55;
        let _outcome = OwnGrants::decode(&changed);
    }
    let mut newer = bytes;
    newer[0] = 9;
    assert!(matches!(
        OwnGrants::decode(&newer),
        Err(StoredOwnGrantsError::Version(9))
    ));
}

#[test]
fn an_arn_without_account_or_path_is_read_as_far_as_it_goes() {
    let odd = access_policy("p", Identity::IamRole("arn:aws:x".to_owned()), "VIEWER", "x");
    let own = OwnGrants::new(ACCOUNT, vec![odd], Vec::new(), Vec::new());
    let selection = own.select(&query("source.public = false"), None);
    let row = selection.rows(0).next().unwrap().row();
    assert_eq!(
        (
            row.source_cloud_account,
            row.source_resource_name,
            row.dest_resource_type
        ),
        (Some(ACCOUNT), "x", "*")
    );
}

proptest! {
    #[test]
    fn rows_are_in_total_order_and_skipping_skips(skip in 0_u64..30) {
        let own = own_grants();
        let selection = own.select(&query("source.public = false"), None);
        let all: Vec<_> = selection.rows(0).map(|row| row.key()).collect();
        prop_assert_eq!(all.len() as u64, selection.total());
        prop_assert!(all.windows(2).all(|two| two[0] < two[1]));
        let rest: Vec<_> = selection.rows(skip).map(|row| row.key()).collect();
        prop_assert_eq!(&rest[..], all.get(usize::try_from(skip).unwrap()..).unwrap_or_default());
    }
}
