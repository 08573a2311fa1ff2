//! Decides whether a record is of a refused call, and what the refusal names.

use serde_json::Value;

use crate::record::Record;

#[cfg(test)]
mod tests;

/// Holds what the text of a refusal names. Services write the text in some twenty forms and leave out parts of it.
///
/// Source: IAM user guide, "Troubleshoot access denied error messages".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Denial<'a> {
    /// The action that was refused, `sts:AssumeRole`, in the service's spelling: the best evidence there is.
    pub action: Option<&'a str>,
    /// ARN of the resource that it was refused on.
    pub resource: Option<&'a str>,
    /// Says which kind of policy decided.
    pub policy: Option<Policy>,
    /// Says whether a Deny statement decided. It is false when no statement allows the call, and when the text does not
    /// say.
    pub explicit: bool,
}

/// Names a kind of policy that refuses calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// The policy is attached to the principal.
    IdentityBased,
    /// The policy is attached to the resource.
    ResourceBased,
    /// The principal's boundary.
    PermissionsBoundary,
    /// The policy belongs to the organisation and limits principals.
    ServiceControl,
    /// The policy belongs to the organisation and limits resources.
    ResourceControl,
    /// The policy was given when the session began.
    Session,
    /// The policy belongs to the VPC endpoint that the call went through.
    VpcEndpoint,
    /// The policy says who may assume the role.
    RoleTrust,
}

const POLICIES: [(&str, Policy); 8] = [
    ("identity-based polic", Policy::IdentityBased),
    ("resource-based polic", Policy::ResourceBased),
    ("permissions boundary", Policy::PermissionsBoundary),
    ("service control polic", Policy::ServiceControl),
    ("resource control polic", Policy::ResourceControl),
    ("session polic", Policy::Session),
    ("VPC endpoint polic", Policy::VpcEndpoint),
    ("role trust polic", Policy::RoleTrust),
];

/// Returns what the record says about its refusal; `None` when the call was not refused.
///
/// Other failures (`Throttling`, `NoSuchBucket`, `Client.DryRunOperation`, …) are not refusals: authorisation was
/// passed, or not reached.
#[must_use]
pub fn denial<'a>(record: &'a Record<'_>) -> Option<Denial<'a>> {
    let (code, message) = match record.error_code.as_deref() {
        Some(code) => (code, record.error_message.as_deref()),
        None => of_response(&record.response_elements)?,
    };
    if !is_denial(code) || is_failed_sign_in(record, code, message) {
        return None;
    }
    let mut denial = message.map(parse).unwrap_or_default();
    if code == "VpceAccessDenied" {
        denial.policy = Some(Policy::VpcEndpoint);
    }
    Some(denial)
}

/// Finds a refusal in the reply. Some services reply to a call with a refusal, and CloudTrail does not note it as an
/// error.
fn of_response(response: &Value) -> Option<(&str, Option<&str>)> {
    let text = |names: [&str; 3]| names.iter().find_map(|name| response.get(name)?.as_str());
    let code = text(["errorCode", "__type", "code"])?;
    // `com.amazonaws.service#AccessDeniedException`
    let code = code.rsplit('#').next().unwrap_or(code);
    Some((code, text(["errorMessage", "message", "Message"])))
}

fn is_denial(code: &str) -> bool {
    const ENDS: [&str; 6] = [
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "UnauthorizedOperation",
        "UnauthorizedException",
        "NotAuthorizedException",
    ];
    matches!(code, "AuthorizationError" | "AuthorizationErrorException")
        || ENDS.iter().any(|end| code.ends_with(end))
}

/// Returns whether a record is a failed sign-in. Amazon Cognito reports a wrong password with the error of a refusal.
///
/// Source: Amazon Cognito user pools API reference, `NotAuthorizedException`.
fn is_failed_sign_in(record: &Record<'_>, code: &str, message: Option<&str>) -> bool {
    code.ends_with("NotAuthorizedException")
        && record.event_source.starts_with("cognito-")
        && !message.is_some_and(|message| message.contains("authorized to perform"))
}

/// Returns what the text of a refusal names.
#[must_use]
pub fn parse(message: &str) -> Denial<'_> {
    let action = action(message);
    Denial {
        action,
        resource: resource(message),
        policy: POLICIES
            .iter()
            .find_map(|(words, policy)| message.contains(words).then_some(*policy)),
        explicit: message.contains("explicit deny"),
    }
}

/// Returns the action of a text such as `… is not authorized to perform: s3:GetObject on …` or `… is not allowed to
/// execute [athena:GetTable] …`
fn action(message: &str) -> Option<&str> {
    const BEFORE: [&str; 3] = [
        "authorized to perform",
        "allowed to execute",
        "permission to perform",
    ];
    // A sentence before it may use the same words without a name.
    let mut places = BEFORE
        .iter()
        .flat_map(|words| message.match_indices(words))
        .filter_map(|(at, words)| message.get(at + words.len()..));
    places.find_map(|rest| {
        let rest = rest.trim_start_matches([':', ' ', '[', '`', '"', '\'']);
        let rest = ["the action", "action:", "action "]
            .iter()
            .find_map(|word| rest.strip_prefix(word))
            .unwrap_or(rest);
        let word = word(rest)?;
        let (prefix, name) = word.split_once(':')?;
        (is_name(prefix) && is_name(name)).then_some(word)
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn resource(message: &str) -> Option<&str> {
    const BEFORE: [&str; 5] = [
        "on resource",
        "on the resource",
        "Access to the resource",
        "to access resource",
        "on the following resource",
    ];
    BEFORE
        .iter()
        .filter_map(|words| word(after(message, words)?))
        // Without this check a name would pass for an ARN: `on resource: role reader`.
        .find(|word| word.starts_with("arn:"))
}

fn after<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    message.split_once(words).map(|(_, rest)| rest)
}

/// Returns the first word, without the characters that surround it.
fn word(text: &str) -> Option<&str> {
    let text = text.trim_start_matches([':', ' ', '[', '`', '"', '\'']);
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, ']' | '`' | '"' | '\''));
    let word = text.get(..end.unwrap_or(text.len()))?;
    let word = word.trim_end_matches(['.', ',', ';']);
    (!word.is_empty()).then_some(word)
}
