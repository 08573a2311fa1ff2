//! API operations whose actions or resources their names do not tell.
//!
//! The table is generated; its head says how it is written. It is read in place: an operation is a line of it.

use std::collections::HashMap;
use std::sync::LazyLock;

static TABLE: &str = include_str!("../data/operations.tsv");

/// Operations by prefix of their service and name.
static OPERATIONS: LazyLock<HashMap<(&str, &str), Operation<'_>>> = LazyLock::new(|| {
    let mut operations = HashMap::with_capacity(8192);
    let mut service = "";
    for line in TABLE.lines() {
        if let Some(prefix) = line.strip_prefix('=') {
            service = prefix;
        } else if let Some((name, fields)) = line.split_once('\t') {
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

/// Where the name of a resource stands in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template<'t> {
    /// The text is the value of a placeholder of the ARN formats.
    Placeholder(&'t str, &'t str),
    /// The text is an ARN of that resource type.
    Type(&'t str, &'t str),
    /// The text is an ARN.
    Arn(&'t str),
}

/// The operation of that name of the service with that action prefix; `None` when its name tells all.
#[must_use]
pub fn operation(service: &str, name: &str) -> Option<Operation<'static>> {
    OPERATIONS.get(&(service, name)).copied()
}

impl<'t> Operation<'t> {
    /// The actions, the one that every call needs first.
    pub fn actions(self) -> impl Iterator<Item = OperationAction<'t>> {
        self.fields.split('\t').map(move |field| {
            let (action, terms) = field.split_once(' ').unwrap_or((field, ""));
            let (service, name) = action.split_once(':').unwrap_or((self.service, action));
            OperationAction { service, name, terms }
        })
    }

    /// The templates of resources of one of the actions, `s3:GetObject`, in any case.
    pub fn templates(self, action: &str) -> impl Iterator<Item = Template<'t>> {
        let (service, name) = action.split_once(':').unwrap_or_default();
        self.actions()
            .filter(move |one| one.service == service && one.name.eq_ignore_ascii_case(name))
            .flat_map(OperationAction::templates)
    }
}

impl<'t> OperationAction<'t> {
    /// True when the action is needed for some requests only.
    #[must_use]
    pub fn is_conditional(self) -> bool {
        self.terms.split(' ').any(|term| term.starts_with('?'))
    }

    /// Where its resources stand in the request.
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
}

/// The member that a path such as `Placement.Groups[].GroupName` ends in.
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

    #[test]
    fn an_operation_tells_its_actions_and_where_their_resources_stand() {
        let operation = operation("lambda", "CreateFunction").unwrap();
        let actions: Vec<_> = operation.actions().map(|one| (one.service, one.name)).collect();
        assert_eq!(actions, [("lambda", "CreateFunction"), ("iam", "PassRole")]);
        assert_eq!(
            operation.templates("lambda:createfunction").collect::<Vec<_>>(),
            [Template::Placeholder("FunctionName", "${FunctionName}")]
        );
        assert_eq!(
            operation.templates("iam:PassRole").collect::<Vec<_>>(),
            [Template::Arn("${Role}")]
        );
    }

    #[test]
    fn actions_may_depend_on_the_request() {
        let operation = operation("ec2", "RunInstances").unwrap();
        let conditional: Vec<_> = operation.actions().map(OperationAction::is_conditional).collect();
        assert_eq!(conditional.first(), Some(&false));
        assert!(conditional.contains(&true));
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
