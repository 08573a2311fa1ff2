//! Reads the table of API operations whose names alone do not say their actions, roles or resources.
//!
//! The table is generated; its head says how it is written. It is read in place: an operation is a line of it.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

static TABLE: &str = include_str!("../data/operations.tsv");

/// Operations by prefix of their service and name.
static OPERATIONS: LazyLock<HashMap<(&str, &str), Operation<'_>>> = LazyLock::new(|| {
    let mut operations = HashMap::with_capacity(16384);
    let mut service = None;
    for line in TABLE.lines() {
        if let Some(prefix) = line.strip_prefix('=') {
            service = Some(prefix);
        } else if let (Some(service), Some((name, fields))) = (service, line.split_once('\t')) {
            operations.insert((service, name), Operation { service, fields });
        }
    }
    operations
});

/// An operation of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation<'t> {
    service: &'t str,
    fields: &'t str,
}

/// An action that an operation may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationAction<'t> {
    /// Prefix of the action.
    pub service: &'t str,
    /// Its name without the prefix.
    pub name: &'t str,
    terms: &'t str,
}

/// Says where the name of a resource is in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template<'t> {
    /// The text is the value of a placeholder of the ARN formats.
    Placeholder(&'t str, &'t str),
    /// The text is an ARN of that resource type.
    Type(&'t str, &'t str),
    /// The text is an ARN.
    Arn(&'t str),
}

/// A member of the request whose role the call passes to a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleMember<'t> {
    /// Says what the member holds.
    pub kind: RoleKind,
    /// Its name in the SDKs; `*` when any member may hold the role.
    pub name: &'t str,
    /// The service that this role is passed to, where it is another one than that of the other roles.
    pub service: Option<&'t str>,
}

/// Says what a [`RoleMember`] holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleKind {
    /// The ARN of a role.
    Arn,
    /// The ARN or the name of a role.
    Name,
    /// The ARN or the name of an instance profile.
    Profile,
}

/// Returns the operation of that name of the service with that action prefix; `None` when the name alone says which
/// action it needs.
#[must_use]
pub fn operation(service: &str, name: &str) -> Option<Operation<'static>> {
    OPERATIONS.get(&(service, name)).copied()
}

/// Returns whether an operation of any source needs the action, so that an event may show it.
#[must_use]
pub fn is_needed_by_an_operation(action: &str) -> bool {
    static SILENT: LazyLock<HashSet<(&str, &str)>> = LazyLock::new(|| {
        head("silent")
            .filter_map(|line| line.split_once('\t'))
            .flat_map(|(service, names)| names.split(' ').map(move |name| (service, name)))
            .collect()
    });
    action
        .split_once(':')
        .is_none_or(|(service, name)| !SILENT.contains(&(service, name)))
}

/// Returns the sources that the table was made from, with their versions.
#[must_use]
pub fn version() -> &'static str {
    head("version").next().unwrap_or_default()
}

/// Returns how much of the table comes from which source, as its generator counted.
pub fn counts() -> impl Iterator<Item = (&'static str, u32)> {
    head("count").filter_map(|line| {
        let (what, count) = line.split_once('\t')?;
        Some((what, count.parse().ok()?))
    })
}

/// Returns what comes after `name` in the lines before the operations.
fn head(name: &str) -> impl Iterator<Item = &'static str> {
    let lines = TABLE.lines().take_while(|line| !line.starts_with('='));
    lines.filter_map(move |line| line.strip_prefix(name)?.strip_prefix('\t'))
}

impl<'t> Operation<'t> {
    /// Returns the actions, the one that the operation is named after first. An action is repeated when several rows of
    /// conditions lead to it. `iam:PassRole` is not among them, see [`Operation::passed_to`].
    pub fn actions(self) -> impl Iterator<Item = OperationAction<'t>> {
        self.fields().filter(|action| !action.is_pass_role())
    }

    /// Returns the services that the operation passes roles to; several when any of them may be meant. There is none
    /// when the operation passes no role, and when the service is not known.
    pub fn passed_to(self) -> impl Iterator<Item = &'t str> {
        self.pass_role_terms().filter_map(|term| term.strip_prefix("to:"))
    }

    /// Returns the members of the request that hold the roles which the operation passes; none when it passes no role.
    pub fn role_members(self) -> impl Iterator<Item = RoleMember<'t>> {
        self.pass_role_terms().filter_map(|term| {
            let (kind, rest) = term.split_once(':')?;
            let kind = match kind {
                "role" => RoleKind::Arn,
                "name" => RoleKind::Name,
                "profile" => RoleKind::Profile,
                _ => return None,
            };
            let (name, service) = match rest.split_once('>') {
                Some((name, service)) => (name, Some(service)),
                None => (rest, None),
            };
            Some(RoleMember { kind, name, service })
        })
    }

    /// Returns the templates of resources of one of the actions, `s3:GetObject`, in any case.
    pub fn templates(self, action: &str) -> impl Iterator<Item = Template<'t>> {
        let (service, name) = action.split_once(':').unwrap_or_default();
        self.actions()
            .filter(move |one| one.service == service && one.name.eq_ignore_ascii_case(name))
            .flat_map(OperationAction::templates)
    }

    fn fields(self) -> impl Iterator<Item = OperationAction<'t>> {
        self.fields.split('\t').map(move |field| {
            let (action, terms) = field.split_once(' ').unwrap_or((field, ""));
            let (service, name) = action.split_once(':').unwrap_or((self.service, action));
            OperationAction { service, name, terms }
        })
    }

    fn pass_role_terms(self) -> impl Iterator<Item = &'t str> {
        self.fields()
            .filter(|action| action.is_pass_role())
            .flat_map(|action| action.terms.split(' '))
    }
}

impl<'t> OperationAction<'t> {
    /// Returns the conditions on the request under which the action is needed; all of them must hold.
    pub fn conditions(self) -> impl Iterator<Item = &'t str> {
        self.terms.split(' ').filter_map(|term| term.strip_prefix('?'))
    }

    /// Returns where the names of its resources are in the request.
    pub fn templates(self) -> impl Iterator<Item = Template<'t>> {
        self.terms
            .split(' ')
            .filter(|term| !term.starts_with('?'))
            .filter_map(|term| {
                let (left, text) = term.split_once('=')?;
                Some(match left.strip_prefix('@') {
                    Some(kind) => Template::Type(kind, text),
                    None if left == "*" => Template::Arn(text),
                    None => Template::Placeholder(left, text),
                })
            })
    }

    fn is_pass_role(self) -> bool {
        self.service == "iam" && self.name == "PassRole"
    }
}

/// Returns the member that a path such as `Placement.Groups[].GroupName` ends in.
#[must_use]
pub fn member(template: &str) -> Option<&str> {
    let path = template.strip_prefix("${")?.strip_suffix('}')?;
    let last = path.rsplit('.').next()?.trim_end_matches("[]");
    (!last.is_empty() && !last.contains(['$', '{'])).then_some(last)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::of_its_own_name("s3:ListAllMyBuckets", true)]
    #[case::of_another_operation("s3:GetObjectVersion", true)]
    #[case::of_a_reviewed_event("cassandra:Select", true)]
    #[case::a_permission_alone("s3:ReplicateObject", false)]
    #[case::of_a_channel("ssmmessages:OpenDataChannel", false)]
    #[case::passed("iam:PassRole", true)]
    fn an_action_that_no_operation_needs_leaves_no_event(#[case] action: &str, #[case] is_needed: bool) {
        assert_eq!(is_needed_by_an_operation(action), is_needed);
    }

    #[test]
    fn an_operation_tells_its_actions_and_where_their_resources_stand() {
        let operation = operation("lambda", "CreateFunction").unwrap();
        let actions: Vec<_> = operation.actions().map(|one| (one.service, one.name)).collect();
        assert_eq!(actions.first(), Some(&("lambda", "CreateFunction")));
        assert!(!actions.contains(&("iam", "PassRole")));
        assert_eq!(
            operation.templates("lambda:createfunction").collect::<Vec<_>>(),
            [Template::Placeholder("FunctionName", "${FunctionName}")]
        );
    }

    #[test]
    fn an_operation_tells_which_roles_it_passes_to_which_service() {
        let operation = operation("ecs", "RunTask").unwrap();
        assert_eq!(
            operation.passed_to().collect::<Vec<_>>(),
            ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"]
        );
        let task_role = RoleMember {
            kind: RoleKind::Arn,
            name: "taskRoleArn",
            service: Some("ecs-tasks.amazonaws.com"),
        };
        assert!(operation.role_members().any(|member| member == task_role));
    }

    #[test]
    fn actions_may_depend_on_the_request() {
        let operation = operation("lambda", "CreateFunction").unwrap();
        let conditions = |name: &str| -> Vec<_> {
            let mut actions = operation.actions().filter(|action| action.name == name);
            actions.next().unwrap().conditions().collect()
        };
        assert!(conditions("CreateFunction").is_empty());
        assert_eq!(conditions("GetLayerVersion"), ["layers"]);
    }

    #[test]
    fn the_table_is_the_one_of_its_pinned_sources_and_every_action_in_it_is_known() {
        let catalogue = iam::catalogue::Catalogue::embedded();
        assert_eq!(version(), catalogue.version());
        let lines: Vec<_> = OPERATIONS.values().collect();
        for action in lines.iter().flat_map(|operation| operation.fields()) {
            let name = format!("{}:{}", action.service, action.name);
            assert_eq!(
                catalogue.action(&name).map(|known| known.name()),
                Some(name.as_str())
            );
        }
        let passing = lines
            .iter()
            .filter(|operation| operation.role_members().next().is_some());
        let counted = counts().find(|(what, _)| *what == "lines that pass a role");
        assert_eq!(
            counted.map(|(_, count)| count),
            u32::try_from(passing.count()).ok()
        );
        let counts: Vec<_> = counts().map(|(what, count)| format!("{count} {what}")).collect();
        insta::assert_snapshot!(format!("{} lines\n{}", lines.len(), counts.join("\n")), @r"
        7902 lines
        140 conditions by review
        34 events by review
        900 lines that pass a role
        450 operations of the map of 2022 only
        18666 operations of the service reference
        68 operations that pass a role in a member that no model tells
        60 operations whose actions are reviewed
        ");
    }

    #[test]
    fn an_operation_that_its_name_tells_is_missing() {
        assert_eq!(operation("sts", "GetCallerIdentity"), None);
        assert_eq!(operation("", ""), None);
    }

    #[rstest]
    #[case("${Bucket}", Some("Bucket"))]
    #[case("${InstanceIds[]}", Some("InstanceIds"))]
    #[case("${Placement.GroupName}", Some("GroupName"))]
    #[case("x${Bucket}", None)]
    #[case("${A}${B}", None)]
    #[case("${}", None)]
    fn a_path_ends_in_a_member(#[case] template: &str, #[case] expected: Option<&str>) {
        assert_eq!(member(template), expected);
    }
}
