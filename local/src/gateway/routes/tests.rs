use proptest::prelude::*;
use rstest::rstest;

use super::{Route, find};

fn routes() -> Vec<Route> {
    [
        ("ANY", "/{proxy+}", "Unknown"),
        ("GET", "/jobs", "List"),
        ("GET", "/jobs/{id}", "Get"),
        ("any", "/jobs/{id}", "Other"),
        ("GET", "/jobs/latest", "Latest"),
        ("GET", "/jobs/{id}/files/{path+}", "File"),
    ]
    .map(|(method, path, function)| Route::new(method, path, function))
    .to_vec()
}

#[rstest]
#[case("GET", "/jobs", "List")]
#[case("GET", "/jobs/", "List")]
#[case("GET", "/jobs/7", "Get")]
#[case("PUT", "/jobs/7", "Other")]
#[case("GET", "/jobs/latest", "Latest")]
#[case("GET", "/jobs/7/files/a/b", "File")]
#[case("GET", "/jobs/7/files", "Unknown")]
#[case("GET", "/nothing", "Unknown")]
fn the_most_specific_resource_answers(#[case] method: &str, #[case] path: &str, #[case] function: &str) {
    assert_eq!(find(&routes(), method, path).unwrap().route.function, function);
}

#[rstest]
#[case("POST", "/jobs")]
#[case("PUT", "/jobs/latest")]
#[case("GET", "/")]
fn a_resource_without_the_method_does_not_fall_through(#[case] method: &str, #[case] path: &str) {
    assert_eq!(find(&routes(), method, path), None);
}

#[test]
fn parameters_stay_percent_encoded() {
    let routes = routes();
    let matched = find(&routes, "GET", "/jobs/a%2Fb%20c/files/x%20y/z").unwrap();
    let parameters: Vec<_> = matched
        .parameters
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(parameters, [("id", "a%2Fb%20c"), ("path", "x%20y/z")]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_order_of_the_template_does_not_matter(
        shuffled in Just(routes()).prop_shuffle(),
        path in prop::sample::select(vec!["/jobs", "/jobs/1", "/jobs/latest", "/jobs/1/files/a/b", "/x/y", "/jobs/1/files"]),
        method in prop::sample::select(vec!["GET", "PUT"]),
    ) {
        let routes = routes();
        let (expected, found) = (find(&routes, method, path), find(&shuffled, method, path));
        prop_assert_eq!(expected.map(|matched| &matched.route.function), found.map(|matched| &matched.route.function));
    }
}
