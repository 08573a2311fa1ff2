//! The index of the catalogue's text, written by the build script.

use super::Span;
use super::action::Row;
use super::service::{ConditionKey, Service, TypeRow};

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
