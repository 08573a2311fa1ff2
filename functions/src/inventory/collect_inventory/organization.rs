//! Collects the organization by Cloud Control: accounts, levels, service control policies and resource control
//! policies.
//!
//! Source: the schemas `AWS::Organizations::…` of the `CloudFormation` registry. Only the management account and a
//! delegated administrator can read an organization.

use std::collections::BTreeMap;

use aws::{AccessError, CloudControl};
use model::account::AccountId;
use serde_json::{Map, Value, json};

/// Deepest nesting that is read: an organization has five levels of units below the root.
const DEEPEST: usize = 8;

/// Kinds of policies: as Organizations names them, and as the document does.
const KINDS: [(&str, &str); 2] = [
    ("SERVICE_CONTROL_POLICY", "serviceControlPolicies"),
    ("RESOURCE_CONTROL_POLICY", "resourceControlPolicies"),
];

/// An `organization` document, and what kept it from being whole.
#[derive(Debug)]
pub(super) struct Organization {
    pub(super) document: Value,
    pub(super) failures: Vec<String>,
}

/// A unit or the root.
struct Unit {
    id: String,
    name: Option<String>,
    units: Vec<Unit>,
}

/// Says which policies are attached to which target, by the id of the target.
#[derive(Debug, Default)]
struct Attached {
    /// The policies of each kind; `None` when they could not be read
    policies: [Option<Vec<Value>>; 2],
    targets: [BTreeMap<String, Vec<String>>; 2],
}

/// Reads the organization that this account manages; `None` when the account manages none.
///
/// # Errors
/// [`AccessError`].
pub(super) async fn read(
    control: &CloudControl,
    account: &AccountId,
) -> Result<Option<Organization>, AccessError> {
    let listed = control.list("AWS::Organizations::Organization", None).await?;
    let Some(organization) = listed.first() else {
        return Ok(None);
    };
    let read = control
        .read("AWS::Organizations::Organization", &organization.identifier)
        .await?;
    let Some(properties) = read else {
        return Ok(None);
    };
    let (Some(id), Some(root), Some(manager)) = (
        text(&properties, "Id"),
        text(&properties, "RootId"),
        text(&properties, "ManagementAccountId"),
    ) else {
        return Ok(None);
    };
    if manager != account.as_str() {
        return Ok(None);
    }
    let root = Unit {
        units: units(control, &root).await?,
        id: root,
        name: Some("Root".to_owned()),
    };
    let accounts = accounts(control).await?;
    let mut failures = Vec::new();
    let mut attached = Attached::default();
    let slots = attached.policies.iter_mut().zip(&mut attached.targets);
    for ((kind, _), (policies, targets)) in KINDS.iter().zip(slots) {
        match policies_of(control, kind).await {
            Ok((found, of)) => (*policies, *targets) = (Some(found), of),
            Err(error) => failures.push(format!("{kind}: {error}")),
        }
    }
    failures.extend(attached.refuse_empty_levels(&root, &accounts));
    let mut document = json!({
        "organizationId": id,
        "managementAccount": manager,
        "root": attached.tree(&root, &accounts),
    });
    if let Value::Object(members) = &mut document {
        for ((_, member), policies) in KINDS.iter().zip(attached.policies) {
            if let Some(policies) = policies {
                members.insert((*member).to_owned(), policies.into());
            }
        }
    }
    Ok(Some(Organization { document, failures }))
}

/// Lists the units below a parent, to the last level. The function is not recursive, because a recursive asynchronous
/// function needs a box.
async fn units(control: &CloudControl, root: &str) -> Result<Vec<Unit>, AccessError> {
    // Each level holds the parent, the id and the name of its units.
    let mut levels: Vec<Vec<(String, String, Option<String>)>> = Vec::new();
    let mut parents = vec![root.to_owned()];
    while !parents.is_empty() && levels.len() < DEEPEST {
        let mut level = Vec::new();
        for parent in &parents {
            let model = json!({ "ParentId": parent });
            for unit in control
                .list("AWS::Organizations::OrganizationalUnit", Some(&model))
                .await?
            {
                let mut name = text(&unit.properties, "Name");
                if name.is_none() {
                    let kind = "AWS::Organizations::OrganizationalUnit";
                    let read = control.read(kind, &unit.identifier).await?;
                    name = read.and_then(|properties| text(&properties, "Name"));
                }
                level.push((parent.clone(), unit.identifier, name));
            }
        }
        parents = level.iter().map(|(_, id, _)| id.clone()).collect();
        levels.push(level);
    }
    // From the deepest level up, each unit takes the units below it.
    let mut below: BTreeMap<String, Vec<Unit>> = BTreeMap::new();
    for level in levels.into_iter().rev() {
        let mut here: BTreeMap<String, Vec<Unit>> = BTreeMap::new();
        for (parent, id, name) in level {
            let units = below.remove(&id).unwrap_or_default();
            here.entry(parent).or_default().push(Unit { id, name, units });
        }
        below = here;
    }
    Ok(below.remove(root).unwrap_or_default())
}

/// Lists accounts by the id of their parent: id and name.
async fn accounts(
    control: &CloudControl,
) -> Result<BTreeMap<String, Vec<(String, Option<String>)>>, AccessError> {
    let mut accounts: BTreeMap<String, Vec<(String, Option<String>)>> = BTreeMap::new();
    for account in control.list("AWS::Organizations::Account", None).await? {
        let Some(properties) = control
            .read("AWS::Organizations::Account", &account.identifier)
            .await?
        else {
            continue;
        };
        let parents = properties.get("ParentIds").and_then(Value::as_array);
        let parent = parents
            .and_then(|parents| parents.first())
            .and_then(Value::as_str);
        let parent = parent.unwrap_or_default().to_owned();
        let name = text(&properties, "AccountName");
        accounts
            .entry(parent)
            .or_default()
            .push((account.identifier, name));
    }
    Ok(accounts)
}

/// Reads the policies of a kind, and the ids of the policies that are attached to each target.
async fn policies_of(
    control: &CloudControl,
    kind: &str,
) -> Result<(Vec<Value>, BTreeMap<String, Vec<String>>), AccessError> {
    let mut policies = Vec::new();
    let mut targets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let model = json!({ "Type": kind });
    for policy in control.list("AWS::Organizations::Policy", Some(&model)).await? {
        let id = policy.identifier;
        let Some(properties) = control.read("AWS::Organizations::Policy", &id).await? else {
            continue;
        };
        let attached = properties.get("TargetIds").and_then(Value::as_array);
        for target in attached.into_iter().flatten().filter_map(Value::as_str) {
            targets.entry(target.to_owned()).or_default().push(id.clone());
        }
        let name = text(&properties, "Name").unwrap_or_else(|| id.clone());
        let content = properties.get("Content").cloned().unwrap_or(Value::Null);
        policies.push(json!({ "id": id, "name": name, "content": content }));
    }
    Ok((policies, targets))
}

impl Attached {
    /// Takes service control policies out when a level has none: such a level would deny everything, and an
    /// organization cannot have one. It means that what is attached could not be read.
    fn refuse_empty_levels(
        &mut self,
        root: &Unit,
        accounts: &BTreeMap<String, Vec<(String, Option<String>)>>,
    ) -> Option<String> {
        let [Some(_), _] = &self.policies else {
            return None;
        };
        let mut pending = vec![root];
        let mut ids: Vec<&str> = accounts.values().flatten().map(|(id, _)| id.as_str()).collect();
        while let Some(unit) = pending.pop() {
            ids.push(&unit.id);
            pending.extend(&unit.units);
        }
        let [targets, _] = &self.targets;
        let empty = ids.into_iter().find(|id| !targets.contains_key(*id))?;
        let message = format!(
            "no service control policy is attached to `{empty}`: the service control policies are left out"
        );
        let [policies, _] = &mut self.policies;
        *policies = None;
        Some(message)
    }

    fn tree(&self, unit: &Unit, accounts: &BTreeMap<String, Vec<(String, Option<String>)>>) -> Value {
        let mut node = self.level(&unit.id, unit.name.as_deref());
        let units: Vec<Value> = unit.units.iter().map(|unit| self.tree(unit, accounts)).collect();
        let members = accounts.get(&unit.id).into_iter().flatten();
        let members: Vec<Value> = members
            .map(|(id, name)| Value::Object(self.level(id, name.as_deref())))
            .collect();
        node.insert("organizationalUnits".to_owned(), units.into());
        node.insert("accounts".to_owned(), members.into());
        Value::Object(node)
    }

    /// Returns id, name and attached policies of the root, a unit or an account.
    fn level(&self, id: &str, name: Option<&str>) -> Map<String, Value> {
        let mut node = Map::new();
        node.insert("id".to_owned(), id.into());
        if let Some(name) = name {
            node.insert("name".to_owned(), name.into());
        }
        for (((_, member), policies), targets) in KINDS.iter().zip(&self.policies).zip(&self.targets) {
            if let (Some(_), Some(ids)) = (policies, targets.get(id)) {
                node.insert((*member).to_owned(), json!(ids));
            }
        }
        node
    }
}

fn text(properties: &Map<String, Value>, name: &str) -> Option<String> {
    properties.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str, units: Vec<Unit>) -> Unit {
        Unit {
            id: id.to_owned(),
            name: None,
            units,
        }
    }

    fn attached(targets: &[(&str, &str)]) -> Attached {
        let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (target, policy) in targets {
            of.entry((*target).to_owned())
                .or_default()
                .push((*policy).to_owned());
        }
        let policy = json!({ "id": "p-1", "content": { "Statement": [] } });
        Attached {
            policies: [Some(vec![policy]), None],
            targets: [of, BTreeMap::new()],
        }
    }

    fn accounts() -> BTreeMap<String, Vec<(String, Option<String>)>> {
        let account = ("111122223333".to_owned(), Some("Shop".to_owned()));
        BTreeMap::from([("ou-1".to_owned(), vec![account])])
    }

    #[test]
    fn the_tree_is_an_organization_document() {
        let root = unit("r-1", vec![unit("ou-1", Vec::new())]);
        let mut attached = attached(&[("r-1", "p-1"), ("ou-1", "p-1"), ("111122223333", "p-1")]);
        assert_eq!(attached.refuse_empty_levels(&root, &accounts()), None);
        let document = json!({
            "serviceControlPolicies": attached.policies[0],
            "root": attached.tree(&root, &accounts()),
        });
        let read = inventory::read_organization(&document.to_string()).unwrap();
        let account = &read.accounts[0];
        assert_eq!(
            (account.id.as_str(), account.name.as_deref()),
            ("111122223333", Some("Shop"))
        );
        let levels: Vec<_> = account
            .levels
            .iter()
            .map(|level| level.service_control.clone())
            .collect();
        assert_eq!(levels, [[0], [0], [0]]);
        assert_eq!(read.resource_control_policies, None);
    }

    #[test]
    fn a_level_without_service_control_policy_means_that_they_are_not_known() {
        let root = unit("r-1", vec![unit("ou-1", Vec::new())]);
        let mut attached = attached(&[("r-1", "p-1"), ("ou-1", "p-1")]);
        let failure = attached.refuse_empty_levels(&root, &accounts()).unwrap();
        assert!(failure.contains("attached to `111122223333`"), "{failure}");
        assert_eq!(attached.policies[0], None);
        let tree = attached.tree(&root, &accounts());
        assert_eq!(tree.get("serviceControlPolicies"), None);
    }
}
