use super::{Expansion, Template, Wildcards};
use crate::context::Context;
use crate::document::Version;
use crate::glob::Glob;
use rstest::rstest;

fn matches(template: &str, version: Version, context: &Context, text: &str) -> Option<bool> {
    match Template::parse(template, version, Wildcards::Count).expand(context) {
        Expansion::Tokens(tokens) => Some(Glob::from_tokens(tokens.into_owned()).matches(text)),
        Expansion::Unknown | Expansion::NoValue => None,
    }
}

#[rstest]
#[case::replaced("home/${aws:username}/*", "home/a*/x", true)]
#[case::substituted_text_is_literal("home/${aws:username}/*", "home/ab/x", false)]
#[case::key_names_ignore_case("${AWS:UserName}", "a*", true)]
#[case::literal_star("${*}", "*", true)]
#[case::literal_star_only("${*}", "x", false)]
#[case::literal_question_mark("${?}", "?", true)]
#[case::literal_dollar("${$}{x}", "${x}", true)]
#[case::default("${aws:none, 'team'}", "team", true)]
#[case::default_with_comma("${aws:none, 'a, b'}", "a, b", true)]
#[case::default_unused("${aws:username, 'team'}", "a*", true)]
#[case::unclosed("${aws:username", "${aws:username", true)]
fn variables_are_replaced(#[case] template: &str, #[case] text: &str, #[case] expected: bool) {
    let context = Context::closed().with("aws:username", ["a*"]);
    assert_eq!(matches(template, Version::V2012, &context, text), Some(expected));
}

#[test]
fn the_older_version_has_no_variables() {
    let context = Context::closed().with("aws:username", ["a"]);
    assert_eq!(
        matches("${aws:username}", Version::V2008, &context, "${aws:username}"),
        Some(true)
    );
    assert_eq!(
        matches("${*}", Version::V2008, &context, "${anything}"),
        Some(true)
    );
}

#[test]
fn unknown_and_missing_values_are_told_apart() {
    let template = Template::parse("${aws:username}", Version::V2012, Wildcards::Count);
    assert_eq!(template.expand(&Context::open()), Expansion::Unknown);
    assert_eq!(template.expand(&Context::closed()), Expansion::NoValue);
    let several = Context::closed().with("aws:username", ["a", "b"]);
    assert_eq!(template.expand(&several), Expansion::NoValue);
}
