use iam::size::{MANAGED_POLICY, counted};

use super::*;
use crate::tests::generation::Sample;

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders";

fn role(name: &str, service: Option<&str>) -> PassedRole {
    PassedRole {
        role_arn: name.to_owned(),
        service: service.map(str::to_owned),
        event: "lambda.amazonaws.com CreateFunction20150331".to_owned(),
    }
}

fn busy() -> Sample {
    let mut sample = Sample::default()
        .call("dynamodb:PutItem", &[TABLE])
        .call("dynamodb:GetItem", &[TABLE])
        .call("sts:GetCallerIdentity", &[])
        .via("kms:Decrypt", "ssm.amazonaws.com")
        .denied("iam:CreateUser", &["arn:aws:iam::123456789012:user/mallory"])
        .unmapped("elasticmapreduce.amazonaws.com SomethingNew");
    sample.usage.passed_roles.insert(role(
        "arn:aws:iam::123456789012:role/fn",
        Some("lambda.amazonaws.com"),
    ));
    sample.usage.passed_roles.insert(role(
        "arn:aws:iam::123456789012:instance-profile/web",
        Some("ec2.amazonaws.com"),
    ));
    sample.usage.principal_ids.insert("AROAEXAMPLE1".to_owned(), 3);
    sample.usage.principal_ids.insert("AROAEXAMPLE2".to_owned(), 2);
    sample.usage.reading.files = 4;
    sample.usage.reading.damaged = 1;
    sample
        .usage
        .reading
        .damaged_files
        .insert("a.json.gz".to_owned(), "cut short".to_owned());
    sample
}

#[test]
fn the_body_is_as_documented() {
    let evidence = compose("6f1c", &busy().generation());
    insta::assert_json_snapshot!(evidence);
}

#[test]
fn denied_actions_are_listed_and_not_suggested() {
    let evidence = compose("6f1c", &busy().generation());
    assert_eq!(evidence.denied_actions, ["iam:CreateUser"]);
    assert!(!evidence.suggested_policies.concat().contains("iam:CreateUser"));
}

#[test]
fn roles_are_passed_by_policy_and_those_of_instance_profiles_to_ec2_only() {
    let suggested = compose("6f1c", &busy().generation()).suggested_policies.concat();
    assert!(suggested.contains(r#""Action":"iam:PassRole","Resource":"arn:aws:iam::123456789012:role/fn","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#), "{suggested}");
    assert!(!suggested.contains("instance-profile"));
    assert!(suggested.contains(r#""Action":"iam:PassRole","Resource":"arn:aws:iam::123456789012:role/*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}"#), "{suggested}");
}

#[test]
fn the_role_of_an_instance_profile_is_taken_from_the_log_and_from_imported_documents() {
    let passed = |sample: &Sample| {
        let evidence = compose("6f1c", &sample.generation());
        let statements = evidence.passed_roles.into_iter().filter_map(|one| one.statement);
        let resources = statements.map(|statement| statement["Resource"].to_string());
        resources.collect::<Vec<_>>()
    };
    let mut sample = Sample::default();
    sample.usage.passed_roles.insert(crate::usage::PassedRole {
        role_arn: "arn:aws:iam::123456789012:instance-profile/web".to_owned(),
        service: Some("ec2.amazonaws.com".to_owned()),
        event: "ec2.amazonaws.com RunInstances".to_owned(),
    });
    assert_eq!(passed(&sample), [r#""arn:aws:iam::123456789012:role/*""#]);
    sample.usage.note_instance_profile("web", "server");
    assert_eq!(
        passed(&sample),
        [r#"["arn:aws:iam::123456789012:role/server","arn:aws:iam::123456789012:role/*/server"]"#]
    );
    // The imported documents say the path of the role.
    sample.identities.add("arn:aws:iam::123456789012:role/app/server");
    assert_eq!(
        passed(&sample),
        [r#""arn:aws:iam::123456789012:role/app/server""#]
    );
    // What is in force now is better evidence than what was done once.
    sample.identities.add_instance_profile(
        "arn:aws:iam::123456789012:instance-profile/app/web",
        "arn:aws:iam::123456789012:role/app/other",
    );
    assert_eq!(passed(&sample), [r#""arn:aws:iam::123456789012:role/app/other""#]);
}

#[test]
fn what_is_named_by_name_only_is_allowed_under_any_path() {
    let patterns = |sample: &Sample| {
        compose("6f1c", &sample.generation()).actions[0]
            .resource_patterns
            .clone()
    };
    let mut sample = Sample::default().call("iam:GetRole", &["arn:aws:iam::123456789012:role/web"]);
    assert_eq!(
        patterns(&sample),
        [
            "arn:aws:iam::123456789012:role/*/web",
            "arn:aws:iam::123456789012:role/web"
        ]
    );
    sample.identities.add("arn:aws:iam::123456789012:role/app/web");
    assert_eq!(patterns(&sample), ["arn:aws:iam::123456789012:role/app/web"]);
}

#[test]
fn a_principal_of_two_ids_is_recreated() {
    assert!(compose("6f1c", &busy().generation()).principal.recreated);
    assert!(
        !compose("6f1c", &Sample::default().generation())
            .principal
            .recreated
    );
}

#[test]
fn a_service_linked_role_is_said_to_be_one() {
    let mut sample = Sample::default();
    let arn = "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    sample.principal = crate::principal::Principal::parse(arn).unwrap();
    assert!(
        compose("6f1c", &sample.generation())
            .principal
            .service_linked_role
    );
}

#[test]
fn many_resources_still_give_valid_documents_of_the_allowed_size() {
    let long = "k".repeat(900);
    let sample = (0..20).fold(Sample::default(), |sample, number| {
        sample.call("s3:GetObject", &[&format!("arn:aws:s3:::bucket/{long}{number}")])
    });
    let evidence = compose("6f1c", &sample.generation());
    assert!(evidence.suggested_policies.len() > 1);
    for text in &evidence.suggested_policies {
        assert!(counted(text) <= MANAGED_POLICY);
        serde_json::from_str::<serde_json::Value>(text).unwrap();
    }
}
