//! Tests who can become an administrator against a slow search of this file, which decides single requests.
//!
//! The search knows nothing of tables, classes and sets: it asks `iam::evaluate` about one request after the other, and adds
//! what was gained to what somebody has until nothing is added.

use super::administrator_paths::reach;
use super::administrator_realm::{Asker, HOME, LIMITS, PRINCIPALS, Realm, arn, compiled, realm};
use crate::aws::EffectivePermissions;
use crate::aws::escalation::{AdministratorPaths, Reach};
use crate::aws::tests::selected;
use crate::row::RowResult;
use iam::context::Context;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Searches with all that is allowed, or with all that is allowed or conditional.
struct Search<'r> {
    realm: &'r Realm,
    certain: bool,
}

impl Search<'_> {
    fn passes(&self, outcome: Option<bool>) -> bool {
        outcome.is_some_and(|certain| certain || !self.certain)
    }

    fn can_with(&self, asker: Asker, action: &str, resource: &str, known: &Context) -> bool {
        self.passes(self.realm.decide(asker, action, resource, known))
    }

    fn can(&self, asker: Asker, action: &str, resource: &str) -> bool {
        self.can_with(asker, action, resource, &Context::open())
    }

    /// Returns whether a principal that may do everything can still change policies.
    fn administers(&self, asker: Asker) -> bool {
        let account = PRINCIPALS[asker.principal].0;
        let new =
            |action: &str, kind: &str| self.can(asker, action, &format!("arn:aws:iam::{account}:{kind}/new"));
        ["Attach", "Put"].iter().any(|verb| {
            ["User", "Role", "Group"]
                .iter()
                .any(|kind| new(&format!("iam:{verb}{kind}Policy"), &kind.to_lowercase()))
        }) || new("iam:CreatePolicyVersion", "policy")
    }

    /// Returns whether a principal would be an administrator with a policy that allows everything.
    fn raisable(&self, asker: Asker) -> bool {
        self.administers(Asker {
            raised: true,
            ..asker
        })
    }

    fn changes_policies_of(&self, by: Asker, other: usize) -> bool {
        let (account, kind, name) = PRINCIPALS[other];
        if account != PRINCIPALS[by.principal].0 {
            return false;
        }
        let word = if kind == "user" { "User" } else { "Role" };
        let bound = if self.realm.bounded[other] {
            Context::open().with(
                "iam:PermissionsBoundary",
                [format!("arn:aws:iam::{account}:policy/b")],
            )
        } else {
            Context::open().without("iam:PermissionsBoundary")
        };
        let attached = bound
            .clone()
            .with("iam:PolicyARN", ["arn:aws:iam::aws:policy/AdministratorAccess"]);
        self.can_with(by, &format!("iam:Put{word}Policy"), &arn(other), &bound)
            || self.can_with(by, &format!("iam:Attach{word}Policy"), &arn(other), &attached)
            || (self.realm.holder == other
                && self.can(
                    by,
                    "iam:CreatePolicyVersion",
                    &format!("arn:aws:iam::{HOME}:policy/held"),
                ))
            || (self.realm.holder == other
                && !self.certain
                && self.can(
                    by,
                    "iam:SetDefaultPolicyVersion",
                    &format!("arn:aws:iam::{HOME}:policy/held"),
                ))
            || (name == "ann" && self.changes_group(by, "members"))
    }

    fn changes_group(&self, by: Asker, group: &str) -> bool {
        let arn = format!("arn:aws:iam::{HOME}:group/{group}");
        PRINCIPALS[by.principal].0 == HOME
            && (self.can(by, "iam:PutGroupPolicy", &arn) || self.can(by, "iam:AttachGroupPolicy", &arn))
    }

    fn acts_as(&self, by: Asker, other: usize) -> bool {
        let (account, kind, _) = PRINCIPALS[other];
        let own_account = account == PRINCIPALS[by.principal].0;
        if kind == "user" {
            let known = if self.realm.bounded[other] {
                Context::open().with(
                    "iam:PermissionsBoundary",
                    [format!("arn:aws:iam::{account}:policy/b")],
                )
            } else {
                Context::open().without("iam:PermissionsBoundary")
            };
            return own_account
                && [
                    "iam:CreateAccessKey",
                    "iam:CreateLoginProfile",
                    "iam:UpdateLoginProfile",
                ]
                .iter()
                .any(|action| self.can_with(by, action, &arn(other), &known));
        }
        if self.can(by, "sts:AssumeRole", &arn(other)) {
            return true;
        }
        own_account
            && (self.can(by, "iam:UpdateAssumeRolePolicy", &arn(other)) || self.acts_by_service(by, other))
    }

    fn acts_by_service(&self, by: Asker, role: usize) -> bool {
        let account = PRINCIPALS[role].0;
        let any = |service: &str, actions: &[&str]| {
            let resource = |action: &str| match action.split_once(':').unwrap() {
                ("lambda", "CreateEventSourceMapping") => "*".to_owned(),
                ("lambda", _) => format!("arn:aws:lambda:eu-west-1:{account}:function:new"),
                _ => format!(
                    "arn:aws:{}:eu-west-1:{account}:instance/i-1",
                    action.split(':').next().unwrap()
                ),
            };
            let _ = service;
            actions
                .iter()
                .all(|action| self.can(by, action, &resource(action)))
        };
        let lambda = "lambda.amazonaws.com";
        let passes = |service: &str| {
            self.passes(self.realm.trusts(role, service))
                && self.can_with(
                    by,
                    "iam:PassRole",
                    &arn(role),
                    &Context::open().with("iam:PassedToService", [service]),
                )
        };
        let new_function = [
            "lambda:InvokeFunction",
            "lambda:CreateEventSourceMapping",
            "lambda:AddPermission",
        ]
        .iter()
        .any(|second| any(lambda, &["lambda:CreateFunction", second]))
            || any(lambda, &["lambda:UpdateFunctionConfiguration"]);
        let new_instance = any("ec2.amazonaws.com", &["ec2:RunInstances"]);
        let runs = |service: &str, actions: &[&str]| {
            !self.certain
                && self.passes(self.realm.trusts(role, service))
                && actions.iter().any(|action| any(service, &[action]))
        };
        (passes(lambda) && new_function)
            || (passes("ec2.amazonaws.com") && new_instance)
            || runs(
                lambda,
                &["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"],
            )
            || runs(
                "ec2.amazonaws.com",
                &["ssm:SendCommand", "ec2:ModifyInstanceAttribute"],
            )
    }

    fn lifts(&self, by: Asker, other: usize) -> bool {
        let (account, kind, _) = PRINCIPALS[other];
        let word = if kind == "user" { "User" } else { "Role" };
        account == PRINCIPALS[by.principal].0
            && ["Delete", "Put"]
                .iter()
                .any(|verb| self.can(by, &format!("iam:{verb}{word}PermissionsBoundary"), &arn(other)))
    }

    fn makes_administrator(&self, by: Asker) -> bool {
        let account = PRINCIPALS[by.principal].0;
        let on = |action: &str, kind: &str| {
            self.can(
                by,
                &format!("iam:{action}"),
                &format!("arn:aws:iam::{account}:{kind}/new"),
            )
        };
        let user = on("CreateUser", "user")
            && (on("AttachUserPolicy", "user") || on("PutUserPolicy", "user"))
            && (on("CreateAccessKey", "user") || on("CreateLoginProfile", "user"));
        let role =
            on("CreateRole", "role") && (on("AttachRolePolicy", "role") || on("PutRolePolicy", "role"));
        let set = !self.certain
            && self.can(
                by,
                "sso:CreateAccountAssignment",
                "arn:aws:sso:::instance/ssoins-1",
            );
        user || role || set
    }

    /// Returns whether a principal can become an administrator.
    fn reaches(&self, start: usize) -> bool {
        let mut captured = BTreeSet::from([Asker {
            principal: start,
            lifted: false,
            raised: false,
        }]);
        loop {
            for &one in &captured {
                if (self.realm.holds_everything(one.principal) && self.administers(one))
                    || self.makes_administrator(one)
                {
                    return true;
                }
                for &other in &captured {
                    if self.changes_policies_of(one, other.principal) && self.raisable(other) {
                        return true;
                    }
                }
                for (group, statements) in ["members", "empty"].iter().zip(&self.realm.groups) {
                    let arn = format!("arn:aws:iam::{HOME}:group/{group}");
                    let gives = statements.contains(&LIMITS[0])
                        || captured.iter().any(|by| self.changes_group(*by, group));
                    let joins =
                        PRINCIPALS[one.principal].0 == HOME && self.can(one, "iam:AddUserToGroup", &arn);
                    let mut users = captured
                        .iter()
                        .filter(|user| PRINCIPALS[user.principal].1 == "user");
                    if gives && joins && users.any(|user| self.raisable(*user)) {
                        return true;
                    }
                }
            }
            let mut next = captured.clone();
            for &one in &captured {
                for other in 0..PRINCIPALS.len() {
                    let plain = Asker {
                        principal: other,
                        lifted: false,
                        raised: false,
                    };
                    if self.acts_as(one, other) {
                        next.insert(plain);
                    }
                    if self.realm.bounded[other] && captured.contains(&plain) && self.lifts(one, other) {
                        next.insert(Asker {
                            lifted: true,
                            ..plain
                        });
                    }
                }
            }
            if next == captured {
                return false;
            }
            captured = next;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 3))]

    #[test]
    fn a_source_reaches_administrator_exactly_when_a_search_over_requests_does(realm in realm()) {
        let snapshot = compiled(&realm.inventory());
        let paths = AdministratorPaths::of(&snapshot);
        for start in 0..PRINCIPALS.len() {
            let certain = Search { realm: &realm, certain: true }.reaches(start);
            let possible = Search { realm: &realm, certain: false }.reaches(start);
            let expected = match (certain, possible) {
                (true, _) => Some(Reach::Certain),
                (false, true) => Some(Reach::Conditional),
                (false, false) => None,
            };
            prop_assert_eq!(reach(&snapshot, &paths, &arn(start)), expected, "{}", arn(start));
        }
    }

    #[test]
    fn every_step_of_a_path_is_made_by_somebody_who_was_captured_and_needs_rows_that_exist(realm in realm()) {
        let effective = EffectivePermissions::from(compiled(&realm.inventory()));
        let rows = selected::explained(&effective, "source.reachesadministrator = true");
        let ids: BTreeSet<String> = selected::rows(&effective).iter().map(|row| row.id.clone()).collect();
        let mut seen = BTreeSet::new();
        for row in rows.iter().filter(|row| seen.insert(row.source_resource_id)) {
            let path = row.explanation.as_ref().unwrap().administrator_path.as_ref();
            prop_assert!(path.is_some(), "{}", row.source_resource_id);
            let path = path.unwrap();
            let mut captured = BTreeSet::from([row.source_resource_id.to_owned()]);
            for step in &path.steps {
                prop_assert!(captured.contains(&step.source), "{:?}", path);
                prop_assert!(!step.rows.is_empty(), "{:?}", path);
                prop_assert!(path.result == RowResult::Conditional || step.result == RowResult::Allowed, "{:?}", path);
                captured.extend(step.gains.clone());
                for needed in &step.rows {
                    prop_assert!(needed.id.as_ref().is_none_or(|id| ids.contains(id)), "{:?}", needed);
                }
            }
            prop_assert!(path.administrator.as_ref().is_none_or(|one| captured.contains(one)), "{:?}", path);
        }
    }
}
