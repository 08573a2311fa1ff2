//! These tests read documents of each kind.

mod authorization_details;
mod organization;
mod packed;
mod reports;
mod resources;
