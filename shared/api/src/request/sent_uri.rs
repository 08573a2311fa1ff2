//! Restores what a client can have written behind the host: path and query, character by character.
//!
//! A REST API hands on the parameters of the query decoded and without their order, and the text itself not at all. A
//! signature over the text can therefore only be compared with every text that has these parameters. All of them stand
//! for the same request, so that it does not matter which one was signed.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Request;

/// Most parameters of a query: 720 orders.
const MOST_PARAMETERS: usize = 6;

/// RFC 3986, section 2.3; Go and Python.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `encodeURIComponent` of ECMAScript.
const COMPONENT: &AsciiSet = &UNRESERVED
    .remove(b'!')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*');

/// `application/x-www-form-urlencoded` of the URL standard, as `URLSearchParams` writes it; the blank becomes a plus.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'*')
    .remove(b' ');

/// The characters above with the unreserved characters of RFC 3986: `quote_plus` of Python, `QueryEscape` of Go.
const UNRESERVED_FORM: &AsciiSet = &UNRESERVED.remove(b' ');

impl Request {
    /// Returns every text that a client can have sent as path and query of this request, the path with and without the
    /// stage; `None` for a query of more than six parameters.
    ///
    /// The length is bounded: two paths, four ways of encoding, 720 orders.
    #[must_use]
    pub fn sent_uris(&self) -> Option<BTreeSet<String>> {
        let pairs = self.query_pairs();
        if pairs.len() > MOST_PARAMETERS {
            return None;
        }
        let paths = ["/path", "/requestContext/path"];
        let paths: BTreeSet<&str> = paths.iter().filter_map(|pointer| self.text(pointer)).collect();
        if pairs.is_empty() {
            return Some(paths.into_iter().map(str::to_owned).collect());
        }
        let mut queries = BTreeSet::new();
        for (set, blank_is_plus) in [
            (UNRESERVED, false),
            (COMPONENT, false),
            (FORM, true),
            (UNRESERVED_FORM, true),
        ] {
            let encode = |text: &str| {
                let encoded = utf8_percent_encode(text, set).to_string();
                if blank_is_plus {
                    encoded.replace(' ', "+")
                } else {
                    encoded
                }
            };
            let encoded: Vec<String> = pairs
                .iter()
                .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
                .collect();
            add_orders(&encoded, &mut Vec::new(), &mut queries);
        }
        let uris = paths
            .iter()
            .flat_map(|path| queries.iter().map(move |query| format!("{path}?{query}")));
        Some(uris.collect())
    }

    fn query_pairs(&self) -> Vec<(&str, &str)> {
        let names = ["multiValueQueryStringParameters", "queryStringParameters"]
            .into_iter()
            .find_map(|list| self.event.get(list)?.as_object());
        let names = names.into_iter().flatten().map(|(name, _)| name.as_str());
        names
            .flat_map(|name| self.query_all(name).map(move |value| (name, value)))
            .collect()
    }
}

/// Adds the parameters in every order that begins with `chosen`.
fn add_orders(parameters: &[String], chosen: &mut Vec<usize>, queries: &mut BTreeSet<String>) {
    if chosen.len() == parameters.len() {
        let query: Vec<&str> = chosen
            .iter()
            .filter_map(|&index| parameters.get(index).map(String::as_str))
            .collect();
        queries.insert(query.join("&"));
        return;
    }
    for index in 0..parameters.len() {
        if !chosen.contains(&index) {
            chosen.push(index);
            add_orders(parameters, chosen, queries);
            chosen.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn uris(query: &Value) -> Option<BTreeSet<String>> {
        let event = json!({
            "path": "/api/v1/policies",
            "multiValueQueryStringParameters": query,
            "requestContext": { "path": "/prod/api/v1/policies" },
        });
        Request::from_event(event, Timestamp::UNIX_EPOCH).sent_uris()
    }

    #[test]
    fn without_a_query_there_are_the_paths_with_and_without_the_stage() {
        let found: Vec<String> = uris(&Value::Null).unwrap().into_iter().collect();
        assert_eq!(found, ["/api/v1/policies", "/prod/api/v1/policies"]);
    }

    // Written by URLSearchParams of node, urlencode of Python, Values.Encode of Go, encodeURIComponent by hand.
    #[rstest]
    #[case::one("/api/v1/policies?page=0", &json!({ "page": ["0"] }))]
    #[case::behind_the_stage("/prod/api/v1/policies?page=0", &json!({ "page": ["0"] }))]
    #[case::order("/api/v1/policies?size=5&page=0&type=USER_CREATED", &json!({ "page": ["0"], "size": ["5"], "type": ["USER_CREATED"] }))]
    #[case::node("/api/v1/policies?searchWord=a+b*%7E%C3%A9%28", &json!({ "searchWord": ["a b*~é("] }))]
    #[case::python("/api/v1/policies?searchWord=a+b%2A~%C3%A9%28", &json!({ "searchWord": ["a b*~é("] }))]
    #[case::component("/api/v1/policies?searchWord=a%20b*~%C3%A9(", &json!({ "searchWord": ["a b*~é("] }))]
    #[case::rfc_3986("/api/v1/policies?searchWord=a%20b%2A~%C3%A9%28", &json!({ "searchWord": ["a b*~é("] }))]
    #[case::repeated("/api/v1/policies?a=2&b=3&a=1", &json!({ "a": ["1", "2"], "b": ["3"] }))]
    fn what_clients_write_is_among_the_texts(#[case] sent: &str, #[case] query: &Value) {
        let found = uris(query).unwrap();
        assert!(found.contains(sent), "{found:?}");
    }

    #[rstest]
    #[case::other_value("/api/v1/policies?page=1")]
    #[case::other_path("/api/v1/policy?page=0")]
    #[case::no_query("/api/v1/policies")]
    #[case::one_more("/api/v1/policies?page=0&size=5")]
    fn what_stands_for_another_request_is_not(#[case] sent: &str) {
        assert!(!uris(&json!({ "page": ["0"] })).unwrap().contains(sent));
    }

    #[test]
    fn the_number_of_texts_is_bounded() {
        let query = |count: usize| -> Value {
            (0..count)
                .map(|number| (format!("p{number}"), json!(["a b*~("])))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        assert_eq!(uris(&query(6)).unwrap().len(), 2 * 4 * 720);
        assert_eq!(uris(&query(7)), None);
    }
}
