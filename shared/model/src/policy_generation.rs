//! Policy generation has the four operations of IAM Access Analyzer that turn CloudTrail activity into a policy.
//!
//! Source of the shapes: the service's public API model, version 2019-11-01.

mod job;
mod start;
#[cfg(test)]
mod tests;
mod wire;

pub use job::{Job, JobError, JobErrorCode, JobId, JobStatus};
pub use start::{
    CloudTrailArn, CloudTrailDetails, PolicyGenerationRules, PrincipalArn, RoleArn, StartPolicyGeneration,
    Trail,
};
pub use wire::{
    GetGeneratedPolicyReply, ListPolicyGenerations, ListPolicyGenerationsReply, Rendering,
    StartPolicyGenerationReply, timestamp,
};
