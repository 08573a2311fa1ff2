//! Names secrets by their ARNs, which end in a hyphen and six characters that AWS generates.

use super::Named;
use crate::actions::parameters;
use crate::usage::escaped;

/// Characters that AWS adds to the name of a secret, with the hyphen.
const END: usize = 7;

/// Members of requests that name secrets: the first that is there counts.
const MEMBERS: [&str; 3] = ["secretId", "secretIdList", "name"];

fn names<'n>(service: &str, named: &'n Named<'_>) -> Vec<&'n str> {
    let mut members = MEMBERS
        .iter()
        .filter(|_| service == "secretsmanager")
        .map(|member| parameters::named(&named.request, member).collect());
    members
        .find(|found: &Vec<&str>| !found.is_empty())
        .unwrap_or_default()
}

/// Returns whether an ARN has the characters that AWS generates. Requests may leave these characters out.
fn is_whole(name: &str) -> bool {
    let end = name
        .len()
        .checked_sub(END)
        .and_then(|at| name.get(at..)?.strip_prefix('-'));
    let is_generated = |end: &str| end.bytes().all(|byte| byte.is_ascii_alphanumeric());
    name.starts_with("arn:") && end.is_some_and(is_generated)
}

/// Returns whether the request names a secret by something else than its whole ARN.
pub(super) fn has_patterns(service: &str, named: &Named<'_>) -> bool {
    names(service, named).iter().any(|name| !is_whole(name))
}

/// Returns the patterns of the secrets that the request names.
///
/// Source: Secrets Manager user guide, "Permissions policy examples for AWS Secrets Manager"; Secrets Manager API
/// reference, `SecretId`.
pub(super) fn patterns(service: &str, named: &Named<'_>) -> Vec<String> {
    let Named {
        partition,
        region,
        account,
        ..
    } = named;
    let pattern = |name: &&str| {
        let text = escaped(name);
        if is_whole(name) {
            text
        } else if name.starts_with("arn:") {
            format!("{text}-??????")
        } else {
            format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{text}-??????")
        }
    };
    names(service, named).iter().map(pattern).collect()
}
