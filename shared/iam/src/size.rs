//! Size limits of policies.
//!
//! Source: IAM user guide, "IAM and AWS STS quotas": white space does not count.

/// Most characters of a managed policy
pub const MANAGED_POLICY: usize = 6_144;
/// Most managed policies attached to one user, group or role, by default
pub const ATTACHED_MANAGED_POLICIES: usize = 10;

/// Counts the characters of a document that count against a size limit: all but white space.
#[must_use]
pub fn counted(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    #[test]
    fn white_space_does_not_count_and_characters_do_not_bytes() {
        assert_eq!(super::counted("{ \"a\" :\n\t\"é b\" }"), 10);
    }
}
