//! The names of actions and services of AWS.

use crate::aws::ActionSpec;
use rql::Part;
use std::borrow::Cow;
use std::cmp::Ordering;

/// The actions and services of AWS
#[derive(Debug, Clone, Default)]
pub struct ActionNames {
    /// The actions as rows spell them. INVARIANT: in the [`order`] of names.
    actions: Vec<Cow<'static, str>>,
    /// The services in lower case. INVARIANT: sorted.
    pub(super) services: Vec<Box<str>>,
}

impl ActionNames {
    /// Takes the names of a catalogue's actions. A catalogue is in order already, so that this is one pass over it.
    #[must_use]
    pub fn new(actions: &[ActionSpec]) -> Self {
        let mut names: Vec<_> = actions.iter().map(|action| action.name.clone()).collect();
        names.sort_by(|one, other| order(one, other));
        let mut services: Vec<Box<str>> = Vec::new();
        for (service, _) in names.iter().filter_map(|name| name.split_once(':')) {
            if services
                .last()
                .is_none_or(|last| !service.eq_ignore_ascii_case(last))
            {
                services.push(service.to_ascii_lowercase().into());
            }
        }
        services.sort_unstable();
        Self {
            actions: names,
            services,
        }
    }

    pub(super) fn has_action(&self, name: &str) -> bool {
        self.actions.binary_search_by(|one| order(one, name)).is_ok()
    }

    pub(super) fn has_service(&self, lowered: &str) -> bool {
        self.services.binary_search_by(|one| (**one).cmp(lowered)).is_ok()
    }

    /// Returns whether a name has a text in a part.
    pub(super) fn has_part(&self, part: Part, text: &str) -> bool {
        if part == Part::Start {
            return self.beginning_with(text).next().is_some();
        }
        let passing = part.test(text);
        self.actions.iter().any(|name| passing.holds(name))
    }

    /// Returns the names that begin with a text, in any case of letters.
    pub(super) fn beginning_with(&self, begin: &str) -> impl Iterator<Item = &str> {
        let first = self.actions.partition_point(|name| order(name, begin).is_lt());
        let names = self.actions.get(first..).unwrap_or_default().iter();
        names.map(|name| &**name).take_while(move |name| {
            name.get(..begin.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(begin))
        })
    }
}

/// Compares names of actions by their services, then by their own names, in any case of letters. Names with the same
/// beginning stand together.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    // A service ends before another one that begins with its name: `ec2:` before `ec2-instance-connect:`.
    let key = |byte: u8| {
        if byte == b':' {
            0
        } else {
            byte.to_ascii_lowercase()
        }
    };
    one.bytes().map(key).cmp(other.bytes().map(key))
}
