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

mod construction;
mod placeholder;

use serde_json::Value;

use super::parameters::{self, Text};
use crate::arn_format::spelled_characters;
use crate::operations::{Operation, Template};
use crate::reference::{Action, Reference};
use construction::{access_point_object, fill, filled, foundation_model, has_names, is_of_call, queue};

/// Most resources that one call is given.
const RESOURCES: usize = 100;

/// What a record tells of resources.
#[derive(Debug, Clone)]
pub(super) struct Traces<'c> {
    /// `GetObject`.
    pub(super) event_name: &'c str,
    pub(super) partition: &'c str,
    pub(super) region: &'c str,
    /// Account that owns what is named without an ARN: that of the caller, where the request names no other.
    pub(super) account: &'c str,
    /// ARN of the caller, when it is a user and the call succeeded: records of failed calls may lack parameters.
    pub(super) user: Option<&'c str>,
    /// ARNs that the record names outright.
    pub(super) named: Vec<&'c str>,
    /// Texts of the request.
    pub(super) request: &'c [Text<'c>],
    pub(super) response: &'c Value,
}

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
        // A call by version or alias is authorised on the ARN with the qualifier, which spells another type.
        let is_qualified = self.service == "lambda" && arn.contains(":function:");
        (is_qualified || spelled(formats) <= Some(best)).then_some(index)
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
            .chain(access_point_object(self.service, traces))
            .chain(foundation_model(self.service, traces))
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
                for format in formats.filter(|format| is_of_call(format, self.service, traces)) {
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
