//! Tests that a result that is called complete stays the same, whatever becomes known.

mod hypotheses;

use super::{Cause, Incompleteness};
use crate::aws::tests::random_organization::{organization, statement};
use crate::aws::tests::sample_account::effective;
use crate::aws::tests::sample_organization::{HOME, OTHER, SampleOrganization};
use crate::aws::tests::selected;
use crate::aws::{EffectivePermissions, NOT_EVALUATED, SnapshotFacts};
use crate::row::exceptions::ExceptionCode;
use crate::search::{ActionNames, ImportedValues, KnownValues, incompleteness};
use inventory::{Inventory, read_compute};
use proptest::prelude::*;
use rql::Query;
use rstest::rstest;

const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

/// Makes two accounts of which everything is known that documents can show.
fn known_realm(organization: &SampleOrganization) -> Inventory {
    let mut inventory = organization.inventory();
    let compute =
        |account: &str| read_compute(&format!(r#"{{"account":"{account}","computeResources":[]}}"#)).unwrap();
    let (mut own, other) = (compute(HOME), compute(OTHER));
    own.collected.extend(other.collected);
    inventory.compute = Some(own);
    inventory
}

fn sample() -> SampleOrganization {
    SampleOrganization {
        alice: vec![r#"{"Effect":"Allow","Action":["sqs:*","kms:*"],"Resource":"*"}"#.to_owned()],
        app: vec![r#"{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-west-2:444455556666:q"}"#.to_owned()],
        queue: vec![r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sqs:*","Resource":"*"}"#.to_owned()],
        levels: Some([ALL, ALL, ALL].map(|level| vec![level.to_owned()])),
        resource_levels: Some([vec![], vec![], vec![]]),
        ..SampleOrganization::default()
    }
}

/// Returns the rows of a query by id with their exceptions, and what could change them.
fn found(
    effective: &EffectivePermissions,
    condition: &str,
) -> (Vec<(String, Vec<&'static str>)>, Vec<Incompleteness>) {
    let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
    let names = ActionNames::default();
    let facts = SnapshotFacts::of_one(effective);
    let notes = crate::shard::tests::searched_shards::notes_of_one(effective, &query);
    let values = ImportedValues::of_query(&facts, &query, &notes.values);
    let known = KnownValues::new(&names, Some(&values), None);
    let mut all = Vec::new();
    for row in selected::all(effective, condition) {
        let exceptions = row.exceptions.iter();
        // The columns of the last access say whether a last access is known.
        let exceptions = exceptions.filter(|code| *code != ExceptionCode::CloudEventNotSupported);
        // The catalogue does not have an action that only some policy names.
        if row.effective_action_name != "old:Thing" {
            all.push((row.id, exceptions.map(ExceptionCode::as_str).collect()));
        }
    }
    let causes = incompleteness(&query, &known, Some((&[notes.causes], &facts)));
    (all, causes)
}

fn codes(effective: &EffectivePermissions, condition: &str) -> Vec<Cause> {
    let (_, found) = found(effective, condition);
    found.into_iter().map(|one| one.code).collect()
}

const SENDING: &str = "action.name = 'sqs:SendMessage' AND source.cloud.account = '111122223333' AND dest.cloud.account = '444455556666'";

#[rstest]
#[case::users_of_a_queue(&format!("{SENDING} AND source.cloud.resource.type = 'user'"), &[])]
#[case::root_users_and_sessions(SENDING, &[Cause::SessionPolicies, Cause::RootUsers])]
#[case::one_principal(&format!("{SENDING} AND source.cloud.resource.id = 'arn:aws:iam::111122223333:user/alice'"), &[])]
#[case::nobody(&format!("{SENDING} AND source.public = true"), &[])]
#[case::on_one_queue("dest.cloud.resource.id COVERS 'arn:aws:sqs:eu-west-2:444455556666:q' AND action.name = 'sqs:SendMessage' AND source.public = true", &[])]
#[case::any_account(
    "action.name = 'sqs:SendMessage' AND source.cloud.resource.type = 'user'",
    &[Cause::AccountNotImported]
)]
#[case::of_an_account_that_is_not_imported(
    "action.name = 'sqs:SendMessage' AND dest.cloud.account = '777788889999' AND source.cloud.resource.type = 'user'",
    &[Cause::AccountNotImported]
)]
#[case::keys(
    "action.name = 'kms:Decrypt' AND source.cloud.account = '111122223333' AND dest.cloud.account = '111122223333' AND source.cloud.resource.type = 'user'",
    &[Cause::KeyGrants]
)]
#[case::a_policy_of_this_name(
    "action.name = 'sqs:SendMessage' AND source.cloud.account = '111122223333' AND dest.cloud.account = '*' AND grantedby.cloud.entity.type = 'user'",
    &[]
)]
#[case::no_such_action(
    "action.name = 'sqs:SendMassage' AND source.cloud.account = '111122223333' AND dest.cloud.account = '444455556666' AND source.cloud.resource.type = 'user'",
    &[Cause::UnknownAction]
)]
#[case::an_attribute_without_value(
    &format!("{SENDING} AND source.cloud.resource.type = 'user' AND NOT source.mfaenabled = true"),
    &[Cause::NoData]
)]
#[case::last_access(&format!("{SENDING} AND source.cloud.resource.type = 'user' AND action.lastaccess.days > 90"), &[Cause::NoData])]
#[case::the_name_of_an_account(&format!("{SENDING} AND source.cloud.resource.type = 'user' AND source.cloud.account != 'Sandbox'"), &[Cause::NoData])]
#[case::paths(
    &format!("{SENDING} AND source.cloud.resource.type = 'user' AND source.reachesadministrator = true"),
    &[Cause::AdministratorPathsNotComplete]
)]
#[case::buckets(
    "action.name = 's3:GetObject' AND source.cloud.account = '111122223333' AND dest.cloud.account = '111122223333' AND source.cloud.resource.type = 'user'",
    &[Cause::OwnerAssumed, Cause::AccessControlLists, Cause::Authorizers]
)]
#[case::no_permission_is_needed(
    "source.cloud.account = '111122223333' AND source.cloud.resource.type = 'user' AND dest.cloud.service.name = 'sts'",
    &[Cause::AccountNotImported, Cause::NeedsNoPermission]
)]
#[case::an_or_that_opens_the_query(
    &format!("({SENDING} AND source.cloud.resource.type = 'user') OR source.public = true"),
    &[Cause::AccountNotImported, Cause::AccessControlLists, Cause::Authorizers]
)]
fn a_known_realm_leaves_open_what_no_document_tells(#[case] condition: &str, #[case] expected: &[Cause]) {
    let effective = effective(&known_realm(&sample()));
    assert_eq!(codes(&effective, condition), expected);
}

#[rstest]
#[case::organization(|all: &mut Inventory| all.organization = None, &[Cause::ServiceControlPoliciesNotAvailable, Cause::ResourceControlPoliciesNotAvailable])]
#[case::resource_policies(|all: &mut Inventory| all.resource_policies = None, &[Cause::ResourcePolicyNotAvailable])]
#[case::the_other_account(
    |all: &mut Inventory| {
        all.details.users.retain(|one| one.arn.contains(HOME));
        all.details.roles.retain(|one| one.arn.contains(HOME));
    },
    &[Cause::AccountNotImported]
)]
#[case::the_group_of_the_user(|all: &mut Inventory| all.details.groups.clear(), &[Cause::PolicyNotAvailable])]
#[case::nothing_that_matters(|all: &mut Inventory| all.compute = None, &[])]
fn what_is_not_imported_is_named(#[case] take: fn(&mut Inventory), #[case] expected: &[Cause]) {
    let mut inventory = known_realm(&sample());
    take(&mut inventory);
    let effective = effective(&inventory);
    let condition = format!("{SENDING} AND source.cloud.resource.type = 'user'");
    assert_eq!(codes(&effective, &condition), expected);
}

#[test]
fn compute_resources_that_are_not_collected_could_be_sources() {
    let mut inventory = known_realm(&sample());
    inventory.compute = None;
    let condition = format!("{SENDING} AND source.cloud.resource.type = 'function'");
    assert_eq!(
        codes(&effective(&inventory), &condition),
        [Cause::ComputeNotImported]
    );
    assert_eq!(
        codes(&effective(&known_realm(&sample())), &condition),
        [Cause::RootUsers; 0]
    );
}

#[test]
fn a_statement_that_cannot_be_read_is_named() {
    let mut sample = sample();
    sample.eve = vec![r#"{"Effect":"Allow","Action":7,"Resource":"*"}"#.to_owned()];
    let condition = format!("{SENDING} AND source.cloud.resource.type = 'user'");
    assert_eq!(
        codes(&effective(&known_realm(&sample)), &condition),
        [Cause::InvalidStatement]
    );
}

/// The page of the semantics and the description of the API name each cause, and the page gives a reason for everything that
/// is not evaluated.
#[test]
fn each_cause_is_in_the_documentation() {
    let semantics = include_str!("../../../../../docs/permission-search-semantics.md");
    let described = include_str!("../../../../../docs/openapi/permission-search.yaml");
    for cause in Cause::ALL {
        let word = serde_json::to_value(cause).unwrap();
        let word = word.as_str().unwrap();
        assert!(semantics.contains(&format!("\n| `{word}` |")), "{word}");
        assert!(described.contains(&format!("            - {word}\n")), "{word}");
    }
    let (_, not_evaluated) = semantics.split_once("\n## Not evaluated\n").unwrap();
    let (not_evaluated, _) = not_evaluated.split_once("\n## ").unwrap();
    let causes = Cause::ALL.into_iter().filter_map(Cause::not_evaluated);
    assert_eq!(causes.clone().count(), NOT_EVALUATED.len());
    for one in causes {
        assert!(
            NOT_EVALUATED.contains(&one) && not_evaluated.contains(one),
            "{one}"
        );
    }
}

/// Parts of conditions that narrow a query.
const CLAUSES: [&str; 22] = [
    "source.cloud.account = '111122223333'",
    "source.cloud.account IN ('111122223333', '444455556666')",
    "source.cloud.account != '777788889999'",
    "source.cloud.resource.type = 'user'",
    "source.cloud.resource.type != 'role'",
    "source.cloud.resource.id = 'arn:aws:iam::111122223333:user/alice'",
    "source.cloud.resource.name = 'eve'",
    "source.public = true",
    "source.public = false",
    "dest.cloud.account = '111122223333'",
    "dest.cloud.account IN ('111122223333', '444455556666', '*')",
    "dest.cloud.account = '444455556666'",
    "source.cloud.account = dest.cloud.account",
    "action.name = 'sqs:SendMessage'",
    "action.name IN ('iam:PassRole', 'sts:AssumeRole')",
    "action.name STARTS WITH 'kms:'",
    "dest.cloud.service.name = 'sqs'",
    "dest.cloud.service.name != 's3'",
    "dest.cloud.resource.id STARTS WITH 'arn:aws:sqs:eu-west-2:444455556666:'",
    "grantedby.cloud.entity.type = 'group'",
    "grantedby.cloud.policy.type = 'Resource-based Policy'",
    "action.access.isadministrative = false",
];

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(CLAUSES.as_slice());
    let clause = prop_oneof![
        6 => leaf.clone().prop_map(str::to_owned),
        1 => leaf.clone().prop_map(|one| format!("NOT {one}")),
        1 => (leaf.clone(), leaf).prop_map(|(one, other)| format!("({one} OR {other})")),
    ];
    let base = prop::sample::select(vec![
        String::new(),
        format!("{SENDING} AND "),
        format!("{SENDING} AND source.cloud.resource.type = 'user' AND "),
        format!("{SENDING} AND source.cloud.resource.type = 'role' AND "),
        "action.name = 'sqs:SendMessage' AND dest.cloud.account = '444455556666' AND source.cloud.resource.type = 'user' AND ".to_owned(),
        "action.name = 'kms:Decrypt' AND source.cloud.resource.type = 'user' AND dest.cloud.account = '111122223333' AND \
         source.cloud.account IN ('111122223333', '444455556666') AND ".to_owned(),
        "action.name IN ('iam:PassRole', 'sts:AssumeRole') AND source.cloud.account = '111122223333' AND \
         dest.cloud.account = '444455556666' AND ".to_owned(),
    ]);
    (base, prop::collection::vec(clause, 1..4))
        .prop_map(|(base, parts)| format!("{base}{}", parts.join(" AND ")))
}

/// Generates random policies in a realm in which most of the rest is known, so that results are sometimes complete.
fn mostly_known() -> impl Strategy<Value = SampleOrganization> {
    organization().prop_map(|random| {
        let sends = || vec![r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#.to_owned()];
        SampleOrganization {
            dev: sends(),
            eve: sends(),
            vend: random.vend,
            trust_of_vend: random.trust_of_vend,
            bucket: random.bucket,
            ..sample()
        }
    })
}

/// Says what is left out of a realm, and what nobody evaluates.
#[expect(clippy::struct_excessive_bools, reason = "each thing is hidden or not")]
#[derive(Debug, Clone)]
struct Hidden {
    organization: bool,
    details_of_other: bool,
    policies_of: [bool; 2],
    group: bool,
    managed: bool,
    compute: bool,
    /// A statement of a list of the bucket, as a policy of the bucket
    access_list: Option<String>,
    /// A statement of a grant on the key, as a policy of the key
    key_grant: bool,
    /// Holds the statement by which session policies limit the role
    session: Option<String>,
}

fn hidden() -> impl Strategy<Value = Hidden> {
    let flags = prop::array::uniform7(prop::bool::weighted(0.15));
    let list = prop::option::weighted(0.3, statement(&["Allow"]));
    let session = prop::option::weighted(0.3, statement(&["Deny"]));
    (flags, list, prop::bool::weighted(0.3), session).prop_map(|(flags, access_list, key_grant, session)| {
        let [
            organization,
            details_of_other,
            home,
            other,
            group,
            managed,
            compute,
        ] = flags;
        Hidden {
            organization,
            details_of_other,
            policies_of: [home, other],
            group,
            managed,
            compute,
            access_list,
            key_grant,
            session,
        }
    })
}

impl Hidden {
    /// Returns the realm as it is.
    fn whole(&self, organization: &SampleOrganization) -> Inventory {
        let mut organization = organization.clone();
        let named =
            |statement: &String, principal: &str| statement.replacen('{', &format!("{{{principal},"), 1);
        organization.bucket.extend(
            self.access_list
                .iter()
                .map(|one| named(one, r#""Principal":"*""#)),
        );
        if self.key_grant {
            organization.key.push(
                r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:user/eve"},"Action":"kms:Decrypt","Resource":"*"}"#
                    .to_owned(),
            );
        }
        organization.app.extend(self.session.clone());
        organization.vend.extend(self.session.clone());
        let mut inventory = known_realm(&organization);
        if self.compute {
            let text = format!(
                r#"{{"account":"{HOME}","computeResources":[{{"arn":"arn:aws:lambda:eu-west-2:{HOME}:function:f","roleArn":
                "arn:aws:iam::{HOME}:role/team/app"}}]}}"#
            );
            let found = read_compute(&text).unwrap();
            inventory.compute.as_mut().unwrap().resources = found.resources;
        }
        inventory
    }

    /// Returns the part of the realm that documents show.
    fn part(&self, organization: &SampleOrganization) -> Inventory {
        let mut inventory = known_realm(organization);
        let is_other = |arn: &str| arn.contains(OTHER);
        if self.organization {
            inventory.organization = None;
        }
        if self.details_of_other {
            inventory.details.users.retain(|one| !is_other(&one.arn));
            inventory.details.roles.retain(|one| !is_other(&one.arn));
        }
        let known = inventory.resource_policies.as_mut().unwrap();
        for (account, _) in [HOME, OTHER]
            .iter()
            .zip(self.policies_of)
            .filter(|(_, is_hidden)| *is_hidden)
        {
            known.collected.retain(|one| one.account != *account);
            known.policies.retain(|one| one.account != *account);
        }
        if self.group {
            inventory.details.groups.clear();
        }
        if self.managed {
            inventory.details.policies.clear();
        }
        if self.compute {
            inventory.compute = None;
        }
        inventory
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 3))]

    #[test]
    fn what_becomes_known_does_not_change_a_complete_result(
        organization in prop_oneof![organization(), mostly_known()],
        hidden in hidden(),
        conditions in prop::collection::vec(condition(), 12),
    ) {
        let (part, whole) = (effective(&hidden.part(&organization)), effective(&hidden.whole(&organization)));
        for condition in conditions {
            let (before, causes) = found(&part, &condition);
            if causes.is_empty() {
                let (after, _) = found(&whole, &condition);
                prop_assert_eq!(before, after, "{} {:?}", condition, hidden);
            }
        }
    }
}
