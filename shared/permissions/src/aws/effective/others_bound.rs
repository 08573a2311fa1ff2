//! Remembers what statements that name principals by their ARN or a tag mean for all whom they do not name.

use crate::aws::data::{PRINCIPAL_ARN, PRINCIPAL_TAG};
use iam::context::{ConditionKeys, Context, Lookup};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Statements whose conditions name values of one key, and what is known of what they mean for principals of whom the same is known:
/// one value of the key that the statement does not name, or nothing, or that they lack the key
#[derive(Debug, Default)]
pub(super) struct OthersBound {
    statements: ByKey,
    with_value: Mutex<Option<KnownOfOthers>>,
    without_key: Mutex<Option<KnownOfOthers>>,
    with_unknown: Mutex<Option<KnownOfOthers>>,
}

/// Statements by the key whose values they name, ascending
type ByKey = BTreeMap<Box<str>, BTreeSet<usize>>;

#[derive(Debug, Default)]
struct KnownOfOthers {
    /// The statements of which it is not known yet whether they bind
    open: ByKey,
    /// The statements that bind
    binding: ByKey,
}

impl KnownOfOthers {
    /// Returns whether a statement about a key binds a principal that it does not name.
    fn bind(&mut self, key: &str, naming: &[usize], binds: impl Fn(usize) -> bool) -> bool {
        let is_of_others = |statement: &usize| naming.binary_search(statement).is_err();
        let mut known = self.binding.get(key).into_iter().flatten();
        if known.any(is_of_others) {
            return true;
        }
        let Some(open) = self.open.get_mut(key) else {
            return false;
        };
        while let Some(statement) = open.iter().copied().find(is_of_others) {
            open.remove(&statement);
            if binds(statement) {
                self.binding.entry(key.into()).or_default().insert(statement);
                return true;
            }
        }
        if open.is_empty() {
            self.open.remove(key);
        }
        false
    }
}

impl OthersBound {
    pub(super) fn add(&mut self, key: &str, statement: usize) {
        self.statements.entry(key.into()).or_default().insert(statement);
    }

    /// Returns whether a statement binds a principal that is none of those whom it names. `naming` are the statements that are
    /// decided for the principal alone, ascending. `binds` decides whether a statement binds the principal.
    pub(super) fn bind(&self, context: &Context, naming: &[usize], binds: impl Fn(usize) -> bool) -> bool {
        let mut own = context.below(PRINCIPAL_TAG);
        own.insert(PRINCIPAL_ARN, context.lookup(PRINCIPAL_ARN));
        let with_value = own
            .iter()
            .filter(|(_, known)| matches!(known, Lookup::Present([_])));
        let mut keys = with_value
            .map(|(key, _)| *key)
            .filter(|key| self.statements.contains_key(*key));
        if self.known(&self.with_value, |known| {
            keys.any(|key| known.bind(key, naming, &binds))
        }) {
            return true;
        }
        let others = match context.lookup(PRINCIPAL_TAG) {
            Lookup::Absent => &self.without_key,
            Lookup::Present(_) | Lookup::Other(_) | Lookup::Begins(_) | Lookup::Unknown => &self.with_unknown,
        };
        self.known(others, |known| {
            let is_other = |key: &str| !own.contains_key(key);
            if known.binding.keys().any(|key| is_other(key)) {
                return true;
            }
            while let Some(key) = known.open.keys().find(|key| is_other(key)).cloned() {
                if known.bind(&key, naming, &binds) {
                    return true;
                }
            }
            false
        })
    }

    fn known(
        &self,
        known: &Mutex<Option<KnownOfOthers>>,
        asked: impl FnOnce(&mut KnownOfOthers) -> bool,
    ) -> bool {
        if self.statements.is_empty() {
            return false;
        }
        // Entries only move, so that a panic elsewhere leaves none of them wrong.
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        asked(known.get_or_insert_with(|| KnownOfOthers {
            open: self.statements.clone(),
            binding: ByKey::default(),
        }))
    }
}
