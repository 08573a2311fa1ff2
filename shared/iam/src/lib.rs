//! The IAM policy language: documents, ARNs, wildcards, action catalogue, evaluation; pure.
