//! The reply to a path or a method that the API does not have.

use std::collections::BTreeSet;

use serde_json::json;

use crate::reply::Reply;

/// Longest path, in bytes, for which the nearest one is looked for; every path of the API is much shorter.
const LONGEST_COMPARED: usize = 200;

/// Replies 405 with `Allow` when the path has other methods, otherwise 404 with the nearest path, if there is one.
///
/// `routes` are all paths, with `{parameters}`, and their methods in capitals.
///
/// The form is one that every family of the API can read: nobody knows which client has gone astray. The header
/// `x-amzn-ErrorType` is for the AWS SDKs, `x-redlock-status` and the member `error` are for clients of the permission
/// search.
#[must_use]
pub fn unknown_operation(method: &str, path: &str, routes: &[(&str, &str)]) -> Reply {
    let segments = segments_of(path);
    let (at_path, methods): (Vec<_>, BTreeSet<_>) = routes
        .iter()
        .filter(|(route, _)| accepts(&segments_of(route), &segments))
        .copied()
        .unzip();
    let Some(route) = at_path.first() else {
        return not_found(nearest(method, path, routes));
    };
    let methods: Vec<_> = methods.into_iter().collect();
    let message = format!("{route} does not have this method. It has {}", methods.join(", "));
    reply(405, "method_not_allowed", &message).with_header("Allow", methods.join(", "))
}

fn not_found(nearest: Option<String>) -> Reply {
    let hint = nearest.map_or_else(String::new, |nearest| format!(". Did you mean {nearest}?"));
    let message = format!("The API has no operation with this path and method{hint}");
    reply(404, "not_found", &message)
}

fn reply(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({
        "message": message,
        "error": {
            "code": code,
            "errorCode": "300",
            "message": "Not Found Exception",
            "target": null,
            "details": [message],
        },
    });
    let status_header = json!([{ "i18nKey": code, "severity": "error", "subject": null }]);
    Reply::status(status, &body)
        .with_header("x-amzn-ErrorType", "UnknownOperationException")
        .with_header("x-redlock-status", status_header.to_string())
}

fn segments_of(path: &str) -> Vec<&str> {
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

fn accepts(route: &[&str], path: &[&str]) -> bool {
    route.len() == path.len()
        && route
            .iter()
            .zip(path)
            .all(|(of_route, of_path)| is_parameter(of_route) || of_route == of_path)
}

/// Returns the route whose path is nearest, as `METHOD /path`: one that ends with the whole path, else one that differs
/// in few characters. Of a path's methods that of the request is preferred.
fn nearest(method: &str, path: &str, routes: &[(&str, &str)]) -> Option<String> {
    if path.len() > LONGEST_COMPARED {
        return None;
    }
    let segments = segments_of(path);
    let (_, _, found) = routes
        .iter()
        .filter_map(|&(route, of_route)| {
            let distance = distance(&segments_of(route), &segments)?;
            Some((distance, of_route != method, (of_route, route)))
        })
        .min()?;
    Some(format!("{} {}", found.0, found.1))
}

/// Returns how far a path is from a route, in characters and then in segments that it lacks in front; `None` when it is
/// too far to be meant.
fn distance(route: &[&str], path: &[&str]) -> Option<(usize, usize)> {
    let missing = route.len().saturating_sub(path.len());
    let end = route.get(missing..).unwrap_or_default();
    // A route that ends with parameters may end with anything.
    if missing > 0 && !path.is_empty() && end.first() == path.first() && accepts(end, path) {
        return Some((0, missing));
    }
    // A parameter matches any text in its place.
    let filled: Vec<&str> = route
        .iter()
        .enumerate()
        .map(|(index, &of_route)| match path.get(index).copied() {
            Some(of_path) if is_parameter(of_route) => of_path,
            _ => of_route,
        })
        .collect();
    let (filled, path) = (filled.join("/"), path.join("/").to_lowercase());
    let distance = strsim::osa_distance(&filled.to_lowercase(), &path);
    (distance <= (path.chars().count() / 4).max(2) && distance * 2 < path.chars().count())
        .then_some((distance, 0))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ROUTES: [(&str, &str); 7] = [
        ("/api.example.com/api/v1/permission", "POST"),
        ("/api/v1/permission", "POST"),
        ("/api/v1/permission/page", "POST"),
        ("/policies", "GET"),
        ("/policies", "POST"),
        ("/policies/{policyId}", "GET"),
        ("/portals/{portalId}", "GET"),
    ];

    #[rstest]
    #[case("DELETE", "/policies", "GET, POST")]
    #[case("GET", "/api/v1/permission", "POST")]
    #[case("PATCH", "/policies/7/", "GET")]
    fn a_method_that_the_path_lacks_is_a_405_that_names_the_others(
        #[case] method: &str,
        #[case] path: &str,
        #[case] allowed: &str,
    ) {
        let reply = unknown_operation(method, path, &ROUTES);
        assert_eq!((reply.code(), reply.header("allow")), (405, Some(allowed)));
        assert!(reply.body().contains(&format!("It has {allowed}")));
    }

    #[rstest]
    #[case("POST", "/permission", Some("POST /api/v1/permission"))]
    #[case("POST", "/api/v1/permissions", Some("POST /api/v1/permission"))]
    #[case("POST", "/api/v1/permission/pages", Some("POST /api/v1/permission/page"))]
    #[case("POST", "/Policies", Some("POST /policies"))]
    #[case("GET", "/policys/7", Some("GET /policies/{policyId}"))]
    #[case("GET", "/portal/x", Some("GET /portals/{portalId}"))]
    #[case("GET", "/", None)]
    #[case("GET", "", None)]
    #[case("GET", "/something/else", None)]
    fn an_unknown_path_is_a_404_that_names_the_nearest(
        #[case] method: &str,
        #[case] path: &str,
        #[case] nearest: Option<&str>,
    ) {
        let reply = unknown_operation(method, path, &ROUTES);
        assert_eq!(reply.code(), 404);
        let body: serde_json::Value = serde_json::from_str(reply.body()).unwrap();
        let hint = body["message"].as_str().unwrap().split_once("Did you mean ");
        assert_eq!(hint.map(|(_, hint)| hint.trim_end_matches('?')), nearest);
    }

    #[test]
    fn a_very_long_path_is_not_compared() {
        let reply = unknown_operation("GET", &"/a".repeat(100_000), &ROUTES);
        assert!(!reply.body().contains("Did you mean"));
    }
}
