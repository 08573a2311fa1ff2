//! The header `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1).

use std::str::FromStr;

/// Most tags of one header; the condition of a database write takes 100 values.
const MAX_TAGS: usize = 100;

/// The versions that a caller is willing to change. A version is the number in a strong tag: `"3"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// Whatever there is: no header, or `*`.
    Any,
    /// One of these; none when no tag of the header can be the one of a policy, weak ones among them.
    Versions(Vec<u64>),
}

/// The header is no list of tags, or a list of more than 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("If-Match must be * or a list of at most 100 entity tags")]
pub struct InvalidIfMatch;

impl IfMatch {
    /// The condition of a request with or without the header.
    ///
    /// # Errors
    /// [`InvalidIfMatch`].
    pub fn from_header(header: Option<&str>) -> Result<Self, InvalidIfMatch> {
        header.map_or(Ok(Self::Any), str::parse)
    }

    /// Whether a policy of that version may be changed.
    #[must_use]
    pub fn holds(&self, version: u64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

//   list  = [ tag ] *( OWS "," OWS [ tag ] ), at least one tag
//   tag   = [ "W/" ] DQUOTE *etagc DQUOTE
//   etagc = %x21 / %x23-7E / obs-text
//
// A tag may hold commas, so that the list cannot be split at them.
impl FromStr for IfMatch {
    type Err = InvalidIfMatch;

    fn from_str(text: &str) -> Result<Self, InvalidIfMatch> {
        let blank = [' ', '\t'];
        let mut rest = text.trim_matches(blank);
        if rest == "*" {
            return Ok(Self::Any);
        }
        let (mut tags, mut versions) = (0, Vec::new());
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
                .and_then(|tag| tag.split_once('"'))
                .ok_or(InvalidIfMatch)?;
            if tag.bytes().any(|byte| byte <= b' ' || byte == 0x7F) {
                return Err(InvalidIfMatch);
            }
            rest = after.trim_start_matches(blank);
            if !(rest.is_empty() || rest.starts_with(',')) {
                return Err(InvalidIfMatch);
            }
            tags += 1;
            let version = tag
                .parse()
                .ok()
                .filter(|version: &u64| version.to_string() == tag);
            versions.extend(version.filter(|_| !is_weak));
        }
        if tags == 0 || tags > MAX_TAGS {
            return Err(InvalidIfMatch);
        }
        Ok(Self::Versions(versions))
    }
}
