//! Compares the description of the API with the template: neither has a route that the other lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use functions::explorer::show_api_description::DESCRIPTION;
use serde_json::Value;

use crate::template::{all_routes, authorizer_of};

static API: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(DESCRIPTION).unwrap());

const METHODS: [&str; 5] = ["delete", "get", "patch", "post", "put"];

/// Returns method, path and description of every operation
fn operations() -> impl Iterator<Item = (String, &'static str, &'static Value)> {
    let paths = API["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        let methods = methods.filter(|(method, _)| METHODS.contains(&method.as_str()));
        methods.map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
    })
}

#[test]
fn every_route_of_the_template_is_described_under_the_name_of_its_function_and_no_other_route_is() {
    let described: BTreeMap<(String, &str), &str> = operations()
        .map(|(method, path, operation)| ((method, path), operation["operationId"].as_str().unwrap()))
        .collect();
    let routes = all_routes();
    let expected: BTreeSet<(String, &str)> = routes
        .iter()
        .map(|&(method, path, _)| (method.to_owned(), path))
        .collect();
    let found: BTreeSet<(String, &str)> = described.keys().cloned().collect();
    let lacking: Vec<_> = expected.difference(&found).collect();
    let unknown: Vec<_> = found.difference(&expected).collect();
    assert!(lacking.is_empty(), "docs/openapi lacks {lacking:?}");
    assert!(unknown.is_empty(), "template.yaml lacks {unknown:?}");
    for (method, path, function) in routes {
        let id = described[&(method.to_owned(), path)];
        assert!(
            id.starts_with(function),
            "{method} {path} is {function} in the template, and {id} in docs/openapi"
        );
    }
}

#[test]
fn an_operation_has_an_id_of_its_own_a_summary_a_tag_and_a_success() {
    let tags: BTreeSet<&str> = API["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(
            ids.insert(id),
            "{method} {path}: another operation has the id {id}"
        );
        assert!(operation["summary"].is_string(), "{id}");
        let tag = operation["tags"][0].as_str().unwrap();
        assert!(tags.contains(tag), "{id}: {tag}");
        let statuses = operation["responses"].as_object().unwrap();
        assert!(
            id == "BatchAssociateProjectAssets" || statuses.keys().any(|status| status.starts_with('2')),
            "{id}"
        );
    }
}

#[test]
fn an_operation_says_how_a_caller_proves_who_it_is_as_the_template_does() {
    for (method, path, operation) in operations() {
        let security = operation.get("security").unwrap_or(&API["security"]);
        let schemes = security[0].as_object().unwrap();
        let expected = match authorizer_of(&method, path) {
            Some("NONE") => None,
            Some("LoginToken") => Some("loginToken"),
            Some("NcloudSignature") => Some("ncloudSignature"),
            Some(other) => panic!("the authorizer {other} is not described"),
            None => Some("awsSignature"),
        };
        match expected {
            Some(name) => assert!(schemes.contains_key(name), "{method} {path}"),
            None => assert!(schemes.is_empty(), "{method} {path}"),
        }
    }
}

#[test]
fn what_is_referred_to_exists_and_what_exists_is_referred_to() {
    fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
        match value {
            Value::Object(members) => {
                if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                    found.insert(name);
                }
                members.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut used = BTreeSet::new();
    references(&API, &mut used);
    for reference in &used {
        let pointer = reference.trim_start_matches('#');
        assert!(API.pointer(pointer).is_some(), "{reference} does not exist");
    }
    for (kind, components) in API["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(
                kind == "securitySchemes" || used.contains(reference.as_str()),
                "nothing refers to {reference}"
            );
        }
    }
}
