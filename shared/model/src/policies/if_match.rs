//! The headers `If-Match` and `If-None-Match` (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2).

use std::str::FromStr;

/// Most tags of one header; the condition of a database write takes 100 values.
const MAX_TAGS: usize = 100;

/// The versions that a caller is willing to change. A version is the number in a strong tag: `"3"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Any version matches: there is no header, or it is `*`.
    Any,
    /// One of these; none when no tag of the header can be the one of a policy, weak ones among them.
    Versions(Vec<u64>),
}

/// The header is not a list of tags, or is a list of more than 100 tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("If-Match must be * or a list of at most 100 entity tags")]
pub struct InvalidIfMatch;

impl IfMatch {
    /// Returns the condition of a request with or without the header.
    ///
    /// # Errors
    /// [`InvalidIfMatch`].
    pub fn from_header(header: Option<&str>) -> Result<Self, InvalidIfMatch> {
        header.map_or(Ok(Self::Any), str::parse)
    }

    /// Returns whether a policy of that version may be changed.
    #[must_use]
    pub fn holds(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

impl FromStr for IfMatch {
    type Err = InvalidIfMatch;

    fn from_str(text: &str) -> Result<Self, InvalidIfMatch> {
        Ok(match tags(text).ok_or(InvalidIfMatch)? {
            Tags::Any => Self::Any,
            Tags::List(tags) => {
                let strong = tags.into_iter().filter(|tag| !tag.is_weak);
                Self::Versions(strong.filter_map(|tag| tag.version).collect())
            }
        })
    }
}

/// The versions that a caller has already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfNoneMatch {
    /// The request has no such header.
    Absent,
    /// The header is `*`: any version is right.
    Any,
    /// The policy must have one of these versions.
    Versions(Vec<u64>),
}

/// The header is not a list of tags, or is a list of more than 100 tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("If-None-Match must be * or a list of at most 100 entity tags")]
pub struct InvalidIfNoneMatch;

impl IfNoneMatch {
    /// Returns the condition of a request with or without the header. Weak tags match as strong ones do.
    ///
    /// # Errors
    /// [`InvalidIfNoneMatch`].
    pub fn from_header(header: Option<&str>) -> Result<Self, InvalidIfNoneMatch> {
        let Some(text) = header else {
            return Ok(Self::Absent);
        };
        Ok(match tags(text).ok_or(InvalidIfNoneMatch)? {
            Tags::Any => Self::Any,
            Tags::List(tags) => Self::Versions(tags.into_iter().filter_map(|tag| tag.version).collect()),
        })
    }

    /// Returns whether the caller has that version already.
    #[must_use]
    pub fn has(&self, version: u64) -> bool {
        match self {
            Self::Absent => false,
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

enum Tags {
    Any,
    List(Vec<Tag>),
}

struct Tag {
    is_weak: bool,
    /// `None` for a tag that is not ours.
    version: Option<u64>,
}

//   list  = [ tag ] *( OWS "," OWS [ tag ] ), at least one tag
//   tag   = [ "W/" ] DQUOTE *etagc DQUOTE
//   etagc = %x21 / %x23-7E / obs-text
//
// A tag may hold commas, so that the list cannot be split at them.
fn tags(text: &str) -> Option<Tags> {
    let blank = [' ', '\t'];
    let mut rest = text.trim_matches(blank);
    if rest == "*" {
        return Some(Tags::Any);
    }
    let mut tags = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(',') {
            rest = after.trim_start_matches(blank);
            continue;
        }
        let is_weak = rest.starts_with("W/");
        let (tag, after) = rest
            .strip_prefix("W/")
            .unwrap_or(rest)
            .strip_prefix('"')
            .and_then(|tag| tag.split_once('"'))?;
        if tag.bytes().any(|byte| byte <= b' ' || byte == 0x7F) {
            return None;
        }
        rest = after.trim_start_matches(blank);
        if !(rest.is_empty() || rest.starts_with(',')) {
            return None;
        }
        let version = tag.parse().ok();
        let version = version.filter(|version: &u64| version.to_string() == tag);
        tags.push(Tag { is_weak, version });
    }
    (1..=MAX_TAGS).contains(&tags.len()).then_some(Tags::List(tags))
}
