//! Portals, as far as access policies need them.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::canonical::Canonical;
use super::repeatable::Repeatable;
use super::tags::Tags;
use super::text::{Arn, ClientToken, Description, Email, IamArn, Id, Name};
use crate::request::{Constraint, Member, Object, Reader, Violations};

/// Most bytes of a logo.
const LARGEST_LOGO: usize = 1_500_000;
/// Most bytes of a type configuration as JSON. The model has no limit; an item of the database holds 400 KB.
const LARGEST_CONFIGURATION: usize = 256 * 1024;

/// Holds what the caller says about a portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PortalDetails {
    /// Names need not differ.
    pub name: Name,
    /// Says what it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// Says whom to write to.
    pub contact_email: Email,
    /// The role that the portal would work with.
    pub role_arn: IamArn,
    /// The address from which alarms are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_sender_email: Option<Email>,
    /// Says how alarms are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarms: Option<Alarms>,
    /// Generation of the portal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal_type: Option<PortalType>,
    /// Settings of that generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub type_configuration: Option<BTreeMap<String, PortalTypeEntry>>,
}

/// Says how people sign in to a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthMode {
    /// People sign in with IAM.
    Iam,
    /// Users sign in with IAM Identity Center; the default.
    Sso,
}

impl std::str::FromStr for AuthMode {
    type Err = Constraint;

    fn from_str(word: &str) -> Result<Self, Constraint> {
        match word {
            "IAM" => Ok(Self::Iam),
            "SSO" => Ok(Self::Sso),
            _ => Err(Constraint::one_of(&["IAM", "SSO"])),
        }
    }
}

/// Generation of a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PortalType {
    /// The first type of portals.
    #[serde(rename = "SITEWISE_PORTAL_V1")]
    V1,
    /// The second type of portals.
    #[serde(rename = "SITEWISE_PORTAL_V2")]
    V2,
}

impl std::str::FromStr for PortalType {
    type Err = Constraint;

    fn from_str(word: &str) -> Result<Self, Constraint> {
        match word {
            "SITEWISE_PORTAL_V1" => Ok(Self::V1),
            "SITEWISE_PORTAL_V2" => Ok(Self::V2),
            _ => Err(Constraint::one_of(&["SITEWISE_PORTAL_V1", "SITEWISE_PORTAL_V2"])),
        }
    }
}

/// Says how a portal sends alarms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alarms {
    /// The role that it would send them with.
    pub alarm_role_arn: IamArn,
    /// The function that it would send them through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_lambda_arn: Option<Arn>,
}

/// Tools of a portal under one key of its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PortalTypeEntry {
    /// The tools in the order in which they were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal_tools: Option<Vec<Name>>,
}

/// A portal as it is stored, less its tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Portal {
    /// The id of the resource.
    pub id: Id,
    /// Says what the caller said, and may change.
    #[serde(flatten)]
    pub details: PortalDetails,
    /// Says how people sign in.
    pub auth_mode: AuthMode,
    /// Says when it was created, to the millisecond.
    pub created_at: Timestamp,
    /// Says when it was last changed, to the millisecond; `None` before the first change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
}

impl Portal {
    /// Returns when it was last changed, or else created.
    #[must_use]
    pub fn last_update(&self) -> Timestamp {
        self.updated_at.unwrap_or(self.created_at)
    }
}

/// A request to create a portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatePortal {
    /// Says what is said about it.
    pub details: PortalDetails,
    /// Says how people sign in.
    pub auth_mode: AuthMode,
    /// Makes the creation happen once.
    pub client_token: Option<ClientToken>,
    /// Its first tags.
    pub tags: Tags,
    /// The logo as it was sent: it is dropped, but two requests that differ in it are two requests.
    logo: Option<String>,
}

impl CreatePortal {
    /// Reads the body.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(body: &json::Object<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let name = reader.required(root.member("portalName"));
        let name = reader.text(&name);
        let description = reader.text(&root.member("portalDescription"));
        let contact_email = reader.required(root.member("portalContactEmail"));
        let contact_email = reader.text(&contact_email);
        let client_token = reader.text(&root.member("clientToken"));
        let logo = logo(&mut reader, &root.member("portalLogoImageFile"));
        let role_arn = reader.required(root.member("roleArn"));
        let role_arn = reader.text(&role_arn);
        let tags = Tags::from_member(&mut reader, &root.member("tags"));
        let auth_mode = reader.text(&root.member("portalAuthMode"));
        let notification_sender_email = reader.text(&root.member("notificationSenderEmail"));
        let alarms = alarms(&mut reader, &root.member("alarms"));
        let portal_type = reader.text(&root.member("portalType"));
        let type_configuration = type_configuration(&mut reader, &root.member("portalTypeConfiguration"));
        let required = name.zip(contact_email).zip(role_arn).zip(tags);
        let request = required.map(|(((name, contact_email), role_arn), tags)| Self {
            details: PortalDetails {
                name,
                description,
                contact_email,
                role_arn,
                notification_sender_email,
                alarms,
                portal_type,
                type_configuration,
            },
            auth_mode: auth_mode.unwrap_or(AuthMode::Sso),
            client_token,
            tags,
            logo,
        });
        reader.finish(request)
    }
}

impl Repeatable for CreatePortal {
    const OPERATION: &str = "CreatePortal";

    fn client_token(&self) -> Option<&ClientToken> {
        self.client_token.as_ref()
    }

    fn canonical(&self) -> String {
        let details = &self.details;
        Canonical::of(Self::OPERATION)
            .member("name", details.name.as_str())
            .optional(
                "description",
                details.description.as_ref().map(Description::as_str),
            )
            .member("contactEmail", details.contact_email.as_str())
            .optional("logo", self.logo.as_deref())
            .member("roleArn", details.role_arn.as_str())
            .member("tags", &self.tags)
            .member("authMode", json!(self.auth_mode))
            .optional(
                "notificationSenderEmail",
                details.notification_sender_email.as_ref().map(Email::as_str),
            )
            .optional("alarms", details.alarms.as_ref().map(|alarms| json!(alarms)))
            .optional("type", details.portal_type.map(|portal_type| json!(portal_type)))
            .optional(
                "typeConfiguration",
                details.type_configuration.as_ref().map(|map| json!(map)),
            )
            .finish()
    }
}

/// Returns a picture of 1 to 1,500,000 bytes; its text in base64.
fn logo(reader: &mut Reader, member: &Member<'_>) -> Option<String> {
    let file = reader.object(member)?;
    let data = reader.required(file.member("data"));
    let text = reader.typed(&data, "a string", json::Value::as_str);
    if let Some(text) = text {
        match STANDARD.decode(text) {
            Ok(bytes) if (1..=LARGEST_LOGO).contains(&bytes.len()) => {}
            Ok(_) => reader.refuse(data.path(), Constraint::length(1, LARGEST_LOGO)),
            Err(_) => reader.refuse(data.path(), Constraint::new("Member must be base64")),
        }
    }
    let kind = reader.required(file.member("type"));
    let kind_text = reader.typed(&kind, "a string", json::Value::as_str);
    if kind_text.is_some_and(|kind| kind != "PNG") {
        reader.refuse(kind.path(), Constraint::one_of(&["PNG"]));
    }
    text.map(str::to_owned)
}

fn alarms(reader: &mut Reader, member: &Member<'_>) -> Option<Alarms> {
    let alarms = reader.object(member)?;
    let role = reader.required(alarms.member("alarmRoleArn"));
    let role = reader.text(&role);
    let notification_lambda_arn = reader.text(&alarms.member("notificationLambdaArn"));
    Some(Alarms {
        alarm_role_arn: role?,
        notification_lambda_arn,
    })
}

fn type_configuration(reader: &mut Reader, member: &Member<'_>) -> Option<BTreeMap<String, PortalTypeEntry>> {
    let map = reader.object(member)?;
    let mut configuration = BTreeMap::new();
    for (key, entry) in map.members() {
        if !(1..=128).contains(&key.chars().count()) {
            let rule = "Map keys must have length between 1 and 128, inclusive";
            reader.refuse(member.path(), Constraint::new(rule));
            continue;
        }
        let entry = reader.required(entry);
        let Some(entry) = reader.object(&entry) else {
            continue;
        };
        let tools = reader.array(&entry.member("portalTools"));
        let portal_tools = tools.map(|tools| {
            let read = |tool| {
                let tool = reader.required(tool);
                reader.text(&tool)
            };
            tools.into_iter().filter_map(read).collect()
        });
        configuration.insert(key.to_owned(), PortalTypeEntry { portal_tools });
    }
    if json!(configuration).to_string().len() > LARGEST_CONFIGURATION {
        let rule = format!("Member must take at most {LARGEST_CONFIGURATION} bytes");
        reader.refuse(member.path(), Constraint::new(rule));
    }
    Some(configuration)
}

/// A request to replace what was said about a portal. Its tags and the way to sign in stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatePortal {
    /// The id of the access policy.
    pub id: Id,
    /// Says what is said about it now; what is left out is no longer said.
    pub details: PortalDetails,
    /// Makes the update happen once.
    pub client_token: Option<ClientToken>,
    /// The logo as it was sent, by its id and as a file: it is dropped, as that of a new portal is.
    logo: (Option<Id>, Option<String>),
}

impl UpdatePortal {
    /// Reads the id of the path and the body.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(id: &str, body: &json::Object<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let id = reader.parameter("portalId", Some(id));
        let name = reader.required(root.member("portalName"));
        let name = reader.text(&name);
        let description = reader.text(&root.member("portalDescription"));
        let contact_email = reader.required(root.member("portalContactEmail"));
        let contact_email = reader.text(&contact_email);
        let image = reader.object(&root.member("portalLogoImage"));
        let logo = image.map_or((None, None), |image| {
            let id = reader.text(&image.member("id"));
            (id, logo(&mut reader, &image.member("file")))
        });
        let role_arn = reader.required(root.member("roleArn"));
        let role_arn = reader.text(&role_arn);
        let client_token = reader.text(&root.member("clientToken"));
        let notification_sender_email = reader.text(&root.member("notificationSenderEmail"));
        let alarms = alarms(&mut reader, &root.member("alarms"));
        let portal_type = reader.text(&root.member("portalType"));
        let type_configuration = type_configuration(&mut reader, &root.member("portalTypeConfiguration"));
        let required = id.zip(name).zip(contact_email).zip(role_arn);
        let request = required.map(|(((id, name), contact_email), role_arn)| Self {
            id,
            details: PortalDetails {
                name,
                description,
                contact_email,
                role_arn,
                notification_sender_email,
                alarms,
                portal_type,
                type_configuration,
            },
            client_token,
            logo,
        });
        reader.finish(request)
    }
}

impl Repeatable for UpdatePortal {
    const OPERATION: &str = "UpdatePortal";

    fn client_token(&self) -> Option<&ClientToken> {
        self.client_token.as_ref()
    }

    fn canonical(&self) -> String {
        let (id, file) = &self.logo;
        Canonical::of(Self::OPERATION)
            .member("id", self.id.as_str())
            .member("details", json!(self.details))
            .optional("logoId", id.as_ref().map(Id::as_str))
            .optional("logo", file.as_deref())
            .finish()
    }
}
