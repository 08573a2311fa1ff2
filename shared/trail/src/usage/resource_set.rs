//! Keeps the resources that an action was used on in bounded memory, by their structure.
//!
//! A [`ResourceSet`] holds ARN patterns as a policy writes them. While they are few it holds each of them. Once they
//! are many it cuts them, container by container, to the longest paths of which it can hold all: the objects of one
//! bucket become the folders of that bucket, at last the bucket. A container that holds little stays whole however
//! much another one holds.
//!
//! What a set holds depends only on what was added, not on the order: the number of containers only grows, the number
//! of different paths of a length only grows, and the length of the paths follows from these two numbers. So shards
//! may be scanned in any order. Adding costs as much as the text is long, and a search among the bounded entries.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The most containers that are kept apart: buckets, or the tables of one region.
const CONTAINERS: usize = 60;

/// Most entries of all containers together.
const ENTRIES: usize = 300;

/// Delimiters that a path of an ARN is cut after.
const DELIMITERS: [char; 2] = ['/', ':'];

/// Delimiters that also end a common beginning of names.
const NAME_DELIMITERS: [char; 5] = ['/', ':', '-', '_', '.'];

/// ARN patterns, whole while they are few, cut to their common structure once they are many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceSet {
    /// Entries by container: all of an ARN up to the first `/` or `:` of its resource part, that included; up to the
    /// resource part, when that has neither.
    containers: BTreeMap<String, Container>,
    /// Holds the text with which all containers begin, after there were more of them than the set holds. From then on
    /// the set holds nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    common_start: Option<String>,
}

/// The entries of one container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Container {
    /// Number of path elements below the container that the entries are cut to; `None` while they are whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    /// The patterns of the set. Those that were cut end in `*`.
    entries: BTreeSet<String>,
}

impl ResourceSet {
    /// Adds a pattern as a policy would name it.
    pub fn add(&mut self, pattern: &str) {
        let name = container(pattern);
        if let Some(start) = &self.common_start {
            self.common_start = common_start([start.as_str(), name].into_iter());
            return;
        }
        let most = self.most_entries();
        if let Some(container) = self.containers.get_mut(name) {
            container.add(name, pattern, most);
        } else {
            let first = BTreeSet::from([pattern.to_owned()]);
            let container = Container {
                length: None,
                entries: first,
            };
            self.containers.insert(name.to_owned(), container);
            self.keep_bounds();
        }
    }

    /// Adds everything that `other` holds.
    pub fn merge(&mut self, other: Self) {
        for (name, container) in other.containers {
            match self.containers.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(container);
                }
                Entry::Occupied(mut entry) => {
                    let name = entry.key().clone();
                    entry.get_mut().merge(&name, container);
                }
            }
        }
        let starts = self
            .common_start
            .as_deref()
            .into_iter()
            .chain(other.common_start.as_deref());
        self.common_start = common_start(starts);
        self.keep_bounds();
    }

    /// Returns whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.common_start.is_none()
    }

    /// Returns the entries, each as a policy would name it.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &str> {
        self.containers
            .values()
            .flat_map(|container| &container.entries)
            .map(String::as_str)
    }

    /// Returns a field of the ARNs by its number: 3 is the Region, 4 the account.
    pub(crate) fn fields(&self, number: usize) -> impl Iterator<Item = &str> {
        let starts = self.containers.keys().chain(&self.common_start);
        // The last field of a beginning may be cut short.
        starts.filter_map(move |start| {
            let mut fields = start.splitn(number + 2, ':').skip(number);
            let field = fields.next()?;
            fields.next().map(|_| field)
        })
    }

    /// Returns at most `limit` patterns, which match everything that was added; none when nothing was added.
    ///
    /// Entries are joined step by step, those with the longest paths first, and of these where most are joined: the
    /// objects of a folder, the folders of a bucket, the objects of a bucket, the buckets at last. `wholes` are the
    /// patterns of the whole type, `arn:aws:s3:::*/*`; they give their form to a pattern of several containers.
    #[must_use]
    pub fn patterns(&self, limit: usize, wholes: &[String]) -> BTreeSet<String> {
        if let Some(start) = &self.common_start {
            return within(start, wholes);
        }
        let entries = self.containers.values().flat_map(|container| &container.entries);
        let mut patterns: BTreeSet<String> = entries.cloned().collect();
        let longest = patterns
            .iter()
            .map(|pattern| length(container(pattern), pattern))
            .max();
        for length in (0..longest.unwrap_or_default()).rev() {
            if patterns.len() <= limit {
                break;
            }
            patterns = join(patterns, length, limit);
        }
        if patterns.len() <= limit {
            return patterns;
        }
        let containers = self.containers.keys().map(String::as_str);
        within(&common_start(containers).unwrap_or_default(), wholes)
    }

    /// Returns the highest number of entries of one container.
    fn most_entries(&self) -> usize {
        ENTRIES / self.containers.len().max(1)
    }

    /// Cuts the entries until they fit.
    fn keep_bounds(&mut self) {
        if self.common_start.is_some() || self.containers.len() > CONTAINERS {
            let containers = std::mem::take(&mut self.containers);
            let starts = containers.keys().map(String::as_str);
            self.common_start = common_start(starts.chain(self.common_start.as_deref()));
            return;
        }
        let most = self.most_entries();
        for (name, container) in &mut self.containers {
            container.shrink(name, most);
        }
    }
}

impl Container {
    fn add(&mut self, name: &str, pattern: &str, most: usize) {
        match self.length {
            Some(0) => {
                self.entries.insert(pattern.to_owned());
                self.cut_to(name, 0);
                return;
            }
            Some(length) => self.entries.insert(cut(name, pattern, length)),
            None => self.entries.insert(pattern.to_owned()),
        };
        self.shrink(name, most);
    }

    fn merge(&mut self, name: &str, other: Self) {
        self.entries.extend(other.entries);
        let length = match (self.length, other.length) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        if let Some(length) = length {
            self.cut_to(name, length);
        }
    }

    fn shrink(&mut self, name: &str, most: usize) {
        while self.entries.len() > most {
            let longest = self.entries.iter().map(|entry| length(name, entry)).max();
            self.cut_to(name, longest.unwrap_or_default().saturating_sub(1));
        }
    }

    fn cut_to(&mut self, name: &str, length: usize) {
        self.length = Some(length);
        let entries = std::mem::take(&mut self.entries);
        if length == 0 {
            let starts = entries
                .iter()
                .map(|entry| entry.strip_suffix('*').unwrap_or(entry));
            self.entries.extend(common_start(starts).map(|start| start + "*"));
        } else {
            self.entries = entries.iter().map(|entry| cut(name, entry, length)).collect();
        }
    }
}

/// Returns the ARN up to the first `/` or `:` of its resource part, with that character; only up to the resource part,
/// when it has neither.
fn container(pattern: &str) -> &str {
    let resource_at = pattern.match_indices(':').nth(4).map_or(0, |(at, _)| at + 1);
    let (head, resource) = pattern.split_at_checked(resource_at).unwrap_or(("", pattern));
    let first = resource.find(DELIMITERS).map_or(0, |at| at + 1);
    pattern.get(..head.len() + first).unwrap_or(pattern)
}

/// Returns where the elements of the path below the container end, each with its delimiter.
fn ends<'p>(container: &'p str, pattern: &'p str) -> impl Iterator<Item = usize> + use<'p> {
    let path = pattern.get(container.len()..).unwrap_or_default();
    let inner = path.match_indices(DELIMITERS).map(|(at, _)| at + 1);
    let last = (!path.is_empty() && !path.ends_with(DELIMITERS)).then_some(path.len());
    inner.chain(last).map(|end| container.len() + end)
}

/// Returns the number of elements of the path below the container. The `*` of a cut pattern does not count.
fn length(container: &str, pattern: &str) -> usize {
    let elements = ends(container, pattern).count();
    let is_cut = pattern.ends_with("/*") || pattern.ends_with(":*");
    elements.saturating_sub(usize::from(is_cut && pattern.len() > container.len()))
}

/// Returns the first elements of the path, and `*` for the rest.
fn cut(container: &str, pattern: &str, length: usize) -> String {
    match ends(container, pattern).take(length).last() {
        Some(end) if end < pattern.len() => format!("{}*", pattern.get(..end).unwrap_or(pattern)),
        _ => pattern.to_owned(),
    }
}

/// Joins the patterns whose paths are longer than `length` with their siblings, until no more than `limit` are left.
fn join(patterns: BTreeSet<String>, length: usize, limit: usize) -> BTreeSet<String> {
    let mut siblings: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut joined = BTreeSet::new();
    let mut count = patterns.len();
    for pattern in patterns {
        let container = container(&pattern);
        if self::length(container, &pattern) > length {
            let parent = ends(container, &pattern).take(length).last();
            let parent = pattern
                .get(..parent.unwrap_or(container.len()))
                .unwrap_or_default();
            siblings.entry(parent.to_owned()).or_default().push(pattern);
        } else {
            joined.insert(pattern);
        }
    }
    let mut siblings: Vec<(String, Vec<String>)> = siblings.into_iter().collect();
    siblings.sort_by_key(|(_, patterns)| std::cmp::Reverse(patterns.len()));
    for (parent, patterns) in siblings {
        if count <= limit || patterns.len() < 2 {
            joined.extend(patterns);
        } else {
            count -= patterns.len() - 1;
            joined.insert(parent_pattern(&parent, &patterns));
        }
    }
    joined
}

/// Returns a pattern that matches all of the patterns below `parent`.
///
/// Names of resources often begin with what they belong to: `billing-`. Keys of objects begin with dates as well,
/// which the next call will not share, so they are cut after a whole element.
fn parent_pattern(parent: &str, patterns: &[String]) -> String {
    let is_object =
        parent.starts_with("arn:") && parent.split(':').nth(2) == Some("s3") && parent.ends_with('/');
    let starts = patterns
        .iter()
        .map(|pattern| pattern.strip_suffix('*').unwrap_or(pattern));
    let start = common_start(starts).unwrap_or_default();
    let end = start
        .rfind(NAME_DELIMITERS)
        .map_or(0, |at| at + 1)
        .max(parent.len());
    let start = if is_object {
        parent
    } else {
        start.get(..end).unwrap_or(parent)
    };
    format!("{start}*")
}

/// Returns the beginning that all texts share; `None` when there is no text.
fn common_start<'t>(mut texts: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut start = texts.next()?.to_owned();
    for text in texts {
        let same = start
            .char_indices()
            .zip(text.chars())
            .find(|((_, one), two)| one != two);
        let length = same.map_or(start.len().min(text.len()), |((at, _), _)| at);
        start.truncate(length);
    }
    Some(start)
}

/// Returns the patterns of the whole type, narrowed to names that begin with `start` where `start` reaches into them.
fn within(start: &str, wholes: &[String]) -> BTreeSet<String> {
    let end = start.rfind(NAME_DELIMITERS).map_or(0, |at| at + 1);
    let start = start.get(..end).unwrap_or_default();
    let narrowed = wholes.iter().find_map(|whole| {
        let at = whole.find('*')?;
        let (fixed, open) = whole.split_at_checked(at)?;
        (start.len() > at && start.starts_with(fixed)).then(|| format!("{start}{open}"))
    });
    narrowed.map_or_else(
        || wholes.iter().cloned().collect(),
        |pattern| BTreeSet::from([pattern]),
    )
}

#[cfg(test)]
mod tests;
