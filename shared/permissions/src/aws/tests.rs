//! Compares rows with the policies that they come from.

mod administrator_paths;
mod administrator_realm;
mod administrator_search;
mod administrator_shards;
mod audience;
mod both_sides;
mod brute_force;
mod compute_resources;
mod covers;
mod explained;
mod owners;
mod published_methods;
pub(crate) mod queries;
pub(crate) mod random_organization;
mod resource_control;
mod resources;
mod rows;
pub(crate) mod sample_account;
pub(crate) mod sample_organization;
pub(crate) mod sample_requests;
pub(crate) mod selected;
mod simulated;
