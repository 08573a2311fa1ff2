//! Recognizes what a file is that was put under the name of another one.

use super::DocumentKind;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Members of the top object that only files of one origin have together, and that origin. The first match counts.
///
/// Source: the replies of the AWS CLI command reference, and the documents of this project.
const ORIGINS: &[(&[&str], &str)] = &[
    (
        &["UserDetailList"],
        "the reply of `aws iam get-account-authorization-details`",
    ),
    (
        &["RoleDetailList"],
        "the reply of `aws iam get-account-authorization-details`",
    ),
    (
        &["UserId", "Account", "Arn"],
        "the reply of `aws sts get-caller-identity`",
    ),
    (&["Records"], "a log file of CloudTrail"),
    (&["Events"], "the reply of `aws cloudtrail lookup-events`"),
    (&["reports"], "a `last-accessed` document"),
    (&["resourcePolicies"], "a `resource-policies` document"),
    (&["root"], "an `organization` document"),
    (&["computeResources"], "a `compute` document"),
    (
        &["Content", "ReportFormat"],
        "the reply of `aws iam get-credential-report`",
    ),
    (
        &["ServicesLastAccessed"],
        "the reply of `aws iam get-service-last-accessed-details` for one principal: put such replies into `reports` of a `last-accessed` document, each with its `Arn`",
    ),
    (
        &["JobId"],
        "the reply of `aws iam generate-service-last-accessed-details`",
    ),
    (&["SummaryMap"], "the reply of `aws iam get-account-summary`"),
    (&["Users"], "the reply of `aws iam list-users`"),
    (&["Roles"], "the reply of `aws iam list-roles`"),
    (&["Groups"], "the reply of `aws iam list-groups`"),
    (
        &["Policies"],
        "the reply of `aws iam list-policies` or `aws organizations list-policies`",
    ),
    (&["User"], "the reply of `aws iam get-user`"),
    (&["Role"], "the reply of `aws iam get-role`"),
    (&["PolicyVersion"], "the reply of `aws iam get-policy-version`"),
    (
        &["AttachedPolicies"],
        "the reply of `aws iam list-attached-user-policies` or a like command",
    ),
    (
        &["PolicyNames"],
        "the reply of `aws iam list-user-policies` or a like command",
    ),
    (&["AccessKeyMetadata"], "the reply of `aws iam list-access-keys`"),
    (&["Accounts"], "the reply of `aws organizations list-accounts`"),
    (
        &["Organization"],
        "the reply of `aws organizations describe-organization`",
    ),
    (&["Buckets"], "the reply of `aws s3api list-buckets`"),
    (&["Functions"], "the reply of `aws lambda list-functions`"),
    (&["Reservations"], "the reply of `aws ec2 describe-instances`"),
    (&["Keys"], "the reply of `aws kms list-keys`"),
    (&["Topics"], "the reply of `aws sns list-topics`"),
    (&["QueueUrls"], "the reply of `aws sqs list-queues`"),
    (&["Statement"], "a single policy document"),
    (
        &["Policy"],
        "a single policy, as `aws s3api get-bucket-policy` and like commands return it",
    ),
    (
        &["Credentials"],
        "the reply of `aws sts assume-role` or a like command; it holds secrets, delete it",
    ),
    (&["Error"], "an error reply"),
    (&["error"], "an error reply"),
    (&["Code", "Message"], "an error reply"),
    (&["message"], "an error reply"),
    (&["Message"], "an error reply"),
    (&["__type"], "an error reply"),
    (&["errorMessage"], "an error reply"),
];

/// Most characters of an error message that are repeated.
const MOST_MESSAGE: usize = 200;

/// Says what the text is, when it is recognized as something else than a document of this kind.
pub(crate) fn recognize(text: &str, kind: DocumentKind) -> Option<String> {
    let start = text.trim_start();
    if start.starts_with('<') {
        return Some("HTML or XML and not JSON, probably an error reply".to_owned());
    }
    if start.starts_with("An error occurred") || start.starts_with("usage:") {
        return Some("an error message of the AWS CLI".to_owned());
    }
    if start.starts_with("user,arn,") && kind != DocumentKind::CredentialReport {
        return Some("a credential report of IAM".to_owned());
    }
    let own = match kind {
        DocumentKind::AuthorizationDetails => "the reply of `aws iam get-account-authorization-details`",
        DocumentKind::Compute => "a `compute` document",
        DocumentKind::CredentialReport => "the reply of `aws iam get-credential-report`",
        DocumentKind::LastAccessed => "a `last-accessed` document",
        DocumentKind::Organization => "an `organization` document",
        DocumentKind::ResourcePolicies => "a `resource-policies` document",
    };
    let members = members(start)?;
    let is_all = |names: &[&str]| names.iter().all(|name| members.contains_key(*name));
    let (_, origin) = ORIGINS.iter().find(|(names, _)| is_all(names))?;
    if *origin == own {
        return None;
    }
    let message = message(&members).filter(|_| *origin == "an error reply");
    Some(match message {
        Some(message) => format!("{origin}, `{message}`"),
        None => (*origin).to_owned(),
    })
}

/// Returns the members of the first object: of the text itself, or of the array that the text is.
fn members(text: &str) -> Option<BTreeMap<Cow<'_, str>, &RawValue>> {
    let raw = first(text)?;
    let object = if raw.get().starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
        *items.first()?
    } else {
        raw
    };
    serde_json::from_str(object.get()).ok()
}

fn first(text: &str) -> Option<&RawValue> {
    serde_json::Deserializer::from_str(text).into_iter().next()?.ok()
}

/// Returns the text of an error reply.
fn message(members: &BTreeMap<Cow<'_, str>, &RawValue>) -> Option<String> {
    #[derive(Deserialize)]
    struct Inner<'a> {
        #[serde(borrow, alias = "Message")]
        message: Cow<'a, str>,
    }
    let error = ["Error", "error"].iter().find_map(|name| members.get(*name));
    let inner = error.and_then(|error| serde_json::from_str::<Inner<'_>>(error.get()).ok());
    let names = ["message", "Message", "errorMessage", "__type"];
    let text = inner.map(|inner| inner.message.into_owned()).or_else(|| {
        let found = names.iter().find_map(|name| members.get(*name))?;
        serde_json::from_str(found.get()).ok()
    })?;
    Some(text.chars().take(MOST_MESSAGE).collect())
}

#[cfg(test)]
mod tests {
    use super::super::InventoryDocument;
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::sts(
        r#"{"UserId":"AIDA","Account":"111122223333","Arn":"arn:aws:iam::111122223333:user/x"}"#,
        "the reply of `aws sts get-caller-identity`"
    )]
    #[case::cloudtrail(r#"{"Records":[]}"#, "a log file of CloudTrail")]
    #[case::gateway(r#"{"message":"Forbidden"}"#, "an error reply, `Forbidden`")]
    #[case::service(
        r#"{"Error":{"Code":"AccessDenied","Message":"not authorized"}}"#,
        "an error reply, `not authorized`"
    )]
    #[case::other_kind(r#"{"reports":[]}"#, "a `last-accessed` document")]
    #[case::list_policies(
        r#"{"Policies":[{"Arn":"arn:aws:iam::111122223333:policy/p","PolicyName":"p","DefaultVersionId":"v1"}]}"#,
        "the reply of `aws iam list-policies` or `aws organizations list-policies`"
    )]
    #[case::in_an_array(r#"[{"Users":[]}]"#, "the reply of `aws iam list-users`")]
    #[case::html("<html>502</html>", "HTML or XML and not JSON, probably an error reply")]
    #[case::cli(
        "An error occurred (AccessDenied) when calling",
        "an error message of the AWS CLI"
    )]
    #[case::csv("user,arn,user_creation_time\n", "a credential report of IAM")]
    fn a_file_of_another_origin_is_named(#[case] text: &str, #[case] found: &str) {
        let error = InventoryDocument::read(DocumentKind::AuthorizationDetails, text).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("this is not a document `authorization-details`: it is {found}")
        );
    }

    #[test]
    fn every_kind_names_authorization_details() {
        let details = r#"{"UserDetailList":[],"GroupDetailList":[],"RoleDetailList":[],"Policies":[]}"#;
        for kind in DocumentKind::ALL {
            let read = InventoryDocument::read(kind, details);
            if kind == DocumentKind::AuthorizationDetails {
                read.unwrap();
            } else {
                let message = read.unwrap_err().to_string();
                assert!(
                    message.ends_with("it is the reply of `aws iam get-account-authorization-details`"),
                    "{message}"
                );
            }
        }
    }

    #[test]
    fn an_empty_file_is_refused_by_every_kind() {
        for kind in DocumentKind::ALL {
            for text in ["", " \n\t", "{}", "[]", " { } \n", "[\n]"] {
                let error = InventoryDocument::read(kind, text).unwrap_err();
                assert!(
                    matches!(error, super::super::InventoryError::Empty),
                    "{kind} {text:?}: {error}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_recognized_keeps_its_own_message() {
        let error = InventoryDocument::read(DocumentKind::LastAccessed, r#"{"report":[]}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the document does not have the form of its kind: missing field `reports` at line 1 column 13"
        );
    }
}
