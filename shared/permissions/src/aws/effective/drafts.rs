//! The drafts of a snapshot's documents, each made when a query first needs it and then kept.

use super::action_classes::{ActionClasses, AllActionClasses};
use super::draft::{Candidate, Draft};
use super::effective_grant::EffectiveGrant;
use super::focus::Focus;
use super::layout::Layout;
use super::request::RequestClass;
use super::table::Table;
use super::{identity_grants, resource_grants};
use crate::aws::data::{
    CompiledDocument, DocumentId, IdVec, PrincipalClass, ResourcePolicy, Snapshot, TableSpec,
};
use foldhash::HashMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The drafts of all documents that do not depend on the principal class
#[derive(Debug)]
pub(super) struct Drafts {
    documents: IdVec<DocumentId, OnceLock<Option<Shared>>>,
    /// The number of tables that were made
    tables: AtomicU32,
}

/// A draft that serves all principal classes
#[derive(Debug)]
struct Shared {
    draft: Draft,
    /// By the number of the classes of actions
    layouts: Mutex<HashMap<usize, Arc<Layout>>>,
}

impl Drafts {
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        Self {
            documents: (0..snapshot.documents.len()).map(|_| OnceLock::new()).collect(),
            // Number 0 is the table without rows.
            tables: AtomicU32::new(1),
        }
    }

    /// What a document grants to a principal class, on one resource when there is a focus.
    pub(super) fn table(
        &self,
        snapshot: &Snapshot,
        classes: &AllActionClasses,
        spec: TableSpec,
        focus: Option<&Focus>,
    ) -> Option<Arc<Table>> {
        let class = snapshot.principal_classes.get(spec.class)?;
        let document = snapshot.documents.get(spec.document)?;
        Some(match spec.resource {
            None => self.by_identity(snapshot, classes, (class, document), spec.document, focus),
            Some(id) => {
                let policy = snapshot.resource_policies.get(id)?;
                self.by_resource(snapshot, (class, document), policy, focus)
            }
        })
    }

    fn by_identity(
        &self,
        snapshot: &Snapshot,
        classes: &AllActionClasses,
        (class, document): (&PrincipalClass, &CompiledDocument),
        id: DocumentId,
        focus: Option<&Focus>,
    ) -> Arc<Table> {
        let effective =
            |request: &RequestClass<'_>, granting: &mut Vec<Candidate>| -> Option<EffectiveGrant> {
                identity_grants::effective(request, document, granting)
            };
        let owner = (class, &*class.account);
        let classes = classes.of(snapshot, class);
        let draft = || identity_grants::draft(snapshot, class, document, focus);
        let shared = self.documents.get(id).and_then(|cell| {
            let shared = cell.get_or_init(|| {
                (!identity_grants::depends_on_principal(document)).then(|| Shared::new(draft()))
            });
            shared.as_ref()
        });
        if let Some(shared) = shared {
            let layout = shared.layout(snapshot, &classes);
            return layout.table(snapshot, &shared.draft, owner, &self.tables, effective);
        }
        let draft = draft();
        let layout = Layout::new(snapshot, &draft, Some(&classes));
        layout.table(snapshot, &draft, owner, &self.tables, effective)
    }

    /// The policies of resources name principals, so that nobody else shares the draft; few actions are about each.
    fn by_resource(
        &self,
        snapshot: &Snapshot,
        (class, document): (&PrincipalClass, &CompiledDocument),
        policy: &ResourcePolicy,
        focus: Option<&Focus>,
    ) -> Arc<Table> {
        let draft = resource_grants::draft(snapshot, class, document, policy, focus);
        let layout = Layout::new(snapshot, &draft, None);
        let owner = (class, &*policy.account);
        layout.table(snapshot, &draft, owner, &self.tables, |request, granting| {
            resource_grants::effective(request, document, policy, granting)
        })
    }
}

impl Shared {
    fn new(draft: Draft) -> Self {
        Self {
            draft,
            layouts: Mutex::default(),
        }
    }

    fn layout(&self, snapshot: &Snapshot, classes: &ActionClasses) -> Arc<Layout> {
        // Entries are only ever added, so that a panic elsewhere leaves none of them wrong.
        let mut layouts = self.layouts.lock().unwrap_or_else(PoisonError::into_inner);
        let layout = layouts
            .entry(classes.number)
            .or_insert_with(|| Arc::new(Layout::new(snapshot, &self.draft, Some(classes))));
        Arc::clone(layout)
    }
}
