//! Rows that are known in full, against the hypotheses that describe their kind.

use super::{condition, known_realm, sample};
use crate::aws::data::DestinationService;
use crate::aws::hypothesis::{AccountFact, ActionFact, GrantFact, Hypothesis, Known, SourceFact};
use crate::aws::tests::sample_account::{TODAY, effective};
use crate::aws::tests::sample_organization::{HOME, OTHER};
use proptest::prelude::*;
use rql::{
    BoolAttribute, IntAttribute, Number, Query, RowView, Side, TagAttribute, TextAttribute, Unconditional,
};

proptest! {
    /// A row of the kind that a hypothesis describes, in full: if the language selects it, the hypothesis can satisfy the query.
    #[test]
    fn a_hypothesis_holds_for_every_row_of_its_kind(
        condition in prop_oneof![condition(), crate::aws::tests::queries::query()],
        row in row(),
    ) {
        let effective = effective(&known_realm(&sample()));
        let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
        let known = Known {
            names: &effective.snapshot().account_names,
            sources: Some((&effective, TODAY)),
        };
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

    /// Returns everything that can be said of the row, from nothing to much.
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

impl RowView for Row {
    type Grant = Unconditional;

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
            TextAttribute::DestResourceId | TextAttribute::PolicyId => test(&self.dest()),
            TextAttribute::ActionName => test(self.action),
            TextAttribute::PolicyType => test(if self.has_entity {
                "Inline Policy"
            } else {
                "Resource-based Policy"
            }),
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
        test(&Unconditional)
    }
}
