//! Lists events that no policy allows or refuses.

/// Event sources whose events are about signing in.
const SIGN_IN: [&str; 2] = ["signin.amazonaws.com", "signin.amazonaws.com.cn"];

/// Single events that the console or a service makes of its own accord, and those of access portals.
///
/// Source: CloudTrail user guide and the services' pages on logging with CloudTrail; nothing of that name is in
/// the Service Authorization Reference.
const EVENTS: [(&str, &str); 16] = [
    ("aws-marketplace.amazonaws.com", "GetListingView"),
    ("discovery-marketplace.amazonaws.com", "GetListingView"),
    ("ec2.amazonaws.com", "SharedSnapshotCopyInitiated"),
    ("ec2.amazonaws.com", "SharedSnapshotVolumeCreated"),
    ("kms.amazonaws.com", "DeleteKey"),
    ("kms.amazonaws.com", "RotateKey"),
    ("secretsmanager.amazonaws.com", "EndSecretVersionDelete"),
    ("secretsmanager.amazonaws.com", "RotationStarted"),
    ("secretsmanager.amazonaws.com", "RotationSucceeded"),
    ("secretsmanager.amazonaws.com", "StartSecretVersionDelete"),
    ("sso.amazonaws.com", "Authenticate"),
    ("sso.amazonaws.com", "Federate"),
    ("sso.amazonaws.com", "Logout"),
    ("sso.amazonaws.com", "UserAuthentication"),
    ("sts.amazonaws.com", "AssumeRoleWithSAML"),
    ("sts.amazonaws.com", "AssumeRoleWithWebIdentity"),
];

/// Returns whether no identity-based policy decides on the event `eventSource eventName`, for which no action is known.
/// A policy is complete without an action for such an event.
#[must_use]
pub fn needs_no_action(event: &str) -> bool {
    let Some((source, name)) = event.split_once(' ') else {
        return false;
    };
    // The console calls its own back ends. These calls have no public operation and no action.
    SIGN_IN.contains(&source) || name.ends_with("Internal") || is_permissionless(source, name)
}

/// Returns whether no identity-based policy decides on the event, although there may be an action of its name.
pub(super) fn is_permissionless(source: &str, name: &str) -> bool {
    EVENTS.contains(&(source, name))
}
