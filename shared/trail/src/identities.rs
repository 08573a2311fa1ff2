//! Collects what is known of users, roles and instance profiles beside the log files of a job.
//!
//! A call often names them by name only. Their ARNs have a path, which the name does not show, and names are unique in
//! their account whatever the path is.
//!
//! Source: IAM user guide, "IAM identifiers"; IAM API reference, `CreateRole`.

use std::collections::{BTreeMap, BTreeSet};

/// ARNs of users and roles, and the roles of instance profiles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identities {
    /// The ARNs, by the ARN without its path.
    arns: BTreeMap<String, String>,
    /// The roles, by the ARN of the instance profile without its path.
    roles: BTreeMap<String, BTreeSet<String>>,
}

impl Identities {
    /// Nothing is known.
    pub const NONE: &'static Self = &Self {
        arns: BTreeMap::new(),
        roles: BTreeMap::new(),
    };

    /// Adds a user or role by its ARN.
    pub fn add(&mut self, arn: &str) {
        if let Some(short) = without_path(arn) {
            self.arns.insert(short, arn.to_owned());
        }
    }

    /// Adds the role of an instance profile, both by ARN.
    pub fn add_instance_profile(&mut self, profile: &str, role: &str) {
        if let Some(short) = without_path(profile) {
            self.roles.entry(short).or_default().insert(role.to_owned());
        }
    }

    /// Returns the ARN of the user or role whose ARN differs from this one only in the path.
    pub(crate) fn named(&self, arn: &str) -> Option<&str> {
        // An ARN with a path is complete already.
        let (_, name) = arn.split_once('/')?;
        (!name.contains('/')).then(|| self.arns.get(arn).map(String::as_str))?
    }

    /// Returns the roles of an instance profile.
    pub(crate) fn roles_of(&self, profile: &str) -> impl Iterator<Item = &str> {
        let roles = without_path(profile).and_then(|short| self.roles.get(&short));
        roles.into_iter().flatten().map(String::as_str)
    }
}

/// Removes the path: `arn:aws:iam::111122223333:role/app/web` becomes `arn:aws:iam::111122223333:role/web`.
fn without_path(arn: &str) -> Option<String> {
    let (head, path) = arn.split_once('/')?;
    Some(format!("{head}/{}", path.rsplit('/').next()?))
}

/// Returns the pattern of a user, role, group, instance profile or server certificate that is named by name only,
/// whatever its path is; `None` for another resource, and for one with a path.
pub(crate) fn with_any_path(pattern: &str) -> Option<String> {
    let mut fields = pattern.splitn(6, ':');
    if fields.nth(2)? != "iam" {
        return None;
    }
    let (kind, name) = fields.nth(2)?.split_once('/')?;
    let has_path = matches!(
        kind,
        "user" | "role" | "group" | "instance-profile" | "server-certificate"
    );
    // A wildcard at the beginning matches any path.
    let is_name = !name.is_empty() && !name.contains('/') && !name.starts_with('*');
    let head = pattern.strip_suffix(name)?;
    (has_path && is_name).then(|| format!("{head}*/{name}"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "arn:aws:iam::111122223333:role/web",
        Some("arn:aws:iam::111122223333:role/*/web")
    )]
    #[case(
        "arn:aws:iam::111122223333:user/w*",
        Some("arn:aws:iam::111122223333:user/*/w*")
    )]
    #[case("arn:aws:iam::111122223333:role/app/web", None)]
    #[case("arn:aws:iam::111122223333:role/*", None)]
    #[case("arn:aws:iam::111122223333:saml-provider/web", None)]
    #[case("arn:aws:s3:::role/web", None)]
    fn a_name_alone_is_matched_under_any_path(#[case] pattern: &str, #[case] expected: Option<&str>) {
        assert_eq!(with_any_path(pattern).as_deref(), expected);
    }

    #[test]
    fn a_known_path_is_found_by_the_name() {
        let mut known = Identities::default();
        known.add("arn:aws:iam::111122223333:role/app/web");
        known.add_instance_profile(
            "arn:aws:iam::111122223333:instance-profile/app/web",
            "arn:aws:iam::111122223333:role/app/web",
        );
        assert_eq!(
            known.named("arn:aws:iam::111122223333:role/web"),
            Some("arn:aws:iam::111122223333:role/app/web")
        );
        assert_eq!(known.named("arn:aws:iam::111122223333:user/web"), None);
        let roles = known.roles_of("arn:aws:iam::111122223333:instance-profile/web");
        assert_eq!(
            roles.collect::<Vec<_>>(),
            ["arn:aws:iam::111122223333:role/app/web"]
        );
    }
}
