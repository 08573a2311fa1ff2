//! A result that is called complete stays the same whatever becomes known.

use super::hypothesis::{AccountFact, ActionFact, GrantFact, Hypothesis, Known, SourceFact};
use super::{Cause, Incompleteness};
use crate::aws::EffectivePermissions;
use crate::aws::data::DestinationService;
use crate::aws::tests::brute_force::{organization, statement};
use crate::aws::tests::pages::for_query;
use crate::aws::tests::sample_account::{TODAY, effective};
use crate::aws::tests::sample_organization::{HOME, OTHER, SampleOrganization};
use crate::row::exceptions::ExceptionCode;
use crate::search::{ActionNames, KnownValues, Search};
use inventory::{Inventory, read_compute};
use proptest::prelude::*;
use rql::{
    BoolAttribute, GrantView, IntAttribute, Number, Query, RowView, Side, TagAttribute, TextAttribute,
};
use rstest::rstest;

const ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

/// Two accounts of which everything is known that documents can tell.
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

/// The rows of a query by id with their exceptions, and what could change them.
fn found(
    effective: &EffectivePermissions,
    condition: &str,
) -> (Vec<(String, Vec<&'static str>)>, Vec<Incompleteness>) {
    let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
    let search = Search::new(&query, Some(for_query(effective, &query)), None);
    let names = ActionNames::default();
    let known = KnownValues::new(&names, Some(effective), None);
    let mut rows = search.rows();
    let mut all = Vec::new();
    while let Some(row) = rows.current(false) {
        let exceptions = row.exceptions.iter();
        // Whether a last access is known is in the columns of the last access.
        let exceptions = exceptions.filter(|code| *code != ExceptionCode::CloudEventNotSupported);
        // An action that only some policy names is none that the catalogue has.
        if row.effective_action_name != "old:Thing" {
            all.push((row.id, exceptions.map(ExceptionCode::as_str).collect()));
        }
        rows.advance();
    }
    (all, search.incompleteness(&query, &known))
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
    &[Cause::OwnerAssumed, Cause::AccessControlLists, Cause::ResourceShares, Cause::Authorizers]
)]
#[case::no_permission_is_needed(
    "source.cloud.account = '111122223333' AND source.cloud.resource.type = 'user' AND dest.cloud.service.name = 'sts'",
    &[Cause::AccountNotImported, Cause::NeedsNoPermission]
)]
#[case::an_or_that_opens_the_query(
    &format!("({SENDING} AND source.cloud.resource.type = 'user') OR source.public = true"),
    &[Cause::AccountNotImported, Cause::OwnerAssumed, Cause::AccessControlLists, Cause::Authorizers]
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
    let base = prop_oneof![
        1 => Just(String::new()),
        4 => Just(format!("{SENDING} AND ")),
        2 => Just("action.name IN ('iam:PassRole', 'sts:AssumeRole') AND source.cloud.account = '111122223333' AND \
                   dest.cloud.account = '444455556666' AND ".to_owned()),
    ];
    (base, prop::collection::vec(clause, 1..4))
        .prop_map(|(base, parts)| format!("{base}{}", parts.join(" AND ")))
}

/// What is left out of a realm, and what nobody evaluates.
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
    /// What session policies take from the role
    session: Option<String>,
}

fn hidden() -> impl Strategy<Value = Hidden> {
    let flags = prop::array::uniform7(prop::bool::weighted(0.25));
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
    /// The realm as it is.
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

    /// What documents tell of it.
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
        organization in organization(),
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

    /// A row of the kind that a hypothesis describes, in full: if the language selects it, the hypothesis can satisfy the query.
    #[test]
    fn a_hypothesis_holds_for_every_row_of_its_kind(
        condition in prop_oneof![condition(), crate::aws::tests::queries::query()],
        row in row(),
    ) {
        let effective = effective(&known_realm(&sample()));
        let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
        let known = Known { effective: &effective, today: TODAY };
        let destination = DestinationService {
            name: row.dest_service().into(),
            of_arn: row.dest_service().into(),
            is_without_account: false,
        };
        for hypothesis in row.hypotheses(&destination) {
            if rql::evaluate(query.expression(), &row) {
                prop_assert!(hypothesis.can_satisfy(query.expression(), known), "{condition} {row:?} {hypothesis:?}");
            }
        }
    }
}

/// A row that no snapshot has
#[derive(Debug, Clone)]
struct Row {
    kind: &'static str,
    account: &'static str,
    action: &'static str,
    owner: &'static str,
    has_entity: bool,
}

fn row() -> impl Strategy<Value = Row> {
    let kinds = ["user", "role", "account", "root", "function", "service", "*"];
    let accounts = [HOME, OTHER, "777788889999"];
    let actions = ["sqs:SendMessage", "iam:PassRole", "kms:Decrypt", "s3:GetObject"];
    (
        prop::sample::select(kinds.to_vec()),
        prop::sample::select(accounts.to_vec()),
        prop::sample::select(actions.to_vec()),
        prop::sample::select(vec!["*", HOME, OTHER, "777788889999"]),
        prop::bool::ANY,
    )
        .prop_map(|(kind, account, action, owner, has_entity)| Row {
            account: if ["service", "*"].contains(&kind) {
                ""
            } else {
                account
            },
            has_entity: has_entity && kind != "root",
            kind,
            action,
            owner,
        })
}

const LOADED: [&str; 2] = [HOME, OTHER];

impl Row {
    fn dest_service(&self) -> &'static str {
        self.action.split(':').next().unwrap()
    }

    fn id(&self) -> String {
        match self.kind {
            "*" => "*".to_owned(),
            "service" => "ec2.amazonaws.com".to_owned(),
            "function" => format!("arn:aws:lambda:eu-west-2:{}:function:f", self.account),
            "account" | "root" => format!("arn:aws:iam::{}:root", self.account),
            kind => format!("arn:aws:iam::{}:{kind}/alice", self.account),
        }
    }

    fn dest(&self) -> String {
        match (self.owner, self.dest_service()) {
            ("*", _) => "*".to_owned(),
            (_, "s3") => "arn:aws:s3:::a/x".to_owned(),
            (owner, "iam") => format!("arn:aws:iam::{owner}:role/x"),
            (owner, "kms") => format!("arn:aws:kms:eu-west-2:{owner}:key/k"),
            (owner, service) => format!("arn:aws:{service}:eu-west-2:{owner}:q"),
        }
    }

    /// Everything that can be said of it, from nothing to much.
    fn hypotheses<'r>(&'r self, destination: &'r DestinationService) -> Vec<Hypothesis<'r>> {
        let source = match self.kind {
            "*" => SourceFact::Unknown,
            "root" => SourceFact::Root,
            "function" => SourceFact::Compute("lambda", "function"),
            _ => SourceFact::Somebody,
        };
        let whose = |account: &'r str| match account {
            "" => AccountFact::Absent,
            "*" => AccountFact::Any,
            known if LOADED.contains(&known) => AccountFact::Is(known),
            _ => AccountFact::NoneOf(&LOADED),
        };
        let much = Hypothesis {
            source,
            source_account: whose(self.account),
            action: ActionFact::Of(self.dest_service()),
            destination: Some(destination),
            dest_account: whose(self.owner),
            grant: if self.has_entity {
                GrantFact::Unknown
            } else {
                GrantFact::NoEntity
            },
        };
        vec![
            Hypothesis::default(),
            Hypothesis {
                source,
                ..Hypothesis::default()
            },
            Hypothesis {
                action: ActionFact::Named(self.action),
                ..much
            },
            much,
        ]
    }
}

/// The conditions of a statement without any
struct NoConditions;

impl GrantView for NoConditions {
    fn any_key(&self, _: impl FnMut(&str, &str) -> bool) -> bool {
        false
    }

    fn any_value(&self, _: impl FnMut(&str, &str, &str) -> bool) -> bool {
        false
    }
}

impl RowView for Row {
    type Grant = NoConditions;

    #[expect(clippy::wildcard_enum_match_arm, reason = "the row has no other values")]
    fn any_text(&self, attribute: TextAttribute, mut test: impl FnMut(&str) -> bool) -> bool {
        match attribute {
            TextAttribute::SourceCloudType | TextAttribute::SourceServiceName if self.kind == "*" => false,
            TextAttribute::SourceCloudType
            | TextAttribute::DestCloudType
            | TextAttribute::GrantedByCloudType => test("AWS"),
            TextAttribute::SourceAccount => !self.account.is_empty() && test(self.account),
            TextAttribute::SourceResourceType => test(self.kind),
            TextAttribute::SourceResourceName => test("alice"),
            TextAttribute::SourceResourceId => test(&self.id()),
            TextAttribute::SourceServiceName => test(if self.kind == "function" { "lambda" } else { "iam" }),
            TextAttribute::DestAccount => test(self.owner),
            TextAttribute::DestServiceName => test(self.dest_service()),
            TextAttribute::DestResourceId => test(&self.dest()),
            TextAttribute::ActionName => test(self.action),
            TextAttribute::PolicyType => test(if self.has_entity {
                "Inline Policy"
            } else {
                "Resource-based Policy"
            }),
            TextAttribute::PolicyId => test(&self.dest()),
            TextAttribute::EntityType => self.has_entity && test("group"),
            TextAttribute::EntityName => self.has_entity && test("dev"),
            _ => false,
        }
    }

    fn covers(&self, resource: &str) -> bool {
        self.dest() == resource
    }

    fn account_id(&self, side: Side) -> Option<&str> {
        match side {
            Side::Source => Some(self.account).filter(|account| !account.is_empty()),
            Side::Dest => Some(self.owner),
        }
    }

    fn flag(&self, attribute: BoolAttribute) -> Option<bool> {
        (attribute == BoolAttribute::SourcePublic).then_some(self.kind == "*")
    }

    fn number(&self, _: IntAttribute) -> Number {
        Number::Absent
    }

    fn any_tag(&self, _: TagAttribute, _: impl FnMut(&str, &str) -> bool) -> bool {
        false
    }

    fn any_grant(&self, test: impl FnMut(&Self::Grant) -> bool) -> bool {
        let mut test = test;
        test(&NoConditions)
    }
}
