//! Finds the patterns of resource names that cover a name, without a comparison of every pair.

use std::collections::HashMap;

use foldhash::fast::RandomState as Hasher;

use super::Wider;
use crate::nrn::Nrn;
use crate::steps::{COMPARISON, OutOfSteps, Steps};

/// The parts of a name before its resource; in that of a pattern `None` stands for `*`.
#[derive(PartialEq, Eq, Hash)]
struct Head<'a> {
    product: &'a str,
    domain: Option<&'a str>,
    region: Option<&'a str>,
    member: Option<&'a str>,
}

/// Says which parts of a pattern's head are fixed: domain, region, member.
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

/// Adds a length, at most as many as a resource name has characters.
fn add_length(lengths: &mut Vec<usize>, length: usize) {
    if !lengths.contains(&length) {
        lengths.push(length);
    }
}

/// Finds for each name the patterns with a matching head, prefix and suffix, and then matches these. Patterns that
/// agree in all three differ only between their first and their last `*`; a policy that is full of such patterns
/// reaches the bound.
pub(super) fn wider_resources(names: &[&Nrn<'_>], steps: &mut Steps) -> Result<Wider, OutOfSteps> {
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
