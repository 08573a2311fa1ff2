//! Numbers what the layers say about an action, so that one decision serves all principals for whom they say the same.
//!
//! Thousands of principals differ in a Deny about some actions, and are alike for all others.

use super::action_classes::{ActionClasses, BY_NAME, CommonDivision};
use crate::aws::data::{
    Boundary, CompiledDocument, DocumentId, PrincipalClass, ServiceControl, Snapshot, is_controlled,
};
use foldhash::HashMap;
use iam::document::Effect;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Says what was numbered so far
#[derive(Debug, Default)]
pub(super) struct AllLayers {
    common: CommonDivision,
    limited: Mutex<HashMap<Limits, Arc<Limited>>>,
    numbers: Mutex<HashMap<Layers, LayersId>>,
}

/// Numbers what the layers say about an action
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LayersId(usize);

/// Holds what limits a principal. What is denied counts, and not which document denies it: thousands of principals have
/// an inline policy of their own that denies the same.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Limits {
    account: Box<str>,
    boundary: Boundary,
    service_control: ServiceControl,
    /// Numbers of what the principal's own policies deny, ascending
    denies: Vec<usize>,
    has_invalid_deny: bool,
    incomplete: bool,
}

/// The numbers of what the layers say to principals that are limited alike
#[derive(Debug, Clone, Copy)]
pub(super) struct LayersIds {
    /// The same number for all accounts, unless a layer reads the account of the principal
    pub(super) anywhere: LayersId,
    /// Another number for each account
    pub(super) in_account: LayersId,
}

/// Principals that are limited alike
#[derive(Debug)]
pub(super) struct Limited {
    pub(super) classes: ActionClasses,
    /// By the class of the action: nothing where a statement tells two principals apart
    layers: Box<[OnceLock<Option<LayersIds>>]>,
}

/// Holds what all layers of a principal say about an action
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Layers {
    /// `None` when the layers say the same to principals of any account
    account: Option<Box<str>>,
    incomplete: bool,
    boundary: BoundaryLayer,
    service_control: ServiceControlLayer,
    denies: Said,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum BoundaryLayer {
    None,
    NotKnown,
    Says(Said),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum ServiceControlLayer {
    NotSupplied,
    Exempt,
    Says(Vec<Said>),
}

/// Holds what statements say about an action
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Said {
    /// The numbers of what Deny statements say
    denies: Vec<usize>,
    /// A statement that cannot be read may deny something
    has_invalid_deny: bool,
    allows: Allows,
    /// Says whether a statement reads the account of the principal
    reads_account: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Allows {
    /// The statements allow the action on everything, whatever a request says
    Everything,
    /// The addresses of the statements. They belong to the snapshot, which outlives every number
    By(Vec<usize>),
}

impl Default for Allows {
    fn default() -> Self {
        Self::By(Vec::new())
    }
}

impl AllLayers {
    /// Returns what is known of all who are limited as a principal class is.
    pub(super) fn limited(&self, snapshot: &Snapshot, class: &PrincipalClass) -> Arc<Limited> {
        let documents = class.denies.iter().filter_map(|&id| snapshot.documents.get(id));
        let statements = documents.clone().flat_map(CompiledDocument::statements);
        let mut denies: Vec<usize> = statements.filter_map(|one| one.denial).collect();
        denies.sort_unstable();
        denies.dedup();
        let limits = Limits {
            account: class.account.clone(),
            boundary: class.boundary,
            service_control: class.service_control.clone(),
            denies,
            has_invalid_deny: documents.clone().any(CompiledDocument::has_invalid_deny),
            incomplete: class.incomplete,
        };
        let mut limited = self.limited.lock().unwrap_or_else(PoisonError::into_inner);
        let known = limited.entry(limits).or_insert_with(|| {
            let classes = self.common.refined(snapshot, class);
            Arc::new(Limited {
                layers: (0..classes.count()).map(|_| OnceLock::new()).collect(),
                classes,
            })
        });
        Arc::clone(known)
    }

    /// Returns the numbers of what the layers of a class say about an action; `None` where principals that are limited alike can have
    /// different answers. No layer tells actions of one class apart.
    pub(super) fn of(
        &self,
        snapshot: &Snapshot,
        (class, limited): (&PrincipalClass, &Limited),
        action: u32,
    ) -> Option<LayersIds> {
        let number = usize::try_from(limited.classes.class_of(action)).ok()?;
        *limited.layers.get(number)?.get_or_init(|| {
            let layers = layers(snapshot, class, action)?;
            let in_account = self.number(Layers {
                account: Some(class.account.clone()),
                ..layers.clone()
            });
            let anywhere = self.number(layers);
            Some(LayersIds { anywhere, in_account })
        })
    }

    fn number(&self, layers: Layers) -> LayersId {
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = LayersId(numbers.len());
        *numbers.entry(layers).or_insert(next)
    }
}

fn layers(snapshot: &Snapshot, class: &PrincipalClass, action: u32) -> Option<Layers> {
    let name = &snapshot.actions.get(action)?.name;
    // For these actions, and for what resource control policies deny, it matters who the principal is.
    if BY_NAME.iter().any(|one| name.eq_ignore_ascii_case(one))
        || is_controlled(name) && snapshot.resource_control.documents().next().is_some()
    {
        return None;
    }
    let said = |documents: &mut dyn Iterator<Item = DocumentId>| {
        let mut said = Said::default();
        for document in documents.filter_map(|id| snapshot.documents.get(id)) {
            said.add_denies(document, action)?;
            said.add_allows(document, action)?;
        }
        Some(said)
    };
    // What the policies of a principal allow is decided with the granting policy, and not here.
    let mut denies = Said::default();
    for document in class.denies.iter().filter_map(|&id| snapshot.documents.get(id)) {
        denies.add_denies(document, action)?;
    }
    denies.denies.sort_unstable();
    denies.denies.dedup();
    let mut layers = Layers {
        account: None,
        incomplete: class.incomplete,
        boundary: match class.boundary {
            Boundary::None => BoundaryLayer::None,
            Boundary::NotKnown => BoundaryLayer::NotKnown,
            Boundary::Document(document) => BoundaryLayer::Says(said(&mut std::iter::once(document))?),
        },
        service_control: match &class.service_control {
            ServiceControl::NotSupplied => ServiceControlLayer::NotSupplied,
            ServiceControl::Exempt => ServiceControlLayer::Exempt,
            ServiceControl::Levels(levels) => {
                let of_levels = levels.iter().map(|level| {
                    let policies = level.iter();
                    let mut documents =
                        policies.filter_map(|&id| Some(snapshot.service_control_policies.get(id)?.document));
                    said(&mut documents)
                });
                ServiceControlLayer::Says(of_levels.collect::<Option<_>>()?)
            }
        },
        denies,
    };
    if layers.reads_account() {
        layers.account = Some(class.account.clone());
    }
    Some(layers)
}

impl Layers {
    fn reads_account(&self) -> bool {
        let boundary = match &self.boundary {
            BoundaryLayer::Says(said) => Some(said),
            BoundaryLayer::None | BoundaryLayer::NotKnown => None,
        };
        let levels = match &self.service_control {
            ServiceControlLayer::Says(levels) => levels.as_slice(),
            ServiceControlLayer::NotSupplied | ServiceControlLayer::Exempt => &[],
        };
        let mut all = levels.iter().chain(boundary).chain([&self.denies]);
        all.any(|said| said.reads_account)
    }
}

impl Said {
    /// Adds what a document denies; returns `None` when a statement means different things for different principals.
    fn add_denies(&mut self, document: &CompiledDocument, action: u32) -> Option<()> {
        self.has_invalid_deny |= document.has_invalid_deny();
        for one in document.views_about(Effect::Deny, action) {
            self.denies.push(one.denial.filter(|_| !one.reads_principal)?);
            self.reads_account |= one.reads_account;
        }
        Some(())
    }

    /// Adds what a document allows; returns `None` when a statement means different things for different principals.
    fn add_allows(&mut self, document: &CompiledDocument, action: u32) -> Option<()> {
        for one in document.views_about(Effect::Allow, action) {
            if one.reads_principal {
                return None;
            }
            self.reads_account |= one.reads_account;
            if one.statement.is_about_everything() {
                self.allows = Allows::Everything;
            }
            // Other statements cannot change the result any more.
            if let Allows::By(addresses) = &mut self.allows {
                addresses.push(std::ptr::from_ref(one.statement).addr());
            }
        }
        Some(())
    }
}
