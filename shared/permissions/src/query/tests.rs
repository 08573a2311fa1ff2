use super::*;
use crate::snapshot::world::World;
use proptest::prelude::*;
use rql::{GroupedRow, Query};

impl GroupedRow for Place<'_> {
    type Group = (String, usize);

    fn group(&self) -> Self::Group {
        (self.source.id.to_string(), self.attachment.entity)
    }
}

/// Rows that differ in every member that a snapshot of identity policies can show.
fn world() -> World {
    let mut world = World::of(
        r#"{"Effect":"Allow","Action":["s3:*","sts:AssumeRole"],"Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}},
        {"Effect":"Allow","Action":"iam:PassRole","Resource":["arn:aws:iam::111122223333:role/app","arn:aws:iam::444455556666:role/x"]},
        {"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret/*"}"#,
    );
    world.group = vec![
        r#"{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]}"#.into(),
        r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}"#.into(),
    ];
    world.trust =
        vec![r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"}}"#.into()];
    world
}

const PREDICATES: [&str; 32] = [
    "source.cloud.type = 'aws'",
    "source.cloud.account = 'PRODUCTION'",
    "source.cloud.account != dest.cloud.account",
    "dest.cloud.account != '*'",
    "dest.cloud.account LIKE '111122223333'",
    "source.cloud.resource.name IN ('alice', 'bob')",
    "source.cloud.resource.type = 'role'",
    "source.public = true",
    "source.mfaenabled = false",
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

fn query() -> impl Strategy<Value = String> {
    let all = "action.name CONTAINS ALL ('iam:PassRole', 's3:ListBucket')";
    prop_oneof![
        4 => condition().prop_map(|condition| format!("config from iam where {condition}")),
        1 => condition().prop_map(move |condition| format!("config from iam where {all} AND {condition}")),
        1 => (condition(), condition())
            .prop_map(move |(one, other)| format!("config from iam where {all} AND {one} OR {other}")),
    ]
}

/// Alice has used one action of Amazon S3 and not another one, others are not tracked; a role was never assumed.
fn with_usage() -> Snapshot {
    let mut inventory = world().inventory();
    let file = r#"{"reports":[{"Arn":"arn:aws:iam::111122223333:user/alice","ServicesLastAccessed":[
        {"ServiceNamespace":"s3","LastAuthenticated":"2026-03-30T00:00:00Z","TrackedActionsLastAccessed":[
            {"ActionName":"GetObject","LastAccessedTime":"2026-03-30T00:00:00Z"},{"ActionName":"ListBucket"}]},
        {"ServiceNamespace":"sts"}]}]}"#;
    inventory.last_accessed = Some(inventory::read_last_accessed(file).unwrap());
    let (types, actions) = (crate::snapshot::world::types(), crate::snapshot::world::actions());
    Snapshot::compile(&inventory, &types, &actions, jiff::civil::date(2026, 3, 31))
}

fn everything(snapshot: &Snapshot) -> Vec<Place<'_>> {
    let query = Query::parse("config from iam where source.cloud.type = 'AWS'").unwrap();
    snapshot.select(&query).places(0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn pages_concatenate_to_what_the_language_selects(
        text in query(),
        limit in 1_usize..9,
        usage in prop::bool::ANY,
    ) {
        let snapshot = if usage { with_usage() } else { world().snapshot() };
        let query = Query::parse(&text).unwrap();
        let all = everything(&snapshot);
        prop_assert_eq!(all.len(), 11);
        let selected: Vec<String> = rql::select(&query, &all).into_iter().map(|index| all[index].id()).collect();
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = snapshot.page(&query, limit, after);
            prop_assert_eq!(page.total, selected.len() as u64);
            prop_assert!(page.next.is_none() || page.rows.len() == limit, "only the last page is short");
            paged.extend(page.rows.into_iter().map(|row| row.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        prop_assert_eq!(paged, selected);
    }
}

#[test]
fn a_full_last_page_has_no_position() {
    let snapshot = world().snapshot();
    let query = Query::parse("config from iam where action.name = 's3:ListBucket'").unwrap();
    let total = usize::try_from(snapshot.page(&query, 1, None).total).unwrap();
    assert!(total > 1);
    assert_eq!(snapshot.page(&query, total, None).next, None);
    assert!(snapshot.page(&query, total - 1, None).next.is_some());
}

#[test]
fn a_position_survives_being_sent() {
    let snapshot = world().snapshot();
    let query = Query::parse("config from iam where dest.cloud.service.name = 's3'").unwrap();
    let position = snapshot.page(&query, 3, None).next.unwrap();
    let sent = serde_json::to_string(&position).unwrap();
    assert_eq!(serde_json::from_str::<Position>(&sent).unwrap(), position);
}

#[test]
fn usage_tells_never_used_from_not_tracked() {
    let snapshot = with_usage();
    let names = |condition: &str| {
        let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
        let page = snapshot.page(&query, 100, None);
        let rows = page.rows.iter();
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
        assert_eq!(page.total, page.rows.len() as u64);
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

#[test]
fn a_row_reads_as_documented() {
    let snapshot = world().snapshot();
    let query = Query::parse("config from iam where dest.cloud.resource.name = 'app'").unwrap();
    let page = snapshot.page(&query, 1, None);
    insta::assert_json_snapshot!(page.rows);
}
