//! Patterns over ARNs.

use super::{Arn, Resource};
use crate::glob::{ANY, Containment, Glob, SEGMENT_ANY, SEGMENT_STAR, STAR};

const FIELDS: usize = 6;
const SERVICE: usize = 2;
const RESOURCE: usize = 5;

/// Says what a pattern with fewer than six fields means
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShortArn {
    /// The missing fields are `*`: identity policies, boundaries, session policies
    Padded,
    /// The pattern is padded as [`ShortArn::Padded`] when it ends in `*`, otherwise it matches nothing: resource
    /// policies and the organisation's policies
    PaddedAfterStar,
}

/// Says what the wildcards of a pattern match
///
/// AWS documents [`WildcardMatching::Documented`]; the others are what neighbouring tools do, kept to find the answers that
/// depend on the difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WildcardMatching {
    /// A wildcard stays within its field; a `*` that ends its field, and any wildcard of the last field, may cross
    /// colons; no wildcard in the service field
    Documented,
    /// Every wildcard crosses colons
    WholeString,
    /// Fields are compared one by one; only the last one may hold colons
    FieldByField,
}

/// Something about a pattern that a reader should know
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatternFinding {
    /// Fewer than six fields: completed with `*`
    Padded,
    /// Fewer than six fields and nothing that completes them: matches nothing
    TooShort,
    /// A wildcard in the service field: matches nothing
    ServiceWildcard,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct OtherReadings {
    whole: Glob,
    /// The pattern of all fields; `None` matches nothing
    fields: Option<Glob>,
}

/// A pattern over ARNs as the elements Resource and `NotResource` hold it, compiled once
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArnPattern {
    text: Box<str>,
    /// The pattern as it is documented; `None` matches nothing
    documented: Option<Glob>,
    /// The other ways of matching are kept only where they could differ, so that the common pattern costs nothing more
    others: Option<Box<OtherReadings>>,
    finding: Option<PatternFinding>,
}

impl ArnPattern {
    /// Compiles `text` and never fails: a pattern outside the grammar matches nothing and has a [`PatternFinding`].
    #[must_use]
    pub fn parse(text: &str, short: ShortArn) -> Self {
        let tokens: Vec<u8> = crate::glob::wild(text).collect();
        Self::from_tokens(text, &tokens, short)
    }

    pub(crate) fn from_tokens(text: &str, tokens: &[u8], short: ShortArn) -> Self {
        if !tokens.is_empty() && tokens.iter().all(|&token| token == STAR) {
            return Self {
                text: text.into(),
                documented: Some(Glob::from_tokens(tokens)),
                others: None,
                finding: None,
            };
        }
        let written = fields(tokens);
        let count = written.len();
        let inner_wildcard = written.iter().take(RESOURCE).any(|field| {
            field.split_last().is_some_and(|(last, rest)| {
                *last == ANY || rest.iter().any(|&token| crate::glob::is_wildcard(token))
            })
        });
        let service_wildcard = count > SERVICE + 1
            && written
                .get(SERVICE)
                .is_some_and(|service| service.iter().any(|&token| crate::glob::is_wildcard(token)));
        let complete = short == ShortArn::Padded || tokens.last() == Some(&STAR);
        let finding = if service_wildcard {
            Some(PatternFinding::ServiceWildcard)
        } else if count == FIELDS {
            None
        } else if complete {
            Some(PatternFinding::Padded)
        } else {
            Some(PatternFinding::TooShort)
        };
        let dead = matches!(
            finding,
            Some(PatternFinding::ServiceWildcard | PatternFinding::TooShort)
        );
        let documented = (!dead).then(|| Glob::from_tokens(documented(&written)));
        let others = (inner_wildcard || finding.is_some()).then(|| {
            let fields = (count == FIELDS).then(|| field_by_field(&written));
            Box::new(OtherReadings {
                whole: Glob::from_tokens(tokens),
                fields: fields.map(Glob::from_tokens),
            })
        });
        Self {
            text: text.into(),
            documented,
            others,
            finding,
        }
    }

    /// Returns the pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns what a reader should know about the pattern, if there is something.
    #[must_use]
    pub const fn finding(&self) -> Option<PatternFinding> {
        self.finding
    }

    /// Returns whether no ARN matches the pattern: it is outside the grammar.
    #[must_use]
    pub const fn matches_nothing(&self) -> bool {
        self.documented.is_none()
    }

    /// Returns whether the pattern consists of `*` only.
    #[must_use]
    pub fn is_universal(&self) -> bool {
        self.documented.as_ref().is_some_and(Glob::is_universal)
    }

    /// Returns whether the pattern holds no wildcard, so that it matches at most one ARN.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.documented.as_ref().is_some_and(Glob::is_literal)
    }

    /// Returns the text before the first wildcard, for indexes; empty when the pattern matches nothing.
    #[must_use]
    pub fn literal_prefix(&self) -> &str {
        self.documented
            .as_ref()
            .map(Glob::literal_prefix)
            .unwrap_or_default()
    }

    /// Returns the text behind the last wildcard, for indexes; empty when the pattern matches nothing.
    #[must_use]
    pub fn literal_suffix(&self) -> &str {
        self.documented
            .as_ref()
            .map(Glob::literal_suffix)
            .unwrap_or_default()
    }

    /// Returns the text between the fifth colon and the first wildcard behind it, for indexes. The resource of every
    /// match that has no further colon starts with this text. The text is empty when the pattern has fewer colons.
    #[must_use]
    pub fn resource_prefix(&self) -> &str {
        let Some((fifth, _)) = self.text.match_indices(':').nth(RESOURCE - 1) else {
            return "";
        };
        let resource = self.text.get(fifth..).and_then(|rest| rest.strip_prefix(':'));
        let resource = resource.unwrap_or_default();
        // A `$` can begin a variable, which the compiled pattern has as a wildcard.
        resource.split(['*', '?', '$']).next().unwrap_or_default()
    }

    /// Returns the service that every match belongs to, for indexes; `None` when the pattern leaves the service open.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        let prefix = self.literal_prefix();
        let mut fields = prefix.splitn(4, ':');
        let service = fields.nth(SERVICE)?;
        // The field is known to be complete only when a colon follows it.
        fields.next().map(|_| service)
    }

    /// Returns whether the pattern matches the resource by the documented rule.
    #[must_use]
    pub fn matches(&self, resource: &Resource<'_>) -> bool {
        self.matches_as(resource, WildcardMatching::Documented)
    }

    /// Returns whether the pattern matches an ARN by the documented rule.
    #[must_use]
    pub fn matches_arn(&self, arn: &Arn<'_>) -> bool {
        self.documented
            .as_ref()
            .is_some_and(|glob| glob.matches(arn.as_str()))
    }

    /// Returns whether the pattern matches the resource when its wildcards match in this way.
    #[must_use]
    pub fn matches_as(&self, resource: &Resource<'_>, wildcards: WildcardMatching) -> bool {
        let Resource::Arn(arn) = resource else {
            return self.is_universal();
        };
        match (wildcards, &self.others) {
            (WildcardMatching::Documented, _) | (_, None) => self.matches_arn(arn),
            (WildcardMatching::WholeString, Some(others)) => others.whole.matches(arn.as_str()),
            (WildcardMatching::FieldByField, Some(others)) => others
                .fields
                .as_ref()
                .is_some_and(|glob| glob.matches(arn.as_str())),
        }
    }

    /// Returns whether the ways of matching disagree about this resource.
    #[must_use]
    pub fn is_ambiguous(&self, resource: &Resource<'_>) -> bool {
        let documented = self.matches(resource);
        self.others.is_some()
            && [WildcardMatching::WholeString, WildcardMatching::FieldByField]
                .into_iter()
                .any(|wildcards| self.matches_as(resource, wildcards) != documented)
    }

    /// Returns whether some ARN matches both patterns.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        match (&self.documented, &other.documented) {
            (Some(one), Some(other)) => one.overlaps(other),
            (None, _) | (_, None) => false,
        }
    }

    /// Returns whether every ARN that matches `other` also matches this pattern.
    #[must_use]
    pub fn contains(&self, other: &Self) -> Containment {
        match (&self.documented, &other.documented) {
            (_, None) => Containment::Contained,
            (None, Some(_)) => Containment::NotContained,
            (Some(outer), Some(inner)) => outer.contains(inner),
        }
    }
}

impl std::fmt::Display for ArnPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Makes a pattern of the ARN condition operators. It has six fields, and a wildcard stays within its field, except in
/// the last one.
///
/// `None` when the text has fewer fields and is not made of `*` only: it matches nothing.
/// Source: IAM user guide, "Amazon Resource Name (ARN) condition operators".
pub(crate) fn condition_pattern(tokens: &[u8]) -> Option<Glob> {
    if !tokens.is_empty() && tokens.iter().all(|&token| token == STAR) {
        return Some(Glob::from_tokens([STAR]));
    }
    let fields = fields(tokens);
    (fields.len() == FIELDS).then(|| Glob::from_tokens(field_by_field(&fields)))
}

fn fields(tokens: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::with_capacity(FIELDS);
    fields.extend(tokens.splitn(FIELDS, |&token| token == b':'));
    fields
}

fn within_field(token: u8) -> u8 {
    match token {
        STAR => SEGMENT_STAR,
        ANY => SEGMENT_ANY,
        literal => literal,
    }
}

fn documented(written: &[&[u8]]) -> Vec<u8> {
    // As long as it was written, unless something is missing.
    let letters: usize = written.iter().map(|field| field.len()).sum();
    let mut tokens = Vec::with_capacity(letters.saturating_add(FIELDS - 1));
    for index in 0..FIELDS {
        if index > 0 {
            tokens.push(b':');
        }
        match written.get(index) {
            None => tokens.push(STAR),
            Some(field) if index == RESOURCE => tokens.extend_from_slice(field),
            Some(field) => match field.split_last() {
                Some((&STAR, rest)) => {
                    // A run of stars is one star: a star within the field before the crossing one adds nothing.
                    let end = rest
                        .iter()
                        .rposition(|&token| token != STAR)
                        .map_or(0, |last| last + 1);
                    tokens.extend(rest.iter().take(end).map(|&token| within_field(token)));
                    tokens.push(STAR);
                }
                _ => tokens.extend(field.iter().map(|&token| within_field(token))),
            },
        }
    }
    tokens
}

fn field_by_field(written: &[&[u8]]) -> Vec<u8> {
    let mut tokens = Vec::new();
    for (index, field) in written.iter().enumerate() {
        if index > 0 {
            tokens.push(b':');
        }
        if index == RESOURCE {
            tokens.extend_from_slice(field);
        } else {
            tokens.extend(field.iter().map(|&token| within_field(token)));
        }
    }
    tokens
}
