//! The only crate that talks S3, STS, CloudTrail and IAM in the caller's account.
