//! Identity policies, boundaries, session policies, and the results they give.

use super::world::{ALLOW_ALL, ALLOW_EC2, BUCKET, DENY_ALL, World, role, user};
use crate::arn::{ArnPattern, ShortArn};
use crate::context::Context;
use crate::evaluate::{ActionScope, Outcome};
use crate::matching::{Principal, PrincipalIdentity};
use rstest::rstest;

#[rstest]
#[case(user(), Outcome::ImplicitDeny)]
#[case(user().identity(ALLOW_ALL), Outcome::Allowed)]
#[case(user().identity(ALLOW_EC2), Outcome::ImplicitDeny)]
#[case(user().identity(ALLOW_ALL).identity(DENY_ALL), Outcome::ExplicitDeny)]
#[case(user().identity(ALLOW_ALL).boundary(ALLOW_ALL), Outcome::Allowed)]
#[case(user().identity(ALLOW_ALL).boundary(ALLOW_EC2), Outcome::ImplicitDeny)]
#[case(user().boundary(ALLOW_ALL), Outcome::ImplicitDeny)]
#[case(user().identity(ALLOW_ALL).boundary(DENY_ALL), Outcome::ExplicitDeny)]
#[case(role().identity(ALLOW_ALL).session(ALLOW_ALL), Outcome::Allowed)]
#[case(role().identity(ALLOW_ALL).session(ALLOW_EC2), Outcome::ImplicitDeny)]
#[case(role().identity(ALLOW_ALL).session(ALLOW_EC2).session(ALLOW_ALL), Outcome::Allowed)]
#[case(role().identity(ALLOW_ALL).session(ALLOW_ALL).session(DENY_ALL), Outcome::ExplicitDeny)]
#[case(role().identity(ALLOW_ALL).session(ALLOW_ALL).boundary(ALLOW_EC2), Outcome::ImplicitDeny)]
fn every_limiting_layer_must_allow(#[case] world: World, #[case] expected: Outcome) {
    assert_eq!(world.reads(), expected);
}

fn federated() -> World {
    World::new(Principal::from(PrincipalIdentity::FederatedUser {
        partition: "aws".into(),
        account: "111111111111".into(),
        name: "bob".into(),
        user: Some(super::world::USER.into()),
    }))
}

#[rstest]
#[case(federated().identity(ALLOW_ALL), Outcome::ImplicitDeny)]
#[case(federated().identity(ALLOW_ALL).session(ALLOW_ALL), Outcome::Allowed)]
#[case(World::new(Principal::parse("arn:aws:iam::111111111111:root").unwrap()), Outcome::Allowed)]
fn a_federated_user_needs_a_session_policy_and_root_needs_nothing(
    #[case] world: World,
    #[case] expected: Outcome,
) {
    assert_eq!(world.reads(), expected);
}

#[rstest]
#[case("s3:GetObject", BUCKET, Outcome::Allowed)]
#[case("S3:getobject", BUCKET, Outcome::Allowed)]
#[case("s3:GetObjectAcl", BUCKET, Outcome::ImplicitDeny)]
#[case("s3:GetObject", "arn:aws:s3:::other/key", Outcome::ImplicitDeny)]
#[case("ec2:DescribeInstances", "*", Outcome::Allowed)]
#[case("ec2:DescribeInstances", BUCKET, Outcome::Allowed)]
#[case("iam:CreateUser", "*", Outcome::ImplicitDeny)]
#[case("unheard:Of", "*", Outcome::ImplicitDeny)]
fn statements_name_actions_and_resources(
    #[case] action: &str,
    #[case] resource: &str,
    #[case] expected: Outcome,
) {
    let world = user()
        .identity("{'Effect':'Allow','Action':['s3:GetObject'],'Resource':'arn:aws:s3:::bucket/*'}")
        .identity("{'Effect':'Allow','Action':'ec2:Describe*','Resource':'*'}");
    assert_eq!(world.outcome(action, resource), expected);
}

#[rstest]
#[case("iam:CreateUser", "*", Outcome::ImplicitDeny)]
#[case("unheard:Of", "*", Outcome::Allowed)]
#[case("s3:GetObject", BUCKET, Outcome::Allowed)]
fn not_action_includes_unknown_actions(
    #[case] action: &str,
    #[case] resource: &str,
    #[case] expected: Outcome,
) {
    let world = user().identity("{'Effect':'Allow','NotAction':'iam:*','Resource':'*'}");
    assert_eq!(world.outcome(action, resource), expected);
}

#[rstest]
#[case("*", Outcome::ExplicitDeny)]
#[case("arn:aws:s3:::other/x", Outcome::ExplicitDeny)]
#[case(BUCKET, Outcome::Allowed)]
fn not_resource_includes_the_pseudo_resource(#[case] resource: &str, #[case] expected: Outcome) {
    let deny = "{'Effect':'Deny','Action':'*','NotResource':'arn:aws:s3:::bucket/*'}";
    assert_eq!(
        user()
            .identity(ALLOW_ALL)
            .identity(deny)
            .outcome("s3:GetObject", resource),
        expected
    );
}

#[test]
fn a_not_resource_of_everything_names_nothing() {
    let deny = "{'Effect':'Deny','Action':'*','NotResource':['arn:aws:s3:::x','*']}";
    assert_eq!(
        user()
            .identity(ALLOW_ALL)
            .identity(deny)
            .outcome("s3:ListAllMyBuckets", "*"),
        Outcome::Allowed
    );
}

const OWN_HOME: &str =
    "{'Effect':'Allow','Action':'s3:*','Resource':'arn:aws:s3:::bucket/${aws:username}/*'}";
const NOT_OWN_HOME: &str =
    "{'Effect':'Deny','Action':'s3:*','NotResource':'arn:aws:s3:::bucket/${aws:username}/*'}";

#[rstest]
#[case(Context::closed().with("aws:username", ["ann"]), Outcome::Allowed)]
#[case(Context::closed().with("aws:username", ["*"]), Outcome::ImplicitDeny)]
#[case(Context::closed(), Outcome::ImplicitDeny)]
fn a_variable_in_resource_stands_for_its_value(#[case] context: Context, #[case] expected: Outcome) {
    let world = user().identity(OWN_HOME).knowing(context);
    assert_eq!(
        world.outcome("s3:GetObject", "arn:aws:s3:::bucket/ann/x"),
        expected
    );
}

#[rstest]
#[case(Context::closed().with("aws:username", ["ann"]), Outcome::Allowed)]
#[case(Context::closed().with("aws:username", ["bob"]), Outcome::ExplicitDeny)]
#[case::without_value_the_statement_does_not_apply(Context::closed(), Outcome::Allowed)]
fn a_variable_in_not_resource_needs_a_value(#[case] context: Context, #[case] expected: Outcome) {
    let world = user().identity(ALLOW_ALL).identity(NOT_OWN_HOME).knowing(context);
    assert_eq!(
        world.outcome("s3:GetObject", "arn:aws:s3:::bucket/ann/x"),
        expected
    );
}

#[test]
fn an_unknown_variable_stays_in_the_residual() {
    let world = user().identity(OWN_HOME).knowing(Context::open());
    let Outcome::Conditional(residual) = world.outcome("s3:GetObject", "arn:aws:s3:::bucket/ann/x") else {
        panic!()
    };
    assert_eq!(
        residual.to_string(),
        "Resource(arn:aws:s3:::bucket/ann/x, arn:aws:s3:::bucket/${aws:username}/*)"
    );
    assert_eq!(
        residual.evaluate(&Context::closed().with("aws:username", ["ann"])),
        Some(true)
    );
    assert_eq!(
        residual.evaluate(&Context::closed().with("aws:username", ["bob"])),
        Some(false)
    );
    assert_eq!(
        world.outcome("s3:GetObject", "arn:aws:s3:::other/ann/x"),
        Outcome::ImplicitDeny
    );
}

#[test]
fn conditions_leave_a_residual_only_while_they_are_unknown() {
    let allow =
        "{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'Bool':{'aws:SecureTransport':'true'}}}";
    let deny = "{'Effect':'Deny','Action':'*','Resource':'*','Condition':{'NotIpAddress':{'aws:SourceIp':'10.0.0.0/8'}}}";
    let world = user().identity(allow).identity(deny);
    let outcome = |context: Context| world.clone().knowing(context).reads();
    let Outcome::Conditional(residual) = outcome(Context::open()) else {
        panic!()
    };
    assert_eq!(
        residual.to_string(),
        "(Bool(aws:securetransport, \"true\") and not NotIpAddress(aws:sourceip, \"10.0.0.0/8\"))"
    );
    let secure = Context::open().with("aws:SecureTransport", ["true"]);
    assert!(matches!(outcome(secure.clone()), Outcome::Conditional(_)));
    assert_eq!(
        outcome(secure.clone().with("aws:SourceIp", ["10.1.1.1"])),
        Outcome::Allowed
    );
    assert_eq!(
        outcome(secure.with("aws:SourceIp", ["11.1.1.1"])),
        Outcome::ExplicitDeny
    );
    assert_eq!(
        outcome(Context::closed().with("aws:SourceIp", ["10.1.1.1"])),
        Outcome::ImplicitDeny
    );
}

#[test]
fn a_question_that_fits_no_resource_type_is_not_applicable() {
    let types = [ArnPattern::parse("arn:*:s3:::*/*", ShortArn::Padded)];
    let world = user().identity(ALLOW_ALL);
    let outcome = |resource, scope| world.ask("s3:GetObject", resource, scope, |decision| decision.outcome);
    assert_eq!(outcome(BUCKET, ActionScope::Types(&types)), Outcome::Allowed);
    assert_eq!(
        outcome("arn:aws:sqs:r:1:q", ActionScope::Types(&types)),
        Outcome::NotApplicable
    );
    assert_eq!(outcome("*", ActionScope::Types(&types)), Outcome::NotApplicable);
    assert_eq!(outcome("*", ActionScope::Unspecified), Outcome::Allowed);
    assert_eq!(outcome(BUCKET, ActionScope::Unspecified), Outcome::NotApplicable);
}
