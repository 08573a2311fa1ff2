//! The compiled rows against the decision on single requests, over random realms.

mod not_principal;

use super::random_organization::{named, organization};
use super::sample_organization::{HOME, SampleOrganization};
use super::sample_requests::{
    Caller, REQUESTS, SampleRequest, callers, depends_on_account, externals, includes,
};
use crate::row::Row;
use crate::row::exceptions::{ExceptionCode, Exceptions};
use iam::arn::{ArnPattern, Resource, ShortArn};
use iam::condition::Expression;
use iam::context::{Context, Layered};
use iam::evaluate::Outcome;
use iam::matching::{Principal, PrincipalIdentity};
use proptest::prelude::*;

/// Returns what can be known of a request: nothing, or everything.
pub(super) fn requests() -> Vec<Context> {
    let closed = Context::closed;
    vec![
        Context::open(),
        closed().with("aws:MultiFactorAuthPresent", ["true"]),
        closed()
            .with("aws:MultiFactorAuthPresent", ["false"])
            .with("aws:SourceVpc", ["v"])
            .with("aws:userid", ["AROAAPP:s1"])
            .with("aws:SourceAccount", ["111122223333"]),
    ]
}

fn covers(row: &Row<'_>, sample: SampleRequest) -> bool {
    let asked = Resource::parse(sample.resource).unwrap();
    row.effective_action_name == sample.action
        && row.dest_resource_type == sample.kind
        && ArnPattern::parse(row.dest_resource_id, ShortArn::Padded).matches(&asked)
}

/// Returns whether the row is about this one resource, or about resources of one account only. A row for more accounts
/// says nothing about what it reaches in other accounts.
fn is_exact(row: &Row<'_>, caller: &Caller, sample: SampleRequest) -> bool {
    let own = caller.principal.account().unwrap_or_default();
    sample.owner.is_empty() || sample.owner == own || row.dest_cloud_account == sample.owner
}

/// Returns whether the row may hold for the request, by the condition of the row.
fn may_hold(row: &Row<'_>, contexts: [&Context; 3]) -> Option<bool> {
    let residual = row.explanation.as_ref().unwrap().residual.as_ref();
    let left = residual.map_or(&Expression::True, |one| &one.0);
    left.evaluate(&Layered(&contexts))
}

pub(super) fn check(
    organization: &SampleOrganization,
    rows: &[Row<'_>],
    caller: &Caller,
    sample: SampleRequest,
    request: &Context,
) -> Result<(), TestCaseError> {
    let outcome = organization.decide(caller, sample, request, None);
    let about = || format!("{} {sample:?} {request:?}: {outcome:?}", caller.source);
    let covering = rows.iter().filter(|row| covers(row, sample));
    let (of_caller, of_resource) = (organization.context(caller), sample.context());
    let contexts = [&of_caller, &of_resource, request];
    let (mut own, mut public, mut exact) = (0, 0, 0);
    for row in covering {
        let holds = may_hold(row, contexts);
        public += usize::from(
            includes(row, caller) && holds != Some(false) && not_principal::names(row, caller, &contexts).any,
        );
        if row.source_resource_id != caller.source {
            continue;
        }
        own += usize::from(holds != Some(false));
        exact += usize::from(holds != Some(false) && row.dest_cloud_account == sample.owner);
        let named = row.dest_resource_id == sample.resource;
        if named
            && holds == Some(true)
            && row
                .explanation
                .as_ref()
                .unwrap()
                .limiting
                .iter()
                .all(|one| one.whole)
        {
            prop_assert_eq!(&outcome, &Outcome::Allowed, "{} has {:?}", about(), row);
        }
        let plain = row.exceptions == Exceptions::NONE;
        if plain && is_exact(row, caller, sample) {
            prop_assert_eq!(&outcome, &Outcome::Allowed, "{} has {:?}", about(), row);
        }
        // Nothing is known of the request, and it is refused all the same: then there is no row to show.
        let refused = matches!(outcome, Outcome::ExplicitDeny | Outcome::ImplicitDeny);
        // Of everybody, and of everybody from a network, one may be refused and another one allowed.
        if refused && *request == Context::open() && !is_of_many(row) {
            prop_assert!(
                !named || sample.resource == "*" && sample.kind != "*",
                "{} has {row:?}",
                about()
            );
        }
    }
    // What the request says of the account decides what depends on it; the rows of that account stand for the request.
    let hangs = || {
        let open = || organization.decide(caller, sample, &Context::open(), None);
        let is_canonical = matches!(caller.principal.identity, PrincipalIdentity::CanonicalUser { .. });
        depends_on_account(caller, &outcome) || is_canonical && depends_on_account(caller, &open())
    };
    if matches!(outcome, Outcome::Allowed | Outcome::Conditional(_)) && !hangs() {
        prop_assert!(own + public > 0, "{} has no row", about());
        // Across accounts the policy of the resource names the resource, so that a row names it as well.
        let account = caller.principal.account().unwrap_or_default();
        let crosses = !account.is_empty() && !sample.owner.is_empty() && sample.owner != account;
        let has_policy = sample.action.starts_with("sts:")
            || ["s3:", "kms:", "sqs:"]
                .iter()
                .any(|service| sample.action.starts_with(service));
        if crosses && has_policy {
            prop_assert!(exact + public > 0, "{} has no row for the resource", about());
        }
    }
    Ok(())
}

/// Returns whether the source of a row is everybody, or everybody from a network.
fn is_of_many(row: &Row<'_>) -> bool {
    row.source_public || row.source_resource_type == "network"
}

/// Checks that a row of everybody, or of everybody from a network, about one resource is there because the policy of
/// the resource allows somebody: a caller whose own policies, boundary and organization allow everything.
///
/// Source: Amazon S3 user guide, "The meaning of public": what a policy grants is judged by the policy alone.
fn check_many(
    organization: &SampleOrganization,
    rows: &[Row<'_>],
    sample: SampleRequest,
) -> Result<(), TestCaseError> {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let unlimited = SampleOrganization {
        boundary: None,
        levels: organization
            .levels
            .as_ref()
            .map(|_| [all, all, all].map(|level| vec![level.to_owned()])),
        ..organization.clone()
    };
    let mut of_many = rows
        .iter()
        .filter(|row| is_of_many(row) && covers(row, sample) && row.dest_resource_id == sample.resource);
    let everybody = || {
        let named = callers(sample).into_iter();
        named.chain(externals()).chain(of_unknown_accounts())
    };
    let is_let_in = |caller: &Caller| {
        let outcome = unlimited.decide(caller, sample, &Context::open(), Some(all));
        matches!(outcome, Outcome::Allowed | Outcome::Conditional(_))
    };
    if let Some(row) = of_many.next() {
        prop_assert!(
            everybody().any(|caller| is_let_in(&caller)),
            "{sample:?} lets nobody in and has {row:?}"
        );
        not_principal::check(&unlimited, row, everybody(), sample, all)?;
        for row in of_many {
            not_principal::check(&unlimited, row, everybody(), sample, all)?;
        }
    }
    Ok(())
}

/// Returns principals of an account of which nothing is known, and a service that no policy names.
fn of_unknown_accounts() -> Vec<Caller> {
    let arns = [
        "arn:aws:iam::888877776666:user/alice",
        "arn:aws:iam::888877776666:user/bob",
        "arn:aws:iam::888877776666:role/team/app",
    ];
    let callers = arns.map(|source| Caller {
        source,
        principal: Principal::parse(source).unwrap(),
        tags: &[],
    });
    let service = Caller {
        source: "sns.amazonaws.com",
        principal: PrincipalIdentity::Service {
            name: "sns.amazonaws.com".into(),
        }
        .into(),
        tags: &[],
    };
    callers.into_iter().chain([service]).collect()
}

/// Checks a caller whose identity policies no document holds: its rows are between what it can have at most and at
/// least.
fn check_external(
    organization: &SampleOrganization,
    rows: &[Row<'_>],
    caller: &Caller,
    sample: SampleRequest,
    request: &Context,
) -> Result<(), TestCaseError> {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let at_most = organization.decide(caller, sample, request, Some(all));
    let covering: Vec<&Row<'_>> = rows.iter().filter(|row| covers(row, sample)).collect();
    // A policy that names the unique ids of users and roles of the organization does not mean anybody else.
    let is_user = matches!(caller.principal.identity, PrincipalIdentity::User { .. });
    let with_id = Caller {
        principal: caller.principal.clone().with_id(is_user.then_some("AIDAMALLORY")),
        ..*caller
    };
    let with_id = organization.decide(&with_id, sample, request, Some(all));
    if matches!(with_id, Outcome::Allowed | Outcome::Conditional(_)) && !sample.owner.is_empty() {
        prop_assert!(
            covering
                .iter()
                .any(|row| includes(row, caller) || row.source_resource_id == caller.source),
            "{} {sample:?} {request:?}: {at_most:?} has no row",
            caller.source
        );
    }
    for row in covering
        .iter()
        .filter(|row| row.source_resource_id == caller.source)
    {
        let codes: Vec<&str> = row.exceptions.iter().map(ExceptionCode::as_str).collect();
        prop_assert!(codes.contains(&"POLICY_NOT_AVAILABLE"), "{row:?}");
        let refused = matches!(at_most, Outcome::ExplicitDeny | Outcome::ImplicitDeny);
        let may_leave_out = leaves_out_parts(row) && row.dest_resource_id != sample.resource;
        prop_assert!(
            !(refused && *request == Context::open() && !caller.source.ends_with(":root")) || may_leave_out,
            "{} {sample:?} is refused and has {row:?}",
            caller.source
        );
    }
    Ok(())
}

/// Returns whether the row says that it does not hold for all resources that its pattern names.
fn leaves_out_parts(row: &Row<'_>) -> bool {
    let mut limiting = row.explanation.as_ref().unwrap().limiting.iter();
    limiting.any(|one| !one.whole)
        || row
            .exceptions
            .iter()
            .any(|code| code == ExceptionCode::LimitedByNotResource)
}

/// Takes a third of the usual number of realms, because each is asked hundreds of questions.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        cases: usual.cases / 3,
        ..usual
    }
}

fn check_every_request(organization: &SampleOrganization) -> Result<(), TestCaseError> {
    let effective = organization.effective();
    let rows = super::selected::explained(&effective, "dest.cloud.type = 'AWS'");
    let named = effective.snapshot().actions.find("old:thing").is_some();
    for request in requests() {
        // Rows are only about actions that the catalogue or some policy names.
        for sample in REQUESTS
            .into_iter()
            .filter(|one| named || one.action != "old:Thing")
        {
            for caller in callers(sample) {
                check(organization, &rows, &caller, sample, &request)?;
            }
            for caller in externals() {
                check_external(organization, &rows, &caller, sample, &request)?;
            }
        }
    }
    for sample in REQUESTS
        .into_iter()
        .filter(|one| named || one.action != "old:Thing")
    {
        check_many(organization, &rows, sample)?;
    }
    Ok(())
}

#[test]
fn a_queue_that_is_open_to_ids_of_the_organization_alone_has_no_row_of_external_principals() {
    let deny = r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":
        {"StringNotLike":{"aws:userid":["AROAAPP:*","AIDAALICE","111122223333"]}}}"#;
    let organization = SampleOrganization {
        queue: vec![r#"{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}"#.to_owned()],
        resource_levels: Some([vec![deny.to_owned()], Vec::new(), Vec::new()]),
        ..SampleOrganization::default()
    };
    check_every_request(&organization).unwrap();
}

#[test]
fn an_external_grant_says_what_a_resource_control_policy_leaves_of_it() {
    let statement = |text: &str| vec![text.to_owned()];
    let organization = SampleOrganization {
        bucket: statement(
            r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::777788889999:user/mallory"},"Action":"*","Resource":"*"}"#,
        ),
        resource_levels: Some([
            statement(r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::a/x"}"#),
            Vec::new(),
            Vec::new(),
        ]),
        ..SampleOrganization::default()
    };
    check_every_request(&organization).unwrap();
    let effective = organization.effective();
    let query = "source.cloud.resource.name = 'mallory' AND action.name = 's3:GetObject'";
    let rows = super::selected::explained(&effective, query);
    let [row] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(row.dest_resource_id, "arn:aws:s3:::a/*");
    let mut codes = row.exceptions.iter();
    assert!(codes.any(|code| code == ExceptionCode::LimitedByResourceControlPolicy));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rows_agree_with_the_decision_on_every_request(organization in organization()) {
        check_every_request(&organization)?;
    }

    #[test]
    fn users_who_share_tables_are_told_apart_where_a_policy_does(organization in organization(), named in named()) {
        let mut organization = SampleOrganization { alice: Vec::new(), boundary: None, ..organization };
        let [of_dev, of_resource, of_trust] = named;
        organization.dev = vec![of_dev];
        organization.bucket.push(of_resource.clone());
        organization.key.push(of_resource);
        organization.trust_of_app.push(of_trust);
        let effective = organization.effective();
        let rows = super::selected::explained(&effective, "source.cloud.resource.type IN ('user', '*', 'network')");
        for request in requests() {
            for sample in REQUESTS.into_iter().filter(|one| one.owner == HOME) {
                for caller in callers(sample).iter().take(2) {
                    check(&organization, &rows, caller, sample, &request)?;
                }
            }
        }
    }

    #[test]
    fn rows_are_distinct_and_in_total_order(organization in organization()) {
        let effective = organization.effective();
        let rows = super::selected::rows(&effective);
        let keys: Vec<_> = rows
            .iter()
            .map(|row| (
                row.source_resource_id,
                row.effective_action_name,
                row.dest_resource_id,
                row.dest_resource_type,
                row.granted_by_cloud_policy_id,
                row.granted_by_cloud_entity_id,
            ))
            .collect();
        // Everybody and everybody from a network have the same id; the ids of their rows differ.
        prop_assert!(keys.is_sorted(), "{keys:?}");
        let mut ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), rows.len());
    }
}
