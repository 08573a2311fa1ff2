//! Policy documents, each compiled once, and which of their statements tell principals apart.

use super::super::{CompiledActions, CompiledDocument, is_full_access};
use crate::actions::Actions;
use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};
use iam::condition::{Atom, Expression};
use iam::document::{Document, Effect, Entry, PolicyKind};
use iam::matching::ResourcePattern;
use iam::policy::{CompiledStatement, Policy};
use std::collections::BTreeSet;
use std::hash::BuildHasher;

#[derive(Default)]
pub(super) struct Documents {
    hash: RandomState,
    /// Numbers of documents of one hash: nearly always one, and no document is copied to look it up
    by_hash: HashMap<u64, Vec<usize>>,
    entries: Vec<DocumentEntry>,
}

pub(super) struct DocumentEntry {
    document: Document,
    pub(super) policy: Policy,
    /// Statements that can mean different things to two principals of one account
    pub(super) telling: Vec<Telling>,
}

/// By what a statement can tell principals apart
pub(super) struct Telling {
    pub(super) statement: usize,
    pub(super) by_condition: bool,
    pub(super) by_resources: bool,
}

impl Documents {
    pub(super) fn intern(&mut self, document: &Document, kind: PolicyKind) -> usize {
        let hash = self.hash.hash_one((document, kind));
        let same = self.by_hash.entry(hash).or_default();
        let is_same = |&number: &usize| {
            let entry = self.entries.get(number);
            entry.is_some_and(|entry| entry.policy.kind() == kind && entry.document == *document)
        };
        if let Some(number) = same.iter().copied().find(is_same) {
            return number;
        }
        let policy = Policy::compile(document, kind);
        let number = self.entries.len();
        self.entries.push(DocumentEntry {
            telling: policy
                .statements()
                .iter()
                .zip(0..)
                .filter_map(Telling::new)
                .collect(),
            document: document.clone(),
            policy,
        });
        same.push(number);
        number
    }

    pub(super) fn get(&self, number: usize) -> Option<&DocumentEntry> {
        self.entries.get(number)
    }

    /// Names of actions without wildcard, as policies spell them.
    pub(super) fn literals(&self) -> impl Iterator<Item = String> + use<> {
        let names: BTreeSet<&str> = self
            .entries
            .iter()
            .flat_map(|entry| entry.document.valid())
            .flat_map(|statement| statement.actions.entries())
            .map(String::as_str)
            .filter(|name| name.contains(':') && !name.contains(['*', '?']))
            .collect();
        names.into_iter().map(canonical).collect::<Vec<_>>().into_iter()
    }

    pub(super) fn compile(self, actions: &Actions) -> Vec<CompiledDocument> {
        let mut memo = HashMap::new();
        let entries = self.entries.into_iter();
        entries.map(|entry| entry.compile(actions, &mut memo)).collect()
    }
}

/// Service prefixes are lower case in every catalogue.
fn canonical(name: &str) -> String {
    match name.split_once(':') {
        Some((service, action)) => format!("{}:{action}", service.to_lowercase()),
        None => name.to_owned(),
    }
}

impl DocumentEntry {
    pub(super) fn statements(&self) -> &[CompiledStatement] {
        self.policy.statements()
    }

    /// Whether something is denied, or may have been meant to be.
    pub(super) fn has_deny(&self) -> bool {
        self.policy.has_invalid_deny() || self.statements().iter().any(|one| one.effect == Effect::Deny)
    }

    fn compile(self, actions: &Actions, memo: &mut HashMap<String, Vec<u32>>) -> CompiledDocument {
        let conditions = |index: usize| match self.document.statements.get(index) {
            Some(Entry::Valid(statement)) => statement.conditions.clone(),
            Some(Entry::Invalid(_)) | None => Vec::new(),
        };
        let statements = self.policy.statements().iter().map(|statement| CompiledActions {
            runs: actions.runs(&statement.actions, memo),
            conditions: conditions(statement.index),
        });
        CompiledDocument {
            statements: statements.collect(),
            full_access: self.policy.kind() == PolicyKind::Identity && is_full_access(&self.policy),
            policy: self.policy,
        }
    }
}

impl Telling {
    fn new((statement, index): (&CompiledStatement, usize)) -> Option<Self> {
        let by_condition = depends_on_principal(&statement.condition);
        let resources = statement.resources.iter();
        let by_resources = resources
            .flat_map(|resources| resources.patterns().entries())
            .any(|entry| matches!(entry, ResourcePattern::Variable(_)));
        (by_condition || by_resources).then_some(Self {
            statement: index,
            by_condition,
            by_resources,
        })
    }
}

/// Whether a condition can mean different things to two principals of one account.
fn depends_on_principal(expression: &Expression) -> bool {
    let key_depends = |key: &str| {
        let key = key.to_lowercase();
        key.starts_with("aws:principal") || key.starts_with("aws:user")
    };
    match expression {
        Expression::Atom(atom) | Expression::Not(atom) => match &**atom {
            Atom::Null(key) => key_depends(key),
            Atom::Key(test) => key_depends(test.key()) || has_variable(atom),
            Atom::Pattern(_) => true,
            Atom::Unsupported { .. } => false,
        },
        Expression::And(members) | Expression::Or(members) => members.iter().any(depends_on_principal),
        // What is hidden may depend on anything.
        Expression::Complex => true,
        Expression::True | Expression::False => false,
    }
}

/// Whether all that a principal can add to a condition has been filled in.
///
/// A variable beside a key that is not known yet is not: it is read only when the key is.
pub(super) fn is_settled(expression: &Expression) -> bool {
    match expression {
        Expression::Atom(atom) | Expression::Not(atom) => !has_variable(atom),
        Expression::And(members) | Expression::Or(members) => members.iter().all(is_settled),
        Expression::Complex => false,
        Expression::True | Expression::False => true,
    }
}

fn has_variable(atom: &Atom) -> bool {
    match atom {
        Atom::Key(test) => test.values().iter().any(|value| value.contains("${")),
        Atom::Pattern(_) => true,
        Atom::Null(_) | Atom::Unsupported { .. } => false,
    }
}
