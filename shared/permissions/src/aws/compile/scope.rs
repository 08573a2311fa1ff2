//! The resources that the policy of a resource can speak of.

use iam::arn::{Arn, ArnPattern, ShortArn};

/// Returns the resource itself, then what is inside it.
///
/// Source: the services' own guides; only where one policy stands for a whole family of ARNs.
pub(super) fn scope(resource: &str) -> Vec<ArnPattern> {
    let inside = Arn::parse(resource).ok().and_then(|arn| {
        let parts = arn.resource.split(['/', ':']).count();
        Some(
            match (arn.service, arn.resource.split(['/', ':']).next()?, parts) {
                ("s3" | "execute-api", _, 1) | ("es", "domain", 2) => "/*",
                ("s3", "accesspoint", 2) => "/object/*",
                ("lambda", "function", 2) => ":*",
                ("dynamodb", "table", 2) => "/index/*",
                (_, _, _) => return None,
            },
        )
    });
    let parse = |text: &str| ArnPattern::parse(text, ShortArn::PaddedAfterStar);
    let inside = inside.map(|tail| parse(&format!("{resource}{tail}")));
    [parse(resource)].into_iter().chain(inside).collect()
}
