//! Finds which targets, actions and resources are covered by which, for policies of thousands of them.
//!
//! Equal texts get equal numbers first. A name without a wildcard covers only itself, so pairs are looked at only
//! where there are wildcards, and among those only where the fixed parts agree.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState as Hasher;

use crate::action;
use crate::nrn::Nrn;
use crate::steps::{COMPARISON, OutOfSteps, Steps};

/// A target as sets of numbered actions and resources.
#[derive(Debug)]
pub(crate) struct NumberedTarget {
    pub(crate) actions: Set,
    pub(crate) resources: Set,
}

/// What a target lists, as numbers.
#[derive(Debug)]
pub(crate) struct Set {
    /// The resources to compare, in order.
    pub(crate) listed: Vec<usize>,
    /// Sorted, each with its first position.
    pub(crate) distinct: Vec<(usize, usize)>,
    /// Sorted, without those that another one covers. Sets that cover each other are equal in this.
    pub(crate) widest: Vec<usize>,
}

impl Set {
    fn new(listed: Vec<usize>) -> Self {
        let mut distinct: Vec<_> = listed
            .iter()
            .enumerate()
            .map(|(position, id)| (*id, position))
            .collect();
        distinct.sort_unstable();
        distinct.dedup_by_key(|(id, _)| *id);
        Self {
            listed,
            distinct,
            widest: Vec::new(),
        }
    }

    /// First position of the number.
    pub(crate) fn position(&self, id: usize) -> Option<usize> {
        let at = self.distinct.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.distinct.get(at).map(|(_, position)| *position)
    }

    fn keep_widest(&mut self, wider: &Wider) {
        let ids = self.distinct.iter().map(|(id, _)| *id);
        if wider.is_empty() {
            self.widest = ids.collect();
            return;
        }
        self.widest = ids
            .filter(|id| {
                !wider
                    .than(*id)
                    .iter()
                    .any(|wider| self.position(*wider).is_some())
            })
            .collect();
    }

    fn holds(&self, id: usize) -> bool {
        self.widest.binary_search(&id).is_ok()
    }
}

/// For every number the other numbers that cover it.
#[derive(Debug)]
pub(crate) struct Wider {
    /// How many numbers there are.
    pub(crate) numbers: usize,
    /// Empty when nothing covers anything.
    than: Vec<Vec<usize>>,
}

impl Wider {
    pub(crate) fn than(&self, id: usize) -> &[usize] {
        self.than.get(id).map_or(&[], Vec::as_slice)
    }

    /// Whether no number covers another.
    pub(crate) fn is_empty(&self) -> bool {
        self.than.is_empty()
    }

    /// Whether something in the set covers it.
    pub(crate) fn is_covered(&self, id: usize, by: &Set, steps: &mut Steps) -> Result<bool, OutOfSteps> {
        steps.spend(1)?;
        if by.holds(id) {
            return Ok(true);
        }
        for wider in self.than(id) {
            steps.spend(1)?;
            if by.holds(*wider) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether every element of the first set is covered by one of the second.
    pub(crate) fn all_covered(&self, set: &Set, by: &Set, steps: &mut Steps) -> Result<bool, OutOfSteps> {
        for id in &set.widest {
            if !self.is_covered(*id, by, steps)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Numbers for everything that some targets name.
#[derive(Debug)]
pub(crate) struct Space {
    pub(crate) targets: Vec<NumberedTarget>,
    pub(crate) actions: Wider,
    pub(crate) kinds: KindsOfActions,
    pub(crate) resources: Wider,
}

impl Space {
    /// Numbers the targets, given by product, actions and resources.
    ///
    /// # Errors
    /// [`OutOfSteps`] when too many names would have to be compared.
    pub(crate) fn of<'a>(
        targets: impl Iterator<Item = (&'a str, &'a [&'a str], &'a [Nrn<'a>])> + Clone,
        steps: &mut Steps,
    ) -> Result<Self, OutOfSteps> {
        let lengths = targets
            .clone()
            .map(|(_, actions, resources)| (actions.len(), resources.len()));
        // Growing the tables would number everything twice.
        let (most_actions, most_resources) = lengths.fold((0, 0), |(a, r), (actions, resources)| {
            (a + actions, r + resources)
        });
        let (mut actions, mut resources) = (
            Numbers::with_room(most_actions),
            Numbers::with_room(most_resources),
        );
        let mut numbered: Vec<NumberedTarget> = targets
            .map(|(product, named_actions, named_resources)| NumberedTarget {
                actions: Set::new(
                    named_actions
                        .iter()
                        .map(|action| actions.number((product, *action)))
                        .collect(),
                ),
                resources: Set::new(named_resources.iter().map(|nrn| resources.number(nrn)).collect()),
            })
            .collect();
        let kinds = KindsOfActions::of(&actions);
        let (actions, resources) = (wider_actions(&actions), wider_resources(&resources.known, steps)?);
        for target in &mut numbered {
            target.actions.keep_widest(&actions);
            target.resources.keep_widest(&resources);
        }
        Ok(Self {
            targets: numbered,
            actions,
            kinds,
            resources,
        })
    }

    /// Whether one target allows all that another does.
    pub(crate) fn covers(
        &self,
        wide: &NumberedTarget,
        narrow: &NumberedTarget,
        steps: &mut Steps,
    ) -> Result<bool, OutOfSteps> {
        Ok(self.actions.all_covered(&narrow.actions, &wide.actions, steps)?
            && self
                .resources
                .all_covered(&narrow.resources, &wide.resources, steps)?)
    }
}

/// For the number of each `*` among the actions the numbers of `View*` and `Change*` of its product: together they
/// allow the same.
#[derive(Debug)]
pub(crate) struct KindsOfActions(HashMap<usize, [usize; 2], Hasher>);

impl KindsOfActions {
    fn of(actions: &Numbers<(&str, &str)>) -> Self {
        let number = |product, action| actions.numbers.get(&(product, action)).copied();
        let kinds = actions
            .known
            .iter()
            .enumerate()
            .filter_map(|(id, (product, action))| {
                let kinds = [number(*product, "View*")?, number(*product, "Change*")?];
                (*action == "*").then_some((id, kinds))
            });
        Self(kinds.collect())
    }

    /// `None` for every action but `*`, and where one of the two is not named anywhere.
    pub(crate) fn kinds(&self, id: usize) -> Option<[usize; 2]> {
        self.0.get(&id).copied()
    }
}

struct Numbers<K> {
    numbers: HashMap<K, usize, Hasher>,
    known: Vec<K>,
}

impl<K> Numbers<K> {
    fn with_room(most: usize) -> Self {
        let numbers = HashMap::with_capacity_and_hasher(most, Hasher::default());
        Self {
            numbers,
            known: Vec::with_capacity(most),
        }
    }
}

impl<K: Copy + Eq + Hash> Numbers<K> {
    fn number(&mut self, key: K) -> usize {
        *self.numbers.entry(key).or_insert_with(|| {
            self.known.push(key);
            self.known.len() - 1
        })
    }
}

fn wider_actions(actions: &Numbers<(&str, &str)>) -> Wider {
    let wider = |(product, action): &(&str, &str)| {
        let wildcards = action::wider(action).iter();
        wildcards
            .filter_map(|wildcard| actions.numbers.get(&(*product, *wildcard)).copied())
            .collect()
    };
    let numbers = actions.known.len();
    let is_flat = !actions
        .known
        .iter()
        .any(|(_, action)| action::is_wildcard(action));
    Wider {
        numbers,
        than: if is_flat {
            Vec::new()
        } else {
            actions.known.iter().map(wider).collect()
        },
    }
}

/// The parts of a name before its resource; in that of a pattern `None` stands for `*`.
#[derive(PartialEq, Eq, Hash)]
struct Head<'a> {
    product: &'a str,
    domain: Option<&'a str>,
    region: Option<&'a str>,
    member: Option<&'a str>,
}

/// Which parts of a pattern's head are fixed: domain, region, member.
type Fixed = [bool; 3];

impl<'a> Head<'a> {
    fn of(nrn: &'a Nrn<'_>, [domain, region, member]: Fixed) -> Self {
        Self {
            product: nrn.product(),
            domain: domain.then(|| nrn.domain()),
            region: region.then(|| nrn.region()),
            member: member.then(|| nrn.member()),
        }
    }
}

/// Patterns with equal heads, by the text of their resource before its first `*`.
#[derive(Default)]
struct Patterns<'a> {
    /// The lengths that occur among the prefixes.
    prefix_lengths: Vec<usize>,
    by_prefix: HashMap<&'a str, SamePrefix<'a>, Hasher>,
}

/// Most patterns of one prefix that are looked through one by one: a table of suffixes costs more than they do.
const FEW: usize = 8;

/// Patterns that agree before their first `*`, by the text behind their last one.
#[derive(Default)]
struct SamePrefix<'a> {
    /// Suffix and number of each pattern; empty once there is a table.
    few: Vec<(&'a str, usize)>,
    many: Option<Box<BySuffix<'a>>>,
}

#[derive(Default)]
struct BySuffix<'a> {
    /// The lengths that occur among the suffixes.
    lengths: Vec<usize>,
    patterns: HashMap<&'a str, Vec<usize>, Hasher>,
}

impl<'a> BySuffix<'a> {
    fn insert(&mut self, suffix: &'a str, id: usize) {
        add_length(&mut self.lengths, suffix.len());
        self.patterns.entry(suffix).or_default().push(id);
    }
}

impl<'a> SamePrefix<'a> {
    fn insert(&mut self, suffix: &'a str, id: usize) {
        if let Some(many) = &mut self.many {
            many.insert(suffix, id);
            return;
        }
        self.few.push((suffix, id));
        if self.few.len() > FEW {
            let mut many = BySuffix::default();
            for (suffix, id) in std::mem::take(&mut self.few) {
                many.insert(suffix, id);
            }
            self.many = Some(Box::new(many));
        }
    }

    /// Adds the patterns whose suffix the resource has.
    fn candidates(
        &self,
        resource: &str,
        found: &mut Vec<usize>,
        steps: &mut Steps,
    ) -> Result<(), OutOfSteps> {
        steps.spend(self.few.len())?;
        for (suffix, id) in &self.few {
            if resource.ends_with(suffix) {
                steps.spend(COMPARISON)?;
                found.push(*id);
            }
        }
        let Some(many) = &self.many else { return Ok(()) };
        steps.spend(many.lengths.len())?;
        for length in &many.lengths {
            let start = resource.len().checked_sub(*length);
            let suffix = start.and_then(|start| resource.get(start..));
            if let Some(patterns) = suffix.and_then(|suffix| many.patterns.get(suffix)) {
                steps.spend(COMPARISON * patterns.len())?;
                found.extend(patterns);
            }
        }
        Ok(())
    }
}

impl<'a> Patterns<'a> {
    fn insert(&mut self, resource: &'a str, id: usize) {
        let prefix = resource.split('*').next().unwrap_or_default();
        let suffix = resource.rsplit('*').next().unwrap_or_default();
        add_length(&mut self.prefix_lengths, prefix.len());
        self.by_prefix.entry(prefix).or_default().insert(suffix, id);
    }

    /// Adds the patterns whose prefix and suffix the resource has.
    fn candidates(
        &self,
        resource: &str,
        found: &mut Vec<usize>,
        steps: &mut Steps,
    ) -> Result<(), OutOfSteps> {
        for length in &self.prefix_lengths {
            let prefix = resource.get(..*length);
            if let Some(same) = prefix.and_then(|prefix| self.by_prefix.get(prefix)) {
                same.candidates(resource, found, steps)?;
            }
        }
        Ok(())
    }
}

/// At most as many as a resource name has characters.
fn add_length(lengths: &mut Vec<usize>, length: usize) {
    if !lengths.contains(&length) {
        lengths.push(length);
    }
}

/// For each name the patterns with a matching head, prefix and suffix, then a match with those. Patterns that agree in
/// all three differ only between their first and their last `*`; a policy that is full of those reaches the bound.
fn wider_resources(names: &[&Nrn<'_>], steps: &mut Steps) -> Result<Wider, OutOfSteps> {
    let mut kinds: Vec<Fixed> = Vec::new();
    let mut groups: HashMap<(Fixed, Head<'_>), Patterns<'_>, Hasher> = HashMap::default();
    for (id, name) in names.iter().enumerate().filter(|(_, name)| name.is_pattern()) {
        let fixed = [name.domain(), name.region(), name.member()].map(|part| part != "*");
        if !kinds.contains(&fixed) {
            kinds.push(fixed);
        }
        let group = groups.entry((fixed, Head::of(name, fixed))).or_default();
        group.insert(name.resource(), id);
    }
    if kinds.is_empty() {
        return Ok(Wider {
            numbers: names.len(),
            than: Vec::new(),
        });
    }
    let mut than = vec![Vec::new(); names.len()];
    let mut candidates = Vec::new();
    for (id, (name, than)) in names.iter().zip(&mut than).enumerate() {
        for fixed in &kinds {
            let Some(group) = groups.get(&(*fixed, Head::of(name, *fixed))) else {
                continue;
            };
            candidates.clear();
            group.candidates(name.resource(), &mut candidates, steps)?;
            let covers =
                |pattern: &usize| *pattern != id && names.get(*pattern).is_some_and(|p| p.covers(name));
            than.extend(candidates.iter().copied().filter(covers));
        }
    }
    Ok(Wider {
        numbers: names.len(),
        than,
    })
}
