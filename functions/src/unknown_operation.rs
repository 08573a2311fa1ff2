//! Replies to paths and methods that no operation has.

use api::policy_generation::Error;
use api::{Reply, Request};

/// Paths and methods of all operations, from `template.yaml`.
const ROUTES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/routes.rs"));

/// Replies 405 to a method that the path does not have, and otherwise 404 with the nearest path, in a body that the
/// clients of every family can read.
///
/// # Errors
/// None.
#[expect(clippy::unused_async, reason = "a handler like the others")]
pub async fn handle(_state: &(), request: Request) -> Result<Reply, Error> {
    Ok(api::unknown_operation(
        request.method(),
        request.raw_path(),
        ROUTES,
    ))
}

#[cfg(test)]
mod tests {
    use super::ROUTES;

    #[test]
    fn the_routes_are_those_of_the_template_without_the_catch_all() {
        assert!(ROUTES.contains(&("/api/v1/permission", "POST")));
        assert!(ROUTES.contains(&("/policies/{policyId}", "PUT")));
        assert!(
            !ROUTES
                .iter()
                .any(|(path, method)| path.contains("proxy") || *method == "ANY")
        );
    }
}
