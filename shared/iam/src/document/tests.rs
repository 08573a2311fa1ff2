use super::{Document, DocumentError, Effect, Element, Entry, Finding, FindingKind, PolicyKind, Version};
use proptest::prelude::*;
use rstest::rstest;

fn parse(text: &str) -> super::Parsed {
    Document::parse(text, PolicyKind::Identity).unwrap()
}

const SIMPLE: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":["*"]}}"#;

#[test]
fn scalars_and_lists_mean_the_same() {
    let parsed = parse(SIMPLE);
    assert_eq!(parsed.findings, []);
    let listed = r#"{ "Statement" : [{"Resource":"*","Action":["s3:GetObject"],"Effect":"Allow"}], "Version":"2012-10-17"}"#;
    assert_eq!(parsed.document, parse(listed).document);
    assert_eq!(
        parsed.document.to_json(),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#
    );
}

#[test]
fn a_document_comes_as_object_as_string_or_percent_encoded() {
    let plain = parse(SIMPLE).document;
    let string = serde_json::to_string(SIMPLE).unwrap();
    let encoded = SIMPLE
        .replace('{', "%7B")
        .replace('"', "%22")
        .replace('}', "%7d")
        .replace(':', "%3A");
    assert_eq!(parse(&string).document, plain);
    assert_eq!(parse(&encoded).document, plain);
    assert_eq!(parse(&format!("\"{encoded}\"")).document, plain);
}

#[test]
fn a_plus_in_an_encoded_document_is_a_plus() {
    let encoded = "%7B%22Id%22:%22a+b%22,%22Statement%22:[]%7D";
    assert_eq!(parse(encoded).document.id.as_deref(), Some("a+b"));
}

#[test]
fn no_version_means_the_older_one() {
    assert_eq!(parse(r#"{"Statement":[]}"#).document.version, Version::V2008);
    let unknown = parse(r#"{"Version":"2020-01-01","Statement":[]}"#);
    assert_eq!(unknown.document.version, Version::V2008);
    assert_eq!(
        unknown.findings,
        [Finding {
            statement: None,
            kind: FindingKind::UnknownVersion("2020-01-01".into())
        }]
    );
}

#[test]
fn condition_values_keep_their_text() {
    let text = r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{
        "NumericLessThan":{"k":[1.10,123456789012345678901234567890]},"Bool":{"b":true}}}}"#;
    let parsed = parse(text);
    let values: Vec<_> = parsed
        .document
        .valid()
        .flat_map(|one| &one.conditions)
        .flat_map(|one| &one.values)
        .collect();
    assert_eq!(values, ["1.10", "123456789012345678901234567890", "true"]);
}

#[rstest]
#[case(r#"{"Effect":"allow","Action":"*","Resource":"*"}"#, FindingKind::UnknownEffect("allow".into()))]
#[case(r#"{"Action":"*","Resource":"*"}"#, FindingKind::Missing("Effect"))]
#[case(r#"{"Effect":"Allow","Resource":"*"}"#, FindingKind::Missing("Action"))]
#[case(r#"{"Effect":"Allow","Action":"*"}"#, FindingKind::Missing("Resource"))]
#[case(
    r#"{"Effect":"Allow","Action":"*","NotAction":"a:b","Resource":"*"}"#,
    FindingKind::BothForms("Action")
)]
#[case(
    r#"{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}"#,
    FindingKind::BothForms("Resource")
)]
#[case(
    r#"{"Effect":"Allow","Action":[],"Resource":"*"}"#,
    FindingKind::Empty("Action")
)]
#[case(
    r#"{"Effect":"Allow","Action":[1],"Resource":"*"}"#,
    FindingKind::WrongType("Action")
)]
#[case(
    r#"{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}"#,
    FindingKind::NotAllowed("Principal")
)]
#[case(r#"{"Effect":"Allow","Action":"*","Resource":"*","action":"*"}"#, FindingKind::UnknownElement("action".into()))]
#[case(
    r#"{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"k":{}}}}"#,
    FindingKind::WrongType("Condition")
)]
#[case("7", FindingKind::NotObject)]
fn a_broken_statement_is_kept_and_reported(#[case] statement: &str, #[case] kind: FindingKind) {
    let parsed = parse(&format!(r#"{{"Statement":[{statement}]}}"#));
    assert_eq!(
        parsed.findings,
        [Finding {
            statement: Some(0),
            kind
        }]
    );
    assert_eq!(parsed.document.valid().count(), 0);
    assert!(
        matches!(&parsed.document.statements[..], [Entry::Invalid(invalid)] if invalid.json == statement)
    );
}

#[rstest]
#[case(PolicyKind::Trust, r#""Principal":"*""#, &[])]
#[case(PolicyKind::Trust, r#""Principal":"*","Resource":"*""#, &[FindingKind::NotAllowed("Resource")])]
#[case(PolicyKind::Trust, r#""NotPrincipal":"*""#, &[FindingKind::NotAllowed("NotPrincipal")])]
#[case(PolicyKind::Trust, r#""Sid":"x""#, &[FindingKind::Missing("Principal")])]
#[case(PolicyKind::Resource, r#""NotPrincipal":{"AWS":"1"},"NotResource":"*""#, &[])]
#[case(PolicyKind::Resource, r#""Principal":"*""#, &[FindingKind::Missing("Resource")])]
#[case(PolicyKind::Resource, r#""Resource":"*""#, &[FindingKind::Missing("Principal")])]
#[case(PolicyKind::Resource, r#""Principal":"x","Resource":"*""#, &[FindingKind::WrongType("Principal")])]
#[case(PolicyKind::Resource, r#""Principal":{"aws":"*"},"Resource":"*""#, &[FindingKind::UnknownPrincipalType("aws".into())])]
#[case(PolicyKind::ServiceControl, r#""Principal":"*","Resource":"*""#, &[FindingKind::NotAllowed("Principal")])]
#[case(PolicyKind::ResourceControl, r#""Principal":"*","Resource":"*""#, &[])]
fn each_kind_of_policy_has_its_elements(
    #[case] kind: PolicyKind,
    #[case] members: &str,
    #[case] expected: &[FindingKind],
) {
    let text = format!(r#"{{"Statement":{{"Effect":"Deny","Action":"*",{members}}}}}"#);
    let parsed = Document::parse(&text, kind).unwrap();
    let kinds: Vec<FindingKind> = parsed.findings.into_iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, expected);
}

#[rstest]
#[case("", "malformed JSON: unexpected end of the text at line 1, column 1")]
#[case("{}x", "malformed JSON: trailing characters at line 1, column 3")]
#[case(
    r#"{"a":1,"b":{"c":1,"c":2}}"#,
    "malformed JSON: the member `c` is named twice at line 1, column 19"
)]
#[case("[]", "the document is not a JSON object")]
#[case("%FF", "the percent-encoded document is not UTF-8")]
fn a_text_that_is_no_policy_is_an_error(#[case] text: &str, #[case] expected: &str) {
    let error = Document::parse(text, PolicyKind::Identity).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn depth_and_size_are_limited() {
    let deep = format!("{{\"Statement\":{}", "[".repeat(100_000));
    let error = Document::parse(&deep, PolicyKind::Identity).unwrap_err();
    assert_eq!(
        error.to_string(),
        "malformed JSON: nesting deeper than 32 levels at line 1, column 45"
    );
    let large = " ".repeat(super::MAX_DOCUMENT_BYTES + 1);
    assert_eq!(
        Document::parse(&large, PolicyKind::Identity),
        Err(DocumentError::TooLarge {
            bytes: super::MAX_DOCUMENT_BYTES + 1
        })
    );
}

#[test]
fn every_element_is_written_as_it_was_read() {
    let text = concat!(
        r#"{"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"a\"b\u0001","Effect":"Deny","#,
        r#""NotPrincipal":{"AWS":["1","2"],"Service":"s"},"NotAction":["a:b","a:c"],"NotResource":"x","#,
        r#""Condition":{"StringLike":{"k":["1","2"],"l":"3"},"Bool":{"m":"true"}}},{"Effect":"Deny"}]}"#
    );
    let parsed = Document::parse(text, PolicyKind::Resource).unwrap();
    let written = parsed.document.written();
    assert_eq!(written.json, text);
    let statements: Vec<&str> = written
        .statements
        .iter()
        .map(|place| text.get(place.clone()).unwrap())
        .collect();
    assert!(statements[0].starts_with(r#"{"Sid""#) && statements[0].ends_with(r#"{"m":"true"}}}"#));
    assert_eq!(statements[1..], [r#"{"Effect":"Deny"}"#]);
    let first = parsed.document.valid().next().unwrap();
    assert_eq!(first.effect, Effect::Deny);
    assert_eq!(first.actions, Element::Not(vec!["a:b".into(), "a:c".into()]));
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn reading_never_panics(text in r#"[{}\[\]",:a\\u0-9.eé%-]{0,40}"#) {
        prop_assert!(Document::parse(&text, PolicyKind::Resource).map_or(true, |parsed| parsed.document.statements.len() < 40));
    }

    #[test]
    fn what_is_written_is_read_back(
        sid in ".{0,8}", actions in proptest::collection::vec(".{1,8}", 1..4), value in ".{0,8}", negated: bool,
    ) {
        let json = serde_json::json!({"Version": "2012-10-17", "Statement": [{
            "Sid": sid, "Effect": "Allow", (if negated {"NotAction"} else {"Action"}): actions, "Resource": "*",
            "Condition": {"StringEquals": {"k": value}},
        }]});
        let once = parse(&json.to_string()).document;
        prop_assert_eq!(&parse(&once.to_json()).document, &once);
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&once.to_json()).is_ok(), true);
    }
}
