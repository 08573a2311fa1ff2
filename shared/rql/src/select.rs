//! Selects from a set of rows by `CONTAINS ALL`.

use std::collections::BTreeMap;

use crate::attribute::TextAttribute;
use crate::evaluate::{RowView, evaluate};
use crate::literal::{Literal, LiteralList};
use crate::tree::{Expr, Predicate, Query};

/// One operand of a query's topmost OR, its `CONTAINS ALL` set apart.
///
/// Its rows are those that satisfy every condition of `filter`. If there are `actions`, only rows whose action is one of
/// them stay, they are grouped by [`GroupedRow::group`], and the groups in which every one of the actions occurs stay.
/// Several `CONTAINS ALL` of one chain are one over the united list.
#[derive(Debug, Clone)]
pub struct Alternative<'q> {
    /// All of these must hold of a row; none of them contains a `CONTAINS ALL`.
    pub filter: Vec<&'q Expr>,
    /// The actions that must all occur in a group.
    pub actions: Option<LiteralList>,
}

impl Query {
    /// Returns the query as alternatives: a row belongs to the result if one of them keeps it.
    ///
    /// A query without `CONTAINS ALL` is one alternative, whatever its shape.
    #[must_use]
    pub fn alternatives(&self) -> Vec<Alternative<'_>> {
        let mut set_level = false;
        self.expression()
            .visit(&mut |predicate| set_level |= matches!(predicate, Predicate::ContainsAll { .. }));
        let operands = match self.expression() {
            Expr::Or(operands) if set_level => operands.as_slice(),
            whole @ (Expr::Or(_) | Expr::And(_) | Expr::Not(_) | Expr::Predicate(_)) => {
                std::slice::from_ref(whole)
            }
        };
        operands.iter().map(Alternative::of).collect()
    }
}

impl Query {
    /// Returns the resource that a `COVERS` names: all rows are worked out for it.
    #[must_use]
    pub fn covered_resource(&self) -> Option<&str> {
        let mut covered = None;
        self.expression().visit(&mut |predicate| {
            if let Predicate::Covers { resource } = predicate {
                covered = Some(resource.text());
            }
        });
        covered
    }
}

impl<'q> Alternative<'q> {
    fn of(operand: &'q Expr) -> Self {
        let chain = match operand {
            Expr::And(chain) => chain.as_slice(),
            single @ (Expr::Or(_) | Expr::Not(_) | Expr::Predicate(_)) => std::slice::from_ref(single),
        };
        let (mut filter, mut actions) = (Vec::new(), Vec::<Literal>::new());
        for part in chain {
            match part {
                Expr::Predicate(Predicate::ContainsAll { actions: list }) => {
                    actions.extend_from_slice(list.items());
                }
                Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::Predicate(_) => filter.push(part),
            }
        }
        Self {
            filter,
            actions: (!actions.is_empty()).then(|| LiteralList::new(actions)),
        }
    }
}

/// A row that belongs to a group.
pub trait GroupedRow: RowView {
    /// Says what `CONTAINS ALL` groups by: the pair of source and granting entity.
    type Group: Ord;

    /// Returns the group of this row.
    fn group(&self) -> Self::Group;
}

/// Returns the indices of the rows that the query selects, ascending.
#[must_use]
pub fn select<R: GroupedRow>(query: &Query, rows: &[R]) -> Vec<usize> {
    let mut kept = vec![false; rows.len()];
    for alternative in query.alternatives() {
        let passing = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| alternative.filter.iter().all(|part| evaluate(part, *row)))
            .map(|(index, _)| index);
        match &alternative.actions {
            None => {
                for index in passing {
                    mark(&mut kept, index);
                }
            }
            Some(actions) => {
                for index in complete_groups(actions, rows, passing) {
                    mark(&mut kept, index);
                }
            }
        }
    }
    kept.iter()
        .enumerate()
        .filter_map(|(index, kept)| kept.then_some(index))
        .collect()
}

fn mark(kept: &mut [bool], index: usize) {
    if let Some(slot) = kept.get_mut(index) {
        *slot = true;
    }
}

/// Returns those of `passing` that have one of the actions and whose group has all of them.
fn complete_groups<R: GroupedRow>(
    actions: &LiteralList,
    rows: &[R],
    passing: impl Iterator<Item = usize>,
) -> Vec<usize> {
    // For every group: which of the actions occur in it, and which rows have one of them.
    let mut groups: BTreeMap<R::Group, (Vec<bool>, Vec<usize>)> = BTreeMap::new();
    for index in passing {
        let Some(row) = rows.get(index) else { continue };
        let mut action = None;
        row.any_text(TextAttribute::ActionName, |name| {
            action = actions.find(name);
            action.is_some()
        });
        let Some(action) = action else { continue };
        let (occurs, members) = groups
            .entry(row.group())
            .or_insert_with(|| (vec![false; actions.distinct().len()], Vec::new()));
        mark(occurs, action);
        members.push(index);
    }
    groups
        .into_values()
        .filter(|(occurs, _)| occurs.iter().all(|occurs| *occurs))
        .flat_map(|(_, members)| members)
        .collect()
}
