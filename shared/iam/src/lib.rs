//! The IAM policy language: documents, ARNs, wildcards, action catalogue, evaluation; pure.

pub mod arn;
pub mod catalogue;
pub mod condition;
pub mod context;
pub mod document;
pub mod evaluate;
pub mod glob;
pub mod matching;
pub mod policy;
pub mod size;
mod variable;
