//! Ncloud resource names: `nrn:domain:product:region:member:type/id`.
//!
//! Source: Ncloud Sub Account guide, "NRN": at most 128 characters out of `A-Za-z0-9-_:./=`, and `*` in
//! policies. Domain and region may be empty, the product may not.
//!
//! ```text
//! value    = "*" / nrn
//! nrn      = "nrn:" domain ":" product ":" region ":" member ":" resource
//! domain   = "" / "*" / 1*ALNUM
//! product  = 1*ALNUM
//! region   = "" / "*" / 1*( ALNUM / "-" )
//! member   = "" / "*" / 1*DIGIT            ; "" only if resource contains "*"
//! resource = "*" / type "/" id
//! type     = ( ALPHA / "*" ) *( ALNUM / "*" )
//! id       = 1*( ALNUM / "-" / "_" / ":" / "." / "/" / "=" / "*" )
//! ```

use std::borrow::Cow;
use std::fmt;

/// Most characters of a resource name.
pub(crate) const MAX_NRN: usize = 128;

/// A resource name or a pattern of them, in the form in which equal patterns have equal parts: `*` is written
/// out, an empty member that matches every member is `*`, a run of `*` is one, and the resource `*/*` is `*`, because
/// every resource has a type and an id.
///
/// INVARIANT: built by [`Nrn::parse`] only; two patterns that cover each other are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Nrn<'a> {
    domain: &'a str,
    product: &'a str,
    region: &'a str,
    member: &'a str,
    resource: Cow<'a, str>,
}

/// Says why a text is not a resource name, in the order of the tests; a text has one fault only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Prefix,
    Character,
    Length,
    Format,
}

impl<'a> Nrn<'a> {
    /// Reads a resource name of a target with that product; only `*` depends on the product, which is not
    /// compared.
    ///
    /// # Errors
    /// The first [`Fault`] found.
    pub(crate) fn parse(text: &'a str, product: &'a str) -> Result<Self, Fault> {
        if text == "*" {
            return Ok(Self {
                domain: "*",
                product,
                region: "*",
                member: "*",
                resource: Cow::Borrowed("*"),
            });
        }
        let parts = text.strip_prefix("nrn:").ok_or(Fault::Prefix)?;
        // Without an early end the loop is vectorised, and names are short.
        if !parts.bytes().fold(true, |good, byte| good & is_allowed(byte)) {
            return Err(Fault::Character);
        }
        // INVARIANT: the text is ASCII from here on, so that bytes are characters.
        if text.len() > MAX_NRN {
            return Err(Fault::Length);
        }
        let mut resource = parts;
        let mut part = || -> Result<&'a str, Fault> {
            let (part, rest) = split_at(resource, b':').ok_or(Fault::Format)?;
            resource = rest;
            Ok(part)
        };
        let (domain, product, region, member) = (part()?, part()?, part()?, part()?);
        let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
        let good = is_any_or(domain, alphanumeric)
            && !product.is_empty()
            && product.bytes().all(alphanumeric)
            && is_any_or(region, |byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && is_any_or(member, |byte| byte.is_ascii_digit())
            && (!member.is_empty() || has_star(resource))
            && is_resource(resource);
        if !good {
            return Err(Fault::Format);
        }
        let resource = canonical(resource);
        // The service writes `*` as `nrn:*:<product>:*::*`: there the empty member means every member.
        let member = if member.is_empty() && resource == "*" {
            "*"
        } else {
            member
        };
        Ok(Self {
            domain,
            product,
            region,
            member,
            resource,
        })
    }

    pub(crate) fn product(&self) -> &'a str {
        self.product
    }

    pub(crate) fn domain(&self) -> &'a str {
        self.domain
    }

    pub(crate) fn region(&self) -> &'a str {
        self.region
    }

    pub(crate) fn member(&self) -> &'a str {
        self.member
    }

    pub(crate) fn resource(&self) -> &str {
        &self.resource
    }

    /// Returns the text before the `/`; `None` for the resource `*`.
    pub(crate) fn resource_type(&self) -> Option<&str> {
        split_at(&self.resource, b'/').map(|(kind, _)| kind)
    }

    /// Returns whether it can name more than one resource.
    pub(crate) fn is_pattern(&self) -> bool {
        [self.domain, self.region, self.member].contains(&"*") || has_star(&self.resource)
    }

    /// Returns whether it names every resource of every account, in one domain or region or in all of them.
    pub(crate) fn is_effectively_everything(&self) -> bool {
        self.member == "*" && self.resource == "*"
    }

    /// Returns whether it names every resource of its product.
    pub(crate) fn is_everything(&self) -> bool {
        [self.domain, self.region, self.member, &self.resource]
            .iter()
            .all(|part| *part == "*")
    }

    /// Returns whether every part, read as a glob, matches the text of the other's part. Transitive; what is covered
    /// names no resource that the covering name does not.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let part = |pattern: &str, text: &str| pattern == "*" || pattern == text;
        self.product == other.product
            && part(self.domain, other.domain)
            && part(self.region, other.region)
            && part(self.member, other.member)
            && glob(&self.resource, &other.resource)
    }
}

/// Prints the canonical form, which parses to an equal name.
impl fmt::Display for Nrn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            domain,
            product,
            region,
            member,
            resource,
        } = self;
        let member = if self.is_everything() { "" } else { member };
        write!(f, "nrn:{domain}:{product}:{region}:{member}:{resource}")
    }
}

/// Returns the text that the service stores for `*`.
pub(crate) fn everything_of(product: &str) -> String {
    format!("nrn:*:{product}:*::*")
}

/// Splits a name at the first byte of that value. The searches of the standard library are made for texts that are longer
/// than names, and cost more before they begin than a name has bytes.
fn split_at(text: &str, wanted: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == wanted)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn has_star(text: &str) -> bool {
    text.bytes().any(|byte| byte == b'*')
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.' | b'/' | b'=' | b'*')
}

fn is_any_or(part: &str, inside: impl Fn(u8) -> bool) -> bool {
    part == "*" || part.bytes().all(inside)
}

fn is_resource(resource: &str) -> bool {
    resource == "*"
        || split_at(resource, b'/').is_some_and(|(kind, id)| {
            !id.is_empty()
                && kind
                    .bytes()
                    .next()
                    .is_some_and(|first| first.is_ascii_alphabetic() || first == b'*')
                && kind
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'*')
        })
}

fn canonical(resource: &str) -> Cow<'_, str> {
    if !has_star(resource) {
        return Cow::Borrowed(resource);
    }
    if resource.bytes().all(|byte| byte == b'*' || byte == b'/') && resource.matches('/').count() <= 1 {
        return Cow::Borrowed("*");
    }
    if !resource.contains("**") {
        return Cow::Borrowed(resource);
    }
    let mut text = String::with_capacity(resource.len());
    for c in resource.chars() {
        if !(c == '*' && text.ends_with('*')) {
            text.push(c);
        }
    }
    Cow::Owned(text)
}

/// Returns whether the pattern, in which `*` stands for any run of characters, matches the whole text.
///
/// After a mismatch only the last `*` has to be tried again, so the time is at most the product of the lengths,
/// each of which is bounded by [`MAX_NRN`].
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut pieces = rest.split('*');
    let last = pieces.next_back().unwrap_or_default();
    for piece in pieces {
        let Some((_, after)) = text.split_once(piece) else {
            return false;
        };
        text = after;
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests;
