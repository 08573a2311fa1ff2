//! The attributes of the language: one table from which parser, errors, suggestions and warnings are derived.

use crate::operator::Operator::{
    self, Contains, ContainsAll, Covers, DoesNotContain, DoesNotEndWith, DoesNotExist, DoesNotStartWith,
    EndsWith, Equal, Exists, Greater, GreaterOrEqual, In, Less, LessOrEqual, Like, NotEqual, NotIn, NotLike,
    StartsWith,
};

mod table;
mod values;

pub use table::ATTRIBUTES;
pub use values::Values;

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

            /// Returns the name in a query, lower case.
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

/// Says where the public knows an attribute from.
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
    /// Says where it is known from.
    pub origin: Origin,
    /// Operators that occur in public with it; every other operator it takes is an extension.
    pub attested: &'static [Operator],
    /// The member of a row that shows its value; `None` when it filters without being shown.
    pub member: Option<&'static str>,
    /// Says what is known about its values.
    pub values: Values,
}

impl Attribute {
    /// Returns the attribute called `name`, whatever its case.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        ATTRIBUTES
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }

    /// Returns the operators it takes, in grammar order.
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

    /// Returns the attribute it may be compared with instead of a literal: accounts compare with each other.
    #[must_use]
    pub fn comparable(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Text(TextAttribute::SourceAccount) => Some(TextAttribute::DestAccount.name()),
            Kind::Text(TextAttribute::DestAccount) => Some(TextAttribute::SourceAccount.name()),
            Kind::Text(_) | Kind::Bool(_) | Kind::Int(_) | Kind::Tag(_) | Kind::Condition(_) => None,
        }
    }
}

impl TextAttribute {
    /// Returns what is known about its values.
    #[must_use]
    pub fn values(self) -> Values {
        Attribute::find(self.name()).map_or(Values::Free, |attribute| attribute.values)
    }
}

#[cfg(test)]
mod tests;
