//! Different things, each held once and known by a number.

use foldhash::HashMap;
use std::hash::Hash;
use std::rc::Rc;

/// Different things, numbered in the order in which they came
#[derive(Debug)]
pub(super) struct Numbered<T> {
    numbers: HashMap<Rc<T>, u32>,
    all: Vec<Rc<T>>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::default(),
            all: Vec::new(),
        }
    }
}

impl<T: Eq + Hash + Clone> Numbered<T> {
    /// Returns the number of a thing, and takes the thing in when it is new.
    pub(super) fn add(&mut self, thing: T) -> u32 {
        if let Some(number) = self.numbers.get(&thing) {
            return *number;
        }
        let number = short(self.all.len());
        let thing = Rc::new(thing);
        self.all.push(Rc::clone(&thing));
        self.numbers.insert(thing, number);
        number
    }

    /// Returns the thing with a number.
    pub(super) fn get(&self, number: u32) -> Option<&Rc<T>> {
        self.all.get(long(number))
    }

    /// Returns how many things there are.
    #[cfg(test)]
    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns all things in the order of their numbers.
    pub(super) fn finish(self) -> Vec<T> {
        drop(self.numbers);
        self.all.into_iter().map(Rc::unwrap_or_clone).collect()
    }
}

/// Returns a number in the form that is held and stored. There are far fewer nodes than this form has numbers.
pub(super) fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(super) fn long(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
