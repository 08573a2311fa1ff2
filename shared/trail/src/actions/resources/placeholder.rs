//! What a request says for the placeholders of ARN formats.

use super::Traces;
use super::construction::is_access_point;
use crate::actions::aliases;
use crate::actions::parameters;
use crate::operations::{self, Template};

/// Operations of IAM that are about the caller when they name no user.
///
/// Source: IAM API reference, `UserName` of the operations.
const ABOUT_CALLER: [&str; 14] = [
    "ChangePassword",
    "CreateAccessKey",
    "DeleteAccessKey",
    "DeleteSigningCertificate",
    "GetLoginProfile",
    "GetUser",
    "ListAccessKeys",
    "ListMFADevices",
    "ListSSHPublicKeys",
    "ListServiceSpecificCredentials",
    "ListSigningCertificates",
    "UpdateAccessKey",
    "UpdateSigningCertificate",
    "UploadSigningCertificate",
];

/// A placeholder and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'f> {
    pub(super) placeholder: &'f str,
    /// The literal in front of it.
    pub(super) before: &'f str,
    pub(super) service: &'f str,
    /// The only one of its format, but for partition, Region and account.
    pub(super) single: bool,
    pub(super) last: bool,
}

/// Values of a placeholder: names, never ARNs.
pub(super) fn values<'t>(
    place: Place<'_>,
    templates: &[Template<'_>],
    traces: &'t Traces<'_>,
) -> Vec<&'t str> {
    let Place {
        placeholder, service, ..
    } = place;
    if service == "iam" && placeholder.ends_with("WithPath") && !pathless(placeholder, traces) {
        return Vec::new();
    }
    if service == "ssm"
        && let Some(kind) = parameters::named(traces.request, "resourceType").next()
    {
        let is_kind = noun(place.before).eq_ignore_ascii_case(kind);
        let mut ids = parameters::named(traces.request, "resourceId");
        let id = ids.next().filter(|_| is_kind);
        return id.and_then(|id| name_in(id, place)).into_iter().collect();
    }
    let of_template = || {
        let members = templates.iter().filter_map(|template| match template {
            Template::Placeholder(name, text) if *name == placeholder => operations::member(text),
            Template::Placeholder(..) | Template::Type(..) | Template::Arn(_) => None,
        });
        first_of(members, traces)
    };
    let mut found: Vec<&str> = match aliases::members(service, placeholder) {
        Some(members) => first_of(members.iter().copied(), traces),
        None => of_template(),
    };
    if found.is_empty() && aliases::members(service, placeholder).is_none() {
        found = guess(place, traces);
    }
    if service == "iam" && placeholder == "UserNameWithPath" && found.is_empty() {
        if !ABOUT_CALLER.contains(&traces.event_name) {
            return Vec::new();
        }
        return traces
            .user
            .and_then(|arn| Some(arn.split_once(":user/")?.1))
            .into_iter()
            .collect();
    }
    let mut values: Vec<&str> = found
        .into_iter()
        .filter_map(|value| name_in(value, place))
        .filter(|value| place.last || !value.contains(['/', ':']))
        .collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Names of IAM lack their path. Roles of services always have one, and so has what is created under one.
fn pathless(placeholder: &str, traces: &Traces<'_>) -> bool {
    let under_path = parameters::named(traces.request, "path").any(|path| path != "/");
    let service_role = placeholder == "RoleNameWithPath"
        && parameters::named(traces.request, "roleName").any(|name| name.starts_with("AWSServiceRoleFor"));
    !under_path && !service_role
}

fn first_of<'t, 'm>(members: impl Iterator<Item = &'m str>, traces: &'t Traces<'_>) -> Vec<&'t str> {
    members
        .map(|member| parameters::named(traces.request, member).collect::<Vec<_>>())
        .find(|values| !values.is_empty())
        .unwrap_or_default()
}

/// Most services name a resource like the reference does, or by its type: `hostedzone/${Id}` by `hostedZoneId`.
fn guess<'t>(place: Place<'_>, traces: &'t Traces<'_>) -> Vec<&'t str> {
    const VAGUE: [&str; 7] = [
        "Id",
        "ResourceId",
        "Name",
        "Token",
        "Version",
        "ResourceName",
        "UUID",
    ];
    let Place {
        placeholder, before, ..
    } = place;
    let noun = noun(before);
    let mut members: Vec<String> = Vec::new();
    if !VAGUE.contains(&placeholder) {
        members.push(placeholder.to_owned());
    }
    if !noun.is_empty() {
        members.extend(["Id", "Name", "Identifier"].map(|end| format!("{noun}{end}")));
        members.push(noun.clone());
        let event = traces.event_name.to_ascii_lowercase();
        if event.ends_with(&noun.to_ascii_lowercase()) {
            members.extend(["name", "id", "identifier"].map(str::to_owned));
        }
    }
    first_of(members.iter().map(String::as_str), traces)
}

/// What the literal in front of a placeholder calls the resource: `maintenancewindow/`.
fn noun(before: &str) -> String {
    let last = before.trim_end_matches(['/', ':']).rsplit(['/', ':']).next();
    last.unwrap_or_default().split('-').collect()
}

/// The name in a value of a parameter.
fn name_in<'t>(value: &'t str, place: Place<'_>) -> Option<&'t str> {
    let Place {
        placeholder,
        before,
        service,
        single,
        ..
    } = place;
    let last = |value: &'t str| value.rsplit('/').next();
    let name = if value.starts_with("arn:") {
        // The ARN itself is found among the parameters; here it stands for the name of a parent.
        let of_service = value.split(':').nth(2) == Some(service);
        if placeholder == "BucketName" && is_access_point(value) {
            return None;
        }
        (!single && of_service).then(|| last(value)).flatten()?
    } else {
        match (service, placeholder) {
            ("kms", "Alias") => value.strip_prefix("alias/")?,
            ("kms", "KeyId") if value.starts_with("alias/") => return None,
            ("ssm", "ParameterNameWithoutLeadingSlash") => value.trim_start_matches('/'),
            ("ssm", "InstanceId") if before.ends_with("managed-instance/") => {
                value.starts_with("mi-").then_some(value)?
            }
            ("ssm", "InstanceId") => value.starts_with("i-").then_some(value)?,
            ("lambda", "FunctionName") => value.rsplit_once("function:").map_or(value, |(_, name)| name),
            // A secret's ARN ends in six characters that its name does not tell.
            ("secretsmanager", "SecretId") => return None,
            ("sqs" | "route53" | "cloudfront", _) => last(value)?,
            _ => value,
        }
    };
    (!name.is_empty() && name.len() <= 1024 && !name.contains(['*', '?'])).then_some(name)
}
