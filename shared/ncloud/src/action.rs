//! Forms of actions: `*`, `View*`, `Change*`, `View/<name>`, `Change/<name>`. No other wildcard exists.
//!
//! Source: Ncloud Sub Account guide, "Create policy".

/// All wildcards, the widest first.
pub(crate) const WILDCARDS: [&str; 3] = ["*", "View*", "Change*"];

pub(crate) fn is_wildcard(action: &str) -> bool {
    WILDCARDS.contains(&action)
}

/// Returns whether it is one action, `^(View|Change)/[A-Za-z][A-Za-z0-9]*$`.
pub(crate) fn is_exact(action: &str) -> bool {
    ["View/", "Change/"].iter().any(|kind| {
        action.strip_prefix(kind).is_some_and(|name| {
            name.bytes()
                .next()
                .is_some_and(|first| first.is_ascii_alphabetic())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    })
}

/// Returns the wildcards, other than the action itself, that stand for it.
pub(crate) fn wider(action: &str) -> &'static [&'static str] {
    match action {
        "*" => &[],
        "View*" | "Change*" => &["*"],
        _ if action.starts_with("View/") => &["*", "View*"],
        _ if action.starts_with("Change/") => &["*", "Change*"],
        _ => &[],
    }
}

/// Returns whether granting the first grants the second.
pub(crate) fn covers(wide: &str, narrow: &str) -> bool {
    wide == narrow || wider(narrow).contains(&wide)
}

/// Returns whether the holder of this action of product IAM can change what policies say or who holds them, and so give
/// themselves everything. The guide's actions of that kind all have the word in their name; a new one then is
/// noticed before any table lists it.
pub(crate) fn changes_policies(action: &str) -> bool {
    matches!(action, "*" | "Change*")
        || action
            .strip_prefix("Change/")
            .is_some_and(|name| name.to_ascii_lowercase().contains("polic"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("View/getAPIList", true)]
    #[case("Change/a1", true)]
    #[case("View/", false)]
    #[case("View/1a", false)]
    #[case("view/getAPIList", false)]
    #[case("View/get*", false)]
    #[case("View/get-x", false)]
    #[case("View/가", false)]
    #[case("getAPIList", false)]
    #[case("", false)]
    fn one_action_has_a_kind_and_a_name(#[case] action: &str, #[case] exact: bool) {
        assert_eq!(is_exact(action), exact);
    }

    #[rstest]
    #[case("*", "*", true)]
    #[case("*", "Change*", true)]
    #[case("*", "View/a", true)]
    #[case("View*", "View/a", true)]
    #[case("View*", "Change/a", false)]
    #[case("View*", "*", false)]
    #[case("View/a", "View/a", true)]
    #[case("View/a", "View/b", false)]
    #[case("View/a", "View*", false)]
    fn wildcards_stand_for_what_is_narrower(
        #[case] wide: &str,
        #[case] narrow: &str,
        #[case] expected: bool,
    ) {
        assert_eq!(covers(wide, narrow), expected);
    }

    #[rstest]
    #[case("*", true)]
    #[case("Change*", true)]
    #[case("Change/addPolicyToSubAccount", true)]
    #[case("Change/deletePolicies", true)]
    #[case("View/getPolicyList", false)]
    #[case("Change/createSubAccount", false)]
    fn changing_policies_is_escalation(#[case] action: &str, #[case] expected: bool) {
        assert_eq!(changes_policies(action), expected);
    }
}
