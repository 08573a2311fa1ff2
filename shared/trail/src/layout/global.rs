//! Global services have one endpoint per partition, and their records are in one region.
//!
//! Source: CloudTrail user guide, "CloudTrail concepts", global service events; AWS general reference, endpoints
//! of the services listed here.

/// Services that have a single endpoint for the whole partition, by event source without `.amazonaws.com`.
///
/// `sts` has regional endpoints, too. Calls to its regional endpoint in the global region cannot be distinguished from
/// calls to the global endpoint, and count as such.
const GLOBAL: [&str; 21] = [
    "account",
    "billing",
    "billingconsole",
    "budgets",
    "ce",
    "cloudfront",
    "cur",
    "health",
    "iam",
    "organizations",
    "route53",
    "route53domains",
    "savingsplans",
    "shield",
    "signin",
    "sts",
    "support",
    "tax",
    "taxconsole",
    "trustedadvisor",
    "waf",
];

/// Returns the region in which the global services of `partition` write their records; `None` for a partition that is
/// not known.
#[must_use]
pub fn global_region(partition: &str) -> Option<&'static str> {
    Some(match partition {
        "aws" => "us-east-1",
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => return None,
    })
}

/// Returns whether a global service writes the records of this `eventSource`.
#[must_use]
pub fn is_global(event_source: &str) -> bool {
    let service = event_source.split('.').next().unwrap_or_default();
    GLOBAL.binary_search(&service).is_ok()
}
