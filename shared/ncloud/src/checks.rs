//! Checks the body in one pass, which finds every ERROR and makes the outline for the later passes.

use std::collections::HashMap;

use json::{Object, Value};

use crate::action;
use crate::body::Body;
use crate::findings::Findings;
use crate::kind::{FindingKind, JsonType};
use crate::location::{self, DESCRIPTION, Location, NAME, PERMISSIONS, ROOT};
use crate::name;
use crate::nrn::Nrn;
use crate::outline::{Outline, PermissionOutline, TargetOutline};
use crate::product::{Catalogue, Product};
use crate::size::{MAX_STORED, StoredSize};

/// Says what an absent description is, and null with it.
///
/// Source: the first published shape of Update Policy requires one; the page "Create policy" of today's API reference
/// says that it is optional.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AbsentDescription {
    /// An absent description is a fault.
    #[default]
    IsMissing,
    /// An absent description is the same as an empty text.
    IsEmpty,
}

/// Reads the whole body and reports every fault of it.
pub(crate) fn read<'a>(
    body: &'a Body<'a>,
    catalogue: &'a Catalogue,
    absent: AbsentDescription,
    findings: &mut Findings<'a>,
) -> Outline<'a> {
    let mut pass = Pass {
        catalogue,
        findings,
        size: StoredSize::default(),
    };
    let [name, description, permissions] =
        pass.members(&body.members, ROOT, &location::BODY, Conditions::AreUnknown);
    let name = pass.string(name, NAME);
    if let Some(name) = name {
        pass.name(name);
    }
    let description = match (description, absent) {
        (None | Some(Value::Null), AbsentDescription::IsEmpty) => None,
        (description, _) => pass.string(description, DESCRIPTION),
    };
    if description.is_some_and(|text| text.len() > name::MAX_DESCRIPTION) {
        pass.findings.push(DESCRIPTION, FindingKind::DescriptionTooLong);
    }
    let permissions = pass.array(permissions, PERMISSIONS);
    let permissions = permissions
        .iter()
        .enumerate()
        .filter_map(|(i, value)| pass.permission(value, Location::permission(i)))
        .collect();
    let fits = pass.size.bytes() <= MAX_STORED;
    if !fits {
        pass.findings.push(PERMISSIONS, FindingKind::TooLarge);
    }
    Outline {
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        permissions,
        fits,
    }
}

/// Says what a member called like a condition is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conditions {
    /// Unknown members are refused: if one were ignored, the policy would grant more than was asked.
    AreRefused,
    AreUnknown,
}

struct Pass<'a, 'p> {
    catalogue: &'a Catalogue,
    findings: &'p mut Findings<'a>,
    size: StoredSize,
}

impl<'a> Pass<'a, '_> {
    /// Finds the known members of an object, the first of each, and reports the others.
    fn members<const N: usize>(
        &mut self,
        members: &'a Object<'a>,
        location: Location<'a>,
        known: &'static [&'static str; N],
        conditions: Conditions,
    ) -> [Option<&'a Value<'a>>; N] {
        let mut values = [None; N];
        // Only bodies with members that do not belong there fill this list, so that it is usually never allocated.
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut ordinal = 0;
        for (name, value) in members {
            let name: &'a str = name;
            let slot = known
                .iter()
                .position(|known| *known == name)
                .and_then(|i| values.get_mut(i));
            let first = match slot {
                Some(slot) if slot.is_none() => {
                    *slot = Some(value);
                    continue;
                }
                // The first value is kept elsewhere, so that the second value is the first one that is counted here.
                Some(_) => false,
                None => !seen.contains_key(name),
            };
            let times = seen.entry(name).or_default();
            *times += 1;
            let is_condition = ["condition", "conditions"]
                .iter()
                .any(|condition| name.eq_ignore_ascii_case(condition));
            let is_known = known.contains(&name);
            let kind = if first && is_condition && conditions == Conditions::AreRefused {
                FindingKind::Condition
            } else if first {
                FindingKind::UnknownField { name, known }
            } else if *times == if is_known { 1 } else { 2 } {
                FindingKind::DuplicateKey { name }
            } else {
                continue; // given more than twice: reported once
            };
            self.findings.push(location.extra(ordinal, name), kind);
            ordinal += 1;
        }
        values
    }

    fn string(&mut self, value: Option<&'a Value<'a>>, location: Location<'a>) -> Option<&'a str> {
        match value {
            Some(Value::String(text)) => Some(text),
            None | Some(Value::Null) => {
                self.findings.push(location, FindingKind::Missing);
                None
            }
            Some(value) => self.wrong_type(location, JsonType::String, value),
        }
    }

    fn element(&mut self, value: &'a Value<'a>, location: Location<'a>) -> Option<&'a str> {
        match value {
            Value::String(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                self.wrong_type(location, JsonType::String, value)
            }
        }
    }

    /// Returns an empty array counts as a missing value: the service asks for `*` when nothing is named.
    fn array(&mut self, value: Option<&'a Value<'a>>, location: Location<'a>) -> &'a [Value<'a>] {
        self.size.array();
        match value {
            Some(Value::Array(elements)) if !elements.is_empty() => elements,
            None | Some(Value::Null | Value::Array(_)) => {
                self.findings.push(location, FindingKind::Missing);
                &[]
            }
            Some(value) => self
                .wrong_type(location, JsonType::Array, value)
                .unwrap_or_default(),
        }
    }

    fn object(&mut self, value: &'a Value<'a>, location: Location<'a>) -> Option<&'a Object<'a>> {
        match value {
            Value::Object(members) => Some(members),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                self.wrong_type(location, JsonType::Object, value)
            }
        }
    }

    fn wrong_type<T>(&mut self, location: Location<'a>, expected: JsonType, value: &Value<'_>) -> Option<T> {
        self.findings.push(
            location,
            FindingKind::WrongType {
                expected,
                found: JsonType::of(value),
            },
        );
        None
    }

    fn name(&mut self, text: &'a str) {
        let length = text.chars().count();
        if length < name::MIN_NAME {
            self.findings.push(NAME, FindingKind::NameTooShort);
        }
        if length > name::MAX_NAME {
            self.findings.push(NAME, FindingKind::NameTooLong);
        }
        if !name::matches_pattern(text) {
            self.findings.push(NAME, FindingKind::NamePattern);
        }
    }

    fn permission(&mut self, value: &'a Value<'a>, location: Location<'a>) -> Option<PermissionOutline<'a>> {
        let errors = self.findings.errors();
        let members = self.object(value, location)?;
        self.size.permission();
        let [effect, targets] =
            self.members(members, location, &location::PERMISSION, Conditions::AreRefused);
        if let Some(found) = self.string(effect, location.effect())
            && found != "Allow"
        {
            self.findings
                .push(location.effect(), FindingKind::Effect { found });
        }
        let targets = self.array(targets, location.targets());
        let targets = targets
            .iter()
            .enumerate()
            .filter_map(|(j, value)| self.target(value, location.target(j)))
            .collect();
        Some(PermissionOutline {
            targets,
            clean: self.findings.errors() == errors,
        })
    }

    fn target(&mut self, value: &'a Value<'a>, location: Location<'a>) -> Option<TargetOutline<'a>> {
        let errors = self.findings.errors();
        let members = self.object(value, location)?;
        self.size.target();
        let [code, actions, resources] =
            self.members(members, location, &location::TARGET, Conditions::AreRefused);
        let code = self.string(code, location.product());
        let (resources, nrns) = self.resources(resources, code.unwrap_or_default(), location);
        let is_contradicted = || code.is_some_and(|code| nrns.iter().any(|(_, nrn)| nrn.product() != code));
        let standing = code.map(|code| self.standing(code, is_contradicted, location));
        let code = code.unwrap_or_default();
        self.size.string(code);
        let product = standing.and_then(Standing::product);
        // Nobody can say what a product allows that does not exist.
        let is_possible = standing.is_some_and(|standing| !matches!(standing, Standing::Refused));

        let values = self.array(actions, location.actions());
        let mut actions = Vec::with_capacity(values.len());
        for (k, value) in values.iter().enumerate() {
            let Some(action) = self.element(value, location.action(k)) else {
                continue;
            };
            self.size.element(action);
            if is_possible {
                self.action(action, code, product, location.action(k));
            }
            actions.push(action);
        }
        if is_possible {
            for (k, nrn) in nrns.iter().filter(|(_, nrn)| nrn.product() != code) {
                let found = nrn.product();
                let product = code;
                self.findings.push(
                    location.resource(*k),
                    FindingKind::ProductMismatch { found, product },
                );
            }
        }
        let nrns = nrns.into_iter().map(|(_, nrn)| nrn).collect();
        let clean = self.findings.errors() == errors;
        Some(TargetOutline {
            location,
            code,
            product,
            actions,
            resources,
            nrns,
            clean,
        })
    }

    /// Returns the texts and the names of the resources: the names with their positions, without those that cannot be
    /// read.
    fn resources(
        &mut self,
        value: Option<&'a Value<'a>>,
        code: &'a str,
        location: Location<'a>,
    ) -> (Vec<&'a str>, Vec<(usize, Nrn<'a>)>) {
        let values = self.array(value, location.resources());
        let mut resources = Vec::with_capacity(values.len());
        let mut nrns = Vec::with_capacity(values.len());
        for (k, value) in values.iter().enumerate() {
            let Some(resource) = self.element(value, location.resource(k)) else {
                continue;
            };
            match Nrn::parse(resource, code) {
                Err(fault) => {
                    self.size.element(resource);
                    self.findings.push(location.resource(k), FindingKind::Nrn(fault));
                }
                Ok(nrn) => {
                    self.size.resource(resource, code);
                    nrns.push((k, nrn));
                }
            }
            resources.push(resource);
        }
        (resources, nrns)
    }

    /// Returns what is known of the product with that code, and a finding when that is not enough.
    ///
    /// A code that the catalogue lacks is most likely new. It is refused when it cannot be one, or when the resource
    /// names of its target belong to another product: then one fault explains both.
    fn standing(
        &mut self,
        found: &'a str,
        is_contradicted: impl FnOnce() -> bool,
        location: Location<'a>,
    ) -> Standing<'a> {
        if let Some(product) = self.catalogue.product(found) {
            return Standing::Known(product);
        }
        let is_code = (1..=MAX_PRODUCT).contains(&found.len())
            && found.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let location = location.product();
        if !is_code || self.catalogue.is_complete() || is_contradicted() {
            self.findings.push(location, FindingKind::Product { found });
            Standing::Refused
        } else {
            self.findings
                .push(location, FindingKind::UnknownProduct { found });
            Standing::Unknown
        }
    }

    fn action(
        &mut self,
        found: &'a str,
        product: &'a str,
        known: Option<&'a Product>,
        location: Location<'a>,
    ) {
        if action::is_wildcard(found) {
            return;
        }
        let is_missing = |known: &Product| known.is_complete() && !known.knows(found);
        if found.contains('*') {
            self.findings
                .push(location, FindingKind::ActionWildcard { found, product });
        } else if !action::is_exact(found) || known.is_some_and(is_missing) {
            self.findings
                .push(location, FindingKind::Action { found, product });
        }
    }
}

/// Most characters of a product code that may exist: a resource name of 128 characters has to hold it.
const MAX_PRODUCT: usize = 64;

/// Says what is known of a product code.
#[derive(Debug, Clone, Copy)]
enum Standing<'a> {
    Known(&'a Product),
    /// The product may exist.
    Unknown,
    /// The product cannot exist, and this was reported.
    Refused,
}

impl<'a> Standing<'a> {
    fn product(self) -> Option<&'a Product> {
        match self {
            Self::Known(product) => Some(product),
            Self::Unknown | Self::Refused => None,
        }
    }
}
