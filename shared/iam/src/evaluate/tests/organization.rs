//! Service control policies and resource control policies.

use super::world::{ALLOW_ALL, ALLOW_EC2, DENY_ALL, World, role, user};
use crate::evaluate::Outcome::{self, Allowed, ExplicitDeny, ImplicitDeny};
use crate::matching::{Principal, PrincipalIdentity};
use rstest::rstest;

fn root() -> World {
    World::new(Principal::parse("arn:aws:iam::111111111111:root").unwrap())
}

fn service_linked() -> World {
    let arn = "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    World::new(Principal::parse(arn).unwrap()).identity(ALLOW_ALL)
}

#[rstest]
#[case::all_levels(user().identity(ALLOW_ALL), &[ALLOW_ALL, ALLOW_ALL, ALLOW_ALL], Allowed)]
#[case::grants_nothing(user(), &[ALLOW_ALL], ImplicitDeny)]
#[case::one_level_missing(user().identity(ALLOW_ALL), &[ALLOW_ALL, ALLOW_EC2, ALLOW_ALL], ImplicitDeny)]
#[case::an_empty_level(user().identity(ALLOW_ALL), &[ALLOW_ALL, ""], ImplicitDeny)]
#[case::deny_at_one_level(user().identity(ALLOW_ALL), &[ALLOW_ALL, "{'Effect':'Allow','Action':'*','Resource':'*'},{'Effect':'Deny','Action':'s3:*','Resource':'*'}"], ExplicitDeny)]
#[case::resource_and_condition(user().identity(ALLOW_ALL), &["{'Effect':'Allow','Action':'s3:G*t*','Resource':'arn:aws:s3:::bucket/*','Condition':{'Null':{'k':'true'}}}"], Allowed)]
#[case::not_resource(user().identity(ALLOW_ALL), &["{'Effect':'Allow','NotAction':'iam:*','NotResource':'arn:aws:s3:::bucket/*'}"], ImplicitDeny)]
#[case::binds_roles(role().identity(ALLOW_ALL), &[ALLOW_EC2], ImplicitDeny)]
#[case::binds_root(root(), &[ALLOW_EC2], ImplicitDeny)]
#[case::not_service_linked_roles(service_linked(), &[DENY_ALL], Allowed)]
#[case::not_services(World::new(PrincipalIdentity::Service { name: "x".into() }.into()).resource("{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}"), &[DENY_ALL], Allowed)]
fn service_control_policies_need_an_allow_at_every_level(
    #[case] world: World,
    #[case] levels: &[&str],
    #[case] expected: Outcome,
) {
    assert_eq!(world.service_control(levels).reads(), expected);
}

const FULL: &str = "{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}";
const DENY_S3: &str = "{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'*'}";

#[rstest]
#[case::grants_nothing(user(), &[FULL], "s3:GetObject", ImplicitDeny)]
#[case::full_access(user().identity(ALLOW_ALL), &[FULL], "s3:GetObject", Allowed)]
#[case::no_allow_is_needed(user().identity(ALLOW_ALL), &[""], "s3:GetObject", Allowed)]
#[case::deny(user().identity(ALLOW_ALL), &[FULL, DENY_S3], "s3:GetObject", ExplicitDeny)]
#[case::deny_root(root(), &[DENY_S3], "s3:GetObject", ExplicitDeny)]
#[case::service_linked(service_linked(), &[DENY_S3], "s3:GetObject", Allowed)]
#[case::unsupported_service(user().identity(ALLOW_ALL), &["{'Effect':'Deny','Principal':'*','Action':'*','Resource':'*'}"], "sqs:SendMessage", Allowed)]
fn resource_control_policies_only_deny(
    #[case] world: World,
    #[case] levels: &[&str],
    #[case] action: &str,
    #[case] expected: Outcome,
) {
    assert_eq!(
        world
            .resource_control(levels)
            .outcome(action, super::world::BUCKET),
        expected
    );
}
