//! Compares the template with the code, and with what every resource of its kind must have.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_yaml_ng::{Mapping, Value};

use crate::architecture::{function_binaries, root, tested_binaries};

static TEMPLATE: LazyLock<Value> = LazyLock::new(|| {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    serde_yaml_ng::from_str(&text).unwrap()
});

/// A method at a path
type Route = (&'static str, &'static str);

/// Returns logical names and bodies of the resources of one type; there is at least one
fn resources(kind: &str) -> BTreeMap<&'static str, &'static Value> {
    let all = entries(&TEMPLATE["Resources"]).filter(|(_, resource)| resource["Type"] == *kind);
    let found: BTreeMap<_, _> = all.collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

fn functions() -> BTreeMap<&'static str, &'static Value> {
    resources("AWS::Serverless::Function")
}

/// Returns what a mapping holds; nothing if there is none
fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let mapping = value.as_mapping().map(Mapping::iter).into_iter().flatten();
    mapping.map(|(key, value)| (key.as_str().unwrap(), value))
}

/// Returns what a sequence holds; a single value counts as one
fn items(value: &Value) -> Vec<&Value> {
    match value.as_sequence() {
        Some(sequence) => sequence.iter().collect(),
        None if value.is_null() => Vec::new(),
        None => vec![value],
    }
}

/// Returns a property of a function, from its own or from those of all functions
fn property(function: &'static Value, name: &str) -> &'static Value {
    let own = &function["Properties"][name];
    if own.is_null() {
        &TEMPLATE["Globals"]["Function"][name]
    } else {
        own
    }
}

/// Returns the properties of a function's events of one type
fn events(function: &'static Value, kind: &str) -> Vec<&'static Value> {
    let events = entries(&function["Properties"]["Events"]);
    let events = events.filter(|(_, event)| event["Type"] == *kind);
    events.map(|(_, event)| &event["Properties"]).collect()
}

fn routes(function: &'static Value) -> Vec<Route> {
    let events = events(function, "Api").into_iter();
    let text = |value: &'static Value| value.as_str().unwrap();
    events
        .map(|event| (text(&event["Method"]), text(&event["Path"])))
        .collect()
}

/// Returns method, path and function of every route that an operation has
pub(crate) fn all_routes() -> Vec<(&'static str, &'static str, &'static str)> {
    let of_function = |(name, function)| {
        routes(function)
            .into_iter()
            .map(move |(method, path)| (method, path, name))
    };
    let routes = functions().into_iter().flat_map(of_function);
    routes
        .filter(|(method, ..)| !["ANY", "x-amazon-apigateway-any-method"].contains(method))
        .collect()
}

/// Returns the authorizer of a route
pub(crate) fn authorizer_of(method: &str, path: &str) -> Option<&'static str> {
    let mut events = functions()
        .into_values()
        .flat_map(|function| events(function, "Api"));
    let event = events.find(|event| event["Method"] == *method && event["Path"] == *path)?;
    event["Auth"]["Authorizer"].as_str()
}

/// Returns the statements of the role of a function
fn statements(function: &str) -> Vec<&'static Value> {
    let role = &TEMPLATE["Resources"][format!("{function}Role")];
    assert_eq!(role["Type"], "AWS::IAM::Role", "{function} has no {function}Role");
    let policies = items(&role["Properties"]["Policies"]).into_iter();
    let documents = policies.map(|policy| &policy["PolicyDocument"]);
    documents
        .flat_map(|document| items(&document["Statement"]))
        .collect()
}

fn texts(value: &Value) -> Vec<&str> {
    items(value)
        .into_iter()
        .map(|item| item.as_str().unwrap())
        .collect()
}

#[test]
fn every_function_has_a_binary_and_every_binary_a_function() {
    let named = functions().into_values();
    let named = named.map(|function| {
        function["Metadata"]["BuildProperties"]["Binary"]
            .as_str()
            .unwrap()
    });
    let named: BTreeSet<String> = named.map(String::from).collect();
    assert_eq!(named, function_binaries());
}

#[test]
fn no_binary_is_linked_as_a_test_without_a_test() {
    let none: [&str; 0] = [];
    assert_eq!(
        tested_binaries(),
        none,
        "add `{{ name = \"…\", test = false }}` to functions/Cargo.toml"
    );
}

#[test]
fn every_function_is_built_by_cargo_lambda_and_runs_on_arm64() {
    assert_eq!(
        TEMPLATE["Globals"]["Function"]["LoggingConfig"]["LogFormat"],
        "JSON"
    );
    for (name, function) in functions() {
        assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda", "{name}");
        assert_eq!(property(function, "Runtime"), "provided.al2023", "{name}");
        assert_eq!(property(function, "Handler"), "bootstrap", "{name}");
        assert_eq!(property(function, "CodeUri"), ".", "{name}");
        assert_eq!(texts(property(function, "Architectures")), ["arm64"], "{name}");
        assert!(
            function["Properties"]["LoggingConfig"]["LogFormat"].is_null(),
            "{name}"
        );
    }
}

#[test]
fn a_function_ends_before_the_api_gives_it_up() {
    for (name, function) in functions() {
        if !routes(function).is_empty() {
            assert!(property(function, "Timeout").as_u64().unwrap() < 29, "{name}");
        }
    }
}

#[test]
fn callers_sign_and_need_no_permission_to_invoke_functions() {
    for (name, api) in resources("AWS::Serverless::Api") {
        assert_eq!(
            api["Properties"]["Auth"]["DefaultAuthorizer"], "AWS_IAM",
            "{name}"
        );
        assert_eq!(api["Properties"]["Auth"]["InvokeRole"], "NONE", "{name}");
    }
}

/// Returns the authorizer that a path must have; none where callers sign for AWS
fn authorizer(method: &str, path: &str) -> Option<&'static str> {
    let of_ncloud = ["/api/v1/policies", "/api/v1/policy/", "/api/v1/sub-accounts/"];
    match (method, path) {
        // The pages for people are the same for everybody. The data that they show is asked for with a signature.
        (_, "/api.prismacloud.io/login")
        | ("GET", "/" | "/explorer/{file}" | "/openapi.json" | "/docs" | "/docs/{file}") => Some("NONE"),
        _ if path.starts_with("/api.prismacloud.io") => Some("LoginToken"),
        _ if of_ncloud.iter().any(|start| path.starts_with(start)) => Some("NcloudSignature"),
        _ => None,
    }
}

#[test]
fn a_path_has_the_authorization_of_its_clients_and_only_logins_and_the_page_for_people_have_none() {
    for (name, function) in functions() {
        for event in events(function, "Api") {
            let (method, path) = (event["Method"].as_str().unwrap(), event["Path"].as_str().unwrap());
            let found = event["Auth"]["Authorizer"].as_str();
            assert_eq!(found, authorizer(method, path), "{name}: {method} {path}");
        }
    }
}

#[test]
fn authorizers_read_headers_and_keep_no_answer_that_could_be_used_for_another_request() {
    for (name, api) in resources("AWS::Serverless::Api") {
        for (authorizer, most_seconds) in [("LoginToken", 60), ("NcloudSignature", 0)] {
            let declared = &api["Properties"]["Auth"]["Authorizers"][authorizer];
            assert_eq!(declared["FunctionPayloadType"], "REQUEST", "{name}");
            assert!(!texts(&declared["Identity"]["Headers"]).is_empty(), "{name}");
            let seconds = declared["Identity"]["ReauthorizeEvery"].as_u64().unwrap();
            assert!(seconds <= most_seconds, "{name}: {authorizer}");
        }
    }
}

#[test]
fn logins_have_a_limit_of_their_own_far_below_that_of_other_requests() {
    let default = |parameter: &Value| {
        let name = parameter.as_str().unwrap();
        TEMPLATE["Parameters"][name]["Default"].as_u64().unwrap()
    };
    for (name, api) in resources("AWS::Serverless::Api") {
        let settings = items(&api["Properties"]["MethodSettings"]);
        let login = settings
            .iter()
            .find(|setting| setting["ResourcePath"] == "/~1api.prismacloud.io~1login");
        let login = login.unwrap_or_else(|| panic!("{name}"));
        assert_eq!(login["HttpMethod"], "POST", "{name}");
        for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
            assert!(default(&login[limit]) <= 20, "{name}: {limit}");
            assert!(
                default(&login[limit]) < default(&settings[0][limit]),
                "{name}: {limit}"
            );
        }
    }
}

#[test]
fn every_route_belongs_to_one_function() {
    let mut owners: BTreeMap<Route, &str> = BTreeMap::new();
    for (name, function) in functions() {
        for route in routes(function) {
            let other = owners.insert(route, name);
            assert_eq!(other, None, "{route:?} belongs to {name} too");
        }
    }
}

#[test]
fn methods_that_no_operation_has_are_answered_at_every_path() {
    let all: BTreeSet<Route> = functions().into_values().flat_map(routes).collect();
    assert!(all.contains(&("ANY", "/{proxy+}")), "paths that no operation has");
    for (method, path) in &all {
        assert!(
            path == &"/{proxy+}" || all.contains(&("x-amazon-apigateway-any-method", path)),
            "{method} {path} has no x-amazon-apigateway-any-method beside it"
        );
    }
}

// API Gateway sends the header itself; a second value leaves clients of AWS without a type.
#[test]
fn answers_of_the_gateway_leave_the_error_type_to_it() {
    for (_, api) in resources("AWS::Serverless::Api") {
        let responses = &api["Properties"]["GatewayResponses"];
        assert!(entries(responses).count() > 0);
        for (name, response) in entries(responses) {
            let text = serde_yaml_ng::to_string(response).unwrap().to_ascii_lowercase();
            assert!(!text.contains("x-amzn-errortype"), "{name}");
        }
    }
}

#[test]
fn answers_of_the_gateway_have_what_every_family_reads() {
    for (_, api) in resources("AWS::Serverless::Api") {
        for (name, response) in entries(&api["Properties"]["GatewayResponses"]) {
            let body = response["ResponseTemplates"]["application/json"]
                .as_str()
                .unwrap();
            // The variable stands for JSON text, quotes included.
            let body = body.replace("$context.error.messageString", "\"why\"");
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body["message"], "why", "{name}");
            assert_eq!(body["error"]["message"], "why", "{name}");
            assert!(
                body["error"]["code"].is_string() && body["error"]["errorCode"].is_string(),
                "{name}"
            );
            // A static value has single quotes around it.
            let status = &response["ResponseParameters"]["Headers"]["x-redlock-status"];
            let status = status.as_str().unwrap().trim_matches('\'');
            let expected = format!(
                r#"[{{"i18nKey":{},"severity":"error","subject":null}}]"#,
                body["error"]["code"]
            );
            assert_eq!(status, expected, "{name}");
        }
    }
}

#[test]
fn who_is_throttled_is_told_when_to_come_again_and_what_the_limits_are() {
    for (name, api) in resources("AWS::Serverless::Api") {
        let headers = &api["Properties"]["GatewayResponses"]["THROTTLED"]["ResponseParameters"]["Headers"];
        let text = |header: &str| headers[header].as_str().unwrap();
        assert_eq!(text("Retry-After"), "'1'", "{name}");
        assert_eq!(text("X-RateLimit-Remaining"), "'0'", "{name}");
        assert_eq!(text("X-RateLimit-Requested-Tokens"), "'1'", "{name}");
        let settings = &api["Properties"]["MethodSettings"][0];
        for (header, setting) in [
            ("X-RateLimit-Burst-Capacity", "ThrottlingBurstLimit"),
            ("X-RateLimit-Replenish-Rate", "ThrottlingRateLimit"),
        ] {
            let parameter = settings[setting].as_str().unwrap();
            assert_eq!(text(header), format!("'${{{parameter}}}'"), "{name}");
        }
    }
}

#[test]
fn tables_outlive_mistakes() {
    for (name, table) in resources("AWS::DynamoDB::Table") {
        assert_eq!(table["DeletionPolicy"], "Retain", "{name}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{name}");
        let properties = &table["Properties"];
        assert_eq!(properties["DeletionProtectionEnabled"], true, "{name}");
        let recovery = &properties["PointInTimeRecoverySpecification"];
        assert_eq!(recovery["PointInTimeRecoveryEnabled"], true, "{name}");
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{name}");
        assert_eq!(properties["TimeToLiveSpecification"]["Enabled"], true, "{name}");
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{name}");
        assert_eq!(table["Condition"], "CreatesTables", "{name}");
        assert_eq!(properties["TableName"], format!("{name}Name"), "{name}");
    }
}

#[test]
fn stream_consumers_give_up_in_time_and_say_so() {
    for (name, function) in functions() {
        for stream in events(function, "DynamoDB") {
            let alone = stream["BatchSize"] == 1;
            let reports = texts(&stream["FunctionResponseTypes"]) == ["ReportBatchItemFailures"];
            assert!(alone || reports, "{name} repeats the whole batch");
            assert!(stream["MaximumRetryAttempts"].is_u64(), "{name} retries for ever");
            assert!(
                stream["MaximumRecordAgeInSeconds"].is_u64(),
                "{name} retries for ever"
            );
            assert!(
                stream["FilterCriteria"]["Filters"].is_sequence(),
                "{name} wakes for its own writes"
            );
            let queue = &stream["DestinationConfig"]["OnFailure"]["Destination"];
            let may_send = statements(name).into_iter().any(|statement| {
                texts(&statement["Action"]).contains(&"sqs:SendMessage") && statement["Resource"] == *queue
            });
            assert!(may_send, "{name} cannot report what it gave up");
        }
    }
}

#[test]
fn buckets_are_private_encrypted_versioned_and_reached_by_tls_only() {
    let policies = resources("AWS::S3::BucketPolicy");
    for (name, bucket) in resources("AWS::S3::Bucket") {
        assert_eq!(bucket["DeletionPolicy"], "RetainExceptOnCreate", "{name}");
        assert_eq!(bucket["Condition"], "CreatesInventoryBucket", "{name}");
        let properties = &bucket["Properties"];
        assert_eq!(
            properties["VersioningConfiguration"]["Status"], "Enabled",
            "{name}"
        );
        assert!(
            properties["BucketEncryption"]["ServerSideEncryptionConfiguration"].is_sequence(),
            "{name}"
        );
        let blocks = entries(&properties["PublicAccessBlockConfiguration"]);
        assert_eq!(
            blocks.filter(|(_, blocked)| **blocked == true).count(),
            4,
            "{name}"
        );
        let tls_only = policies
            .values()
            .filter(|policy| policy["Properties"]["Bucket"] == name)
            .flat_map(|policy| items(&policy["Properties"]["PolicyDocument"]["Statement"]))
            .any(|statement| {
                statement["Effect"] == "Deny"
                    && statement["Condition"]["Bool"]["aws:SecureTransport"] == "false"
            });
        assert!(tls_only, "{name}");
    }
}

mod operation;
