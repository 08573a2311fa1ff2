//! Places in a body: their order in reports and their text.

use std::fmt;

/// A location in a body. The order is the document order of the contract, not that of the text: name, description,
/// permissions; effect, targets; product, actions, resourceNrns; then the members that do not belong there, in
/// order of appearance; a parent before its children. Equal policies so give equal reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Location<'a> {
    /// Rank of a member of the body, a permission's index, rank of its member, a target's index, rank of its
    /// member, an element's index; ranks and indexes count from 1, 0 ends the path.
    steps: [usize; 6],
    /// Name of the last member when it is not one of the known names in its known location.
    extra: Option<&'a str>,
}

/// Members of the body, a permission and a target, in the order of their ranks.
pub(crate) const BODY: [&str; 3] = ["policyName", "description", "permissions"];
pub(crate) const PERMISSION: [&str; 2] = ["effect", "targets"];
pub(crate) const TARGET: [&str; 3] = ["product", "actions", "resourceNrns"];

pub(crate) const NAME: Location<'static> = Location {
    steps: [1, 0, 0, 0, 0, 0],
    extra: None,
};
pub(crate) const DESCRIPTION: Location<'static> = Location {
    steps: [2, 0, 0, 0, 0, 0],
    extra: None,
};
pub(crate) const PERMISSIONS: Location<'static> = Location {
    steps: [3, 0, 0, 0, 0, 0],
    extra: None,
};
/// The body itself; only its members are reported.
pub(crate) const ROOT: Location<'static> = Location {
    steps: [0; 6],
    extra: None,
};

impl<'a> Location<'a> {
    pub(crate) fn permission(index: usize) -> Self {
        Self {
            steps: [3, index + 1, 0, 0, 0, 0],
            extra: None,
        }
    }

    /// Returns the location of the effect of a permission.
    pub(crate) fn effect(self) -> Self {
        self.with(2, 1)
    }

    /// Returns the location of the targets of a permission.
    pub(crate) fn targets(self) -> Self {
        self.with(2, 2)
    }

    /// Returns the location of a target of a permission.
    pub(crate) fn target(self, index: usize) -> Self {
        self.with(2, 2).with(3, index + 1)
    }

    /// Returns the location of the product of a target.
    pub(crate) fn product(self) -> Self {
        self.with(4, 1)
    }

    /// Returns the location of the actions of a target.
    pub(crate) fn actions(self) -> Self {
        self.with(4, 2)
    }

    /// Returns the location of an action of a target.
    pub(crate) fn action(self, index: usize) -> Self {
        self.with(4, 2).with(5, index + 1)
    }

    /// Returns the location of the resources of a target.
    pub(crate) fn resources(self) -> Self {
        self.with(4, 3)
    }

    /// Returns the location of a resource of a target.
    pub(crate) fn resource(self, index: usize) -> Self {
        self.with(4, 3).with(5, index + 1)
    }

    /// Returns a further member of the body, a permission or a target, the `ordinal`-th of its kind in order of
    /// appearance.
    pub(crate) fn extra(self, ordinal: usize, name: &'a str) -> Self {
        let (step, known) = match self.steps {
            [0, ..] => (0, BODY.len()),
            [_, _, _, 0, ..] => (2, PERMISSION.len()),
            _ => (4, TARGET.len()),
        };
        Self {
            extra: Some(name),
            ..self.with(step, known + 1 + ordinal)
        }
    }

    /// Returns the permission of a target.
    pub(crate) fn parent_permission(self) -> Self {
        let [member, permission, ..] = self.steps;
        Self {
            steps: [member, permission, 0, 0, 0, 0],
            extra: None,
        }
    }

    fn with(mut self, step: usize, value: usize) -> Self {
        if let Some(slot) = self.steps.get_mut(step) {
            *slot = value;
        }
        self
    }
}

impl fmt::Display for Location<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [
            member,
            permission,
            permission_member,
            target,
            target_member,
            element,
        ] = self.steps;
        let levels: [(usize, &[&str], usize); 3] = [
            (member, &BODY, permission),
            (permission_member, &PERMISSION, target),
            (target_member, &TARGET, element),
        ];
        let mut dot = "";
        for (rank, known, index) in levels {
            let Some(rank) = rank.checked_sub(1) else { break };
            match known.get(rank).copied().or(self.extra) {
                Some(name) if is_identifier(name) => write!(f, "{dot}{name}")?,
                Some(name) => write!(f, "[{}]", serde_json::Value::from(name))?,
                None => {}
            }
            dot = ".";
            if let Some(index) = index.checked_sub(1) {
                write!(f, "[{index}]")?;
            }
        }
        Ok(())
    }
}

/// Returns whether the name is of the form `[A-Za-z_][A-Za-z0-9_]*`; other names are written as JSON strings in
/// brackets.
fn is_identifier(name: &str) -> bool {
    name.bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(NAME, "policyName")]
    #[case(Location::permission(3), "permissions[3]")]
    #[case(Location::permission(0).effect(), "permissions[0].effect")]
    #[case(Location::permission(0).targets(), "permissions[0].targets")]
    #[case(Location::permission(0).target(1), "permissions[0].targets[1]")]
    #[case(Location::permission(0).target(1).product(), "permissions[0].targets[1].product")]
    #[case(Location::permission(0).target(1).action(2), "permissions[0].targets[1].actions[2]")]
    #[case(Location::permission(0).target(1).resource(2), "permissions[0].targets[1].resourceNrns[2]")]
    #[case(ROOT.extra(0, "tags"), "tags")]
    #[case(ROOT.extra(0, "policyName"), "policyName")]
    #[case(ROOT.extra(0, "my \"tags\""), r#"["my \"tags\""]"#)]
    #[case(Location::permission(0).extra(7, "condition"), "permissions[0].condition")]
    #[case(Location::permission(0).target(0).extra(7, "1x"), r#"permissions[0].targets[0]["1x"]"#)]
    fn places_print_as_dotted_paths(#[case] location: Location<'_>, #[case] text: &str) {
        assert_eq!(location.to_string(), text);
    }

    #[test]
    fn places_are_in_document_order() {
        let (permission, target) = (Location::permission(0), Location::permission(0).target(0));
        let locations = [
            NAME,
            DESCRIPTION,
            PERMISSIONS,
            permission,
            permission.effect(),
            permission.targets(),
            target,
            target.product(),
            target.actions(),
            target.action(0),
            target.action(10),
            target.resources(),
            target.resource(0),
            target.extra(0, "b"),
            target.extra(1, "a"),
            permission.target(1),
            permission.extra(0, "x"),
            Location::permission(1),
            ROOT.extra(0, "y"),
            ROOT.extra(1, "a"),
        ];
        assert!(locations.is_sorted());
    }
}
