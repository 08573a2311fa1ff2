//! Checks that the policy, when it is evaluated, allows every call that was observed and no service that was not
//! called.

use std::collections::BTreeSet;

use iam::arn::Resource;
use iam::context::Context;
use iam::document::{Document, PolicyKind};
use iam::evaluate::{Attached, Layers, Outcome, Request, ResourcePolicy, evaluate};
use iam::matching::Principal;
use iam::policy::Policy;
use proptest::prelude::*;

use super::generation::{FEW_ACTIONS, Sample};
use super::laws::{any_sample, any_sample_of_all_actions, filled};
use crate::catalogue;
use crate::evidence;
use crate::policy::{Options, render};
use crate::service_level::prefix_of;

/// The role's own account.
const ACCOUNT: &str = "123456789012";

/// Policies of the role and nothing that limits it. Every resource lets the account decide: keys and roles are out
/// of reach without that, whatever the role's policies say.
pub(super) struct Account {
    principal: Principal,
    policies: Vec<Policy>,
    delegation: Policy,
}

impl Account {
    pub(super) fn with(principal: &str, documents: &[String]) -> Self {
        let compile =
            |text: &str, kind| Policy::compile(&Document::parse(text, kind).unwrap().document, kind);
        let delegation = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"{ACCOUNT}"}},"Action":"*","Resource":"*"}}}}"#
        );
        Self {
            principal: Principal::parse(principal).unwrap(),
            policies: documents
                .iter()
                .map(|text| compile(text, PolicyKind::Identity))
                .collect(),
            delegation: compile(&delegation, PolicyKind::Resource),
        }
    }

    pub(super) fn allows(&self, action: &str, resource: &str) -> bool {
        let keys = Context::closed();
        let resource = Resource::parse(resource).unwrap();
        let mut request = Request::new(&self.principal, action, resource, &keys);
        request.resource_account = Some(ACCOUNT);
        let attached: Vec<Attached<'_>> = self
            .policies
            .iter()
            .map(|policy| Attached::new(policy, "generated"))
            .collect();
        let mut layers = Layers::identity(&attached);
        layers.resource = ResourcePolicy::Policy(Attached::new(&self.delegation, "delegation"));
        evaluate(&request, &layers).outcome == Outcome::Allowed
    }
}

/// Fills `*` in for every placeholder of the documents, as a person without a better value would.
fn filled_in(documents: Vec<String>) -> Vec<String> {
    let fill = |text: String| {
        let mut parts = text.split("${");
        let mut filled = parts.next().unwrap().to_owned();
        for part in parts {
            filled.push('*');
            filled.push_str(part.split_once('}').unwrap().1);
        }
        filled
    };
    documents.into_iter().map(fill).collect()
}

/// Returns what the action is authorised on in every call: a resource of each required type, or `*`.
fn required_resources(action: &str, sample: &Sample) -> Vec<String> {
    let templates = catalogue::templates(&catalogue::action(action).unwrap(), "aws");
    let seen = sample
        .usage
        .actions
        .get(action)
        .into_iter()
        .flat_map(|usage| usage.resources.keys());
    let of_required_type = |arn: &&String| {
        templates
            .iter()
            .any(|template| evidence::is_of_format(template, arn.as_str()))
    };
    match templates.as_slice() {
        [] => vec!["*".to_owned()],
        templates => {
            let examples = templates.iter().map(|template| filled(template, "name"));
            seen.filter(of_required_type).cloned().chain(examples).collect()
        }
    }
}

fn no_service_beyond_the_called(account: &Account, sample: &Sample) -> Result<(), TestCaseError> {
    let called: BTreeSet<&str> = sample
        .usage
        .actions
        .keys()
        .map(|action| prefix_of(action))
        .collect();
    for &action in FEW_ACTIONS {
        // A call that no policy can limit is allowed with every policy.
        if !called.contains(prefix_of(action)) && !evidence::NEED_NO_PERMISSION.contains(&action) {
            prop_assert!(!account.allows(action, "*"), "{action}");
            for resource in required_resources(action, sample) {
                prop_assert!(!account.allows(action, &resource), "{action} on {resource}");
            }
        }
    }
    Ok(())
}

fn allows_every_observed_call_and_no_other_service(
    sample: &Sample,
    resource_placeholders: bool,
) -> Result<(), TestCaseError> {
    let options = Options {
        resource_placeholders,
        service_level_template: false,
    };
    let account = Account::with(
        sample.principal.arn(),
        &filled_in(render(&sample.generation(), options)),
    );
    for action in sample
        .usage
        .actions
        .keys()
        .filter(|action| *action != "iam:PassRole")
    {
        for resource in required_resources(action, sample) {
            prop_assert!(account.allows(action, &resource), "{action} on {resource}");
        }
    }
    no_service_beyond_the_called(&account, sample)
}

fn suggests_every_resource_seen_and_no_other_service(sample: &Sample) -> Result<(), TestCaseError> {
    let documents = evidence::compose("job", &sample.generation()).suggested_policies;
    let account = Account::with(sample.principal.arn(), &documents);
    for (action, usage) in sample
        .usage
        .actions
        .iter()
        .filter(|(action, _)| *action != "iam:PassRole")
    {
        for resource in usage.resources.keys() {
            prop_assert_eq!(
                account.allows(action, resource),
                !usage.only_denied(),
                "{} on {}",
                action,
                resource
            );
        }
    }
    no_service_beyond_the_called(&account, sample)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_policy_allows_every_observed_call_and_no_other_service(sample in any_sample(), resource_placeholders: bool) {
        allows_every_observed_call_and_no_other_service(&sample, resource_placeholders)?;
    }

    #[test]
    fn the_suggested_policy_allows_every_resource_seen_and_no_other_service(sample in any_sample()) {
        suggests_every_resource_seen_and_no_other_service(&sample)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn both_allow_no_less_and_no_more_with_any_actions(sample in any_sample_of_all_actions(), resource_placeholders: bool) {
        allows_every_observed_call_and_no_other_service(&sample, resource_placeholders)?;
        suggests_every_resource_seen_and_no_other_service(&sample)?;
    }
}
