//! Tests roles that calls pass to services.

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

/// Makes a request whose member of that path, `Monitors.0.AlarmRoleArn`, holds `value`. CloudTrail writes first letters
/// in lower case.
fn request(path: &str, value: &str) -> Value {
    path.rsplit('.').fold(Value::from(value), |value, member| {
        if member == "0" {
            return json!([value]);
        }
        let (first, rest) = member.split_at(1);
        json!({ first.to_ascii_lowercase() + rest: value })
    })
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect())
}

#[test]
fn an_operation_passes_its_role_to_the_service_that_the_service_reference_names() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("passed.tsv")) {
        let role = "arn:aws:iam::111122223333:role/x/r";
        let call = call(row[0], row[1], &request(row[2], role));
        let listed: Vec<&str> = row.get(3).unwrap_or(&"").split_ascii_whitespace().collect();
        let passed = &call.passed_roles;
        let is_right = |passed: &PassedRole| {
            let service = passed.service.as_deref();
            passed.role_arn == role && service.map_or(listed.is_empty(), |service| listed.contains(&service))
        };
        if passed.is_empty() || !passed.iter().all(is_right) {
            wrong.push(format!("{row:?}: {passed:?}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_member_that_is_called_a_role_passes_none_when_the_operation_does_not() {
    for row in rows(include_str!("not_passed.tsv")) {
        for value in ["arn:aws:iam::111122223333:role/x/r", "user"] {
            let call = call(row[0], row[1], &request(row[2], value));
            assert_eq!(call.passed_roles, [], "{row:?}");
        }
    }
}

#[rstest]
#[case("autoscaling", "CreateLaunchConfiguration", json!({"iamInstanceProfile": "p"}))]
#[case("ec2", "RequestSpotInstances", json!({"launchSpecification": {"iamInstanceProfile": {"name": "p"}}}))]
#[case("ec2", "CreateLaunchTemplate", json!({"CreateLaunchTemplateRequest": {"LaunchTemplateData": {"IamInstanceProfile": {"Name": "p"}}}}))]
#[case("imagebuilder", "CreateInfrastructureConfiguration", json!({"instanceProfileName": "p"}))]
#[case("batch", "CreateComputeEnvironment", json!({"computeResources": {"instanceRole": "p"}}))]
fn an_instance_profile_is_found_by_its_name(
    #[case] source: &str,
    #[case] name: &str,
    #[case] request: Value,
) {
    let call = call(source, name, &request);
    let profiles: Vec<_> = call
        .passed_roles
        .iter()
        .map(|passed| (passed.role_arn.as_str(), passed.service.as_deref()))
        .collect();
    let profile = "arn:aws:iam::111122223333:instance-profile/p";
    assert_eq!(profiles, [(profile, Some("ec2.amazonaws.com"))]);
}

#[test]
fn a_role_in_another_member_than_the_operations_own_is_not_passed() {
    let environment = json!({
        "family": "f",
        "taskRoleArn": "arn:aws:iam::111122223333:role/task",
        "containerDefinitions": [{"environment": [{"name": "ROLE", "value": "arn:aws:iam::111122223333:role/other"}]}],
    });
    let call = call("ecs", "RegisterTaskDefinition", &environment);
    let roles: Vec<_> = call
        .passed_roles
        .iter()
        .map(|passed| passed.role_arn.as_str())
        .collect();
    assert_eq!(roles, ["arn:aws:iam::111122223333:role/task"]);
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
