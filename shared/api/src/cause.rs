//! A cause is what lies below an error.

/// The error below an error; logged, and never sent.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;
