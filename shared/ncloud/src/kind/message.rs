//! Writes what a finding says to people.

use super::FindingKind;
use crate::action::WILDCARDS;
use crate::nrn::{Fault, everything_of};
use crate::product::{ActionEntry, Catalogue, Product};
use crate::suggestion;
use crate::text::{Cited, list};

/// Most parties, resources or grants that one message names.
const MAX_NAMED: usize = 10;

impl FindingKind<'_> {
    /// Returns one or two sentences on one line.
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
            // This is the published text; a name of 30 characters passes.
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

/// Returns an action of another product says more than one that looks similar.
fn action(text: String, typed: &str, product: &str, catalogue: &Catalogue) -> String {
    if let Some(owner) = catalogue.owner(typed) {
        return format!("{text} It is an action of product {}.", owner.code());
    }
    let product = catalogue.product(product).into_iter();
    let known = product.flat_map(Product::action_names);
    let whole = known.clone().chain(WILDCARDS).map(|action| (action, action));
    // People often type an action as the name in the API, without `View/` or `Change/`.
    let bare = known
        .filter(|_| !typed.contains('/'))
        .filter_map(|action| Some((action, action.split_once('/')?.1)));
    match suggestion::nearest(typed, whole.chain(bare)) {
        Some(suggestion) => format!("{text} Did you mean {suggestion}?"),
        None => text,
    }
}
