//! The compiled rows against the decision on single requests, over random realms.

mod not_principal;

use super::sample_organization::{
    Caller, HOME, QUESTIONS, SampleOrganization, SampleRequest, callers, externals, hangs_on_account,
    stands_for,
};
use crate::row::Row;
use crate::row::exceptions::{ExceptionCode, Exceptions};
use iam::arn::{ArnPattern, Resource, ShortArn};
use iam::condition::Expression;
use iam::context::{Context, Layered};
use iam::evaluate::Outcome;
use iam::matching::{Principal, PrincipalIdentity};
use proptest::prelude::*;

/// Returns what can be known of a request: nothing, or everything.
pub(super) fn requests() -> Vec<Context> {
    let closed = Context::closed;
    vec![
        Context::open(),
        closed().with("aws:MultiFactorAuthPresent", ["true"]),
        closed()
            .with("aws:MultiFactorAuthPresent", ["false"])
            .with("aws:SourceVpc", ["v"])
            .with("aws:userid", ["AROAAPP:s1"])
            .with("aws:SourceAccount", ["111122223333"]),
    ]
}

fn covers(row: &Row<'_>, question: SampleRequest) -> bool {
    let asked = Resource::parse(question.resource).unwrap();
    row.effective_action_name == question.action
        && row.dest_resource_type == question.kind
        && ArnPattern::parse(row.dest_resource_id, ShortArn::Padded).matches(&asked)
}

/// Returns whether the row is about this one resource, or about resources of one account only. A row for more accounts
/// says nothing about what it reaches in other accounts.
fn is_exact(row: &Row<'_>, caller: &Caller, question: SampleRequest) -> bool {
    let own = caller.principal.account().unwrap_or_default();
    question.owner.is_empty() || question.owner == own || row.dest_cloud_account == question.owner
}

/// Returns whether the row may hold for the request, by the condition of the row.
fn may_hold(row: &Row<'_>, contexts: [&Context; 3]) -> Option<bool> {
    let residual = row.explanation.as_ref().unwrap().residual.as_ref();
    let left = residual.map_or(&Expression::True, |one| &one.0);
    left.evaluate(&Layered(&contexts))
}

pub(super) fn check(
    organization: &SampleOrganization,
    rows: &[Row<'_>],
    caller: &Caller,
    question: SampleRequest,
    request: &Context,
) -> Result<(), TestCaseError> {
    let outcome = organization.decide(caller, question, request, None);
    let about = || format!("{} {question:?} {request:?}: {outcome:?}", caller.source);
    let covering = rows.iter().filter(|row| covers(row, question));
    let (of_caller, of_resource) = (organization.context(caller), question.context());
    let contexts = [&of_caller, &of_resource, request];
    let (mut own, mut public, mut exact) = (0, 0, 0);
    for row in covering {
        let holds = may_hold(row, contexts);
        public += usize::from(
            stands_for(row, caller)
                && holds != Some(false)
                && not_principal::names(row, caller, &contexts).any,
        );
        if row.source_resource_id != caller.source {
            continue;
        }
        own += usize::from(holds != Some(false));
        exact += usize::from(holds != Some(false) && row.dest_cloud_account == question.owner);
        let named = row.dest_resource_id == question.resource;
        if named
            && holds == Some(true)
            && row
                .explanation
                .as_ref()
                .unwrap()
                .limiting
                .iter()
                .all(|one| one.whole)
        {
            prop_assert_eq!(&outcome, &Outcome::Allowed, "{} has {:?}", about(), row);
        }
        let plain = row.exceptions == Exceptions::NONE;
        if plain && is_exact(row, caller, question) {
            prop_assert_eq!(&outcome, &Outcome::Allowed, "{} has {:?}", about(), row);
        }
        // Nothing is known of the request, and it is refused all the same: then there is no row to show.
        let refused = matches!(outcome, Outcome::ExplicitDeny | Outcome::ImplicitDeny);
        // Of everybody, and of everybody from a network, one may be refused and another one allowed.
        if refused && *request == Context::open() && !is_of_many(row) {
            prop_assert!(
                !named || question.resource == "*" && question.kind != "*",
                "{} has {row:?}",
                about()
            );
        }
    }
    // What the request says of the account decides what depends on it; the rows of that account stand for the request.
    let hangs = || {
        let open = || organization.decide(caller, question, &Context::open(), None);
        let is_canonical = matches!(caller.principal.identity, PrincipalIdentity::CanonicalUser { .. });
        hangs_on_account(caller, &outcome) || is_canonical && hangs_on_account(caller, &open())
    };
    if matches!(outcome, Outcome::Allowed | Outcome::Conditional(_)) && !hangs() {
        prop_assert!(own + public > 0, "{} has no row", about());
        // Across accounts the policy of the resource names the resource, so that a row names it as well.
        let account = caller.principal.account().unwrap_or_default();
        let crosses = !account.is_empty() && !question.owner.is_empty() && question.owner != account;
        let has_policy = question.action.starts_with("sts:")
            || ["s3:", "kms:", "sqs:"]
                .iter()
                .any(|service| question.action.starts_with(service));
        if crosses && has_policy {
            prop_assert!(exact + public > 0, "{} has no row for the resource", about());
        }
    }
    Ok(())
}

/// Returns whether the source of a row is everybody, or everybody from a network.
fn is_of_many(row: &Row<'_>) -> bool {
    row.source_public || row.source_resource_type == "network"
}

/// Checks that a row of everybody, or of everybody from a network, about one resource is there because the policy of
/// the resource allows somebody: a caller whose own policies, boundary and organization allow everything.
///
/// Source: Amazon S3 user guide, "The meaning of public": what a policy grants is judged by the policy alone.
fn check_many(
    organization: &SampleOrganization,
    rows: &[Row<'_>],
    question: SampleRequest,
) -> Result<(), TestCaseError> {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let unlimited = SampleOrganization {
        boundary: None,
        levels: organization
            .levels
            .as_ref()
            .map(|_| [all, all, all].map(|level| vec![level.to_owned()])),
        ..organization.clone()
    };
    let mut of_many = rows
        .iter()
        .filter(|row| is_of_many(row) && covers(row, question) && row.dest_resource_id == question.resource);
    let everybody = || {
        let named = callers(question).into_iter();
        named.chain(externals()).chain(strangers())
    };
    let is_let_in = |caller: &Caller| {
        let outcome = unlimited.decide(caller, question, &Context::open(), Some(all));
        matches!(outcome, Outcome::Allowed | Outcome::Conditional(_))
    };
    if let Some(row) = of_many.next() {
        prop_assert!(
            everybody().any(|caller| is_let_in(&caller)),
            "{question:?} lets nobody in and has {row:?}"
        );
        not_principal::check(&unlimited, row, everybody(), question, all)?;
        for row in of_many {
            not_principal::check(&unlimited, row, everybody(), question, all)?;
        }
    }
    Ok(())
}

/// Returns principals of an account of which nothing is known, and a service that no policy names.
fn strangers() -> Vec<Caller> {
    let arns = [
        "arn:aws:iam::888877776666:user/alice",
        "arn:aws:iam::888877776666:user/bob",
        "arn:aws:iam::888877776666:role/team/app",
    ];
    let callers = arns.map(|source| Caller {
        source,
        principal: Principal::parse(source).unwrap(),
        tags: &[],
    });
    let service = Caller {
        source: "sns.amazonaws.com",
        principal: PrincipalIdentity::Service {
            name: "sns.amazonaws.com".into(),
        }
        .into(),
        tags: &[],
    };
    callers.into_iter().chain([service]).collect()
}

/// Checks a caller whose identity policies no document holds: its rows are between what it can have at most and at
/// least.
fn check_external(
    organization: &SampleOrganization,
    rows: &[Row<'_>],
    caller: &Caller,
    question: SampleRequest,
    request: &Context,
) -> Result<(), TestCaseError> {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let at_most = organization.decide(caller, question, request, Some(all));
    let covering: Vec<&Row<'_>> = rows.iter().filter(|row| covers(row, question)).collect();
    if matches!(at_most, Outcome::Allowed | Outcome::Conditional(_)) && !question.owner.is_empty() {
        prop_assert!(
            covering
                .iter()
                .any(|row| stands_for(row, caller) || row.source_resource_id == caller.source),
            "{} {question:?} {request:?}: {at_most:?} has no row",
            caller.source
        );
    }
    for row in covering
        .iter()
        .filter(|row| row.source_resource_id == caller.source)
    {
        let codes: Vec<&str> = row.exceptions.iter().map(ExceptionCode::as_str).collect();
        prop_assert!(codes.contains(&"POLICY_NOT_AVAILABLE"), "{row:?}");
        let refused = matches!(at_most, Outcome::ExplicitDeny | Outcome::ImplicitDeny);
        prop_assert!(
            !(refused && *request == Context::open() && !caller.source.ends_with(":root")),
            "{} {question:?} is refused and has {row:?}",
            caller.source
        );
    }
    Ok(())
}

/// Generates conditions about the principal, in forms that limit everybody and in forms that do not.
fn limits() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        r#","Condition":{"StringEquals":{"aws:PrincipalAccount":["111122223333","777788889999"]}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalAccount":"555566667777"}}"#,
        r#","Condition":{"StringLike":{"aws:PrincipalAccount":"*"}}"#,
        r#","Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
        r#","Condition":{"StringEqualsIfExists":{"aws:PrincipalAccount":"111122223333"}}"#,
        r#","Condition":{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#,
        r#","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/*"}}"#,
        r#","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::444455556666:role/*"}}"#,
        r#","Condition":{"ArnEquals":{"aws:PrincipalArn":["arn:aws:iam::111122223333:user/alice","arn:aws:iam::777788889999:user/mallory"]}}"#,
        r#","Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/team/*"}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":["o-1","o-2"]}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-2"}}"#,
        r#","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
        r#","Condition":{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/*"}}"#,
        r#","Condition":{"ForAllValues:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/*"}}"#,
        r#","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#,
        r#","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::a"}}"#,
        r#","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}"#,
        r#","Condition":{"StringEquals":{"aws:SourceOwner":"111122223333"}}"#,
        r#","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#,
        r#","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
        r#","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","0.0.0.0/0"]}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalServiceName":"ec2.amazonaws.com"}}"#,
        r#","Condition":{"StringLike":{"aws:userid":"AROAAPP:*"}}"#,
        r#","Condition":{"StringLike":{"aws:userid":["AROAVEND:s*","AIDAALICE","777788889999"]}}"#,
        r#","Condition":{"Null":{"aws:PrincipalOrgID":"false"}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1","aws:SourceVpce":"vpce-1"}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalAccount":"444455556666","aws:SourceOwner":"444455556666"}}"#,
        r#","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}"#,
        r#","Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}"#,
        r#","Condition":{"Bool":{"aws:PrincipalIsAWSService":"false"}}"#,
        r#","Condition":{"ForAllValues:StringNotLike":{"aws:PrincipalOrgPaths":"o-1/r-1/*"}}"#,
        r#","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
    ])
}

fn condition() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => of_requests(), 1 => limits()]
}

fn of_requests() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "",
        "",
        "",
        r#","Condition":{"StringEquals":{"aws:username":"alice"}}"#,
        r#","Condition":{"StringEquals":{"aws:username":"bob"}}"#,
        r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        r#","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}"#,
        r#","Condition":{"StringNotEquals":{"aws:SourceVpc":"v"}}"#,
        r#","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}"#,
        r#","Condition":{"StringNotLike":{"aws:userid":["AROAAPP:*","AIDAALICE","111122223333"]}}"#,
        r#","Condition":{"StringEquals":{"aws:userid":"AROAAPP:s1"}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalAccount":"444455556666"}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}"#,
        r#","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}}"#,
        r#","Condition":{"StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}"#,
    ])
}

pub(crate) fn statement(effects: &'static [&'static str]) -> impl Strategy<Value = String> {
    let actions = prop::sample::select(vec![
        r#""Action":"*""#,
        r#""Action":"s3:*""#,
        r#""Action":"s3:GetObject""#,
        r#""Action":["s3:List*","iam:PassRole"]"#,
        r#""Action":"s3:PutObject?agging""#,
        r#""Action":["sts:AssumeRole","old:Thing"]"#,
        r#""Action":["kms:Decrypt","sqs:*"]"#,
        r#""NotAction":"iam:*""#,
        r#""NotAction":["s3:Get*","sts:*"]"#,
    ]);
    let resources = prop::sample::select(vec![
        r#""Resource":"*""#,
        r#""Resource":"*""#,
        r#""Resource":"arn:aws:s3:::*""#,
        r#""Resource":"arn:aws:s3:::a""#,
        r#""Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]"#,
        r#""Resource":"arn:aws:s3:::a*""#,
        r#""Resource":"arn:aws:s3:::a/x""#,
        r#""Resource":"arn:aws:s3:::a/x*""#,
        r#""Resource":"arn:aws:s3:::${aws:username}/*""#,
        r#""Resource":"arn:aws:s3:::a/${s3:prefix}""#,
        r#""Resource":"arn:aws:iam::*:role/team/app""#,
        r#""Resource":["arn:aws:iam::111122223333:role/team/app","arn:aws:iam::444455556666:role/vend"]"#,
        r#""Resource":"arn:aws:iam::444455556666:role/*""#,
        r#""Resource":"arn:aws:kms:eu-west-2:111122223333:key/k""#,
        r#""Resource":"arn:aws:kms:*:*:key/*""#,
        r#""Resource":"arn:aws:sqs:eu-west-2:444455556666:q""#,
        r#""Resource":"arn:aws:sqs:eu-west-2:444455556666:*""#,
        r#""Resource":"arn:aws:s3""#,
        r#""NotResource":"arn:aws:s3:::a/*""#,
        r#""NotResource":["arn:aws:iam::*:role/*","arn:aws:s3:::b"]"#,
        r#""NotResource":"arn:aws:s3:::${aws:username}/*""#,
        r#""NotResource":"*""#,
    ]);
    (prop::sample::select(effects), actions, resources, condition()).prop_map(
        |(effect, action, resource, condition)| {
            format!(r#"{{"Effect":"{effect}",{action},{resource}{condition}}}"#)
        },
    )
}

fn principal() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        r#""Principal":"*""#,
        r#""Principal":{"AWS":"*"}"#,
        r#""Principal":{"AWS":"111122223333"}"#,
        r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"}"#,
        r#""Principal":{"AWS":"444455556666"}"#,
        r#""Principal":{"AWS":["777788889999","111122223333"]}"#,
        r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"}"#,
        r#""Principal":{"AWS":["arn:aws:iam::111122223333:role/team/app","arn:aws:iam::444455556666:user/eve"]}"#,
        r#""Principal":{"AWS":"arn:aws:iam::444455556666:role/vend"}"#,
        r#""Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/app/s1"}"#,
        r#""Principal":{"AWS":["AIDAALICE","AROAVEND","AIDAGONE"]}"#,
        r#""Principal":{"AWS":"arn:aws:iam::777788889999:user/mallory"}"#,
        r#""Principal":{"AWS":"arn:aws:iam::777788889999:user/*"}"#,
        r#""Principal":{"Service":"ec2.amazonaws.com"}"#,
        r#""Principal":{"Federated":["arn:aws:iam::111122223333:saml-provider/Okta","accounts.google.com"]}"#,
        r#""Principal":{"CanonicalUser":"79a5","Service":"ec2.amazonaws.com"}"#,
        r#""NotPrincipal":{"AWS":["arn:aws:iam::111122223333:user/alice","111122223333"]}"#,
        r#""NotPrincipal":{"AWS":["arn:aws:iam::111122223333:role/team/app","111122223333","arn:aws:sts::111122223333:assumed-role/app/s1"]}"#,
        r#""NotPrincipal":{"AWS":["777788889999","arn:aws:iam::777788889999:user/mallory"],"Service":"ec2.amazonaws.com"}"#,
    ])
}

/// Generates a statement that names the resources with policies, a statement of such a policy, and one of a trust
/// policy. The last two are about one of two users.
fn named() -> impl Strategy<Value = [String; 3]> {
    let of_dev = prop::sample::select(vec![
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/x"}"#,
        r#"{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:eu-west-2:111122223333:key/k"}"#,
        r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/team/app"}"#,
    ]);
    let whom = prop::sample::select(vec![
        "Principal:alice",
        "Principal:bob",
        "Principal:111122223333",
        "*alice",
        "*bob",
    ]);
    let effect = prop::sample::select(vec!["Allow", "Deny"]);
    let said = (effect, whom).prop_map(|(effect, whom)| {
        let (principal, condition) = match whom {
            "*alice" | "*bob" => {
                let name = whom.trim_start_matches('*');
                (
                    "\"*\"".to_owned(),
                    format!(r#","Condition":{{"StringEquals":{{"aws:username":"{name}"}}}}"#),
                )
            }
            "Principal:111122223333" => (r#"{"AWS":"111122223333"}"#.to_owned(), String::new()),
            user => {
                let name = user.trim_start_matches("Principal:");
                (
                    format!(r#"{{"AWS":"arn:aws:iam::111122223333:user/{name}"}}"#),
                    String::new(),
                )
            }
        };
        let start = format!(r#"{{"Effect":"{effect}","Action":"*","Principal":{principal}{condition}"#);
        (format!(r#"{start},"Resource":"*"}}"#), format!("{start}}}"))
    });
    (of_dev, said.clone(), said)
        .prop_map(|(of_dev, (resource, _), (_, trust))| [of_dev.to_owned(), resource, trust])
}

const MOSTLY_ALLOW: &[&str] = &["Allow", "Allow", "Allow", "Deny"];

fn identity() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(statement(MOSTLY_ALLOW), 0..3)
}

/// Generates the policy of a resource or, without resources, of a role.
fn resource_policy(is_trust: bool) -> impl Strategy<Value = Vec<String>> {
    let said = (principal(), statement(MOSTLY_ALLOW)).prop_map(move |(principal, statement)| {
        let mut statement: serde_json::Value =
            serde_json::from_str(&statement.replacen('{', &format!("{{{principal},"), 1)).unwrap();
        if is_trust {
            let members = statement.as_object_mut().unwrap();
            members.remove("Resource");
            members.remove("NotResource");
        }
        statement.to_string()
    });
    prop::collection::vec(said, 0..4)
}

/// Generates a statement of a resource control policy.
fn denied_by_everybody() -> impl Strategy<Value = String> {
    statement(&["Deny"]).prop_map(|statement| statement.replacen('{', r#"{"Principal":"*","#, 1))
}

pub(crate) fn organization() -> impl Strategy<Value = SampleOrganization> {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let level = move || {
        prop_oneof![
            Just(vec![all.to_owned()]),
            prop::collection::vec(statement(MOSTLY_ALLOW), 1..3).prop_map(move |mut level| {
                level.insert(
                    0,
                    all.replace('*', "s3:*")
                        .replace("\"Resource\":\"s3:*\"", "\"Resource\":\"*\""),
                );
                level
            }),
            (statement(&["Deny"])).prop_map(move |deny| vec![all.to_owned(), deny]),
        ]
    };
    let people = (identity(), identity(), identity(), identity(), identity());
    let resources = (
        resource_policy(true),
        resource_policy(true),
        resource_policy(false),
        resource_policy(false),
        resource_policy(false),
    );
    let denies = || prop::collection::vec(denied_by_everybody(), 0..2);
    let limits = (
        prop::option::weighted(
            0.5,
            (denies(), denies(), denies()).prop_map(|(one, two, three)| [one, two, three]),
        ),
        prop::option::weighted(0.4, identity()),
        prop::option::weighted(
            0.5,
            (level(), level(), level()).prop_map(|(one, two, three)| [one, two, three]),
        ),
    );
    (people, resources, limits).prop_map(|(people, resources, (resource_levels, boundary, levels))| {
        let (alice, dev, app, eve, vend) = people;
        let (trust_of_app, trust_of_vend, bucket, key, queue) = resources;
        SampleOrganization {
            alice,
            dev,
            app,
            eve,
            vend,
            boundary,
            levels,
            resource_levels,
            trust_of_app,
            trust_of_vend,
            bucket,
            key,
            queue,
        }
    })
}

/// Takes a third of the usual number of realms, because each is asked hundreds of questions.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: usual.cases / 3,
        ..usual
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rows_agree_with_the_decision_on_every_request(organization in organization()) {
        let effective = organization.effective();
        let rows = super::pages::explained(&effective, "dest.cloud.type = 'AWS'");
        let named = effective.snapshot().actions.find("old:thing").is_some();
        for request in requests() {
            // Rows are only about actions that the catalogue or some policy names.
            for question in QUESTIONS.into_iter().filter(|one| named || one.action != "old:Thing") {
                for caller in callers(question) {
                    check(&organization, &rows, &caller, question, &request)?;
                }
                for caller in externals() {
                    check_external(&organization, &rows, &caller, question, &request)?;
                }
            }
        }
        for question in QUESTIONS.into_iter().filter(|one| named || one.action != "old:Thing") {
            check_many(&organization, &rows, question)?;
        }
    }

    #[test]
    fn users_who_share_tables_are_told_apart_where_a_policy_does(organization in organization(), named in named()) {
        let mut organization = SampleOrganization { alice: Vec::new(), boundary: None, ..organization };
        let [of_dev, of_resource, of_trust] = named;
        organization.dev = vec![of_dev];
        organization.bucket.push(of_resource.clone());
        organization.key.push(of_resource);
        organization.trust_of_app.push(of_trust);
        let effective = organization.effective();
        let rows = super::pages::explained(&effective, "source.cloud.resource.type IN ('user', '*', 'network')");
        for request in requests() {
            for question in QUESTIONS.into_iter().filter(|one| one.owner == HOME) {
                for caller in callers(question).iter().take(2) {
                    check(&organization, &rows, caller, question, &request)?;
                }
            }
        }
    }

    #[test]
    fn rows_are_distinct_and_in_total_order(organization in organization()) {
        let effective = organization.effective();
        let rows = super::pages::rows(&effective);
        let keys: Vec<_> = rows
            .iter()
            .map(|row| (
                row.source_resource_id,
                row.effective_action_name,
                row.dest_resource_id,
                row.dest_resource_type,
                row.granted_by_cloud_policy_id,
                row.granted_by_cloud_entity_id,
            ))
            .collect();
        // Everybody and everybody from a network have the same id; the ids of their rows differ.
        prop_assert!(keys.is_sorted(), "{keys:?}");
        let mut ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), rows.len());
    }
}
