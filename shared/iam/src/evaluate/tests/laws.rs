//! Laws that hold in every world.

use super::world::{DENY_ALL, World, role, user};
use crate::context::Context;
use crate::evaluate::Outcome;
use proptest::prelude::*;

#[derive(Debug, Clone)]
struct Rule {
    effect: &'static str,
    action: (&'static str, &'static str),
    resource: (&'static str, &'static str),
    condition: Option<(&'static str, &'static str, &'static str)>,
}

impl Rule {
    fn json(&self) -> String {
        let condition = self.condition.map_or_else(String::new, |(operator, key, value)| {
            format!(",'Condition':{{'{operator}':{{'{key}':'{value}'}}}}")
        });
        format!(
            "{{'Effect':'{}','{}':'{}','{}':'{}'{condition}}}",
            self.effect, self.action.0, self.action.1, self.resource.0, self.resource.1
        )
    }
}

fn rule(effect: &'static [&'static str]) -> impl Strategy<Value = Rule> {
    let select = |from: &'static [&'static str]| proptest::sample::select(from);
    let condition = (
        select(&[
            "StringEquals",
            "StringNotEquals",
            "StringLikeIfExists",
            "Null",
            "ForAllValues:StringEquals",
        ]),
        select(&["a", "b"]),
        select(&["1", "2", "true", "${b}"]),
    );
    (
        select(effect),
        (
            select(&["Action", "NotAction"]),
            select(&["*", "s3:*", "s3:Get*", "s3:GetObject", "*:*Object", "ec2:*"]),
        ),
        (
            select(&["Resource", "NotResource"]),
            select(&[
                "*",
                "arn:aws:s3:::*",
                "arn:aws:s3:::b/*",
                "arn:aws:s3:::b/k",
                "arn:aws:s3",
                "arn:aws:s3:::b/${a}",
            ]),
        ),
        proptest::option::of(condition),
    )
        .prop_map(|(effect, action, resource, condition)| Rule {
            effect,
            action,
            resource,
            condition,
        })
}

fn rules(effect: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<Rule>> {
    proptest::collection::vec(rule(effect), 0..most)
}

const BOTH: &[&str] = &["Allow", "Deny"];
const ALLOW: &[&str] = &["Allow"];
const DENY: &[&str] = &["Deny"];

fn joined(rules: &[Rule]) -> String {
    rules.iter().map(Rule::json).collect::<Vec<_>>().join(",")
}

fn key() -> impl Strategy<Value = Option<Vec<&'static str>>> {
    proptest::option::of(proptest::collection::vec(
        proptest::sample::select(vec!["1", "2", "k"]),
        0..2,
    ))
}

fn context(a: Option<&Vec<&'static str>>, b: Option<&Vec<&'static str>>) -> Context {
    let mut context = Context::open();
    for (name, values) in [("a", a), ("b", b)] {
        if let Some(values) = values {
            context.add(name, values.iter().copied());
        }
    }
    context
}

const QUESTIONS: [(&str, &str); 6] = [
    ("s3:GetObject", "arn:aws:s3:::b/k"),
    ("s3:PutObject", "arn:aws:s3:::b/1"),
    ("s3:GetBucketAcl", "arn:aws:s3:::b"),
    ("s3:ListAllMyBuckets", "*"),
    ("ec2:RunInstances", "arn:aws:ec2:r:111111111111:instance/i"),
    ("new:Thing", "*"),
];

fn all_outcomes(world: &World) -> Vec<Outcome> {
    QUESTIONS
        .iter()
        .map(|(action, resource)| world.outcome(action, resource))
        .collect()
}

fn allowed(world: &World) -> Vec<bool> {
    all_outcomes(world)
        .iter()
        .map(|outcome| *outcome == Outcome::Allowed)
        .collect()
}

/// Returns whether each answer allowed is allowed in the other too.
fn within(fewer: &[bool], more: &[bool]) -> bool {
    fewer.iter().zip(more).all(|(fewer, more)| !fewer || *more)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 3))]

    #[test]
    fn a_deny_anywhere_wins(identity in rules(BOTH, 4), resource in rules(ALLOW, 2), layer in 0..5_usize) {
        let resource_based = |rules: &[Rule]| joined(rules).replace("'Effect'", "'Principal':'*','Effect'");
        let world = role().identity(&joined(&identity));
        let world = match layer {
            0 => world.resource(&resource_based(&resource)).identity(DENY_ALL),
            1 => world.resource(&resource_based(&resource)).boundary(DENY_ALL),
            2 => world.resource(&resource_based(&resource)).session(DENY_ALL),
            3 => world.resource(&resource_based(&resource)).service_control(&[DENY_ALL]),
            _ => world.resource("{'Principal':'*','Effect':'Deny','Action':'*','Resource':'*'}"),
        };
        prop_assert!(all_outcomes(&world).iter().all(|outcome| *outcome == Outcome::ExplicitDeny));
    }

    #[test]
    fn nothing_is_allowed_without_an_allow(identity in rules(DENY, 4), boundary in rules(BOTH, 3)) {
        let world = user().identity(&joined(&identity)).boundary(&joined(&boundary)).service_control(&[&joined(&boundary)]);
        prop_assert!(all_outcomes(&world).iter().all(|outcome| matches!(outcome, Outcome::ImplicitDeny | Outcome::ExplicitDeny)));
    }

    #[test]
    fn an_allow_more_takes_nothing_and_a_deny_more_gives_nothing(
        identity in rules(BOTH, 4), boundary in rules(BOTH, 4), allow in rule(ALLOW), deny in rule(DENY), a in key(), b in key(),
    ) {
        let world = user().boundary(&joined(&boundary)).identity(&joined(&identity)).knowing(context(a.as_ref(), b.as_ref()));
        let before = allowed(&world);
        prop_assert!(within(&before, &allowed(&world.clone().identity(&allow.json()))));
        prop_assert!(within(&allowed(&world.identity(&deny.json())), &before));
    }

    #[test]
    fn a_wider_wildcard_allows_no_less(identity in rules(DENY, 2), rule in rule(ALLOW), a in key(), b in key()) {
        let narrow = Rule { action: ("Action", "s3:GetObject"), resource: ("Resource", "arn:aws:s3:::b/k"), ..rule.clone() };
        let wide = Rule { action: ("Action", "s3:Get*"), resource: ("Resource", "arn:aws:s3:::b/*"), ..rule.clone() };
        let widest = Rule { action: ("Action", "*"), resource: ("Resource", "*"), ..rule };
        let world = user().identity(&joined(&identity)).knowing(context(a.as_ref(), b.as_ref()));
        let of = |rule: &Rule| allowed(&world.clone().identity(&rule.json()));
        prop_assert!(within(&of(&narrow), &of(&wide)) && within(&of(&wide), &of(&widest)));
    }

    #[test]
    fn order_and_division_of_statements_do_not_matter(identity in rules(BOTH, 5), a in key(), b in key()) {
        let context = context(a.as_ref(), b.as_ref());
        let forwards = user().identity(&joined(&identity)).knowing(context.clone());
        let reversed: Vec<Rule> = identity.iter().rev().cloned().collect();
        let backwards = user().identity(&joined(&reversed)).knowing(context.clone());
        let divided = identity.iter().fold(user(), |world, rule| world.identity(&rule.json())).knowing(context);
        let expected = all_outcomes(&forwards);
        prop_assert_eq!(&all_outcomes(&backwards), &expected);
        prop_assert_eq!(&all_outcomes(&divided), &expected);
    }

    #[test]
    fn not_action_is_the_complement_of_action(rule in rule(ALLOW)) {
        let with = |element| user().identity(&Rule { action: (element, rule.action.1), condition: None, resource: ("Resource", "*"), ..rule.clone() }.json());
        let (plain, negated) = (allowed(&with("Action")), allowed(&with("NotAction")));
        prop_assert!(plain.iter().zip(&negated).all(|(plain, negated)| plain != negated));
    }

    #[test]
    fn fixing_what_is_unknown_never_contradicts_the_answer(
        identity in rules(BOTH, 4), boundary in proptest::option::of(rules(BOTH, 3)), a in key(), b in key(), known in any::<(bool, bool)>(),
    ) {
        let mut world = user().identity(&joined(&identity));
        if let Some(boundary) = &boundary {
            world = world.boundary(&joined(boundary));
        }
        let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
        let full = context(Some(&a), Some(&b));
        let partial = context(Some(&a).filter(|_| known.0), Some(&b).filter(|_| known.1));
        let exact = allowed(&world.clone().knowing(full.clone()));
        for (outcome, exact) in all_outcomes(&world.knowing(partial)).into_iter().zip(exact) {
            let expected = match outcome {
                Outcome::Allowed => true,
                Outcome::Conditional(residual) => residual.evaluate(&full).unwrap(),
                Outcome::ImplicitDeny | Outcome::ExplicitDeny | Outcome::NotApplicable => false,
            };
            prop_assert_eq!(exact, expected);
        }
    }
}
