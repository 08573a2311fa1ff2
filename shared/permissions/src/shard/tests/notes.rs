//! Warnings, what could change a result, and what completes a query: shards together say what the whole says.

use super::realms::realm;
use super::searched_shards::{SearchedShards, facts_of, notes_of_one, rows_wanted};
use super::shards;
use crate::aws::Incompleteness;
use crate::aws::tests::queries;
use crate::aws::tests::random_organization::organization;
use crate::aws::tests::sample_account::{actions, effective};
use crate::aws::tests::sample_organization::SampleOrganization;
use crate::search::{ActionNames, ImportedValues, KnownValues, ValuesPart, begun_values, incompleteness};
use crate::shard::{Notes, NotesWanted, RowForm, ShardReply, SnapshotFacts, Wanted};
use proptest::prelude::*;
use rql::{Query, Warning};

/// Literals that exist, that nearly exist, and attributes that documents lack
const CONDITIONS: [&str; 16] = [
    "source.cloud.resource.name = 'carol'",
    "source.cloud.resource.name IN ('karol', 'alise', 'eve')",
    "source.cloud.account = '444455556666' AND source.cloud.resource.name = 'alice'",
    "source.cloud.account = '888899990000' AND source.cloud.resource.name = 'carl'",
    "source.cloud.account = '999999999999'",
    "source.cloud.account = 'Production' AND grantedby.cloud.entity.name = 'devs'",
    "action.name IN ('s3:GetObject', 'old:Thing', 'no:Such') AND dest.cloud.resource.type = 'queue'",
    "action.name CONTAINS ALL ('s3:GetObject', 'sqs:SendMesage')",
    "NOT action.lastaccess.days > 30 AND source.cloud.resource.type = 'user'",
    "source.mfaenabled = false",
    "source.cloud.account.isvendor = true",
    "source.cloud.resource.type = 'instance'",
    "source.cloud.service.name = 'ec2' AND source.cloud.account = '111122223333'",
    "action.access.isadministrative = true AND source.cloud.account = '444455556666'",
    "source.public = true",
    "dest.cloud.type = 'NCLOUD' AND source.cloud.resource.name = 'alicce'",
];

/// Actions of policies, and accounts of their resources
const GRANTS: [&str; 12] = [
    "action.name = 's3:GetObject'",
    "action.name IN ('sqs:SendMessage', 'kms:Decrypt')",
    "action.name STARTS WITH 'sqs:' OR dest.cloud.account = '111122223333'",
    "NOT action.name STARTS WITH 's3:'",
    "action.name CONTAINS ALL ('sts:AssumeRole', 'kms:Decrypt')",
    "dest.cloud.account = '444455556666'",
    "dest.cloud.account != '*' AND source.cloud.account != dest.cloud.account",
    "source.cloud.account = dest.cloud.account AND action.name = 'sqs:SendMessage'",
    "dest.cloud.account = '*' AND action.name STARTS WITH 'kms:'",
    "dest.cloud.resource.id = 'arn:aws:sqs:eu-west-2:444455556666:q'",
    "dest.cloud.resource.id COVERS 'arn:aws:sqs:eu-west-2:444455556666:q' AND dest.cloud.account = '444455556666'",
    "action.access.isadministrative = true AND action.name = 'iam:PassRole'",
];

const BEGUN: [&str; 7] = [
    "source.cloud.resource.name = '",
    "source.cloud.resource.name = 'A",
    "source.cloud.account = '4",
    "action.name = 's3:Get",
    "grantedby.cloud.policy.name IN ('own', '",
    "dest.cloud.resource.type = '",
    "source.public = true AND source.cloud.resource.id = 'arn:aws:iam::8",
];

fn condition() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => prop::sample::select(CONDITIONS.as_slice()).prop_map(str::to_owned),
        1 => prop::sample::select(super::CONDITIONS.as_slice()).prop_map(str::to_owned),
        1 => prop::sample::select(GRANTS.as_slice()).prop_map(str::to_owned),
        1 => queries::query(),
    ]
}

fn told(query: &Query, notes: &Notes, facts: &SnapshotFacts) -> (Vec<Warning>, Vec<Incompleteness>) {
    let names = ActionNames::new(&actions());
    let values = ImportedValues::of_query(facts, query, &notes.values);
    let known = KnownValues::new(&names, Some(&values), None).asking_for_imported_accounts("111122223333");
    let causes = incompleteness(query, &known, Some((&notes.causes, facts)));
    (query.warnings(&known), causes)
}

/// Asks the shards that can have rows, and the others only for literals that those do not have.
fn notes_of(searched: &SearchedShards<'_>) -> Notes {
    let mut notes = Notes::default();
    let first = searched.possible.first().copied().unwrap_or(0);
    let others = searched.possible.iter().copied().filter(|shard| *shard != first);
    for shard in std::iter::once(first).chain(others) {
        let wanted = if shard == first {
            NotesWanted::WithCommon
        } else {
            NotesWanted::OfShard
        };
        let rows = rows_wanted(0, 0, (RowForm::Json, false));
        let bytes = searched.one(shard, &Wanted::Rows(searched.occurring.clone(), rows, wanted));
        let ShardReply::Rows(part) = ShardReply::decode(&bytes).unwrap() else {
            panic!("asked for rows");
        };
        notes.add(part.notes.unwrap());
    }
    if notes.values.is_open() {
        let others = 0..searched.shards.len();
        for shard in others.filter(|shard| *shard != first && !searched.possible.contains(shard)) {
            let bytes = searched.one(shard, &Wanted::Values);
            let ShardReply::Values(part) = ShardReply::decode(&bytes).unwrap() else {
                panic!("asked for values");
            };
            notes.values.add(part);
        }
    }
    notes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn warnings_and_causes_over_shards_are_those_of_the_whole(
        realm in realm(),
        principals in 0_usize..6,
        conditions in prop::collection::vec(condition(), 6),
    ) {
        let inventory = realm.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, principals));
        let (facts, of_whole) = (facts_of(&shards), SnapshotFacts::of_one(&whole));
        for condition in conditions {
            let (searched, query) = SearchedShards::new(&shards, &condition);
            let mut notes = Notes::default();
            notes.add(notes_of_one(&whole, &query));
            let expected = told(&query, &notes, &of_whole);
            prop_assert_eq!(told(&query, &notes_of(&searched), &facts), expected, "{}", condition);
        }
    }

    #[test]
    fn a_shard_that_is_ruled_out_has_no_row(
        inventory in prop_oneof![
            realm().prop_map(|realm| realm.inventory()),
            // Everything that a source needs is there, so that actions and destinations count.
            organization().prop_map(|organization| organization.inventory()),
        ],
        principals in 0_usize..6,
        conditions in prop::collection::vec(condition(), 8),
    ) {
        let shards = shards(&inventory, principals);
        for condition in conditions {
            let (searched, _) = SearchedShards::new(&shards, &condition);
            // Nothing is ruled out here: what occurs in other shards counts as well.
            let all = SearchedShards { possible: (0..shards.len()).collect(), ..SearchedShards::new(&shards, &condition).0 };
            for shard in (0..shards.len()).filter(|shard| !searched.possible.contains(shard)) {
                let part = all.rows(shard, 0, 1, (RowForm::Json, false));
                prop_assert_eq!(part.total, 0, "{}", &condition);
            }
        }
    }

    #[test]
    fn completions_over_shards_are_those_of_the_whole(
        realm in realm(),
        begun in prop::sample::select(BEGUN.as_slice()),
    ) {
        let inventory = realm.inventory();
        let (whole, shards) = (effective(&inventory), shards(&inventory, 0));
        let text = format!("config from iam where {begun}");
        let names = ActionNames::new(&actions());
        let suggested = |facts: &SnapshotFacts, found: &[Vec<String>]| {
            let values = ImportedValues::of_begun_text(facts, &text, found);
            rql::suggest(&text, &KnownValues::new(&names, Some(&values), None))
        };
        let mut found: Vec<Vec<String>> = Vec::new();
        for shard in &shards {
            crate::search::add_begun(&mut found, begun_values(shard, &text));
        }
        let expected = suggested(&SnapshotFacts::of_one(&whole), &begun_values(&whole, &text));
        prop_assert_eq!(suggested(&facts_of(&shards), &found), expected);
    }
}

#[test]
fn a_query_asks_the_shards_whose_policies_can_grant_what_it_selects() {
    let allow = |action: &str, resource: &str| {
        vec![format!(
            r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#
        )]
    };
    let queue = "arn:aws:sqs:eu-west-2:444455556666:q";
    let organization = SampleOrganization {
        alice: allow("sqs:Send*", queue),
        eve: allow("sqs:ReceiveMessage", queue),
        ..SampleOrganization::default()
    };
    let possible = |organization: &SampleOrganization, condition: &str| {
        let shards = shards(&organization.inventory(), 0);
        assert_eq!(shards.len(), 2);
        SearchedShards::new(&shards, condition).0.possible
    };
    let differ = "source.cloud.account != dest.cloud.account";
    for (condition, expected) in [
        ("action.name = 'sqs:SendMessage'", vec![0]),
        ("action.name = 'sqs:ReceiveMessage'", vec![1]),
        ("action.name STARTS WITH 'sqs:'", vec![0, 1]),
        ("action.name = 'kms:Decrypt'", vec![]),
        (differ, vec![0]),
        ("dest.cloud.account = '444455556666'", vec![0, 1]),
        ("dest.cloud.account = '111122223333'", vec![]),
        (
            "dest.cloud.resource.id = 'arn:aws:iam::111122223333:role/r'",
            vec![],
        ),
        // Rows that become administrative by what takes away from a policy may be of any action.
        (
            "action.access.isadministrative = true AND action.name = 'kms:Decrypt'",
            vec![0, 1],
        ),
    ] {
        assert_eq!(possible(&organization, condition), expected, "{condition}");
    }
    let covers = "dest.cloud.resource.id COVERS 'arn:aws:sqs:eu-west-2:444455556666:q' AND dest.cloud.account = '444455556666'";
    let everywhere = SampleOrganization {
        alice: allow("sqs:*", "*"),
        ..organization
    };
    assert_eq!(possible(&everywhere, "dest.cloud.account = '444455556666'"), [1]);
    assert_eq!(possible(&everywhere, covers), [0, 1]);
    // Whoever lacks a policy could be granted anything by it.
    let mut inventory = everywhere.inventory();
    for user in &mut inventory.details.users {
        user.attached.push("arn:aws:iam::aws:policy/Gone".to_owned());
    }
    let lacking = shards(&inventory, 0);
    assert_eq!(
        SearchedShards::new(&lacking, "action.name = 'kms:Decrypt'")
            .0
            .possible,
        [0, 1]
    );
}

#[test]
fn a_query_about_one_principal_asks_one_shard() {
    let organization = SampleOrganization::default();
    let shards = shards(&organization.inventory(), 0);
    assert!(shards.len() > 1);
    for (condition, expected) in [
        (
            "source.cloud.resource.id = 'arn:aws:iam::444455556666:user/eve'",
            1,
        ),
        (
            "source.cloud.account = '111122223333' AND source.cloud.resource.type = 'user'",
            1,
        ),
        ("source.cloud.resource.type = 'group'", 0),
        ("source.cloud.resource.type = 'user'", shards.len()),
        ("dest.cloud.type = 'NCLOUD'", 0),
    ] {
        let (searched, _) = SearchedShards::new(&shards, condition);
        assert_eq!(searched.possible.len(), expected, "{condition}");
    }
    // A part without literals needs no further shard.
    assert!(!ValuesPart::default().is_open());
}
