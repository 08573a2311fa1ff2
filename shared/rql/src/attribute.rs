//! The attributes of the language: one table from which parser, errors, suggestions and warnings are derived.

use crate::operator::Operator::{
    self, Contains, ContainsAll, Covers, DoesNotContain, DoesNotEndWith, DoesNotExist, DoesNotStartWith,
    EndsWith, Equal, Exists, Greater, GreaterOrEqual, In, Less, LessOrEqual, Like, NotEqual, NotIn, NotLike,
    StartsWith,
};

mod values;

pub use values::Values;
use values::{
    ACCESS_LEVELS, CLOUDS, DEST_TYPES, ENTITY_TYPES, IDP_SERVICES, LEVEL_TYPES, POLICY_TYPES, REGIONS,
    SOURCE_TYPES,
};

/// Declares the attributes of one type: the enum, its names and the list of all.
macro_rules! attributes {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl $type {
            /// Every attribute of this type.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in a query, lower case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

attributes! {
    /// An attribute whose value is text.
    TextAttribute {
        SourceCloudType = "source.cloud.type",
        DestCloudType = "dest.cloud.type",
        GrantedByCloudType = "grantedby.cloud.type",
        SourceAccount = "source.cloud.account",
        DestAccount = "dest.cloud.account",
        SourceAccountGroup = "source.cloud.accountgroup",
        DestAccountGroup = "dest.cloud.accountgroup",
        SourceRegion = "source.cloud.region",
        DestRegion = "dest.cloud.region",
        SourceServiceName = "source.cloud.service.name",
        DestServiceName = "dest.cloud.service.name",
        SourceResourceName = "source.cloud.resource.name",
        SourceResourceType = "source.cloud.resource.type",
        SourceResourceId = "source.cloud.resource.id",
        SourceResourceUai = "source.cloud.resource.uai",
        SourceEmail = "source.email",
        SourceIdpService = "source.idp.service",
        SourceIdpEmail = "source.idp.email",
        SourceIdpGroup = "source.idp.group",
        SourceIdpUsername = "source.idp.username",
        SourceIdpDomain = "source.idp.domain",
        DestResourceName = "dest.cloud.resource.name",
        DestResourceId = "dest.cloud.resource.id",
        DestResourceType = "dest.cloud.resource.type",
        PolicyId = "grantedby.cloud.policy.id",
        PolicyName = "grantedby.cloud.policy.name",
        PolicyType = "grantedby.cloud.policy.type",
        EntityId = "grantedby.cloud.entity.id",
        EntityName = "grantedby.cloud.entity.name",
        EntityType = "grantedby.cloud.entity.type",
        LevelId = "grantedby.level.id",
        LevelName = "grantedby.level.name",
        LevelType = "grantedby.level.type",
        ActionName = "action.name",
        ActionAccessLevel = "action.access.level",
    }
}

attributes! {
    /// An attribute that is true or false.
    BoolAttribute {
        SourceAccountIsVendor = "source.cloud.account.isvendor",
        SourceMfaEnabled = "source.mfaenabled",
        SourcePublic = "source.public",
        SourceReachesAdministrator = "source.reachesadministrator",
        SourceReachesAdministratorCertainly = "source.reachesadministrator.certain",
        DestWildcardScope = "dest.cloud.wildcardscope",
        PolicyIsExcessive = "grantedby.cloud.policy.isexcessive",
        ActionIsAdministrative = "action.access.isadministrative",
    }
}

attributes! {
    /// An attribute that is a whole number.
    IntAttribute {
        AccessKeyLastUsedDays = "source.cloud.accesskey.lastused.days",
        AccessKeyActiveKeys = "source.cloud.accesskey.activekeys",
        EntityLastLoginDays = "grantedby.cloud.entity.lastlogin.days",
        ActionLastAccessDays = "action.lastaccess.days",
    }
}

attributes! {
    /// An attribute that is a set of tags and is asked for one key.
    TagAttribute {
        SourceResourceTag = "source.cloud.resource.tag",
        DestResourceTag = "dest.cloud.resource.tag",
        PolicyTag = "grantedby.cloud.policy.tag",
        EntityTag = "grantedby.cloud.entity.tag",
    }
}

attributes! {
    /// The conditions of the statements that grant.
    ConditionAttribute {
        PolicyCondition = "grantedby.cloud.policy.condition",
    }
}

/// The type of an attribute, which decides what may follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Compares with strings.
    Text(TextAttribute),
    /// Compares with `true` and `false`.
    Bool(BoolAttribute),
    /// Compares with integers.
    Int(IntAttribute),
    /// Takes a key in parentheses.
    Tag(TagAttribute),
    /// Takes, at will, a condition key and a condition operator in parentheses.
    Condition(ConditionAttribute),
}

/// Where the public knows an attribute from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Documented by the service whose queries this language runs.
    Documented,
    /// Seen in published queries only.
    Published,
    /// An extension of this project.
    Ours,
}

/// One attribute of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    /// The name in a query, lower case.
    pub name: &'static str,
    /// The type of the attribute's values.
    pub kind: Kind,
    /// Where it is known from.
    pub origin: Origin,
    /// Operators that occur in public with it; every other operator it takes is an extension.
    pub attested: &'static [Operator],
    /// The member of a row that shows its value; `None` when it filters without being shown.
    pub member: Option<&'static str>,
    /// What is known about its values.
    pub values: Values,
}

impl Attribute {
    /// The attribute called `name`, whatever its case.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        ATTRIBUTES
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// The operators it takes, in grammar order.
    ///
    /// An attribute takes all operators of its type, but for two that mean something on few attributes only.
    pub fn operators(&self) -> impl Iterator<Item = Operator> + '_ {
        let of_type: &[Operator] = match self.kind {
            Kind::Text(_) => &[
                Equal,
                NotEqual,
                In,
                NotIn,
                ContainsAll,
                Like,
                NotLike,
                StartsWith,
                EndsWith,
                DoesNotStartWith,
                DoesNotEndWith,
                Contains,
                DoesNotContain,
                Covers,
            ],
            Kind::Bool(_) => &[Equal, NotEqual],
            Kind::Int(_) => &[Greater, LessOrEqual, Equal, NotEqual, Less, GreaterOrEqual],
            Kind::Tag(_) | Kind::Condition(_) => &[Exists, DoesNotExist, Equal, NotEqual, In, NotIn],
        };
        of_type.iter().copied().filter(|operator| match operator {
            ContainsAll => self.kind == Kind::Text(TextAttribute::ActionName),
            Covers => self.kind == Kind::Text(TextAttribute::DestResourceId),
            Like | NotLike => matches!(
                self.kind,
                Kind::Text(
                    TextAttribute::DestAccount
                        | TextAttribute::DestRegion
                        | TextAttribute::DestResourceName
                        | TextAttribute::DestResourceId
                )
            ),
            Equal | NotEqual | In | NotIn | StartsWith | EndsWith | DoesNotStartWith | DoesNotEndWith
            | Contains | DoesNotContain | Greater | LessOrEqual | Less | GreaterOrEqual | Exists
            | DoesNotExist => true,
        })
    }

    /// The attribute it may be compared with instead of a literal: accounts compare with each other.
    #[must_use]
    pub fn comparable(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Text(TextAttribute::SourceAccount) => Some(TextAttribute::DestAccount.name()),
            Kind::Text(TextAttribute::DestAccount) => Some(TextAttribute::SourceAccount.name()),
            Kind::Text(_) | Kind::Bool(_) | Kind::Int(_) | Kind::Tag(_) | Kind::Condition(_) => None,
        }
    }

    const fn values(self, values: Values) -> Self {
        Self { values, ..self }
    }

    const fn ours(self) -> Self {
        Self {
            origin: Origin::Ours,
            attested: &[],
            ..self
        }
    }

    const fn published(self) -> Self {
        Self {
            origin: Origin::Published,
            ..self
        }
    }
}

impl TextAttribute {
    /// What is known about its values.
    #[must_use]
    pub fn values(self) -> Values {
        Attribute::find(self.name()).map_or(Values::Free, |attribute| attribute.values)
    }
}

const fn row(
    kind: Kind,
    name: &'static str,
    attested: &'static [Operator],
    member: Option<&'static str>,
) -> Attribute {
    Attribute {
        name,
        kind,
        origin: Origin::Documented,
        attested,
        member,
        values: Values::Free,
    }
}

const fn text(attribute: TextAttribute, attested: &'static [Operator], member: &'static str) -> Attribute {
    row(Kind::Text(attribute), attribute.name(), attested, Some(member))
}

const fn hidden(attribute: TextAttribute, attested: &'static [Operator]) -> Attribute {
    row(Kind::Text(attribute), attribute.name(), attested, None)
}

const fn flag(attribute: BoolAttribute, member: Option<&'static str>) -> Attribute {
    row(Kind::Bool(attribute), attribute.name(), &[Equal], member)
}

const fn int(
    attribute: IntAttribute,
    attested: &'static [Operator],
    member: Option<&'static str>,
) -> Attribute {
    row(Kind::Int(attribute), attribute.name(), attested, member)
}

const fn tag(attribute: TagAttribute, attested: &'static [Operator]) -> Attribute {
    row(Kind::Tag(attribute), attribute.name(), attested, None)
}

/// Every attribute, in the order in which suggestions name them.
///
/// Attested operators and row members follow the public documentation of the service whose queries this language runs.
pub static ATTRIBUTES: &[Attribute] = &[
    text(TextAttribute::SourceCloudType, &[Equal], "sourceCloudType").values(CLOUDS),
    text(TextAttribute::DestCloudType, &[Equal], "destCloudType").values(CLOUDS),
    text(TextAttribute::GrantedByCloudType, &[Equal], "grantedByCloudType").values(CLOUDS),
    text(
        TextAttribute::SourceAccount,
        &[Equal, NotEqual],
        "sourceCloudAccount",
    ),
    text(
        TextAttribute::DestAccount,
        &[Equal, NotEqual, Like],
        "destCloudAccount",
    ),
    hidden(TextAttribute::SourceAccountGroup, &[Equal, NotEqual]),
    hidden(TextAttribute::DestAccountGroup, &[Equal, NotEqual]),
    flag(BoolAttribute::SourceAccountIsVendor, None).published(),
    text(TextAttribute::SourceRegion, &[Equal], "sourceCloudRegion").values(REGIONS),
    text(TextAttribute::DestRegion, &[Equal], "destCloudRegion").values(REGIONS),
    text(
        TextAttribute::SourceServiceName,
        &[Equal],
        "sourceCloudServiceName",
    ),
    text(TextAttribute::DestServiceName, &[Equal], "destCloudServiceName"),
    text(
        TextAttribute::SourceResourceName,
        &[Equal, NotEqual, In],
        "sourceResourceName",
    ),
    text(
        TextAttribute::SourceResourceType,
        &[Equal, NotEqual, In],
        "sourceResourceType",
    )
    .values(SOURCE_TYPES),
    text(
        TextAttribute::SourceResourceId,
        &[Equal, DoesNotEndWith],
        "sourceResourceId",
    ),
    hidden(TextAttribute::SourceResourceUai, &[Equal]).published(),
    tag(TagAttribute::SourceResourceTag, &[Exists]),
    tag(TagAttribute::DestResourceTag, &[Exists]),
    int(IntAttribute::AccessKeyLastUsedDays, &[Greater], None).published(),
    int(IntAttribute::AccessKeyActiveKeys, &[Greater], None).published(),
    flag(BoolAttribute::SourceMfaEnabled, None).published(),
    hidden(TextAttribute::SourceEmail, &[Equal]),
    text(TextAttribute::SourceIdpService, &[Equal], "sourceIdpService").values(IDP_SERVICES),
    text(TextAttribute::SourceIdpEmail, &[Equal], "sourceIdpEmail"),
    text(TextAttribute::SourceIdpGroup, &[Equal], "sourceIdpGroup"),
    text(TextAttribute::SourceIdpUsername, &[Equal], "sourceIdpUsername"),
    text(TextAttribute::SourceIdpDomain, &[Equal], "sourceIdpDomain"),
    flag(BoolAttribute::SourcePublic, Some("sourcePublic")),
    flag(BoolAttribute::SourceReachesAdministrator, None).ours(),
    flag(BoolAttribute::SourceReachesAdministratorCertainly, None).ours(),
    text(
        TextAttribute::DestResourceName,
        &[Equal, EndsWith],
        "destResourceName",
    ),
    text(TextAttribute::DestResourceId, &[Equal], "destResourceId"),
    text(TextAttribute::DestResourceType, &[Equal], "destResourceType").values(DEST_TYPES),
    flag(BoolAttribute::DestWildcardScope, None),
    text(
        TextAttribute::PolicyId,
        &[Equal, NotEqual, In],
        "grantedByCloudPolicyId",
    ),
    text(
        TextAttribute::PolicyName,
        &[Equal, NotEqual, In],
        "grantedByCloudPolicyName",
    ),
    text(
        TextAttribute::PolicyType,
        &[Equal, NotEqual, In],
        "grantedByCloudPolicyType",
    )
    .values(POLICY_TYPES),
    tag(TagAttribute::PolicyTag, &[Equal]),
    tag(TagAttribute::EntityTag, &[Equal]),
    row(
        Kind::Condition(ConditionAttribute::PolicyCondition),
        ConditionAttribute::PolicyCondition.name(),
        &[Exists, DoesNotExist, Equal, NotEqual, In, NotIn],
        None,
    ),
    flag(BoolAttribute::PolicyIsExcessive, None).published(),
    text(
        TextAttribute::EntityId,
        &[Equal, NotEqual, In, NotIn],
        "grantedByCloudEntityId",
    ),
    text(
        TextAttribute::EntityName,
        &[Equal, NotEqual, In, NotIn],
        "grantedByCloudEntityName",
    ),
    text(
        TextAttribute::EntityType,
        &[Equal, NotEqual, In, NotIn],
        "grantedByCloudEntityType",
    )
    .values(ENTITY_TYPES),
    int(IntAttribute::EntityLastLoginDays, &[Greater], None).published(),
    hidden(TextAttribute::LevelId, &[Equal, In]),
    hidden(TextAttribute::LevelName, &[Equal, In]),
    hidden(TextAttribute::LevelType, &[Equal, In]).values(LEVEL_TYPES),
    text(
        TextAttribute::ActionName,
        &[Equal, In, ContainsAll, StartsWith, DoesNotEndWith],
        "effectiveActionName",
    ),
    int(
        IntAttribute::ActionLastAccessDays,
        &[Greater, LessOrEqual],
        Some("lastAccessDate"),
    ),
    hidden(TextAttribute::ActionAccessLevel, &[Equal]).values(ACCESS_LEVELS),
    flag(BoolAttribute::ActionIsAdministrative, None),
];

#[cfg(test)]
mod tests;
