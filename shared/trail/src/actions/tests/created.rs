//! Tests the resources that a call creates: only the reply names them, and not always.

use super::*;

const HERE: &str = "eu-west-1:111122223333";

fn filled(arn: &str) -> String {
    arn.replace("HERE", HERE)
}

#[rstest]
#[case("rolesanywhere", "CreateProfile", json!({"profile": {"createdBy": "arn:aws:iam::111122223333:user/ana", "profileArn": "arn:aws:rolesanywhere:HERE:profile/ac4e09d1", "roleArns": ["arn:aws:iam::111122223333:role/r"]}}), "rolesanywhere:TagResource", &["arn:aws:rolesanywhere:HERE:profile/*"])]
#[case("kms", "CreateKey", json!({"keyMetadata": {"arn": "arn:aws:kms:HERE:key/1234abcd"}}), "kms:TagResource", &["arn:aws:kms:HERE:key/*"])]
#[case("rolesanywhere", "CreateProfile", Value::Null, "rolesanywhere:TagResource", &[])]
fn tags_are_set_on_what_the_reply_names_under_a_generated_id(
    #[case] source: &str,
    #[case] name: &str,
    #[case] reply: Value,
    #[case] action: &str,
    #[case] expected: &[&str],
) {
    let reply: Value = serde_json::from_str(&filled(&reply.to_string())).unwrap();
    let members = json!({"requestParameters": {"name": "n", "tags": [{"key": "a", "value": "b"}]}, "responseElements": reply});
    let expected: Vec<String> = expected.iter().map(|arn| filled(arn)).collect();
    assert_eq!(
        resources(&understood(&record(source, name, &members)), action),
        expected
    );
}

#[test]
fn a_new_database_belongs_to_the_groups_that_the_reply_names() {
    let members = json!({
        "requestParameters": {"dBInstanceIdentifier": "d", "dBSubnetGroupName": "g"},
        "responseElements": {
            "dBInstanceArn": "arn:aws:rds:eu-west-1:111122223333:db:d",
            "dBSubnetGroup": {"dBSubnetGroupName": "g", "vpcId": "vpc-0a1b2c3d"},
            "dBParameterGroups": [{"dBParameterGroupName": "default.mysql8.0", "parameterApplyStatus": "in-sync"}],
            "optionGroupMemberships": [{"optionGroupName": "default:mysql-8-0", "status": "in-sync"}],
        },
    });
    let call = understood(&record("rds", "CreateDBInstance", &members));
    let expected = ["db:d", "og:default:mysql-8-0", "pg:default.mysql8.0", "subgrp:g"];
    let expected = expected.map(|resource| format!("arn:aws:rds:{HERE}:{resource}"));
    assert_eq!(resources(&call, "rds:CreateDBInstance"), expected);
    let request = json!({"dBInstanceIdentifier": "d", "tags": [{"key": "a", "value": "b"}]});
    let tagged = super::call("rds", "CreateDBInstance", &request);
    assert_eq!(
        resources(&tagged, "rds:AddTagsToResource"),
        [format!("arn:aws:rds:{HERE}:db:d")]
    );
    let request = json!({"dBParameterGroupName": "p", "tags": [{"key": "a", "value": "b"}]});
    let tagged = super::call("rds", "CreateDBParameterGroup", &request);
    assert_eq!(
        resources(&tagged, "rds:AddTagsToResource"),
        [format!("arn:aws:rds:{HERE}:pg:p")]
    );
}

#[test]
fn responses_name_what_has_its_name_from_the_request() {
    let of = |source, name, request: Value, response: Value| {
        let members = json!({"requestParameters": request, "responseElements": response});
        understood(&record(source, name, &members))
    };
    let role = "arn:aws:iam::111122223333:role/ops/r";
    let created = of(
        "iam",
        "CreateRole",
        json!({"roleName": "r", "path": "/ops/"}),
        json!({"role": {"arn": role, "roleName": "r"}}),
    );
    assert_eq!(resources(&created, "iam:CreateRole"), [role]);
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-AbCdEf";
    let changed = of(
        "secretsmanager",
        "PutSecretValue",
        json!({"secretId": "s"}),
        json!({"arn": secret}),
    );
    assert_eq!(resources(&changed, "secretsmanager:PutSecretValue"), [secret]);
    // AWS chooses the six characters after the call was authorised.
    let created = of(
        "secretsmanager",
        "CreateSecret",
        json!({"name": "s"}),
        json!({"arn": secret}),
    );
    assert_eq!(
        resources(&created, "secretsmanager:CreateSecret"),
        ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-??????"]
    );
}
