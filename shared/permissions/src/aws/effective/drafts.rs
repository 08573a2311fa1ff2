//! Keeps the drafts of a snapshot's documents. Each draft is made when a query first needs it.

use super::action_classes::ActionClasses;
use super::dest::Dests;
use super::draft::{Candidate, Draft};
use super::effective_grant::EffectiveGrant;
use super::focus::Focus;
use super::layers::AllLayers;
use super::layout::Layout;
use super::request::RequestClass;
use super::table::Table;
use super::{identity_grants, resource_grants};
use crate::aws::data::{
    CompiledDocument, DocumentId, Expanded, PrincipalClass, ResourcePolicy, Snapshot, TableSpec,
};
use foldhash::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Holds a document, and what its policy variables come to
type Filled = (DocumentId, Vec<Expanded>);

/// The drafts of all documents
#[derive(Debug, Default)]
pub(super) struct Drafts {
    /// The drafts by what policy variables come to. A draft with variables is kept when it is needed a second time:
    /// most of them are for one principal only
    kept: Mutex<HashMap<Filled, Option<Arc<Shared>>>>,
    dests: Dests,
    /// The number of tables that were made
    tables: AtomicU32,
}

/// A draft that serves several principal classes
#[derive(Debug)]
struct Shared {
    draft: Draft,
    /// The layout by the classes of its actions
    layouts: Mutex<HashMap<ActionClasses, Arc<Layout>>>,
}

impl Drafts {
    /// Returns what a document grants to a principal class, on one resource when there is a focus.
    pub(super) fn table(
        &self,
        snapshot: &Snapshot,
        layers: &AllLayers,
        spec: TableSpec,
        focus: Option<&Focus>,
    ) -> Option<Arc<Table>> {
        let class = snapshot.principal_classes.get(spec.class)?;
        let document = snapshot.documents.get(spec.document)?;
        Some(match spec.resource {
            None => self.by_identity(snapshot, layers, (class, document), spec.document, focus),
            Some(id) => {
                let policy = snapshot.resource_policies.get(id)?;
                self.by_resource(snapshot, (class, document), policy, focus)
            }
        })
    }

    fn by_identity(
        &self,
        snapshot: &Snapshot,
        layers: &AllLayers,
        (class, document): (&PrincipalClass, &CompiledDocument),
        id: DocumentId,
        focus: Option<&Focus>,
    ) -> Arc<Table> {
        let effective =
            |request: &RequestClass<'_>, granting: &mut Vec<Candidate>| -> Option<EffectiveGrant> {
                identity_grants::effective(request, document, granting)
            };
        let limited = layers.limited(snapshot, class);
        let shared = self.shared(snapshot, (class, document), id, focus);
        let layout = shared.layout(snapshot, &limited.classes, document);
        let owner = (class, &*class.account);
        let layers = |action| layers.of(snapshot, (class, &*limited), action);
        layout.table(
            snapshot,
            &shared.draft,
            owner,
            self.next_number(),
            layers,
            effective,
        )
    }

    /// Returns the draft of a document for a principal class, and for all classes in which its policy variables come to
    /// the same.
    fn shared(
        &self,
        snapshot: &Snapshot,
        (class, document): (&PrincipalClass, &CompiledDocument),
        id: DocumentId,
        focus: Option<&Focus>,
    ) -> Arc<Shared> {
        let key = (id, identity_grants::filled_in(document, &class.context));
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().get(&key).cloned();
        if let Some(Some(shared)) = known {
            return shared;
        }
        let draft = identity_grants::draft(snapshot, class, document, focus, &self.dests);
        let shared = Arc::new(Shared::new(draft));
        let is_kept = known.is_some() || key.1.is_empty();
        kept().insert(key, is_kept.then(|| Arc::clone(&shared)));
        shared
    }

    fn next_number(&self) -> impl FnOnce() -> u32 + '_ {
        // Number 0 is the table without rows.
        || self.tables.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Works out what the policy of a resource grants. Such a policy names principals, so that no other class shares
    /// the draft, and it is about few actions.
    fn by_resource(
        &self,
        snapshot: &Snapshot,
        (class, document): (&PrincipalClass, &CompiledDocument),
        policy: &ResourcePolicy,
        focus: Option<&Focus>,
    ) -> Arc<Table> {
        let draft = resource_grants::draft(snapshot, class, document, policy, focus, &self.dests);
        let layout = Layout::new(snapshot, &draft, None);
        let owner = (class, &*policy.account);
        let effective = |request: &RequestClass<'_>, granting: &mut Vec<Candidate>| {
            resource_grants::effective(request, document, policy, granting)
        };
        layout.table(snapshot, &draft, owner, self.next_number(), |_| None, effective)
    }
}

impl Shared {
    fn new(draft: Draft) -> Self {
        Self {
            draft,
            layouts: Mutex::default(),
        }
    }

    fn layout(
        &self,
        snapshot: &Snapshot,
        classes: &ActionClasses,
        document: &CompiledDocument,
    ) -> Arc<Layout> {
        let classes = classes.among(&self.draft.actions);
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut layouts = self.layouts.lock().unwrap_or_else(PoisonError::into_inner);
        let layout = layouts.entry(classes).or_insert_with_key(|classes| {
            Arc::new(Layout::of_identity(snapshot, &self.draft, classes, document))
        });
        Arc::clone(layout)
    }
}
