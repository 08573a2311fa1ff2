//! Resource names and conditions.

use super::*;

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
