//! Finds the resources that a call was about, as far as its record shows.
//!
//! For each type of resources that the action is authorised on, the first of these sources that has any is used:
//! 1. `resources` of the record, and the resource that a refusal names;
//! 2. the type's ARN format, filled with the parameters of the request;
//! 3. ARNs among the parameters of the request;
//! 4. ARNs in the response, except of resources that the call created under a generated id: such a call was
//!    authorised before there was an id, so that the ARN in a policy would allow nothing;
//! 5. beginnings of ARNs that the record names (`ARNPrefix`), with `*` for the rest;
//! 6. for types that every call needs, the ARN format with the parameters of the request, and `*` for the parts that
//!    AWS generates or that the request does not name.
//!
//! An ARN counts only when it is of one of the action's own formats, and of no other type of the service that spells
//! it better: the ARN of an object is not that of a bucket.

mod account;
mod bedrock;
mod construction;
mod ec2;
mod ids;
mod narrowing;
mod organizations;
mod placeholder;
mod rds;
mod secrets;
mod split;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::rc::Rc;

use iam::catalogue::{Action, ActionResource};
use serde_json::Value;

use super::parameters::{self, Text};
use crate::catalogue::first_format;
use crate::operations::{Operation, Template};
use crate::service_formats::{self, ServiceFormats};
use crate::usage::Resource;
use construction::{
    access_point_object, fill, filled, foundation_model, function, is_of_call, queue, task_definition,
    through_access_point,
};

pub(super) use narrowing::{Needed, narrowed};

/// Most resources of one type that one call is given.
const RESOURCES: usize = 100;

/// Holds what a record says about resources.
#[derive(Debug, Clone)]
pub(super) struct Named<'c> {
    /// The name of the event, `GetObject`.
    pub(super) event_name: &'c str,
    pub(super) partition: &'c str,
    pub(super) region: &'c str,
    /// Account that owns what is named without an ARN: that of the caller, where the request names no other.
    pub(super) account: &'c str,
    /// ARN of the caller, when it is a user.
    pub(super) user: Option<&'c str>,
    /// False when the call failed: its record may lack parameters.
    pub(super) has_succeeded: bool,
    /// ARNs that the record names outright.
    pub(super) arns: Vec<Cow<'c, str>>,
    /// Patterns of ARNs that the record names the beginning of.
    pub(super) patterns: Vec<Cow<'c, str>>,
    /// Texts of the request.
    pub(super) request: Rc<[Text<'c>]>,
    /// Name of the placement group of EC2 that the request names. Security groups have a member of the same name.
    pub(super) placement_group: Option<&'c str>,
    pub(super) response: &'c Value,
}

/// Holds what an action was needed on.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Each once, in the order of their ARNs.
    pub(super) resources: Vec<Resource>,
    /// Types of which the call needs a resource and the record names none: their first formats.
    pub(super) unnamed_types: Vec<String>,
}

/// Returns what `action` was needed on.
pub(super) fn of(action: &Action, operation: Option<Operation<'_>>, named: &Named<'_>) -> Touched {
    let types: Vec<ActionResource> = action.resource_types().collect();
    if types.is_empty() {
        return Touched::default();
    }
    let service = action.name().split(':').next().unwrap_or_default();
    let mut finder = Finder {
        action_name: action.name(),
        service,
        operation,
        formats: service_formats::of(service),
        found: vec![Vec::new(); types.len()],
        types,
    };

    // The version or alias in the request decides, and `resources` does not hold it.
    let qualified = function(service, named).filter(|function| function.is_qualified);
    finder.take(qualified.iter().map(|function| function.arn.as_str()), |_| true);
    finder.take(named.arns.iter().map(AsRef::as_ref), |_| true);
    finder.construct(named);
    // Wildcards are patterns that somebody wrote, not names of resources.
    let arns = |text: &Text<'_>| text.value.starts_with("arn:") && !text.value.contains('*');
    // Some secrets of a list may be named without the end of their ARN. Then all secrets of the list are patterns.
    if !secrets::has_patterns(service, named) {
        let request = named.request.iter().filter(|text| arns(text));
        finder.take(request.map(|text| text.value), |_| true);
    }
    if finder.has_open() && !named.response.is_null() {
        let response = parameters::texts(named.response);
        let creates = creates(named.event_name);
        let is_chosen = |arn: &str| {
            !creates || {
                let name = arn.rsplit(['/', ':']).next().unwrap_or(arn);
                let mut texts = named.request.iter();
                texts.any(|text| text.value.eq_ignore_ascii_case(name))
            }
        };
        let arns = response.iter().filter(|text| arns(text));
        finder.take(arns.map(|text| text.value), is_chosen);
    }
    let are_exact: Vec<bool> = finder.found.iter().map(|found| !found.is_empty()).collect();
    finder.take(named.patterns.iter().map(AsRef::as_ref), |_| true);
    finder.construct_patterns(named);
    finder.touched(&are_exact, named)
}

fn creates(event_name: &str) -> bool {
    const VERBS: [&str; 12] = [
        "Create", "Run", "Allocate", "Copy", "Import", "Register", "Request", "Launch", "Restore", "Start",
        "Publish", "Issue",
    ];
    VERBS.iter().any(|verb| event_name.starts_with(verb))
}

struct Finder<'a> {
    action_name: &'a str,
    types: Vec<ActionResource>,
    service: &'a str,
    operation: Option<Operation<'a>>,
    /// Those of the service of the action.
    formats: Option<&'static ServiceFormats>,
    /// ARNs per type of the action, or patterns.
    found: Vec<Vec<String>>,
}

impl<'a> Finder<'a> {
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

    /// Returns the type of the action to which the ARN belongs, by its number.
    fn type_of(&self, arn: &str) -> Option<usize> {
        let mut best = None;
        let mut most_of_service = None;
        for (number, spelled) in self.formats?.types_of(arn) {
            most_of_service = most_of_service.max(Some(spelled));
            let of_action = self.types.iter().position(|kind| kind.number == number);
            best = best.max(of_action.map(|index| (spelled, Reverse(index))));
        }
        let (spelled, Reverse(index)) = best?;
        // A call by version or alias is authorised on the ARN with the qualifier, which has another type's format.
        let is_qualified = self.service == "lambda" && arn.contains(":function:");
        (is_qualified || most_of_service <= Some(spelled)).then_some(index)
    }

    fn templates(&self) -> Vec<Template<'a>> {
        match self.operation {
            Some(operation) => operation.templates(self.action_name).collect(),
            None => Vec::new(),
        }
    }

    fn construct(&mut self, named: &Named<'_>) {
        if !self.has_open() {
            return;
        }
        let templates = self.templates();
        let arns: Vec<String> = templates
            .iter()
            .filter_map(|template| match template {
                // The ARN of a secret ends in six characters that the name of the secret does not have.
                Template::Arn(text) if self.service != "secretsmanager" => filled(text, named),
                Template::Arn(_) | Template::Placeholder(..) | Template::Type(..) => None,
            })
            .chain(account::own(self.service, named))
            .chain(queue(self.service, named))
            .chain(access_point_object(self.service, named))
            .chain(foundation_model(self.service, named))
            .chain(function(self.service, named).map(|function| function.arn))
            .collect();
        self.take(arns.iter().map(String::as_str), |_| true);
        self.fill(named, &templates, false);
    }

    /// Makes patterns of the types that the call needs and that have no resource yet.
    fn construct_patterns(&mut self, named: &Named<'_>) {
        if !self.has_open() {
            return;
        }
        let mut patterns = secrets::patterns(self.service, named);
        patterns.extend(account::of_organization(self.service, named));
        patterns.extend(task_definition(self.service, named));
        self.take(patterns.iter().map(String::as_str), |_| true);
        for (kind, found) in self.types.iter().zip(&mut self.found) {
            if found.is_empty() {
                found.extend(rds::groups(self.action_name, first_format(kind), named));
            }
        }
        for pattern in organizations::patterns(self.service, named) {
            let of_type = |kind: &ActionResource| first_format(kind).contains(pattern.kind);
            let kind = self.types.iter().position(of_type);
            if let Some(found) = kind.and_then(|kind| self.found.get_mut(kind)) {
                found.push(pattern.text);
            }
        }
        let templates = self.templates();
        self.fill(named, &templates, true);
    }

    /// Fills the formats of the types that have no resource yet.
    fn fill(&mut self, named: &Named<'_>, templates: &[Template<'_>], is_pattern: bool) {
        // The formats of API Gateway are paths, and many calls have parameters that would fit several of them. The ids of
        // AWS Organizations show their types.
        if matches!(self.service, "apigateway" | "organizations") {
            return;
        }
        if is_pattern && through_access_point(self.service, named) {
            return;
        }
        let Some(of_service) = self.formats else { return };
        let several = self.types.len() > 1;
        for (kind, found) in self.types.iter().zip(&mut self.found) {
            if !found.is_empty() || is_pattern && !kind.required {
                continue;
            }
            let formats = of_service.of_type(kind.number);
            for format in formats.filter(|format| is_of_call(format.text(), self.service, named)) {
                // Every call would name constants such as `hub/default`.
                if !kind.required && several && format.names() == 0 {
                    continue;
                }
                if is_pattern {
                    found.extend(construction::pattern(format, self.service, templates, named));
                } else {
                    fill(format, self.service, templates, named, found);
                }
            }
        }
    }

    fn touched(self, are_exact: &[bool], named: &Named<'_>) -> Touched {
        let mut touched = Touched::default();
        let has_alternative = through_access_point(self.service, named);
        let with_found = self.types.iter().zip(&self.found);
        let named_types: Vec<&str> = with_found
            .filter(|(_, found)| self.service == "bedrock" && !found.is_empty())
            .map(|(kind, _)| first_format(kind))
            .collect();
        let types = self.types.iter().zip(self.found).zip(are_exact);
        for ((kind, found), is_exact) in types {
            // A list that is longer than the limit counts as not named.
            let is_named = !found.is_empty() && found.len() < RESOURCES;
            let is_needed = kind.required
                && !has_alternative
                && !bedrock::has_model(self.action_name, &named_types, first_format(kind));
            if !is_named && (is_needed || ec2::needs(self.action_name, kind, named)) {
                touched.unnamed_types.push(first_format(kind).to_owned());
            }
            touched.resources.extend(found.into_iter().map(|text| Resource {
                kind: first_format(kind).to_owned(),
                text,
                is_pattern: !is_exact,
            }));
        }
        touched
            .resources
            .sort_unstable_by(|one, two| one.text.cmp(&two.text));
        touched.resources.dedup_by(|one, two| one.text == two.text);
        touched
    }
}
