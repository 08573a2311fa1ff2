//! The resources that a row is about, and how those of other statements relate to them.

use iam::arn::{ArnPattern, Reading, Resource, ShortArn};
use iam::condition::Expression;
use iam::context::{ConditionKeys, Context, Layered, Lookup};
use iam::document::Element;
use iam::glob::Containment;
use iam::matching::{ResourcePattern, ResourceSet};

/// The destination of a row
#[derive(Debug)]
pub(super) struct Region<'t> {
    /// As the row shows it
    pub(super) text: &'t str,
    /// What it names; unused for the pseudo-resource
    pub(super) pattern: &'t ArnPattern,
    /// Formats of the resource type, when the type is known
    pub(super) types: &'t [&'t ArnPattern],
    /// The action works on no resource: only patterns of `*` count
    pub(super) unspecified: bool,
    /// The policy of the resource that it is or lies in, by number
    pub(super) policy: Option<usize>,
}

/// How the resources of a statement relate to those of a row
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Relation {
    /// All of them, when the expression holds
    All(Expression),
    /// Perhaps some of them
    Some,
    /// None
    None,
}

impl Relation {
    /// All of them when the expression holds; none when it does not.
    pub(super) fn all(expression: Expression) -> Self {
        if expression == Expression::False {
            Self::None
        } else {
            Self::All(expression)
        }
    }
}

/// A pattern with the variables filled in that are known
pub(super) enum Expanded {
    /// Names exactly what the pattern names
    Exact(Box<str>),
    /// Names more: a variable is not known
    Wider(Box<str>),
    /// Names nothing: a variable has neither value nor default
    Nothing,
}

impl Region<'_> {
    /// The one resource this is, if it is one.
    pub(super) fn single(&self) -> Option<Resource<'_>> {
        if self.unspecified {
            return Some(Resource::Unspecified);
        }
        if !self.pattern.is_literal() {
            return None;
        }
        Resource::parse(self.text).ok()
    }

    /// How the resources of a statement relate to these.
    pub(super) fn relate(&self, resources: Option<&ResourceSet>, context: &Context) -> Relation {
        let Some(resources) = resources else {
            return Relation::All(Expression::True);
        };
        if let Some(resource) = self.single() {
            let own = Context::of_resource(&resource);
            let keys = Layered(&[context, &own]);
            let about = resources.matches(&resource, Reading::Documented, &keys);
            return Relation::all(about);
        }
        let entries = resources.patterns().entries().iter();
        let (mut all, mut some) = (false, false);
        for entry in entries {
            let (pattern, exact);
            match entry {
                ResourcePattern::Fixed(fixed) => (pattern, exact) = (fixed.clone(), true),
                ResourcePattern::Variable(_) => match expand(entry.as_str(), context) {
                    Expanded::Exact(text) => {
                        (pattern, exact) = (ArnPattern::parse(&text, ShortArn::Padded), true);
                    }
                    Expanded::Wider(text) => {
                        (pattern, exact) = (ArnPattern::parse(&text, ShortArn::Padded), false);
                    }
                    Expanded::Nothing if resources.patterns().is_negated() => return Relation::None,
                    Expanded::Nothing => continue,
                },
            }
            all |= exact && self.is_within(&pattern);
            some |= self.meets(&pattern);
        }
        match (resources.patterns(), all, some) {
            (Element::Of(_), true, _) | (Element::Not(_), false, false) => Relation::All(Expression::True),
            (Element::Of(_) | Element::Not(_), false, true) => Relation::Some,
            (Element::Of(_), false, false) | (Element::Not(_), true, _) => Relation::None,
        }
    }

    /// The service of every resource in it, when there is one.
    pub(super) fn service(&self) -> Option<&str> {
        self.pattern.service().or_else(|| {
            let mut services = self.types.iter().map(|own| own.service());
            let first = services.next()??;
            services.all(|other| other == Some(first)).then_some(first)
        })
    }

    pub(super) fn is_within(&self, pattern: &ArnPattern) -> bool {
        pattern.is_universal()
            || pattern.contains(self.pattern) == Containment::Contained
            || (!self.types.is_empty()
                && self
                    .types
                    .iter()
                    .all(|own| pattern.contains(own) == Containment::Contained))
    }

    pub(super) fn meets(&self, pattern: &ArnPattern) -> bool {
        pattern.overlaps(self.pattern)
            && (self.types.is_empty() || self.types.iter().any(|own| pattern.overlaps(own)))
    }
}

/// Fills in the policy variables of a pattern.
///
/// Source: IAM user guide, "IAM policy elements: Variables and tags".
pub(super) fn expand(text: &str, keys: &dyn ConditionKeys) -> Expanded {
    let mut expanded = String::with_capacity(text.len());
    let mut exact = true;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((inside, after)) = after.split_once('}') else {
            // An open brace is plain text.
            expanded.push_str("${");
            rest = after;
            continue;
        };
        rest = after;
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\''))),
            None => (inside.trim(), None),
        };
        let value = match keys.lookup(&key.to_lowercase()) {
            Lookup::Present([value]) => Some(value.as_str()),
            Lookup::Absent => match default {
                Some(default) => Some(default),
                None if matches!(key, "*" | "?" | "$") => None,
                None => return Expanded::Nothing,
            },
            Lookup::Present(_) | Lookup::Unknown => None,
        };
        match value {
            // A wildcard in a value is literal, which no text of a pattern can say.
            Some(value) if !value.contains(['*', '?']) => expanded.push_str(value),
            Some(_) | None => {
                expanded.push('*');
                exact = false;
            }
        }
    }
    expanded.push_str(rest);
    if exact {
        Expanded::Exact(expanded.into())
    } else {
        Expanded::Wider(expanded.into())
    }
}
