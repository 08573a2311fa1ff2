//! Texts with a length and a pattern.

use std::fmt;

use uuid::Uuid;

use crate::checked_text::checked_text;
use crate::request::Constraint;

/// A text of so many code points whose whole matches a pattern; `$matches` decides, `$pattern` is how the model
/// writes it. Debug output is left to each type.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $least:literal..=$most:literal, $matches:expr, $pattern:literal) => {
        checked_text!($(#[$doc])* $name, |text| {
            let matches: fn(&str) -> bool = $matches;
            if !($least..=$most).contains(&text.chars().count()) {
                Err(Constraint::length($least, $most))
            } else if matches(text) {
                Ok(())
            } else {
                Err(Constraint::pattern($pattern))
            }
        });
    };
}

macro_rules! shown {
    ($($name:ident),*) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        })*
    };
}

text!(
    /// Id of an access policy, a portal or a project: a lower-case UUID, not the one of zeros only.
    Id,
    36..=36,
    is_id,
    "^(?!00000000-0000-0000-0000-000000000000)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
);
text!(
    /// The caller's idempotency token.
    ClientToken, 36..=64, has_no_space, r"^\S{36,64}$"
);
text!(
    /// Id of a user or a group of IAM Identity Center. Nobody is asked whether it exists.
    IdentityId, 1..=256, has_no_space, r"^\S+$"
);
text!(
    /// ARN of an IAM user or role, by its form alone.
    IamArn, 1..=1600, |text| is_arn(text, "-:/_.+=,@"), r"^arn:aws(-cn|-us-gov)?:[a-zA-Z0-9-:\/_\.\+=,@]+$"
);
text!(
    /// ARN of anything else.
    Arn, 1..=1600, |text| is_arn(text, "-:/_."), r"^arn:aws(-cn|-us-gov)?:[a-zA-Z0-9-:\/_\.]+$"
);
text!(
    /// Name of a portal, a project or a tool.
    Name, 1..=256, has_no_control, r"^[^\u0000-\u001F\u007F]+$"
);
text!(
    /// Description of a portal or a project.
    Description, 1..=2048, has_no_control, r"^[^\u0000-\u001F\u007F]+$"
);
text!(
    /// An e-mail address, which is sensitive: neither messages nor logs show it.
    Email, 1..=255, is_email, r"^[a-zA-Z0-9_\-\.\+]+@[a-zA-Z0-9_\-\.\+]+\.[a-zA-Z]{2,}$"
);
text!(
    /// Means where a page begins, as this API wrote it.
    NextToken, 1..=4096, is_base64, r"^[A-Za-z0-9+/=]+$"
);

shown!(
    Id,
    ClientToken,
    IdentityId,
    IamArn,
    Arn,
    Name,
    Description,
    NextToken
);

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an e-mail address")
    }
}

/// Makes an id of this service from a UUID. None of these ids consists of zeros only.
impl From<Uuid> for Id {
    fn from(id: Uuid) -> Self {
        Self(id.hyphenated().to_string())
    }
}

fn is_id(text: &str) -> bool {
    let is_in_place = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    };
    text.len() == 36
        && text.bytes().enumerate().all(is_in_place)
        && text.bytes().any(|byte| !matches!(byte, b'0' | b'-'))
}

/// Tests the whole text for `\S`: it has neither white space of Unicode nor U+001C to U+001F, which some engines count
/// as space.
fn has_no_space(text: &str) -> bool {
    !text.contains(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

fn has_no_control(text: &str) -> bool {
    !text.contains(|c: char| c.is_ascii_control())
}

fn is_arn(text: &str, others: &str) -> bool {
    let Some((partition, rest)) = text.strip_prefix("arn:").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    matches!(partition, "aws" | "aws-cn" | "aws-us-gov")
        && !rest.is_empty()
        && rest
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

fn is_email(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-.+".contains(c))
    };
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let Some((domain, top)) = domain.rsplit_once('.') else {
        return false;
    };
    is_part(local) && is_part(domain) && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_base64(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}
