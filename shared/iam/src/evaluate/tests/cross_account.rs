//! Tests requests to resources of another account: both sides must allow.

use super::world::{ALLOW_ALL, ALLOW_EC2, World, role, user};
use crate::evaluate::Outcome::{self, Allowed, ExplicitDeny, ImplicitDeny};
use crate::matching::PrincipalIdentity;
use rstest::rstest;

const OTHER: &str = "222222222222";

fn grant(principal: &str) -> String {
    format!("{{'Effect':'Allow','Principal':{principal},'Action':'s3:*','Resource':'*'}}")
}

const TO_USER: &str = "{'AWS':'arn:aws:iam::111111111111:user/ann'}";

#[rstest]
#[case::no_policy(user().identity(ALLOW_ALL), ImplicitDeny)]
#[case::no_identity(user().resource(&grant(TO_USER)), ImplicitDeny)]
#[case::both(user().identity(ALLOW_ALL).resource(&grant(TO_USER)), Allowed)]
#[case::account(user().identity(ALLOW_ALL).resource(&grant("{'AWS':'111111111111'}")), Allowed)]
#[case::everybody(user().identity(ALLOW_ALL).resource(&grant("'*'")), Allowed)]
#[case::everybody_alone(user().resource(&grant("'*'")), ImplicitDeny)]
#[case::role(role().identity(ALLOW_ALL).resource(&grant("{'AWS':'arn:aws:iam::111111111111:role/team/app'}")), Allowed)]
#[case::boundary_limits(user().identity(ALLOW_ALL).boundary(ALLOW_EC2).resource(&grant(TO_USER)), ImplicitDeny)]
#[case::session_limits(role().identity(ALLOW_ALL).session(ALLOW_EC2).resource(&grant("'*'")), ImplicitDeny)]
#[case::service_control_limits(user().identity(ALLOW_ALL).resource(&grant(TO_USER)).service_control(&[ALLOW_EC2]), ImplicitDeny)]
#[case::resource_control_denies(
    user().identity(ALLOW_ALL).resource(&grant(TO_USER))
        .resource_control(&["{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'*'}"]),
    ExplicitDeny
)]
#[case::anonymous(World::new(PrincipalIdentity::Anonymous.into()).resource(&grant("'*'")), Allowed)]
#[case::service_not_named(
    World::new(PrincipalIdentity::Service { name: "logs.amazonaws.com".into() }.into()).resource(&grant(TO_USER)),
    ImplicitDeny
)]
fn both_sides_must_allow(#[case] world: World, #[case] expected: Outcome) {
    assert_eq!(world.owned_by(OTHER).reads(), expected);
}

#[rstest]
#[case::trust_alone(user(), ImplicitDeny)]
#[case::trust_and_identity(user().identity(ALLOW_ALL), Allowed)]
fn assuming_a_role_of_another_account_needs_both_sides(#[case] world: World, #[case] expected: Outcome) {
    let trust = "{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::111111111111:user/ann'},'Action':'sts:AssumeRole'}";
    let world = world.trust(trust).owned_by(OTHER);
    assert_eq!(
        world.outcome("sts:AssumeRole", "arn:aws:iam::222222222222:role/target"),
        expected
    );
}

#[test]
fn what_aws_owns_is_not_in_another_account() {
    let mut world = user().identity(ALLOW_ALL);
    world.owner = None;
    let policy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    assert_eq!(world.outcome("iam:GetPolicy", policy), Allowed);
}
