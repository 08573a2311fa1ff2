//! Numbers of the parts of a snapshot, one type for each kind of part.
//!
//! A number is an index of the list of its kind, so that the number of a document cannot be used where a policy is meant.
//! The crates for this (`typed-index-collections`, `index_vec`) do more than is needed here and bring more with them.

use std::marker::PhantomData;

/// A list whose entries are numbered by ids of one kind
#[derive(Debug, Clone)]
pub(crate) struct IdVec<I, T> {
    entries: Vec<T>,
    ids: PhantomData<I>,
}

impl<I: Copy + From<usize> + Into<usize>, T> IdVec<I, T> {
    const fn from_vec(entries: Vec<T>) -> Self {
        Self {
            entries,
            ids: PhantomData,
        }
    }

    /// Returns the number of entries.
    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the id that the next entry will have.
    pub(crate) fn next_id(&self) -> I {
        I::from(self.entries.len())
    }

    pub(crate) fn push(&mut self, entry: T) {
        self.entries.push(entry);
    }

    pub(crate) fn get(&self, id: I) -> Option<&T> {
        self.entries.get(id.into())
    }

    pub(crate) fn get_mut(&mut self, id: I) -> Option<&mut T> {
        self.entries.get_mut(id.into())
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.entries.iter()
    }

    /// Returns the entries from one id on.
    pub(crate) fn starting_at(&self, id: I) -> &[T] {
        self.entries.get(id.into()..).unwrap_or_default()
    }

    /// Returns all entries with their ids.
    pub(crate) fn with_ids(&self) -> impl Iterator<Item = (I, &T)> {
        self.iter()
            .enumerate()
            .map(|(index, entry)| (I::from(index), entry))
    }
}

impl<I: Copy + From<usize> + Into<usize>, T> Default for IdVec<I, T> {
    fn default() -> Self {
        Self::from_vec(Vec::new())
    }
}

impl<I, T> IntoIterator for IdVec<I, T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<I: Copy + From<usize> + Into<usize>, T> From<Vec<T>> for IdVec<I, T> {
    fn from(entries: Vec<T>) -> Self {
        Self::from_vec(entries)
    }
}

impl<I: Copy + From<usize> + Into<usize>, T> FromIterator<T> for IdVec<I, T> {
    fn from_iter<E: IntoIterator<Item = T>>(entries: E) -> Self {
        Self::from_vec(entries.into_iter().collect())
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(u32);

        impl From<usize> for $name {
            /// Makes an id of an index. No list has so many entries that a number does not fit.
            fn from(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }

        impl From<$name> for usize {
            fn from(id: $name) -> Self {
                Self::try_from(id.0).unwrap_or(Self::MAX)
            }
        }
    )+};
}

ids! {
    /// A compiled policy document
    DocumentId,
    /// A policy that grants something, where it is written
    PolicyId,
    /// A user, a group or a role that policies are attached to
    EntityId,
    /// A source of rows
    SourceId,
    /// Principals that no policy can distinguish
    PrincipalClassId,
    /// The table of what one document grants to one principal class
    TableId,
    /// The policy of a resource
    ResourcePolicyId,
    /// A resource control policy
    ResourceControlPolicyId,
    /// A service control policy
    ServiceControlPolicyId,
}
