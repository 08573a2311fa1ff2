//! Finds the model that a call of Amazon Bedrock invokes.

/// Returns whether a call that names resources of the types `found` needs no resource of the type `kind` besides. Each
/// type is given by its first ARN format.
///
/// The types of models are alternatives. A call through an inference profile needs the profile and the foundation models
/// behind it.
///
/// Source: Amazon Bedrock user guide, "Prerequisites for inference profiles".
pub(super) fn has_model(action: &str, found: &[&str], kind: &str) -> bool {
    let is_profile = |format: &&str| format.contains("inference-profile/");
    let needs_models = found.iter().any(is_profile) && kind.contains(":foundation-model/");
    action.starts_with("bedrock:InvokeModel") && !found.is_empty() && !needs_models
}
