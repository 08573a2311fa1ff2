//! Requests for pages.

use super::text::{IamArn, Id, IdentityId, NextToken};
use super::{Identity, Resource};
use crate::request::{Constraint, Reader, Violations};

/// Entries of a page unless the caller says otherwise.
const DEFAULT_SIZE: usize = 50;
/// Most entries of a page.
const MOST: i64 = 250;

/// The page that a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// Most entries, 1 to 250.
    pub size: usize,
    /// Says where it begins; at the beginning without.
    pub next_token: Option<NextToken>,
}

/// A value of a closed set, in a query.
type Word = &'static str;

impl Paging {
    pub(super) fn from_parameters(reader: &mut Reader, next_token: &[&str], max_results: &[&str]) -> Self {
        let next_token = reader.single("nextToken", next_token);
        let next_token = reader.parameter("nextToken", next_token);
        let size = match reader.single("maxResults", max_results) {
            None => DEFAULT_SIZE,
            Some(text) => whole(reader, text).unwrap_or(DEFAULT_SIZE),
        };
        Self { size, next_token }
    }
}

fn whole(reader: &mut Reader, text: &str) -> Option<usize> {
    // `parse` alone would accept a plus sign.
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_integer {
        reader.refuse("maxResults", Constraint::new("Member must be an integer"));
        return None;
    }
    let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
    if number.is_none() {
        let rule = format!("Member must be between 1 and {MOST}, inclusive");
        reader.refuse("maxResults", Constraint::new(rule));
    }
    usize::try_from(number?).ok()
}

/// Says whose access policies are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityFilter {
    /// Those of a user.
    User(IdentityId),
    /// Those of a group.
    Group(IdentityId),
    /// Those of an IAM user or an IAM role.
    Iam(IamArn),
}

impl IdentityFilter {
    /// Returns the filter that finds the policies of an identity.
    #[must_use]
    pub fn of(identity: &Identity) -> Self {
        match identity {
            Identity::User(id) => Self::User(id.clone()),
            Identity::Group(id) => Self::Group(id.clone()),
            Identity::IamUser(arn) | Identity::IamRole(arn) => Self::Iam(arn.clone()),
        }
    }

    /// Returns the kind of identity and the text that names it.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::User(id) => ("USER", id.as_str()),
            Self::Group(id) => ("GROUP", id.as_str()),
            Self::Iam(arn) => ("IAM", arn.as_str()),
        }
    }
}

/// A request for access policies; without a filter those of the whole account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListAccessPolicies {
    /// Lists only the access policies of this identity.
    pub identity: Option<IdentityFilter>,
    /// Lists only the access policies on this resource.
    pub resource: Option<Resource>,
    /// The page that the request wants.
    pub paging: Paging,
}

impl ListAccessPolicies {
    /// Reads the query; `values` gives all values of a parameter.
    ///
    /// # Errors
    /// All violations of members, or else all across members.
    pub fn from_request<'r>(values: impl Fn(&'static str) -> Vec<&'r str>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let identity_type = word(
            &mut reader,
            "identityType",
            &values("identityType"),
            &["USER", "GROUP", "IAM"],
        );
        let identity_id = reader.single("identityId", &values("identityId"));
        let identity_id: Option<IdentityId> = reader.parameter("identityId", identity_id);
        let resource_type = word(
            &mut reader,
            "resourceType",
            &values("resourceType"),
            &["PORTAL", "PROJECT"],
        );
        let resource_id = reader.single("resourceId", &values("resourceId"));
        let resource_id: Option<Id> = reader.parameter("resourceId", resource_id);
        let iam_arn = reader.single("iamArn", &values("iamArn"));
        let iam_arn: Option<IamArn> = reader.parameter("iamArn", iam_arn);
        let paging = Paging::from_parameters(&mut reader, &values("nextToken"), &values("maxResults"));
        let mut reader = reader.so_far()?;
        let identity = identity_filter(&mut reader, identity_type, identity_id, iam_arn);
        let resource = match (resource_type, resource_id) {
            (None, None) => None,
            (Some("PORTAL"), Some(id)) => Some(Resource::Portal(id)),
            (Some(_), Some(id)) => Some(Resource::Project(id)),
            (Some(_), None) => needs(&mut reader, "resourceId", "resourceType"),
            (None, Some(_)) => needs(&mut reader, "resourceType", "resourceId"),
        };
        reader.finish(Some(Self {
            identity,
            resource,
            paging,
        }))
    }
}

fn identity_filter(
    reader: &mut Reader,
    identity_type: Option<Word>,
    id: Option<IdentityId>,
    arn: Option<IamArn>,
) -> Option<IdentityFilter> {
    let Some(identity_type) = identity_type else {
        if id.is_some() {
            return needs(reader, "identityType", "identityId");
        }
        if arn.is_some() {
            return needs(reader, "identityType", "iamArn");
        }
        return None;
    };
    let is_iam = identity_type == "IAM";
    if is_iam && id.is_some() {
        return excludes(reader, "identityId", identity_type);
    }
    if !is_iam && arn.is_some() {
        return excludes(reader, "iamArn", identity_type);
    }
    match (identity_type, id, arn) {
        ("USER", Some(id), _) => Some(IdentityFilter::User(id)),
        ("GROUP", Some(id), _) => Some(IdentityFilter::Group(id)),
        ("IAM", _, Some(arn)) => Some(IdentityFilter::Iam(arn)),
        ("IAM", _, None) => needs(reader, "iamArn", "identityType IAM"),
        (_, _, _) => needs(reader, "identityId", "identityType USER or GROUP"),
    }
}

fn needs<T>(reader: &mut Reader, missing: &str, given: &str) -> Option<T> {
    let rule = format!("Member must not be null together with {given}");
    reader.refuse(missing, Constraint::new(rule));
    None
}

fn excludes<T>(reader: &mut Reader, name: &str, identity_type: Word) -> Option<T> {
    let rule = format!("Member must be null together with identityType {identity_type}");
    reader.refuse(name, Constraint::new(rule));
    None
}

fn word(reader: &mut Reader, name: &str, values: &[&str], words: &[Word]) -> Option<Word> {
    let value = reader.single(name, values)?;
    let found = words.iter().copied().find(|word| *word == value);
    if found.is_none() {
        reader.refuse(name, Constraint::one_of(words));
    }
    found
}

/// A request for the portals of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPortals {
    /// The page that the request wants.
    pub paging: Paging,
}

impl ListPortals {
    /// Reads the query.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request<'r>(values: impl Fn(&'static str) -> Vec<&'r str>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let paging = Paging::from_parameters(&mut reader, &values("nextToken"), &values("maxResults"));
        reader.finish(Some(Self { paging }))
    }
}

/// A request for the projects of a portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListProjects {
    /// The portal whose projects are listed; it may be unknown.
    pub portal_id: Id,
    /// The page that the request wants.
    pub paging: Paging,
}

impl ListProjects {
    /// Reads the query.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request<'r>(values: impl Fn(&'static str) -> Vec<&'r str>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let portal_id = reader.required_parameter("portalId", &values("portalId"));
        let portal_id = reader.parameter("portalId", portal_id);
        let paging = Paging::from_parameters(&mut reader, &values("nextToken"), &values("maxResults"));
        reader.finish(portal_id.map(|portal_id| Self { portal_id, paging }))
    }
}
