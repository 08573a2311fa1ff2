//! Tests what a resource-based policy grants within the account, for each form of principal that it can name.

use super::world::{ALLOW_ALL, ALLOW_EC2, DENY_ALL, ROLE, USER, World, role, user};
use crate::evaluate::Outcome::{self, Allowed, ExplicitDeny, ImplicitDeny};
use crate::matching::{Principal, PrincipalIdentity};
use rstest::rstest;

fn grant(principal: &str) -> String {
    format!("{{'Effect':'Allow','Principal':{principal},'Action':'s3:*','Resource':'*'}}")
}

fn session() -> World {
    World::new(Principal::session(
        "arn:aws:iam::111111111111:role/team/app",
        "s1",
    ))
}

fn federated() -> World {
    World::new(Principal::from(PrincipalIdentity::FederatedUser {
        partition: "aws".into(),
        account: "111111111111".into(),
        name: "bob".into(),
        user: Some(USER.into()),
    }))
}

const TO_USER: &str = "{'AWS':'arn:aws:iam::111111111111:user/ann'}";
const TO_ROLE: &str = "{'AWS':'arn:aws:iam::111111111111:role/team/app'}";
const TO_SESSION: &str = "{'AWS':'arn:aws:sts::111111111111:assumed-role/app/s1'}";
const TO_FEDERATED: &str = "{'AWS':'arn:aws:sts::111111111111:federated-user/bob'}";
const TO_ACCOUNT: &str = "{'AWS':'111111111111'}";
const TO_ROOT: &str = "{'AWS':'arn:aws:iam::111111111111:root'}";

// Columns: no other policy; a boundary that does not allow; a session policy that does not allow.
#[rstest]
#[case::user(user(), TO_USER, [Allowed, Allowed, Allowed])]
#[case::role(session(), TO_ROLE, [Allowed, ImplicitDeny, ImplicitDeny])]
#[case::session(session(), TO_SESSION, [Allowed, Allowed, Allowed])]
#[case::federated_session(federated(), TO_FEDERATED, [Allowed, Allowed, Allowed])]
#[case::user_of_federated(federated(), TO_USER, [ImplicitDeny, ImplicitDeny, ImplicitDeny])]
#[case::everybody_to_user(user(), "'*'", [Allowed, Allowed, Allowed])]
#[case::everybody_to_session(session(), "{'AWS':'*'}", [Allowed, Allowed, Allowed])]
#[case::account(user(), TO_ACCOUNT, [ImplicitDeny, ImplicitDeny, ImplicitDeny])]
#[case::root(session(), TO_ROOT, [ImplicitDeny, ImplicitDeny, ImplicitDeny])]
#[case::other_session(World::new(Principal::session(ROLE, "s2")), TO_SESSION, [ImplicitDeny, ImplicitDeny, ImplicitDeny])]
#[case::other_user(World::new(Principal::parse("arn:aws:iam::111111111111:user/Ann").unwrap()), TO_USER, [ImplicitDeny, ImplicitDeny, ImplicitDeny])]
fn a_grant_is_limited_by_whom_it_names(
    #[case] world: World,
    #[case] principal: &str,
    #[case] expected: [Outcome; 3],
) {
    let world = world.resource(&grant(principal));
    let plain = world.clone();
    let bounded = world.clone().boundary(ALLOW_EC2);
    let limited = world.session(ALLOW_EC2);
    assert_eq!([plain.reads(), bounded.reads(), limited.reads()], expected);
}

#[test]
fn a_federated_session_needs_its_session_policy_for_the_grant_to_its_user() {
    let world = federated().resource(&grant(TO_USER)).session(ALLOW_ALL);
    assert_eq!(world.reads(), Allowed);
    assert_eq!(world.boundary(ALLOW_EC2).reads(), ImplicitDeny);
}

#[test]
fn a_grant_to_the_account_leaves_it_to_the_identity_policies() {
    let world = user().resource(&grant(TO_ACCOUNT));
    assert_eq!(world.clone().identity(ALLOW_ALL).reads(), Allowed);
    assert_eq!(
        world.identity(ALLOW_ALL).boundary(ALLOW_EC2).reads(),
        ImplicitDeny
    );
}

#[rstest]
#[case(user().resource(&grant("'*'")).identity(DENY_ALL))]
#[case(user().resource(&grant("'*'")).boundary(DENY_ALL))]
#[case(role().resource(&grant("'*'")).session(DENY_ALL))]
#[case(user().identity(ALLOW_ALL).resource("{'Effect':'Deny','Principal':{'AWS':'111111111111'},'Action':'*','Resource':'*'}"))]
#[case(user().identity(ALLOW_ALL).resource("{'Effect':'Deny','Principal':'*','Action':'*','Resource':'*'}"))]
fn an_explicit_deny_ends_every_grant(#[case] world: World) {
    assert_eq!(world.reads(), ExplicitDeny);
}

#[test]
fn service_control_policies_limit_grants_of_resource_policies() {
    assert_eq!(
        user()
            .resource(&grant(TO_USER))
            .service_control(&[ALLOW_EC2])
            .reads(),
        ImplicitDeny
    );
}

#[test]
fn a_grant_to_one_session_of_a_role_is_conditional_for_the_role() {
    let Outcome::Conditional(residual) = role()
        .knowing(crate::context::Context::open())
        .resource(&grant(TO_SESSION))
        .reads()
    else {
        panic!()
    };
    assert_eq!(residual.to_string(), "StringLike(aws:userid, \"*:s1\")");
    let asks = |id: &str| {
        let known = crate::context::Context::closed().with("aws:userid", [id]);
        role().knowing(known).resource(&grant(TO_SESSION)).reads()
    };
    assert_eq!([asks("AROA1:s1"), asks("AROA1:s2")], [Allowed, ImplicitDeny]);
}

#[test]
fn a_unique_id_names_only_the_entity_that_has_it() {
    let world = user().resource(&grant("{'AWS':'AIDAEXAMPLE'}"));
    assert_eq!(world.reads(), ImplicitDeny);
    let same =
        World::new(world.principal.clone().with_id("AIDAEXAMPLE")).resource(&grant("{'AWS':'AIDAEXAMPLE'}"));
    assert_eq!(same.reads(), Allowed);
}

const KEY: &str = "arn:aws:kms:eu-west-1:111111111111:key/k";

#[rstest]
#[case::no_policy(user().identity(ALLOW_ALL), ImplicitDeny)]
#[case::direct(user().resource("{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111111111111:user/ann'},'Action':'kms:*','Resource':'*'}"), Allowed)]
#[case::account_alone(user().resource("{'Effect':'Allow','Principal':{'AWS':'111111111111'},'Action':'kms:*','Resource':'*'}"), ImplicitDeny)]
#[case::account_and_identity(user().identity(ALLOW_ALL).resource("{'Effect':'Allow','Principal':{'AWS':'111111111111'},'Action':'kms:*','Resource':'*'}"), Allowed)]
#[case::somebody_else(user().identity(ALLOW_ALL).resource("{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111111111111:user/bob'},'Action':'kms:*','Resource':'*'}"), ImplicitDeny)]
fn a_key_is_reached_only_by_its_policy(#[case] world: World, #[case] expected: Outcome) {
    assert_eq!(world.outcome("kms:Decrypt", KEY), expected);
}

fn trusts(principal: &str) -> String {
    format!("{{'Effect':'Allow','Principal':{principal},'Action':'sts:AssumeRole'}}")
}

#[rstest]
#[case::no_identity_needed(user().trust(&trusts(TO_USER)), Allowed)]
#[case::account_alone(user().trust(&trusts(TO_ACCOUNT)), ImplicitDeny)]
#[case::account_and_identity(user().identity(ALLOW_ALL).trust(&trusts(TO_ACCOUNT)), Allowed)]
#[case::identity_alone(user().identity(ALLOW_ALL), ImplicitDeny)]
#[case::not_trusted(user().identity(ALLOW_ALL).trust(&trusts("{'AWS':'222222222222'}")), ImplicitDeny)]
#[case::everybody(user().trust(&trusts("'*'")), Allowed)]
#[case::service(World::new(PrincipalIdentity::Service { name: "ec2.amazonaws.com".into() }.into()).trust(&trusts("{'Service':'ec2.amazonaws.com'}")), Allowed)]
#[case::other_service(World::new(PrincipalIdentity::Service { name: "ec2.amazonaws.com".into() }.into()).trust(&trusts("{'Service':'lambda.amazonaws.com'}")), ImplicitDeny)]
#[case::provider(World::new(PrincipalIdentity::Federated { provider: "accounts.google.com".into() }.into()).trust(&trusts("{'Federated':'accounts.google.com'}")), Allowed)]
#[case::canonical(World::new(PrincipalIdentity::CanonicalUser { id: "79a5".into() }.into()).trust(&trusts("{'CanonicalUser':'79a5'}")), Allowed)]
#[case::anonymous(World::new(PrincipalIdentity::Anonymous.into()).trust(&trusts("{'AWS':'111111111111'}")), ImplicitDeny)]
fn a_role_is_assumed_only_by_its_trust_policy(#[case] world: World, #[case] expected: Outcome) {
    assert_eq!(
        world.outcome("sts:AssumeRole", "arn:aws:iam::111111111111:role/target"),
        expected
    );
}
