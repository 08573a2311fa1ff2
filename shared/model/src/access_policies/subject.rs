//! The identity, the permission and the resource of an access policy.

use serde::{Deserialize, Serialize};

use super::text::{IamArn, Id, IdentityId};
use crate::request::{Constraint, Member, Reader};

/// The identity to which access is given. Identities are not resolved, because there is no directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Identity {
    /// A user of IAM Identity Center.
    User(IdentityId),
    /// A group of IAM Identity Center.
    Group(IdentityId),
    /// An IAM user.
    IamUser(IamArn),
    /// An IAM role.
    IamRole(IamArn),
}

/// The resource to which access is given.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Resource {
    /// The resource is a portal.
    Portal(Id),
    /// The resource is a project.
    Project(Id),
}

/// Says which access is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Permission {
    /// The identity can do everything; for a project, it is also called the owner.
    Administrator,
    /// The identity can look, and cannot change anything.
    Viewer,
}

impl Permission {
    /// Returns the permission as the service writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "ADMINISTRATOR",
            Self::Viewer => "VIEWER",
        }
    }
}

impl std::str::FromStr for Permission {
    type Err = Constraint;

    fn from_str(word: &str) -> Result<Self, Constraint> {
        match word {
            "ADMINISTRATOR" => Ok(Self::Administrator),
            "VIEWER" => Ok(Self::Viewer),
            _ => Err(Constraint::one_of(&["ADMINISTRATOR", "VIEWER"])),
        }
    }
}

/// A member of a union: its name, that of the one member it has itself, and what a text of it becomes.
type Choice<T> = (
    &'static str,
    &'static str,
    fn(&mut Reader, &Member<'_>) -> Option<T>,
);

/// Reads a structure of which exactly one member must be there: to SDKs it is a plain structure, so that they send
/// none or several without complaint.
fn one_of<T>(reader: &mut Reader, member: &Member<'_>, choices: &[Choice<T>]) -> Option<T> {
    let union = reader.object(member)?;
    let mut found = Vec::new();
    for (kind, inner, read) in choices {
        let chosen = union.member(kind);
        if chosen.is_present() {
            let value = reader.object(&chosen).and_then(|object| {
                let value = reader.required(object.member(inner));
                read(reader, &value)
            });
            found.push(value);
        }
    }
    if found.len() == 1 {
        return found.pop().flatten();
    }
    let names: Vec<&str> = choices.iter().map(|(kind, ..)| *kind).collect();
    let rule = format!(
        "Member must have exactly one of the members [{}]",
        names.join(", ")
    );
    reader.refuse(member.path(), Constraint::new(rule));
    None
}

impl Identity {
    pub(super) fn from_member(reader: &mut Reader, member: &Member<'_>) -> Option<Self> {
        let choices: [Choice<Self>; 4] = [
            ("user", "id", |reader, id| reader.text(id).map(Self::User)),
            ("group", "id", |reader, id| reader.text(id).map(Self::Group)),
            ("iamUser", "arn", |reader, arn| {
                reader.text(arn).map(Self::IamUser)
            }),
            ("iamRole", "arn", |reader, arn| {
                reader.text(arn).map(Self::IamRole)
            }),
        ];
        one_of(reader, member, &choices)
    }

    /// Returns the member of the union that it is, the member of that one, and the text in it.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &'static str, &str) {
        match self {
            Self::User(id) => ("user", "id", id.as_str()),
            Self::Group(id) => ("group", "id", id.as_str()),
            Self::IamUser(arn) => ("iamUser", "arn", arn.as_str()),
            Self::IamRole(arn) => ("iamRole", "arn", arn.as_str()),
        }
    }
}

impl Resource {
    pub(super) fn from_member(reader: &mut Reader, member: &Member<'_>) -> Option<Self> {
        let choices: [Choice<Self>; 2] = [
            ("portal", "id", |reader, id| reader.text(id).map(Self::Portal)),
            ("project", "id", |reader, id| reader.text(id).map(Self::Project)),
        ];
        one_of(reader, member, &choices)
    }

    /// Returns the member of the union that it is, and the id in it.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &Id) {
        match self {
            Self::Portal(id) => ("portal", id),
            Self::Project(id) => ("project", id),
        }
    }
}
