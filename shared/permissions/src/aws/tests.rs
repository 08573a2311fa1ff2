//! Compares rows with the policies that they come from.

mod administrator_paths;
mod administrator_search;
mod administrator_shards;
mod audience;
mod both_sides;
pub(crate) mod brute_force;
mod compute_resources;
mod covers;
mod explained;
mod owners;
pub(crate) mod pages;
pub(crate) mod queries;
mod resource_control;
mod resources;
mod rows;
pub(crate) mod sample_account;
pub(crate) mod sample_organization;
mod simulated;
