use rql::{Query, Warning, WarningCode, suggest};
use rstest::rstest;

use super::imported::values_of_literals;
use super::names::order;
use super::*;
use crate::aws::tests::queries::report;
use crate::aws::tests::sample_account::{SampleAccount, actions, effective};
use crate::aws::{ActionSpec, EffectivePermissions, SnapshotFacts};
use crate::own::tests::own_grants;
use inventory::{Inventory, read_authorization_details, read_last_accessed};
use proptest::prelude::*;

mod parts_of_values;

/// Returns the warnings about a query over one shard.
fn warnings(
    condition: &str,
    names: &ActionNames,
    imported: Option<&EffectivePermissions>,
    asking: Option<&str>,
) -> Vec<Warning> {
    let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
    let facts = imported.map_or_else(SnapshotFacts::default, SnapshotFacts::of_one);
    let part = imported.map(|one| values_of_literals(one, &query, true));
    let values = part
        .as_ref()
        .map(|part| ImportedValues::of_query(&facts, &query, part));
    let known = KnownValues::new(names, values.as_ref(), None);
    query.warnings(&match asking {
        Some(account) => known.asking_for_imported_accounts(account),
        None => known,
    })
}

fn messages(condition: &str, names: &ActionNames, imported: Option<&EffectivePermissions>) -> Vec<String> {
    let warnings = warnings(condition, names, imported, None).into_iter();
    warnings.map(|warning| warning.message).collect()
}

#[rstest]
#[case("action.name = 's3:getobject'", &[])]
#[case("action.name = 's3:GetObjects'", &["no action is called `s3:GetObjects`; did you mean `s3:GetObject`?"])]
#[case("action.name IN ('iotsitewise:viewer', 'Server:View*', 'server:view/getserverinstancelist')", &[])]
#[case("action.name = 'Sever:View*'", &["no action is called `Sever:View*`; `*`, `?` and `%` are compared as ordinary characters: write action.name STARTS WITH 'Sever:View'"])]
#[case::a_product_of_ncloud_has_the_name_of_a_service("action.name = 'iam:PasRole'", &["no action is called `iam:PasRole`; did you mean `iam:PassRole`?"])]
#[case("action.name = 'kms:Decrypt2'", &["no action is called `kms:Decrypt2`; did you mean `kms:Decrypt`?"])]
#[case("dest.cloud.service.name IN ('s3', 'IoTSiteWise', 'vpcserver', 's4')", &["no service is called `s4`; did you mean `s3`?"])]
#[case("dest.cloud.type IN ('SITEWISE', 'NCP')", &[])]
#[case("dest.cloud.type = 'AZURE'", &["no rows of the cloud `AZURE` are loaded"])]
#[case("dest.cloud.type = 'AWS'", &["no rows of the cloud `AWS` are loaded"])]
#[case("grantedby.cloud.policy.type IN ('Access Policy', 'system managed policy')", &[])]
fn warnings_know_what_exists(#[case] condition: &str, #[case] expected: &[&str]) {
    let mut specs = actions();
    for name in ["iam:PassRole", "kms:Decrypt"] {
        specs.push(ActionSpec {
            name: name.into(),
            level: None,
            types: Vec::new(),
            has_last_access: true,
        });
    }
    let names = ActionNames::new(&specs);
    assert_eq!(messages(condition, &names, None), expected);
}

#[test]
fn a_catalogue_is_in_the_order_of_names_in_which_what_begins_alike_stands_together() {
    let (_, specs) = crate::aws::specs(iam::catalogue::Catalogue::embedded());
    assert!(specs.is_sorted_by(|one, other| order(&one.name, &other.name).is_lt()));
    let names = ActionNames::new(&specs);
    for begin in ["ec2:", "ec2", "EC2-", "iam:passr", "s3:GetObject", "zz", "é", ""] {
        let lowered = begin.to_lowercase();
        let expected: Vec<&str> = specs
            .iter()
            .map(|spec| &*spec.name)
            .filter(|name| name.to_lowercase().starts_with(&lowered))
            .collect();
        assert_eq!(
            names.beginning_with(begin).collect::<Vec<_>>(),
            expected,
            "{begin}"
        );
    }
    assert!(names.has_action("iam:passrole") && !names.has_action("iam:passrol"));
    assert!(names.has_service("ec2-instance-connect") && !names.has_service("ec"));
}

#[test]
fn actions_that_only_the_policies_of_the_account_name_exist() {
    let effective =
        SampleAccount::of(r#"{"Effect":"Allow","Action":"new:Action","Resource":"*"}"#).effective();
    let names = ActionNames::new(&actions());
    let condition = "action.name = 'new:action' AND dest.cloud.type = 'AWS'";
    assert_eq!(messages(condition, &names, Some(&effective)), [""; 0]);
    assert_eq!(messages(condition, &names, None).len(), 2);
}

#[rstest]
#[case("source.cloud.resource.name = 'alice'", &[])]
#[case("source.cloud.resource.name = 'alise'", &["no row has `source.cloud.resource.name` = `alise`; did you mean `alice`?"])]
#[case("source.cloud.resource.type = 'users'", &["no row has `source.cloud.resource.type` = `users`; did you mean `user`?"])]
#[case("source.cloud.account = '999999999999'",
    &["no row has `source.cloud.account` = `999999999999`; import the documents of this account"])]
#[case("grantedby.cloud.entity.type = 'rol'", &["no row has `grantedby.cloud.entity.type` = `rol`; did you mean `role`?"])]
#[case("dest.cloud.region = 'us-east-9'", &["no row has `dest.cloud.region` = `us-east-9`; did you mean `us-east-1`?"])]
#[case("dest.cloud.region IN ('AWS Global', '*')", &[])]
#[case("dest.cloud.region = 'AWS London'", &["no row has `dest.cloud.region` = `AWS London`"])]
#[case("action.lastaccess.days > 90",
    &["`action.lastaccess.days` has no value in any row, because no document `last-accessed` is imported; collect the reports by the schedule of the stack, or import them as docs/inventory.md describes"])]
#[case("NOT source.mfaenabled = true",
    &["`source.mfaenabled` has no value in any row, because no document `credential-report` is imported; import the reply of `aws iam get-credential-report` for each account, as docs/inventory.md describes"])]
#[case("NOT source.email = 'a@example.com'",
    &["`source.email` has no value in any row; this release of the search reads no document that holds it, so do not take the result as a proof"])]
fn a_value_that_no_row_has_is_reported(#[case] condition: &str, #[case] expected: &[&str]) {
    let effective =
        SampleAccount::of(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#).effective();
    let names = ActionNames::new(&actions());
    assert_eq!(messages(condition, &names, Some(&effective)), expected);
}

/// A stack always has own grants: also when there are none, they hide no region that does not exist.
#[rstest]
#[case("dest.cloud.region = 'us-east-9'", &["no row has `dest.cloud.region` = `us-east-9`; did you mean `us-east-1`?"])]
#[case("dest.cloud.region IN ('kr', '*')", &[])]
#[case("source.cloud.region = 'NCP Global'", &[])]
fn regions_are_judged_beside_own_grants(#[case] condition: &str, #[case] expected: &[&str]) {
    let effective =
        SampleAccount::of(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#).effective();
    let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
    let facts = SnapshotFacts::of_one(&effective);
    let part = values_of_literals(&effective, &query, true);
    let values = ImportedValues::of_query(&facts, &query, &part);
    let (names, own) = (ActionNames::new(&actions()), own_grants());
    let warnings = query.warnings(&KnownValues::new(&names, Some(&values), Some(&own)));
    let found: Vec<&str> = warnings.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_long_list_is_not_judged_to_its_end() {
    let effective =
        SampleAccount::of(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#).effective();
    let names = ActionNames::new(&actions());
    let items: Vec<String> = (0..1000).map(|number| format!("'{number}'")).collect();
    let condition = format!("source.cloud.resource.name IN ({})", items.join(","));
    let found = messages(&condition, &names, Some(&effective));
    assert!(!found.is_empty() && found.len() <= MAX_JUDGED);
}

#[test]
fn an_empty_inventory_names_the_account() {
    let names = ActionNames::new(&actions());
    let warnings = warnings("source.public = true", &names, None, Some("111122223333"));
    assert_eq!(warnings[0].code, WarningCode::NothingImported);
    assert!(warnings[0].message.contains("111122223333"));
}

#[test]
fn values_of_the_account_complete_a_literal() {
    let effective =
        SampleAccount::of(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#).effective();
    let names = ActionNames::new(&actions());
    let facts = SnapshotFacts::of_one(&effective);
    let suggestions = |text: &str| {
        let text = format!("config from iam where {text}");
        let found = begun_values(&effective, &text);
        let values = ImportedValues::of_begun_text(&facts, &text, &found);
        suggest(&text, &KnownValues::new(&names, Some(&values), None)).suggestions
    };
    assert_eq!(suggestions("source.cloud.resource.name = 'AL"), ["'alice'"]);
    assert_eq!(suggestions("action.name = 's3:getobject"), ["'s3:GetObject'"]);
    assert!(suggestions("dest.cloud.service.name = '").contains(&"'s3'".to_owned()));
    assert_eq!(
        suggestions("dest.cloud.account = '"),
        ["'*'", "'111122223333'", "'Production'"]
    );
    assert_eq!(suggestions("source.email = '"), [""; 0]);
}

#[test]
fn a_policy_that_no_document_holds_is_a_warning_of_every_query_about_imported_accounts() {
    let text = r#"{"UserDetailList":[{"UserName":"u","Arn":"arn:aws:iam::111122223333:user/u",
        "AttachedManagedPolicies":[{"PolicyName":"own","PolicyArn":"arn:aws:iam::111122223333:policy/own"}]}]}"#;
    let inventory = inventory::Inventory {
        details: inventory::read_authorization_details(text).unwrap(),
        ..Default::default()
    };
    let imported = effective(&inventory);
    let names = ActionNames::new(&actions());
    let condition = "action.access.isadministrative = true";
    assert_eq!(messages(condition, &names, Some(&imported)), [""; 0]);
    let asking = warnings(condition, &names, Some(&imported), Some("111122223333"));
    let expected = "rows of 1 source may be missing or too wide: no document holds the managed policy \
          `arn:aws:iam::111122223333:policy/own`; GET /api/v1/inventory lists what is missing, import a document that holds it";
    let found: Vec<&str> = asking.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(found, [expected]);
}

/// Makes users of two accounts, of which the documents describe some.
fn users(documents: [&str; 2], described: [bool; 2]) -> Inventory {
    let arns = [
        "arn:aws:iam::111122223333:user/a",
        "arn:aws:iam::444455556666:user/b",
    ];
    let users = arns.map(|arn| {
        format!(
            r#"{{"Arn":"{arn}","UserName":"u","UserPolicyList":[{{"PolicyName":"own","PolicyDocument":{{"Statement":
            {{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}}}}]}}"#
        )
    });
    let details = format!(r#"{{"UserDetailList":[{}]}}"#, users.join(","));
    let mut inventory = Inventory {
        details: read_authorization_details(&details).unwrap(),
        ..Inventory::default()
    };
    for (arn, _) in arns.iter().zip(described).filter(|(_, described)| *described) {
        if documents.contains(&"credential-report") {
            let line = format!("{arn},2025-01-01,true,2026-03-28,N/A,true,true,2025-01-01,N/A,false,N/A,N/A");
            let all = inventory.credentials.get_or_insert_default();
            all.users.extend(report(&line).users);
        }
        if documents.contains(&"last-accessed") {
            let text = format!(
                r#"{{"reports":[{{"Arn":"{arn}","ServicesLastAccessed":[{{"ServiceNamespace":"s3"}}]}}]}}"#
            );
            let all = inventory.last_accessed.get_or_insert_default();
            all.entities.extend(read_last_accessed(&text).unwrap().entities);
        }
    }
    inventory
}

#[rstest]
#[case::none(
    "",
    "source.cloud.resource.type = 'function'",
    "rows with `source.cloud.resource.type` = `function` are missing, because no document `compute` is imported"
)]
#[case::under_not(
    "",
    "NOT source.cloud.service.name != 'ec2'",
    "rows with `source.cloud.service.name` = `ec2` are missing"
)]
#[case::under_two_nots(
    "",
    "NOT NOT source.cloud.service.name = 'glue'",
    "rows with `source.cloud.service.name` = `glue` are missing"
)]
#[case::by_a_prefix(
    "",
    "source.cloud.resource.type STARTS WITH 'Func'",
    "rows with `source.cloud.resource.type` = `function` are missing"
)]
#[case::by_what_they_are_not(
    "",
    "source.public = false AND NOT source.cloud.resource.type IN ('user', 'role')",
    "rows with `source.cloud.resource.type` = `function` or `instance` or `task-definition` or `notebook-instance` or `job` are \
     missing"
)]
#[case::all_of_one_account(
    r#"{"account":"111122223333","computeResources":[]}"#,
    "source.cloud.resource.type IN ('function')",
    "may be missing for the account 444455556666"
)]
#[case::some_services(
    r#"{"account":"111122223333","services":["lambda"],"computeResources":[]}"#,
    "source.cloud.resource.type = 'instance'",
    "may be missing for the accounts 111122223333, 444455556666"
)]
#[case::some_regions(
    r#"{"account":"111122223333","regions":["eu-west-1"],"computeResources":[]}"#,
    "source.cloud.resource.type = 'job'",
    "may be missing for the accounts 111122223333, 444455556666"
)]
fn functions_that_no_document_names_are_announced(
    #[case] compute: &str,
    #[case] condition: &str,
    #[case] expected: &str,
) {
    let mut inventory = users(["", ""], [false, false]);
    inventory.compute = (!compute.is_empty()).then(|| inventory::read_compute(compute).unwrap());
    let effective = effective(&inventory);
    let names = ActionNames::new(&[]);
    let warnings = warnings(condition, &names, Some(&effective), None);
    let found = warnings
        .iter()
        .find(|one| one.code == WarningCode::NoData)
        .unwrap();
    assert!(found.message.contains(expected), "{}", found.message);
}

/// Rows of roles are there: whoever asks for them, too, does not ask for compute resources alone.
#[rstest]
#[case("source.cloud.resource.type != 'user'")]
#[case("source.cloud.resource.type NOT IN ('function', 'instance')")]
#[case("NOT source.cloud.service.name = 'lambda'")]
#[case("source.cloud.resource.type STARTS WITH 'r'")]
fn who_asks_for_roles_is_not_told_of_functions(#[case] condition: &str) {
    let effective = effective(&users(["", ""], [false, false]));
    let warnings = warnings(condition, &ActionNames::new(&[]), Some(&effective), None);
    let codes: Vec<_> = warnings.iter().map(|one| one.code).collect();
    assert!(!codes.contains(&WarningCode::NoData), "{warnings:?}");
}

#[test]
fn nobody_knows_whether_a_foreign_account_is_a_vendor() {
    let mut account = SampleAccount::of(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#);
    let names = ActionNames::new(&actions());
    let condition = "NOT source.cloud.account.isvendor = true";
    let own = account.effective();
    assert_eq!(messages(condition, &names, Some(&own)), [""; 0]);
    account.trust =
        vec![r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"999999999999"}}"#.to_owned()];
    let foreign = account.effective();
    let found = messages(condition, &names, Some(&foreign));
    assert!(
        found[0].contains("in rows of accounts that are neither imported nor in the organization"),
        "{found:?}"
    );
}

#[test]
fn a_document_of_one_account_leaves_the_other_without_data() {
    let partial = effective(&users(["credential-report", ""], [true, false]));
    let names = ActionNames::new(&actions());
    let expected = "`source.mfaenabled` has no value in rows of 1 user of the account 444455556666, because no document \
         `credential-report` describes them; import the reply of `aws iam get-credential-report` for each account, as \
         docs/inventory.md describes";
    assert_eq!(
        messages("source.mfaenabled = false", &names, Some(&partial)),
        [expected]
    );
    let complete = effective(&users(["credential-report", ""], [true, true]));
    assert_eq!(
        messages("source.mfaenabled = false", &names, Some(&complete)),
        [""; 0]
    );
}

/// Attributes of a document, each with comparisons that a value decides.
const OF_DOCUMENTS: [(&str, &str, &str); 8] = [
    ("source.mfaenabled", "= false", "credential-report"),
    ("source.mfaenabled", "!= true", "credential-report"),
    ("source.cloud.accesskey.activekeys", "!= 1", "credential-report"),
    (
        "source.cloud.accesskey.lastused.days",
        "> 90",
        "credential-report",
    ),
    (
        "grantedby.cloud.entity.lastlogin.days",
        "<= 90",
        "credential-report",
    ),
    ("action.lastaccess.days", "> 90", "last-accessed"),
    ("action.lastaccess.days", "!= 3", "last-accessed"),
    ("grantedby.cloud.policy.isexcessive", "= true", "last-accessed"),
];

fn compared() -> impl Strategy<Value = String> {
    let of_documents = prop::sample::select(OF_DOCUMENTS.as_slice());
    let of_documents = of_documents.prop_map(|(name, test, _)| format!("{name} {test}"));
    let leaf = prop_oneof![3 => of_documents, 1 => Just("dest.cloud.service.name = 's3'".to_owned())];
    leaf.prop_recursive(4, 16, 3, |inner| {
        let operands = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            (operands, prop::sample::select(vec![" AND ", " OR "]))
                .prop_map(|(operands, word)| format!("({})", operands.join(word))),
            inner.prop_map(|operand| format!("NOT {operand}")),
        ]
    })
}

proptest! {
    /// Wherever an attribute is in a query, and whatever else the query asks: rows without its value are announced, and
    /// only those.
    #[test]
    fn no_condition_loses_a_warning_about_missing_data(
        condition in compared(),
        imported in prop::collection::vec(prop::sample::select(vec!["credential-report", "last-accessed"]), 0..3),
        described: [bool; 2],
    ) {
        let documents = [*imported.first().unwrap_or(&""), *imported.last().unwrap_or(&"")];
        let effective = effective(&users(documents, described));
        let names = ActionNames::new(&actions());
        let warnings = warnings(&condition, &names, Some(&effective), None);
        for (name, _, document) in OF_DOCUMENTS {
            let is_open = !documents.contains(&document) || described.contains(&false);
            let warned = warnings.iter().any(|one| {
                one.code == WarningCode::NoData && one.message.starts_with(&format!("`{name}` "))
            });
            prop_assert_eq!(warned, condition.contains(name) && is_open, "{:?}", warnings);
        }
    }
}
