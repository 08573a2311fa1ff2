//! The pass over the body that finds every ERROR, and what it read: an outline for the later passes.

use std::collections::HashMap;

use crate::action;
use crate::body::{Body, Member, Value};
use crate::location::{self, DESCRIPTION, NAME, PERMISSIONS, Place, ROOT};
use crate::name;
use crate::nrn::Nrn;
use crate::policy::{MAX_STORED, StoredSize};
use crate::problem::{Kind, Problem};
use crate::product::{Catalogue, Product};
use crate::report::Problems;

/// What a body says, as far as it could be read. Without ERROR it is all that the body says.
#[derive(Debug)]
pub(crate) struct Outline<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
    pub(crate) permissions: Vec<PermissionOutline<'a>>,
    /// Whether the permissions are small enough to be stored.
    pub(crate) fits: bool,
}

impl<'a> Outline<'a> {
    /// The targets without ERROR in document order, each with the number of its permission among those read.
    pub(crate) fn clean_targets(&self) -> impl Iterator<Item = (usize, &TargetOutline<'a>)> {
        let targets = self.permissions.iter().enumerate();
        targets
            .flat_map(|(i, permission)| permission.targets.iter().map(move |target| (i, target)))
            .filter(|(_, target)| target.clean)
    }
}

#[derive(Debug)]
pub(crate) struct PermissionOutline<'a> {
    pub(crate) targets: Vec<TargetOutline<'a>>,
    /// Whether every target was read without ERROR, and the permission allows something.
    pub(crate) clean: bool,
}

/// A target. The lists hold the strings of the body's arrays; while the target is clean, all of them, so that
/// positions are indexes in the body.
#[derive(Debug)]
pub(crate) struct TargetOutline<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) code: &'a str,
    /// The product of that code, if it exists.
    pub(crate) product: Option<&'a Product>,
    pub(crate) actions: Vec<&'a str>,
    pub(crate) resources: Vec<&'a str>,
    /// The resources, read; only those that could be.
    pub(crate) nrns: Vec<Nrn<'a>>,
    /// Whether nothing in it is an ERROR.
    pub(crate) clean: bool,
}

/// Reads the whole body and reports every fault of it.
pub(crate) fn read<'a>(
    body: &'a Body<'a>,
    catalogue: &'a Catalogue,
    problems: &mut Problems<'a>,
) -> Outline<'a> {
    let mut pass = Pass {
        catalogue,
        problems,
        size: StoredSize::default(),
    };
    let [name, description, permissions] =
        pass.members(&body.members, ROOT, &location::BODY, Conditions::AreUnknown);
    let name = pass.string(name, NAME);
    if let Some(name) = name {
        pass.name(name);
    }
    let description = pass.string(description, DESCRIPTION);
    if description.is_some_and(|text| text.len() > name::MAX_DESCRIPTION) {
        pass.problems.push(DESCRIPTION, Problem::DescriptionTooLong);
    }
    let permissions = pass.array(permissions, PERMISSIONS);
    let permissions = permissions
        .iter()
        .enumerate()
        .filter_map(|(i, value)| pass.permission(value, Place::permission(i)))
        .collect();
    let fits = pass.size.bytes() <= MAX_STORED;
    if !fits {
        pass.problems.push(PERMISSIONS, Problem::TooLarge);
    }
    Outline {
        name: name.unwrap_or_default(),
        description: description.unwrap_or_default(),
        permissions,
        fits,
    }
}

/// What a member called like a condition is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conditions {
    /// Refused: if it were ignored, the policy would grant more than was asked.
    AreRefused,
    AreUnknown,
}

struct Pass<'a, 'p> {
    catalogue: &'a Catalogue,
    problems: &'p mut Problems<'a>,
    size: StoredSize,
}

impl<'a> Pass<'a, '_> {
    /// Finds the known members of an object, the first of each, and reports the others.
    fn members<const N: usize>(
        &mut self,
        members: &'a [Member<'a>],
        place: Place<'a>,
        known: &'static [&'static str; N],
        conditions: Conditions,
    ) -> [Option<&'a Value<'a>>; N] {
        let mut values = [None; N];
        // Only filled by bodies with members that do not belong there, so usually never allocated.
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
                // The first value stands apart, so the second is the first that is counted here.
                Some(_) => false,
                None => !seen.contains_key(name),
            };
            let times = seen.entry(name).or_default();
            *times += 1;
            let is_condition = ["condition", "conditions"]
                .iter()
                .any(|condition| name.eq_ignore_ascii_case(condition));
            let is_known = known.contains(&name);
            let problem = if first && is_condition && conditions == Conditions::AreRefused {
                Problem::Condition
            } else if first {
                Problem::UnknownField { name, known }
            } else if *times == if is_known { 1 } else { 2 } {
                Problem::DuplicateKey { name }
            } else {
                continue; // given more than twice: reported once
            };
            self.problems.push(place.extra(ordinal, name), problem);
            ordinal += 1;
        }
        values
    }

    fn string(&mut self, value: Option<&'a Value<'a>>, place: Place<'a>) -> Option<&'a str> {
        match value {
            Some(Value::String(text)) => Some(text),
            None | Some(Value::Null) => {
                self.problems.push(place, Problem::Missing);
                None
            }
            Some(value) => self.wrong_type(place, Kind::String, value),
        }
    }

    fn element(&mut self, value: &'a Value<'a>, place: Place<'a>) -> Option<&'a str> {
        match value {
            Value::String(text) => Some(text),
            Value::Null | Value::Boolean | Value::Number | Value::Array(_) | Value::Object(_) => {
                self.wrong_type(place, Kind::String, value)
            }
        }
    }

    /// An empty array counts as a missing value: the service asks for `*` when nothing is named.
    fn array(&mut self, value: Option<&'a Value<'a>>, place: Place<'a>) -> &'a [Value<'a>] {
        self.size.array();
        match value {
            Some(Value::Array(elements)) if !elements.is_empty() => elements,
            None | Some(Value::Null | Value::Array(_)) => {
                self.problems.push(place, Problem::Missing);
                &[]
            }
            Some(value) => self.wrong_type(place, Kind::Array, value).unwrap_or_default(),
        }
    }

    fn object(&mut self, value: &'a Value<'a>, place: Place<'a>) -> Option<&'a [Member<'a>]> {
        match value {
            Value::Object(members) => Some(members),
            Value::Null | Value::Boolean | Value::Number | Value::String(_) | Value::Array(_) => {
                self.wrong_type(place, Kind::Object, value)
            }
        }
    }

    fn wrong_type<T>(&mut self, place: Place<'a>, expected: Kind, value: &Value<'_>) -> Option<T> {
        self.problems.push(
            place,
            Problem::WrongType {
                expected,
                found: Kind::of(value),
            },
        );
        None
    }

    fn name(&mut self, text: &'a str) {
        let length = text.chars().count();
        if length < name::MIN_NAME {
            self.problems.push(NAME, Problem::NameTooShort);
        }
        if length > name::MAX_NAME {
            self.problems.push(NAME, Problem::NameTooLong);
        }
        if !name::matches_pattern(text) {
            self.problems.push(NAME, Problem::NamePattern);
        }
    }

    fn permission(&mut self, value: &'a Value<'a>, place: Place<'a>) -> Option<PermissionOutline<'a>> {
        let errors = self.problems.errors();
        let members = self.object(value, place)?;
        self.size.permission();
        let [effect, targets] = self.members(members, place, &location::PERMISSION, Conditions::AreRefused);
        if let Some(found) = self.string(effect, place.effect())
            && found != "Allow"
        {
            self.problems.push(place.effect(), Problem::Effect { found });
        }
        let targets = self.array(targets, place.targets());
        let targets = targets
            .iter()
            .enumerate()
            .filter_map(|(j, value)| self.target(value, place.target(j)))
            .collect();
        Some(PermissionOutline {
            targets,
            clean: self.problems.errors() == errors,
        })
    }

    fn target(&mut self, value: &'a Value<'a>, place: Place<'a>) -> Option<TargetOutline<'a>> {
        let errors = self.problems.errors();
        let members = self.object(value, place)?;
        self.size.target();
        let [code, actions, resources] =
            self.members(members, place, &location::TARGET, Conditions::AreRefused);
        let code = self.string(code, place.product());
        let product = code.and_then(|code| self.product(code, place));
        let code = code.unwrap_or_default();
        self.size.string(code);

        let values = self.array(actions, place.actions());
        let mut actions = Vec::with_capacity(values.len());
        for (k, value) in values.iter().enumerate() {
            let Some(action) = self.element(value, place.action(k)) else {
                continue;
            };
            self.size.element(action);
            // What an unknown product's actions should be nobody can say.
            if let Some(product) = product {
                self.action(action, product, place.action(k));
            }
            actions.push(action);
        }

        let values = self.array(resources, place.resources());
        let mut resources = Vec::with_capacity(values.len());
        let mut nrns = Vec::with_capacity(values.len());
        for (k, value) in values.iter().enumerate() {
            let Some(resource) = self.element(value, place.resource(k)) else {
                continue;
            };
            match Nrn::parse(resource, code) {
                Err(fault) => {
                    self.size.element(resource);
                    self.problems.push(place.resource(k), Problem::Nrn(fault));
                }
                Ok(nrn) => {
                    self.size.resource(resource, code);
                    if let Some(product) = product.filter(|product| product.code() != nrn.product()) {
                        let found = nrn.product();
                        self.problems
                            .push(place.resource(k), Problem::ProductMismatch { found, product });
                    }
                    nrns.push(nrn);
                }
            }
            resources.push(resource);
        }
        let clean = self.problems.errors() == errors;
        Some(TargetOutline {
            place,
            code,
            product,
            actions,
            resources,
            nrns,
            clean,
        })
    }

    fn product(&mut self, code: &'a str, place: Place<'a>) -> Option<&'a Product> {
        let product = self.catalogue.product(code);
        if product.is_none() {
            self.problems
                .push(place.product(), Problem::Product { found: code });
        }
        product
    }

    fn action(&mut self, found: &'a str, product: &'a Product, place: Place<'a>) {
        if action::is_wildcard(found) {
            return;
        }
        if found.contains('*') {
            self.problems
                .push(place, Problem::ActionWildcard { found, product });
        } else if !action::is_exact(found) || (product.is_complete() && product.action(found).is_none()) {
            self.problems.push(place, Problem::Action { found, product });
        }
    }
}
