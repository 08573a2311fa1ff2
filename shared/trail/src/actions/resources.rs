//! The resources that a call touched, as far as its record tells.
//!
//! For each type of resources that the action is authorised on, the first of these sources that has any is used:
//! 1. `resources` of the record, and the resource that a refusal names;
//! 2. the type's ARN format, filled with the parameters of the request;
//! 3. ARNs among the parameters of the request;
//! 4. ARNs in the response, except of resources that the call created under a generated id: such a call was
//!    authorised before there was an id, so that the ARN in a policy would allow nothing.
//!
//! An ARN counts only when it is of one of the action's own formats, and of no other type of the service that spells
//! it better: the ARN of an object is not that of a bucket.

use serde_json::Value;

use super::aliases;
use super::parameters::{self, Text};
use crate::arn_format::{Piece, pieces, spelled_characters};
use crate::operations::{self, Operation, Template};
use crate::reference::{Action, Reference};

/// Most resources that one call is given.
const RESOURCES: usize = 100;

/// What a record tells of resources.
#[derive(Debug, Clone)]
pub(super) struct Traces<'c> {
    /// `GetObject`.
    pub(super) event_name: &'c str,
    pub(super) partition: &'c str,
    pub(super) region: &'c str,
    /// Account of the caller, which owns what is named without an ARN.
    pub(super) account: &'c str,
    /// ARN of the caller, when it is a user and the call succeeded: records of failed calls may lack parameters.
    pub(super) user: Option<&'c str>,
    /// ARNs that the record names outright.
    pub(super) named: Vec<&'c str>,
    /// Texts of the request.
    pub(super) request: &'c [Text<'c>],
    pub(super) response: &'c Value,
}

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

/// ARNs that `action` was needed on, each once.
pub(super) fn of(
    action: &Action<'_>,
    reference: &dyn Reference,
    operation: Option<Operation<'_>>,
    traces: &Traces<'_>,
) -> Vec<String> {
    if action.resource_types.is_empty() {
        return Vec::new();
    }
    let service = action.name.split(':').next().unwrap_or_default();
    let mut finder = Finder {
        action,
        reference,
        service,
        operation,
        formats_of_service: None,
        found: vec![Vec::new(); action.resource_types.len()],
    };

    finder.take(traces.named.iter().copied(), |_| true);
    finder.construct(traces);
    // Wildcards are patterns that somebody wrote, not names of resources.
    let arns = |text: &Text<'_>| text.value.starts_with("arn:") && !text.value.contains('*');
    let request = traces.request.iter().filter(|text| arns(text));
    finder.take(request.map(|text| text.value), |_| true);
    if finder.has_open() && !traces.response.is_null() {
        let response = parameters::texts(traces.response);
        let creates = creates(traces.event_name);
        let is_chosen = |arn: &str| {
            !creates || {
                let name = arn.rsplit(['/', ':']).next().unwrap_or(arn);
                traces.request.iter().any(|text| text.value == name)
            }
        };
        let arns = response.iter().filter(|text| arns(text));
        finder.take(arns.map(|text| text.value), is_chosen);
    }

    let mut found: Vec<String> = finder.found.into_iter().flatten().take(RESOURCES).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn creates(event_name: &str) -> bool {
    const VERBS: [&str; 12] = [
        "Create", "Run", "Allocate", "Copy", "Import", "Register", "Request", "Launch", "Restore", "Start",
        "Publish", "Issue",
    ];
    VERBS.iter().any(|verb| event_name.starts_with(verb))
}

struct Finder<'a> {
    action: &'a Action<'a>,
    reference: &'a dyn Reference,
    service: &'a str,
    operation: Option<Operation<'a>>,
    /// Read only when there is an ARN to sort out.
    formats_of_service: Option<Vec<&'a str>>,
    /// ARNs per type of the action.
    found: Vec<Vec<String>>,
}

impl Finder<'_> {
    fn has_open(&self) -> bool {
        self.found.iter().any(Vec::is_empty)
    }

    /// Takes the ARNs of types that have none yet.
    fn take<'t>(&mut self, arns: impl Iterator<Item = &'t str>, is_wanted: impl Fn(&str) -> bool) {
        let open: Vec<bool> = self.found.iter().map(Vec::is_empty).collect();
        for arn in arns {
            if let Some(kind) = self.type_of(arn)
                && open.get(kind) == Some(&true)
                && is_wanted(arn)
                && let Some(found) = self.found.get_mut(kind)
                && found.len() < RESOURCES
            {
                found.push(arn.to_owned());
            }
        }
    }

    /// The type of the action that the ARN is of.
    fn type_of(&mut self, arn: &str) -> Option<usize> {
        let spelled = |formats: &[&str]| {
            formats
                .iter()
                .flat_map(|format| format.split(", "))
                .filter_map(|format| spelled_characters(format, arn))
                .max()
        };
        let of_action = self.action.resource_types.iter().enumerate();
        let best = of_action
            .filter_map(|(index, kind)| Some((spelled(&kind.formats)?, std::cmp::Reverse(index))))
            .max();
        let (best, std::cmp::Reverse(index)) = best?;
        let formats = self
            .formats_of_service
            .get_or_insert_with(|| self.reference.formats(self.service).unwrap_or_default());
        (spelled(formats) <= Some(best)).then_some(index)
    }

    fn construct(&mut self, traces: &Traces<'_>) {
        let templates: Vec<Template<'_>> = match self.operation {
            Some(operation) => operation.templates(self.action.name).collect(),
            None => Vec::new(),
        };
        let arns: Vec<String> = templates
            .iter()
            .filter_map(|template| match template {
                // A secret's ARN ends in six characters that its name does not tell.
                Template::Arn(text) if self.service != "secretsmanager" => filled(text, traces),
                Template::Arn(_) | Template::Placeholder(..) | Template::Type(..) => None,
            })
            .chain(queue(self.service, traces))
            .collect();
        self.take(arns.iter().map(String::as_str), |_| true);
        // Its formats are paths, and many calls have parameters that would fit several of them.
        if self.service == "apigateway" {
            return;
        }
        let several = self.action.resource_types.len() > 1;
        for (kind, found) in self.action.resource_types.iter().zip(&mut self.found) {
            if found.is_empty() {
                let formats = kind.formats.iter().flat_map(|format| format.split(", "));
                for format in formats {
                    // Constants such as `hub/default` would be named by every call.
                    if !kind.required && several && !has_names(format) {
                        continue;
                    }
                    fill(format, self.service, &templates, traces, found);
                }
            }
        }
    }
}

/// Adds the ARNs of the format that the request names.
fn fill(
    format: &str,
    service: &str,
    templates: &[Template<'_>],
    traces: &Traces<'_>,
    found: &mut Vec<String>,
) {
    if service == "ec2" {
        fill_by_id(format, traces, found);
        return;
    }
    // Only users are told by saying nothing, and only `default` names itself.
    if traces.request.is_empty()
        && !format.contains("UserNameWithPath")
        && format.rfind("${") > format.rfind('/')
    {
        return;
    }
    let mut arns = vec![String::with_capacity(format.len() + 32)];
    let mut before = ""; // literal in front of the placeholder
    let count = pieces(format).count();
    let single = pieces(format)
        .filter(|piece| matches!(piece, Piece::Placeholder(name) if !is_place(name)))
        .count()
        == 1;
    for (index, piece) in pieces(format).enumerate() {
        let values: Vec<&str> = match piece {
            Piece::Literal(text) => {
                before = text;
                for arn in &mut arns {
                    arn.push_str(text);
                }
                continue;
            }
            Piece::Placeholder("Partition") => vec![traces.partition],
            Piece::Placeholder("Region") => vec![traces.region],
            Piece::Placeholder("Account" | "AccountId") => vec![traces.account],
            Piece::Placeholder(name) => {
                let place = Place {
                    placeholder: name,
                    before,
                    service,
                    single,
                    last: index + 1 == count,
                };
                values(place, templates, traces)
            }
        };
        match values.as_slice() {
            [] => return,
            [value] => arns.iter_mut().for_each(|arn| arn.push_str(value)),
            // Which of several names belongs to which of several others is not known.
            _ if arns.len() > 1 => return,
            several => {
                let head = arns.pop().unwrap_or_default();
                arns.extend(several.iter().map(|value| format!("{head}{value}")));
            }
        }
    }
    if single || arns.len() == 1 {
        found.extend(
            arns.into_iter()
                .map(|arn| owned_by_aws(arn, traces))
                .take(RESOURCES),
        );
    }
}

fn has_names(format: &str) -> bool {
    pieces(format).any(|piece| matches!(piece, Piece::Placeholder(name) if !is_place(name)))
}

fn is_place(placeholder: &str) -> bool {
    matches!(placeholder, "Partition" | "Region" | "Account" | "AccountId")
}

/// Documents that AWS provides belong to no account.
fn owned_by_aws(arn: String, traces: &Traces<'_>) -> String {
    if arn.contains(":document/AWS") {
        arn.replacen(&format!(":{}:", traces.account), "::", 1)
    } else {
        arn
    }
}

/// An EC2 id names its type, wherever it stands.
fn fill_by_id(format: &str, traces: &Traces<'_>, found: &mut Vec<String>) {
    let Some((head, name)) = format.rsplit_once("/${") else {
        return;
    };
    let kind = head.rsplit(':').next().unwrap_or_default();
    let of_type = |text: &&Text<'_>| match name {
        "KeyPairName}" => text.name.eq_ignore_ascii_case("keyName"),
        _ => aliases::ec2_type(text.value) == Some(kind),
    };
    let Some(nearest) = traces.request.iter().find(of_type).map(|text| text.depth) else {
        return;
    };
    let head = head
        .replace("${Partition}", traces.partition)
        .replace("${Region}", traces.region)
        .replace("${Account}", traces.account);
    let texts = traces.request.iter().filter(of_type);
    let texts = texts.filter(|text| text.depth == nearest).take(RESOURCES);
    found.extend(texts.map(|text| format!("{head}/{}", text.value)));
}

/// The URL of a queue tells its Region and owner: `https://sqs.eu-west-1.amazonaws.com/111122223333/name`.
fn queue(service: &str, traces: &Traces<'_>) -> Option<String> {
    if service != "sqs" {
        return None;
    }
    let url = parameters::named(traces.request, "queueUrl").next()?;
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    let (account, name) = path.split_once('/')?;
    let mut labels = host.split('.');
    let region = match (labels.next()?, labels.next()?) {
        ("sqs", region) if region.contains('-') => region,
        _ => traces.region,
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && !name.is_empty())
        .then(|| format!("arn:{}:sqs:{region}:{account}:{name}", traces.partition))
}

/// A placeholder and where it stands.
#[derive(Debug, Clone, Copy)]
struct Place<'f> {
    placeholder: &'f str,
    /// The literal in front of it.
    before: &'f str,
    service: &'f str,
    /// The only one of its format, but for partition, Region and account.
    single: bool,
    last: bool,
}

/// Values of a placeholder: names, never ARNs.
fn values<'t>(place: Place<'_>, templates: &[Template<'_>], traces: &'t Traces<'_>) -> Vec<&'t str> {
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

/// A template of an ARN with the members of the request filled in; `None` when one is missing.
fn filled(template: &str, traces: &Traces<'_>) -> Option<String> {
    let mut arn = String::with_capacity(template.len() + 16);
    for piece in pieces(template) {
        arn.push_str(match piece {
            Piece::Literal(text) => text,
            Piece::Placeholder("Partition") => traces.partition,
            Piece::Placeholder("Region") => traces.region,
            Piece::Placeholder("Account") => traces.account,
            Piece::Placeholder("") => return None,
            Piece::Placeholder(path) => {
                let member = path.rsplit('.').next()?.trim_end_matches("[]");
                let mut values = parameters::named(traces.request, member);
                let value = values.next()?;
                if value.starts_with("arn:") && !arn.is_empty() {
                    return None;
                }
                Some(value).filter(|value| !value.contains(['*', '?']))?
            }
        });
    }
    arn.starts_with("arn:").then_some(arn)
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
