//! Holds a condition on rows whose parts become known one after the other.

/// A condition on rows; leaves are numbers of predicates
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Node {
    True,
    False,
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Leaf(usize),
    /// A comparison of accounts, for sources of one account, given by its number
    OfAccount(usize, usize),
}

impl Node {
    /// Returns the condition with the known leaves replaced.
    pub(super) fn fixed(&self, known: &impl Fn(&Self) -> Option<Self>) -> Self {
        match self {
            Self::True | Self::False => self.clone(),
            Self::Leaf(_) | Self::OfAccount(..) => known(self).unwrap_or_else(|| self.clone()),
            Self::Not(operand) => match operand.fixed(known) {
                Self::True => Self::False,
                Self::False => Self::True,
                open @ (Self::All(_) | Self::Any(_) | Self::Not(_) | Self::Leaf(_) | Self::OfAccount(..)) => {
                    Self::Not(Box::new(open))
                }
            },
            Self::All(operands) => joined(operands, known, &Self::False, Self::True, Self::All),
            Self::Any(operands) => joined(operands, known, &Self::True, Self::False, Self::Any),
        }
    }

    /// Returns whether the condition holds, when every leaf is known.
    pub(super) fn holds(&self, leaf: &mut impl FnMut(&Self) -> bool) -> bool {
        match self {
            Self::True => true,
            Self::False => false,
            Self::Leaf(_) | Self::OfAccount(..) => leaf(self),
            Self::Not(operand) => !operand.holds(leaf),
            Self::All(operands) => operands.iter().all(|operand| operand.holds(leaf)),
            Self::Any(operands) => operands.iter().any(|operand| operand.holds(leaf)),
        }
    }

    pub(super) fn any_leaf(&self, test: &impl Fn(usize) -> bool) -> bool {
        match self {
            Self::True | Self::False => false,
            Self::Leaf(leaf) | Self::OfAccount(leaf, _) => test(*leaf),
            Self::Not(operand) => operand.any_leaf(test),
            Self::All(operands) | Self::Any(operands) => operands.iter().any(|one| one.any_leaf(test)),
        }
    }

    /// Returns the leaf that the node is, if it is one.
    pub(super) const fn leaf(&self) -> Option<usize> {
        match self {
            Self::Leaf(leaf) => Some(*leaf),
            Self::True | Self::False | Self::All(_) | Self::Any(_) | Self::Not(_) | Self::OfAccount(..) => {
                None
            }
        }
    }

    pub(super) const fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

fn joined(
    operands: &[Node],
    known: &impl Fn(&Node) -> Option<Node>,
    decisive: &Node,
    neutral: Node,
    join: impl Fn(Vec<Node>) -> Node,
) -> Node {
    let mut open = Vec::new();
    for operand in operands {
        let operand = operand.fixed(known);
        if operand == *decisive {
            return operand;
        }
        if operand != neutral {
            open.push(operand);
        }
    }
    match open.len() {
        0 => neutral,
        1 => open.pop().unwrap_or(neutral),
        _ => join(open),
    }
}
