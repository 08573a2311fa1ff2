use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::body::parse;
use crate::finding::{Finding, FindingType};
use crate::policy::Policy;

/// The published catalogue with one product more, whose table is complete.
pub(crate) fn catalogue() -> Catalogue {
    let mut file: Value = serde_json::from_str(include_str!("../../data/products.json")).unwrap();
    let complete = json!({ "code": "Complete", "source": "nrn", "version": "", "complete": true, "actions": [
        { "action": "View/getThing", "resourceType": "Thing", "related": [] },
        { "action": "View/getThingList", "resourceType": null, "related": [] },
        { "action": "Change/setThing", "resourceType": "Thing", "related": [] },
    ] });
    file["products"].as_array_mut().unwrap().push(complete);
    Catalogue::parse(&file.to_string()).unwrap()
}

/// The findings of a report and the policy it accepts, apart from the body.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    findings: Vec<Finding>,
    policy: Option<Policy>,
}

impl Outcome {
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(crate) fn success(&self) -> bool {
        self.policy.is_some()
    }

    pub(crate) fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }
}

fn outcome(body: &str, include_info: bool, stored: Option<&Policy>) -> Outcome {
    let (body, catalogue) = (parse(body.as_bytes()).unwrap(), catalogue());
    let report = validate(
        &body,
        &catalogue,
        Options {
            include_info,
            ..Options::default()
        },
    );
    let policy = report.policy();
    assert_eq!(report.success(), policy.is_some());
    let report = match stored {
        Some(stored) => report.compared_with(stored),
        None => report,
    };
    Outcome {
        policy,
        findings: report.into_findings(),
    }
}

pub(crate) fn report(body: &str) -> Outcome {
    outcome(body, false, None)
}

pub(crate) fn report_of(body: &Value) -> Outcome {
    report(&body.to_string())
}

pub(crate) fn with_info(body: &Value, stored: Option<&Policy>) -> Outcome {
    outcome(&body.to_string(), true, stored)
}

/// `location code` of each finding.
pub(crate) fn brief(report: &Outcome) -> Vec<String> {
    report
        .findings()
        .iter()
        .map(|f| format!("{} {}", f.location, f.code.as_str()))
        .collect()
}

pub(crate) fn policy(permissions: &Value) -> Value {
    json!({ "policyName": "policy-test", "description": "policy test ", "permissions": permissions })
}

pub(crate) fn targets(targets: &Value) -> Value {
    policy(&json!([{ "effect": "Allow", "targets": targets }]))
}

pub(crate) fn target(product: &str, actions: &Value, resources: &Value) -> Value {
    json!({ "product": product, "actions": actions, "resourceNrns": resources })
}

fn one(product: &str, actions: &Value, resources: &Value) -> Value {
    targets(&json!([target(product, actions, resources)]))
}

#[rstest]
#[case::absent(json!({}), AbsentDescription::IsMissing, &["description iam.error.requiredFieldIsMissing"])]
#[case::null(json!({ "description": null }), AbsentDescription::IsMissing, &["description iam.error.requiredFieldIsMissing"])]
#[case::absent(json!({}), AbsentDescription::IsEmpty, &[])]
#[case::null(json!({ "description": null }), AbsentDescription::IsEmpty, &[])]
#[case::number(json!({ "description": 5 }), AbsentDescription::IsEmpty, &["description iam.error.invalidType"])]
#[case::long(json!({ "description": "x".repeat(301) }), AbsentDescription::IsEmpty, &["description iam.policy.invalidDescription.length.max"])]
fn an_absent_description_is_a_fault_or_empty(
    #[case] members: Value,
    #[case] absent_description: AbsentDescription,
    #[case] expected: &[&str],
) {
    let mut body: Value = serde_json::from_str(UPDATE).unwrap();
    body.as_object_mut().unwrap().remove("description");
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let text = body.to_string();
    let (body, catalogue) = (parse(text.as_bytes()).unwrap(), Catalogue::published());
    let options = Options {
        absent_description,
        ..Options::default()
    };
    let report = validate(&body, catalogue, options);
    if expected.is_empty() {
        assert_eq!(report.policy().unwrap().description(), "");
    }
    let found: Vec<String> = report
        .into_findings()
        .iter()
        .map(|f| format!("{} {}", f.location, f.code.as_str()))
        .collect();
    assert_eq!(found, expected);
}

const UPDATE: &str = r#"{"policyName":"policy-test","description":"policy test ","permissions":[{"effect":"Allow","targets":[{"product":"Server","actions":["View*"],"resourceNrns":["*"]}]}]}"#;

#[test]
fn the_published_example_succeeds_without_findings_and_keeps_its_trailing_space() {
    let report = report(UPDATE);
    assert!(report.success());
    assert_eq!(report.findings(), []);
    assert_eq!(report.policy().unwrap().description(), "policy test ");
}

#[test]
fn the_published_failure_is_reproduced_to_the_byte() {
    let body = json!({ "policyName": "a".repeat(31), "description": "x" });
    let report = report_of(&body);
    assert!(!report.success());
    assert_eq!(report.policy(), None);
    assert_eq!(
        serde_json::to_string_pretty(report.findings()).unwrap(),
        r#"[
  {
    "type": "ERROR",
    "code": "iam.policy.invalidName.length.max",
    "location": "policyName",
    "message": "Policy name field must be less than 30 characters."
  },
  {
    "type": "ERROR",
    "code": "iam.error.requiredFieldIsMissing",
    "location": "permissions",
    "message": "The required value is missing."
  }
]"#
    );
}

#[rstest]
#[case::two(json!("ab"), &["invalidName.length.min"])]
#[case::three(json!("abc"), &[])]
#[case::thirty(json!("a".repeat(30)), &[])]
#[case::thirty_one(json!("a".repeat(31)), &["invalidName.length.max"])]
#[case::thirty_hangul(json!("가".repeat(30)), &[])]
#[case::thirty_kana(json!("か".repeat(30)), &[])]
#[case::empty(json!(""), &["invalidName.length.min"])]
#[case::digit_first(json!("1ab"), &["invalidName.pattern"])]
#[case::dot_first(json!(".ab"), &["invalidName.pattern"])]
#[case::space(json!("a b"), &["invalidName.pattern"])]
#[case::mark(json!("ab!"), &["invalidName.pattern"])]
#[case::long_and_digit_first(json!(format!("1{}", "a".repeat(30))), &["invalidName.length.max", "invalidName.pattern"])]
fn names(#[case] name: Value, #[case] codes: &[&str]) {
    let mut body: Value = serde_json::from_str(UPDATE).unwrap();
    body["policyName"] = name;
    let expected: Vec<_> = codes
        .iter()
        .map(|code| format!("policyName iam.policy.{code}"))
        .collect();
    assert_eq!(brief(&report_of(&body)), expected);
}

#[rstest]
#[case::at_most(json!("a".repeat(300)), &[])]
#[case::too_long(json!("a".repeat(301)), &["iam.policy.invalidDescription.length.max"])]
#[case::hangul_at_most(json!("가".repeat(100)), &[])]
#[case::hangul_too_long(json!("가".repeat(101)), &["iam.policy.invalidDescription.length.max"])]
#[case::empty(json!(""), &[])]
#[case::null(Value::Null, &["iam.error.requiredFieldIsMissing"])]
#[case::number(json!(5), &["iam.error.invalidType"])]
fn descriptions(#[case] description: Value, #[case] codes: &[&str]) {
    let mut body: Value = serde_json::from_str(UPDATE).unwrap();
    body["description"] = description;
    let expected: Vec<_> = codes.iter().map(|code| format!("description {code}")).collect();
    assert_eq!(brief(&report_of(&body)), expected);
}

#[rstest]
#[case::no_description(json!({ "policyName": "abc", "permissions": policy(&json!([]))["permissions"] }),
    &["description iam.error.requiredFieldIsMissing", "permissions iam.error.requiredFieldIsMissing"])]
#[case::nothing(json!({}), &[
    "policyName iam.error.requiredFieldIsMissing",
    "description iam.error.requiredFieldIsMissing",
    "permissions iam.error.requiredFieldIsMissing",
])]
#[case::null(policy(&Value::Null), &["permissions iam.error.requiredFieldIsMissing"])]
#[case::empty(policy(&json!([])), &["permissions iam.error.requiredFieldIsMissing"])]
#[case::object(policy(&json!({})), &["permissions iam.error.invalidType"])]
#[case::text(policy(&json!("x")), &["permissions iam.error.invalidType"])]
#[case::null_inside(policy(&json!([null])), &["permissions[0] iam.error.invalidType"])]
#[case::empty_permission(policy(&json!([{}])), &[
    "permissions[0].effect iam.error.requiredFieldIsMissing",
    "permissions[0].targets iam.error.requiredFieldIsMissing",
])]
#[case::empty_target(targets(&json!([{}])), &[
    "permissions[0].targets[0].product iam.error.requiredFieldIsMissing",
    "permissions[0].targets[0].actions iam.error.requiredFieldIsMissing",
    "permissions[0].targets[0].resourceNrns iam.error.requiredFieldIsMissing",
])]
#[case::empty_lists(one("Server", &json!([]), &json!([])), &[
    "permissions[0].targets[0].actions iam.error.requiredFieldIsMissing",
    "permissions[0].targets[0].resourceNrns iam.error.requiredFieldIsMissing",
])]
#[case::wrong_types(targets(&json!([{ "product": 1, "actions": [true, []], "resourceNrns": { } }, 7])), &[
    "permissions[0].targets[0].product iam.error.invalidType",
    "permissions[0].targets[0].actions[0] iam.error.invalidType",
    "permissions[0].targets[0].actions[1] iam.error.invalidType",
    "permissions[0].targets[0].resourceNrns iam.error.invalidType",
    "permissions[0].targets[1] iam.error.invalidType",
])]
#[case::misspelt(targets(&json!([{ "product": "Server", "actions": ["View*"], "resourceNrn": ["*"] }])), &[
    "permissions[0].targets[0].resourceNrns iam.error.requiredFieldIsMissing",
    "permissions[0].targets[0].resourceNrn iam.error.unknownField",
])]
fn shapes(#[case] body: Value, #[case] expected: &[&str]) {
    assert_eq!(brief(&report_of(&body)), expected);
}

/// The message of the only finding.
fn message(report: &Outcome, code: &str) -> String {
    match report.findings() {
        [
            Finding {
                code: found, message, ..
            },
        ] => {
            assert_eq!(found.as_str(), code);
            message.clone()
        }
        findings => panic!("{findings:?}"),
    }
}

#[rstest]
#[case("allow", "Effect allow is not supported, only Allow is. Did you mean Allow?")]
#[case("Deny", "Effect Deny is not supported, only Allow is.")]
#[case("", "Effect \"\" is not supported, only Allow is.")]
fn effects(#[case] effect: &str, #[case] expected: &str) {
    let mut body: Value = serde_json::from_str(UPDATE).unwrap();
    body["permissions"][0]["effect"] = json!(effect);
    assert_eq!(message(&report_of(&body), "iam.policy.invalidEffect"), expected);
}

#[rstest]
#[case("NoSuch", "Product NoSuch does not exist.")]
#[case("server", "Product server does not exist. Did you mean Server?")]
#[case("DataQery", "Product DataQery does not exist. Did you mean DataQuery?")]
#[case("Data Query", "Product Data Query does not exist. Did you mean DataQuery?")]
#[case("KMX", "Product KMX does not exist. Did you mean KMS?")]
#[case("XYZ", "Product XYZ does not exist.")]
fn a_product_that_its_own_resource_names_contradict_is_the_only_fault(
    #[case] product: &str,
    #[case] expected: &str,
) {
    let body = one(
        product,
        &json!(["foo", "View/*"]),
        &json!(["nrn:PUB:Server:KR:1:Server/1"]),
    );
    assert_eq!(message(&report_of(&body), "iam.policy.invalidProduct"), expected);
}

#[rstest]
#[case("NoSuch", "Product NoSuch is not among the known products.")]
#[case(
    "server",
    "Product server is not among the known products. Did you mean Server?"
)]
#[case(
    "DataQery",
    "Product DataQery is not among the known products. Did you mean DataQuery?"
)]
fn a_product_that_the_catalogue_lacks_is_a_warning(#[case] product: &str, #[case] expected: &str) {
    let resource = format!("nrn:PUB:{product}:KR:1:Thing/1");
    let report = report_of(&one(product, &json!(["View/getThing"]), &json!([resource])));
    assert!(report.success());
    assert_eq!(message(&report, "iam.policy.unknownProduct"), expected);
}

// Source: guide.ncloud-docs.com/docs/subaccount-servicelist, column "service code", of 2026-10-20.
#[rstest]
fn codes_of_the_services_own_list_are_products(
    #[values(
        "NAS",
        "LoadBalancer",
        "AutoScaling",
        "Monitoring",
        "NATGateway",
        "SearchEngine",
        "SecurityMonitoring",
        "CloudDBforMySQL",
        "IPSecVPN",
        "Server"
    )]
    product: &str,
) {
    let report = report_of(&one(product, &json!(["View*"]), &json!(["*"])));
    assert!(report.success());
    assert_eq!(brief(&report), [""; 0]);
}

#[test]
fn actions_of_a_product_that_the_catalogue_lacks_still_need_the_form_of_actions() {
    let body = one("NoSuch", &json!(["foo", "View/get*", "View/foo"]), &json!(["*"]));
    assert_eq!(
        brief(&report_of(&body)),
        [
            "permissions[0].targets[0].product iam.policy.unknownProduct",
            "permissions[0].targets[0].actions[0] iam.policy.invalidAction",
            "permissions[0].targets[0].actions[1] iam.policy.invalidAction.wildcard",
        ]
    );
}

#[rstest]
#[case::empty("", "Product \"\" does not exist.")]
#[case::a_blank("Data Query", "Product Data Query does not exist. Did you mean DataQuery?")]
#[case::too_long(&"a".repeat(65), &format!("Product {}… does not exist.", "a".repeat(64)))]
fn a_text_that_cannot_be_a_product_code_is_refused(#[case] product: &str, #[case] expected: &str) {
    let report = report_of(&one(product, &json!(["foo"]), &json!(["*"])));
    assert_eq!(message(&report, "iam.policy.invalidProduct"), expected);
}

#[test]
fn a_complete_catalogue_refuses_the_products_that_it_lacks() {
    let file = r#"{"sources":{},"complete":true,"products":[]}"#;
    let (body, catalogue) = (parse(UPDATE.as_bytes()).unwrap(), Catalogue::parse(file).unwrap());
    let findings = validate(&body, &catalogue, Options::default()).into_findings();
    let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["iam.policy.invalidProduct"]);
}

#[test]
fn products_that_are_refused_do_not_silence_the_grammar_of_names() {
    let body = one("No Such", &json!(["foo"]), &json!(["nrn:PUB"]));
    assert_eq!(
        brief(&report_of(&body)),
        [
            "permissions[0].targets[0].product iam.policy.invalidProduct",
            "permissions[0].targets[0].resourceNrns[0] iam.policy.invalidResourceNrn.format",
        ]
    );
}

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

#[rstest]
#[case("arn:aws:s3:::b", "prefix")]
#[case("nrn:PUB:Server:KR:1:Server/가", "character")]
#[case("nrn:PUB:Server", "format")]
#[case("nrn:PUB::KR:1:Server/1", "format")]
#[case("nrn:PUB:VPC:KR:1:Server/1", "productMismatch")]
#[case("nrn:PUB:Server:KR::Server/1", "format")]
#[case(&format!("nrn:PUB:Server:KR:1:Server/{}", "a".repeat(102)), "length.max")]
fn resources_that_are_refused(#[case] nrn: &str, #[case] code: &str) {
    let report = report_of(&one("Server", &json!(["View*"]), &json!([nrn])));
    let code = format!("permissions[0].targets[0].resourceNrns[0] iam.policy.invalidResourceNrn.{code}");
    assert_eq!(brief(&report), [code]);
}

#[rstest]
#[case("Server", "nrn:*:Server:*::*")]
#[case("Server", "nrn:PUB:Server:KR:1:Server/a:b/c")]
#[case("Server", &format!("nrn:PUB:Server:KR:1:Server/{}", "a".repeat(101)))]
#[case("DataQuery", "nrn:PUB:DataQuery:KR:879496:DataSource/2942")]
fn resources_that_pass(#[case] product: &str, #[case] nrn: &str) {
    let report = report_of(&one(product, &json!(["View*"]), &json!([nrn])));
    assert_eq!(report.findings(), []);
    assert_eq!(
        report.policy().unwrap().permissions()[0].targets[0].resource_nrns,
        [nrn]
    );
}

#[rstest]
#[case::of_a_permission(
    r#""targets":[{"product":"Server","actions":["View*"],"resourceNrns":["*"]}],"condition":{}"#,
    "permissions[0].condition"
)]
#[case::of_a_target(
    r#""targets":[{"product":"Server","actions":["View*"],"resourceNrns":["*"],"CONDITIONS":null}]"#,
    "permissions[0].targets[0].CONDITIONS"
)]
fn conditions_are_refused_whatever_they_say(#[case] members: &str, #[case] location: &str) {
    let body =
        format!(r#"{{"policyName":"abc","description":"","permissions":[{{"effect":"Allow",{members}}}]}}"#);
    assert_eq!(
        brief(&report(&body)),
        [format!("{location} iam.policy.invalidCondition.unsupported")]
    );
}

#[test]
fn the_first_of_equal_members_is_checked_and_the_others_are_reported_once() {
    let body = UPDATE.replace(
        r#""description""#,
        r#""policyName":"!","policyName":1,"tags":[],"tags":1,"description""#,
    );
    assert_eq!(
        brief(&report(&body)),
        [
            "policyName iam.error.duplicateKey",
            "tags iam.error.unknownField",
            "tags iam.error.duplicateKey",
        ]
    );
}

#[test]
fn members_that_do_not_belong_there_come_last_in_order_of_appearance() {
    let body = UPDATE
        .replacen('{', r#"{"zeta":0,"al pha":0,"condition":1,"#, 1)
        .replacen("\"effect\"", "\"b\":1,\"effect\"", 1);
    assert_eq!(
        brief(&report(&body)),
        [
            "permissions[0].b iam.error.unknownField",
            "zeta iam.error.unknownField",
            r#"["al pha"] iam.error.unknownField"#,
            "condition iam.error.unknownField",
        ]
    );
}

#[test]
fn a_hundred_findings_are_shown_and_the_others_counted() {
    let bad: Vec<Value> = (0..150)
        .map(|_| target("X Z", &json!(["View*"]), &json!(["*"])))
        .collect();
    let report = report_of(&targets(&json!(bad)));
    assert!(!report.success());
    assert_eq!(report.findings().len(), 101);
    assert_eq!(
        report.findings()[99].location,
        "permissions[0].targets[99].product"
    );
    let last = &report.findings()[100];
    assert_eq!(
        (
            last.finding_type,
            last.code.as_str(),
            last.location.as_str(),
            last.message.as_str()
        ),
        (
            FindingType::Info,
            "iam.error.detailsTruncated",
            "permissions",
            "50 more findings are not shown."
        )
    );
}

#[test]
fn errors_are_kept_before_warnings_when_findings_are_cut() {
    let mut list: Vec<Value> = (0..2_000)
        .map(|i| {
            target(
                "Server",
                &json!(["View*"]),
                &json!([format!("nrn:PUB:Server:KR:{i}:A/1"), "*", "*"]),
            )
        })
        .collect();
    list.push(target("X Z", &json!(["View*"]), &json!(["*"])));
    let report = report_of(&targets(&json!(list)));
    assert!(!report.success());
    assert_eq!(report.findings().len(), 101);
    assert!(
        report
            .findings()
            .iter()
            .any(|f| f.location == "permissions[0].targets[2000].product")
    );
    assert_eq!(
        report.findings()[0].location,
        "permissions[0].targets[0].resourceNrns[0]"
    );
}

#[test]
fn the_stored_size_is_limited_and_counts_what_is_stored() {
    let resources = |count: usize| -> Vec<String> {
        (0..count)
            .map(|i| format!("nrn:PUB:Server:KR:1:Server/{i:0>68}"))
            .collect()
    };
    let body = |count: usize| one("Server", &json!(["View*"]), &json!(resources(count)));
    // Each name takes 98 bytes with its quotes and comma, the rest 93.
    let most = (358_400 - 93) / 98;
    let good = report_of(&body(most));
    assert_eq!(good.findings(), []);
    assert!(
        serde_json::to_string(good.policy().unwrap().permissions())
            .unwrap()
            .len()
            <= 358_400
    );
    let mut too_large = body(most + 2);
    too_large["permissions"][0]["targets"][0]["resourceNrns"][1] = json!("*");
    let report = report_of(&too_large);
    assert_eq!(
        brief(&report),
        ["permissions iam.policy.size.max"],
        "and no pairwise checks"
    );
}

#[test]
fn redundancy_is_reported_at_the_outermost_location() {
    let narrow = target(
        "Server",
        &json!(["View/a", "View/a"]),
        &json!(["nrn:PUB:Server:KR:1:Server/1"]),
    );
    let wide = target("Server", &json!(["View*"]), &json!(["nrn:PUB:Server:KR:1:*"]));
    let other = target("VPC", &json!(["View*"]), &json!(["*"]));
    let permissions = |list: &[&[&Value]]| {
        let list: Vec<Value> = list
            .iter()
            .map(|targets| json!({ "effect": "Allow", "targets": targets }))
            .collect();
        report_of(&policy(&json!(list)))
    };
    let redundant = |report: &Outcome| -> Vec<String> {
        brief(report)
            .into_iter()
            .filter(|text| text.contains("redundant"))
            .collect()
    };
    assert_eq!(
        redundant(&permissions(&[&[&narrow]])),
        ["permissions[0].targets[0].actions[1] iam.policy.redundantAction",]
    );
    assert_eq!(
        redundant(&permissions(&[&[&narrow, &wide]])),
        ["permissions[0].targets[0] iam.policy.redundantTarget"]
    );
    assert_eq!(
        redundant(&permissions(&[&[&narrow], &[&wide]])),
        ["permissions[0] iam.policy.redundantPermission"]
    );
    assert_eq!(
        redundant(&permissions(&[&[&narrow, &other], &[&wide]])),
        ["permissions[0].targets[0] iam.policy.redundantTarget",]
    );
    assert_eq!(
        redundant(&permissions(&[&[&wide, &other], &[&other], &[&wide]])),
        [
            "permissions[1] iam.policy.redundantPermission",
            "permissions[2] iam.policy.redundantPermission",
        ]
    );
    assert_eq!(
        redundant(&permissions(&[&[&wide, &wide]])),
        ["permissions[0].targets[1] iam.policy.redundantTarget"]
    );
    assert_eq!(
        permissions(&[&[&wide], &[&other], &[&other, &wide]]).findings()[0].message,
        "Every target of the permission is already covered by permissions[0].targets[0] and \
         permissions[1].targets[0]."
    );
}

#[test]
fn a_target_that_several_others_cover_together_is_redundant() {
    let name = |id: &str| format!("nrn:PUB:Server:KR:1:A/{id}");
    let view = target(
        "Server",
        &json!(["View*"]),
        &json!([name("1"), name("2"), name("4")]),
    );
    let change = target("Server", &json!(["Change*"]), &json!([name("*")]));
    let all = target("Server", &json!(["*"]), &json!([name("1"), name("2")]));
    let report = report_of(&targets(&json!([all, view, change])));
    assert_eq!(
        message(&report, "iam.policy.redundantTarget"),
        "The target is already covered by permissions[0].targets[1] and permissions[0].targets[2] together."
    );
    let third = target("Server", &json!(["*"]), &json!([name("1"), name("3")]));
    assert_eq!(
        brief(&report_of(&targets(&json!([third, view, change])))),
        Vec::<String>::new()
    );
    let allow = |targets: &[&Value]| json!({ "effect": "Allow", "targets": targets });
    let report = report_of(&policy(&json!([
        allow(&[&view]),
        allow(&[&change]),
        allow(&[&all])
    ])));
    assert_eq!(brief(&report), ["permissions[2] iam.policy.redundantPermission"]);
}

/// As many names as fit, with stars inside, so that only a comparison can tell whether one covers another.
fn names_with_stars_inside(count: usize) -> Vec<String> {
    let stars = "*a".repeat(18);
    (0..count)
        .map(|number| format!("nrn:PUB:Server:KR:1:Server/{stars}*{number:04}*b"))
        .collect()
}

#[test]
fn a_policy_of_names_with_stars_inside_is_searched_up_to_a_bound() {
    let report = |count| {
        report_of(&one(
            "Server",
            &json!(["View*"]),
            &json!(names_with_stars_inside(count)),
        ))
    };
    assert_eq!(brief(&report(400)), Vec::<String>::new());
    let report = report(4_000);
    assert!(report.success());
    assert_eq!(
        brief(&report),
        ["permissions iam.policy.info.redundancyNotChecked"]
    );
}

#[test]
fn the_search_for_pairs_ends_after_a_bounded_number_of_steps() {
    use crate::cover::Space;
    use crate::nrn::Nrn;
    use crate::steps::{COMPARISON, MAX_STEPS, Steps};
    let steps = |names: &[String]| {
        let nrns: Vec<Nrn<'_>> = names
            .iter()
            .map(|name| Nrn::parse(name, "Server").unwrap())
            .collect();
        let mut steps = Steps::new(MAX_STEPS);
        let target = ("Server", &["View*"][..], nrns.as_slice());
        let space = Space::of(std::iter::once(target), &mut steps);
        space.is_ok().then(|| steps.spent(MAX_STEPS))
    };
    // All pairs, with the suffix and the prefix once for each name.
    assert_eq!(
        steps(&names_with_stars_inside(400)),
        Some(400 * (1 + 400 * COMPARISON))
    );
    assert_eq!(steps(&names_with_stars_inside(4_000)), None);
    // Prefixes and suffixes tell these apart: the steps grow with the number of names.
    let apart = |count: usize| -> Vec<String> {
        let name = |number| match number % 2 {
            0 => format!("nrn:PUB:Server:KR:1:Server/{number:05}*x"),
            _ => format!("nrn:PUB:Server:KR:1:Server/*{number:05}"),
        };
        (0..count).map(name).collect()
    };
    assert_eq!(steps(&apart(5_000)), steps(&apart(500)).map(|steps| 10 * steps));
}

#[test]
fn of_targets_that_say_the_same_in_other_words_the_later_is_redundant() {
    let short = target("Server", &json!(["*"]), &json!(["nrn:*:Server:*:*:*"]));
    let long = target(
        "Server",
        &json!(["View*", "*"]),
        &json!(["nrn:PUB:Server:KR:1:A/1", "*"]),
    );
    for pair in [[&short, &long], [&long, &short]] {
        let report = report_of(&targets(&json!(pair)));
        let redundant = report
            .findings()
            .iter()
            .filter(|f| f.code.as_str().ends_with("redundantTarget"));
        let locations: Vec<_> = redundant.map(|finding| finding.location.as_str()).collect();
        assert_eq!(locations, ["permissions[0].targets[1]"]);
    }
}

#[test]
fn broken_targets_take_part_in_no_comparison() {
    let broken = target("Server", &json!(["View*", "View/*"]), &json!(["*"]));
    let good = target("Server", &json!(["View*"]), &json!(["*"]));
    let report = report_of(&targets(&json!([broken, good])));
    assert_eq!(
        brief(&report),
        ["permissions[0].targets[0].actions[1] iam.policy.invalidAction.wildcard"]
    );
}

#[test]
fn remarks_come_only_when_asked_for() {
    let first = target("Complete", &json!(["View*"]), &json!(["*"]));
    let second = target(
        "Complete",
        &json!(["Change/setThing"]),
        &json!(["nrn:*:Complete:*::*"]),
    );
    let body = targets(&json!([first, second]));
    assert_eq!(report_of(&body).findings(), []);
    assert_eq!(
        brief(&with_info(&body, None)),
        [
            "permissions[0].targets[0].actions[0] iam.policy.info.wildcardExpansion",
            "permissions[0].targets[0].resourceNrns[0] iam.policy.info.nrnNormalised",
            "permissions[0].targets[1] iam.policy.info.mergeableTargets",
        ]
    );
}

#[test]
fn an_update_tells_what_it_adds_and_takes() {
    let name = |number: u8| format!("nrn:PUB:Server:KR:1:Server/{number}");
    let old = one("Server", &json!(["View*"]), &json!([name(1), name(2)]));
    let stored = report_of(&old).policy().cloned().unwrap();
    assert_eq!(
        brief(&with_info(&old, Some(&stored))),
        ["permissions iam.policy.info.noChange"]
    );

    let new = one(
        "Server",
        &json!(["View/a", "Change/b"]),
        &json!([name(2), name(3)]),
    );
    let report = with_info(&new, Some(&stored));
    let remarks: Vec<_> = report
        .findings()
        .iter()
        .filter(|finding| finding.finding_type == FindingType::Info)
        .map(|finding| format!("{}: {}", finding.location, finding.message))
        .collect();
    assert_eq!(
        remarks,
        [
            format!(
                "permissions: The policy no longer allows View* on {} and View* on {}.",
                name(1),
                name(2)
            ),
            format!(
                "permissions[0].targets[0].actions[0]: The stored policy does not allow View/a on {}.",
                name(3)
            ),
            format!(
                "permissions[0].targets[0].actions[1]: The stored policy does not allow Change/b on {} and {}.",
                name(2),
                name(3)
            ),
        ]
    );
}

#[test]
fn a_policy_is_stored_with_the_resource_star_written_out_and_nothing_else_changed() {
    let mut body: Value = serde_json::from_str(UPDATE).unwrap();
    body["permissions"][0]["note"] = json!("ignored");
    let policy = report_of(&body).policy.unwrap();
    assert_eq!(
        serde_json::to_string(&policy).unwrap(),
        UPDATE.replace(r#"["*"]"#, r#"["nrn:*:Server:*::*"]"#)
    );
}
