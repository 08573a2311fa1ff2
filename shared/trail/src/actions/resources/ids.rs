//! Says what the last part of an ARN stands for, where the service reference calls it an id and AWS gives it another
//! meaning.
//!
//! An id that AWS generates is never filled with a name: the policy would deny the call. Where an id is a name, or is made
//! of names, the ARN is known from the request.

use super::Named;
use crate::actions::parameters;

/// Types of resources by service: the word in front of the id in the ARN.
type Types = [(&'static str, &'static [&'static str])];

/// Types whose id is the name that the request gives.
///
/// Sources: the ARNs in the API references of AWS Glue `DataBrew` (`ResourceArn`) and AWS Elemental `MediaTailor`
/// (`PlaybackConfigurationArn`), in the command reference of Amazon Forecast, and in the guides of Amazon `GameLift`
/// Servers ("Create a custom location"), AWS IoT `FleetWise` ("Create a vehicle"), Amazon Personalize (the replies of each
/// step) and Amazon Application Recovery Controller ("Logging readiness check API calls"), such as
/// `arn:aws:route53-recovery-readiness::111122223333:recovery-group/MyRecoveryGroup`.
const NAMES: &Types = &[
    (
        "databrew",
        &["dataset", "job", "project", "recipe", "ruleset", "schedule"],
    ),
    ("forecast", &["dataset", "dataset-group"]),
    ("gamelift", &["location"]),
    ("iotfleetwise", &["vehicle"]),
    ("mediatailor", &["playbackConfiguration"]),
    (
        "personalize",
        &[
            "batch-inference-job",
            "campaign",
            "dataset-group",
            "dataset-import-job",
            "filter",
            "schema",
            "solution",
        ],
    ),
    (
        "route53-recovery-readiness",
        &["cell", "readiness-check", "recovery-group", "resource-set"],
    ),
];

/// Types whose id AWS generates, although the table of operations has the name there.
///
/// Source: Quick Sight API reference, `AssignmentId` of `DescribeIAMPolicyAssignment`.
const GENERATED: &Types = &[("quicksight", &["assignment"])];

/// A type whose id is made of names, and the members of requests that hold them, in order.
type Path = (&'static str, &'static str, &'static [&'static str]);

/// Types whose id is made of names, with slashes between them.
///
/// Sources: Quick Sight API reference, `CreateGroup`: `group/default/<group-name>`, and the user ARNs of
/// `GetDashboardEmbedUrl`; `MediaTailor` API reference, the URI of a prefetch schedule.
const PATHS: [Path; 3] = [
    (
        "mediatailor",
        "prefetchSchedule",
        &["playbackConfigurationName", "name"],
    ),
    ("quicksight", "group", &["namespace", "groupName"]),
    ("quicksight", "user", &["namespace", "userName"]),
];

fn has(types: &Types, service: &str, kind: &str) -> bool {
    types
        .iter()
        .any(|(of, kinds)| *of == service && kinds.contains(&kind))
}

/// Returns the word for the type in the literal before an id: `dataset-group` of `:dataset-group/`.
fn kind(before: &str) -> &str {
    let last = before.trim_end_matches(['/', ':']).rsplit(['/', ':']).next();
    last.unwrap_or_default()
}

/// Returns whether the id behind the literal is a name.
pub(super) fn is_name(service: &str, before: &str) -> bool {
    has(NAMES, service, kind(before))
}

/// Returns whether AWS generates the id behind the literal, whatever the table of operations says.
pub(super) fn is_generated(service: &str, before: &str) -> bool {
    has(GENERATED, service, kind(before))
}

/// Returns the names that the id behind the literal consists of, as far as the request holds them; `None` when the id
/// does not consist of names.
pub(super) fn path<'t>(service: &str, before: &str, named: &'t Named<'_>) -> Option<Vec<Option<&'t str>>> {
    let is_of_type = |(of, kind_of, _): &&Path| *of == service && *kind_of == kind(before);
    let (.., members) = PATHS.iter().find(is_of_type)?;
    let name = |member: &&'static str| {
        let mut values = parameters::named(&named.request, member);
        values.next().filter(|value| !value.contains(['*', '?']))
    };
    Some(members.iter().map(name).collect())
}
