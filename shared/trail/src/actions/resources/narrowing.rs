//! Narrows what a record names to what it names for one of its actions.
//!
//! A call that needs several actions names resources of all of them. The steps below are applied to each action in the
//! order of [`STEPS`]: a later step sees what an earlier one has left.

use std::borrow::Cow;
use std::rc::Rc;

use iam::catalogue::{AccessLevel, Action};
use serde_json::Value;

use super::{Named, ec2, rds, split};
use crate::actions::parameters::{self, Text};
use crate::usage::{Resource, escaped};

/// An action and the call that needed it.
#[derive(Debug)]
pub(in crate::actions) struct Needed<'c> {
    pub(in crate::actions) action: &'c Action,
    /// Name of the action that the call is named after.
    pub(in crate::actions) primary: &'c str,
    pub(in crate::actions) service: &'c str,
    /// Resources of that action; none while it is the one in question.
    pub(in crate::actions) primary_resources: &'c [Resource],
    /// The action that a refusal names, and the resource that it names.
    pub(in crate::actions) refused: Option<(&'c str, Option<&'c str>)>,
    /// ARN of the object that the call copies.
    pub(in crate::actions) copied_from: Option<&'c str>,
    pub(in crate::actions) request: &'c Value,
    pub(in crate::actions) texts: &'c [Text<'c>],
}

type Step = for<'c> fn(&mut Named<'c>, &Needed<'c>);

/// Each step replaces or removes what the record names:
/// 1. The tags of what the call creates are set on the resources of the action that creates, or on what the reply names.
/// 2. The resource that a refusal names is added. It comes after step 1, which would remove it.
/// 3. A copy reads its source and writes its target.
/// 4. Of several parts of the request the action's own part is taken.
/// 5. Of several resources that the record names outright the action's own are taken: by the names of step 4.
const STEPS: [Step; 5] = [of_created, of_refusal, of_copy, of_own_part, of_own_resources];

/// Returns what the record names for one action.
pub(in crate::actions) fn narrowed<'c>(named: &Named<'c>, needed: &Needed<'c>) -> Named<'c> {
    let mut named = named.clone();
    for step in STEPS {
        step(&mut named, needed);
    }
    named
}

/// Takes the resources that the call creates. What EC2 creates has no id yet, the other resources of the call are not
/// created, and the tags say which type is.
fn of_created<'c>(named: &mut Named<'c>, needed: &Needed<'c>) {
    if needed.action.name() == needed.primary || !needed.action.access_levels().contains(AccessLevel::Tagging)
    {
        return;
    }
    let created = needed
        .primary_resources
        .iter()
        .filter(|resource| needed.service != "ec2" && !rds::is_group_of_new(needed.primary, &resource.kind));
    let texts = |is_pattern| {
        let of_form = created
            .clone()
            .filter(move |resource| resource.is_pattern == is_pattern);
        of_form
            .map(|resource| Cow::Borrowed(resource.text.as_str()))
            .collect()
    };
    named.arns = texts(false);
    named.patterns = texts(true);
    if needed.service == "ec2" {
        named.patterns = ec2::created(needed.request, named).map(Cow::Owned).collect();
    } else if named.arns.is_empty() && named.patterns.is_empty() {
        named.patterns = created_by_reply(named);
    }
    named.request = Rc::default();
}

/// Returns what the reply names, with `*` for the last part of the ARN: an id that did not exist when the call was
/// authorised.
fn created_by_reply<'c>(named: &Named<'c>) -> Vec<Cow<'c, str>> {
    let texts = parameters::texts(named.response);
    let arns = texts.iter().filter(|text| text.value.starts_with("arn:"));
    let patterns = arns.filter_map(|text| {
        let end = text.value.rfind(['/', ':'])? + 1;
        Some(Cow::Owned(escaped(text.value.get(..end)?) + "*"))
    });
    patterns.collect()
}

fn of_refusal<'c>(named: &mut Named<'c>, needed: &Needed<'c>) {
    if let Some((action, Some(resource))) = needed.refused
        && action == needed.action.name()
    {
        named.arns.push(Cow::Borrowed(resource));
    }
}

/// Reads go to the source of the copy, writes to its target.
fn of_copy<'c>(named: &mut Named<'c>, needed: &Needed<'c>) {
    let Some(source) = needed.copied_from else { return };
    if needed.action.name().starts_with("s3:GetObject") {
        let is_object = source.contains('/');
        named.arns = is_object.then_some(Cow::Borrowed(source)).into_iter().collect();
        named.patterns.clear();
        named.request = Rc::default();
    } else {
        named.arns.retain(|arn| arn != source);
    }
}

fn of_own_part<'c>(named: &mut Named<'c>, needed: &Needed<'c>) {
    if let Some(own) = split::texts(needed.action.name(), named.event_name, needed.request) {
        named.request = own.into();
    }
}

fn of_own_resources<'c>(named: &mut Named<'c>, needed: &Needed<'c>) {
    split::keep_own(named, needed.action.name(), needed.texts);
}
