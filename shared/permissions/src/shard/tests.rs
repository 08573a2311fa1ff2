//! Divides random organizations at random: every answer over the shards is the answer over the whole.

mod notes;
mod realms;

use super::{
    Answer, Ask, GroupsWanted, MergedRow, MergedRows, Next, NotesPart, NotesWanted, Occurring, RowForm,
    RowsPart, RowsWanted, ShardPositions, SnapshotFacts, Wanted, answer, asks_for_occurring, merged,
};
use crate::aws::tests::brute_force::organization;
use crate::aws::tests::pages::for_query;
use crate::aws::tests::sample_account::{TODAY, actions, effective, types};
use crate::aws::tests::sample_organization::{ALICE, APP, BOB, EVE, QUESTIONS, SampleOrganization, VEND};
use crate::aws::{
    CommonFacts, EffectivePermissions, ShardFacts, SimulatedRequest, Simulation, compile_shard,
};
use crate::own;
use crate::row::AccountNames;
use crate::row::export::{write_csv, write_json, write_ndjson};
use crate::search::Search;
use iam::arn::Resource;
use inventory::{Inventory, InventoryDocument, Merge, ShardSize};
use model::permissions::{Explain, GroupBy, GroupByField};
use proptest::prelude::*;
use realms::realm;
use rql::Query;

/// A queue, a bucket and roles grant to the same external sources, from two accounts
const TOGETHER: [&str; 3] = [
    "action.name CONTAINS ALL ('s3:GetObject', 'sqs:SendMessage')",
    "source.public = true AND action.name CONTAINS ALL ('s3:GetObject', 'sts:AssumeRole', 'sqs:SendMessage')",
    "source.cloud.resource.type = 'account' AND action.name CONTAINS ALL ('kms:Decrypt', 'sqs:SendMessage') OR action.name = 's3:ListBucket'",
];

const CONDITIONS: [&str; 28] = [
    "dest.cloud.type = 'AWS'",
    "source.cloud.account != dest.cloud.account",
    "source.cloud.account = '111122223333'",
    "source.public = true",
    "source.public = false AND dest.cloud.wildcardscope = true",
    "source.cloud.resource.type IN ('account', 'service', 'saml-provider', 'user')",
    "source.cloud.resource.name IN ('alice', 'eve', '*', 'vend')",
    "grantedby.cloud.entity.type = 'group'",
    "grantedby.cloud.policy.condition EXISTS",
    "grantedby.cloud.policy.type = 'Resource-based Policy'",
    "NOT action.name STARTS WITH 's3:'",
    "action.name = 'sts:AssumeRole'",
    "action.name = 'old:Thing'",
    "action.access.isadministrative = true",
    "source.cloud.account.isvendor = true",
    "dest.cloud.resource.id COVERS 'arn:aws:s3:::a/x'",
    "dest.cloud.resource.id COVERS 'arn:aws:iam::444455556666:role/vend' AND action.name STARTS WITH 'sts:'",
    "action.lastaccess.days > 30",
    "NOT action.lastaccess.days <= 30 AND source.cloud.account = '444455556666'",
    "source.cloud.resource.type IN ('function', 'instance')",
    "source.mfaenabled = true OR source.cloud.accesskey.activekeys > 0",
    "source.cloud.resource.id = 'arn:aws:iam::111122223333:user/alice'",
    "source.cloud.account = '888899990000' AND NOT source.cloud.resource.type = 'role'",
    "source.cloud.resource.id STARTS WITH 'arn:aws:iam::4' OR source.public = true",
    "grantedby.cloud.policy.isexcessive = true",
    TOGETHER[0],
    TOGETHER[1],
    TOGETHER[2],
];

fn shards(inventory: &Inventory, principals: usize) -> Vec<EffectivePermissions> {
    let size = ShardSize {
        principals,
        bytes: usize::MAX,
    };
    let division = inventory.clone().divide(size).unwrap();
    let shards = division.shards.iter();
    shards
        .map(|shard| compile_shard((&division.common, shard), &types(), &actions(), TODAY).into())
        .collect()
}

fn facts_of(shards: &[EffectivePermissions]) -> SnapshotFacts {
    let facts: Vec<ShardFacts> = shards.iter().map(ShardFacts::of).collect();
    SnapshotFacts::new(&CommonFacts::of(&shards[0]), &facts)
}

/// Returns the notes of a whole inventory on a query.
pub(crate) fn notes_of_one(effective: &EffectivePermissions, query: &Query) -> NotesPart {
    let wanted = RowsWanted {
        most: 0,
        ..rows_wanted(0, 0, (RowForm::Json, false))
    };
    let ask = Ask {
        query: query.to_string(),
        today: TODAY,
        wanted: Wanted::Rows(Occurring::default(), wanted, NotesWanted::WithCommon),
    };
    let bytes = answer(effective, &ask).unwrap();
    let Answer::Rows(part) = Answer::decode(&bytes).unwrap() else {
        panic!("asked for rows");
    };
    part.notes.unwrap()
}

fn rows_wanted(skip: u64, most: u64, (form, explained): (RowForm, bool)) -> RowsWanted {
    RowsWanted {
        skip,
        most,
        bytes: u64::MAX,
        form,
        explain: if explained {
            Explain::Statements
        } else {
            Explain::Nothing
        },
    }
}

/// Returns the inventory in the order in which an import gives it.
fn merged_inventory(inventory: Inventory) -> Inventory {
    let Inventory {
        details,
        resource_policies,
        organization,
        last_accessed,
        credentials,
        compute,
    } = inventory;
    let documents = [
        Some(InventoryDocument::AuthorizationDetails(details)),
        resource_policies.map(InventoryDocument::ResourcePolicies),
        organization.map(InventoryDocument::Organization),
        last_accessed.map(InventoryDocument::LastAccessed),
        credentials.map(InventoryDocument::CredentialReport),
        compute.map(InventoryDocument::Compute),
    ];
    let mut merge = Merge::default();
    for (number, document) in documents.into_iter().flatten().enumerate() {
        merge.add(&number.to_string(), document).unwrap();
    }
    merge.finish().unwrap()
}

/// All shards that can have rows, asked as functions ask them: in bytes
struct Asked<'e> {
    shards: &'e [EffectivePermissions],
    possible: Vec<usize>,
    text: String,
    occurring: Occurring,
}

impl<'e> Asked<'e> {
    fn new(shards: &'e [EffectivePermissions], condition: &str) -> (Self, Query) {
        let text = format!("config from iam where {condition}");
        let query = Query::parse(&text).unwrap();
        let mut asked = Self {
            shards,
            possible: facts_of(shards).possible(&query),
            text,
            occurring: Occurring::default(),
        };
        if asks_for_occurring(&query) {
            let mut all = Occurring::default();
            for bytes in asked.all(&Wanted::Occurring) {
                let Answer::Occurring(one) = Answer::decode(&bytes).unwrap() else {
                    panic!("asked for what occurs");
                };
                all.add(one);
            }
            asked.occurring = all;
        }
        (asked, query)
    }

    fn one(&self, shard: usize, wanted: &Wanted) -> Vec<u8> {
        let ask = Ask {
            query: self.text.clone(),
            today: TODAY,
            wanted: wanted.clone(),
        };
        let ask = Ask::decode(&ask.encode().unwrap()).unwrap();
        answer(&self.shards[shard], &ask).unwrap()
    }

    fn all(&self, wanted: &Wanted) -> Vec<Vec<u8>> {
        let possible = self.possible.iter();
        possible.map(|&shard| self.one(shard, wanted)).collect()
    }

    /// Returns the rows of the shard at a place among those that can have rows.
    fn rows(&self, place: usize, skip: u64, most: u64, form: (RowForm, bool)) -> RowsPart {
        let wanted = rows_wanted(skip, most, form);
        let wanted = Wanted::Rows(self.occurring.clone(), wanted, NotesWanted::No);
        let bytes = self.one(self.possible[place], &wanted);
        let Answer::Rows(part) = Answer::decode(&bytes).unwrap() else {
            panic!("asked for rows");
        };
        part
    }
}

/// Returns one page over all shards: its rows, the total, and where it ends.
fn page<'a>(
    asked: &Asked<'_>,
    own: Option<(&'a own::OwnGrants, &Query, &'a AccountNames)>,
    after: &ShardPositions,
    (limit, most): (usize, u64),
    form: (RowForm, bool),
) -> (Vec<String>, u64, Option<ShardPositions>) {
    let parts = (0..asked.possible.len()).map(|shard| {
        let skip = after.of_shards.get(shard).copied().unwrap_or(0);
        asked.rows(shard, skip, most, form)
    });
    let mut rows = MergedRows::new(parts.collect(), own, after).unwrap();
    let mut page = Vec::new();
    while page.len() < limit {
        match rows.next() {
            Next::End => break,
            Next::Wanted(shard) => {
                let part = asked.rows(shard, rows.taken(shard), most, form);
                rows.feed(shard, part).unwrap();
            }
            Next::Row => {
                page.push(match rows.row().unwrap() {
                    MergedRow::Written(text) => text.to_owned(),
                    MergedRow::Own(row) => written(&row, form.0),
                });
                rows.advance();
            }
        }
    }
    (page, rows.total(), rows.position())
}

fn written(row: &crate::row::Row<'_>, form: RowForm) -> String {
    let mut text = Vec::new();
    match form {
        RowForm::Json | RowForm::Item => write_json(&mut text, row).unwrap(),
        RowForm::Csv => write_csv(&mut text, row).unwrap(),
        RowForm::Ndjson => write_ndjson(&mut text, row).unwrap(),
    }
    String::from_utf8(text).unwrap()
}

/// Returns the rows of the whole inventory, written.
fn expected(
    whole: &EffectivePermissions,
    query: &Query,
    own: Option<&own::OwnGrants>,
    (form, explained): (RowForm, bool),
) -> (Vec<String>, u64) {
    let search = Search::new(query, Some(for_query(whole, query)), own);
    let mut rows = search.rows();
    let mut all = Vec::new();
    loop {
        if form == RowForm::Item {
            let Some(item) = rows.current_item() else { break };
            all.push(serde_json::to_string(&item).unwrap());
        } else {
            let Some(row) = rows.current(explained) else { break };
            all.push(written(&row, form));
        }
        rows.advance();
    }
    (all, search.total())
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: ProptestConfig::default().cases / 5,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rows_and_totals_over_shards_are_those_of_the_whole(
        realm in realm(),
        principals in 0_usize..6,
        condition in prop::sample::select(CONDITIONS.as_slice()),
        form in prop::sample::select([RowForm::Json, RowForm::Csv, RowForm::Ndjson, RowForm::Item].as_slice()),
        explained in any::<bool>(),
        most in 1_u64..9,
    ) {
        let inventory = realm.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, principals));
        let (asked, query) = Asked::new(&shards, condition);
        let form = (form, explained);
        let (expected, total) = expected(&whole, &query, None, form);
        let (all, counted, end) = page(&asked, None, &ShardPositions::default(), (usize::MAX, most), form);
        prop_assert_eq!(counted, total);
        prop_assert_eq!(all, expected);
        prop_assert_eq!(end, None);
    }

    #[test]
    fn pages_over_shards_and_own_grants_concatenate_to_the_whole(
        realm in realm(),
        condition in prop::sample::select(["dest.cloud.type = 'AWS' OR dest.cloud.type = 'NCLOUD'", "source.public = false", TOGETHER[2]].as_slice()),
        limit in 1_usize..20,
    ) {
        let inventory = realm.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, 0));
        let own_grants = own::tests::own_grants();
        let (asked, query) = Asked::new(&shards, condition);
        let form = (RowForm::Json, false);
        let (expected, total) = expected(&whole, &query, Some(&own_grants), form);
        let names = &whole.snapshot().account_names;
        let (mut all, mut after) = (Vec::new(), ShardPositions::default());
        loop {
            let own = Some((&own_grants, &query, names));
            let (rows, counted, next) = page(&asked, own, &after, (limit, 3), form);
            prop_assert_eq!(counted, total);
            prop_assert!(rows.len() == limit || next.is_none());
            all.extend(rows);
            let Some(next) = next else { break };
            after = next;
        }
        prop_assert_eq!(all, expected);
    }

    #[test]
    fn groups_over_shards_are_those_of_the_whole(
        realm in realm(),
        principals in 0_usize..6,
        condition in prop::sample::select(CONDITIONS.as_slice()),
        fields in prop::sample::subsequence(GroupByField::ALL.to_vec(), 1..4),
        bytes in prop::sample::select(vec![1_u64, 2_000, u64::MAX]),
    ) {
        let inventory = realm.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, principals));
        let (asked, query) = Asked::new(&shards, condition);
        let by = GroupBy::of(fields);
        let search = Search::new(&query, Some(for_query(&whole, &query)), None);
        let of_whole = search.groups(by).unwrap();
        let mut answers = Vec::new();
        for &shard in &asked.possible {
            let mut skip = 0;
            loop {
                let wanted = GroupsWanted { by: by.bits(), skip, bytes };
                let answer = asked.one(shard, &Wanted::Groups(asked.occurring.clone(), wanted, NotesWanted::No));
                let Answer::Groups(part) = Answer::decode(&answer).unwrap() else {
                    panic!("asked for groups");
                };
                skip += part.groups.len() as u64;
                let is_end = skip == part.total;
                prop_assert!(is_end || !part.groups.is_empty());
                answers.push(answer);
                if is_end {
                    break;
                }
            }
        }
        let mut counted = Vec::new();
        for bytes in &answers {
            if let Answer::Groups(part) = Answer::decode(bytes).unwrap() {
                counted.extend(part.groups);
            }
        }
        let of_shards = merged(by, counted, None).unwrap();
        prop_assert_eq!((of_shards.total(), of_shards.rows()), (of_whole.total(), of_whole.rows()));
        for number in 0..of_whole.total() {
            let text = |groups: &crate::group::Groups<'_>| serde_json::to_string(&groups.get(number).unwrap()).unwrap();
            prop_assert_eq!(text(&of_shards), text(&of_whole));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 10, ..ProptestConfig::default() })]

    #[test]
    fn a_divided_inventory_joined_again_is_the_whole(
        organization in organization(),
        principals in 0_usize..6,
    ) {
        let inventory = merged_inventory(organization.inventory());
        let size = ShardSize { principals, bytes: usize::MAX };
        prop_assert_eq!(inventory.clone().divide(size).unwrap().joined(), inventory);
    }

    #[test]
    fn the_shard_of_a_principal_decides_its_requests_as_the_whole_does(
        organization in organization(),
        is_context_complete in any::<bool>(),
    ) {
        let inventory = organization.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, 0));
        for principal in [ALICE, BOB, APP, EVE, VEND] {
            for question in QUESTIONS {
                let request = SimulatedRequest {
                    principal,
                    action: question.action,
                    resource: Resource::parse(question.resource).unwrap(),
                    context: &[],
                    is_context_complete,
                };
                let decided: Vec<Simulation> = shards.iter().filter_map(|shard| shard.simulate(&request)).collect();
                prop_assert_eq!(decided, Vec::from_iter(whole.simulate(&request)));
            }
        }
    }
}

#[test]
fn an_external_source_holds_actions_together_that_two_accounts_grant() {
    let organization = SampleOrganization {
        bucket: vec![
            r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#
                .to_owned(),
        ],
        queue: vec![
            r#"{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}"#.to_owned(),
        ],
        ..SampleOrganization::default()
    };
    let inventory = organization.inventory();
    let shards = shards(&inventory, 0);
    assert!(shards.len() > 1);
    let (asked, query) = Asked::new(&shards, TOGETHER[0]);
    let form = (RowForm::Json, false);
    let (rows, total, _) = page(&asked, None, &ShardPositions::default(), (100, 100), form);
    assert!(total >= 2, "{rows:?}");
    assert_eq!(
        expected(&effective(&inventory), &query, None, form),
        (rows, total)
    );
    // If the shards did not know of each other, they would find nothing.
    let alone = Asked {
        occurring: Occurring::default(),
        ..asked
    };
    assert_eq!(
        page(&alone, None, &ShardPositions::default(), (100, 100), form).1,
        0
    );
}

/// A condition names a role by its id with the name of a session behind it, and a resource control policy names a user.
#[test]
fn a_principal_that_only_conditions_name_is_no_external_principal_of_another_shard() {
    let all = r#""Principal":"*","Action":"sqs:*","Resource":"*""#;
    let organization = SampleOrganization {
        queue: vec![
            format!(
                r#"{{"Effect":"Allow",{all},"Condition":{{"StringLike":{{"aws:userid":"AROAAPP:*"}}}}}}"#
            ),
            format!(r#"{{"Effect":"Allow",{all}}}"#),
        ],
        resource_levels: Some([
            vec![format!(
                r#"{{"Effect":"Deny",{all},"Condition":{{"ArnNotEquals":{{"aws:PrincipalArn":["{ALICE}","{APP}"]}}}}}}"#
            )],
            Vec::new(),
            Vec::new(),
        ]),
        ..SampleOrganization::default()
    };
    let inventory = organization.inventory();
    let shards = shards(&inventory, 0);
    assert!(shards.len() > 1);
    let (asked, query) = Asked::new(&shards, "dest.cloud.type = 'AWS'");
    let form = (RowForm::Json, false);
    let (rows, total, _) = page(&asked, None, &ShardPositions::default(), (100, 100), form);
    assert_eq!(
        (rows, total),
        expected(&effective(&inventory), &query, None, form)
    );
}

#[test]
fn a_role_that_a_policy_of_another_account_names_by_its_sessions_is_no_external_principal() {
    let organization = SampleOrganization {
        queue: vec![
            r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:userid":"AROAAPP:s1"}}}"#
                .to_owned(),
        ],
        ..SampleOrganization::default()
    };
    let inventory = organization.inventory();
    let shards = shards(&inventory, 0);
    let (asked, query) = Asked::new(&shards, "source.cloud.resource.type != 'user'");
    let form = (RowForm::Json, false);
    let (rows, total, _) = page(&asked, None, &ShardPositions::default(), (100, 100), form);
    let whole = effective(&inventory);
    assert_eq!(expected(&whole, &query, None, form), (rows, total));
    let names = |shard: &EffectivePermissions| -> Vec<String> {
        let sources = shard.snapshot().sources.iter();
        sources.map(|one| one.name.to_string()).collect()
    };
    let mut of_shards: Vec<String> = shards.iter().flat_map(names).collect();
    let mut of_whole = names(&whole);
    of_shards.sort();
    of_whole.sort();
    assert_eq!(of_shards, of_whole);
}

#[test]
fn a_shard_with_other_rows_than_before_is_noticed() {
    let organization = SampleOrganization {
        alice: vec![r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned()],
        eve: vec![r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#.to_owned()],
        ..SampleOrganization::default()
    };
    let shards = shards(&organization.inventory(), 0);
    let (asked, _) = Asked::new(&shards, "source.cloud.type = 'AWS'");
    let form = (RowForm::Json, false);
    let (_, _, next) = page(&asked, None, &ShardPositions::default(), (2, 9), form);
    let mut other = next.unwrap();
    other.last = other.last.map(|last| last ^ 1);
    let parts = other.of_shards.iter().enumerate();
    let parts = parts
        .map(|(shard, skip)| asked.rows(shard, *skip, 9, form))
        .collect();
    assert!(MergedRows::new(parts, None, &other).is_err());
}
