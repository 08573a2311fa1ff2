//! Finds policies of resources by the beginnings of the ARNs of the resources, so that a pattern is compared with few
//! policies.

use super::{ResourcePolicy, ResourcePolicyId};
use iam::arn::ArnPattern;
use std::collections::BTreeMap;
use std::ops::Bound;

/// Policies by the text with which everything in their scope begins
#[derive(Debug, Default)]
pub(super) struct ByResource(BTreeMap<Box<str>, Vec<ResourcePolicyId>>);

impl ByResource {
    pub(super) fn add(&mut self, policy: &ResourcePolicy, number: ResourcePolicyId) {
        let starts = policy.scope.iter().map(ArnPattern::literal_prefix);
        let start = starts.min_by_key(|start| start.len()).unwrap_or_default();
        self.0.entry(start.into()).or_default().push(number);
    }

    /// Returns all policies.
    pub(super) fn all(&self) -> impl Iterator<Item = ResourcePolicyId> {
        self.0.values().flatten().copied()
    }

    /// Returns some policies, among them all whose scope has something in common with a pattern.
    pub(super) fn candidates<'a>(
        &'a self,
        pattern: &'a ArnPattern,
    ) -> impl Iterator<Item = ResourcePolicyId> + 'a {
        let start = pattern.literal_prefix();
        // A resource that both name begins with both texts, so that one of the texts begins with the other.
        let shorter = start.char_indices().filter_map(|(end, _)| start.get(..end));
        let shorter = shorter.filter_map(|text| self.0.get(text));
        let longer = self.0.range::<str, _>((Bound::Included(start), Bound::Unbounded));
        let longer = longer.take_while(move |(text, _)| text.starts_with(start));
        shorter
            .chain(longer.map(|(_, numbers)| numbers))
            .flatten()
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam::arn::ShortArn;
    use proptest::prelude::*;

    fn pattern(text: &str) -> ArnPattern {
        ArnPattern::parse(text, ShortArn::Padded)
    }

    fn indexed(buckets: &[String]) -> (ByResource, Vec<ResourcePolicy>) {
        let policies = buckets.iter().map(|arn| {
            let scope = vec![pattern(arn), pattern(&format!("{arn}/*"))];
            ResourcePolicy::new(arn, "111122223333", scope, 0.into(), false)
        });
        let policies: Vec<ResourcePolicy> = policies.collect();
        let mut index = ByResource::default();
        for (number, policy) in policies.iter().enumerate() {
            index.add(policy, number.into());
        }
        (index, policies)
    }

    #[test]
    fn a_pattern_is_compared_with_few_of_four_thousand_policies() {
        let buckets: Vec<String> = (0..4_000)
            .map(|number| format!("arn:aws:s3:::bucket-{number:04}"))
            .collect();
        let (index, _) = indexed(&buckets);
        let compared = |text: &str| index.candidates(&pattern(text)).count();
        assert_eq!(compared("arn:aws:s3:::bucket-0017/private/*"), 1);
        assert_eq!(compared("arn:aws:s3:::bucket-001*"), 10);
        assert_eq!(compared("arn:aws:s3:::other-*"), 0);
        assert_eq!(compared("*"), 4_000);
    }

    proptest! {
        #[test]
        fn every_policy_that_a_pattern_meets_is_a_candidate(
            buckets in prop::collection::vec("arn:aws:s3:::[ab*]{1,3}", 1..8),
            text in prop_oneof!["arn:aws:s3:::[ab*?/]{0,5}", Just("*".to_owned()), Just("arn:aws".to_owned())],
        ) {
            let (index, policies) = indexed(&buckets);
            let asked = pattern(&text);
            let candidates: Vec<ResourcePolicyId> = index.candidates(&asked).collect();
            for (number, policy) in policies.iter().enumerate() {
                if policy.scope.iter().any(|one| asked.overlaps(one)) {
                    let found = candidates.iter().filter(|one| **one == number.into()).count();
                    prop_assert_eq!(found, 1, "{} in {}", policy.resource, text);
                }
            }
        }
    }
}
