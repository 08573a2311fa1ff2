//! A resource that a call was about, and how a policy names it.

/// A resource that a call was about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// The first ARN format of its type, which stands for the type.
    pub kind: String,
    /// The ARN, or the pattern of a policy where a part of the ARN is not in the record.
    pub text: String,
    /// Says whether the text is a pattern.
    pub is_pattern: bool,
}

impl Resource {
    /// Returns the resource as a policy names it.
    #[must_use]
    pub fn pattern(&self) -> String {
        if self.is_pattern {
            self.text.clone()
        } else {
            escaped(&self.text)
        }
    }
}

/// Writes the text as a Resource that matches only this text. Wildcards and variables of the policy language are
/// written as the variables that stand for their characters.
///
/// Source: IAM user guide, "IAM policy elements: variables and tags", special characters.
#[must_use]
pub fn escaped(arn: &str) -> String {
    let mut text = String::with_capacity(arn.len());
    let mut characters = arn.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '*' => text.push_str("${*}"),
            '?' => text.push_str("${?}"),
            '$' if characters.peek() == Some(&'{') => text.push_str("${$}"),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use iam::arn;
    use iam::document::{PolicyKind, Version};
    use iam::matching::ResourcePattern;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("arn:aws:s3:::b/k", "arn:aws:s3:::b/k")]
    #[case::wildcards("arn:aws:s3:::b/a*b?", "arn:aws:s3:::b/a${*}b${?}")]
    #[case::variable("arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${$}{aws:username}")]
    #[case::version(
        "arn:aws:lambda:r:1:function:f:$LATEST",
        "arn:aws:lambda:r:1:function:f:$LATEST"
    )]
    fn a_name_that_reads_like_a_wildcard_is_escaped(#[case] arn: &str, #[case] text: &str) {
        assert_eq!(escaped(arn), text);
        let pattern = ResourcePattern::parse(text, Version::V2012, PolicyKind::Identity.short_arn());
        let matches = |name: &str| pattern.widest().matches(&arn::Resource::parse(name).unwrap());
        assert!(matches(arn));
        assert!(!matches(&arn.replace(['*', '?', '$'], "x")) || !arn.contains(['*', '?', '$']));
    }
}
