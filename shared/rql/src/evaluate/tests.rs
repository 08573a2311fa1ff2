//! Tests the meaning of the language on a small world of six rows. Each line of the table is a statement about it.

use rstest::rstest;

use super::*;
use crate::{GroupedRow, Query, select};

struct Row {
    source: (&'static str, &'static str, Option<[&'static str; 2]>),
    entity: Option<(&'static str, &'static str)>,
    policy_type: &'static str,
    action: &'static str,
    dest: (&'static str, [&'static str; 2]),
    last_access: Number,
    grants: Vec<Grant>,
}

/// A condition: key, operator, values.
struct Grant(Vec<(&'static str, &'static str, Vec<&'static str>)>);

impl GrantView for Grant {
    fn any_key(&self, mut test: impl FnMut(&str, &str) -> bool) -> bool {
        self.0.iter().any(|(key, operator, _)| test(operator, key))
    }

    fn any_value(&self, mut test: impl FnMut(&str, &str, &str) -> bool) -> bool {
        self.0
            .iter()
            .any(|(key, operator, values)| values.iter().any(|value| test(operator, key, value)))
    }
}

impl RowView for Row {
    type Grant = Grant;

    fn any_text(&self, attribute: TextAttribute, mut test: impl FnMut(&str) -> bool) -> bool {
        if attribute == TextAttribute::SourceAccount {
            return self
                .source
                .2
                .is_some_and(|spellings| spellings.into_iter().any(test));
        }
        if attribute == TextAttribute::DestAccount {
            return self.dest.1.into_iter().any(test);
        }
        if attribute == TextAttribute::SourceAccountGroup {
            return self.source.0 == "alice" && ["Core", "Payments"].into_iter().any(test);
        }
        let values = [
            (TextAttribute::SourceResourceName, Some(self.source.0)),
            (TextAttribute::SourceResourceType, Some(self.source.1)),
            (
                TextAttribute::SourceIdpService,
                (self.source.0 == "bob").then_some("AZURE_AD"),
            ),
            (TextAttribute::DestResourceId, Some(self.dest.0)),
            (
                TextAttribute::DestResourceName,
                Some(self.dest.0.trim_start_matches("arn:aws:s3:::")),
            ),
            (TextAttribute::EntityName, self.entity.map(|entity| entity.0)),
            (TextAttribute::EntityType, self.entity.map(|entity| entity.1)),
            (TextAttribute::PolicyType, Some(self.policy_type)),
            (TextAttribute::ActionName, Some(self.action)),
        ];
        values
            .into_iter()
            .any(|(name, value)| name == attribute && value.is_some_and(&mut test))
    }

    fn covers(&self, resource: &str) -> bool {
        let start = self.dest.0.trim_end_matches('*');
        self.dest.0 == resource || (start != self.dest.0 && resource.starts_with(start))
    }

    fn account_id(&self, side: Side) -> Option<&str> {
        match side {
            Side::Source => self.source.2.map(|[_, id]| id),
            Side::Dest => Some(self.dest.1[1]),
        }
    }

    fn flag(&self, attribute: BoolAttribute) -> Option<bool> {
        if attribute == BoolAttribute::SourcePublic {
            return Some(self.source.2.is_none());
        }
        (self.source.1 == "user").then_some(self.source.0 == "alice")
    }

    fn number(&self, attribute: IntAttribute) -> Number {
        if attribute == IntAttribute::ActionLastAccessDays {
            self.last_access
        } else {
            Number::Absent
        }
    }

    fn any_tag(&self, attribute: TagAttribute, mut test: impl FnMut(&str, &str) -> bool) -> bool {
        attribute == TagAttribute::SourceResourceTag && self.source.0 == "alice" && test("Team", "Data")
    }

    fn any_grant(&self, test: impl FnMut(&Grant) -> bool) -> bool {
        self.grants.iter().any(test)
    }
}

impl GroupedRow for Row {
    type Group = (&'static str, Option<(&'static str, &'static str)>);

    fn group(&self) -> Self::Group {
        (self.source.0, self.entity)
    }
}

const PRODUCTION: [&str; 2] = ["Production", "111122223333"];
const SANDBOX: [&str; 2] = ["Sandbox", "444455556666"];
const ANY: [&str; 2] = ["*", "*"];

/// Returns six rows as of 2026-03-31.
fn rows() -> Vec<Row> {
    let alice = ("alice", "user", Some(PRODUCTION));
    let build = ("build", "function", Some(SANDBOX));
    let dev = Some(("dev", "group"));
    let deploy = Some(("deploy", "role"));
    let (managed, inline) = ("Customer Managed Policy", "Inline Policy");
    let app = ("arn:aws:iam::111122223333:role/app", PRODUCTION);
    let row = |source, entity, policy_type, action, dest, last_access, conditions| Row {
        source,
        entity,
        policy_type,
        action,
        dest,
        last_access,
        grants: vec![Grant(conditions)],
    };
    vec![
        row(
            alice,
            dev,
            managed,
            "s3:GetObject",
            ("*", ANY),
            Number::Known(1),
            vec![],
        ),
        row(
            alice,
            dev,
            managed,
            "s3:PutObject",
            ("arn:aws:s3:::logs/*", PRODUCTION),
            Number::Never,
            vec![("aws:SourceIp", "IpAddress", vec!["10.0.0.0/8"])],
        ),
        row(
            build,
            deploy,
            inline,
            "iam:PassRole",
            app,
            Number::Known(150),
            vec![],
        ),
        row(
            build,
            deploy,
            inline,
            "ec2:RunInstances",
            ("*", ANY),
            Number::Absent,
            vec![],
        ),
        row(
            ("*", "*", None),
            None,
            "Resource-based Policy",
            "s3:GetObject",
            ("arn:aws:s3:::site/*", PRODUCTION),
            Number::Absent,
            vec![("aws:SourceVpce", "StringEquals", vec!["vpce-1"])],
        ),
        row(
            ("bob", "user", Some(PRODUCTION)),
            Some(("bob", "user")),
            inline,
            "iam:PassRole",
            app,
            Number::Known(30),
            vec![("iam:PassedToService", "StringEquals", vec!["ec2.amazonaws.com"])],
        ),
    ]
}

/// Returns the numbers of the selected rows, from 1.
fn selected(condition: &str) -> Vec<usize> {
    let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
    select(&query, &rows())
        .into_iter()
        .map(|index| index + 1)
        .collect()
}

#[rstest]
#[case("dest.cloud.resource.name = '*'", &[1, 4])]
#[case("dest.cloud.resource.name LIKE 'logs/*'", &[1, 2, 4])]
#[case("dest.cloud.resource.id = '*'", &[1, 4])]
#[case("dest.cloud.wildcardscope = true", &[1, 2, 4, 5])]
#[case("dest.cloud.wildcardscope != true", &[3, 6])]
#[case("dest.cloud.account = 'production'", &[2, 3, 5, 6])]
#[case("dest.cloud.account LIKE '111122223333'", &[1, 2, 3, 4, 5, 6])]
#[case("dest.cloud.account NOT LIKE 'Sandbox'", &[2, 3, 5, 6])]
#[case("source.cloud.account != dest.cloud.account", &[1, 3, 4, 5])]
#[case("dest.cloud.account = source.cloud.account", &[2, 6])]
#[case("source.cloud.account != dest.cloud.account AND dest.cloud.account != '*'", &[3, 5])]
#[case("source.cloud.account != 'PRODUCTION'", &[3, 4, 5])]
#[case("source.cloud.account != '111122223333'", &[3, 4, 5])]
#[case("action.name CONTAINS ALL ('iam:PassRole', 'ec2:RunInstances')", &[3, 4])]
#[case("action.name CONTAINS ALL ('iam:passrole') AND action.name CONTAINS ALL ('ec2:runinstances')", &[3, 4])]
#[case("action.name CONTAINS ALL ('iam:PassRole', 'IAM:PASSROLE')", &[3, 6])]
#[case("action.name CONTAINS ALL ('iam:PassRole', 'ec2:RunInstances') AND dest.cloud.account != '*'", &[])]
#[case("action.name CONTAINS ALL ('iam:PassRole', 'ec2:RunInstances') OR source.public = true", &[3, 4, 5])]
#[case("(action.name CONTAINS ALL ('s3:GetObject', 's3:PutObject')) OR action.name CONTAINS ALL ('iam:PassRole')", &[1, 2, 3, 6])]
#[case("action.lastaccess.days > 90", &[2, 3])]
#[case("action.lastaccess.days <= 30", &[1, 6])]
#[case("action.lastaccess.days >= 4294967295", &[2])]
#[case("action.lastaccess.days = 30", &[6])]
#[case("action.lastaccess.days != 30", &[1, 2, 3, 4, 5])]
#[case("action.lastaccess.days < 30", &[1])]
#[case("NOT action.lastaccess.days <= 30", &[2, 3, 4, 5])]
#[case("grantedby.cloud.policy.condition does not exist", &[1, 3, 4])]
#[case("grantedby.cloud.policy.condition exists", &[2, 5, 6])]
#[case("grantedby.cloud.policy.condition('aws:sourceip') exists", &[2])]
#[case("grantedby.cloud.policy.condition('aws:sourceip') does not exist", &[1, 3, 4, 5, 6])]
#[case("grantedby.cloud.policy.condition('aws:sourceip', 'StringEquals') exists", &[])]
#[case("grantedby.cloud.policy.condition('iam:PassedToService') != 'lambda.amazonaws.com'", &[6])]
#[case("grantedby.cloud.policy.condition('iam:PassedToService') NOT IN ('EC2.amazonaws.com')", &[])]
#[case("NOT grantedby.cloud.policy.condition('iam:PassedToService') = 'ec2.amazonaws.com'", &[1, 2, 3, 4, 5])]
#[case("grantedby.cloud.entity.type NOT IN ('user')", &[1, 2, 3, 4, 5])]
#[case("grantedby.cloud.entity.name != 'dev'", &[3, 4, 5, 6])]
#[case("action.name STARTS WITH 's3:' AND (source.public = true OR dest.cloud.resource.id ENDS WITH 'logs/*')", &[2, 5])]
#[case("action.name DOES NOT CONTAIN 'OBJECT'", &[3, 4, 6])]
#[case("source.cloud.accountgroup = 'payments'", &[1, 2])]
#[case("source.cloud.accountgroup != 'payments'", &[3, 4, 5, 6])]
#[case("source.idp.service = 'azure active directory'", &[6])]
#[case("source.idp.service = 'azure_ad'", &[6])]
#[case("source.idp.service != 'Azure Active Directory'", &[1, 2, 3, 4, 5])]
#[case("source.mfaenabled = false", &[6])]
#[case("source.mfaenabled != true", &[3, 4, 5, 6])]
#[case("source.cloud.resource.tag('team') EXISTS", &[1, 2])]
#[case("source.cloud.resource.tag('TEAM') = 'data'", &[1, 2])]
#[case("source.cloud.resource.tag('team') != 'data'", &[3, 4, 5, 6])]
#[case("source.cloud.resource.tag('owner') DOES NOT EXIST", &[1, 2, 3, 4, 5, 6])]
fn rows_are_selected(#[case] condition: &str, #[case] expected: &[usize]) {
    assert_eq!(selected(condition), expected);
}

#[test]
fn not_is_the_exact_complement() {
    for condition in [
        "source.public = true",
        "grantedby.cloud.entity.name STARTS WITH 'd'",
        "action.lastaccess.days > 3",
        "grantedby.cloud.policy.condition('aws:SourceIp') != '10.0.0.0/8'",
        "source.cloud.resource.tag('team') NOT IN ('data')",
    ] {
        let mut both = selected(condition);
        both.extend(selected(&format!("NOT {condition}")));
        both.sort_unstable();
        assert_eq!(both, [1, 2, 3, 4, 5, 6], "{condition}");
    }
}

#[rstest]
#[case::plain("IpAddress", "IpAddress", true)]
#[case::case("ipaddress", "IpAddress", true)]
#[case::if_exists("IpAddress", "IpAddressIfExists", true)]
#[case::set("StringLike", "ForAnyValue:StringLike", true)]
#[case::both("StringLike", "ForAllValues:StringLikeIfExists", true)]
#[case::qualified_is_itself("IpAddressIfExists", "IpAddressIfExists", true)]
#[case::qualified_is_not_plain("IpAddressIfExists", "IpAddress", false)]
#[case::half_qualified("ForAnyValue:StringLike", "ForAnyValue:StringLikeIfExists", false)]
#[case::other("IpAddress", "NotIpAddress", false)]
fn a_plain_condition_operator_covers_its_qualified_forms(
    #[case] wanted: &str,
    #[case] operator: &str,
    #[case] covered: bool,
) {
    let key = ConditionKey::KeyAndOperator(crate::Literal::new("aws:k"), crate::Literal::new(wanted));
    assert_eq!(key.covers(operator, "AWS:K"), covered);
    assert!(!key.covers(operator, "aws:other"));
}

#[rstest]
#[case("action.name = 'a'", &["A"], true)]
#[case("action.name = 'a'", &["b", "a"], true)]
#[case("action.name = 'a'", &[], false)]
#[case("action.name != 'a'", &[], true)]
#[case("action.name DOES NOT START WITH 'a'", &["b", "ab"], false)]
fn a_test_of_text_can_be_asked_alone(
    #[case] condition: &str,
    #[case] spellings: &[&str],
    #[case] holds: bool,
) {
    let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
    query.expression().visit(&mut |predicate| {
        let Predicate::Text { test, .. } = predicate else {
            panic!("{condition} is no test of text")
        };
        assert_eq!(test.holds(spellings.iter().copied()), holds);
    });
}

#[test]
fn one_granting_statement_is_enough() {
    let mut row = rows().remove(1);
    row.grants.push(Grant(vec![(
        "aws:SourceIp",
        "NotIpAddress",
        vec!["10.1.0.0/16", "10.2.0.0/16"],
    )]));
    let holds = |condition: &str| {
        let query = Query::parse(&format!(
            "config from iam where grantedby.cloud.policy.{condition}"
        ))
        .unwrap();
        evaluate(query.expression(), &row)
    };
    assert!(holds("condition('aws:SourceIp', 'NotIpAddress') = '10.2.0.0/16'"));
    assert!(
        holds("condition('aws:SourceIp', 'IpAddress') DOES NOT EXIST"),
        "the second statement lacks it"
    );
    assert!(holds("condition('aws:SourceIp') != '10.0.0.0/8'"));
    assert!(!holds("condition DOES NOT EXIST"));
    assert!(!holds(
        "condition('aws:SourceIp') NOT IN ('10.0.0.0/8', '10.1.0.0/16', '10.2.0.0/16')"
    ));
}
