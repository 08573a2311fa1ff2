//! Lists what is known about the values of attributes, in the stored spelling.

/// Says what is known about the values of a text attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// The attribute takes any text.
    Free,
    /// These and others; for suggestions only.
    Open(&'static [&'static str]),
    /// Nothing else ever matches; a literal outside is valid and worth a warning.
    Closed(&'static [&'static str]),
}

impl Values {
    /// Returns the values that are known, in the stored spelling.
    #[must_use]
    pub const fn known(self) -> &'static [&'static str] {
        match self {
            Self::Free => &[],
            Self::Open(values) | Self::Closed(values) => values,
        }
    }
}

pub(super) const CLOUDS: Values = Values::Closed(&["AWS", "AZURE", "GCP", "SITEWISE", "NCP"]);
pub(super) const REGIONS: Values = Values::Open(&[
    "AWS Virginia",
    "AWS Ohio",
    "AWS California",
    "AWS Oregon",
    "AWS Ireland",
    "AWS London",
    "AWS Paris",
    "AWS Frankfurt",
    "AWS Stockholm",
    "AWS Mumbai",
    "AWS Singapore",
    "AWS Sydney",
    "AWS Tokyo",
    "AWS Seoul",
    "AWS Sao Paulo",
    "AWS Global",
    "NCP Global",
    "*",
]);
pub(super) const POLICY_TYPES: Values = Values::Closed(&[
    "AWS Managed Policy",
    "Customer Managed Policy",
    "Inline Policy",
    "Resource-based Policy",
    "Built-in Role",
    "Azure Custom Role",
    "GCP Basic Role",
    "Predefined Role",
    "GCP Custom Role",
    "Microsoft Graph",
    "Access Policy",
    "System Managed Policy",
]);
pub(super) const ENTITY_TYPES: Values = Values::Open(&[
    "user",
    "group",
    "role",
    "serviceAccount",
    "Service Principal",
    "System Assigned",
    "User Assigned",
    "App Registration",
    "sub-account",
]);
pub(super) const LEVEL_TYPES: Values = Values::Open(&[
    "Azure Management Group",
    "Azure Subscription",
    "Azure Resource",
    "GCP Organization",
    "GCP Folder",
    "GCP Project",
    "GCP Service",
]);
pub(super) const SOURCE_TYPES: Values = Values::Open(&[
    "user",
    "instance",
    "function",
    "task-definition",
    "platform",
    "oidc-provider",
    "environment",
    "WebIdentity",
    "group",
    "role",
    "sub-account",
]);
pub(super) const DEST_TYPES: Values = Values::Open(&[
    "bucket",
    "key",
    "topic",
    "queue",
    "Secret",
    "repository",
    "function",
    "layerVersion",
    "managed-instance",
    "portal",
    "project",
]);
pub(super) const IDP_SERVICES: Values =
    Values::Closed(&["Azure Active Directory", "AZURE_AD", "Okta", "UNKNOWN"]);
pub(super) const ACCESS_LEVELS: Values =
    Values::Closed(&["Data Read", "Data Write", "Metadata Read", "Metadata Write"]);
