//! The outline is what a body says, for the passes behind the first one.

use crate::location::Location;
use crate::nrn::{self, Nrn};
use crate::policy::{Effect, Permission, Policy, Target};
use crate::product::Product;

/// Holds what a body says, as far as it could be read. Without ERROR it is all that the body says.
#[derive(Debug)]
pub(crate) struct Outline<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
    pub(crate) permissions: Vec<PermissionOutline<'a>>,
    /// Says whether the permissions are small enough to be stored.
    pub(crate) fits: bool,
}

impl<'a> Outline<'a> {
    /// Returns the policy that a body without ERROR describes. Copies it out of the body.
    pub(crate) fn to_policy(&self) -> Policy {
        let permissions = self.permissions.iter().map(|permission| Permission {
            effect: Effect::Allow,
            targets: permission
                .targets
                .iter()
                .map(|target| Target {
                    product: target.code.to_owned(),
                    actions: target.actions.iter().map(|action| (*action).to_owned()).collect(),
                    resource_nrns: target
                        .resources
                        .iter()
                        .map(|text| {
                            if *text == "*" {
                                nrn::everything_of(target.code)
                            } else {
                                (*text).to_owned()
                            }
                        })
                        .collect(),
                })
                .collect(),
        });
        Policy::restore(
            self.name.to_owned(),
            self.description.to_owned(),
            permissions.collect(),
        )
    }

    /// Returns the targets without ERROR in document order, each with the number of its permission among those read.
    pub(crate) fn clean_targets(&self) -> impl Iterator<Item = (usize, &TargetOutline<'a>)> {
        let targets = self.permissions.iter().enumerate();
        targets
            .flat_map(|(i, permission)| permission.targets.iter().map(move |target| (i, target)))
            .filter(|(_, target)| target.clean)
    }
}

#[derive(Debug)]
pub(crate) struct PermissionOutline<'a> {
    pub(crate) targets: Vec<TargetOutline<'a>>,
    /// Says whether every target was read without ERROR, and the permission allows something.
    pub(crate) clean: bool,
}

/// A target as it was read. The lists hold the strings of the body's arrays; while the target is clean, all of them,
/// so that positions are indexes in the body.
#[derive(Debug)]
pub(crate) struct TargetOutline<'a> {
    pub(crate) location: Location<'a>,
    pub(crate) code: &'a str,
    /// The product of that code, if it exists.
    pub(crate) product: Option<&'a Product>,
    pub(crate) actions: Vec<&'a str>,
    pub(crate) resources: Vec<&'a str>,
    /// The resources, read; only those that could be.
    pub(crate) nrns: Vec<Nrn<'a>>,
    /// Says whether nothing in it is an ERROR.
    pub(crate) clean: bool,
}
