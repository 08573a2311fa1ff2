//! Random organizations: what their users, roles and resources hold.

use super::sample_organization::SampleOrganization;
use proptest::prelude::*;

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
        r#","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalTag/team":["b","a*"]}}"#,
        r#","Condition":{"StringNotLike":{"aws:PrincipalTag/team":"a*"}}"#,
        r#","Condition":{"Null":{"aws:PrincipalTag/team":"true"}}"#,
        r#","Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/a*"}}"#,
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
pub(super) fn named() -> impl Strategy<Value = [String; 3]> {
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
