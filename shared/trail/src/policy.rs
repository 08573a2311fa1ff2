//! Composition of policies from what a principal was seen doing.

pub mod document;
