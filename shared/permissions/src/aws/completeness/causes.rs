//! Finds the causes, one by one: which rows each could add, take away or change.

use super::part::{CausesPart, Claim, Condition};
use super::{Cause, Selected};
use crate::aws::data::{
    Boundary, COMPUTE_KINDS, DestinationService, PrincipalClass, ServiceControl, Snapshot, Source,
    SourceKind, is_controlled,
};
use crate::aws::hypothesis::{AccountFact, Hypothesis, Known, SourceFact, of_source, on_service};
use rql::{BoolAttribute, Expr, Predicate};
use std::collections::BTreeSet;

const NO_SERVICE_CONTROL: &str =
    "service control policies limit rows and are not known; import the document `organization`";

/// Services whose resources have no policies that a document of resource policies could hold: the trust policies of roles
/// come with the authorization details, and the others have none.
///
/// Source: IAM user guide, "AWS services that work with IAM".
const WITHOUT_RESOURCE_POLICIES: [&str; 4] = ["ec2", "iam", "route53", "sts"];

/// Returns what the shard says about what could change the result. With `with_common`, it also says what every shard
/// would say alike.
pub(super) fn part(selected: &Selected<'_>, with_common: bool) -> CausesPart {
    let snapshot = selected.effective.snapshot();
    let mut accounts: Vec<&str> = snapshot.own_accounts.keys().map(|one| &**one).collect();
    accounts.sort_unstable();
    let mut search = Causes {
        selected,
        snapshot,
        accounts: &accounts,
        services: Vec::new(),
        may_move: false,
        part: CausesPart {
            has_rows: selected.counts.iter().any(|count| *count > 0),
            ..CausesPart::default()
        },
    };
    selected
        .query
        .expression()
        .visit(&mut |predicate| search.may_move |= is_movable(predicate));
    search.of_sources();
    if with_common {
        search.common();
    }
    search.part
}

/// Returns whether the outcome of a predicate on a row that stays can become another one when policies become narrower.
fn is_movable(predicate: &Predicate) -> bool {
    matches!(
        predicate,
        Predicate::Bool {
            attribute: BoolAttribute::ActionIsAdministrative,
            ..
        }
    )
}

pub(super) struct Causes<'s> {
    pub(super) selected: &'s Selected<'s>,
    pub(super) snapshot: &'s Snapshot,
    /// The accounts that are imported
    pub(super) accounts: &'s [&'s str],
    /// The services of which the query may select actions, and on whose resources
    pub(super) services: Vec<(&'s str, Vec<&'s DestinationService>)>,
    /// Says whether rows that are not in the result could come into it because they become narrower
    may_move: bool,
    part: CausesPart,
}

impl<'s> Causes<'s> {
    pub(super) fn add(&mut self, code: Cause, message: impl Into<String>) {
        self.claim(code, (0, String::new()), Condition::Always, message);
    }

    /// Adds a cause that is there when a condition holds of all shards together.
    pub(super) fn claim(
        &mut self,
        code: Cause,
        order: (u8, String),
        condition: Condition,
        message: impl Into<String>,
    ) {
        self.part.claims.push(Claim {
            code,
            order,
            condition,
            message: message.into(),
        });
    }

    pub(super) fn expression(&self) -> &'s Expr {
        self.selected.query.expression()
    }

    /// Returns whether the query can select such a row.
    pub(super) fn allows(&self, hypothesis: &Hypothesis<'_>) -> bool {
        let known = Known {
            names: &self.snapshot.account_names,
            sources: Some((self.selected.effective, self.selected.today)),
        };
        hypothesis.can_satisfy(self.expression(), known)
    }

    /// Returns whether the result has rows of a source of this kind, or could get such rows when they become narrower.
    pub(super) fn touches(&self, is_concerned: impl Fn(&Source) -> bool) -> bool {
        if !self.part.has_rows && !self.may_move {
            return false;
        }
        let sources = self.snapshot.sources.iter().zip(self.selected.counts.iter());
        let mut concerned = sources.filter(|(source, _)| is_concerned(source));
        concerned.any(|(source, count)| *count > 0 || self.may_move && self.allows(&of_source(source)))
    }

    fn class_of(&self, source: &Source) -> Option<&'s PrincipalClass> {
        self.snapshot.principal_classes.get(source.own_class?)
    }

    /// Adds the causes that come from single sources.
    fn of_sources(&mut self) {
        self.incomplete_principals();
        if self.touches(|source| self.has_unknown_policies(source)) {
            self.add(
                Cause::AccountNotImported,
                "rows are of principals of an account that is not imported, and its policies limit them; import the account",
            );
        }
        if self.touches(|source| self.has_unknown_service_control(source)) {
            self.add(Cause::ServiceControlPoliciesNotAvailable, NO_SERVICE_CONTROL);
        }
        // A session policy limits what a role or a federated user may do in that session, and grants nothing.
        if self.touches(Source::has_sessions) {
            self.add(
                Cause::SessionPolicies,
                "rows are of principals that act in sessions, and a policy that a request passes for its session is in no \
                 document; it can only take away",
            );
        }
    }

    /// Adds the causes that every shard would give alike.
    fn common(&mut self) {
        let services = self.snapshot.destination_services.iter();
        self.services = services
            .filter_map(|(service, destinations)| {
                let destinations = destinations.iter();
                let possible = destinations.filter(|one| self.allows(&on_service(service, one)));
                let possible: Vec<_> = possible.collect();
                (!possible.is_empty()).then_some((service, possible))
            })
            .collect();
        self.accounts_elsewhere();
        self.owners();
        self.organization();
        self.resource_policies();
        self.compute();
        self.query_itself();
        self.not_evaluated();
    }

    /// Adds documents that sources need.
    fn incomplete_principals(&mut self) {
        let missing = &self.snapshot.missing;
        let concerned: BTreeSet<&str> = missing
            .things
            .iter()
            .flat_map(|thing| thing.sources.iter())
            .filter_map(|&number| self.snapshot.sources.get(number))
            .map(|source| &*source.id)
            .collect();
        let is_concerned = |source: &&Source| {
            let own = source.own.as_ref();
            own.is_some_and(|own| own.incomplete || own.boundary == Boundary::NotKnown)
                || concerned.contains(&*source.id)
                // The rows of a compute resource are the rows of its role.
                || source.compute.is_some() && concerned.contains(source.principal())
        };
        let mut sources = self.snapshot.sources.iter().filter(is_concerned);
        if let Some(first) = sources.find(|source| self.allows(&of_source(source))) {
            self.claim(
                Cause::PolicyNotAvailable,
                (0, first.id.to_string()),
                Condition::Always,
                format!(
                    "no document holds a policy or a group that `{}` needs; GET /api/v1/inventory lists what is missing, import \
                     a document that holds it",
                    first.id
                ),
            );
        }
    }

    /// Adds accounts that are not imported: their principals, and the policies of their resources. Also adds compute
    /// resources whose roles are not known.
    fn accounts_elsewhere(&mut self) {
        let elsewhere = AccountFact::NoneOf(self.accounts);
        let source = Hypothesis {
            source: SourceFact::Somebody,
            source_account: elsewhere,
            ..Hypothesis::default()
        };
        let destination = Hypothesis {
            dest_account: elsewhere,
            ..Hypothesis::default()
        };
        let message = if self.allows(&source) {
            Some(
                "principals of accounts that are not imported could be in the result; import these accounts, or ask for sources of \
                 imported accounts by `source.cloud.account`",
            )
        } else if self.allows(&destination) {
            Some(
                "resources of accounts that are not imported could be in the result; import these accounts, or ask for resources \
                 of imported accounts by `dest.cloud.account`",
            )
        } else {
            None
        };
        if let Some(message) = message {
            let order = (1, String::new());
            self.claim(Cause::AccountNotImported, order, Condition::Always, message);
        }
        let somebody = Hypothesis {
            source: SourceFact::Somebody,
            ..Hypothesis::default()
        };
        if self.allows(&somebody) {
            self.claim(
                Cause::PolicyNotAvailable,
                (1, String::new()),
                Condition::HasComputeWithoutRole,
                "no document tells the role of a compute resource; GET /api/v1/inventory lists what is missing",
            );
        }
    }

    /// Returns whether the identity-based policies of a source are in an account that is not imported.
    fn has_unknown_policies(&self, source: &Source) -> bool {
        match source.kind {
            SourceKind::User | SourceKind::Role => source.own.is_none(),
            SourceKind::Account => !self.snapshot.own_accounts.contains_key(&source.account),
            SourceKind::RoleSession
            | SourceKind::FederatedUser
            | SourceKind::CanonicalUser
            | SourceKind::Organization => true,
            SourceKind::Public
            | SourceKind::Service
            | SourceKind::SamlProvider
            | SourceKind::OidcProvider
            | SourceKind::WebIdentity
            | SourceKind::Compute
            | SourceKind::Network => false,
        }
    }

    /// Adds destinations whose owner is assumed, because neither their ARNs nor the documents name it.
    fn owners(&mut self) {
        let found = self.services.iter().any(|(service, destinations)| {
            destinations.iter().copied().any(|destination| {
                destination.is_without_account
                    && !WITHOUT_RESOURCE_POLICIES.contains(&&*destination.of_arn)
                    && self.allows(&Hypothesis {
                        source: SourceFact::Somebody,
                        ..on_service(service, destination)
                    })
            })
        });
        if found {
            self.add(
                Cause::OwnerAssumed,
                "of destinations without account in their ARN, such as buckets, the owner is taken to be the account of the source \
                 where no document tells it; rows change when a document does",
            );
        }
    }

    /// Returns whether service control policies limit a source, and no document says which.
    fn has_unknown_service_control(&self, source: &Source) -> bool {
        let own = self.class_of(source).map(|class| &class.service_control);
        // The policies that limit its account also limit a compute resource.
        let of_account = self.snapshot.own_accounts.get(&source.account);
        let of_account = of_account.filter(|_| source.compute.is_some());
        own.or(of_account.map(|account| &account.service_control)) == Some(&ServiceControl::NotSupplied)
    }

    /// Adds the causes that come from the policies of the organization.
    fn organization(&mut self) {
        let mut accounts = self.snapshot.own_accounts.values();
        let is_unknown = accounts.any(|one| one.service_control == ServiceControl::NotSupplied);
        // When a policy allows a whole organization, its members get rows of their own as soon as they are known.
        let member = Hypothesis {
            source: SourceFact::Somebody,
            ..Hypothesis::default()
        };
        if is_unknown && self.allows(&member) {
            self.claim(
                Cause::ServiceControlPoliciesNotAvailable,
                (0, String::new()),
                Condition::LetsOrganizationsIn,
                NO_SERVICE_CONTROL,
            );
        }
        let mut accounts = self.accounts.iter();
        let is_unknown = accounts.any(|account| !self.snapshot.resource_control.is_known(account));
        let mut services = self.services.iter();
        if is_unknown && services.any(|(service, _)| is_controlled(service)) {
            self.claim(
                Cause::ResourceControlPoliciesNotAvailable,
                (0, String::new()),
                Condition::HasRows,
                "resource control policies limit rows and are not known; import the document `organization`",
            );
        }
    }

    /// Adds policies of resources that were not collected.
    fn resource_policies(&mut self) {
        // A Deny of such a policy limits rows about any resource, too, if there are rows.
        for (order, condition) in [(0, Condition::HasRows), (1, Condition::Always)] {
            let Some((account, service)) = self.without_policies(condition == Condition::HasRows) else {
                continue;
            };
            let service = if service == "*" {
                "all services".to_owned()
            } else {
                format!("the service {service}")
            };
            let message = format!(
                "policies of resources of {service} in the account {account} were not collected in all regions; import a document \
                 `resource-policies` that has them"
            );
            let order = (order, String::new());
            self.claim(Cause::ResourcePolicyNotAvailable, order, condition, message);
        }
    }

    /// Returns the first account, and the service, whose resources have policies that were not collected.
    fn without_policies(&self, has_rows: bool) -> Option<(&'s str, &'s str)> {
        let policies = &self.snapshot.resource_policies;
        self.services.iter().find_map(|(service, destinations)| {
            destinations.iter().copied().find_map(|destination| {
                let of_arn = &*destination.of_arn;
                if WITHOUT_RESOURCE_POLICIES.contains(&of_arn) {
                    return None;
                }
                let mut accounts = self.accounts.iter();
                let account = accounts.find(|account| {
                    let concerned = Hypothesis {
                        dest_account: AccountFact::Is(account),
                        ..on_service(service, destination)
                    };
                    let wide = Hypothesis {
                        dest_account: AccountFact::Any,
                        ..concerned
                    };
                    !policies.is_collected(account, of_arn, "*")
                        && (self.allows(&concerned) || has_rows && self.allows(&wide))
                });
                account.map(|account| (*account, of_arn))
            })
        })
    }

    /// Notes the kinds of compute resources that the query can select.
    fn compute(&mut self) {
        let possible = COMPUTE_KINDS.into_iter().map(|(service, resource_type)| {
            self.accounts.iter().any(|account| {
                self.allows(&Hypothesis {
                    source: SourceFact::Compute(service, resource_type),
                    source_account: AccountFact::Is(account),
                    ..Hypothesis::default()
                })
            })
        });
        self.part.compute = possible.collect();
    }
}
