use super::{Policy, StatementFinding};
use crate::arn::PatternFinding;
use crate::condition::ConditionFinding;
use crate::document::{Document, PolicyKind};
use crate::matching::ActionFinding;
use rstest::rstest;
use std::cell::Cell;

thread_local! {
    /// Findings about conditions that were looked at, to measure how the work grows
    pub(super) static LOOKED_AT: Cell<usize> = const { Cell::new(0) };
}

fn compile(kind: PolicyKind, statement: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    Policy::compile(&Document::parse(&text, kind).unwrap().document, kind)
}

#[rstest]
#[case(PolicyKind::Identity, r#""Action":"s*:Get","Resource":"*""#, StatementFinding::Action("s*:get".into(), ActionFinding::ServiceWildcard))]
#[case(PolicyKind::Identity, r#""Action":"*","Resource":"arn:aws:s3""#, StatementFinding::Resource("arn:aws:s3".into(), PatternFinding::Padded))]
#[case(PolicyKind::ServiceControl, r#""Action":"*","Resource":"arn:aws:s3""#, StatementFinding::Resource("arn:aws:s3".into(), PatternFinding::TooShort))]
#[case(
    PolicyKind::Trust,
    r#""Action":"sts:AssumeRole","Principal":"*""#,
    StatementFinding::TrustsEverybody
)]
#[case(PolicyKind::Trust, r#""Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::1:role/*"}"#, StatementFinding::Nobody("arn:aws:iam::1:role/*".into()))]
#[case(
    PolicyKind::Resource,
    r#""Action":"*","NotPrincipal":{"AWS":"111111111111"},"Resource":"*""#,
    StatementFinding::AllowNotPrincipal
)]
#[case(
    PolicyKind::Identity,
    r#""Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}"#,
    StatementFinding::Condition(ConditionFinding::ForAllValuesOfAbsentKey("aws:TagKeys".into()))
)]
fn oddities_of_valid_statements_are_reported(
    #[case] kind: PolicyKind,
    #[case] members: &str,
    #[case] expected: StatementFinding,
) {
    let policy = compile(kind, &format!(r#"{{"Effect":"Allow",{members}}}"#));
    assert_eq!(policy.findings(), [(0, expected)]);
    assert_eq!(policy.statements().len(), 1);
}

/// Returns how many findings about conditions are looked at to find what is odd about so many statements, each of which has two of
/// them.
fn looked_at(statements: usize) -> usize {
    let statement = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"a","aws:PrincipalOrgPaths":"b"}}}"#;
    let policy = compile(PolicyKind::Identity, &vec![statement; statements].join(","));
    LOOKED_AT.set(0);
    let found = policy.findings();
    let positions: Vec<usize> = found.iter().map(|(position, _)| *position).collect();
    let expected = (0..statements).flat_map(|position| [position, position]);
    assert_eq!(positions, expected.collect::<Vec<_>>());
    LOOKED_AT.get()
}

#[test]
fn findings_of_twice_as_many_statements_take_little_more_than_twice_the_steps() {
    let (few, many) = (looked_at(400), looked_at(800));
    // One more step of each search by halves.
    assert!((400..=2 * few + 2 * 800).contains(&many), "{few} and {many}");
    assert!(many <= 800 * 16, "{many}");
}

#[test]
fn for_all_values_is_usual_in_a_deny() {
    let statement = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}}"#;
    assert_eq!(compile(PolicyKind::Identity, statement).findings(), []);
}

#[rstest]
#[case(r#"{"Effect":"Deny","Action":"*"}"#, true)]
#[case(r#"{"Effect":"deny","Action":"*","Resource":"*"}"#, true)]
#[case(r#"{"Effect":"Allow","Action":"*"}"#, false)]
#[case(r#"{"Effect":"Deny","Action":"*","Resource":"*"}"#, false)]
fn a_broken_statement_that_may_be_a_deny_marks_the_policy(#[case] statement: &str, #[case] expected: bool) {
    assert_eq!(
        compile(PolicyKind::Identity, statement).has_invalid_deny(),
        expected
    );
}
