//! Lists every attribute, with what its documentation and its reply say about it.

use super::values::{
    ACCESS_LEVELS, CLOUDS, DEST_TYPES, ENTITY_TYPES, IDP_SERVICES, LEVEL_TYPES, POLICY_TYPES, REGIONS,
    SOURCE_TYPES,
};
use super::{
    Attribute, BoolAttribute, ConditionAttribute, IntAttribute, Kind, Origin, TagAttribute, TextAttribute,
    Values,
};
use crate::operator::Operator::{
    self, ContainsAll, DoesNotEndWith, DoesNotExist, EndsWith, Equal, Exists, Greater, In, LessOrEqual, Like,
    NotEqual, NotIn, StartsWith,
};

impl Attribute {
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
