//! Finds what a request says for the placeholders of ARN formats.

use super::{Named, ids};
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

/// A placeholder of an ARN format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placeholder<'f> {
    pub(super) name: &'f str,
    /// The literal in front of it.
    pub(super) before: &'f str,
    pub(super) service: &'f str,
    /// The only one of its format, but for partition, Region and account.
    pub(super) single: bool,
    pub(super) last: bool,
}

/// Says how sure it is that a member of the request holds the value of a placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Certainty {
    /// The member is named after the type of the resource.
    Guessed,
    /// The member has the name of the placeholder.
    SameName,
    /// A table has it.
    Known,
}

/// The member of a request that holds the value of a placeholder.
#[derive(Debug)]
pub(super) struct Source<'t> {
    pub(super) member: String,
    pub(super) certainty: Certainty,
    /// Names, never ARNs; each once.
    pub(super) values: Vec<&'t str>,
}

/// Returns the member that holds the value of a placeholder; `None` when the request has none.
pub(super) fn source<'t>(
    placeholder: Placeholder<'_>,
    templates: &[Template<'_>],
    named: &'t Named<'_>,
) -> Option<Source<'t>> {
    let Placeholder { name, service, .. } = placeholder;
    if ids::is_generated(service, placeholder.before) {
        return None;
    }
    if service == "iam" && name.ends_with("WithPath") && !pathless(name, named) {
        return None;
    }
    if service == "ssm"
        && let Some(kind) = parameters::named(&named.request, "resourceType").next()
    {
        let noun = noun(placeholder.before);
        // A managed instance may be one of EC2: its id says so.
        let is_managed = noun == "instance" && kind.eq_ignore_ascii_case("ManagedInstance");
        let is_kind = is_managed || noun.eq_ignore_ascii_case(kind);
        let mut ids = parameters::named(&named.request, "resourceId");
        let id = ids.next().filter(|_| is_kind)?;
        return Some(Source {
            member: "resourceId".to_owned(),
            certainty: Certainty::Known,
            values: name_in(id, placeholder).into_iter().collect(),
        });
    }
    let found = if let Some(members) = aliases::members(service, name) {
        first_of(members.iter().copied(), Certainty::Known, named)
    } else {
        let members = templates.iter().filter_map(|template| match template {
            Template::Placeholder(of, text) if *of == name => operations::member(text),
            Template::Placeholder(..) | Template::Type(..) | Template::Arn(_) => None,
        });
        first_of(members, Certainty::Known, named).or_else(|| guess(placeholder, named))
    };
    if service == "iam" && name == "UserNameWithPath" && found.is_none() {
        let is_about_caller = ABOUT_CALLER.contains(&named.event_name);
        let user = named.user.filter(|_| is_about_caller && named.has_succeeded)?;
        return Some(Source {
            member: String::new(),
            certainty: Certainty::Known,
            values: vec![user.split_once(":user/")?.1],
        });
    }
    let mut source = found?;
    source.values = source
        .values
        .into_iter()
        .filter_map(|value| name_in(value, placeholder))
        .filter(|value| placeholder.last || !value.contains(['/', ':']))
        .collect();
    source.values.sort_unstable();
    source.values.dedup();
    Some(source)
}

/// Returns whether the entity of IAM that a record names has no path. Records have the name alone. Roles of services always have
/// a path, and so has what is created under one.
fn pathless(placeholder: &str, named: &Named<'_>) -> bool {
    let under_path = parameters::named(&named.request, "path").any(|path| path != "/");
    let service_role = placeholder == "RoleNameWithPath"
        && parameters::named(&named.request, "roleName").any(|name| name.starts_with("AWSServiceRoleFor"));
    !under_path && !service_role
}

/// Returns the first of the members that the request has, with all its values.
fn first_of<'t, 'm>(
    mut members: impl Iterator<Item = &'m str>,
    certainty: Certainty,
    named: &'t Named<'_>,
) -> Option<Source<'t>> {
    members.find_map(|member| {
        let values: Vec<&str> = parameters::named(&named.request, member).collect();
        let member = member.to_owned();
        (!values.is_empty()).then_some(Source {
            member,
            certainty,
            values,
        })
    })
}

/// Guesses the member: most services name a resource like the reference does, or by its type: `hostedzone/${Id}` by `hostedZoneId`.
fn guess<'t>(placeholder: Placeholder<'_>, named: &'t Named<'_>) -> Option<Source<'t>> {
    const VAGUE: [&str; 7] = [
        "Id",
        "ResourceId",
        "Name",
        "Token",
        "Version",
        "ResourceName",
        "UUID",
    ];
    let same_name = (!VAGUE.contains(&placeholder.name)).then_some(placeholder.name);
    if let Some(source) = first_of(same_name.into_iter(), Certainty::SameName, named) {
        return Some(source);
    }
    let noun = noun(placeholder.before);
    if noun.is_empty() {
        return None;
    }
    // AWS generates ids, so that a name never fills one. Of several placeholders a name is never filled with an id.
    let may_be = |kind: &str| placeholder.single || placeholder.name.ends_with(kind);
    let may_be_id = may_be("Id") || may_be("Identifier");
    let may_be_name = may_be("Name") && !is_generated(placeholder);
    let mut ends: Vec<&str> = Vec::new();
    ends.extend(may_be_id.then_some("Id"));
    ends.extend(may_be_name.then_some("Name"));
    ends.extend(may_be_id.then_some("Identifier"));
    let mut members: Vec<String> = ends.iter().map(|end| format!("{noun}{end}")).collect();
    members.push(noun.clone());
    let event = named.event_name.to_ascii_lowercase();
    if event.ends_with(&noun.to_ascii_lowercase()) {
        members.extend(ends.iter().map(|end| (*end).to_owned()));
    }
    first_of(members.iter().map(String::as_str), Certainty::Guessed, named)
}

/// Returns whether AWS generates the id: requests that give the resource a name do not hold such an id.
fn is_generated(placeholder: Placeholder<'_>) -> bool {
    let is_id = ["Id", "Identifier", "UUID", "Uuid"]
        .iter()
        .any(|end| placeholder.name.ends_with(end));
    is_id && !ids::is_name(placeholder.service, placeholder.before)
}

/// Returns the word for the resource in the literal before a placeholder: `maintenancewindow/`.
fn noun(before: &str) -> String {
    let last = before.trim_end_matches(['/', ':']).rsplit(['/', ':']).next();
    last.unwrap_or_default().split('-').collect()
}

/// Returns whether the ARN of an access point stands for the name of a bucket.
pub(super) fn is_access_point(bucket: &str) -> bool {
    bucket.starts_with("arn:") && bucket.contains(":accesspoint/")
}

/// Returns the name in a value of a parameter.
fn name_in<'t>(value: &'t str, placeholder: Placeholder<'_>) -> Option<&'t str> {
    let Placeholder {
        name: placeholder,
        before,
        service,
        single,
        ..
    } = placeholder;
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
            // The ARN of a secret ends in six characters that the name of the secret does not have.
            ("secretsmanager", "SecretId") => return None,
            // WAF developer guide, "Actions, resources, and condition keys for AWS WAF V2": what requests write in capitals.
            ("wafv2", "Scope") if value.eq_ignore_ascii_case("regional") => "regional",
            ("wafv2", "Scope") if value.eq_ignore_ascii_case("cloudfront") => "global",
            ("sqs" | "route53" | "cloudfront", _) => last(value)?,
            _ => value,
        }
    };
    // Keys of objects may hold any character. In other names these two characters make a pattern.
    let is_key = service == "s3" && placeholder == "ObjectName";
    let is_name = is_key || !name.contains(['*', '?']);
    (!name.is_empty() && name.len() <= 1024 && is_name).then_some(name)
}
