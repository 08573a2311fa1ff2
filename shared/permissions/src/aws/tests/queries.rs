//! Compares queries over imported accounts with the query language's own definition.

use super::sample_account::{self, SampleAccount, TODAY, USER};
use super::selected::{all, selection, total};
use crate::aws::EffectivePermissions;
use crate::aws::data::EntityId;
use crate::aws::query::{self, Occurring, RowRef};
use crate::row::exceptions::ExceptionCode;
use crate::shard::tests::searched_shards::SearchedShards;
use crate::shard::{RowForm, ShardPositions};
use inventory::{CredentialReport, Inventory};
use proptest::prelude::*;
use rql::{GroupedRow, Query};
use rstest::rstest;

impl GroupedRow for RowRef<'_> {
    type Group = (String, Option<EntityId>);

    fn group(&self) -> Self::Group {
        (self.source.id.to_string(), self.attachment.entity)
    }
}

/// Makes an account whose rows differ in every member that identity policies can change.
fn account() -> SampleAccount {
    let mut account = SampleAccount::of(
        r#"{"Effect":"Allow","Action":["s3:*","sts:AssumeRole"],"Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}},
        {"Effect":"Allow","Action":"iam:PassRole","Resource":["arn:aws:iam::111122223333:role/app","arn:aws:iam::444455556666:role/x"]},
        {"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret/*"}"#,
    );
    account.group = vec![
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]}"#.into(),
        r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}"#.into(),
    ];
    account.trust =
        vec![r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"}}"#.into()];
    account.bucket = vec![
        r#"{"Effect":"Allow","Action":"s3:GetObject","Principal":{"AWS":"arn:aws:iam::111122223333:role/app"},"Resource":"arn:aws:s3:::a/*"}"#.into(),
    ];
    account
}

const PREDICATES: [&str; 40] = [
    "source.cloud.type = 'aws'",
    "source.cloud.account = 'PRODUCTION'",
    "source.cloud.account != dest.cloud.account",
    "dest.cloud.account != '*'",
    "dest.cloud.account LIKE '111122223333'",
    "source.cloud.resource.name IN ('alice', 'bob')",
    "source.cloud.resource.type = 'role'",
    "source.public = true",
    "source.cloud.service.name = 'lambda'",
    "source.cloud.resource.type != 'function'",
    "source.mfaenabled = false",
    "source.mfaenabled != false",
    "source.cloud.accesskey.activekeys > 0",
    "source.cloud.accesskey.lastused.days > 90",
    "source.cloud.accesskey.lastused.days <= 90",
    "grantedby.cloud.entity.lastlogin.days > 90",
    "grantedby.cloud.entity.lastlogin.days != 3",
    "dest.cloud.resource.name = '*'",
    "dest.cloud.resource.name ENDS WITH 'app'",
    "dest.cloud.wildcardscope = true",
    "dest.cloud.region = 'aws global'",
    "dest.cloud.service.name = 's3'",
    "dest.cloud.resource.type = 'Bucket'",
    "dest.cloud.resource.id CONTAINS '/'",
    "grantedby.cloud.entity.type = 'group'",
    "grantedby.cloud.entity.name NOT IN ('dev')",
    "grantedby.cloud.policy.type != 'Inline Policy'",
    "grantedby.cloud.policy.name = 'own'",
    "grantedby.cloud.policy.condition DOES NOT EXIST",
    "grantedby.cloud.policy.condition('aws:sourceip', 'IpAddress') = '10.0.0.0/8'",
    "grantedby.cloud.entity.tag('team') EXISTS",
    "source.cloud.resource.tag('team') = 'a'",
    "action.name = 's3:getobject'",
    "action.name STARTS WITH 's3:'",
    "action.name DOES NOT END WITH 'Role'",
    "action.access.level = 'Data Read'",
    "action.access.isadministrative = true",
    "action.lastaccess.days > 90",
    "action.lastaccess.days <= 1",
    "grantedby.cloud.policy.isexcessive = true",
];

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(PREDICATES.as_slice()).prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join(" AND "))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            inner.prop_map(|part| format!("NOT {part}")),
        ]
    })
}

pub(crate) fn query() -> impl Strategy<Value = String> {
    let all = "action.name CONTAINS ALL ('iam:PassRole', 's3:ListBucket')";
    prop_oneof![
        4 => condition().prop_map(|condition| condition),
        1 => condition().prop_map(move |condition| format!("{all} AND {condition}")),
        1 => (condition(), condition())
            .prop_map(move |(one, other)| format!("{all} AND {one} OR {other}")),
    ]
}

/// Returns permissions with uses: alice has used one action of Amazon S3 and not another one, other actions are not
/// tracked; a role was never assumed.
pub(crate) fn with_usage() -> EffectivePermissions {
    sample_account::effective(&used_inventory())
}

fn used_inventory() -> Inventory {
    let mut inventory = account().inventory();
    let file = r#"{"reports":[{"Arn":"arn:aws:iam::111122223333:user/alice","ServicesLastAccessed":[
        {"ServiceNamespace":"s3","LastAuthenticated":"2026-03-30T00:00:00Z","TrackedActionsLastAccessed":[
            {"ActionName":"GetObject","LastAccessedTime":"2026-03-30T00:00:00Z"},{"ActionName":"ListBucket"}]},
        {"ServiceNamespace":"sts"}]}]}"#;
    inventory.last_accessed = Some(inventory::read_last_accessed(file).unwrap());
    let alice = "arn:aws:iam::111122223333:user/alice,2025-01-01,true,2026-03-28,2025-01-01,false,true,2025-01-01,2025-12-01,false,2025-01-01,N/A";
    inventory.credentials = Some(report(alice));
    let compute = r#"{"account":"111122223333","computeResources":[{"arn":"arn:aws:lambda:eu-west-2:111122223333:function:f",
        "roleArn":"arn:aws:iam::111122223333:role/app"}]}"#;
    inventory.compute = Some(inventory::read_compute(compute).unwrap());
    inventory
}

const COLUMNS: &str = "arn,user_creation_time,password_enabled,password_last_used,password_last_changed,mfa_active,\
    access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date";

/// Makes a credential report of one line.
pub(crate) fn report(line: &str) -> CredentialReport {
    inventory::read_credential_report(&format!("{COLUMNS}\n{line}\n")).unwrap()
}

/// Rows are written as the JSON of Get Permissions, without explanations
const FORM: (RowForm, bool) = (RowForm::Json, false);

fn everything(effective: &EffectivePermissions) -> Vec<RowRef<'_>> {
    let query = Query::parse("config from iam where source.cloud.type = 'AWS'").unwrap();
    selection(effective, &query).rows(0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn pages_concatenate_to_what_the_language_selects(
        condition in query(),
        limit in 1_usize..9,
        usage in prop::bool::ANY,
    ) {
        let effective = if usage { with_usage() } else { account().effective() };
        let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
        let everything = everything(&effective);
        // The document of compute resources comes with the last accessed report, and adds the function.
        prop_assert_eq!(everything.len(), if usage { 13 } else { 12 });
        let selected: Vec<String> = rql::select(&query, &everything).into_iter().map(|index| everything[index].key().row_id()).collect();
        let (searched, _) = SearchedShards::new(std::slice::from_ref(&effective), &condition);
        let (mut paged, mut after) = (Vec::new(), ShardPositions::default());
        loop {
            let page = searched.page(None, &after, (limit, 4), FORM).unwrap();
            prop_assert_eq!(page.total, selected.len() as u64);
            prop_assert!(page.next.is_none() || page.rows.len() == limit, "only the last page is short");
            paged.extend(page.rows.iter().map(|row| id(row)));
            let Some(next) = page.next else { break };
            after = next;
        }
        prop_assert_eq!(paged, selected);
    }
}

fn id(row: &str) -> String {
    let row: serde_json::Value = serde_json::from_str(row).unwrap();
    row["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_full_last_page_has_no_position() {
    let effective = account().effective();
    let (searched, _) =
        SearchedShards::new(std::slice::from_ref(&effective), "action.name = 's3:ListBucket'");
    let next = |limit: u64| {
        let limits = (usize::try_from(limit).unwrap(), limit);
        searched
            .page(None, &ShardPositions::default(), limits, FORM)
            .unwrap()
            .next
    };
    let total = searched.whole(None, FORM).total;
    assert!(total > 1);
    assert_eq!(next(total), None);
    assert!(next(total - 1).is_some());
}

#[test]
fn usage_tells_never_used_from_not_tracked() {
    let effective = with_usage();
    let names = |condition: &str| {
        let selected = all(&effective, condition);
        let rows = selected.iter();
        let mut found: Vec<_> = rows
            .map(|row| {
                (
                    row.effective_action_name,
                    row.last_access_date.clone(),
                    row.last_access_status,
                )
            })
            .collect();
        found.dedup();
        assert_eq!(total(&effective, condition), selected.len() as u64);
        found
    };
    let never = ("s3:ListBucket", None, "NOT_ACCESSED_IN_TRACKING_PERIOD");
    let used = ("s3:GetObject", Some("2026-03-30".to_owned()), "ACCESSED");
    let never_at_all = ("sts:AssumeRole", None, "NOT_ACCESSED_IN_TRACKING_PERIOD");
    assert_eq!(
        names("action.lastaccess.days > 90"),
        [never.clone(), never_at_all]
    );
    assert_eq!(names("action.lastaccess.days <= 1"), std::slice::from_ref(&used));
    assert!(
        names("NOT action.lastaccess.days <= 1").len() > 2,
        "what is not tracked is neither"
    );
}

/// Findings: attributes of credentials, which no document held. `password,last login,mfa,key 1,used,key 2,used`; days
/// count up to 2026-03-31.
#[rstest]
#[case::mfa("true,2026-03-28,true,false,N/A,false,N/A", "source.mfaenabled = true", true)]
#[case::no_mfa(
    "true,2026-03-28,false,false,N/A,false,N/A",
    "source.mfaenabled = false",
    true
)]
#[case::login(
    "true,2026-03-28,true,false,N/A,false,N/A",
    "grantedby.cloud.entity.lastlogin.days > 2",
    true
)]
#[case::login_of_that_day(
    "true,2026-03-28,true,false,N/A,false,N/A",
    "grantedby.cloud.entity.lastlogin.days > 3",
    false
)]
#[case::never_logged_in(
    "true,no_information,true,false,N/A,false,N/A",
    "grantedby.cloud.entity.lastlogin.days > 4000",
    true
)]
#[case::no_password(
    "false,N/A,true,false,N/A,false,N/A",
    "grantedby.cloud.entity.lastlogin.days > 0",
    false
)]
#[case::no_key(
    "true,N/A,true,false,N/A,false,N/A",
    "source.cloud.accesskey.activekeys = 0",
    true
)]
#[case::two_keys(
    "true,N/A,true,true,N/A,true,2026-03-30",
    "source.cloud.accesskey.activekeys > 1",
    true
)]
#[case::inactive_key(
    "true,N/A,true,true,N/A,false,N/A",
    "source.cloud.accesskey.activekeys > 1",
    false
)]
#[case::one_of_two_keys_is_old(
    "true,N/A,true,true,2026-03-30,true,2025-12-01",
    "source.cloud.accesskey.lastused.days > 90",
    true
)]
#[case::the_old_key_is_inactive(
    "true,N/A,true,true,2026-03-30,false,2025-12-01",
    "source.cloud.accesskey.lastused.days > 90",
    false
)]
#[case::a_key_that_was_never_used(
    "true,N/A,true,true,N/A,true,2026-03-30",
    "source.cloud.accesskey.lastused.days > 4000",
    true
)]
#[case::no_key_is_not_old(
    "true,N/A,true,false,N/A,false,N/A",
    "source.cloud.accesskey.lastused.days > 0",
    false
)]
fn credentials_are_those_of_the_report(#[case] line: &str, #[case] condition: &str, #[case] expected: bool) {
    let fields: Vec<&str> = line.split(',').collect();
    let [password, login, mfa, key, used, other, other_used] = fields[..] else {
        panic!("{line}");
    };
    let mut inventory = account().inventory();
    inventory.credentials = Some(report(&format!(
        "{USER},2025-01-01,{password},{login},N/A,{mfa},{key},2025-01-01,{used},{other},2025-01-01,{other_used}"
    )));
    let effective = sample_account::effective(&inventory);
    let rows = all(
        &effective,
        &format!("grantedby.cloud.entity.type = 'user' AND {condition}"),
    );
    assert_eq!(!rows.is_empty(), expected);
    // Roles have no credentials of this kind, and groups do not log in.
    let others = "(source.cloud.resource.type = 'role' OR grantedby.cloud.entity.type = 'group')";
    if condition.contains("lastlogin") {
        assert_eq!(total(&effective, &format!("{others} AND {condition}")), 0);
    }
}

#[test]
fn days_since_a_login_count_up_to_the_day_of_the_search() {
    let mut inventory = account().inventory();
    let line = format!("{USER},2025-01-01,true,2026-03-28,N/A,true,false,N/A,N/A,false,N/A,N/A");
    inventory.credentials = Some(report(&line));
    let effective = sample_account::effective(&inventory);
    let text = "config from iam where grantedby.cloud.entity.lastlogin.days > 30";
    let query = Query::parse(text).unwrap();
    let occurring = Occurring::default();
    let total = |today| query::select(&effective, &query, today, &occurring).total();
    assert_eq!(total(TODAY), 0);
    assert!(total(TODAY.saturating_add(jiff::Span::new().days(30))) > 0);
}

#[test]
fn an_action_whose_last_access_aws_does_not_report_says_so_unless_its_service_was_never_used() {
    let mut actions = sample_account::actions();
    for action in &mut actions {
        action.has_last_access = !["s3:PutObjectTagging", "sts:AssumeRole"].contains(&&*action.name);
    }
    let effective = sample_account::effective_with(&used_inventory(), &actions);
    let rows = all(&effective, "source.cloud.type = 'AWS'");
    let found = |name: &str| {
        let of_alice = |row: &&crate::row::Row<'_>| {
            row.effective_action_name == name && row.last_access_status != "ACCESSED"
        };
        let row = rows.iter().find(of_alice).unwrap();
        let is_named = row.exceptions.contains(ExceptionCode::CloudEventNotSupported);
        (row.last_access_status, is_named)
    };
    assert_eq!(found("s3:PutObjectTagging"), ("NOT_AVAILABLE", true));
    assert_eq!(found("s3:ListBucket"), ("NOT_ACCESSED_IN_TRACKING_PERIOD", false));
    assert_eq!(
        found("sts:AssumeRole"),
        ("NOT_ACCESSED_IN_TRACKING_PERIOD", false)
    );
    assert_eq!(found("iam:PassRole"), ("NOT_AVAILABLE", false));
}

#[test]
fn a_row_reads_as_documented() {
    let effective = account().effective();
    insta::assert_json_snapshot!(all(
        &effective,
        "dest.cloud.resource.name = 'app' AND grantedby.cloud.policy.name = 'own'",
    ));
}

/// Findings: a principal whose boundary, Deny or service control policies leave it little is not an administrator.
#[rstest]
#[case::nothing_limits_it(None, None, None, true)]
#[case::boundary(
    Some(r#"{"Effect":"Allow","Action":"s3:List*","Resource":"*"}"#),
    None,
    None,
    false
)]
#[case::boundary_with_everything(Some(ALL), None, None, true)]
#[case::deny(
    None,
    Some(r#"{"Effect":"Deny","NotAction":"s3:GetObject","Resource":"*"}"#),
    None,
    false
)]
#[case::deny_of_a_part(None, Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"*"}"#), None, true)]
#[case::service_control_policy(
    None,
    None,
    Some(r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#),
    false
)]
#[case::deny_under_a_condition(
    None,
    Some(
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}"#
    ),
    None,
    true
)]
#[case::service_control_policy_with_everything(None, None, Some(ALL), true)]
#[case::layers_together(
    Some(r#"{"Effect":"Allow","Action":["iam:*","s3:*"],"Resource":"*"}"#),
    Some(r#"{"Effect":"Deny","Action":"iam:*","Resource":"*"}"#),
    Some(ALL),
    false
)]
fn an_administrator_is_one_after_all_layers(
    #[case] boundary: Option<&str>,
    #[case] deny: Option<&str>,
    #[case] level: Option<&str>,
    #[case] expected: bool,
) {
    let mut account = SampleAccount::of(ALL);
    account.boundary = boundary.map(|one| vec![one.to_owned()]);
    account.group = deny.into_iter().map(str::to_owned).collect();
    account.levels =
        Some(level.map_or_else(Vec::new, |one| vec![vec![ALL.to_owned()], vec![one.to_owned()]]));
    let effective = account.effective();
    let condition = "source.cloud.resource.name = 'alice' AND action.access.isadministrative = true";
    let rows = all(&effective, condition);
    assert_eq!(total(&effective, condition), rows.len() as u64);
    assert_eq!(!rows.is_empty(), expected, "{rows:?}");
}

/// A Deny in the boundary or in a service control policy counts, too.
#[rstest]
#[case::boundary(|account: &mut SampleAccount| account.boundary = Some(vec![ALL.to_owned(), DENIES.to_owned()]))]
#[case::service_control_policy(|account: &mut SampleAccount| account.levels = Some(vec![vec![ALL.to_owned(), DENIES.to_owned()]]))]
fn no_layer_s_deny_leaves_an_administrator(#[case] limit: fn(&mut SampleAccount)) {
    let mut account = SampleAccount::of(ALL);
    let condition = "source.cloud.resource.name = 'alice' AND action.access.isadministrative = true";
    assert_ne!(total(&account.effective(), condition), 0);
    limit(&mut account);
    assert_eq!(total(&account.effective(), condition), 0);
}

const DENIES: &str = r#"{"Effect":"Deny","Action":["iam:*","sts:*"],"Resource":"*"}"#;
const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
