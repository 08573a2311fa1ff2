//! Tests actions, and which parts of a target get a warning.

use super::*;

#[rstest]
#[case::wildcard(
    "APIGateway",
    "View/*",
    "invalidAction.wildcard",
    "The wildcard View/* is not supported, only *, View* and Change* are. Did you mean View*?"
)]
#[case::wildcard_case(
    "APIGateway",
    "view*",
    "invalidAction.wildcard",
    "The wildcard view* is not supported, only *, View* and Change* are. Did you mean View*?"
)]
#[case::wildcard_prefix(
    "APIGateway",
    "View/get*",
    "invalidAction.wildcard",
    "The wildcard View/get* is not supported, only *, View* and Change* are."
)]
#[case::no_kind(
    "APIGateway",
    "getAPIDetail",
    "invalidAction",
    "Action getAPIDetail does not exist in product APIGateway. Did you mean View/getAPIDetail?"
)]
#[case::absent_from_a_complete_table(
    "Complete",
    "View/getThings",
    "invalidAction",
    "Action View/getThings does not exist in product Complete. Did you mean View/getThing?"
)]
#[case::of_another_product(
    "Complete",
    "View/getBucketList",
    "invalidAction",
    "Action View/getBucketList does not exist in product Complete. It is an action of product ObjectStorage."
)]
#[case::unknown_in_a_short_table(
    "APIGateway",
    "View/getBucketList",
    "unknownAction",
    "Action View/getBucketList is not among the known actions of product APIGateway. It is an action of product \
     ObjectStorage."
)]
#[case::related(
    "APIGateway",
    "View/getAPIKeyDetail",
    "missingRelatedAction",
    "The action View/getAPIKeyDetail also needs View/getAPIKeyList, which is granted nowhere in the policy."
)]
fn actions(#[case] product: &str, #[case] action: &str, #[case] code: &str, #[case] expected: &str) {
    let report = report_of(&one(product, &json!([action]), &json!(["*"])));
    assert_eq!(message(&report, &format!("iam.policy.{code}")), expected);
    assert_eq!(report.success(), !code.starts_with("invalid"));
}

#[rstest]
#[case::everything("Server", json!(["*"]), json!(["*"]), &[" iam.policy.overlyPermissive"])]
#[case::redundant("APIGateway", json!(["View*", "View/getAPIKeyList", "View*"]), json!(["*"]), &[
    ".actions[1] iam.policy.redundantAction",
    ".actions[2] iam.policy.redundantAction",
])]
#[case::star_twice("Server", json!(["View*"]), json!(["*", "*"]), &[".resourceNrns[1] iam.policy.redundantResource"])]
#[case::star_written_out("Server", json!(["View*"]), json!(["nrn:*:Server:*::*", "*"]),
    &[".resourceNrns[1] iam.policy.redundantResource"])]
#[case::covered_by_a_later_one("Server", json!(["View*"]),
    json!(["nrn:PUB:Server:KR:1:Server/1", "nrn:PUB:Server:KR:1:Server/*"]),
    &[".resourceNrns[0] iam.policy.redundantResource"])]
#[case::related_is_granted("APIGateway", json!(["View/getAPIKeyDetail", "View/getAPIKeyList"]), json!(["*"]), &[])]
#[case::not_scoped("APIGateway", json!(["View/getAPIKeyList", "View*"]), json!(["nrn:PUB:APIGateway:KR:1:APIKey/1"]), &[
    ".actions[0] iam.policy.actionNotResourceScoped",
    ".actions[0] iam.policy.redundantAction",
])]
#[case::not_scoped_beside_a_pattern("APIGateway", json!(["View/getAPIKeyList"]), json!(["*"]), &[])]
#[case::wrong_type("Complete", json!(["View/getThing", "Change/setThing"]),
    json!(["nrn:PUB:Complete:KR:1:Other/1", "nrn:PUB:Complete:KR:1:thing/1", "nrn:PUB:Complete:KR:1:T*/1"]),
    &[".resourceNrns[0] iam.policy.unknownResourceType"])]
#[case::type_of_another_action("APIGateway", json!(["View/getAPIKeyDetail", "View/getAPIKeyList"]),
    json!(["nrn:PUB:APIGateway:KR:1:API/1", "nrn:PUB:APIGateway:KR:1:apikey/*"]),
    &[".resourceNrns[0] iam.policy.resourceTypeMismatch"])]
#[case::one_fault_one_finding("APIGateway", json!(["View/getAPIKeyList"]),
    json!(["nrn:PUB:APIGateway:KR:1:API/x"]), &[".actions[0] iam.policy.actionNotResourceScoped"])]
#[case::related_actions_are_known("APIGateway",
    json!(["View/getAPIDetail", "View/getProductDetail", "View/getProductList", "View/getAPIList"]), json!(["*"]), &[])]
#[case::both_kinds_are_everything("Server", json!(["Change*", "View*"]), json!(["*"]), &[" iam.policy.overlyPermissive"])]
#[case::only_stars("Server", json!(["*"]), json!(["nrn:PUB:Server:*:*:*/*"]), &[" iam.policy.overlyPermissive"])]
#[case::a_whole_region("Server", json!(["*"]), json!(["nrn:PUB:Server:KR:*:*"]), &[" iam.policy.overlyPermissive"])]
#[case::one_kind_of_resource("Server", json!(["*"]), json!(["nrn:PUB:Server:KR:*:Server/*"]), &[])]
#[case::unknown_domain("Server", json!(["View*"]), json!(["nrn:PBU:Server:KR:1:*"]),
    &[".resourceNrns[0] iam.policy.unknownDomain"])]
#[case::unknown_region("Server", json!(["View*"]), json!(["nrn:PUB:Server:kr:1:*", "nrn::Server::1:*"]),
    &[".resourceNrns[0] iam.policy.unknownRegion"])]
#[case::wrong_type_with_a_wildcard("Complete", json!(["View*"]), json!(["nrn:PUB:Complete:KR:1:Other/1"]),
    &[".resourceNrns[0] iam.policy.unknownResourceType"])]
#[case::escalation("IAM", json!(["Change/addPolicies"]), json!(["*"]), &[
    " iam.policy.privilegeEscalation",
    ".actions[0] iam.policy.unknownAction",
])]
#[case::escalation_by_everything("IAM", json!(["*"]), json!(["*"]), &[
    " iam.policy.overlyPermissive",
    " iam.policy.privilegeEscalation",
])]
fn warnings_of_a_target(
    #[case] product: &str,
    #[case] actions: Value,
    #[case] resources: Value,
    #[case] expected: &[&str],
) {
    let report = report_of(&one(product, &actions, &resources));
    let expected: Vec<_> = expected
        .iter()
        .map(|text| format!("permissions[0].targets[0]{text}"))
        .collect();
    assert_eq!(brief(&report), expected);
    assert!(report.success());
}
