//! Lists what a target gives, action by action and resource by resource.

use crate::action;
use crate::advice::ACCESS_MANAGEMENT;
use crate::nrn::glob;
use crate::policy::Target;
use crate::product::{ActionEntry, Catalogue, Product};

/// Holds what one target of a policy allows: each of the actions on each of the resources
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion<'a> {
    /// A product code
    pub product: &'a str,
    /// The actions in the order of the target. Actions that a wildcard stands for follow each other, by name
    pub actions: Vec<ExpandedAction<'a>>,
    /// The resources in the order of the target
    pub resources: Vec<ResourceName<'a>>,
}

/// An action that a target allows
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpandedAction<'a> {
    /// `View/<name>`, `Change/<name>`, or a wildcard: it stands for the actions that are not known by name
    pub name: &'a str,
    /// Says what it can be limited to
    pub scope: Scope<'a>,
    /// Says whether its holder can change what policies say or who holds them
    pub changes_policies: bool,
}

/// Says what an action can be limited to
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Resources of this type
    Type(&'a str),
    /// The action names no resource type: it needs a target that names no single resource
    Product,
    /// No table has the action
    Unknown,
}

/// A resource, or a pattern of resources, as a target names it
///
/// In each part `*` stands for any, `None` for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceName<'a> {
    /// The text, as the policy writes it.
    pub text: &'a str,
    /// Code of the region
    pub region: Option<&'a str>,
    /// The member number; `*` where none is written, because then it is a pattern
    pub member: &'a str,
    /// Type of the resource; `*` when the pattern names none
    pub resource_type: &'a str,
    /// Says what comes after the type
    pub id: &'a str,
}

impl Target {
    /// Returns what the target allows, wildcards of actions replaced by the actions of the catalogue that they stand
    /// for.
    ///
    /// Where the product's table is not complete the wildcard stays as well, for those that the table lacks.
    #[must_use]
    pub fn expand<'a>(&'a self, catalogue: &'a Catalogue) -> Expansion<'a> {
        let product = catalogue.product(&self.product);
        let actions = self.actions.iter();
        let resources = self.resource_nrns.iter();
        Expansion {
            product: &self.product,
            actions: actions
                .flat_map(|written| self.actions(product, written))
                .collect(),
            resources: resources.map(|text| ResourceName::of(text)).collect(),
        }
    }

    fn actions<'a>(&'a self, product: Option<&'a Product>, written: &'a str) -> Vec<ExpandedAction<'a>> {
        let expanded = |name: &'a str| ExpandedAction {
            name,
            scope: match product.and_then(|product| product.action(name)) {
                None => Scope::Unknown,
                Some(row) => row.resource_type().map_or(Scope::Product, Scope::Type),
            },
            changes_policies: self.product == ACCESS_MANAGEMENT && action::changes_policies(name),
        };
        let known = product
            .into_iter()
            .flat_map(Product::actions)
            .map(ActionEntry::name);
        let known = known.filter(|name| action::is_wildcard(written) && action::covers(written, name));
        let is_exhausted = action::is_wildcard(written) && product.is_some_and(Product::is_complete);
        let itself = (!is_exhausted).then_some(written);
        known.chain(itself).map(expanded).collect()
    }
}

impl ExpandedAction<'_> {
    /// Returns whether a target that names the resource gives the action anything: an action has no effect on single
    /// resources when it cannot be limited to any, nor on those of another type than its own.
    #[must_use]
    pub fn has_effect_on(&self, resource: &ResourceName<'_>) -> bool {
        match self.scope {
            Scope::Unknown => true,
            Scope::Product => resource.is_pattern(),
            // The service writes types in upper and in lower case.
            Scope::Type(own) => glob(
                &resource.resource_type.to_ascii_lowercase(),
                &own.to_ascii_lowercase(),
            ),
        }
    }
}

impl<'a> ResourceName<'a> {
    /// Returns whether it can name more than one resource.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        self.text.contains('*')
    }

    fn of(text: &'a str) -> Self {
        // A stored policy was valid when it was stored; what a later grammar cannot read names any resource, as far
        // as this program knows.
        let mut parts = text.splitn(6, ':').skip(3);
        let mut part = || parts.next().unwrap_or("*");
        let (region, member, resource) = (part(), part(), part());
        let (resource_type, id) = resource.split_once('/').unwrap_or(("*", resource));
        Self {
            text,
            region: Some(region).filter(|region| !region.is_empty()),
            member: if member.is_empty() { "*" } else { member },
            resource_type,
            id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(product: &str, actions: &[&str], resources: &[&str]) -> Target {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Target {
            product: product.to_owned(),
            actions: texts(actions),
            resource_nrns: texts(resources),
        }
    }

    fn names(product: &str, actions: &[&str], complete: bool) -> Vec<String> {
        let file = format!(
            r#"{{"sources":{{"s":""}},"products":[{{"code":"A","source":"s","version":"","complete":{complete},"actions":[
            {{"action":"View/one","resourceType":"Thing","related":[]}},{{"action":"Change/two","resourceType":null,"related":[]}}]}}]}}"#
        );
        let catalogue = Catalogue::parse(&file).unwrap();
        let target = target(product, actions, &["*"]);
        let expansion = target.expand(&catalogue);
        expansion
            .actions
            .iter()
            .map(|action| action.name.to_owned())
            .collect()
    }

    #[test]
    fn a_wildcard_stands_for_the_actions_of_a_complete_table() {
        assert_eq!(names("A", &["*"], true), ["Change/two", "View/one"]);
        assert_eq!(
            names("A", &["View*", "Change/two"], true),
            ["View/one", "Change/two"]
        );
    }

    #[test]
    fn a_wildcard_stays_for_what_a_table_lacks() {
        assert_eq!(names("A", &["View*"], false), ["View/one", "View*"]);
        assert_eq!(names("B", &["*"], true), ["*"]);
    }

    #[test]
    fn an_action_that_no_table_has_stands_for_itself() {
        assert_eq!(names("A", &["View/three"], true), ["View/three"]);
    }

    #[test]
    fn actions_know_their_resources_and_their_power() {
        let target = target("IAM", &["Change/setPolicy", "View/getPolicy"], &["*"]);
        let expansion = target.expand(Catalogue::published());
        let power: Vec<bool> = expansion
            .actions
            .iter()
            .map(|action| action.changes_policies)
            .collect();
        assert_eq!(power, [true, false]);
        let target = self::target("APIGateway", &["View/getAPIDetail"], &["*"]);
        assert_eq!(
            target
                .expand(Catalogue::published())
                .actions
                .first()
                .unwrap()
                .scope,
            Scope::Type("API")
        );
    }

    #[test]
    fn an_action_needs_a_resource_that_it_works_on() {
        let action = |scope| ExpandedAction {
            name: "View/one",
            scope,
            changes_policies: false,
        };
        let on = |text| {
            [Scope::Type("API"), Scope::Product, Scope::Unknown]
                .map(|scope| action(scope).has_effect_on(&ResourceName::of(text)))
        };
        assert_eq!(on("nrn:PUB:APIGateway:KR:1:api/7"), [true, false, true]);
        assert_eq!(on("nrn:PUB:APIGateway:KR:1:Stage/7"), [false, false, true]);
        assert_eq!(on("nrn:PUB:APIGateway:KR:1:Stage/*"), [false, true, true]);
        assert_eq!(on("nrn:*:APIGateway:*::*"), [true, true, true]);
    }

    #[test]
    fn resources_come_apart() {
        let parts = |text| {
            let ResourceName {
                region,
                member,
                resource_type,
                id,
                ..
            } = ResourceName::of(text);
            (region, member, resource_type, id)
        };
        assert_eq!(
            parts("nrn:PUB:Server:KR:2942:Serverimage/7449"),
            (Some("KR"), "2942", "Serverimage", "7449")
        );
        assert_eq!(parts("nrn:*:Server:*::*"), (Some("*"), "*", "*", "*"));
        assert_eq!(
            parts("nrn:PUB:IAM::123456789012:SubAccount/a/b:c"),
            (None, "123456789012", "SubAccount", "a/b:c")
        );
        assert_eq!(parts("something else"), (Some("*"), "*", "*", "*"));
    }
}
