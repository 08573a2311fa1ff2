//! A policy that has passed validation, in the form in which it is stored and read back.

use serde::{Deserialize, Serialize};

use crate::checks::Outline;
use crate::nrn;

/// Most bytes of the stored permissions as compact JSON: a database item holds 400 KB, and the rest is left to
/// the other attributes.
pub(crate) const MAX_STORED: usize = 358_400;

/// A policy without an ERROR. Every string is exactly as received, but for a bare `*` among the resources, which
/// the service keeps as `nrn:*:<product>:*::*`; members that the API does not know are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    #[serde(rename = "policyName")]
    name: String,
    description: String,
    permissions: Vec<Permission>,
}

/// What a policy allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// Always `Allow`.
    pub effect: Effect,
    /// At least one.
    pub targets: Vec<Target>,
}

/// Permission status; the service supports `Allow` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// The targets' actions are allowed.
    Allow,
}

/// Actions of one product on some of its resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// A product code.
    pub product: String,
    /// At least one.
    pub actions: Vec<String>,
    /// At least one.
    pub resource_nrns: Vec<String>,
}

impl Policy {
    /// A policy that the store holds. It was valid when it was stored and is not checked again: the rules of a
    /// later release must not make it unreadable.
    #[must_use]
    pub fn restore(name: String, description: String, permissions: Vec<Permission>) -> Self {
        Self {
            name,
            description,
            permissions,
        }
    }

    /// 3 to 30 characters.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// At most 300 bytes; may be empty.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// As stored and read back; at least one, at most 350 KiB as JSON.
    #[must_use]
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// Name, description and permissions, for the store.
    #[must_use]
    pub fn into_parts(self) -> (String, String, Vec<Permission>) {
        (self.name, self.description, self.permissions)
    }

    /// Copies what a body without ERROR says.
    pub(crate) fn from_outline(outline: &Outline<'_>) -> Self {
        let permissions = outline.permissions.iter().map(|permission| Permission {
            effect: Effect::Allow,
            targets: permission
                .targets
                .iter()
                .map(|target| Target {
                    product: target.code.to_owned(),
                    actions: target.actions.iter().map(|action| (*action).to_owned()).collect(),
                    resource_nrns: target
                        .resources
                        .iter()
                        .map(|text| {
                            if *text == "*" {
                                nrn::everything_of(target.code)
                            } else {
                                (*text).to_owned()
                            }
                        })
                        .collect(),
                })
                .collect(),
        });
        Self {
            name: outline.name.to_owned(),
            description: outline.description.to_owned(),
            permissions: permissions.collect(),
        }
    }
}

/// Bytes that permissions take when stored, without writing them.
#[derive(Debug, Default)]
pub(crate) struct StoredSize(usize);

impl StoredSize {
    /// The brackets and commas of arrays are counted as one byte for each element and one for the array.
    pub(crate) fn array(&mut self) {
        self.0 += 1;
    }

    /// `{"effect":"Allow","targets":}` and a separator.
    pub(crate) fn permission(&mut self) {
        self.0 += r#"{"effect":"Allow","targets":},"#.len();
    }

    /// `{"product":,"actions":,"resourceNrns":}` and a separator.
    pub(crate) fn target(&mut self) {
        self.0 += r#"{"product":,"actions":,"resourceNrns":},"#.len();
    }

    /// A string that is no element.
    pub(crate) fn string(&mut self, text: &str) {
        let escapes = |byte: u8| match byte {
            b'"' | b'\\' | b'\x08' | b'\x0c' | b'\n' | b'\r' | b'\t' => 1,
            0..0x20 => 5,
            _ => 0,
        };
        self.0 += 2 + text.len();
        // Without an early end the test is vectorised; hardly any string of a policy is escaped.
        let is_plain = |byte: u8| u8::from(byte >= 0x20) & u8::from(byte != b'"') & u8::from(byte != b'\\');
        if text.bytes().fold(1, |all, byte| all & is_plain(byte)) == 0 {
            self.0 += text.bytes().map(escapes).sum::<usize>();
        }
    }

    /// A string of an array, with its separator.
    pub(crate) fn element(&mut self, text: &str) {
        self.string(text);
        self.0 += 1;
    }

    /// A well-formed resource as it is stored, with its separator; none of its characters is ever escaped.
    pub(crate) fn resource(&mut self, text: &str, product: &str) {
        if text == "*" {
            self.0 += "\"nrn:*::*::*\",".len() + product.len();
        } else {
            self.0 += "\"\",".len() + text.len();
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0
    }
}
