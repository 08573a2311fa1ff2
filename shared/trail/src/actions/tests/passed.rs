//! Roles handed to services.

use super::*;

#[rustfmt::skip] // one call per line
#[rstest]
#[case("lambda", "CreateFunction20150331", json!({"role": "ROLE"}), "role/x/r", Some("lambda"))]
#[case("ec2", "RunInstances", json!({"iamInstanceProfile": {"name": "p"}}), "instance-profile/p", Some("ec2"))]
#[case("ec2", "AssociateIamInstanceProfile", json!({"AssociateIamInstanceProfileRequest": {"IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/p"}}}), "instance-profile/p", Some("ec2"))]
#[case("ec2", "CreateFlowLogs", json!({"CreateFlowLogsRequest": {"DeliverLogsPermissionArn": "ROLE"}}), "role/x/r", Some("vpc-flow-logs"))]
#[case("ecs", "RegisterTaskDefinition", json!({"taskRoleArn": "ROLE"}), "role/x/r", Some("ecs-tasks"))]
#[case("ecs", "CreateService", json!({"role": "ROLE"}), "role/x/r", Some("ecs"))]
#[case("states", "CreateStateMachine", json!({"roleArn": "ROLE"}), "role/x/r", Some("states"))]
#[case("cloudformation", "CreateStack", json!({"roleARN": "ROLE"}), "role/x/r", Some("cloudformation"))]
#[case("cloudtrail", "CreateTrail", json!({"cloudWatchLogsRoleArn": "ROLE"}), "role/x/r", Some("cloudtrail"))]
#[case("eks", "CreateNodegroup", json!({"nodeRole": "ROLE"}), "role/x/r", Some("eks"))]
#[case("rds", "CreateDBInstance", json!({"monitoringRoleArn": "ROLE"}), "role/x/r", Some("rds"))]
#[case("rolesanywhere", "CreateProfile", json!({"roleArns": ["ROLE"]}), "role/x/r", Some("rolesanywhere"))]
#[case("guardduty", "CreateMalwareProtectionPlan", json!({"role": "ROLE"}), "role/x/r", Some("malware-protection-plan.guardduty"))]
#[case("iam", "AddRoleToInstanceProfile", json!({"roleName": "r", "instanceProfileName": "p"}), "role/r", Some("ec2"))]
#[case("elasticmapreduce", "RunJobFlow", json!({"jobFlowRole": "p"}), "instance-profile/p", Some("ec2"))]
#[case("glue", "CreateJob", json!({"role": "r"}), "role/r", Some("glue"))]
#[case("glue", "CreateCrawler", json!({"role": "service-role/r"}), "role/service-role/r", Some("glue"))]
#[case("glue", "CreateJob", json!({"role": "ROLE"}), "role/x/r", Some("glue"))]
fn a_role_in_the_request_is_passed(
    #[case] source: &str,
    #[case] name: &str,
    #[case] request: Value,
    #[case] role: &str,
    #[case] service: Option<&str>,
) {
    let request = request.to_string().replace("ROLE", "arn:aws:iam::111122223333:role/x/r");
    let call = call(source, name, &serde_json::from_str(&request).unwrap());
    let expected = PassedRole {
        role_arn: format!("arn:aws:iam::111122223333:{role}"),
        service: service.map(|service| format!("{service}.amazonaws.com")),
        event: format!("{source}.amazonaws.com {name}"),
    };
    assert_eq!(call.passed_roles, [expected]);
    assert!(!actions(&call).contains(&"iam:PassRole"));
}

#[rstest]
#[case("sts", "AssumeRole", json!({"roleArn": "arn:aws:iam::111122223333:role/r"}))]
#[case("lambda", "GetFunction20150331v2", json!({"role": "arn:aws:iam::111122223333:role/r"}))]
#[case("kms", "CreateGrant", json!({"granteePrincipal": "arn:aws:iam::111122223333:role/r"}))]
#[case("autoscaling", "CreateAutoScalingGroup", json!({"serviceLinkedRoleARN": "arn:aws:iam::111122223333:role/aws-service-role/a/b"}))]
#[case("glue", "GetJob", json!({"role": "r"}))]
#[case("lambda", "CreateFunction20150331", json!({"environment": {"variables": "arn:aws:s3:::b"}}))]
fn other_roles_are_not_passed(#[case] source: &str, #[case] name: &str, #[case] request: Value) {
    assert_eq!(call(source, name, &request).passed_roles, []);
}

#[test]
fn a_refusal_to_pass_a_role_names_it() {
    let role = "arn:aws:iam::111122223333:role/r";
    let message = format!(
        "User: u is not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy allows the iam:PassRole action"
    );
    let denied = understood(&record(
        "glue",
        "CreateJob",
        &json!({"errorCode": "AccessDeniedException", "errorMessage": message}),
    ));
    assert_eq!(actions(&denied), ["glue:CreateJob"]);
    let roles: Vec<_> = denied
        .passed_roles
        .iter()
        .map(|passed| passed.role_arn.as_str())
        .collect();
    assert_eq!(roles, [role]);
}
