//! Amazon resource names and the patterns over them.
//!
//! Source: IAM user guide, "IAM identifiers" and "IAM JSON policy elements: Resource".

mod pattern;
#[cfg(test)]
mod tests;

pub(crate) use pattern::condition_pattern;
pub use pattern::{ArnPattern, PatternFinding, ShortArn, WildcardMatching};

/// Says why a text is no ARN
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// Fewer than five colons
    #[error("`{text}` has fewer than the six fields of an ARN")]
    TooFewFields {
        /// Holds the text that was read.
        text: String,
    },
    /// The first field is not `arn`
    #[error("`{text}` does not start with `arn:`")]
    Prefix {
        /// Holds the text that was read.
        text: String,
    },
}

/// The six fields of an ARN, `arn:partition:service:region:account:resource`; region and account may be empty
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn<'a> {
    text: &'a str,
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// The service's namespace, for example `s3`
    pub service: &'a str,
    /// The region, empty for global services
    pub region: &'a str,
    /// The account id, empty where names are global
    pub account: &'a str,
    /// Everything after the fifth colon, colons included
    pub resource: &'a str,
}

/// Returns the places of the colons. The fields are short, so that a search for each colon would start more often than it looks
/// at a byte.
fn colons(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.bytes().zip(0..);
    bytes.filter(|(byte, _)| *byte == b':').map(|(_, place)| place)
}

/// Returns the account of an ARN, or of a pattern, whose other fields need not be those of an ARN; `None` when the text has fewer than
/// five fields.
#[must_use]
pub fn account_field(text: &str) -> Option<&str> {
    let mut colons = colons(text).skip(3);
    let start = colons.next()?.saturating_add(1);
    text.get(start..colons.next().unwrap_or(text.len()))
}

/// Returns the account of an ARN; an empty text when the ARN names none.
#[must_use]
pub fn account_of(arn: &str) -> &str {
    account_field(arn).unwrap_or_default()
}

impl<'a> Arn<'a> {
    /// Splits `text` at its first five colons.
    ///
    /// # Errors
    /// [`ArnError::TooFewFields`] with fewer than five colons, [`ArnError::Prefix`] when the first field is not `arn`.
    pub fn parse(text: &'a str) -> Result<Self, ArnError> {
        let mut colons = colons(text);
        let mut start = 0_usize;
        let mut field = || {
            let end = colons.next()?;
            let field = text.get(start..end)?;
            start = end.saturating_add(1);
            Some(field)
        };
        let fields = [field(), field(), field(), field(), field()];
        let [
            Some(prefix),
            Some(partition),
            Some(service),
            Some(region),
            Some(account),
        ] = fields
        else {
            return Err(ArnError::TooFewFields {
                text: text.to_owned(),
            });
        };
        let resource = text.get(start..).unwrap_or_default();
        if prefix != "arn" {
            return Err(ArnError::Prefix {
                text: text.to_owned(),
            });
        }
        Ok(Self {
            text,
            partition,
            service,
            region,
            account,
            resource,
        })
    }

    /// Returns the text of the whole ARN.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        self.text
    }
}

impl std::fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text)
    }
}

/// Says what an action is asked about
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource<'a> {
    /// The pseudo-resource `*` of actions without resource-level permissions; only a pattern of `*` matches it
    Unspecified,
    /// The resource is this one ARN.
    Arn(Arn<'a>),
}

impl<'a> Resource<'a> {
    /// Reads `*` or an ARN.
    ///
    /// # Errors
    /// [`ArnError`] when `text` is neither.
    pub fn parse(text: &'a str) -> Result<Self, ArnError> {
        if text == "*" {
            Ok(Self::Unspecified)
        } else {
            Arn::parse(text).map(Self::Arn)
        }
    }

    /// Returns the ARN, or `*` for the pseudo-resource.
    #[must_use]
    pub const fn as_str(&self) -> &'a str {
        match self {
            Self::Unspecified => "*",
            Self::Arn(arn) => arn.as_str(),
        }
    }

    /// Returns the ARN; `None` for the pseudo-resource.
    #[must_use]
    pub const fn arn(&self) -> Option<&Arn<'a>> {
        match self {
            Self::Unspecified => None,
            Self::Arn(arn) => Some(arn),
        }
    }
}
