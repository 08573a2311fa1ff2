//! The causes, one by one: which rows each could add, take away or change.

use super::hypothesis::{AccountFact, ActionFact, Hypothesis, Known, SourceFact};
use super::{Cause, Incompleteness, Selected};
use crate::aws::data::{
    Boundary, COMPUTE_KINDS, DestinationService, Gap, PrincipalClass, ServiceControl, Snapshot, Source,
    SourceKind, is_controlled,
};
use rql::{BoolAttribute, Expr, Predicate};
use std::collections::BTreeSet;

/// Services whose resources have no policies that a document of resource policies could hold: the trust policies of roles
/// come with the authorization details, and the others have none.
///
/// Source: IAM user guide, "AWS services that work with IAM".
const WITHOUT_RESOURCE_POLICIES: [&str; 4] = ["ec2", "iam", "route53", "sts"];

/// What could change the result.
pub(super) fn all(selected: &Selected<'_>) -> Vec<Incompleteness> {
    let snapshot = selected.effective.snapshot();
    let mut accounts: Vec<&str> = snapshot.own_accounts.keys().map(|one| &**one).collect();
    accounts.sort_unstable();
    let mut search = Causes {
        selected,
        snapshot,
        accounts: &accounts,
        services: Vec::new(),
        has_rows: selected.counts.iter().any(|count| *count > 0),
        may_move: false,
        found: Vec::new(),
    };
    selected
        .query
        .expression()
        .visit(&mut |predicate| search.may_move |= is_movable(predicate));
    search.services = snapshot
        .destination_services
        .iter()
        .filter_map(|(service, destinations)| {
            let destinations = destinations.iter();
            let possible = destinations.filter(|one| search.allows(&on_service(service, one)));
            let possible: Vec<_> = possible.collect();
            (!possible.is_empty()).then_some((service, possible))
        })
        .collect();
    search.principals();
    search.accounts_elsewhere();
    search.organization();
    search.resource_policies();
    search.compute();
    search.query_itself();
    search.not_evaluated();
    search.found.sort_by_key(|one| one.code);
    search.found.dedup_by_key(|one| one.code);
    search.found
}

/// Whether the outcome of a predicate on a row that stays can become another one when policies become narrower.
fn is_movable(predicate: &Predicate) -> bool {
    matches!(
        predicate,
        Predicate::Bool {
            attribute: BoolAttribute::ActionIsAdministrative,
            ..
        }
    )
}

pub(super) fn of_service(service: &str) -> Hypothesis<'_> {
    Hypothesis {
        action: ActionFact::Of(service),
        ..Hypothesis::default()
    }
}

fn on_service<'a>(service: &'a str, destination: &'a DestinationService) -> Hypothesis<'a> {
    Hypothesis {
        destination: Some(destination),
        ..of_service(service)
    }
}

pub(super) struct Causes<'s> {
    pub(super) selected: &'s Selected<'s>,
    pub(super) snapshot: &'s Snapshot,
    /// The accounts that are imported
    pub(super) accounts: &'s [&'s str],
    /// The services of which the query may select actions, and on whose resources
    pub(super) services: Vec<(&'s str, Vec<&'s DestinationService>)>,
    pub(super) has_rows: bool,
    /// Whether rows that are not in the result could come into it because they become narrower
    may_move: bool,
    found: Vec<Incompleteness>,
}

impl<'s> Causes<'s> {
    pub(super) fn add(&mut self, code: Cause, message: impl Into<String>) {
        let message = message.into();
        self.found.push(Incompleteness { code, message });
    }

    pub(super) fn expression(&self) -> &'s Expr {
        self.selected.query.expression()
    }

    /// Whether the query can select such a row.
    pub(super) fn allows(&self, hypothesis: &Hypothesis<'_>) -> bool {
        let known = Known {
            effective: self.selected.effective,
            today: self.selected.today,
        };
        hypothesis.can_satisfy(self.expression(), known)
    }

    /// Whether the result has rows of a source of this kind, or could get such rows when they become narrower.
    pub(super) fn touches(&self, is_concerned: impl Fn(&Source) -> bool) -> bool {
        if !self.has_rows && !self.may_move {
            return false;
        }
        let sources = self.snapshot.sources.iter().zip(self.selected.counts.iter());
        let mut concerned = sources.filter(|(source, _)| is_concerned(source));
        concerned.any(|(source, count)| *count > 0 || self.may_move && self.allows(&of_source(source)))
    }

    fn class_of(&self, source: &Source) -> Option<&'s PrincipalClass> {
        self.snapshot.principal_classes.get(source.own_class?)
    }

    /// Documents that sources need, and statements that cannot be read.
    fn principals(&mut self) {
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
                // The rows of a compute resource are those of its role.
                || source.compute.is_some() && concerned.contains(source.principal())
        };
        let mut sources = self.snapshot.sources.iter().filter(is_concerned);
        let first = sources.find(|source| self.allows(&of_source(source)));
        let unknown = (missing.without_source > 0).then(|| Hypothesis {
            source: SourceFact::Somebody,
            ..Hypothesis::default()
        });
        if let Some(first) = first {
            self.add(
                Cause::PolicyNotAvailable,
                format!(
                    "no document holds a policy or a group that `{}` needs; GET /api/v1/inventory lists what is missing, import \
                     a document that holds it",
                    first.id
                ),
            );
        } else if unknown.is_some_and(|one| self.allows(&one)) {
            self.add(
                Cause::PolicyNotAvailable,
                "no document tells the role of a compute resource; GET /api/v1/inventory lists what is missing",
            );
        }
        if self
            .snapshot
            .documents
            .iter()
            .any(|one| one.policy().has_invalid_statement())
        {
            self.add(
                Cause::InvalidStatement,
                "a statement of an imported policy cannot be read and was left out; GET /api/v1/inventory has the findings of \
                 each document",
            );
        }
    }

    /// Accounts that are not imported: their principals, and the policies of their resources.
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
        let message = if self.touches(|source| self.has_unknown_policies(source)) {
            "rows are of principals of an account that is not imported, and its policies limit them; import the account"
        } else if self.allows(&source) {
            "principals of accounts that are not imported could be in the result; import these accounts, or ask for sources of \
             imported accounts by `source.cloud.account`"
        } else if self.allows(&destination) {
            "resources of accounts that are not imported could be in the result; import these accounts, or ask for resources of \
             imported accounts by `dest.cloud.account`"
        } else {
            return self.owners();
        };
        self.add(Cause::AccountNotImported, message);
        self.owners();
    }

    /// Whether the identity-based policies of a source are in an account that is not imported.
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

    /// Destinations whose owner is assumed, because neither their ARNs nor the documents tell it.
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

    /// The policies of the organization.
    fn organization(&mut self) {
        let is_open = |source: &Source| {
            let own = self.class_of(source).map(|class| &class.service_control);
            // A compute resource is bound as its account is.
            let of_account = self.snapshot.own_accounts.get(&source.account);
            let of_account = of_account.filter(|_| source.compute.is_some());
            own.or(of_account.map(|account| &account.service_control)) == Some(&ServiceControl::NotSupplied)
        };
        let mut accounts = self.snapshot.own_accounts.values();
        let is_unknown = accounts.any(|one| one.service_control == ServiceControl::NotSupplied);
        // Where a policy lets an organization in, its members get rows of their own once they are known.
        let mut sources = self.snapshot.sources.iter();
        let is_let_in = sources.any(|source| source.kind == SourceKind::Organization);
        let member = Hypothesis {
            source: SourceFact::Somebody,
            ..Hypothesis::default()
        };
        if self.touches(is_open) || is_unknown && is_let_in && self.allows(&member) {
            self.add(
                Cause::ServiceControlPoliciesNotAvailable,
                "service control policies limit rows and are not known; import the document `organization`",
            );
        }
        let mut accounts = self.accounts.iter();
        let is_unknown = accounts.any(|account| !self.snapshot.resource_control.is_known(account));
        let mut services = self.services.iter();
        if self.has_rows && is_unknown && services.any(|(service, _)| is_controlled(service)) {
            self.add(
                Cause::ResourceControlPoliciesNotAvailable,
                "resource control policies limit rows and are not known; import the document `organization`",
            );
        }
    }

    /// Policies of resources that were not collected.
    fn resource_policies(&mut self) {
        let policies = &self.snapshot.resource_policies;
        let first = self.services.iter().find_map(|(service, destinations)| {
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
                    // A Deny of such a policy limits rows about any resource, too.
                    let wide = Hypothesis {
                        dest_account: AccountFact::Any,
                        ..concerned
                    };
                    !policies.is_collected(account, of_arn, "*")
                        && (self.allows(&concerned) || self.has_rows && self.allows(&wide))
                });
                account.map(|account| (*account, of_arn))
            })
        });
        if let Some((account, service)) = first {
            let service = if service == "*" {
                "all services".to_owned()
            } else {
                format!("the service {service}")
            };
            self.add(
                Cause::ResourcePolicyNotAvailable,
                format!(
                    "policies of resources of {service} in the account {account} were not collected in all regions; import a \
                     document `resource-policies` that has them"
                ),
            );
        }
    }

    /// Compute resources that were not collected.
    fn compute(&mut self) {
        let first = COMPUTE_KINDS.into_iter().find(|(service, resource_type)| {
            let gap = self.snapshot.without_compute.get(service);
            gap.is_some_and(|gap| !gap.is_empty())
                && self.accounts.iter().any(|account| {
                    self.allows(&Hypothesis {
                        source: SourceFact::Compute(service, resource_type),
                        source_account: AccountFact::Is(account),
                        ..Hypothesis::default()
                    })
                })
        });
        if let Some((service, resource_type)) = first {
            let accounts = self.snapshot.without_compute.get(service).map(Gap::words);
            self.add(
                Cause::ComputeNotImported,
                format!(
                    "resources such as {service} {resource_type} hold permissions, and those of {} were not collected; import a \
                     document `compute`",
                    accounts.unwrap_or_default()
                ),
            );
        }
    }
}

/// All rows of a source.
pub(super) fn of_source(source: &Source) -> Hypothesis<'_> {
    Hypothesis {
        source: SourceFact::Known(source),
        source_account: if source.account.is_empty() {
            AccountFact::Absent
        } else {
            AccountFact::Is(&source.account)
        },
        ..Hypothesis::default()
    }
}
