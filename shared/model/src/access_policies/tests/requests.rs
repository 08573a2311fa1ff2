use rstest::rstest;
use serde_json::{Value, json};

use super::{ID, grant, object, paths, portal, violations};
use crate::access_policies::{
    CreateAccessPolicy, CreatePortal, CreateProject, DeleteAccessPolicy, Identity, Permission, Resource,
    UpdateAccessPolicy, read_id,
};

fn with(pointer: &str, value: Value) -> Value {
    let mut body = grant();
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

#[test]
fn a_right_request_is_read() {
    let read = CreateAccessPolicy::from_request(&object(&grant())).unwrap();
    assert_eq!(read.identity, Identity::User("u-1".parse().unwrap()));
    assert_eq!(read.resource, Resource::Portal(ID.parse().unwrap()));
    assert_eq!(read.permission, Permission::Viewer);
    assert_eq!(json!(read.tags), json!({ "a": "1" }));
    assert!(read.client_token.is_some());
    let update = UpdateAccessPolicy::from_request(ID, &object(&grant())).unwrap();
    assert_eq!((update.identity, update.resource), (read.identity, read.resource));
}

#[rstest]
#[case("user", "id", "u-1")]
#[case("group", "id", "g-1")]
#[case("iamUser", "arn", "arn:aws:iam::1:user/a")]
#[case("iamRole", "arn", "arn:aws:iam::1:role/a")]
fn each_kind_of_identity_is_read(#[case] kind: &str, #[case] inner: &str, #[case] text: &str) {
    let body = with(
        "/accessPolicyIdentity",
        json!({ kind: { inner: text }, "unknown": 1, "other": null }),
    );
    let read = CreateAccessPolicy::from_request(&object(&body)).unwrap();
    assert_eq!(read.identity.parts(), (kind, inner, text));
}

#[test]
fn everything_wrong_is_told_in_the_order_of_the_members() {
    let body = json!({
        "tags": {},
        "clientToken": "short",
        "accessPolicyPermission": "OWNER",
        "accessPolicyIdentity": { "iamUser": { "arn": "x" }, "user": { "id": " " } },
    });
    let refused = CreateAccessPolicy::from_request(&object(&body)).unwrap_err();
    let expected = [
        (
            "accessPolicyIdentity.user.id",
            r"Member must satisfy regular expression pattern: ^\S+$",
        ),
        (
            "accessPolicyIdentity.iamUser.arn",
            r"Member must satisfy regular expression pattern: ^arn:aws(-cn|-us-gov)?:[a-zA-Z0-9-:\/_\.\+=,@]+$",
        ),
        (
            "accessPolicyIdentity",
            "Member must have exactly one of the members [user, group, iamUser, iamRole]",
        ),
        ("accessPolicyResource", "Member must not be null"),
        (
            "accessPolicyPermission",
            "Member must satisfy enum value set: [ADMINISTRATOR, VIEWER]",
        ),
        (
            "clientToken",
            "Member must have length between 36 and 64, inclusive",
        ),
        ("tags", "Member must have length between 1 and 50, inclusive"),
    ];
    let expected: Vec<_> = expected
        .map(|(path, rule)| (path.to_owned(), rule.to_owned()))
        .into();
    assert_eq!(violations(&refused), expected);
}

#[rstest]
#[case::none(json!({}))]
#[case::null(json!({ "portal": null }))]
#[case::unknown(json!({ "asset": { "id": ID } }))]
#[case::both(json!({ "portal": { "id": ID }, "project": { "id": ID } }))]
fn exactly_one_resource_is_named(#[case] resource: Value) {
    let refused =
        CreateAccessPolicy::from_request(&object(&with("/accessPolicyResource", resource))).unwrap_err();
    assert_eq!(paths(&refused), ["accessPolicyResource"]);
}

#[rstest]
#[case("/accessPolicyIdentity", json!("user"), "accessPolicyIdentity")]
#[case("/accessPolicyIdentity/user", json!([]), "accessPolicyIdentity.user")]
#[case("/accessPolicyIdentity/user", json!({}), "accessPolicyIdentity.user.id")]
#[case("/accessPolicyIdentity/user/id", json!(1), "accessPolicyIdentity.user.id")]
#[case("/accessPolicyResource/portal/id", json!(true), "accessPolicyResource.portal.id")]
#[case("/accessPolicyPermission", json!(null), "accessPolicyPermission")]
#[case("/accessPolicyPermission", json!("viewer"), "accessPolicyPermission")]
#[case("/accessPolicyPermission", json!({}), "accessPolicyPermission")]
#[case("/clientToken", json!(1), "clientToken")]
#[case("/tags", json!([]), "tags")]
fn a_wrong_type_is_told_where_it_is(#[case] pointer: &str, #[case] value: Value, #[case] path: &str) {
    let refused = CreateAccessPolicy::from_request(&object(&with(pointer, value))).unwrap_err();
    assert_eq!(paths(&refused), [path]);
}

#[test]
fn the_id_of_the_path_and_the_token_of_the_query_are_checked_too() {
    let refused = UpdateAccessPolicy::from_request("x", &object(&json!({}))).unwrap_err();
    let expected = [
        "accessPolicyId",
        "accessPolicyIdentity",
        "accessPolicyResource",
        "accessPolicyPermission",
    ];
    assert_eq!(paths(&refused), expected);
    let refused = DeleteAccessPolicy::from_request("x", &["short"]).unwrap_err();
    assert_eq!(paths(&refused), ["accessPolicyId", "clientToken"]);
    let refused = DeleteAccessPolicy::from_request(ID, &["a", "b"]).unwrap_err();
    assert_eq!(
        violations(&refused),
        [("clientToken".to_owned(), "Member must be given once".to_owned())]
    );
    assert_eq!(
        DeleteAccessPolicy::from_request(ID, &[]).unwrap().client_token,
        None
    );
    assert_eq!(paths(&read_id("portalId", "").unwrap_err()), ["portalId"]);
}

#[test]
fn a_portal_is_read_with_every_member_and_with_the_required_ones() {
    let read = CreatePortal::from_request(&object(&portal())).unwrap();
    let configuration = read.details.type_configuration.unwrap();
    assert_eq!(configuration["tools"].portal_tools.as_ref().unwrap().len(), 2);
    let mut least = portal();
    let optional = |name: &str| !["portalName", "portalContactEmail", "roleArn"].contains(&name);
    least.as_object_mut().unwrap().retain(|name, _| !optional(name));
    let read = CreatePortal::from_request(&object(&least)).unwrap();
    assert_eq!(read.auth_mode, crate::access_policies::AuthMode::Sso);
    assert_eq!((read.details.alarms, read.details.portal_type), (None, None));
    let nothing = CreatePortal::from_request(&object(&json!({}))).unwrap_err();
    assert_eq!(paths(&nothing), ["portalName", "portalContactEmail", "roleArn"]);
}

#[rstest]
#[case("/portalName", json!(""), &["portalName"])]
#[case("/portalContactEmail", json!("line7"), &["portalContactEmail"])]
#[case("/roleArn", json!("role"), &["roleArn"])]
#[case("/portalAuthMode", json!("NONE"), &["portalAuthMode"])]
#[case("/portalType", json!("V3"), &["portalType"])]
#[case("/alarms", json!({}), &["alarms.alarmRoleArn"])]
#[case("/alarms/notificationLambdaArn", json!("x"), &["alarms.notificationLambdaArn"])]
#[case("/portalLogoImageFile", json!({}), &["portalLogoImageFile.data", "portalLogoImageFile.type"])]
#[case("/portalLogoImageFile/data", json!(""), &["portalLogoImageFile.data"])]
#[case("/portalLogoImageFile/data", json!("a"), &["portalLogoImageFile.data"])]
#[case("/portalLogoImageFile/type", json!("GIF"), &["portalLogoImageFile.type"])]
#[case("/portalTypeConfiguration", json!({ "": {} }), &["portalTypeConfiguration"])]
#[case("/portalTypeConfiguration", json!({ "a": null }), &["portalTypeConfiguration.a"])]
#[case("/portalTypeConfiguration", json!({ "a": 1 }), &["portalTypeConfiguration.a"])]
#[case(
    "/portalTypeConfiguration",
    json!({ "a": { "portalTools": [null, "\t", "x"] } }),
    &["portalTypeConfiguration.a.portalTools[0]", "portalTypeConfiguration.a.portalTools[1]"]
)]
fn what_is_wrong_with_a_portal_is_told(
    #[case] pointer: &str,
    #[case] value: Value,
    #[case] expected: &[&str],
) {
    let mut body = portal();
    *body.pointer_mut(pointer).unwrap() = value;
    assert_eq!(
        paths(&CreatePortal::from_request(&object(&body)).unwrap_err()),
        expected
    );
}

#[test]
fn a_logo_has_a_million_and_a_half_bytes_at_most() {
    let with_logo = |bytes: usize| {
        let mut body = portal();
        let zeros = "A".repeat(bytes.div_ceil(3) * 4);
        body["portalLogoImageFile"]["data"] = json!(zeros);
        CreatePortal::from_request(&object(&body))
    };
    assert!(with_logo(1_500_000).is_ok());
    assert_eq!(
        paths(&with_logo(1_500_001).unwrap_err()),
        ["portalLogoImageFile.data"]
    );
}

#[test]
fn a_configuration_that_no_item_could_hold_is_refused() {
    let tools = vec![json!("x".repeat(256)); 1100];
    let mut body = portal();
    body["portalTypeConfiguration"] = json!({ "a": { "portalTools": tools } });
    assert_eq!(
        paths(&CreatePortal::from_request(&object(&body)).unwrap_err()),
        ["portalTypeConfiguration"]
    );
}

#[test]
fn what_is_wrong_with_a_project_is_told() {
    let refused =
        CreateProject::from_request(&object(&json!({ "projectDescription": "", "tags": {} }))).unwrap_err();
    assert_eq!(
        paths(&refused),
        ["portalId", "projectName", "projectDescription", "tags"]
    );
}
