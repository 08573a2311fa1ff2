use super::{ConditionKeys, Context, Layered, Lookup};
use crate::arn::Resource;
use crate::document::{Document, PolicyKind};
use crate::matching::{Principal, PrincipalIdentity};
use crate::policy::Policy;
use rstest::rstest;

fn present(context: &Context, key: &str) -> Option<Vec<String>> {
    match context.lookup(key) {
        Lookup::Present(values) => Some(values.to_vec()),
        Lookup::Absent | Lookup::Other(_) | Lookup::Begins(_) | Lookup::Unknown => None,
    }
}

#[test]
fn key_names_ignore_case_and_tags_that_differ_in_it_are_two_values() {
    let mut context = Context::open();
    context.add_tags("aws:PrincipalTag/", [("Team", "a"), ("team", "b")]);
    assert_eq!(
        present(&context, "aws:principaltag/team"),
        Some(vec!["a".into(), "b".into()])
    );
    assert_eq!(context.lookup("aws:principaltag/other"), Lookup::Absent);
    assert_eq!(context.lookup("aws:sourceip"), Lookup::Unknown);
}

#[test]
fn copies_share_keys_and_not_what_is_added_to_one_of_them() {
    let shared = Context::open()
        .with("aws:PrincipalTag/team", ["a"])
        .with("k", ["1"])
        .share();
    let copy = shared
        .clone()
        .with("k", ["2"])
        .with("aws:PrincipalTag/role", ["b"]);
    assert_eq!(present(&shared, "k"), Some(vec!["1".into()]));
    assert_eq!(present(&copy, "k"), Some(vec!["1".into(), "2".into()]));
    assert_eq!(present(&copy, "aws:principaltag/team"), Some(vec!["a".into()]));
    let below = |context: &Context| -> Vec<String> {
        let keys = context.below("aws:principaltag/").into_keys();
        keys.map(str::to_owned).collect()
    };
    assert_eq!(below(&shared), ["aws:principaltag/team"]);
    assert_eq!(below(&copy), ["aws:principaltag/role", "aws:principaltag/team"]);
    assert_eq!(below(&copy.clone().without("aws:PrincipalTag/team")).len(), 2);
    assert_eq!(
        below(&copy.share()),
        ["aws:principaltag/role", "aws:principaltag/team"]
    );
}

#[test]
fn what_all_principals_of_an_account_have_in_common_may_be_shared() {
    let principal = Principal::parse("arn:aws:iam::111122223333:user/path/alice").unwrap();
    let shared = Context::of_principal_in(Context::of_account("111122223333").share(), &principal);
    let own = Context::of_principal(&principal);
    let keys: Vec<&str> = own.below("").into_keys().collect();
    assert!(keys.len() > 10, "{keys:?}");
    for key in keys {
        assert_eq!(shared.lookup(key), own.lookup(key), "{key}");
    }
}

#[test]
fn a_key_without_values_is_absent() {
    assert_eq!(
        Context::open().with("k", None::<String>).lookup("k"),
        Lookup::Absent
    );
    assert_eq!(Context::open().without("K").lookup("k"), Lookup::Absent);
    assert_eq!(Context::closed().with_unknown("k").lookup("k"), Lookup::Unknown);
}

#[test]
fn the_first_context_that_knows_decides() {
    let (first, second) = (
        Context::open().without("a"),
        Context::closed().with("a", ["x"]).with("b", ["y"]),
    );
    let layered = Layered(&[&first, &second]);
    assert_eq!(layered.lookup("a"), Lookup::Absent);
    assert_eq!(layered.lookup("b"), Lookup::Present(&["y".to_owned()]));
    assert_eq!(layered.lookup("c"), Lookup::Absent);
}

#[test]
fn what_a_key_is_not_counts_until_a_context_knows_what_it_is() {
    let mut first = Context::open();
    first.exclude("aws:PrincipalOrgID", ["o-1"]);
    let second = Context::open().with("aws:PrincipalOrgID", ["o-2"]);
    let open = Context::open();
    let key = "aws:principalorgid";
    assert_eq!(
        Layered(&[&first, &open]).lookup(key),
        Lookup::Other(&["o-1".to_owned()])
    );
    assert_eq!(
        Layered(&[&first, &second]).lookup(key),
        Lookup::Present(&["o-2".to_owned()])
    );
}

/// A principal that belongs to no account has no key of one; a service has the keys of services, which nobody else has.
#[rstest]
#[case::service(PrincipalIdentity::Service { name: "s3.amazonaws.com".into() }, Lookup::Absent, Lookup::Unknown)]
#[case::federated(PrincipalIdentity::Federated { provider: "accounts.google.com".into() }, Lookup::Absent, Lookup::Absent)]
#[case::canonical(PrincipalIdentity::CanonicalUser { id: "79a5".into() }, Lookup::Unknown, Lookup::Absent)]
fn who_belongs_to_no_account_has_no_key_of_one(
    #[case] identity: PrincipalIdentity,
    #[case] of_account: Lookup<'_>,
    #[case] of_service: Lookup<'_>,
) {
    let context = Context::of_principal(&identity.into());
    for key in [
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "kms:calleraccount",
    ] {
        assert_eq!(context.lookup(key), of_account, "{key}");
    }
    for key in ["aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid"] {
        assert_eq!(context.lookup(key), of_service, "{key}");
    }
}

/// Source: IAM user guide, "AWS global condition context keys".
#[test]
fn an_anonymous_request_has_a_word_for_its_account() {
    let context = Context::of_principal(&PrincipalIdentity::Anonymous.into());
    assert_eq!(
        present(&context, "aws:principalaccount"),
        Some(vec!["anonymous".into()])
    );
    assert_eq!(context.lookup("aws:principalorgid"), Lookup::Absent);
    assert_eq!(context.lookup("aws:principalarn"), Lookup::Absent);
}

#[rstest]
#[case("aws:principalarn", Some("arn:aws:iam::1:user/p/ann"))]
#[case("aws:principalaccount", Some("1"))]
#[case("aws:principaltype", Some("User"))]
#[case("aws:username", Some("ann"))]
#[case("aws:userid", Some("AIDA1"))]
#[case("aws:principalisawsservice", Some("false"))]
#[case("aws:sourceip", None)]
fn a_user_is_known_by_its_arn(#[case] key: &str, #[case] expected: Option<&str>) {
    let principal = Principal::parse("arn:aws:iam::1:user/p/ann")
        .unwrap()
        .with_id("AIDA1");
    let context = Context::of_principal(&principal);
    assert_eq!(
        present(&context, key).as_deref(),
        expected.map(|one| vec![one.to_owned()]).as_deref()
    );
}

#[test]
fn a_session_keeps_the_arn_of_its_role_and_has_no_user_name() {
    let principal = Principal::session("arn:aws:iam::1:role/p/r", "s").with_id("AROA1");
    let context = Context::of_principal(&principal);
    assert_eq!(
        present(&context, "aws:principalarn"),
        Some(vec!["arn:aws:iam::1:role/p/r".into()])
    );
    assert_eq!(present(&context, "aws:userid"), Some(vec!["AROA1:s".into()]));
    assert_eq!(context.lookup("aws:username"), Lookup::Absent);
    let any_session = Context::of_principal(&Principal::parse("arn:aws:iam::1:role/p/r").unwrap());
    assert_eq!(
        any_session.lookup("aws:userid"),
        Lookup::Other(&["AIDA*".to_owned()]),
        "it is no user"
    );
}

/// The idiom of the knowledge centre of Amazon S3: `aws:userid` of a role is its unique id, a colon and the session's name.
#[rstest]
#[case(r#"{"StringLike":{"aws:userid":"AROA1:*"}}"#, Some(true))]
#[case(r#"{"StringLike":{"aws:userId":["AIDA7","AROA1*"]}}"#, Some(true))]
#[case(r#"{"StringLike":{"aws:userid":["AROA2:*","111122223333"]}}"#, Some(false))]
#[case(r#"{"StringLike":{"aws:userid":"AROA1:s*"}}"#, None)]
#[case(r#"{"StringLike":{"aws:userid":"*:s"}}"#, None)]
#[case(r#"{"StringEquals":{"aws:userid":"AROA1:s"}}"#, None)]
#[case(r#"{"StringEquals":{"aws:userid":["AROA1","AROA2:s"]}}"#, Some(false))]
#[case(r#"{"StringNotLike":{"aws:userid":["AROA1:*","111122223333"]}}"#, Some(false))]
#[case(r#"{"StringNotLike":{"aws:userid":["AROA2:*","AIDA7"]}}"#, Some(true))]
#[case(r#"{"StringNotEqualsIfExists":{"aws:userid":"AROA1:s"}}"#, None)]
#[case(r#"{"StringEquals":{"aws:userid":"${aws:PrincipalTag/id}"}}"#, None)]
#[case(r#"{"Null":{"aws:userid":"true"}}"#, Some(false))]
fn any_session_of_a_role_has_its_unique_id(#[case] condition: &str, #[case] expected: Option<bool>) {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}}}"#
    );
    let parsed = Document::parse(&text, PolicyKind::Identity).unwrap();
    let policy = Policy::compile(&parsed.document, PolicyKind::Identity);
    let role = Principal::parse("arn:aws:iam::1:role/p/r")
        .unwrap()
        .with_id("AROA1");
    let context = Context::of_principal(&role);
    assert_eq!(policy.statements()[0].condition.evaluate(&context), expected);
    // A request without the key, or of another role, is not a request of this role.
    for other in [
        Context::closed(),
        Context::closed().with("aws:userid", ["AROA2:s"]),
    ] {
        let both = [&context, &other];
        assert_eq!(
            policy.statements()[0].condition.evaluate(&Layered(&both)),
            expected
        );
    }
}

#[test]
fn a_resource_tells_its_account_and_region_when_its_arn_does() {
    let queue = Context::of_resource(&Resource::parse("arn:aws:sqs:eu-west-1:2:q").unwrap());
    assert_eq!(present(&queue, "aws:resourceaccount"), Some(vec!["2".into()]));
    assert_eq!(
        present(&queue, "aws:requestedregion"),
        Some(vec!["eu-west-1".into()])
    );
    let bucket = Context::of_resource(&Resource::parse("arn:aws:s3:::b").unwrap());
    assert_eq!(bucket.lookup("aws:resourceaccount"), Lookup::Unknown);
}
