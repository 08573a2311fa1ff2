//! Laws that hold across the crate, and what tests are written with.

mod fitting;
pub(crate) mod generation;
mod laws;
mod replay;
mod services;
