//! Finds the principals that a pattern may name without looking at all of them.

use super::subjects::{LoadedPrincipal, Subjects};
use iam::arn::ArnPattern;
use std::ops::Range;

impl Subjects {
    /// Returns the numbers of some principals, among them all that a pattern names.
    pub(super) fn candidates<'a>(&'a self, pattern: &ArnPattern) -> Box<dyn Iterator<Item = usize> + 'a> {
        let starting = self.starting_with(pattern.literal_prefix());
        let starting_count: usize = starting.iter().map(ExactSizeIterator::len).sum();
        let ending = self.ending_with(pattern.literal_suffix());
        let named_so = self.with_resource(pattern.resource_prefix());
        let named_count = named_so.len().saturating_add(self.with_colon.len());
        if starting_count <= ending.len().min(named_count) {
            Box::new(starting.into_iter().flatten())
        } else if ending.len() <= named_count {
            Box::new(ending.iter().copied())
        } else {
            Box::new(named_so.iter().chain(&self.with_colon).copied())
        }
    }

    /// Returns the numbers of the principals whose ARNs start with a text.
    fn starting_with(&self, start: &str) -> [Range<usize>; 2] {
        // Both the principals of this shard and the roles of others are in the order of their ARNs.
        let all = self.principals.as_slice();
        let (own, others) = all.split_at_checked(self.own).unwrap_or((all, &[]));
        let named = |part: &[LoadedPrincipal], before: usize| {
            let first = part.partition_point(|one| *one.resource.arn < *start);
            let rest = part.get(first..).unwrap_or_default();
            let count = rest.partition_point(|one| one.resource.arn.starts_with(start));
            let first = first.saturating_add(before);
            first..first.saturating_add(count)
        };
        [named(own, 0), named(others, own.len())]
    }

    /// Returns the numbers of the principals whose ARNs end with a text.
    fn ending_with(&self, end: &str) -> &[usize] {
        let arn = |number: usize| self.arn(number).bytes().rev();
        let first = self
            .by_end
            .partition_point(|&number| arn(number).lt(end.bytes().rev()));
        let rest = self.by_end.get(first..).unwrap_or_default();
        let count = rest.partition_point(|&number| self.arn(number).ends_with(end));
        rest.get(..count).unwrap_or_default()
    }

    /// Returns the numbers of the principals with five colons in their ARNs whose last part starts with a text.
    fn with_resource(&self, start: &str) -> &[usize] {
        let first = self
            .by_resource
            .partition_point(|&number| resource_of(self.arn(number)) < start);
        let rest = self.by_resource.get(first..).unwrap_or_default();
        let count = rest.partition_point(|&number| resource_of(self.arn(number)).starts_with(start));
        rest.get(..count).unwrap_or_default()
    }

    fn arn(&self, number: usize) -> &str {
        let principal = self.principals.get(number);
        principal.map_or("", |principal| &principal.resource.arn)
    }

    /// Puts the principals in the orders in which patterns find them.
    pub(super) fn index(&mut self) {
        let numbers = 0..self.principals.len();
        let (with_colon, mut by_resource): (Vec<usize>, Vec<usize>) = numbers
            .clone()
            .partition(|&number| resource_of(self.arn(number)).contains(':'));
        by_resource.sort_by_key(|&number| resource_of(self.arn(number)));
        let mut by_end: Vec<usize> = numbers.collect();
        by_end.sort_by(|&one, &other| self.arn(one).bytes().rev().cmp(self.arn(other).bytes().rev()));
        (self.with_colon, self.by_resource, self.by_end) = (with_colon, by_resource, by_end);
    }
}

/// Returns the text behind the fifth colon of an ARN.
fn resource_of(arn: &str) -> &str {
    arn.splitn(6, ':').nth(5).unwrap_or_default()
}
