mod contradictions;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::attribute::TagAttribute;
use crate::{DestinationKind, MissingDocument, Part};

/// A small world: two actions, one service, one cloud, one cloud type of its own.
struct World;

impl KnownValues for World {
    fn has_action(&self, lowered: &str) -> bool {
        ["s3:getobject", "iam:passrole"].contains(&lowered)
    }

    fn has_service(&self, lowered: &str) -> bool {
        lowered == "s3"
    }

    fn has_cloud(&self, lowered: &str) -> bool {
        ["aws", "portal"].contains(&lowered)
    }

    fn has_value(&self, attribute: TextAttribute, lowered: &str) -> Option<bool> {
        let known = if attribute == TextAttribute::DestResourceType {
            ["bucket", "object"].as_slice()
        } else if attribute == TextAttribute::DestCloudType {
            &["portal"]
        } else {
            return None;
        };
        Some(known.contains(&lowered))
    }

    fn has_part(&self, attribute: TextAttribute, part: Part, lowered: &str) -> Option<bool> {
        let all: [(TextAttribute, &[&str]); 3] = [
            (TextAttribute::ActionName, &["s3:getobject", "iam:passrole"]),
            (TextAttribute::DestServiceName, &["s3"]),
            (TextAttribute::DestResourceName, &["data", "logs"]),
        ];
        let (_, known) = all.into_iter().find(|(of, _)| *of == attribute)?;
        let passing = part.test(lowered);
        Some(known.iter().any(|value| passing.holds(value)))
    }

    fn has_tag(&self, attribute: TagAttribute, key: &str, value: Option<&str>) -> Option<bool> {
        let is_known = attribute == TagAttribute::SourceResourceTag;
        is_known.then(|| key == "team" && value.is_none_or(|value| value == "red"))
    }

    fn has_condition(&self, key: &ConditionKey, value: Option<&str>) -> Option<bool> {
        let is_there = key.covers("StringLike", "aws:userid");
        Some(is_there && value.is_none_or(|value| value == "aida*"))
    }

    fn kinds_of(&self, arn: &str) -> Option<Vec<DestinationKind<'_>>> {
        let resource_type = match arn.split(':').nth(2)? {
            "s3" if arn.contains('/') => "object",
            "s3" => "bucket",
            "iam" => return None,
            _ => return Some(Vec::new()),
        };
        Some(vec![DestinationKind {
            service: "s3",
            resource_type,
        }])
    }

    fn nearest(&self, attribute: TextAttribute, lowered: &str) -> Option<String> {
        if attribute == TextAttribute::DestServiceName {
            return (lowered == "s4").then(|| "s3".into());
        }
        let of_types = attribute == TextAttribute::DestResourceType;
        let (begin, value) = if of_types {
            ("buck", "bucket")
        } else {
            ("s3:getob", "s3:GetObject")
        };
        lowered.starts_with(begin).then(|| value.into())
    }

    fn destinations(&self, part: Option<Part>, literal: &str) -> Vec<DestinationKind<'_>> {
        let kind = |service, resource_type| DestinationKind {
            service,
            resource_type,
        };
        if is_or_begins("s3:getobject", part, literal) {
            vec![kind("s3", "object"), kind("s3", "accesspointobject")]
        } else if is_or_begins("iam:passrole", part, literal) {
            vec![kind("iam", "role")]
        } else {
            Vec::new()
        }
    }

    fn access_levels(&self, part: Option<Part>, literal: &str) -> Vec<Option<&str>> {
        let levels = [
            ("s3:getobject", Some("Data Read")),
            ("s3:getobject", Some("Metadata Read")),
            ("iam:passrole", Some("Data Write")),
            ("old:thing", None),
        ];
        let of_action = levels
            .into_iter()
            .filter(|(name, _)| is_or_begins(name, part, literal));
        of_action.map(|(_, level)| level).collect()
    }

    fn missing(&self, attribute: &str) -> Option<MissingDocument> {
        match attribute {
            "source.mfaenabled" => Some(MissingDocument {
                document: Some("credential-report"),
                rows_of: None,
                remedy: "import one",
            }),
            "source.email" => Some(MissingDocument {
                document: None,
                rows_of: None,
                remedy: "do not use it",
            }),
            _ => None,
        }
    }
}

/// Returns whether the name of an action is a literal, or begins with it.
fn is_or_begins(name: &str, part: Option<Part>, literal: &str) -> bool {
    part.map_or(name == literal, |part| part.test(literal).holds(name))
}

/// Returns the codes and the marked parts of the text.
fn warnings(condition: &str) -> Vec<(WarningCode, String)> {
    let text = format!("config from iam where {condition}");
    let query = Query::parse(&text).unwrap();
    let marked = |position: Position| {
        text.chars()
            .skip(position.offset as usize)
            .take(position.length as usize)
            .collect::<String>()
    };
    query
        .warnings(&World)
        .into_iter()
        .map(|warning| (warning.code, marked(warning.position)))
        .collect()
}

use WarningCode::{
    AnyAccount, CloudNotLoaded, FusedLiteral, NarrowResource, NarrowType, NeverMatches, NoData, Redundant,
    UnknownAction, UnknownService,
};

#[rstest]
#[case::known("action.name = 'S3:GetObject' AND dest.cloud.service.name = 'S3'", &[])]
#[case::unknown_action("action.name IN ('s3:GetObject', 's3:GetObjekt')", &[(UnknownAction, "'s3:GetObjekt'")])]
#[case::a_prefix_is_no_action("action.name STARTS WITH 's3:Get'", &[])]
#[case::unknown_action_in_all("action.name CONTAINS ALL ('iam:PassRole', 'x:Y')", &[(UnknownAction, "'x:Y'")])]
#[case::unknown_service("dest.cloud.service.name = 's33'", &[(UnknownService, "'s33'")])]
#[case::fused("action.name IN ('s3:GetObject, iam:PassRole')", &[(FusedLiteral, "'s3:GetObject, iam:PassRole'")])]
#[case::fused_without_comma("action.name = 's3:GetObjectiam:PassRole'", &[(FusedLiteral, "'s3:GetObjectiam:PassRole'")])]
#[case::cloud_not_loaded("dest.cloud.type = 'Azure'", &[(CloudNotLoaded, "'Azure'")])]
#[case::own_cloud("dest.cloud.type = 'Portal'", &[])]
#[case::no_cloud("dest.cloud.type = 'AWSS'", &[(NeverMatches, "'AWSS'")])]
#[case::no_level("action.access.level = 'Read'", &[(NeverMatches, "'Read'")])]
#[case::no_such_type("dest.cloud.resource.type = 'stream'", &[(NeverMatches, "'stream'")])]
#[case::open_values_are_not_judged("source.cloud.resource.type = 'stream'", &[])]
#[case::no_data("source.mfaenabled = false", &[(NoData, "source.mfaenabled = false")])]
#[case::no_data_below_not("source.public = true OR NOT (source.mfaenabled != true)", &[(NoData, "source.mfaenabled != true")])]
#[case::no_data_in_a_list("source.email NOT IN ('a')", &[(NoData, "source.email NOT IN ('a')")])]
#[case::service_of_another_action("action.name = 's3:GetObject' AND dest.cloud.service.name = 'iam'",
    &[(NeverMatches, "dest.cloud.service.name = 'iam'"), (UnknownService, "'iam'")])]
#[case::type_of_another_action("action.name = 's3:GetObject' AND dest.cloud.resource.type = 'bucket'",
    &[(NeverMatches, "dest.cloud.resource.type = 'bucket'")])]
#[case::one_of_the_actions_fits("action.name IN ('s3:GetObject', 'iam:PassRole') AND dest.cloud.resource.type = 'object'", &[])]
#[case::bucket_without_its_objects("source.public = true AND dest.cloud.resource.type = 'Bucket'",
    &[(NarrowType, "dest.cloud.resource.type = 'Bucket'")])]
#[case::bucket_alone("dest.cloud.resource.type = 'bucket'", &[(NarrowType, "dest.cloud.resource.type = 'bucket'")])]
#[case::bucket_with_its_objects("dest.cloud.resource.type IN ('bucket', 'object')", &[])]
#[case::one_resource("source.public = true AND dest.cloud.resource.id = 'arn:aws:s3:::data/x'",
    &[(NarrowResource, "dest.cloud.resource.id = 'arn:aws:s3:::data/x'")])]
#[case::one_of_two_resources("dest.cloud.resource.id IN ('*', 'arn:aws:s3:::data/x')",
    &[(NarrowResource, "dest.cloud.resource.id IN ('*', 'arn:aws:s3:::data/x')")])]
#[case::one_resource_by_two_nots("NOT dest.cloud.resource.id != 'arn:aws:s3:::data/x'",
    &[(NarrowResource, "dest.cloud.resource.id != 'arn:aws:s3:::data/x'")])]
#[case::all_other_resources("dest.cloud.resource.id != 'arn:aws:s3:::data/x'", &[])]
#[case::a_pattern_as_written("dest.cloud.resource.id = 'arn:aws:s3:::data/*'", &[])]
#[case::a_resource_that_is_covered("dest.cloud.resource.id COVERS 'arn:aws:s3:::data/x'", &[])]
#[case::across_accounts("source.cloud.account != dest.cloud.account", &[(AnyAccount, "source.cloud.account != dest.cloud.account")])]
#[case::across_named_accounts("source.cloud.account != dest.cloud.account AND dest.cloud.account != '*'", &[])]
#[case::across_accounts_by_not("NOT source.cloud.account = dest.cloud.account", &[(AnyAccount, "source.cloud.account = dest.cloud.account")])]
#[case::across_accounts_in_or("source.public = true OR source.cloud.account != dest.cloud.account",
    &[(AnyAccount, "source.cloud.account != dest.cloud.account")])]
#[case::across_accounts_of_a_type("source.cloud.account != dest.cloud.account AND dest.cloud.resource.type = 'object'",
    &[(AnyAccount, "source.cloud.account != dest.cloud.account")])]
#[case::across_accounts_but_one("source.cloud.account != dest.cloud.account AND dest.cloud.account != '111122223333'",
    &[(AnyAccount, "source.cloud.account != dest.cloud.account")])]
#[case::across_accounts_not_to_any("source.cloud.account != dest.cloud.account AND NOT dest.cloud.account = '*'", &[])]
#[case::across_accounts_to_one_of_two("source.cloud.account != dest.cloud.account AND (dest.cloud.account = 'a' OR dest.cloud.resource.id = 'arn:x')", &[])]
#[case::across_accounts_perhaps_to_one("source.cloud.account != dest.cloud.account AND (dest.cloud.account = 'a' OR source.public = true)",
    &[(AnyAccount, "source.cloud.account != dest.cloud.account")])]
#[case::across_accounts_on_one_resource("source.cloud.account != dest.cloud.account AND dest.cloud.resource.id COVERS 'arn:aws:iam::111122223333:role/r'", &[])]
#[case::two_values("grantedby.cloud.entity.type = 'user' AND source.public = false AND grantedby.cloud.entity.type = 'Role'",
    &[(NeverMatches, "grantedby.cloud.entity.type = 'Role'")])]
#[case::case_is_no_difference("grantedby.cloud.entity.type = 'user' AND grantedby.cloud.entity.type IN ('role', 'USER')", &[])]
#[case::excluded("grantedby.cloud.entity.type IN ('a', 'b') AND grantedby.cloud.entity.type NOT IN ('A', 'B', 'c')",
    &[(NeverMatches, "grantedby.cloud.entity.type NOT IN ('A', 'B', 'c')")])]
#[case::prefix_excludes("dest.cloud.resource.id = 'arn:x' AND dest.cloud.resource.id STARTS WITH 'urn:'",
    &[(NeverMatches, "dest.cloud.resource.id STARTS WITH 'urn:'")])]
#[case::negation_excludes("NOT dest.cloud.resource.id CONTAINS 'x' AND dest.cloud.resource.id = 'arn:x'",
    &[(NeverMatches, "dest.cloud.resource.id = 'arn:x'")])]
#[case::name_and_id_of_an_account("source.cloud.account = 'Production' AND source.cloud.account = '111122223333'", &[])]
#[case::two_groups("source.cloud.accountgroup = 'a' AND source.cloud.accountgroup = 'b'", &[])]
#[case::alternatives("grantedby.cloud.entity.type = 'user' OR grantedby.cloud.entity.type = 'role'", &[])]
#[case::both_truths("source.public = true AND source.public = false", &[(NeverMatches, "source.public = false")])]
#[case::not_known("source.cloud.account.isvendor != true AND source.cloud.account.isvendor != false", &[])]
#[case::no_days("action.lastaccess.days > 90 AND action.lastaccess.days <= 30",
    &[(NeverMatches, "action.lastaccess.days <= 30")])]
#[case::some_days("action.lastaccess.days > 30 AND action.lastaccess.days <= 90", &[])]
#[case::less_than_nothing("action.lastaccess.days < 0", &[(NeverMatches, "action.lastaccess.days < 0")])]
#[case::accounts("source.cloud.account = dest.cloud.account AND dest.cloud.account != source.cloud.account",
    &[(NeverMatches, "dest.cloud.account != source.cloud.account")])]
#[case::complement("source.public = true AND NOT source.public=TRUE",
    &[(NeverMatches, "source.public=TRUE")])]
#[case::twice("source.public = true AND dest.cloud.wildcardscope = true AND SOURCE.public=true", &[(Redundant, "SOURCE.public=true")])]
#[case::item_twice("dest.cloud.resource.name IN ('a', 'b', 'A')", &[(Redundant, "'A'")])]
#[case::two_nots("NOT NOT source.public = true", &[(Redundant, "source.public = true")])]
#[case::places_after_keys("dest.cloud.resource.tag('k') IN ('a', 'a') AND grantedby.cloud.policy.condition('aws:userid', 'StringLike') = 'aida*' AND dest.cloud.type = 'x'",
    &[(Redundant, "'a'"), (NeverMatches, "'x'")])]
#[case::no_action_begins_so("action.name STARTS WITH 's4:'", &[(UnknownAction, "'s4:'")])]
#[case::no_action_begins_so_below_not("NOT action.name DOES NOT START WITH 's4:'", &[(UnknownAction, "'s4:'")])]
#[case::no_action_ends_so("action.name ENDS WITH 'Objekt'", &[(UnknownAction, "'Objekt'")])]
#[case::no_action_contains_it("action.name CONTAINS 'Bucket'", &[(UnknownAction, "'Bucket'")])]
#[case::no_service_begins_so("dest.cloud.service.name STARTS WITH 'x'", &[(UnknownService, "'x'")])]
#[case::no_name_begins_so("dest.cloud.resource.name STARTS WITH 'logz'", &[(NeverMatches, "'logz'")])]
#[case::a_name_ends_so("dest.cloud.resource.name ENDS WITH 'TA'", &[])]
#[case::no_level_begins_so("action.access.level STARTS WITH 'Admin'", &[(NeverMatches, "'Admin'")])]
#[case::a_level_begins_so("action.access.level STARTS WITH 'data'", &[])]
#[case::no_cloud_begins_so("dest.cloud.type STARTS WITH 'x'", &[(NeverMatches, "'x'")])]
#[case::values_that_are_not_known_are_not_judged("source.cloud.resource.name STARTS WITH 'x'", &[])]
#[case::a_wildcard_without_effect("action.name = 's3:*'", &[(UnknownAction, "'s3:*'")])]
#[case::a_tag_that_nothing_has("source.cloud.resource.tag('owner') EXISTS", &[(NeverMatches, "'owner'")])]
#[case::a_tag_that_something_has("source.cloud.resource.tag('Team') IN ('red', 'blue')", &[(NeverMatches, "'blue'")])]
#[case::a_missing_tag_is_one_warning("source.cloud.resource.tag('owner') = 'x'", &[(NeverMatches, "'owner'")])]
#[case::tags_that_are_not_known("grantedby.cloud.entity.tag('owner') = 'x'", &[])]
#[case::a_condition_that_nothing_has("grantedby.cloud.policy.condition('aws:SourceIpp') EXISTS", &[(NeverMatches, "'aws:SourceIpp'")])]
#[case::an_operator_that_nothing_has("grantedby.cloud.policy.condition('aws:userid', 'Bool') EXISTS", &[(NeverMatches, "'Bool'")])]
#[case::a_condition_that_something_has("grantedby.cloud.policy.condition('aws:userid', 'StringLike') = 'AIDA*'", &[])]
#[case::a_condition_with_another_value("grantedby.cloud.policy.condition('aws:userid') = 'AROA*'", &[(NeverMatches, "'AROA*'")])]
#[case::who_lacks_a_tag("source.cloud.resource.tag('owner') DOES NOT EXIST", &[])]
#[case::what_lacks_a_condition("NOT grantedby.cloud.policy.condition('aws:SourceIpp') EXISTS", &[])]
#[case::any_condition("grantedby.cloud.policy.condition EXISTS", &[])]
#[case::type_that_actions_of_a_beginning_do_not_have("action.name STARTS WITH 's3:Get' AND dest.cloud.resource.type = 'bucket'",
    &[(NeverMatches, "dest.cloud.resource.type = 'bucket'")])]
#[case::service_by_its_beginning("action.name = 'iam:PassRole' AND dest.cloud.service.name STARTS WITH 's'",
    &[(NeverMatches, "dest.cloud.service.name STARTS WITH 's'")])]
#[case::service_that_is_excluded("action.name = 's3:GetObject' AND dest.cloud.service.name != 's3'",
    &[(NeverMatches, "dest.cloud.service.name != 's3'")])]
#[case::actions_that_another_clause_excludes("action.name IN ('s3:GetObject', 'iam:PassRole') AND action.name STARTS WITH 'iam' AND dest.cloud.resource.type = 'object'",
    &[(NeverMatches, "dest.cloud.resource.type = 'object'")])]
#[case::level_of_another_action("action.name = 's3:GetObject' AND action.access.level = 'Data Write'",
    &[(NeverMatches, "action.access.level = 'Data Write'")])]
#[case::level_before_another_action("action.access.level = 'Data Write' AND source.public = true AND action.name = 's3:GetObject'",
    &[(NeverMatches, "action.access.level = 'Data Write'")])]
#[case::level_of_the_action("action.name = 'S3:GetObject' AND action.access.level = 'metadata read'", &[])]
#[case::level_of_one_of_the_actions("action.name IN ('s3:GetObject', 'iam:PassRole') AND action.access.level = 'Data Write'", &[])]
#[case::level_of_all_actions("action.name CONTAINS ALL ('s3:GetObject', 'iam:PassRole') AND action.access.level = 'Metadata Write'",
    &[(NeverMatches, "action.access.level = 'Metadata Write'")])]
#[case::level_that_actions_of_a_beginning_do_not_have("action.name STARTS WITH 's3:' AND action.access.level ENDS WITH 'Write'",
    &[(NeverMatches, "action.access.level ENDS WITH 'Write'")])]
#[case::level_that_is_excluded("NOT action.access.level STARTS WITH 'Data' AND action.name = 'iam:PassRole'",
    &[(NeverMatches, "action.access.level STARTS WITH 'Data'")])]
#[case::one_level_that_is_excluded("action.name = 's3:GetObject' AND action.access.level != 'Data Read'", &[])]
#[case::level_of_an_action_that_is_excluded("action.name IN ('s3:GetObject', 'iam:PassRole') AND action.name != 'iam:PassRole' AND action.access.level = 'Data Write'",
    &[(NeverMatches, "action.access.level = 'Data Write'")])]
#[case::level_of_an_action_without_one("action.name STARTS WITH 'old:' AND action.access.level = 'Data Read'",
    &[(UnknownAction, "'old:'"), (NeverMatches, "action.access.level = 'Data Read'")])]
#[case::another_level_than_none("action.name STARTS WITH 'old:' AND action.access.level != 'Data Read'", &[(UnknownAction, "'old:'")])]
#[case::level_of_actions_that_are_not_known("action.name = 'x:Y' AND action.access.level = 'Data Read'", &[(UnknownAction, "'x:Y'")])]
#[case::level_of_all_actions_but_one("action.name != 's3:GetObject' AND action.access.level = 'Data Write'", &[])]
#[case::covers_a_resource_of_another_type("action.name = 's3:GetObject' AND dest.cloud.resource.id COVERS 'arn:aws:s3:::data'",
    &[(NeverMatches, "dest.cloud.resource.id COVERS 'arn:aws:s3:::data'")])]
#[case::covers_a_resource_of_the_type("action.name = 's3:GetObject' AND dest.cloud.resource.id COVERS 'arn:aws:s3:::data/x'", &[])]
#[case::covers_with_another_type("dest.cloud.resource.id COVERS 'arn:aws:s3:::data/x' AND dest.cloud.resource.type = 'bucket'",
    &[(NeverMatches, "dest.cloud.resource.type = 'bucket'"), (NarrowType, "dest.cloud.resource.type = 'bucket'")])]
#[case::covers_what_does_not_exist("dest.cloud.resource.id COVERS 'arn:aws:s4:::data'",
    &[(NeverMatches, "dest.cloud.resource.id COVERS 'arn:aws:s4:::data'")])]
#[case::two_beginnings("source.cloud.resource.name STARTS WITH 'ab' AND source.cloud.resource.name STARTS WITH 'AC'",
    &[(NeverMatches, "source.cloud.resource.name STARTS WITH 'AC'")])]
#[case::a_longer_beginning("source.cloud.resource.name STARTS WITH 'a' AND source.cloud.resource.name STARTS WITH 'AC'", &[])]
#[case::two_ends("source.cloud.resource.name ENDS WITH 'x' AND source.cloud.resource.name ENDS WITH 'y'",
    &[(NeverMatches, "source.cloud.resource.name ENDS WITH 'y'")])]
fn remarks_point_at_what_they_mean(#[case] condition: &str, #[case] expected: &[(WarningCode, &str)]) {
    let found = warnings(condition);
    let found: Vec<_> = found.iter().map(|(code, text)| (*code, text.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn messages_say_what_is_possible_and_what_was_probably_meant() {
    let messages = |condition: &str| {
        let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
        let warnings = query.warnings(&World).into_iter();
        warnings.map(|warning| warning.message).collect::<Vec<_>>()
    };
    insta::assert_snapshot!(
        [
            "dest.cloud.resource.type = 'buckett'",
            "action.name = 's3:GetObjekt'",
            "action.name = 's3:GetObject' AND dest.cloud.resource.type = 'bucket'",
            "dest.cloud.resource.type = 'bucket'",
            "source.mfaenabled = false",
            "source.email = 'a'",
            "source.cloud.account != dest.cloud.account",
            "action.name STARTS WITH 's4:Get'",
            "action.name = 's3:*'",
            "action.name STARTS WITH 's3:Put*'",
            "dest.cloud.resource.type = '*bucket*'",
            "dest.cloud.resource.name STARTS WITH 'pay'",
            "grantedby.cloud.policy.condition('aws:userid') = 'AROA*'",
            "dest.cloud.resource.id COVERS 'arn:aws:s3:::data' AND action.name = 's3:GetObject'",
            "dest.cloud.resource.id COVERS 'arn:aws:s3:::data' AND dest.cloud.resource.type = 'object'",
            "dest.cloud.resource.id COVERS 'arn:aws:s4:::data'",
            "action.name = 's3:GetObject' AND action.access.level = 'Data Write'",
            "action.name STARTS WITH 'iam:' AND action.access.level = 'Data Read'",
            "action.name STARTS WITH 'old:' AND action.access.level = 'Data Read'",
        ]
        .map(|condition| messages(condition).join("\n"))
        .join("\n")
    );
}

#[test]
fn several_actions_in_one_string_are_to_be_written_as_a_list() {
    let message = |literal: &str| {
        let query = Query::parse(&format!("config from iam where action.name = '{literal}'")).unwrap();
        let mut warnings = query.warnings(&World).into_iter();
        warnings.find(|one| one.code == FusedLiteral).unwrap().message
    };
    let looks = "looks like several actions in one string";
    assert_eq!(
        message("s3:GetObject, iam:PassRole"),
        format!("`s3:GetObject, iam:PassRole` {looks}; write IN ('s3:GetObject', 'iam:PassRole')")
    );
    assert_eq!(
        message("s3:GetObjectiam:PassRole"),
        format!(
            "`s3:GetObjectiam:PassRole` {looks}; write each of them in quotes of its own, in a list behind IN"
        )
    );
}

#[test]
fn an_empty_inventory_is_the_first_warning() {
    struct Empty;
    impl KnownValues for Empty {
        fn nothing_imported(&self) -> Option<String> {
            Some("nothing was imported".into())
        }

        fn incomplete_principals(&self) -> Option<String> {
            Some("a policy is missing".into())
        }
    }
    let query =
        Query::parse("config from iam where source.public = true AND NOT NOT source.public = true").unwrap();
    let warnings = query.warnings(&Empty);
    assert_eq!(warnings[0].code, WarningCode::NothingImported);
    assert_eq!(warnings[1].code, WarningCode::IncompletePrincipals);
    assert_eq!(
        (warnings[0].position.offset, warnings[0].position.length),
        (22, 53)
    );
}

#[test]
fn nothing_is_unknown_to_an_implementation_without_knowledge() {
    let query =
        Query::parse("config from iam where action.name = 'x:Y' AND dest.cloud.type = 'GCP'").unwrap();
    assert_eq!(query.warnings(&()), []);
}

#[test]
fn remarks_are_counted_out() {
    let items = vec!["'a'"; 1000].join(",");
    let query = Query::parse(&format!(
        "config from iam where dest.cloud.resource.name IN ({items})"
    ))
    .unwrap();
    assert_eq!(query.warnings(&()).len(), MAX_WARNINGS);
}

#[test]
fn codes_are_written_as_documented() {
    let query = Query::parse("config from iam where dest.cloud.type = 'x'").unwrap();
    insta::assert_json_snapshot!(query.warnings(&()), @r#"
    [
      {
        "code": "NEVER_MATCHES",
        "message": "no row has `dest.cloud.type` = `x`",
        "position": {
          "offset": 40,
          "line": 1,
          "column": 41,
          "length": 3
        }
      }
    ]
    "#);
}
