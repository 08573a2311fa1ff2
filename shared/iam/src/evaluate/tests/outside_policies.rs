//! Tests what no policy decides.

use super::world::{ALLOW_ALL, DENY_ALL, World, role, user};
use crate::evaluate::Outcome::{self, Allowed, ExplicitDeny, ImplicitDeny, NotApplicable};
use crate::evaluate::{ActionScope, Flag};
use crate::matching::{Principal, PrincipalIdentity};
use rstest::rstest;

// Some other evaluators deny such a request when a policy denies it.
#[rstest]
#[case::without_policy(user(), Allowed)]
#[case::denied(user().identity(DENY_ALL), Allowed)]
#[case::denied_to_a_role(role().identity(DENY_ALL), Allowed)]
#[case::outside_the_boundary(user().boundary("{'Effect':'Allow','Action':'s3:*','Resource':'*'}"), Allowed)]
#[case::denied_by_the_organization(user().service_control(&[DENY_ALL]), Allowed)]
#[case::without_credentials(World::new(Principal::from(PrincipalIdentity::Anonymous)), ImplicitDeny)]
fn who_asks_who_it_is_needs_no_permission(#[case] world: World, #[case] expected: Outcome) {
    assert_eq!(world.outcome("sts:GetCallerIdentity", "*"), expected);
    world.ask("STS:getcalleridentity", "*", ActionScope::Unchecked, |decision| {
        assert_eq!(
            decision.flags.contains(&Flag::NeedsNoPermission),
            expected == Allowed
        );
        assert_eq!(decision.denied_by, []);
    });
}

#[rstest]
#[case::user(user().identity(DENY_ALL), Allowed)]
#[case::role(role().identity(DENY_ALL), ExplicitDeny)]
fn only_users_get_session_tokens_without_permission(#[case] world: World, #[case] expected: Outcome) {
    assert_eq!(world.outcome("sts:GetSessionToken", "*"), expected);
}

#[rstest]
#[case(
    "iam:CreatePolicyVersion",
    "arn:aws:iam::aws:policy/AdministratorAccess",
    NotApplicable
)]
#[case("iam:GetPolicy", "arn:aws:iam::aws:policy/AdministratorAccess", Allowed)]
#[case("iam:CreatePolicyVersion", "arn:aws:iam::111111111111:policy/own", Allowed)]
#[case(
    "iam:AttachRolePolicy",
    "arn:aws:iam::111111111111:role/aws-service-role/s/r",
    NotApplicable
)]
fn nobody_but_aws_changes_what_is_aws_s(
    #[case] action: &str,
    #[case] resource: &str,
    #[case] expected: Outcome,
) {
    assert_eq!(user().identity(ALLOW_ALL).outcome(action, resource), expected);
}

/// The token of a provider says who asks, and no credentials of AWS do.
#[rstest]
#[case::user(user())]
#[case::role(role())]
fn nobody_with_credentials_of_aws_comes_by_a_provider(#[case] world: World) {
    let world = world
        .identity(ALLOW_ALL)
        .trust("{'Effect':'Allow','Principal':{'AWS':'*'},'Action':'*'}");
    let role = "arn:aws:iam::111111111111:role/r";
    assert_eq!(world.outcome("sts:AssumeRoleWithSAML", role), ImplicitDeny);
    assert_eq!(world.outcome("STS:assumerolewithwebidentity", role), ImplicitDeny);
    assert_eq!(world.outcome("sts:AssumeRole", role), Allowed);
}
