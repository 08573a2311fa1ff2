//! The permission explorer: a page for people, served by the API itself.

pub mod show_explorer;
