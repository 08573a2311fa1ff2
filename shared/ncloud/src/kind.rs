//! The kind of a finding says what the finding is about, and has its message. Only the findings that a report shows pay
//! for a message and for the search for a suggestion.

use json::Value;

use crate::action::WILDCARDS;
use crate::finding::Code;
use crate::location::Location;
use crate::nrn::{Fault, Nrn, everything_of};
use crate::product::{ActionEntry, Catalogue, Product};
use crate::suggestion;
use crate::text::{Cited, list};

/// Most parties, resources or grants that one message names.
const MAX_NAMED: usize = 10;

/// A JSON type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonType {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl JsonType {
    pub(crate) fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    fn named(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// A finding before its message is written.
#[derive(Debug, Clone)]
pub(crate) enum FindingKind<'a> {
    Missing,
    WrongType {
        expected: JsonType,
        found: JsonType,
    },
    DuplicateKey {
        name: &'a str,
    },
    NameTooShort,
    NameTooLong,
    NamePattern,
    DescriptionTooLong,
    Effect {
        found: &'a str,
    },
    Product {
        found: &'a str,
    },
    Action {
        found: &'a str,
        product: &'a str,
    },
    ActionWildcard {
        found: &'a str,
        product: &'a str,
    },
    Nrn(Fault),
    ProductMismatch {
        found: &'a str,
        product: &'a str,
    },
    Condition,
    TooLarge,
    UnknownProduct {
        found: &'a str,
    },
    UnknownDomain {
        found: &'a str,
    },
    UnknownRegion {
        found: &'a str,
    },
    UnknownResourceType {
        found: String,
        product: &'a Product,
    },
    UnknownAction {
        found: &'a str,
        product: &'a str,
    },
    RedundantAction {
        by: Location<'a>,
    },
    RedundantResource {
        by: Location<'a>,
    },
    RedundantTarget {
        by: Vec<Location<'a>>,
    },
    RedundantPermission {
        by: Vec<Location<'a>>,
    },
    NotResourceScoped {
        action: &'a str,
    },
    TypeMismatch {
        kind: String,
    },
    MissingRelated {
        action: &'a str,
        missing: Vec<&'a str>,
    },
    OverlyPermissive {
        product: &'a str,
        domain: &'a str,
        region: &'a str,
    },
    PrivilegeEscalation {
        action: &'a str,
    },
    UnknownField {
        name: &'a str,
        known: &'static [&'static str],
    },
    WildcardExpansion {
        action: &'a str,
        product: &'a str,
        count: usize,
    },
    NrnNormalised {
        product: &'a str,
    },
    Mergeable {
        with: Location<'a>,
    },
    NoChange,
    AccessAdded {
        action: &'a str,
        resources: Vec<Nrn<'a>>,
    },
    AccessRemoved {
        grants: Vec<String>,
    },
    RedundancyNotChecked,
    AccessNotCompared,
}

impl FindingKind<'_> {
    pub(crate) fn code(&self) -> Code {
        match self {
            Self::Missing => Code::RequiredFieldIsMissing,
            Self::WrongType { .. } => Code::InvalidType,
            Self::DuplicateKey { .. } => Code::DuplicateKey,
            Self::NameTooShort => Code::NameLengthMin,
            Self::NameTooLong => Code::NameLengthMax,
            Self::NamePattern => Code::NamePattern,
            Self::DescriptionTooLong => Code::DescriptionLengthMax,
            Self::Effect { .. } => Code::InvalidEffect,
            Self::Product { .. } => Code::InvalidProduct,
            Self::Action { .. } => Code::InvalidAction,
            Self::ActionWildcard { .. } => Code::InvalidActionWildcard,
            Self::Nrn(Fault::Prefix) => Code::NrnPrefix,
            Self::Nrn(Fault::Character) => Code::NrnCharacter,
            Self::Nrn(Fault::Length) => Code::NrnLengthMax,
            Self::Nrn(Fault::Format) => Code::NrnFormat,
            Self::ProductMismatch { .. } => Code::NrnProductMismatch,
            Self::Condition => Code::UnsupportedCondition,
            Self::TooLarge => Code::SizeMax,
            Self::UnknownProduct { .. } => Code::UnknownProduct,
            Self::UnknownAction { .. } => Code::UnknownAction,
            Self::UnknownDomain { .. } => Code::UnknownDomain,
            Self::UnknownRegion { .. } => Code::UnknownRegion,
            Self::UnknownResourceType { .. } => Code::UnknownResourceType,
            Self::RedundantAction { .. } => Code::RedundantAction,
            Self::RedundantResource { .. } => Code::RedundantResource,
            Self::RedundantTarget { .. } => Code::RedundantTarget,
            Self::RedundantPermission { .. } => Code::RedundantPermission,
            Self::NotResourceScoped { .. } => Code::ActionNotResourceScoped,
            Self::TypeMismatch { .. } => Code::ResourceTypeMismatch,
            Self::MissingRelated { .. } => Code::MissingRelatedAction,
            Self::OverlyPermissive { .. } => Code::OverlyPermissive,
            Self::PrivilegeEscalation { .. } => Code::PrivilegeEscalation,
            Self::UnknownField { .. } => Code::UnknownField,
            Self::WildcardExpansion { .. } => Code::WildcardExpansion,
            Self::NrnNormalised { .. } => Code::NrnNormalised,
            Self::Mergeable { .. } => Code::MergeableTargets,
            Self::NoChange => Code::NoChange,
            Self::AccessAdded { .. } => Code::AccessAdded,
            Self::AccessRemoved { .. } => Code::AccessRemoved,
            Self::RedundancyNotChecked => Code::RedundancyNotChecked,
            Self::AccessNotCompared => Code::AccessNotCompared,
        }
    }

    /// One or two sentences on one line.
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each finding; as a table it reads best in one piece"
    )]
    pub(crate) fn message(&self, catalogue: &Catalogue) -> String {
        match self {
            Self::Missing => "The required value is missing.".to_owned(),
            Self::WrongType { expected, found } => {
                format!("The value must be {}, not {}.", expected.named(), found.named())
            }
            Self::DuplicateKey { name } => format!("The field {} is given more than once.", Cited(name)),
            Self::NameTooShort => "Policy name field must be at least 3 characters.".to_owned(),
            // The published text; 30 characters pass.
            Self::NameTooLong => "Policy name field must be less than 30 characters.".to_owned(),
            Self::NamePattern => {
                "Policy name field must start with a letter and contain only letters, digits, \
                                  '.', '_' and '-'."
                    .to_owned()
            }
            Self::DescriptionTooLong => "Description field must be at most 300 bytes.".to_owned(),
            Self::Effect { found } => {
                let text = format!("Effect {} is not supported, only Allow is.", Cited(found));
                meant(text, found, ["Allow"].into_iter())
            }
            Self::Product { found } => {
                let text = format!("Product {} does not exist.", Cited(found));
                meant(text, found, catalogue.products().iter().map(Product::code))
            }
            Self::Action { found, product } => action(
                format!("Action {} does not exist in product {}.", Cited(found), product),
                found,
                product,
                catalogue,
            ),
            Self::ActionWildcard { found, product } => action(
                format!(
                    "The wildcard {} is not supported, only *, View* and Change* are.",
                    Cited(found)
                ),
                found,
                product,
                catalogue,
            ),
            Self::Nrn(Fault::Prefix) => "The resource must be * or start with nrn:.".to_owned(),
            Self::Nrn(Fault::Character) => {
                "The resource name contains a character that is not allowed.".to_owned()
            }
            Self::Nrn(Fault::Length) => "The resource name must be at most 128 characters.".to_owned(),
            Self::Nrn(Fault::Format) => {
                "The resource name must have the form nrn:domain:product:region:member:type/id.".to_owned()
            }
            Self::ProductMismatch { found, product } => {
                format!(
                    "The resource name belongs to product {}, not to {product}.",
                    Cited(found)
                )
            }
            Self::Condition => "Conditions are not supported.".to_owned(),
            Self::TooLarge => "The policy is larger than 350 KiB.".to_owned(),
            Self::UnknownProduct { found } => {
                let text = format!("Product {} is not among the known products.", Cited(found));
                meant(text, found, catalogue.products().iter().map(Product::code))
            }
            Self::UnknownDomain { found } => {
                let text = format!("The domain {} is not among the known domains.", Cited(found));
                meant(text, found, catalogue.domains().iter().map(String::as_str))
            }
            Self::UnknownRegion { found } => {
                let text = format!("The region {} is not among the known regions.", Cited(found));
                meant(text, found, catalogue.regions().iter().map(String::as_str))
            }
            Self::UnknownResourceType { found, product } => {
                let text = format!(
                    "Product {} has no resources of type {}.",
                    product.code(),
                    Cited(found)
                );
                let types = product.actions().iter().filter_map(ActionEntry::resource_type);
                meant(text, found, types)
            }
            Self::UnknownAction { found, product } => action(
                format!(
                    "Action {} is not among the known actions of product {product}.",
                    Cited(found)
                ),
                found,
                product,
                catalogue,
            ),
            Self::RedundantAction { by } => format!("The action is already covered by {by}."),
            Self::RedundantResource { by } => format!("The resource is already covered by {by}."),
            Self::RedundantTarget { by } => {
                let together = if by.len() == 1 { "" } else { " together" };
                format!(
                    "The target is already covered by {}{together}.",
                    list(by, MAX_NAMED)
                )
            }
            Self::RedundantPermission { by } => {
                format!(
                    "Every target of the permission is already covered by {}.",
                    list(by, MAX_NAMED)
                )
            }
            Self::NotResourceScoped { action } => format!(
                "The action {action} cannot be limited to a resource, so it has no effect on the named ones."
            ),
            Self::TypeMismatch { kind } => {
                format!(
                    "No action of the target works on resources of type {}.",
                    Cited(kind)
                )
            }
            Self::MissingRelated { action, missing } => {
                let (verb, missing) = (
                    if missing.len() == 1 { "is" } else { "are" },
                    list(missing, usize::MAX),
                );
                format!(
                    "The action {action} also needs {missing}, which {verb} granted nowhere in the policy."
                )
            }
            Self::OverlyPermissive {
                product,
                domain,
                region,
            } => {
                let within = |what: &str, code: &str| match code {
                    "*" => String::new(),
                    "" => format!(" without a {what}"),
                    code => format!(" in {what} {code}"),
                };
                format!(
                    "The target allows every action on every resource of product {product}{}{}.",
                    within("region", region),
                    within("domain", domain)
                )
            }
            Self::PrivilegeEscalation { action } => {
                format!(
                    "The action {action} of product IAM lets its holder grant themselves any other access."
                )
            }
            Self::UnknownField { name, known } => {
                let text = format!("The field {} is not known and is ignored.", Cited(name));
                meant(text, name, known.iter().copied())
            }
            Self::WildcardExpansion {
                action,
                product,
                count,
            } => {
                let actions = if *count == 1 { "action" } else { "actions" };
                format!("{action} stands for {count} known {actions} of product {product}.")
            }
            Self::NrnNormalised { product } => {
                format!("The resource * is stored as {}.", everything_of(product))
            }
            Self::Mergeable { with } => {
                format!("The target has the product and the resources of {with} and can be merged with it.")
            }
            Self::NoChange => "The policy equals the stored one.".to_owned(),
            Self::AccessAdded { action, resources } => {
                format!(
                    "The stored policy does not allow {action} on {}.",
                    list(resources, MAX_NAMED)
                )
            }
            Self::AccessRemoved { grants } => {
                format!("The policy no longer allows {}.", list(grants, MAX_NAMED))
            }
            Self::RedundancyNotChecked => {
                "The policy has too many resource names with wildcards to look for redundant parts."
                    .to_owned()
            }
            Self::AccessNotCompared => "The policies are too large to compare what they allow.".to_owned(),
        }
    }
}

fn meant<'c>(text: String, typed: &str, candidates: impl Iterator<Item = &'c str> + Clone) -> String {
    match suggestion::nearest(typed, candidates.map(|candidate| (candidate, candidate))) {
        Some(suggestion) => format!("{text} Did you mean {suggestion}?"),
        None => text,
    }
}

/// An action of another product says more than one that looks similar.
fn action(text: String, typed: &str, product: &str, catalogue: &Catalogue) -> String {
    if let Some(owner) = catalogue.owner(typed) {
        return format!("{text} It is an action of product {}.", owner.code());
    }
    let product = catalogue.product(product).into_iter();
    let known = product.flat_map(Product::action_names);
    let whole = known.clone().chain(WILDCARDS).map(|action| (action, action));
    // An action is easily typed as the API's name, without `View/` or `Change/`.
    let bare = known
        .filter(|_| !typed.contains('/'))
        .filter_map(|action| Some((action, action.split_once('/')?.1)));
    match suggestion::nearest(typed, whole.chain(bare)) {
        Some(suggestion) => format!("{text} Did you mean {suggestion}?"),
        None => text,
    }
}

#[cfg(test)]
mod tests;
