use rstest::rstest;

use super::*;

const USER: &str = "arn:aws:iam::111122223333:user/ana";

#[rustfmt::skip] // one message per line
#[rstest]
#[case("is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/a", Some("sts:AssumeRole"), Some("arn:aws:iam::111122223333:role/a"), None, false)]
#[case("is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/a because no identity-based policy allows the sts:AssumeRole action", Some("sts:AssumeRole"), Some("arn:aws:iam::111122223333:role/a"), Some(Policy::IdentityBased), false)]
#[case("is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in a resource-based policy", Some("s3:GetObject"), Some("arn:aws:s3:::b/k"), Some(Policy::ResourceBased), true)]
#[case("is not authorized to perform: organizations:LeaveOrganization on resource: * with an explicit deny in a service control policy", Some("organizations:LeaveOrganization"), None, Some(Policy::ServiceControl), true)]
#[case("is not authorized to perform: ec2:RunInstances with an explicit deny", Some("ec2:RunInstances"), None, None, true)]
#[case("is not authorized to perform: iam:CreateUser because no permissions boundary allows the iam:CreateUser action", Some("iam:CreateUser"), None, Some(Policy::PermissionsBoundary), false)]
#[case("is not authorized to perform: sqs:SendMessage because no session policy allows the sqs:SendMessage action", Some("sqs:SendMessage"), None, Some(Policy::Session), false)]
#[case("is not authorized to perform: codecommit:GitPull because no VPC endpoint policy allows the codecommit:GitPull action", Some("codecommit:GitPull"), None, Some(Policy::VpcEndpoint), false)]
#[case("is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k with an explicit deny in a resource control policy", Some("s3:PutObject"), Some("arn:aws:s3:::b/k"), Some(Policy::ResourceControl), true)]
#[case("is not authorized to perform: sts:AssumeRole because no role trust policy allows the sts:AssumeRole action", Some("sts:AssumeRole"), None, Some(Policy::RoleTrust), false)]
#[case("is not authorized to perform: iam:DeleteRole on resource: role reader", Some("iam:DeleteRole"), None, None, false)]
#[case("is not authorized to perform iam:DeleteAccessKey on resource: access key AKIAIOSFODNN7EXAMPLE", Some("iam:DeleteAccessKey"), None, None, false)]
#[case("is not authorized to perform: secretsmanager:GetSecretValue on the specified resource", Some("secretsmanager:GetSecretValue"), None, None, false)]
#[case("is not authorized to perform: logs:DescribeLogGroups on resource: arn:aws:logs:us-east-1:111122223333:log-group::log-stream:.", Some("logs:DescribeLogGroups"), Some("arn:aws:logs:us-east-1:111122223333:log-group::log-stream:"), None, false)]
#[case("is not authorized to access this resource", None, None, None, false)]
#[case("does not have permission to perform action: codebuild:StartBuild.", Some("codebuild:StartBuild"), None, None, false)]
#[case("is not authorized to perform: nothing of this", None, None, None, false)]
#[case("is not authorized to perform:", None, None, None, false)]
fn refusals_of_users(
    #[case] said: &str,
    #[case] action: Option<&str>,
    #[case] resource: Option<&str>,
    #[case] policy: Option<Policy>,
    #[case] explicit: bool,
) {
    let expected = Denial { action, resource, policy, explicit };
    assert_eq!(parse(&format!("User: {USER} {said}")), expected);
    // EC2 writes the same behind another sentence, and adds a text that only AWS can decode.
    if !said.ends_with('.') {
        let of_ec2 = format!(
            "You are not authorized to perform this operation. User: {USER} {said}. Encoded authorization failure message: 0aX"
        );
        assert_eq!(parse(&of_ec2), expected);
    }
}

#[rstest]
#[case(
    "Principal [AWS:AIDA1] is not allowed to execute [athena:GetTable] on the resource",
    Some("athena:GetTable"),
    None
)]
#[case(
    "Access to the resource arn:aws:sqs:us-east-1:111122223333:q is denied.",
    None,
    Some("arn:aws:sqs:us-east-1:111122223333:q")
)]
#[case(
    "Not authorized to access resource arn:aws:sns:us-east-1:111122223333:t",
    None,
    Some("arn:aws:sns:us-east-1:111122223333:t")
)]
#[case("You are not authorized to perform this operation.", None, None)]
#[case("No access to any requested resource", None, None)]
#[case("Access Denied", None, None)]
#[case("", None, None)]
fn other_wordings(#[case] message: &str, #[case] action: Option<&str>, #[case] resource: Option<&str>) {
    let denial = parse(message);
    assert_eq!((denial.action, denial.resource), (action, resource));
}

#[rstest]
#[case("AccessDenied", true)]
#[case("AccessDeniedException", true)]
#[case("Client.UnauthorizedOperation", true)]
#[case("UnauthorizedOperation", true)]
#[case("UnauthorizedException", true)]
#[case("KmsAccessDeniedException", true)]
#[case("VpceAccessDenied", true)]
#[case("AuthorizationError", true)]
#[case("ThrottlingException", false)]
#[case("NoSuchBucket", false)]
#[case("Client.InvalidInstanceID.NotFound", false)]
#[case("Client.DryRunOperation", false)]
#[case("ValidationException", false)]
fn only_refusals_are_denials(#[case] code: &str, #[case] denied: bool) {
    let json = format!(
        r#"{{"eventTime":"2026-03-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","errorCode":"{code}"}}"#
    );
    let record: Record<'_> = serde_json::from_str(&json).unwrap();
    assert_eq!(denial(&record).is_some(), denied);
}

#[rstest]
#[case("cognito-idp", "Incorrect username or password.", false)]
#[case("cognito-idp", "Refresh Token has expired", false)]
#[case("cognito-idp", "", false)]
#[case(
    "cognito-idp",
    "User: u is not authorized to perform: cognito-idp:ListUsers",
    true
)]
#[case("cognito-identity", "Invalid login token. Token expired", false)]
#[case("iot", "Not authorized", true)]
fn a_failed_sign_in_is_no_refusal(#[case] source: &str, #[case] message: &str, #[case] denied: bool) {
    let json = format!(
        r#"{{"eventTime":"2026-03-01T00:00:00Z","eventSource":"{source}.amazonaws.com","eventName":"X","errorCode":"NotAuthorizedException","errorMessage":"{message}"}}"#
    );
    let record: Record<'_> = serde_json::from_str(&json).unwrap();
    assert_eq!(denial(&record).is_some(), denied);
}

#[test]
fn a_refusal_may_stand_in_the_response() {
    let json = r#"{"eventTime":"2026-03-01T00:00:00Z","eventSource":"x.amazonaws.com","eventName":"Y",
        "responseElements":{"__type":"com.amazonaws#AccessDeniedException","message":"User: u is not authorized to perform: x:Y"}}"#;
    let record: Record<'_> = serde_json::from_str(json).unwrap();
    assert_eq!(denial(&record).unwrap().action, Some("x:Y"));
    let json = r#"{"eventTime":"2026-03-01T00:00:00Z","eventSource":"x.amazonaws.com","eventName":"Y","responseElements":{"code":"ok"}}"#;
    let record: Record<'_> = serde_json::from_str(json).unwrap();
    assert_eq!(denial(&record), None);
}
