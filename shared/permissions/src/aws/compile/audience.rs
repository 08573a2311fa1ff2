//! Works out which principals the conditions leave of everybody: the conditions of the statement itself, and those of
//! statements that deny.
//!
//! Source: Amazon S3 user guide, "The meaning of public"; IAM user guide, "AWS global condition context keys"; AWS KMS
//! developer guide, "kms:CallerAccount".

use crate::aws::data::{Audience, Grantee};
use iam::arn::Arn;
use iam::condition::{Atom, Comparison, Expression, KeyTest, ValueSet};
use iam::document::{Effect, Element, PrincipalName, PrincipalType};
use iam::glob::Containment;
use iam::matching::{ActionPattern, PrincipalEntry, ResourcePattern, ResourceSet};
use iam::policy::CompiledStatement;
use model::account::AccountId;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The key that only requests of services have with the value `true`
const IS_SERVICE: &str = "aws:principalisawsservice";

/// Returns the audience of a statement that allows something to everybody; `None` when the statement names principals
/// one by one.
///
/// Each of the statements `denying` that denies all of that limits it as a condition of the statement does.
pub(super) fn of_statement(
    statement: &CompiledStatement,
    denying: &[&CompiledStatement],
) -> Option<Audience> {
    let entries = statement.principals.as_ref()?.entries();
    let everybody = entries.is_negated() || entries.entries().contains(&PrincipalEntry::Everyone);
    if !everybody || statement.effect != Effect::Allow {
        return None;
    }
    let denying = denying.iter().filter(|one| denies_all_of(one, statement));
    let limits = denying.filter_map(|one| spared(one));
    // All limits are in force together, so that the narrowest one is enough.
    let narrowest = limits
        .chain(grantees(&statement.condition, true))
        .min_by_key(breadth);
    Some(match narrowest {
        Some(grantees) => Audience::Limited(grantees.into_iter().collect()),
        None => Audience::Public,
    })
}

/// Returns whether a statement denies every action on every resource that another one allows.
fn denies_all_of(denying: &CompiledStatement, allowing: &CompiledStatement) -> bool {
    let is_universal = |resources: &ResourceSet| {
        let of = resources.patterns();
        !of.is_negated() && of.entries().iter().any(ResourcePattern::is_universal)
    };
    let resources = match (&denying.resources, &allowing.resources) {
        (None, _) => true,
        (Some(denied), None) => is_universal(denied),
        (Some(denied), Some(allowed)) => {
            is_universal(denied)
                || covers(
                    denied.patterns(),
                    allowed.patterns(),
                    |outer, inner| match outer {
                        ResourcePattern::Fixed(outer) => outer.contains(inner.widest()),
                        // The values of variables are only a part of all texts.
                        ResourcePattern::Variable(_) => Containment::NotContained,
                    },
                )
        }
    };
    let (denied, allowed) = (denying.actions.patterns(), allowing.actions.patterns());
    let everything = !denied.is_negated() && denied.entries().iter().any(ActionPattern::is_universal);
    resources && (everything || covers(denied, allowed, ActionPattern::contains))
}

/// Returns whether an outer pattern contains each of the inner patterns.
fn covers<T>(outer: &Element<T>, inner: &Element<T>, contains: impl Fn(&T, &T) -> Containment) -> bool {
    let (Element::Of(outer), Element::Of(inner)) = (outer, inner) else {
        return false;
    };
    let within = |inner: &T| {
        outer
            .iter()
            .any(|outer| contains(outer, inner) == Containment::Contained)
    };
    inner.iter().all(within)
}

/// Returns the principals that a Deny about everybody spares; `None` when it may spare anybody.
fn spared(denying: &CompiledStatement) -> Option<BTreeSet<Grantee>> {
    let mut spared = grantees(&denying.condition, false)?;
    if let Some(principals) = &denying.principals {
        match principals.entries() {
            Element::Of(entries) if entries.contains(&PrincipalEntry::Everyone) => {}
            Element::Not(entries) if !entries.contains(&PrincipalEntry::Everyone) => {
                spared.extend(entries.iter().cloned().map(Grantee::Principal));
            }
            Element::Of(_) | Element::Not(_) => return None,
        }
    }
    Some(spared)
}

/// Returns the principals that a condition can allow, or keep out when `holds` is false; `None` when that can be
/// anybody.
///
/// The condition itself decides about each of them: more than it lets through may be here, never less.
fn grantees(condition: &Expression, holds: bool) -> Option<BTreeSet<Grantee>> {
    match (condition, holds) {
        (Expression::True, false) | (Expression::False, true) => Some(BTreeSet::new()),
        (Expression::Atom(atom), holds) => of_atom(atom, holds),
        (Expression::Not(atom), holds) => of_atom(atom, !holds),
        // All limits are in force together, so that the narrowest one is enough.
        (Expression::And(members), true) | (Expression::Or(members), false) => {
            let limits = members.iter().filter_map(|member| grantees(member, holds));
            let services =
                (!holds && is_false_or_absent(members)).then(|| BTreeSet::from([Grantee::Services]));
            limits.chain(services).min_by_key(breadth)
        }
        (Expression::Or(members), true) | (Expression::And(members), false) => {
            let mut all = BTreeSet::new();
            for member in members {
                all.extend(grantees(member, holds)?);
            }
            Some(all)
        }
        // A condition that is too complex may allow anybody.
        (Expression::True, true) | (Expression::False, false) | (Expression::Complex, _) => None,
    }
}

/// Returns how wide a limit is: first by the widest of its members, then by the number of members.
fn breadth(limit: &BTreeSet<Grantee>) -> (u8, usize) {
    let of = |grantee: &Grantee| match grantee {
        Grantee::Principal(PrincipalEntry::Account(_)) => 1,
        Grantee::Principal(_) => 0,
        Grantee::Organization(_) => 2,
        Grantee::Services => 3,
        Grantee::Network => 4,
    };
    (limit.iter().map(of).max().unwrap_or(0), limit.len())
}

fn of_atom(atom: &Atom, holds: bool) -> Option<BTreeSet<Grantee>> {
    match atom {
        Atom::Key(test) => of_test(test, holds),
        Atom::Null(_) | Atom::Pattern(_) | Atom::Unsupported { .. } => None,
    }
}

fn of_test(test: &KeyTest, holds: bool) -> Option<BTreeSet<Grantee>> {
    let operator = test.operator();
    if operator.comparison == Comparison::Bool {
        return (holds && is_about_services(test, "true")).then(|| BTreeSet::from([Grantee::Services]));
    }
    // A negated test does not say who is meant. And one of the set operators also holds without the key.
    let is_equality = operator.negated != holds;
    let without_key = if holds { ValueSet::All } else { ValueSet::Any };
    if !is_equality || operator.set == Some(without_key) {
        return None;
    }
    let mut all = BTreeSet::new();
    for value in test.values() {
        all.extend(of_value(test.key(), value, operator.comparison)?);
    }
    Some(all)
}

/// Returns whether a test asks for this value of the key by which services are known.
fn is_about_services(test: &KeyTest, value: &str) -> bool {
    let mut values = test.values().iter();
    test.key() == IS_SERVICE && values.all(|one| one.eq_ignore_ascii_case(value))
}

/// Returns whether one of the members holds for all but services. Anonymous requests do not have the key, so that the
/// value alone does not recognize them.
fn is_false_or_absent(members: &[Expression]) -> bool {
    let has = |wanted: &dyn Fn(&Atom) -> bool| {
        let mut members = members.iter();
        members.any(|member| matches!(member, Expression::Atom(atom) if wanted(atom)))
    };
    has(&|atom| matches!(atom, Atom::Null(key) if **key == *IS_SERVICE))
        && has(&|atom| matches!(atom, Atom::Key(test) if is_about_services(test, "false")))
}

/// Returns the principals that one value of a key names; `None` when the value names nobody in particular.
fn of_value(key: &str, value: &str, comparison: Comparison) -> Option<Vec<Grantee>> {
    let one = |grantee| Some(vec![grantee]);
    if comparison == Comparison::IpAddress {
        return (key == "aws:sourceip" && is_narrow(value)).then(|| vec![Grantee::Network]);
    }
    let is_text = matches!(
        comparison,
        Comparison::StringEquals
            | Comparison::StringEqualsIgnoreCase
            | Comparison::StringLike
            | Comparison::ArnLike
    );
    if !is_text {
        return None;
    }
    match key {
        "aws:principalarn" => one(of_arn(value, comparison)?),
        "aws:principalaccount" | "kms:calleraccount" => one(account(value)?),
        // With this key, Amazon SNS allows the principals of the account, and services.
        "aws:sourceowner" => Some(vec![account(value)?, Grantee::Services]),
        "aws:principalorgid" => one(organization(value)?),
        "aws:principalorgpaths" => one(organization(value.split_once('/')?.0)?),
        "aws:principalservicename" | "aws:principalservicenameslist" => {
            let name = is_fixed(value).then(|| PrincipalEntry::Service(value.into()));
            one(Grantee::Principal(name?))
        }
        "aws:userid" => one(unique_id(value)?),
        "aws:sourceaccount" => account(value).and(one(Grantee::Services)),
        "aws:sourceorgid" => organization(value).and(one(Grantee::Services)),
        "aws:sourceorgpaths" => organization(value.split_once('/')?.0).and(one(Grantee::Services)),
        "aws:sourcearn" => is_fixed_resource(value, comparison).then(|| vec![Grantee::Services]),
        "aws:sourcevpc"
        | "aws:sourcevpce"
        | "aws:vpceaccount"
        | "aws:vpceorgid"
        | "s3:dataaccesspointaccount" => is_fixed(value).then(|| vec![Grantee::Network]),
        "aws:vpceorgpaths" => organization(value.split_once('/')?.0).and(one(Grantee::Network)),
        "aws:sourcevpcarn" | "s3:dataaccesspointarn" => owner(value, comparison).and(one(Grantee::Network)),
        _ => None,
    }
}

/// Returns whether a text names one thing, without wildcards and variables.
fn is_fixed(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?', '$'])
}

fn account(value: &str) -> Option<Grantee> {
    AccountId::is_valid(value).then(|| Grantee::Principal(PrincipalEntry::Account(value.into())))
}

fn organization(id: &str) -> Option<Grantee> {
    (is_fixed(id) && id.starts_with("o-")).then(|| Grantee::Organization(id.into()))
}

/// Returns the principal of a unique id: `AIDA…` is a user, `AROA…:session` a role, twelve digits the root user.
fn unique_id(value: &str) -> Option<Grantee> {
    let id = value.split(':').next().unwrap_or_default();
    if !is_fixed(id) {
        return None;
    }
    if id.starts_with("AIDA") || id.starts_with("AROA") {
        return Some(Grantee::Principal(PrincipalEntry::UniqueId(id.into())));
    }
    account(id)
}

/// Returns the account of an ARN pattern, when no ARN of another account can match it.
fn owner(value: &str, comparison: Comparison) -> Option<&str> {
    let mut fields = value.splitn(6, ':');
    let [start, partition, service, region, account, _] = std::array::from_fn(|_| fields.next());
    // In a text a wildcard may match colons; in an ARN it stays within its field.
    let free = |field: &str| comparison == Comparison::ArnLike || !field.contains(['*', '?', '$']);
    let bound = start == Some("arn") && free(partition?) && is_fixed(service?) && free(region?);
    account.filter(|account| bound && AccountId::is_valid(account))
}

/// Returns the principal that an ARN means as the ARN of a principal.
fn of_arn(value: &str, comparison: Comparison) -> Option<Grantee> {
    let owner = owner(value, comparison)?;
    let name = PrincipalName::Typed(PrincipalType::Aws, value.to_owned());
    let named = is_fixed(value).then(|| PrincipalEntry::compile(&name));
    Some(Grantee::Principal(match named {
        Some(entry @ (PrincipalEntry::User(_) | PrincipalEntry::Role(_))) => entry,
        // The ARN is a pattern, the root user, or a session, whose request has the ARN of the role.
        Some(_) | None => PrincipalEntry::Account(owner.into()),
    }))
}

/// Returns whether an ARN means resources of one account. The ARN of a bucket has no account and means one bucket.
fn is_fixed_resource(value: &str, comparison: Comparison) -> bool {
    let bucket = Arn::parse(value).is_ok_and(|arn| arn.service == "s3" && arn.account.is_empty());
    owner(value, comparison).is_some() || (bucket && is_fixed(value))
}

/// Returns whether a network is so narrow that it is not the public: at least /8, or /32 of IPv6.
fn is_narrow(network: &str) -> bool {
    let (address, prefix) = network
        .trim()
        .split_once('/')
        .map_or((network.trim(), None), |(address, prefix)| {
            (address, Some(prefix))
        });
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let narrowest = if address.is_ipv4() { 8 } else { 32 };
    prefix.is_none_or(|prefix| prefix.parse::<u8>().is_ok_and(|bits| bits >= narrowest))
}
