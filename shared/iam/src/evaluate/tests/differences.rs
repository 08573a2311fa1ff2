//! Tests points where tools that read IAM policies disagree: what each of them would say, and what is said here.

use super::world::{ALLOW_ALL, BUCKET, World, role, user};
use crate::context::Context;
use crate::evaluate::{ActionScope, Flag, Outcome};
use Outcome::{Allowed, ExplicitDeny, ImplicitDeny};
use rstest::rstest;

fn on(pattern: &str) -> World {
    user().identity(&format!(
        "{{'Effect':'Allow','Action':'*','Resource':'{pattern}'}}"
    ))
}

fn ambiguous(world: &World, resource: &str) -> bool {
    world.ask("x:Do", resource, ActionScope::Unchecked, |decision| {
        decision
            .flags
            .iter()
            .any(|flag| matches!(flag, Flag::AmbiguousMatch(_)))
    })
}

const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111111111111:function:f:1";

// A whole-string glob crosses colons everywhere, a strict glob nowhere, and one of five fields and a rest only in the rest.
#[rstest]
#[case::final_star_of_a_field_crosses("arn:aws:lambda:*:f:1", FUNCTION, Allowed, false)]
#[case::inner_star_stays("arn:aws:lambda:eu*1:function:f:1", FUNCTION, ImplicitDeny, true)]
#[case::the_rest_is_free("arn:aws:lambda:eu-west-1:111111111111:function:*", FUNCTION, Allowed, false)]
#[case::inner_star_within_its_field(
    "arn:aws:lambda:eu-*-1:111111111111:function:f:1",
    FUNCTION,
    Allowed,
    false
)]
fn stars_and_colons(
    #[case] pattern: &str,
    #[case] resource: &str,
    #[case] expected: Outcome,
    #[case] hangs_on_the_reading: bool,
) {
    let world = on(pattern);
    assert_eq!(world.outcome("x:Do", resource), expected);
    assert_eq!(ambiguous(&world, resource), hangs_on_the_reading);
}

// Some evaluators take the type part in front of the slash as literal.
#[rstest]
#[case("arn:aws:iam::111111111111:*/app", Allowed)]
#[case("arn:aws:iam::111111111111:ro*/app", Allowed)]
#[case("arn:aws:iam::111111111111:*er/app", ImplicitDeny)]
fn a_star_in_front_of_a_slash_is_free(#[case] pattern: &str, #[case] expected: Outcome) {
    assert_eq!(
        on(pattern).outcome("iam:GetRole", "arn:aws:iam::111111111111:role/app"),
        expected
    );
}

// Such a pattern is padded, refused, or compared literally.
#[rstest]
#[case::identity_policies_pad("arn:aws:s3", Allowed, true)]
#[case::also_with_a_star("arn:aws:s3*", Allowed, true)]
#[case::whole_arns_are_not_concerned("arn:aws:s3:::bucket/key", Allowed, false)]
fn short_arns_in_identity_policies(#[case] pattern: &str, #[case] expected: Outcome, #[case] flagged: bool) {
    assert_eq!(on(pattern).reads(), expected);
    assert_eq!(ambiguous(&on(pattern), BUCKET), flagged);
}

#[rstest]
#[case::not_without_a_star("arn:aws:s3", ImplicitDeny)]
#[case::with_a_star("arn:aws:s3*", Allowed)]
fn short_arns_in_resource_policies(#[case] pattern: &str, #[case] expected: Outcome) {
    let allow = format!("{{'Effect':'Allow','Principal':'*','Action':'*','Resource':'{pattern}'}}");
    assert_eq!(user().resource(&allow).reads(), expected);
}

#[rstest]
#[case::service_wildcard_matches_nothing("arn:aws:*:::bucket/key", ImplicitDeny)]
#[case::a_short_one_is_padded("arn:aws:*", Allowed)]
fn a_wildcard_service(#[case] pattern: &str, #[case] expected: Outcome) {
    assert_eq!(on(pattern).reads(), expected);
    assert!(ambiguous(&on(pattern), BUCKET));
}

fn when(effect: &str, condition: &str) -> World {
    let statement = format!("{{'Effect':'{effect}','Action':'*','Resource':'*','Condition':{condition}}}");
    if effect == "Deny" {
        user().identity(ALLOW_ALL).identity(&statement)
    } else {
        user().identity(&statement)
    }
}

// Some evaluators take a missing key for false under the negated operators.
#[rstest]
#[case("{'StringNotLike':{'k':'a*'}}", Allowed)]
#[case("{'ArnNotLike':{'k':'arn:aws:iam::*:role/x'}}", Allowed)]
#[case("{'StringLike':{'k':'a*'}}", ImplicitDeny)]
#[case("{'ArnLike':{'k':'arn:aws:iam::*:role/x'}}", ImplicitDeny)]
fn negated_operators_on_a_missing_key(#[case] condition: &str, #[case] expected: Outcome) {
    assert_eq!(when("Allow", condition).reads(), expected);
}

// Some evaluators take the negated form for true. The simulator of IAM does not.
#[rstest]
fn arn_operators_pass_nothing_when_a_value_or_a_pattern_is_no_arn(
    #[values(
        "ArnNotEquals",
        "ArnNotLike",
        "ArnEquals",
        "ArnLike",
        "ForAnyValue:ArnNotLike"
    )]
    operator: &str,
    #[values(
        ("arn:aws:iam::*:role/x", "nothing"),
        ("*", "nothing"),
        ("nothing", "arn:aws:iam::111122223333:role/y"),
        ("${aws:username}", "arn:aws:iam::111122223333:role/y")
    )]
    (pattern, value): (&str, &str),
) {
    let world = when("Allow", &format!("{{'{operator}':{{'k':'{pattern}'}}}}"));
    let request = Context::closed().with("k", [value]).with("aws:username", ["u"]);
    assert_eq!(world.knowing(request).reads(), ImplicitDeny);
}

#[rstest]
#[case("false", "neither", ImplicitDeny)]
#[case("true", "neither", ImplicitDeny)]
#[case("false", "False", Allowed)]
fn bool_on_a_value_that_is_neither(#[case] policy: &str, #[case] request: &str, #[case] expected: Outcome) {
    let world = when("Allow", &format!("{{'Bool':{{'k':'{policy}'}}}}"));
    assert_eq!(
        world.knowing(Context::closed().with("k", [request])).reads(),
        expected
    );
}

#[rstest]
#[case("{'ForAllValues:StringEquals':{'k':'a'}}", Allowed)]
#[case("{'ForAnyValue:StringEquals':{'k':'a'}}", ImplicitDeny)]
fn sets_on_a_missing_key(#[case] condition: &str, #[case] expected: Outcome) {
    assert_eq!(when("Allow", condition).reads(), expected);
}

// Some evaluators let a statement deny when its condition is not met.
#[rstest]
#[case("Allow", "a", ImplicitDeny)]
#[case("Allow", "b", Allowed)]
#[case("Deny", "a", Allowed)]
#[case("Deny", "b", ExplicitDeny)]
fn a_condition_that_is_not_met_ignores_the_statement(
    #[case] effect: &str,
    #[case] value: &str,
    #[case] expected: Outcome,
) {
    let world = when(effect, "{'StringEquals':{'k':'b'}}");
    assert_eq!(
        world.knowing(Context::closed().with("k", [value])).reads(),
        expected
    );
}

// For some evaluators the identity side alone suffices, for others both sides are needed.
#[rstest]
#[case::identity_alone(user().identity(ALLOW_ALL), ImplicitDeny)]
#[case::trust_alone(user(), Allowed)]
fn trust_policies_in_the_same_account(#[case] world: World, #[case] expected: Outcome) {
    let principal = if expected == Allowed {
        "user/ann"
    } else {
        "user/bob"
    };
    let trust = format!(
        "{{'Effect':'Allow','Principal':{{'AWS':'arn:aws:iam::111111111111:{principal}'}},'Action':'sts:AssumeRole'}}"
    );
    let role = "arn:aws:iam::111111111111:role/target";
    assert_eq!(world.trust(&trust).outcome("sts:AssumeRole", role), expected);
}

// Some say that it never limits, some that it always limits. In truth it depends on the principal that the policy names.
#[rstest]
#[case(user(), "arn:aws:iam::111111111111:user/ann", Allowed)]
#[case(role(), "arn:aws:iam::111111111111:role/team/app", ImplicitDeny)]
fn a_boundary_against_a_resource_policy(
    #[case] world: World,
    #[case] named: &str,
    #[case] expected: Outcome,
) {
    let allow = format!("{{'Effect':'Allow','Principal':{{'AWS':'{named}'}},'Action':'*','Resource':'*'}}");
    assert_eq!(
        world.resource(&allow).boundary(super::world::ALLOW_EC2).reads(),
        expected
    );
}

#[rstest]
#[case::without_boundary(user(), Allowed)]
#[case::with_boundary(user().boundary(ALLOW_ALL), ExplicitDeny)]
fn not_principal_with_deny_and_a_boundary(#[case] world: World, #[case] expected: Outcome) {
    let deny = "{'Effect':'Deny','NotPrincipal':{'AWS':['111111111111','arn:aws:iam::111111111111:user/ann']},'Action':'*','Resource':'*'}";
    assert_eq!(world.identity(ALLOW_ALL).resource(deny).reads(), expected);
}

// Some evaluators take it for the empty text, some for literal text, and for the rest it matches nothing.
#[rstest]
#[case::not_empty_text("arn:aws:s3:::bucket/", ImplicitDeny)]
#[case::not_literal_text("arn:aws:s3:::bucket/${aws:none}", ImplicitDeny)]
#[case::no_match("arn:aws:s3:::bucket/x", ImplicitDeny)]
fn a_variable_without_value(#[case] resource: &str, #[case] expected: Outcome) {
    assert_eq!(
        on("arn:aws:s3:::bucket/${aws:none}").outcome("s3:GetObject", resource),
        expected
    );
}

#[rstest]
#[case("retired:*", Allowed)]
#[case("retired:doit", Allowed)]
#[case("retired:Other", ImplicitDeny)]
fn unknown_action_names_are_kept(#[case] pattern: &str, #[case] expected: Outcome) {
    let world = user().identity(&format!(
        "{{'Effect':'Allow','Action':'{pattern}','Resource':'*'}}"
    ));
    assert_eq!(world.outcome("retired:DoIt", "*"), expected);
}
