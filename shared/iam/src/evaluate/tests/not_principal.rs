//! Tests statements with `NotPrincipal`: whom they deny, and whom they allow.

use super::world::{ALLOW_ALL, ROLE, World, role, user};
use crate::evaluate::Outcome::{self, Allowed, ExplicitDeny, ImplicitDeny};
use crate::matching::{Principal, PrincipalIdentity};
use rstest::rstest;

fn session() -> World {
    World::new(Principal::session(ROLE, "s1"))
}

fn root() -> World {
    World::new(Principal::parse("arn:aws:iam::111111111111:root").unwrap())
}

fn service() -> World {
    let allow = "{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}";
    World::new(
        PrincipalIdentity::Service {
            name: "x.amazonaws.com".into(),
        }
        .into(),
    )
    .resource(allow)
}

const ACCOUNT: &str = "'111111111111'";
const USER: &str = "'arn:aws:iam::111111111111:user/ann'";
const THE_ROLE: &str = "'arn:aws:iam::111111111111:role/team/app'";
const SESSION: &str = "'arn:aws:sts::111111111111:assumed-role/app/s1'";

#[rstest]
#[case(user(), &[USER], ExplicitDeny)]
#[case(user(), &[ACCOUNT], ExplicitDeny)]
#[case(user(), &[ACCOUNT, USER], Allowed)]
#[case(session(), &[ACCOUNT, THE_ROLE], ExplicitDeny)]
#[case(session(), &[THE_ROLE, SESSION], ExplicitDeny)]
#[case(session(), &[ACCOUNT, THE_ROLE, SESSION], Allowed)]
#[case(root(), &[ACCOUNT], Allowed)]
#[case(root(), &[USER], ExplicitDeny)]
#[case(user(), &["'*'"], Allowed)]
fn a_deny_exempts_only_who_is_listed_with_its_account(
    #[case] world: World,
    #[case] listed: &[&str],
    #[case] expected: Outcome,
) {
    let deny = format!(
        "{{'Effect':'Deny','NotPrincipal':{{'AWS':[{}]}},'Action':'*','Resource':'*'}}",
        listed.join(",")
    );
    assert_eq!(world.identity(ALLOW_ALL).resource(&deny).reads(), expected);
}

#[test]
fn a_deny_always_binds_a_principal_with_a_boundary() {
    let deny = format!(
        "{{'Effect':'Deny','NotPrincipal':{{'AWS':[{ACCOUNT},{USER}]}},'Action':'*','Resource':'*'}}"
    );
    let world = user().identity(ALLOW_ALL).resource(&deny);
    assert_eq!(world.reads(), Allowed);
    assert_eq!(world.boundary(ALLOW_ALL).reads(), ExplicitDeny);
}

#[rstest]
#[case(user(), USER, ImplicitDeny)]
#[case(user(), ACCOUNT, ImplicitDeny)]
#[case(user(), THE_ROLE, Allowed)]
#[case(role(), THE_ROLE, ImplicitDeny)]
#[case(World::new(PrincipalIdentity::Anonymous.into()), USER, Allowed)]
fn an_allow_grants_to_everybody_else(#[case] world: World, #[case] listed: &str, #[case] expected: Outcome) {
    let allow = format!("{{'Effect':'Allow','NotPrincipal':{{'AWS':{listed}}},'Action':'*','Resource':'*'}}");
    assert_eq!(world.resource(&allow).reads(), expected);
}

#[test]
fn a_service_is_exempt_when_it_is_listed() {
    let with = |name: &str| {
        let statements = format!(
            "{{'Effect':'Allow','Principal':'*','Action':'*','Resource':'*'}},{{'Effect':'Deny','NotPrincipal':{{'Service':'{name}'}},'Action':'*','Resource':'*'}}"
        );
        service().resource(&statements).reads()
    };
    assert_eq!(
        (with("x.amazonaws.com"), with("y.amazonaws.com")),
        (Allowed, ExplicitDeny)
    );
}
