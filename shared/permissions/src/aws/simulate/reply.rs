//! The reply of a simulation.

use std::collections::BTreeSet;

use iam::condition::{Atom, Expression};
use iam::evaluate::{Decision, Flag, Layer, NotModelled, Outcome, StatementRef};
use serde::Serialize;

use super::unknown::Unknown;
use crate::aws::SESSION_POLICIES;
use crate::row::Residual;

/// The decision on one request, and why
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Simulation {
    /// `allowed`, `conditional`, `explicitDeny`, `implicitDeny`, `notKnown` or `notApplicable`
    pub decision: &'static str,
    /// Allow statements that match, certainly or perhaps, in the order of layers
    pub allowed_by: Vec<SimulatedStatement>,
    /// Deny statements that match, certainly or perhaps, in the order of layers
    pub denied_by: Vec<SimulatedStatement>,
    /// Layers without an Allow that is certain, where one is needed
    pub limited_by: Vec<LimitingLayer>,
    /// The condition under which the request is allowed
    pub residual: Option<Residual>,
    /// Condition keys that decide and that nothing is known of
    pub missing_context: Vec<String>,
    /// Condition keys of the request that the principal or the resource decides, so that their values do not count
    pub ignored_context: Vec<String>,
    /// Names what the decision depends on
    pub reservations: Vec<Reservation>,
    /// Says what would change the decision, one sentence for each change
    pub would_change: Vec<String>,
    /// Names what AWS takes into account and this decision does not
    pub not_evaluated: Vec<&'static str>,
}

/// A layer, with the level of the organization
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitingLayer {
    /// The kind of policy
    layer: &'static str,
    /// The level is 0 for the root of the organization; the last level is the account
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<usize>,
}

/// A statement that counted
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SimulatedStatement {
    /// Says which layer the statement belongs to
    #[serde(flatten)]
    pub layer: LimitingLayer,
    /// Id of the policy as in rows
    pub policy_id: String,
    /// The number of the statement in the document, from 0
    pub statement: usize,
    /// The statement's own name
    pub sid: Option<String>,
    /// The group through which the principal has the policy
    pub group: Option<String>,
}

/// Says why a decision may differ from that of AWS
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reservation {
    /// A stable word
    pub code: &'static str,
    /// Says what is not known, and what to do
    pub message: String,
}

impl Reservation {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }
}

impl Simulation {
    pub(super) fn new(decision: &Decision<'_>, is_trust: bool, has_sessions: bool) -> Self {
        let statements = |all: &[StatementRef<'_>]| all.iter().map(|one| statement(one, is_trust)).collect();
        let (decided, residual) = match &decision.outcome {
            Outcome::Allowed => ("allowed", None),
            Outcome::Conditional(condition) => ("conditional", Some(condition.clone())),
            Outcome::ExplicitDeny => ("explicitDeny", None),
            Outcome::ImplicitDeny => ("implicitDeny", None),
            Outcome::NotApplicable => ("notApplicable", None),
        };
        let sessions = has_sessions.then_some(SESSION_POLICIES);
        let left_out = decision.not_modelled.iter().map(|one| left_out(*one));
        let mut simulation = Self {
            decision: decided,
            allowed_by: statements(&decision.allowed_by),
            denied_by: statements(&decision.denied_by),
            limited_by: decision
                .limited_by
                .iter()
                .map(|one| layer(*one, is_trust))
                .collect(),
            missing_context: residual.as_ref().map(keys).unwrap_or_default(),
            residual: residual.map(Residual),
            ignored_context: Vec::new(),
            reservations: decision.flags.iter().map(reservation).collect(),
            would_change: Vec::new(),
            not_evaluated: sessions.into_iter().chain(left_out).collect(),
        };
        simulation.would_change = simulation.changes(&decision.outcome);
        simulation
    }

    /// Adds a reservation when no catalogue has the action.
    pub(super) fn of_known_action(mut self, is_known: bool) -> Self {
        if !is_known {
            let message = "no catalogue has the action, so that it is not known which resources it works on; check its spelling";
            self.reservations
                .push(Reservation::new("UNKNOWN_ACTION", message));
        }
        self
    }

    /// Adds the condition keys that did not count.
    pub(super) fn ignoring(mut self, keys: Vec<String>) -> Self {
        self.ignored_context = keys;
        self
    }

    /// Says that the decision is not known where policies that no document holds could allow a request which the known ones
    /// do not allow.
    pub(super) fn unless(mut self, unknown: &[Unknown]) -> Self {
        if unknown.is_empty() {
            return self;
        }
        self.decision = "notKnown";
        let changes: Vec<String> = unknown
            .iter()
            .map(|one| {
                let policy = one.words();
                let remedy = one.remedy();
                format!("{policy} is in no document and may allow the request: {remedy}")
            })
            .collect();
        self.would_change.splice(0..0, changes);
        for reservation in &mut self.reservations {
            if reservation.code == RESOURCE_POLICY_NOT_AVAILABLE
                && let Some(one) = unknown.iter().find(|one| **one != Unknown::OfPrincipal)
            {
                reservation.message = format!("{} is not known; {}", one.words(), one.remedy());
            }
        }
        self
    }

    fn changes(&self, outcome: &Outcome) -> Vec<String> {
        let denied = self.denied_by.iter().map(|one| {
            format!(
                "statement {} of `{}` ({}) denies the request: take the action or the resource out of it, or send a request that its condition does not hold for",
                one.statement, one.policy_id, one.layer.words()
            )
        });
        let limited = self.limited_by.iter().map(|layer| {
            format!(
                "no statement of the {} allows the request with certainty: add one that does",
                layer.words()
            )
        });
        match outcome {
            Outcome::Allowed => self
                .allowed_by
                .iter()
                .map(|one| {
                    let words = one.layer.words();
                    format!(
                        "statement {} of `{}` ({words}) allows the request",
                        one.statement, one.policy_id
                    )
                })
                .collect(),
            Outcome::Conditional(_) => {
                let keys = self.missing_context.join("`, `");
                let context = format!("the values of `{keys}` decide: give them as `context`");
                std::iter::once(context).chain(denied).chain(limited).collect()
            }
            Outcome::ExplicitDeny => denied.collect(),
            Outcome::ImplicitDeny => limited.collect(),
            Outcome::NotApplicable => {
                vec!["the action does not work on a resource of this type: name a resource of another type, or `*` for an action without resources".to_owned()]
            }
        }
    }
}

const RESOURCE_POLICY_NOT_AVAILABLE: &str = "RESOURCE_POLICY_NOT_AVAILABLE";

impl Unknown {
    /// Names the policy.
    fn words(&self) -> String {
        let Self::OfResource(arn) = self else {
            return "a policy or a group of the principal".to_owned();
        };
        let mut fields = arn.splitn(6, ':').skip(2);
        let (service, name) = (
            fields.next().unwrap_or_default(),
            fields.nth(2).unwrap_or_default(),
        );
        let kind = match service {
            "iam" if name.starts_with("role/") => "trust policy of the role",
            "kms" if name.starts_with("key/") => "key policy of",
            "s3" => "bucket policy of",
            _ => "policy of the resource",
        };
        format!("the {kind} `{arn}`")
    }

    /// Says how to make the policy known.
    fn remedy(&self) -> String {
        match self {
            Self::OfResource(arn) if arn.split(':').nth(2) == Some("iam") => {
                "import the document `authorization-details` of the account of the role".to_owned()
            }
            Self::OfResource(_) => {
                "import the document `resource-policies` of the account of the resource".to_owned()
            }
            Self::OfPrincipal => "the inventory names what is missing, import it".to_owned(),
        }
    }
}

impl LimitingLayer {
    fn words(&self) -> String {
        let level = |level: usize| {
            if level == 0 {
                "the root".to_owned()
            } else {
                format!("level {level}")
            }
        };
        match (self.layer, self.level) {
            ("identity", _) => "policies of the principal and its groups".to_owned(),
            ("boundary", _) => "permissions boundary".to_owned(),
            ("session", _) => "session policies".to_owned(),
            ("trust", _) => "trust policy of the role".to_owned(),
            ("serviceControl", Some(number)) => format!("service control policies at {}", level(number)),
            ("resourceControl", Some(number)) => format!("resource control policies at {}", level(number)),
            (_, _) => "policy of the resource".to_owned(),
        }
    }
}

fn layer(layer: Layer, is_trust: bool) -> LimitingLayer {
    let (layer, level) = match layer {
        Layer::Identity => ("identity", None),
        Layer::Boundary => ("boundary", None),
        Layer::Session => ("session", None),
        Layer::ServiceControl(level) => ("serviceControl", Some(level)),
        Layer::ResourceControl(level) => ("resourceControl", Some(level)),
        Layer::Resource if is_trust => ("trust", None),
        Layer::Resource => ("resource", None),
    };
    LimitingLayer { layer, level }
}

fn statement(found: &StatementRef<'_>, is_trust: bool) -> SimulatedStatement {
    SimulatedStatement {
        layer: layer(found.layer, is_trust),
        policy_id: found.policy.to_owned(),
        statement: found.statement,
        sid: found.sid.map(ToOwned::to_owned),
        group: found.group.map(ToOwned::to_owned),
    }
}

fn reservation(flag: &Flag<'_>) -> Reservation {
    let new = |code, message: &str| Reservation::new(code, message);
    match flag {
        Flag::AmbiguousMatch(pattern) => new(
            "AMBIGUOUS_PATTERN",
            &format!("the decision depends on how the wildcards of `{pattern}` are read"),
        ),
        Flag::Incomplete => new(
            "POLICY_NOT_AVAILABLE",
            "a policy or a group of the principal is in no document; the inventory names it, import it",
        ),
        Flag::ConditionalDeny => new(
            "CONDITIONAL_DENY",
            "a Deny depends on something that is not known",
        ),
        Flag::InvalidDeny(policy) => new(
            "INVALID_STATEMENT",
            &format!("a statement of `{policy}` that may be a Deny cannot be read and was left out"),
        ),
        Flag::VariableWithoutValue(policy) => new(
            "VARIABLE_WITHOUT_VALUE",
            &format!("a policy variable of `{policy}` has no value, so that what uses it does not apply"),
        ),
        Flag::ServiceControlNotEvaluated => new(
            "SERVICE_CONTROL_POLICIES_NOT_AVAILABLE",
            "service control policies are not known; import the document `organization`",
        ),
        Flag::ResourceControlNotEvaluated => new(
            "RESOURCE_CONTROL_POLICIES_NOT_AVAILABLE",
            "resource control policies are not known; import the document `organization`",
        ),
        Flag::ResourcePolicyNotEvaluated => new(
            RESOURCE_POLICY_NOT_AVAILABLE,
            "it is not known whether the resource has a policy; decided as if it had none",
        ),
        Flag::OwnerAssumed => new(
            "OWNER_ASSUMED",
            "the owner of the resource is not known and was taken to be the account of the principal; give `aws:ResourceAccount` as `context`",
        ),
        Flag::NeedsNoPermission => new(
            "NEEDS_NO_PERMISSION",
            "the action needs no permission, so that no policy decides it",
        ),
    }
}

fn left_out(one: NotModelled) -> &'static str {
    match one {
        NotModelled::S3AccessControlLists => crate::aws::ACCESS_CONTROL_LISTS,
        NotModelled::KmsGrants => crate::aws::KEY_GRANTS,
        NotModelled::LakeFormation => crate::aws::LAKE_FORMATION,
        NotModelled::ResourceShares => crate::aws::RESOURCE_SHARES,
        NotModelled::VpcEndpointPolicies => crate::aws::ENDPOINT_POLICIES,
    }
}

/// Returns the condition keys of an expression, each once, in order.
fn keys(expression: &Expression) -> Vec<String> {
    fn collect(expression: &Expression, found: &mut BTreeSet<String>) {
        match expression {
            Expression::Atom(atom) | Expression::Not(atom) => match &**atom {
                Atom::Key(test) => {
                    found.insert(test.key().to_owned());
                }
                Atom::Null(key) => {
                    found.insert(key.to_string());
                }
                Atom::Unsupported { key, .. } => {
                    found.insert(key.clone());
                }
                // This atom is a policy variable in a resource.
                Atom::Pattern(test) => {
                    let variables = test.pattern().split("${").skip(1);
                    found.extend(
                        variables
                            .filter_map(|rest| Some(rest.split(['}', ',']).next()?.trim().to_lowercase())),
                    );
                }
            },
            Expression::And(list) | Expression::Or(list) => list.iter().for_each(|one| collect(one, found)),
            Expression::Complex | Expression::True | Expression::False => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(expression, &mut found);
    found.into_iter().collect()
}
