//! A finding as a report shows it: its code, its type, its location and its message.
//!
//! Codes are those of the service where it publishes one, otherwise our own in the same grammar:
//! `iam.policy.invalid<Thing>[.<aspect>[.<bound>]]` and `iam.error.<generic>`. `docs/policies.md` says which is which.

use serde::Serialize;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $kind:ident;)*) => {
        /// Says what a finding is about. Each code has one type.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum Code {
            $(
                #[doc = concat!("`", $text, "`")]
                #[serde(rename = $text)]
                $variant,
            )*
        }

        impl Code {
            /// All codes, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the code's text.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Returns the type of the finding.
            #[must_use]
            pub fn finding_type(self) -> FindingType {
                match self { $(Self::$variant => FindingType::$kind,)* }
            }
        }
    };
}

codes! {
    RequiredFieldIsMissing = "iam.error.requiredFieldIsMissing", Error;
    InvalidType = "iam.error.invalidType", Error;
    DuplicateKey = "iam.error.duplicateKey", Error;
    NameLengthMin = "iam.policy.invalidName.length.min", Error;
    NameLengthMax = "iam.policy.invalidName.length.max", Error;
    NamePattern = "iam.policy.invalidName.pattern", Error;
    DescriptionLengthMax = "iam.policy.invalidDescription.length.max", Error;
    InvalidEffect = "iam.policy.invalidEffect", Error;
    InvalidProduct = "iam.policy.invalidProduct", Error;
    InvalidAction = "iam.policy.invalidAction", Error;
    InvalidActionWildcard = "iam.policy.invalidAction.wildcard", Error;
    NrnPrefix = "iam.policy.invalidResourceNrn.prefix", Error;
    NrnCharacter = "iam.policy.invalidResourceNrn.character", Error;
    NrnLengthMax = "iam.policy.invalidResourceNrn.length.max", Error;
    NrnFormat = "iam.policy.invalidResourceNrn.format", Error;
    NrnProductMismatch = "iam.policy.invalidResourceNrn.productMismatch", Error;
    UnsupportedCondition = "iam.policy.invalidCondition.unsupported", Error;
    SizeMax = "iam.policy.size.max", Error;
    UnknownProduct = "iam.policy.unknownProduct", Warn;
    UnknownAction = "iam.policy.unknownAction", Warn;
    UnknownDomain = "iam.policy.unknownDomain", Warn;
    UnknownRegion = "iam.policy.unknownRegion", Warn;
    UnknownResourceType = "iam.policy.unknownResourceType", Warn;
    RedundantAction = "iam.policy.redundantAction", Warn;
    RedundantResource = "iam.policy.redundantResource", Warn;
    RedundantTarget = "iam.policy.redundantTarget", Warn;
    RedundantPermission = "iam.policy.redundantPermission", Warn;
    ActionNotResourceScoped = "iam.policy.actionNotResourceScoped", Warn;
    ResourceTypeMismatch = "iam.policy.resourceTypeMismatch", Warn;
    MissingRelatedAction = "iam.policy.missingRelatedAction", Warn;
    OverlyPermissive = "iam.policy.overlyPermissive", Warn;
    PrivilegeEscalation = "iam.policy.privilegeEscalation", Warn;
    UnknownField = "iam.error.unknownField", Warn;
    WildcardExpansion = "iam.policy.info.wildcardExpansion", Info;
    NrnNormalised = "iam.policy.info.nrnNormalised", Info;
    MergeableTargets = "iam.policy.info.mergeableTargets", Info;
    NoChange = "iam.policy.info.noChange", Info;
    AccessAdded = "iam.policy.info.accessAdded", Info;
    AccessRemoved = "iam.policy.info.accessRemoved", Info;
    RedundancyNotChecked = "iam.policy.info.redundancyNotChecked", Info;
    AccessNotCompared = "iam.policy.info.accessNotCompared", Info;
    DetailsTruncated = "iam.error.detailsTruncated", Info;
}

/// Says how much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FindingType {
    /// The policy is refused.
    Error,
    /// The policy is good, but probably not what was meant.
    Warn,
    /// A remark, given when asked for.
    Info,
}

/// Something to say about a policy. Serialises in the member order of the operation's example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Says how much it matters; follows from the code.
    #[serde(rename = "type")]
    pub finding_type: FindingType,
    /// Says what it is about.
    pub code: Code,
    /// A dotted path such as `permissions[0].targets[1].actions[2]`.
    pub location: String,
    /// English, one or two sentences, one line.
    pub message: String,
}
