//! The actions of a snapshot: those of the catalogue and those that only policies name, in the order of rows.

pub use super::access_level::AccessLevel;
pub(crate) use super::action_runs::ActionRuns;
use super::administrative::is_administrative;
use super::resource_types::{ResourceType, TypePattern, fields};
use foldhash::{HashMap, HashMapExt};
use iam::arn::ArnPattern;
use iam::glob::Containment;
use iam::matching::{ActionPattern, ActionSet};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A type of resources, as a catalogue has it
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceTypeSpec {
    /// The name, for example `bucket`
    pub name: Cow<'static, str>,
    /// ARN with `${…}` for what varies
    pub formats: Vec<Cow<'static, str>>,
}

/// An action, as a catalogue has it
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionSpec {
    /// The name as `service:Name`
    pub name: Cow<'static, str>,
    /// The access level, when it is known
    pub level: Option<AccessLevel>,
    /// Indices into the resource types; none when the action has no resource-level permissions
    pub types: Vec<usize>,
    /// Says whether IAM can report when the action was last accessed
    pub has_last_access: bool,
}

#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) name: Cow<'static, str>,
    lower: Box<str>,
    pub(crate) level: Option<AccessLevel>,
    /// Indices of resource types, in order of their names
    pub(crate) types: Box<[u16]>,
    /// Says whether the action lets a principal give itself more than it has
    pub(crate) administrative: bool,
    /// Says whether the catalogue has the action. The resource types of other actions are not known
    pub(crate) known: bool,
    /// Says whether IAM can report when the action was last accessed. It is true for actions that the catalogue does
    /// not have
    pub(crate) has_last_access: bool,
}

impl Action {
    fn new(name: Cow<'static, str>, level: Option<AccessLevel>, types: Vec<u16>, known: bool) -> Self {
        let lower: Box<str> = name.to_lowercase().into();
        Self {
            name,
            administrative: is_administrative(&lower),
            lower,
            level,
            types: types.into(),
            known,
            has_last_access: true,
        }
    }
}

/// Writes the service prefix in lower case, as in every catalogue.
fn canonical(name: &str) -> String {
    match name.split_once(':') {
        Some((service, action)) => format!("{}:{action}", service.to_lowercase()),
        None => name.to_owned(),
    }
}

/// Returns the bytes in front of the first colon.
fn service(name: &str) -> Option<&[u8]> {
    name.as_bytes().split(|byte| *byte == b':').next()
}

/// Holds the actions that patterns name; each pattern is worked out once
#[derive(Debug, Default)]
pub(crate) struct Expanded(HashMap<ActionPattern, ActionRuns>);

/// Actions and resource types of a snapshot
///
/// The number of an action is its rank by name in byte order, the order of rows.
#[derive(Debug)]
pub(crate) struct Actions {
    by_name: Vec<Action>,
    by_lower: HashMap<Box<str>, u32>,
    types: Vec<ResourceType>,
    by_service: HashMap<Box<str>, Vec<u16>>,
    /// The actions that work on each resource type, ascending
    by_type: Vec<Vec<u32>>,
    /// The actions that the catalogue does not have, ascending
    unknown: Vec<u32>,
    /// First action of each service, ascending; names of one service stand together
    services: Vec<u32>,
}

impl Actions {
    /// Takes the actions of a catalogue, and the literals of policies that the catalogue does not know.
    pub(crate) fn new<'l>(
        types: &[ResourceTypeSpec],
        specs: &[ActionSpec],
        literals: impl IntoIterator<Item = &'l str>,
        partition: &str,
    ) -> Self {
        let (sorted, number_of) = numbered(types, partition);
        let mut actions: Vec<Action> = Vec::with_capacity(specs.len());
        let mut by_lower: HashMap<Box<str>, u32> = HashMap::with_capacity(specs.len());
        for spec in specs {
            let mut own: Vec<u16> = spec
                .types
                .iter()
                .filter_map(|&index| number_of.get(index).copied())
                .collect();
            own.sort_unstable();
            own.dedup();
            let action = Action {
                has_last_access: spec.has_last_access,
                ..Action::new(spec.name.clone(), spec.level, own, true)
            };
            if by_lower.insert(action.lower.clone(), 0).is_none() {
                actions.push(action);
            }
        }
        // Several spellings are one action: that of the first in byte order.
        let mut unknown: BTreeMap<String, String> = BTreeMap::new();
        // Nearly all of tens of thousands of names are known, and need no text of their own to be looked up.
        let mut lower = String::new();
        for literal in literals {
            if literal.is_ascii() {
                lower.clear();
                lower.push_str(literal);
                lower.make_ascii_lowercase();
            } else {
                lower = literal.to_lowercase();
            }
            if !by_lower.contains_key(&*lower) {
                let spelled = canonical(literal);
                let first = unknown.entry(lower.clone()).or_insert_with(|| spelled.clone());
                if spelled < *first {
                    *first = spelled;
                }
            }
        }
        actions.extend(
            unknown
                .into_values()
                .map(|name| Action::new(name.into(), None, Vec::new(), false)),
        );
        // Both halves are nearly sorted, which a stable sort makes use of.
        actions.sort_by(|one, other| one.name.cmp(&other.name));
        for (action, number) in actions.iter().zip(0..) {
            match by_lower.get_mut(&action.lower) {
                Some(slot) => *slot = number,
                None => {
                    by_lower.insert(action.lower.clone(), number);
                }
            }
        }
        let mut first = 0;
        let services = actions
            .chunk_by(|one, other| service(&one.name) == service(&other.name))
            .map(|run| {
                let start = first;
                first += u32::try_from(run.len()).unwrap_or(0);
                start
            })
            .collect();
        let mut by_service: HashMap<Box<str>, Vec<u16>> = HashMap::default();
        for (rank, one) in sorted.iter().enumerate() {
            for pattern in &one.patterns {
                let of_service = by_service.entry(pattern.service.clone()).or_default();
                if let Ok(rank) = u16::try_from(rank)
                    && of_service.last() != Some(&rank)
                {
                    of_service.push(rank);
                }
            }
        }
        let mut by_type = vec![Vec::new(); sorted.len()];
        let mut unknown = Vec::new();
        for (action, number) in actions.iter().zip(0..) {
            for &own in &action.types {
                if let Some(list) = by_type.get_mut(usize::from(own)) {
                    list.push(number);
                }
            }
            if !action.known {
                unknown.push(number);
            }
        }
        Self {
            by_lower,
            by_name: actions,
            types: sorted,
            by_service,
            by_type,
            unknown,
            services,
        }
    }

    /// Returns the actions that may be done on resources of some types, ascending: those that work on one of the types,
    /// and those for which the catalogue does not name types.
    pub(crate) fn on_types(&self, types: &[u16]) -> Vec<u32> {
        let on_types = types
            .iter()
            .filter_map(|&number| self.by_type.get(usize::from(number)));
        let mut all: Vec<u32> = on_types.chain([&self.unknown]).flatten().copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Returns the service of an action, by number.
    pub(crate) fn service_of(&self, action: u32) -> u32 {
        let after = self.services.partition_point(|&first| first <= action);
        u32::try_from(after.saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Returns whether all resources of a type are of one service, whatever the action.
    pub(crate) fn tells_service(&self, resource_type: u16) -> bool {
        let format = self
            .resource_type(resource_type)
            .and_then(|one| one.patterns.first());
        format.is_some_and(|format| !format.service.is_empty() && !format.service.contains('*'))
    }

    /// Returns whether the catalogue has an action.
    pub(crate) fn is_known(&self, action: u32) -> bool {
        self.get(action).is_some_and(|action| action.known)
    }

    /// Returns the service with that prefix in lower case, when it has actions.
    pub(crate) fn service_named(&self, prefix: &str) -> Option<u32> {
        let start = format!("{prefix}:");
        let first = self.by_name.partition_point(|action| *action.name < *start);
        let named = self.by_name.get(first)?.name.starts_with(&start);
        named.then(|| self.service_of(u32::try_from(first).unwrap_or(u32::MAX)))
    }

    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.by_name.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn get(&self, action: u32) -> Option<&Action> {
        self.by_name.get(usize::try_from(action).ok()?)
    }

    /// Returns the action of that name, given in lower case.
    pub(crate) fn find(&self, lower: &str) -> Option<u32> {
        self.by_lower.get(lower).copied()
    }

    /// Returns the actions of a service, by its prefix.
    pub(crate) fn of_service(&self, prefix: &str) -> std::ops::Range<u32> {
        let prefix = format!("{prefix}:");
        let start = self.by_name.partition_point(|action| *action.name < *prefix);
        let rest = self.by_name.iter().skip(start);
        let count = rest.take_while(|action| action.name.starts_with(&prefix)).count();
        let number = |index| u32::try_from(index).unwrap_or(u32::MAX);
        number(start)..number(start.saturating_add(count))
    }

    /// Returns all resource types of the catalogue.
    pub(crate) fn resource_types(&self) -> impl Iterator<Item = &ResourceType> {
        self.types.iter()
    }

    pub(crate) fn resource_type(&self, number: u16) -> Option<&ResourceType> {
        self.types.get(usize::from(number))
    }

    /// Returns the actions that Action or `NotAction` names.
    pub(crate) fn runs(&self, set: &ActionSet, expanded: &mut Expanded) -> ActionRuns {
        let mut parts = Vec::with_capacity(set.patterns().entries().len());
        for pattern in set.patterns().entries() {
            if let Some(name) = pattern.literal() {
                parts.extend(self.find(name).map(|number| (number, number)));
            } else if let Some(known) = expanded.0.get(pattern) {
                parts.extend_from_slice(known.runs());
            } else {
                let named = self.expand(pattern);
                parts.extend_from_slice(named.runs());
                expanded.0.insert(pattern.clone(), named);
            }
        }
        let runs = ActionRuns::joined(parts);
        if set.patterns().is_negated() {
            runs.complement(self.count())
        } else {
            runs
        }
    }

    fn expand(&self, pattern: &ActionPattern) -> ActionRuns {
        if pattern.is_universal() {
            return ActionRuns::default().complement(self.count());
        }
        // Service prefixes are in lower case in every name, so that the names of one service stand together.
        let service = match pattern.literal_prefix().split_once(':') {
            Some((service, _)) => format!("{service}:"),
            None => String::new(),
        };
        let start = self.by_name.partition_point(|action| *action.name < *service);
        let of_service = self.by_name.iter().enumerate().skip(start);
        let named = of_service
            .take_while(|(_, action)| action.lower.starts_with(&service))
            .filter(|(_, action)| pattern.matches_lower(&action.lower))
            .filter_map(|(index, _)| u32::try_from(index).ok());
        ActionRuns::joined(named.map(|number| (number, number)).collect())
    }

    /// Returns those of the types that the pattern names by a version or an alias, each with the type of the version or
    /// alias.
    ///
    /// `function:f:live` is the function for actions that know functions only, and the alias for those that know both.
    pub(crate) fn qualified(&self, types: &[u16], pattern: &ArnPattern) -> Vec<(u16, u16)> {
        let known = |number: u16| Some((number, self.resource_type(number)?));
        let mut pairs = Vec::new();
        for (narrow, of_narrow) in types.iter().filter_map(|&number| known(number)) {
            let mut formats = of_narrow.patterns.iter();
            let holding = formats.find(|one| one.pattern.contains(pattern) == Containment::Contained);
            let Some(holding) = holding else { continue };
            let others = types.iter().filter_map(|&number| known(number));
            let wide = others.filter(|(number, wide)| *number != narrow && holding.qualifies(wide));
            pairs.extend(wide.map(|(wide, _)| (wide, narrow)));
        }
        pairs
    }

    /// Returns the types of resources that a pattern can name.
    ///
    /// Where one type's ARNs are among another's (an object's are among those of buckets, as the formats have it), a
    /// pattern within the narrower type does not name the wider one.
    pub(crate) fn types_named(&self, pattern: &ArnPattern) -> Vec<u16> {
        let fields = fields(pattern.as_str());
        let service = pattern.service();
        let candidates: Vec<u16> = match service {
            Some(service) => self.by_service.get(service).cloned().unwrap_or_default(),
            None => (0..u16::try_from(self.types.len()).unwrap_or(u16::MAX)).collect(),
        };
        let named = |strict: bool| -> Vec<u16> {
            candidates
                .iter()
                .copied()
                .filter(|&number| {
                    self.resource_type(number).is_some_and(|one| {
                        one.patterns
                            .iter()
                            .any(|format| format.meets(pattern, fields.as_ref(), strict))
                    })
                })
                .collect()
        };
        let mut types = named(true);
        if types.is_empty() {
            types = named(false);
        }
        // Few types contain a whole pattern, and only these types can be the narrower ones.
        let formats = types.iter().filter_map(|&number| self.resource_type(number));
        let holding: Vec<&TypePattern> = formats
            .flat_map(|one| &one.patterns)
            .filter(|format| format.pattern.contains(pattern) == Containment::Contained)
            .collect();
        let is_wider = |wide: &ResourceType| {
            let mut narrower = holding.iter().filter(|narrow| !narrow.qualifies(wide));
            narrower.any(|narrow| wide.patterns.iter().all(|wide| narrow.is_among(wide)))
        };
        let named = types.iter().copied();
        named
            .filter(|&number| !self.resource_type(number).is_some_and(&is_wider))
            .collect()
    }
}

/// Returns the resource types by number, and the number of each given one.
fn numbered(types: &[ResourceTypeSpec], partition: &str) -> (Vec<ResourceType>, Vec<u16>) {
    // Names of types decide the order of rows, so they are numbered by name.
    let mut order: Vec<usize> = (0..types.len()).collect();
    order.sort_by_key(|&index| types.get(index).map(|one| (&one.name, &one.formats)));
    let mut number_of = vec![0_u16; types.len()];
    let mut sorted = Vec::with_capacity(types.len());
    for (rank, &index) in order.iter().enumerate() {
        if let (Some(slot), Ok(rank), Some(spec)) =
            (number_of.get_mut(index), u16::try_from(rank), types.get(index))
        {
            *slot = rank;
            sorted.push(ResourceType {
                name: (*spec.name).into(),
                patterns: spec
                    .formats
                    .iter()
                    .map(|text| TypePattern::new(text, partition))
                    .collect(),
            });
        }
    }
    (sorted, number_of)
}
