use super::world::{ROLE, USER, World, document};
use crate::row::Row;
use iam::arn::{ArnPattern, Resource, ShortArn};
use iam::context::{Context, Layered};
use iam::document::{Document, PolicyKind};
use iam::evaluate::{Attached, Layers, OrganizationPolicies, Outcome, Request, ResourcePolicy, evaluate};
use iam::matching::Principal;
use iam::policy::Policy;
use proptest::prelude::*;
use rstest::rstest;

fn rows(snapshot: &super::Snapshot) -> Vec<Row<'_>> {
    let query = rql::Query::parse("config from iam where source.cloud.type = 'AWS'").unwrap();
    snapshot.page(&query, usize::MAX - 1, None).rows
}

/// Action, destination, type and exceptions of alice's rows.
fn summary(world: &World) -> Vec<String> {
    let snapshot = world.snapshot();
    rows(&snapshot)
        .iter()
        .map(|row| {
            let codes: Vec<&str> = row
                .exceptions
                .iter()
                .map(crate::exceptions::ExceptionCode::as_str)
                .collect();
            let (action, dest, kind) = (
                row.effective_action_name,
                row.dest_resource_id,
                row.dest_resource_type,
            );
            format!("{action} {dest} {kind} {}", codes.join(";"))
                .trim_end()
                .to_owned()
        })
        .collect()
}

const READ: &str = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#;

#[rstest]
#[case::plain(READ, None, &["s3:GetObject arn:aws:s3:::a/* object"])]
#[case::one_row_for_each_type(
    r#"{"Effect":"Allow","Action":"s3:PutObjectTagging","Resource":"*"}"#,
    None,
    &["s3:PutObjectTagging * bucket", "s3:PutObjectTagging * object"]
)]
#[case::no_bucket_is_called_like_an_object(
    r#"{"Effect":"Allow","Action":"s3:PutObjectTagging","Resource":"arn:aws:s3:::a/*"}"#,
    None,
    &["s3:PutObjectTagging arn:aws:s3:::a/* object"]
)]
#[case::only_a_star_grants_what_has_no_resource(
    r#"{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"arn:aws:s3:::*"}"#,
    None,
    &[]
)]
#[case::unknown_actions_stay(
    r#"{"Effect":"Allow","Action":"old:Thing","Resource":"arn:aws:old:::x"}"#,
    None,
    &["old:Thing arn:aws:old:::x *"]
)]
#[case::variables_are_filled_in(
    r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:username}/${aws:PrincipalTag/team}/*"}"#,
    None,
    &["s3:GetObject arn:aws:s3:::alice/a/* object"]
)]
#[case::unknown_variables_widen(
    r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/${aws:SourceVpc}"}"#,
    None,
    &["s3:GetObject arn:aws:s3:::a/* object LIMITED_BY_CONDITION"]
)]
#[case::covering_deny(READ, Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*"}"#), &[])]
#[case::deny_of_a_part(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::a/secret/*"}"#),
    &["s3:GetObject arn:aws:s3:::a/* object LIMITED_BY_DENY_STATEMENT"]
)]
#[case::deny_elsewhere(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}"#),
    &["s3:GetObject arn:aws:s3:::a/* object"]
)]
#[case::deny_but_for_this(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::a/*"}"#),
    &["s3:GetObject arn:aws:s3:::a/* object"]
)]
#[case::deny_under_condition(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}"#),
    &["s3:GetObject arn:aws:s3:::a/* object LIMITED_BY_DENY_STATEMENT"]
)]
#[case::deny_of_somebody_else(
    READ,
    Some(r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:username":"bob"}}}"#),
    &["s3:GetObject arn:aws:s3:::a/* object"]
)]
#[case::not_resource(
    r#"{"Effect":"Allow","Action":"s3:GetObject","NotResource":"arn:aws:s3:::a/*"}"#,
    None,
    &["s3:GetObject * object LIMITED_BY_NOT_RESOURCE"]
)]
#[case::roles_whose_trust_is_not_known(
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::444455556666:role/x"}"#,
    None,
    &["sts:AssumeRole arn:aws:iam::444455556666:role/x role POLICY_NOT_AVAILABLE"]
)]
#[case::a_role_that_trusts_nobody(
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/app"}"#,
    None,
    &[]
)]
#[case::unknown_operator(
    r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"Resembles":{"aws:x":"1"}}}"#,
    None,
    &["s3:ListBucket * bucket LIMITED_BY_CONDITION;CONDITION_NOT_EVALUATED"]
)]
fn rows_are_the_net_of_grants_and_denies(
    #[case] allow: &str,
    #[case] deny: Option<&str>,
    #[case] expected: &[&str],
) {
    let mut world = World::of(allow);
    world.group.extend(deny.map(str::to_owned));
    assert_eq!(summary(&world), expected);
}

#[test]
fn boundary_and_levels_limit_or_remove() {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#.to_owned();
    let part = READ.replace("a/*", "a/public/*");
    let bound = |boundary: Option<&str>, level: Option<&str>| {
        let mut world = World::of(READ);
        world.boundary = boundary.map(|one| vec![one.to_owned()]);
        world.levels = Some(level.map_or_else(Vec::new, |one| vec![vec![all.clone()], vec![one.to_owned()]]));
        summary(&world)
    };
    let row = "s3:GetObject arn:aws:s3:::a/* object";
    assert_eq!(bound(Some(&all), Some(&all)), [row]);
    assert_eq!(
        bound(Some(&part), None),
        [format!("{row} LIMITED_BY_PERMISSIONS_BOUNDARY")]
    );
    assert_eq!(
        bound(None, Some(&part)),
        [format!("{row} LIMITED_BY_SERVICE_CONTROL_POLICY")]
    );
    assert!(bound(Some(&READ.replace("a/*", "b/*")), None).is_empty());
    assert!(bound(None, Some(&READ.replace("Get", "Put"))).is_empty());
}

#[rstest]
#[case::all_of_it(r#""Principal":"*","Resource":"arn:aws:s3:::a/*""#, &[])]
#[case::for_others(r#""Principal":{"AWS":"444455556666"},"Resource":"arn:aws:s3:::a/*""#, &[""])]
#[case::a_part(r#""Principal":"*","Resource":"arn:aws:s3:::a/secret/*""#, &[" LIMITED_BY_DENY_STATEMENT"])]
#[case::outside_its_reach(r#""Principal":"*","Resource":"arn:aws:s3:::b/*""#, &[""])]
#[case::everything_within_its_reach(r#""Principal":"*","Resource":"*""#, &[])]
fn the_policy_of_a_bucket_denies_what_is_in_it(#[case] deny: &str, #[case] expected: &[&str]) {
    let mut world = World::of(READ);
    world.bucket = vec![format!(r#"{{"Effect":"Deny","Action":"s3:Get*",{deny}}}"#)];
    let rows: Vec<String> = expected
        .iter()
        .map(|codes| format!("s3:GetObject arn:aws:s3:::a/* object{codes}"))
        .collect();
    assert_eq!(summary(&world), rows);
}

#[test]
fn what_is_not_known_is_said() {
    let mut world = World::of(READ);
    world.levels = None;
    assert_eq!(
        summary(&world),
        ["s3:GetObject arn:aws:s3:::a/* object AWS_ROOT_ACCOUNT_IS_NOT_ONBOARDED"]
    );
    let mut inventory = World::of(READ).inventory();
    inventory.details.users[0]
        .attached
        .push("arn:aws:iam::aws:policy/Missing".into());
    let (types, actions) = (super::world::types(), super::world::actions());
    let snapshot = super::Snapshot::compile(&inventory, &types, &actions, jiff::civil::date(2026, 3, 31));
    let codes: Vec<_> = rows(&snapshot)[0]
        .exceptions
        .iter()
        .map(crate::exceptions::ExceptionCode::as_str)
        .collect();
    assert_eq!(codes, ["POLICY_NOT_AVAILABLE"]);
}

const REQUESTS: [(&str, &str, &str); 12] = [
    ("s3:GetObject", "arn:aws:s3:::a/x", "object"),
    ("s3:GetObject", "arn:aws:s3:::a/x:1", "object"),
    ("s3:GetObject", "arn:aws:s3:::alice/x", "object"),
    ("s3:ListBucket", "arn:aws:s3:::a", "bucket"),
    ("s3:ListBucket", "arn:aws:s3:::b", "bucket"),
    ("s3:PutObjectTagging", "arn:aws:s3:::a", "bucket"),
    ("s3:PutObjectTagging", "arn:aws:s3:::a/x", "object"),
    ("s3:ListAllMyBuckets", "*", "*"),
    ("iam:PassRole", ROLE, "role"),
    (
        "iam:PassRole",
        "arn:aws:iam::111122223333:role/team/other",
        "role",
    ),
    ("sts:AssumeRole", ROLE, "role"),
    ("old:Thing", "arn:aws:old:::x", "*"),
];

fn outcome(world: &World, action: &str, resource: &str) -> Outcome {
    let compiled = |statements: &[String], kind| {
        Policy::compile(
            &Document::parse(&document(statements), kind).unwrap().document,
            kind,
        )
    };
    let identity = [
        compiled(&world.inline, PolicyKind::Identity),
        compiled(&world.group, PolicyKind::Identity),
    ];
    let boundary = world
        .boundary
        .as_ref()
        .map(|one| compiled(one, PolicyKind::PermissionsBoundary));
    let levels: Vec<Vec<Policy>> = match world.levels.as_deref() {
        None | Some([]) => Vec::new(),
        Some([one]) => vec![
            vec![compiled(one, PolicyKind::ServiceControl)],
            vec![compiled(one, PolicyKind::ServiceControl)],
        ],
        Some(more) => more
            .iter()
            .take(2)
            .map(|one| vec![compiled(one, PolicyKind::ServiceControl)])
            .collect(),
    };
    let levels: Vec<Vec<Attached<'_>>> = levels
        .iter()
        .map(|level| level.iter().map(|one| Attached::new(one, "scp")).collect())
        .collect();
    let trust = compiled(&world.trust, PolicyKind::Trust);
    let attached: Vec<Attached<'_>> = identity
        .iter()
        .map(|one| Attached::new(one, "identity"))
        .collect();
    let mut layers = Layers::identity(&attached);
    layers.boundary = boundary.as_ref().map(|one| Attached::new(one, "boundary"));
    if !levels.is_empty() {
        layers.service_control = OrganizationPolicies::Levels(&levels);
    }
    let bucket = compiled(&world.bucket, PolicyKind::Resource);
    if resource == "arn:aws:s3:::a" || resource.starts_with("arn:aws:s3:::a/") {
        layers.resource = ResourcePolicy::Policy(Attached::new(&bucket, "bucket"));
    }
    if action.starts_with("sts:") {
        layers.resource = ResourcePolicy::Policy(Attached::new(&trust, "trust"));
    }
    let principal = Principal::parse(USER).unwrap().with_id("AIDA1");
    let mut of_principal = Context::of_principal(&principal);
    of_principal.add_tags("aws:PrincipalTag/", [("team", "a")]);
    let resource = Resource::parse(resource).unwrap();
    let mut of_resource = Context::of_resource(&resource);
    if layers.resource != ResourcePolicy::None && !action.starts_with("sts:") {
        of_resource.add("aws:ResourceAccount", ["111122223333"]);
    }
    let contexts = [&of_principal, &of_resource];
    let keys = Layered(&contexts);
    let mut request = Request::new(&principal, action, resource, &keys);
    request.resource_account = Some("111122223333");
    evaluate(&request, &layers).outcome
}

fn statement(effects: &'static [&'static str]) -> impl Strategy<Value = String> {
    let actions = prop::sample::select(vec![
        r#""Action":"*""#,
        r#""Action":"s3:*""#,
        r#""Action":"s3:GetObject""#,
        r#""Action":["s3:List*","iam:PassRole"]"#,
        r#""Action":"s3:PutObject?agging""#,
        r#""Action":["sts:AssumeRole","old:Thing"]"#,
        r#""NotAction":"iam:*""#,
        r#""NotAction":["s3:Get*","sts:*"]"#,
    ]);
    let resources = prop::sample::select(vec![
        r#""Resource":"*""#,
        r#""Resource":"arn:aws:s3:::*""#,
        r#""Resource":"arn:aws:s3:::a""#,
        r#""Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]"#,
        r#""Resource":"arn:aws:s3:::a*""#,
        r#""Resource":"arn:aws:s3:::a/x""#,
        r#""Resource":"arn:aws:s3:::${aws:username}/*""#,
        r#""Resource":"arn:aws:s3:::a/${s3:prefix}""#,
        r#""Resource":"arn:aws:iam::*:role/app""#,
        r#""Resource":"arn:aws:iam::111122223333:role/app""#,
        r#""Resource":"arn:aws:s3""#,
        r#""NotResource":"arn:aws:s3:::a/*""#,
        r#""NotResource":["arn:aws:iam::*:role/*","arn:aws:s3:::b"]"#,
        r#""NotResource":"arn:aws:s3:::${aws:username}/*""#,
        r#""NotResource":"*""#,
    ]);
    let conditions = prop::sample::select(vec![
        "",
        "",
        "",
        r#","Condition":{"StringEquals":{"aws:username":"alice"}}"#,
        r#","Condition":{"StringEquals":{"aws:username":"bob"}}"#,
        r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        r#","Condition":{"StringNotEquals":{"aws:SourceVpc":"v"}}"#,
        r#","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}"#,
        r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
    ]);
    (prop::sample::select(effects), actions, resources, conditions).prop_map(
        |(effect, action, resource, condition)| {
            format!(r#"{{"Effect":"{effect}",{action},{resource}{condition}}}"#)
        },
    )
}

/// What the bucket's own policy denies, to everybody or to some.
fn bucket() -> impl Strategy<Value = Vec<String>> {
    let principals = prop::sample::select(vec![
        r#""Principal":"*""#,
        r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"}"#,
        r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/app"}"#,
        r#""NotPrincipal":{"AWS":["arn:aws:iam::111122223333:user/alice","111122223333"]}"#,
        r#""NotPrincipal":{"AWS":"arn:aws:iam::111122223333:role/app"}"#,
    ]);
    let denied = (principals, statement(&["Deny"]))
        .prop_map(|(principal, statement)| statement.replacen('{', &format!("{{{principal},"), 1));
    prop::collection::vec(denied, 0..2)
}

fn world() -> impl Strategy<Value = World> {
    let mostly_allow: &[&str] = &["Allow", "Allow", "Allow", "Deny"];
    let some = move || prop::collection::vec(statement(mostly_allow), 0..4);
    let trust = prop::sample::select(vec![
        vec![],
        vec![r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"}}"#],
        vec![
            r#"{"Effect":"Allow","Action":"sts:*","Principal":{"AWS":"111122223333"},"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#,
        ],
        vec![
            r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"111122223333"}}"#,
            r#"{"Effect":"Deny","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"}}"#,
        ],
    ]);
    let levels = prop::collection::vec(prop::collection::vec(statement(mostly_allow), 1..3), 0..3);
    (
        some(),
        some(),
        prop::option::weighted(0.4, some()),
        levels,
        trust,
        bucket(),
    )
        .prop_map(|(inline, group, boundary, levels, trust, bucket)| World {
            inline,
            group,
            boundary,
            levels: Some(levels),
            trust: trust.into_iter().map(str::to_owned).collect(),
            bucket,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn rows_agree_with_the_decision_on_every_request(world in world()) {
        let snapshot = world.snapshot();
        let rows = rows(&snapshot);
        for (action, resource, kind) in REQUESTS {
            // Rows are about actions that the catalogue or some policy names.
            if action == "old:Thing" && !format!("{world:?}").contains(action) {
                continue;
            }
            let decided = outcome(&world, action, resource);
            let asked = Resource::parse(resource).unwrap();
            let covering: Vec<&Row<'_>> = rows
                .iter()
                .filter(|row| row.source_resource_id == USER && row.effective_action_name == action)
                .filter(|row| row.dest_resource_type == kind)
                .filter(|row| ArnPattern::parse(row.dest_resource_id, ShortArn::Padded).matches(&asked))
                .collect();
            match &decided {
                Outcome::Allowed => prop_assert!(!covering.is_empty(), "{action} {resource} allowed without row"),
                Outcome::Conditional(_) => {
                    prop_assert!(!covering.is_empty(), "{action} {resource} may be allowed without row");
                    prop_assert!(
                        covering.iter().all(|row| row.exceptions.iter().count() > 0),
                        "{action} {resource} is conditional and a row does not say so: {covering:?}"
                    );
                }
                Outcome::ExplicitDeny | Outcome::ImplicitDeny | Outcome::NotApplicable => {
                    for row in covering {
                        prop_assert!(row.exceptions.iter().count() > 0, "{action} {resource} denied: {row:?}");
                        prop_assert!(row.dest_resource_id != resource || resource == "*" && kind != "*", "{row:?} {decided:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn rows_are_distinct_and_in_total_order(world in world()) {
        let snapshot = world.snapshot();
        let keys: Vec<_> = rows(&snapshot)
            .into_iter()
            .map(|row| (
                row.source_resource_id,
                row.effective_action_name,
                row.dest_resource_id,
                row.dest_resource_type,
                row.granted_by_cloud_policy_id,
                row.granted_by_cloud_entity_id,
            ))
            .collect();
        prop_assert!(keys.is_sorted_by(|one, other| one < other), "{keys:?}");
    }
}
