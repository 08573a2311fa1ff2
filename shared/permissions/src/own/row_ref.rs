//! A row of own grants: as the query language sees it, and as replies hold it.

use iam::glob::Glob;
use rql::{
    BoolAttribute, GroupedRow, IntAttribute, Number, RowView, Side, TagAttribute, TextAttribute,
    Unconditional,
};

use super::held_policy::SUB_ACCOUNT_PRODUCT;
use super::{Cloud, Dest, GrantedAction, GrantingPolicy, Source, SourceKind};
use crate::group::Item;
use crate::row::exceptions::Exceptions;
use crate::row::{AccountNames, GLOBAL, Identifiers, Key, Row, display_name, rrn};
use crate::row::{
    ActionValues, DestinationValues, EntityValues, LastAccessValues, PolicyValues, SourceValues, Values,
};

/// The region of what Ncloud keeps in none
const NCLOUD_GLOBAL: &str = "NCP Global";

/// Says how rows name the provider of the users and groups of IAM Identity Center, for which Prisma Cloud has no word
const IDENTITY_CENTER: &str = "UNKNOWN";

/// A row before it is written out
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowRef<'s> {
    pub(super) account_names: Option<&'s AccountNames>,
    pub(super) source: &'s Source,
    pub(super) policy: &'s GrantingPolicy,
    pub(super) action: &'s GrantedAction,
    pub(super) dest: &'s Dest,
}

impl SourceKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::User | Self::IamUser => "user",
            Self::Group => "group",
            Self::IamRole => "role",
            Self::SubAccount => "sub-account",
        }
    }

    const fn cloud(self) -> &'static str {
        match self {
            Self::User | Self::Group | Self::IamUser | Self::IamRole => "AWS",
            Self::SubAccount => Cloud::Ncloud.as_str(),
        }
    }

    pub(super) const fn service(self) -> &'static str {
        match self {
            Self::User | Self::Group => "identitystore",
            Self::IamUser | Self::IamRole => "iam",
            Self::SubAccount => SUB_ACCOUNT_PRODUCT,
        }
    }

    pub(super) const fn region(self) -> &'static str {
        match self {
            Self::User | Self::Group | Self::IamUser | Self::IamRole => GLOBAL,
            Self::SubAccount => NCLOUD_GLOBAL,
        }
    }

    pub(super) const fn rrn_type(self) -> &'static str {
        match self {
            Self::IamUser => "iamUser",
            Self::IamRole => "iamRole",
            Self::User | Self::Group | Self::SubAccount => "other",
        }
    }

    pub(super) const fn identity_provider(self) -> Option<&'static str> {
        match self {
            Self::User | Self::Group => Some(IDENTITY_CENTER),
            Self::IamUser | Self::IamRole | Self::SubAccount => None,
        }
    }
}

/// Returns the name of a region as rows show it.
pub(super) fn region_name(cloud: Cloud, code: &str) -> &str {
    match (cloud, code) {
        (Cloud::Ncloud, "") => NCLOUD_GLOBAL,
        (Cloud::Ncloud, code) => code,
        (Cloud::SiteWise, code) => display_name(code),
    }
}

impl<'s> RowRef<'s> {
    pub(crate) fn key(&self) -> Key<'s> {
        Key {
            source: &self.source.id,
            action: &self.action.name,
            dest: &self.dest.id,
            resource_type: self.resource_type(),
            policy: &self.policy.id,
            entity: &self.source.id,
            source_kind: None,
        }
    }

    /// Returns the resource type of the destination; when the destination names none, the type that the action works
    /// on.
    fn resource_type(&self) -> &'s str {
        match &self.action.works_on {
            Some(kind) if self.dest.kind.contains('*') => kind,
            Some(_) | None => &self.dest.kind,
        }
    }

    fn region(&self) -> &'s str {
        region_name(self.policy.cloud, &self.dest.region)
    }

    fn account_name(&self, id: &'s str) -> &'s str {
        self.account_names.map_or(id, |names| names.name(id))
    }

    /// Returns the row as Get Permissions V4 replies with it.
    pub(crate) fn item(&self) -> Item<'s> {
        Item::row(self.key().row_id(), &self.values(), Exceptions::default())
    }

    /// Returns the members of the row, by what they are about.
    pub(crate) fn values(&self) -> Values<'s> {
        let Self {
            source,
            policy,
            action,
            dest,
            ..
        } = *self;
        let account = self.account_name(&source.account);
        Values {
            source: SourceValues {
                source_resource_id: Some(&source.id),
                source_resource_type: Some(source.kind.as_str()),
                source_resource_name: Some(&source.name),
                source_public: Some(false),
                source_cloud_type: Some(source.kind.cloud()),
                source_cloud_account: Some(account),
                source_cloud_region: Some(source.kind.region()),
                source_cloud_service_name: Some(source.kind.service()),
                source_idp_service: source.kind.identity_provider(),
                source_idp_domain: None,
            },
            entity: EntityValues {
                granted_by_cloud_entity_id: Some(&source.id),
                granted_by_cloud_entity_type: Some(source.kind.as_str()),
                granted_by_cloud_entity_name: Some(&source.name),
                granted_by_cloud_entity_account: Some(account),
            },
            policy: PolicyValues {
                granted_by_cloud_policy_id: Some(&policy.id),
                granted_by_cloud_policy_type: Some(policy.kind),
                granted_by_cloud_policy_name: Some(&policy.name),
                granted_by_cloud_policy_account: (!policy.account.is_empty())
                    .then(|| self.account_name(&policy.account)),
                granted_by_cloud_type: Some(policy.cloud.as_str()),
            },
            action: ActionValues {
                effective_action_name: Some(&action.name),
            },
            destination: DestinationValues {
                dest_resource_id: Some(&dest.id),
                dest_resource_type: Some(self.resource_type()),
                dest_cloud_service_name: Some(&action.service),
                dest_resource_name: Some(&dest.name),
                dest_cloud_type: Some(policy.cloud.as_str()),
                dest_cloud_account: Some(self.account_name(&dest.account)),
                dest_cloud_region: Some(self.region()),
                wild_card_dest_cloud_resource_name: Some(dest.name.contains('*')),
            },
            last_access: LastAccessValues {
                last_access_date: None,
                last_access_status: Some("NOT_AVAILABLE"),
            },
        }
    }

    pub(crate) fn row(&self) -> Row<'s> {
        let Self {
            source, policy, dest, ..
        } = *self;
        let names_one = !dest.id.contains('*');
        let identifiers = Identifiers {
            dest: names_one.then(|| rrn("other", &dest.region, &dest.account, &dest.id)),
            entity: Some(&source.rrn),
            policy: &policy.rrn,
            source: Some(&source.rrn),
            provider: source.kind.identity_provider().map(|_| &*source.rrn),
        };
        Row::new(
            self.key().row_id(),
            &self.values(),
            identifiers,
            Exceptions::default(),
        )
    }
}

impl RowView for RowRef<'_> {
    // Own grants have no conditions.
    type Grant = Unconditional;

    fn any_text(&self, attribute: TextAttribute, mut test: impl FnMut(&str) -> bool) -> bool {
        let Self {
            source,
            policy,
            action,
            dest,
            ..
        } = *self;
        let mut account = |id| test(id) || test(self.account_name(id));
        match attribute {
            TextAttribute::SourceAccount => account(&source.account),
            TextAttribute::DestAccount => account(&dest.account),
            TextAttribute::SourceCloudType => test(source.kind.cloud()),
            TextAttribute::DestCloudType | TextAttribute::GrantedByCloudType => test(policy.cloud.as_str()),
            TextAttribute::SourceRegion => test(source.kind.region()),
            TextAttribute::DestRegion => {
                test(self.region()) || (!dest.region.is_empty() && test(&dest.region))
            }
            TextAttribute::SourceServiceName => test(source.kind.service()),
            TextAttribute::DestServiceName => test(&action.service),
            TextAttribute::SourceResourceName | TextAttribute::EntityName => test(&source.name),
            TextAttribute::SourceResourceType | TextAttribute::EntityType => test(source.kind.as_str()),
            TextAttribute::SourceResourceId | TextAttribute::EntityId => test(&source.id),
            TextAttribute::SourceIdpService => source.kind.identity_provider().is_some_and(test),
            TextAttribute::DestResourceName => test(&dest.name),
            TextAttribute::DestResourceId => test(&dest.id),
            TextAttribute::DestResourceType => test(self.resource_type()),
            TextAttribute::PolicyId => test(&policy.id),
            TextAttribute::PolicyName => test(&policy.name),
            TextAttribute::PolicyType => test(policy.kind),
            TextAttribute::ActionName => test(&action.name),
            TextAttribute::SourceAccountGroup
            | TextAttribute::DestAccountGroup
            | TextAttribute::SourceResourceUai
            | TextAttribute::SourceEmail
            | TextAttribute::SourceIdpEmail
            | TextAttribute::SourceIdpGroup
            | TextAttribute::SourceIdpUsername
            | TextAttribute::SourceIdpDomain
            | TextAttribute::LevelId
            | TextAttribute::LevelName
            | TextAttribute::LevelType
            | TextAttribute::ActionAccessLevel => false,
        }
    }

    fn covers(&self, resource: &str) -> bool {
        *self.dest.id == *resource || Glob::parse(&self.dest.id).matches(resource)
    }

    fn account_id(&self, side: Side) -> Option<&str> {
        Some(match side {
            Side::Source => &self.source.account,
            Side::Dest => &self.dest.account,
        })
    }

    fn flag(&self, attribute: BoolAttribute) -> Option<bool> {
        match attribute {
            BoolAttribute::SourcePublic => Some(false),
            BoolAttribute::ActionIsAdministrative => Some(self.action.administrative),
            BoolAttribute::SourceAccountIsVendor
            | BoolAttribute::SourceMfaEnabled
            | BoolAttribute::SourceReachesAdministrator
            | BoolAttribute::SourceReachesAdministratorCertainly
            | BoolAttribute::DestWildcardScope
            | BoolAttribute::PolicyIsExcessive => None,
        }
    }

    fn number(&self, _: IntAttribute) -> Number {
        Number::Absent
    }

    fn any_tag(&self, _: TagAttribute, _: impl FnMut(&str, &str) -> bool) -> bool {
        false
    }

    fn any_grant(&self, mut test: impl FnMut(&Self::Grant) -> bool) -> bool {
        test(&Unconditional)
    }
}

impl GroupedRow for RowRef<'_> {
    type Group = SourceKind;

    /// Returns the kind of the source. Rows that are compared have one source id, and the source is also the granting
    /// entity.
    fn group(&self) -> Self::Group {
        self.source.kind
    }
}
