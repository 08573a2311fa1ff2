//! The steps of a path: who gains what, in the order in which the steps can be made.

use super::capabilities::Gained;
use super::reach::{End, From, Search};

/// A step gains one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Goal {
    Become(usize),
    Unlimit(usize),
    Raise(usize),
    RaiseGroup(usize),
    Join(usize),
    Administrator,
}

/// A step is the node that makes it, and its goal
pub(super) type Step = (usize, Goal);

/// Returns the steps of the path that a search found, by nodes, and the administrator at its end.
pub(super) fn steps(search: &Search, loaded: impl Fn(usize) -> usize) -> Option<(Vec<Step>, Option<usize>)> {
    let (mut order, mut goals) = (Vec::new(), Vec::new());
    let end = search.end?;
    match end {
        End::Holds(node) => lead(node, &search.from, &mut order),
        End::Makes(node) => {
            lead(node, &search.from, &mut order);
            goals.push((node, Goal::Administrator));
        }
        End::Raises(by, raised) => {
            lead(by, &search.from, &mut order);
            lead(raised, &search.from, &mut order);
            goals.push((by, Goal::Raise(loaded(raised))));
        }
        End::Joins(by, user, group, changing) => {
            for node in [by, user].into_iter().chain(changing) {
                lead(node, &search.from, &mut order);
            }
            if let Some(changing) = changing {
                goals.push((changing, Goal::RaiseGroup(group)));
            }
            goals.push((by, Goal::Join(group)));
        }
    }
    let administrator = match end {
        End::Holds(node) | End::Raises(_, node) | End::Joins(_, node, _, _) => Some(node),
        End::Makes(_) => None,
    };
    let captures = order.into_iter().filter_map(|(node, from)| match from {
        From::Start => None,
        From::Acting(by) => Some((by, Goal::Become(node))),
        From::Unlimited(by, lifted) => Some((by, Goal::Unlimit(lifted))),
    });
    Some((captures.chain(goals).collect(), administrator))
}

/// Adds the captures that lead to a node, each once, in the order in which they can be made.
fn lead(node: usize, from: &[(usize, From)], order: &mut Vec<(usize, From)>) {
    let mut wanted = vec![node];
    let mut chain = Vec::new();
    while let Some(node) = wanted.pop() {
        let found = from.iter().find(|(number, _)| *number == node);
        let Some(&(_, how)) = found else { continue };
        if order.contains(&(node, how)) || chain.contains(&(node, how)) {
            continue;
        }
        chain.push((node, how));
        match how {
            From::Start => {}
            From::Acting(by) => wanted.push(by),
            From::Unlimited(by, lifted) => wanted.extend([by, lifted]),
        }
    }
    order.extend(chain);
    // Captures stand in the order in which they were made.
    let place = |node: usize| from.iter().position(|(number, _)| *number == node);
    order.sort_by_key(|(node, _)| place(*node));
}

/// Returns whether what a method gains includes a goal. The answer says whether this is certain.
pub(super) fn reaches(gained: &Gained, goal: Goal) -> Option<bool> {
    match (gained, goal) {
        (Gained::Become(ways), Goal::Become(node))
        | (Gained::Unlimit(ways), Goal::Unlimit(node))
        | (Gained::Join(ways), Goal::Join(node)) => ways.get(node),
        (Gained::Raise { principals, .. }, Goal::Raise(node)) => principals.get(node),
        (Gained::Raise { groups, .. }, Goal::RaiseGroup(group)) => groups.get(group),
        (Gained::Administrator(certain), Goal::Administrator) => *certain,
        (_, _) => None,
    }
}
