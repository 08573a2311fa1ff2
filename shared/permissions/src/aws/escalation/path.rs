//! Explains one path: its steps, each with the rows that it needs.

use super::AdministratorPaths;
use super::capabilities::Capabilities;
use super::methods::{Method, Subject};
use super::needed::NeededAction;
use super::steps::{Goal, reaches, steps};
use super::ways::{Level, Ways};
use crate::aws::data::{Snapshot, Source, SourceId};
use crate::aws::effective::{EffectiveTables, RowParts};
use crate::row::{AdministratorPath, PathStep, RowResult, StepRow};
use iam::arn::{ArnPattern, ShortArn};

impl AdministratorPaths {
    /// Explains the shortest path of a source; nothing when it has none.
    pub(super) fn explain(&self, effective: &EffectiveTables, source: SourceId) -> Option<AdministratorPath> {
        let snapshot = effective.snapshot();
        let start = *self.by_source.get(&source)?;
        let level = if self.certain.contains(start) {
            Level::Certain
        } else {
            Level::Possible
        };
        let search = self.graph.search(start, level, None);
        let (made, administrator) = steps(&search, |node| self.loaded(node))?;
        let administrator = administrator.and_then(|node| self.source_of(snapshot, node));
        let mut capabilities =
            Capabilities::new(snapshot, &self.subjects, &self.trusting, &self.needed_actions);
        let mut explainer = Explainer {
            paths: self,
            effective,
            capabilities: &mut capabilities,
        };
        let steps: Vec<PathStep> = made
            .into_iter()
            .filter_map(|(by, goal)| explainer.step(by, goal))
            .collect();
        Some(AdministratorPath {
            result: match level {
                Level::Certain => RowResult::Allowed,
                Level::Possible => RowResult::Conditional,
            },
            steps,
            administrator: administrator.map(|source| source.id.to_string()),
        })
    }

    /// Explains one step.
    pub(super) fn step(&self, effective: &EffectiveTables, by: usize, goal: Goal) -> Option<PathStep> {
        let snapshot = effective.snapshot();
        let mut capabilities =
            Capabilities::new(snapshot, &self.subjects, &self.trusting, &self.needed_actions);
        let mut explainer = Explainer {
            paths: self,
            effective,
            capabilities: &mut capabilities,
        };
        explainer.step(by, goal)
    }

    /// Returns the row that lets everybody act as a role.
    pub(super) fn public_row(&self, effective: &EffectiveTables, role: usize) -> Option<StepRow> {
        let snapshot = effective.snapshot();
        let role = &self.subjects.principals.get(role)?.resource;
        let public = snapshot.sources.iter().find(|source| source.is_public())?;
        let action = snapshot.actions.find("sts:assumerole")?;
        table_row(
            effective,
            public,
            action,
            |attachment| {
                let spec = snapshot.tables.get(attachment.table);
                spec.is_some_and(|spec| spec.resource == role.policy)
            },
            Some(&role.arn),
        )
    }

    /// Returns the loaded principal that a node stands for, with or without its boundary.
    pub(super) fn loaded(&self, node: usize) -> usize {
        self.lifted.get(&node).copied().unwrap_or(node)
    }

    pub(super) fn source_of<'s>(&self, snapshot: &'s Snapshot, node: usize) -> Option<&'s Source> {
        snapshot.sources.get(self.source_id(node)?)
    }

    fn source_id(&self, node: usize) -> Option<SourceId> {
        let number = self.loaded(node);
        let principals = &self.subjects.principals;
        match principals.get(number) {
            Some(principal) => principal.source,
            None => self.external.get(number.checked_sub(principals.len())?).copied(),
        }
    }
}

struct Explainer<'p, 's> {
    paths: &'p AdministratorPaths,
    effective: &'s EffectiveTables,
    capabilities: &'p mut Capabilities<'s>,
}

impl Explainer<'_, '_> {
    /// Returns the step by which a node reaches a goal: by the first method of the table that is certain, otherwise by
    /// the first method.
    fn step(&mut self, by: usize, goal: Goal) -> Option<PathStep> {
        let snapshot = self.effective.snapshot();
        let source = self.paths.source_of(snapshot, by)?;
        let lifted = self.paths.lifted.contains_key(&by);
        let found = self.capabilities.found(source, lifted);
        let methods = self.paths.needed_actions.methods();
        let mut best: Option<(bool, &Method, &[usize])> = None;
        for (method, needed_actions) in methods {
            let gained = self
                .capabilities
                .gained(method, needed_actions, &found, &source.account);
            let Some(certain) = reaches(&gained, goal) else {
                continue;
            };
            if best.is_none_or(|(known, _, _)| certain && !known) {
                best = Some((certain, method, needed_actions));
            }
        }
        let gains = self.gains(goal);
        // What a trust policy allows to everybody is in the rows of everybody.
        if best.is_none_or(|(certain, _, _)| !certain)
            && let Some(step) = self.public_step(source, lifted, goal, gains.clone())
            && (best.is_none() || step.result == RowResult::Allowed)
        {
            return Some(step);
        }
        let (certain, method, needed_actions) = best?;
        let mut rows = Vec::new();
        for &needed_action in needed_actions {
            rows.extend(self.row(source, lifted, needed_action, goal));
        }
        Some(PathStep {
            method: method.name.into(),
            source: source.id.to_string(),
            gains,
            result: result(certain),
            rows,
        })
    }

    fn public_step(
        &self,
        source: &Source,
        lifted: bool,
        goal: Goal,
        gains: Option<String>,
    ) -> Option<PathStep> {
        let Goal::Become(number) = goal else { return None };
        let row = self.paths.public_row(self.effective, number);
        let own = self.capabilities.own_class(source, lifted)?;
        let certain = self.capabilities.public_roles(&own).get(number)?;
        Some(PathStep {
            method: "assume-role".into(),
            source: source.id.to_string(),
            gains,
            result: result(certain),
            rows: row.into_iter().collect(),
        })
    }

    fn gains(&self, goal: Goal) -> Option<String> {
        let group = |number: usize| self.paths.subjects.groups.get(number);
        match goal {
            Goal::Become(node) | Goal::Unlimit(node) | Goal::Raise(node) => {
                let principals = &self.paths.subjects.principals;
                let loaded = principals.get(self.paths.loaded(node));
                loaded.map(|principal| principal.resource.arn.to_string())
            }
            Goal::RaiseGroup(number) | Goal::Join(number) => {
                group(number).map(|group| group.resource.arn.to_string())
            }
            Goal::Administrator => None,
        }
    }

    /// Returns the row that a needed action of a method needs.
    fn row(&mut self, source: &Source, lifted: bool, number: usize, goal: Goal) -> Option<StepRow> {
        let needed_action = *self.paths.needed_actions.all.get(number)?;
        let mut granting = Vec::new();
        for attachment in &source.attachments {
            let granted = self.capabilities.granted(attachment.table, lifted);
            let ways = granted.iter().find(|(one, _)| *one == number);
            let certain = ways.and_then(|(_, ways)| self.serving(&needed_action, ways, goal));
            granting.extend(certain.map(|(object, certain)| (!certain, attachment.table, object)));
        }
        let &(_, table, object) = granting.iter().min_by_key(|(doubtful, _, _)| *doubtful)?;
        let arn = object.and_then(|object| self.arn(&needed_action, object));
        let action = self
            .effective
            .snapshot()
            .actions
            .find(&needed_action.need.action.to_lowercase())?;
        let named = table_row(
            self.effective,
            source,
            action,
            |attachment| attachment.table == table,
            arn.as_deref(),
        );
        // Without its boundary the principal has rows that it does not have today.
        Some(named.unwrap_or_else(|| StepRow {
            id: None,
            source: source.id.to_string(),
            action: needed_action.need.action.to_owned(),
            destination: arn.unwrap_or_else(|| "*".to_owned()),
            policy: self.policy_of(source, table),
            entity: None,
        }))
    }

    /// Returns which object of a needed action serves a goal, and whether that is certain.
    fn serving(
        &self,
        needed_action: &NeededAction,
        ways: &Ways,
        goal: Goal,
    ) -> Option<(Option<usize>, bool)> {
        let subjects = &self.paths.subjects;
        let principal = match goal {
            Goal::Become(node) | Goal::Unlimit(node) | Goal::Raise(node) => Some(node),
            Goal::RaiseGroup(_) | Goal::Join(_) | Goal::Administrator => None,
        };
        let mut candidates = ways
            .iter()
            .filter(|(number, _)| match needed_action.need.subject {
                Subject::User | Subject::Role => Some(*number) == principal,
                Subject::Group => match goal {
                    Goal::RaiseGroup(group) | Goal::Join(group) => group == *number,
                    Goal::Become(_) | Goal::Unlimit(_) | Goal::Raise(_) | Goal::Administrator => subjects
                        .groups
                        .get(*number)
                        .is_some_and(|group| group.members.iter().any(|member| Some(*member) == principal)),
                },
                Subject::Policy => subjects.policies.get(*number).is_some_and(|policy| match goal {
                    Goal::RaiseGroup(group) => policy.groups.contains(&group),
                    Goal::Become(_)
                    | Goal::Unlimit(_)
                    | Goal::Raise(_)
                    | Goal::Join(_)
                    | Goal::Administrator => policy.holders.iter().any(|holder| Some(*holder) == principal),
                }),
                Subject::Running(..) => match number.checked_sub(1) {
                    Some(running) => {
                        let role = subjects.running.get(running).and_then(|one| one.role);
                        role.is_some() && role == principal
                    }
                    None => true,
                },
                Subject::New => true,
            });
        let first = candidates.next()?;
        let best = candidates
            .find(|(_, certain)| *certain)
            .filter(|_| !first.1)
            .unwrap_or(first);
        Some((Some(best.0), best.1))
    }

    fn arn(&self, needed_action: &NeededAction, object: usize) -> Option<String> {
        let subjects = &self.paths.subjects;
        let resource = match needed_action.need.subject {
            Subject::User | Subject::Role => &subjects.principals.get(object)?.resource,
            Subject::Group => &subjects.groups.get(object)?.resource,
            Subject::Policy => &subjects.policies.get(object)?.resource,
            Subject::Running(..) => &subjects.running.get(object.checked_sub(1)?)?.resource,
            Subject::New => return None,
        };
        Some(resource.arn.to_string())
    }

    fn policy_of(&self, source: &Source, table: crate::aws::data::TableId) -> String {
        let attachment = source.attachments.iter().find(|one| one.table == table);
        let policy = attachment.and_then(|one| self.effective.snapshot().policies.get(one.policy));
        policy.map_or_else(String::new, |policy| policy.id.to_string())
    }
}

/// Returns the row of a source for an action, of an attachment, whose destination includes a resource.
fn table_row(
    effective: &EffectiveTables,
    source: &Source,
    action: u32,
    of: impl Fn(&crate::aws::data::Attachment) -> bool,
    resource: Option<&str>,
) -> Option<StepRow> {
    let resource = resource.map(|arn| ArnPattern::parse(arn, ShortArn::Padded));
    source
        .attachments
        .iter()
        .filter(|one| of(one))
        .find_map(|attachment| {
            let table = effective.table(attachment.table);
            let row = table.rows().iter().find(|row| {
                row.action == action
                    && resource.as_ref().is_none_or(|resource| {
                        ArnPattern::parse(table.dest(**row), ShortArn::Padded).overlaps(resource)
                    })
            })?;
            let row = RowParts {
                snapshot: effective.snapshot(),
                source,
                attachment: *attachment,
                table,
                row: *row,
            };
            let key = row.key();
            Some(StepRow {
                id: Some(key.row_id()),
                source: key.source.to_owned(),
                action: key.action.to_owned(),
                destination: key.dest.to_owned(),
                policy: key.policy.to_owned(),
                entity: (!key.entity.is_empty()).then(|| key.entity.to_owned()),
            })
        })
}

const fn result(certain: bool) -> RowResult {
    if certain {
        RowResult::Allowed
    } else {
        RowResult::Conditional
    }
}
