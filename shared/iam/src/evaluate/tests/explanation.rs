//! Reasons, reservations and joined answers.

use super::world::{ALLOW_ALL, ALLOW_EC2, BUCKET, DENY_ALL, policy, user};
use crate::arn::Resource;
use crate::condition::Expression;
use crate::context::Context;
use crate::document::{Document, PolicyKind};
use crate::evaluate::{
    ActionScope, Attached, Decision, Flag, Layer, Layers, NotModelled, OrganizationPolicies, Outcome,
    Request, ResourcePolicy, StatementRef, evaluate,
};
use crate::matching::Principal;
use crate::policy::Policy;

fn decision_of<R>(world: &super::world::World, read: impl FnOnce(Decision<'_>) -> R) -> R {
    world.ask("s3:GetObject", BUCKET, ActionScope::Unchecked, read)
}

#[test]
fn the_statements_that_allowed_are_named() {
    let world = user()
        .identity(&format!(
            "{ALLOW_EC2},{{'Sid':'Read','Effect':'Allow','Action':'s3:Get*','Resource':'*'}}"
        ))
        .service_control(&[ALLOW_ALL]);
    decision_of(&world, |decision| {
        let allowed = [
            StatementRef {
                layer: Layer::Identity,
                policy: "identity",
                statement: 1,
                sid: Some("Read"),
                group: None,
            },
            StatementRef {
                layer: Layer::ServiceControl(0),
                policy: "scp",
                statement: 0,
                sid: None,
                group: None,
            },
        ];
        assert_eq!(
            (decision.outcome, decision.allowed_by),
            (Outcome::Allowed, allowed.to_vec())
        );
        assert!(decision.denied_by.is_empty() && decision.limited_by.is_empty() && decision.flags.is_empty());
    });
}

#[test]
fn a_deny_is_named_alone() {
    let world = user()
        .identity(ALLOW_ALL)
        .service_control(&[ALLOW_ALL, &format!("{ALLOW_ALL},{DENY_ALL}")]);
    decision_of(&world, |decision| {
        assert_eq!(decision.outcome, Outcome::ExplicitDeny);
        assert!(decision.allowed_by.is_empty());
        let denied: Vec<(Layer, usize)> = decision
            .denied_by
            .iter()
            .map(|one| (one.layer, one.statement))
            .collect();
        assert_eq!(denied, [(Layer::ServiceControl(1), 1)]);
    });
}

#[test]
fn layers_that_limit_are_named() {
    let world = user()
        .identity(ALLOW_ALL)
        .boundary(ALLOW_EC2)
        .service_control(&[ALLOW_ALL, ALLOW_EC2]);
    decision_of(&world, |decision| {
        assert_eq!(decision.outcome, Outcome::ImplicitDeny);
        assert_eq!(decision.limited_by, [Layer::Boundary, Layer::ServiceControl(1)]);
    });
}

#[test]
fn what_is_not_known_is_flagged() {
    let principal = Principal::parse(super::world::USER).unwrap();
    let broken =
        r#"{"Statement":[{"Effect":"Deny","Action":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let broken = Document::parse(broken, PolicyKind::Identity).unwrap();
    let broken = Policy::compile(&broken.document, PolicyKind::Identity);
    let identity = [Attached {
        policy: &broken,
        name: "broken",
        group: Some("staff"),
    }];
    let layers = Layers {
        service_control: OrganizationPolicies::NotSupplied,
        resource_control: OrganizationPolicies::NotSupplied,
        resource: ResourcePolicy::NotSupplied,
        incomplete: true,
        ..Layers::identity(&identity)
    };
    let keys = Context::closed();
    let request = Request::new(
        &principal,
        "s3:GetObject",
        Resource::parse(BUCKET).unwrap(),
        &keys,
    );
    let decision = evaluate(&request, &layers);
    assert_eq!(decision.outcome, Outcome::Allowed);
    assert_eq!(
        decision.allowed_by.first().and_then(|one| one.group),
        Some("staff")
    );
    assert_eq!(
        decision.flags,
        [
            Flag::Incomplete,
            Flag::InvalidDeny("broken"),
            Flag::ServiceControlNotEvaluated,
            Flag::ResourceControlNotEvaluated,
            Flag::ResourcePolicyNotEvaluated,
            Flag::OwnerAssumed,
        ]
    );
    assert_eq!(
        decision.not_modelled,
        [
            NotModelled::S3AccessControlLists,
            NotModelled::VpcEndpointPolicies
        ]
    );
}

#[test]
fn a_deny_that_hangs_on_something_is_flagged() {
    let deny =
        "{'Effect':'Deny','Action':'*','Resource':'*','Condition':{'Bool':{'aws:ViaAWSService':'false'}}}";
    let world = user().identity(ALLOW_ALL).identity(deny).knowing(Context::open());
    decision_of(&world, |decision| {
        assert!(matches!(decision.outcome, Outcome::Conditional(_)));
        assert_eq!(decision.flags, [Flag::ConditionalDeny]);
        assert_eq!(decision.denied_by.len(), 1);
    });
}

#[test]
fn a_variable_without_value_is_flagged() {
    let resource = "{'Effect':'Allow','Action':'*','Resource':'arn:aws:s3:::${aws:none}/*'}";
    let value = "{'Effect':'Deny','Action':'s3:*','Resource':'*','Condition':{'StringNotEquals':{'k':'${aws:none}'}}}";
    let other_action = "{'Effect':'Allow','Action':'ec2:*','Resource':'arn:aws:s3:::${aws:none}/*'}";
    let flags = |statement: &str| {
        decision_of(&user().identity(statement), |decision| {
            decision.flags.contains(&Flag::VariableWithoutValue("identity"))
        })
    };
    assert_eq!(
        (flags(resource), flags(value), flags(other_action)),
        (true, true, false)
    );
}

#[test]
fn an_unknown_operator_neither_allows_nor_denies_for_certain() {
    let condition = "'Condition':{'StringMatches':{'k':'v'}}";
    let allow = format!("{{'Effect':'Allow','Action':'*','Resource':'*',{condition}}}");
    let deny = format!("{{'Effect':'Deny','Action':'*','Resource':'*',{condition}}}");
    assert!(matches!(user().identity(&allow).reads(), Outcome::Conditional(_)));
    assert!(matches!(
        user().identity(ALLOW_ALL).identity(&deny).reads(),
        Outcome::Conditional(_)
    ));
    assert_eq!(
        user().identity(&allow).identity(&deny).reads(),
        Outcome::ImplicitDeny
    );
}

#[test]
fn all_resources_of_one_call_must_pass() {
    let world = user().identity(
        "{'Effect':'Allow','Action':'*','Resource':'arn:aws:ec2:*:*:instance/*'},
         {'Effect':'Allow','Action':'*','Resource':'arn:aws:ec2:*:*:subnet/*','Condition':{'Bool':{'k':'true'}}}",
    );
    let world = world.knowing(Context::open());
    let outcome = |resources: &[&str]| {
        let decisions = resources.iter().map(|resource| {
            let arn = format!("arn:aws:ec2:eu-west-1:111111111111:{resource}");
            world.ask("ec2:RunInstances", &arn, ActionScope::Unchecked, |decision| {
                Decision {
                    outcome: decision.outcome,
                    allowed_by: Vec::new(),
                    denied_by: Vec::new(),
                    limited_by: Vec::new(),
                    flags: Vec::new(),
                    not_modelled: Vec::new(),
                }
            })
        });
        Decision::all(decisions).map(|decision| decision.outcome)
    };
    assert_eq!(outcome(&["instance/i", "instance/j"]), Some(Outcome::Allowed));
    assert!(matches!(
        outcome(&["instance/i", "subnet/s"]),
        Some(Outcome::Conditional(Expression::Atom(_)))
    ));
    assert_eq!(
        outcome(&["instance/i", "subnet/s", "image/a"]),
        Some(Outcome::ImplicitDeny)
    );
    assert_eq!(outcome(&[]), None);
}

#[test]
fn a_policy_is_compiled_once_and_attached_often() {
    let shared = policy(PolicyKind::Identity, ALLOW_ALL);
    let identity = [
        Attached::new(&shared, "a"),
        Attached {
            group: Some("g"),
            ..Attached::new(&shared, "a")
        },
    ];
    let principal = Principal::parse(super::world::USER).unwrap();
    let keys = Context::closed();
    let request = Request::new(
        &principal,
        "s3:GetObject",
        Resource::parse(BUCKET).unwrap(),
        &keys,
    );
    let groups: Vec<_> = evaluate(&request, &Layers::identity(&identity))
        .allowed_by
        .iter()
        .map(|one| one.group)
        .collect();
    assert_eq!(groups, [None, Some("g")]);
}
