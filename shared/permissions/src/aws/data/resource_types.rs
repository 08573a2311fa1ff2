//! Types of resources, each with the patterns of its ARNs.

use iam::arn::{ArnPattern, ShortArn};
use iam::glob::{Containment, Glob};
use std::sync::OnceLock;

#[derive(Debug)]
pub(crate) struct ResourceType {
    pub(crate) name: Box<str>,
    pub(crate) patterns: Vec<TypePattern>,
}

#[derive(Debug)]
pub(crate) struct TypePattern {
    pub(crate) pattern: ArnPattern,
    /// Read when a pattern is first compared with the type: a snapshot has thousands of types
    fields: OnceLock<Option<[Glob; 6]>>,
    pub(crate) service: Box<str>,
    pub(crate) region_free: bool,
    /// Holds the text that every ARN of the type has before its name
    pub(crate) name_prefix: Box<str>,
}

impl TypePattern {
    pub(super) fn new(format: &str, partition: &str) -> Self {
        let format = format.replace("${Partition}", partition);
        let mut text = String::new();
        let mut rest = format.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            text.push_str(before);
            text.push('*');
            rest = after.split_once('}').map_or("", |(_, after)| after);
        }
        text.push_str(rest);
        let mut parts = text.splitn(6, ':').skip(2);
        let service = parts.next().unwrap_or_default().into();
        let region = parts.next().unwrap_or_default();
        let name = parts.nth(1).unwrap_or_default();
        let name_prefix = name.split('*').next().unwrap_or_default().into();
        Self {
            region_free: region.is_empty(),
            service,
            name_prefix,
            fields: OnceLock::new(),
            pattern: ArnPattern::parse(&text, ShortArn::Padded),
        }
    }

    pub(super) fn is_among(&self, wide: &Self) -> bool {
        wide.pattern.contains(&self.pattern) == Containment::Contained
            && self.pattern.contains(&wide.pattern) == Containment::NotContained
    }

    /// Returns whether this type is a version or an alias of the other: its name with a colon and one more word.
    pub(super) fn qualifies(&self, wide: &ResourceType) -> bool {
        wide.patterns.iter().any(|wide| {
            let more = self.pattern.as_str().strip_prefix(wide.pattern.as_str());
            more.and_then(|more| more.strip_prefix(':'))
                .is_some_and(|word| word.chars().all(|letter| matches!(letter, '*' | '.')))
        })
    }

    /// Returns whether the pattern names an ARN of this format; with `strict`, field by field.
    ///
    /// A star that ends a field may cross colons, so that `arn:aws:iam::*:role/x` also names a user called `a:role/x`,
    /// which no user can be called; only a pattern that makes no sense field by field is read in that wider way.
    pub(super) fn meets(&self, pattern: &ArnPattern, fields: Option<&[Glob; 6]>, strict: bool) -> bool {
        let own = self.fields.get_or_init(|| self::fields(self.pattern.as_str()));
        match (strict, fields, own) {
            (true, Some(fields), Some(own)) => {
                // Texts that match field by field make one ARN that both patterns match. The types of a service differ in the last
                // field.
                let mut fields = fields.iter().zip(own).rev();
                !self.pattern.matches_nothing()
                    && !pattern.matches_nothing()
                    && fields.all(|(field, own)| field.overlaps(own))
            }
            (_, _, _) => self.pattern.overlaps(pattern),
        }
    }
}

pub(super) fn fields(text: &str) -> Option<[Glob; 6]> {
    let fields: Vec<Glob> = text.splitn(6, ':').map(Glob::parse).collect();
    fields.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn patterns_that_meet_field_by_field_name_a_common_arn(
            texts in prop::array::uniform2("arn:(aws|[*]):(s3|iam|s[*]):([*]?|eu-[*]|e[?]-1):([*]?|1[*]|12|[?]2):[ab*?/:]{0,5}"),
        ) {
            let [format, text] = &texts;
            let of_type = TypePattern::new(format, "aws");
            let pattern = ArnPattern::parse(text, ShortArn::Padded);
            if of_type.meets(&pattern, fields(text).as_ref(), true) {
                prop_assert!(of_type.pattern.overlaps(&pattern));
            }
        }
    }
}
