//! Effects and products.

use super::*;

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
