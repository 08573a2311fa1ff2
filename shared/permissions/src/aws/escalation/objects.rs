//! Numbers the objects that a needed action can be about.

use super::granting::Granting;
use super::methods::{PASS_ROLE, Subject};
use super::needed::NeededAction;
use super::subjects::Subjects;
use super::ways::insert;
use crate::aws::data::PrincipalClass;
use crate::aws::effective::SingleResource;
use fixedbitset::FixedBitSet;

impl Granting<'_> {
    /// Returns the objects that a needed action can be about, for a principal class; `None` when any resource counts.
    ///
    /// Running resources are numbered from 1: 0 is one that no document names.
    pub(super) fn objects(
        &self,
        needed_action: &NeededAction,
        class: &PrincipalClass,
    ) -> Option<FixedBitSet> {
        let subjects = self.subjects;
        let numbered = |chosen: &mut dyn Iterator<Item = usize>| {
            let mut set = FixedBitSet::new();
            for number in chosen {
                insert(&mut set, number);
            }
            set
        };
        let of_account = |set: &FixedBitSet| {
            let mut set = set.clone();
            match subjects.by_account.get(&class.account) {
                Some(own) => set.intersect_with(own),
                None => set.clear(),
            }
            set
        };
        Some(match needed_action.need.subject {
            Subject::User => of_account(&subjects.users),
            Subject::Role if needed_action.is_assumption() => {
                let mut roles = subjects.roles.clone();
                roles.union_with(&subjects.others);
                roles
            }
            Subject::Role => {
                let mut own = of_account(&subjects.roles);
                if needed_action.need != PASS_ROLE {
                    own.difference_with(&subjects.protected);
                }
                own
            }
            Subject::Group => {
                let groups = subjects.groups.iter().enumerate();
                let mut own = groups
                    .filter(|(_, one)| one.account == class.account)
                    .map(|(number, _)| number);
                numbered(&mut own)
            }
            Subject::Policy => {
                let policies = subjects.policies.iter().enumerate();
                let mut own = policies
                    .filter(|(_, one)| one.account == class.account)
                    .map(|(number, _)| number);
                numbered(&mut own)
            }
            Subject::Running(service, kind)
                if Subjects::lists(self.snapshot, &class.account, (service, kind)) =>
            {
                let running = subjects.running.iter().enumerate();
                let mut of_kind = running
                    .filter(|(_, one)| *one.service == *service && *one.kind == *kind)
                    .map(|(number, _)| number.saturating_add(1));
                numbered(&mut of_kind)
            }
            Subject::Running(..) | Subject::New => return None,
        })
    }

    pub(super) fn resource(&self, needed_action: &NeededAction, number: usize) -> Option<&SingleResource> {
        let subjects = self.subjects;
        match needed_action.need.subject {
            Subject::User | Subject::Role => subjects.principals.get(number).map(|one| &one.resource),
            Subject::Group => subjects.groups.get(number).map(|one| &one.resource),
            Subject::Policy => subjects.policies.get(number).map(|one| &one.resource),
            Subject::Running(..) => {
                let running = number
                    .checked_sub(1)
                    .and_then(|number| subjects.running.get(number));
                running.map(|one| &one.resource)
            }
            Subject::New => None,
        }
    }
}
