use super::*;

fn with_home<T>(check: impl FnOnce(Home<'_>) -> T) -> T {
    let account = "111122223333".parse().unwrap();
    check(Home {
        partition: "aws",
        region: "eu-west-1",
        account: &account,
    })
}

#[test]
fn the_arn_follows_from_the_identifier() {
    with_home(|home| {
        for (kind, identifier, expected) in [
            (
                POLICY_TYPES[1].arn,
                "1234",
                "arn:aws:kms:eu-west-1:111122223333:key/1234",
            ),
            (
                POLICY_TYPES[2].arn,
                "orders",
                "arn:aws:lambda:eu-west-1:111122223333:function:orders",
            ),
            (
                ArnOf::QueueUrl,
                "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs",
                "arn:aws:sqs:eu-west-1:111122223333:jobs",
            ),
            (
                ArnOf::Identifier,
                "arn:aws:sns:eu-west-1:111122223333:t",
                "arn:aws:sns:eu-west-1:111122223333:t",
            ),
        ] {
            assert_eq!(arn(home, kind, identifier), expected);
        }
    });
}

#[test]
fn a_policy_is_an_object_or_text_and_an_empty_one_is_none() {
    let entry = |policy: Value| {
        let properties = Map::from_iter([("P".to_owned(), policy)]);
        policy_entry("arn", Some(&properties), "P")
    };
    let object = json!({ "Statement": [] });
    assert_eq!(
        entry(object.clone()),
        Some(json!({ "resourceArn": "arn", "policyDocument": object }))
    );
    assert!(entry(json!("{\"Statement\":[]}")).is_some());
    for none in [json!({}), json!(""), json!(null)] {
        assert_eq!(entry(none), None);
    }
    assert_eq!(policy_entry("arn", None, "P"), None);
}

#[test]
fn a_name_of_a_role_or_profile_becomes_its_arn() {
    let names = IamNames {
        roles: BTreeMap::from([(
            "etl".to_owned(),
            "arn:aws:iam::111122223333:role/jobs/etl".to_owned(),
        )]),
        instance_profiles: BTreeMap::new(),
    };
    let entry = |kind: usize, properties: Value| {
        let Value::Object(properties) = properties else {
            panic!("an object");
        };
        with_home(|home| compute_entry(home, &COMPUTE_TYPES[kind], "arn", &properties, &names))
    };
    assert_eq!(
        entry(2, json!({ "Role": "etl", "Tags": { "team": "data" } })),
        json!({ "arn": "arn", "roleArn": "arn:aws:iam::111122223333:role/jobs/etl", "tags": { "team": "data" } })
    );
    assert_eq!(
        entry(
            0,
            json!({ "IamInstanceProfile": "web", "Tags": [{ "Key": "Name", "Value": "web-1" }] })
        ),
        json!({ "arn": "arn", "name": "web-1", "tags": { "Name": "web-1" },
                "instanceProfileArn": "arn:aws:iam::111122223333:instance-profile/web" })
    );
    assert_eq!(entry(3, json!({})), json!({ "arn": "arn" }));
}

#[test]
fn only_the_newest_revision_of_a_task_definition_counts() {
    let start = "arn:aws:ecs:eu-west-1:111122223333:task-definition";
    let arns = [
        format!("{start}/web:9"),
        format!("{start}/web:10"),
        format!("{start}/job:1"),
    ];
    let newest = newest_revisions(arns.iter().map(String::as_str));
    assert_eq!(newest, [format!("{start}/job:1"), format!("{start}/web:10")]);
}
