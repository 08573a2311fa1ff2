//! Actions that a call needs only for some of its parameters.
//!
//! An operation may be checked against many actions; only those enter a policy for which the record shows that
//! they were checked.

use serde_json::Value;

use super::parameters;
use crate::reference::{Action, Reference};

/// The action that sets the tags of what a call creates.
///
/// Source: Service Authorization Reference, dependent actions and actions of access level Tagging. The first row
/// whose event is named counts; an empty name stands for every event.
#[rustfmt::skip] // one row per line
const TAGGING: &[(&str, &str, &str)] = &[
    ("acm", "", "acm:AddTagsToCertificate"),
    ("autoscaling", "", "autoscaling:CreateOrUpdateTags"),
    ("backup", "", "backup:TagResource"),
    ("batch", "", "batch:TagResource"),
    ("bedrock", "", "bedrock:TagResource"),
    ("cloudfront", "", "cloudfront:TagResource"),
    ("cloudtrail", "", "cloudtrail:AddTags"),
    ("cloudwatch", "", "cloudwatch:TagResource"),
    ("cognito-idp", "", "cognito-idp:TagResource"),
    ("dynamodb", "", "dynamodb:TagResource"),
    ("ec2", "", "ec2:CreateTags"),
    ("ecr", "", "ecr:TagResource"),
    ("ecs", "", "ecs:TagResource"),
    ("eks", "", "eks:TagResource"),
    ("elasticache", "", "elasticache:AddTagsToResource"),
    ("elasticbeanstalk", "", "elasticbeanstalk:AddTags"),
    ("elasticfilesystem", "", "elasticfilesystem:TagResource"),
    ("elasticloadbalancing", "", "elasticloadbalancing:AddTags"),
    ("elasticmapreduce", "", "elasticmapreduce:AddTags"),
    ("es", "", "es:AddTags"),
    ("events", "", "events:TagResource"),
    ("firehose", "", "firehose:TagDeliveryStream"),
    ("glue", "", "glue:TagResource"),
    ("iam", "CreateInstanceProfile", "iam:TagInstanceProfile"),
    ("iam", "CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"),
    ("iam", "CreatePolicy", "iam:TagPolicy"),
    ("iam", "CreateRole", "iam:TagRole"),
    ("iam", "CreateSAMLProvider", "iam:TagSAMLProvider"),
    ("iam", "CreateUser", "iam:TagUser"),
    ("iam", "CreateVirtualMFADevice", "iam:TagMFADevice"),
    ("iam", "UploadServerCertificate", "iam:TagServerCertificate"),
    ("kinesis", "", "kinesis:AddTagsToStream"),
    ("kms", "CreateKey", "kms:TagResource"),
    ("lambda", "", "lambda:TagResource"),
    ("logs", "", "logs:TagResource"),
    ("organizations", "", "organizations:TagResource"),
    ("ram", "", "ram:TagResource"),
    ("rds", "", "rds:AddTagsToResource"),
    ("redshift", "", "redshift:CreateTags"),
    ("rolesanywhere", "", "rolesanywhere:TagResource"),
    ("route53resolver", "", "route53resolver:TagResource"),
    ("s3", "PutObject", "s3:PutObjectTagging"),
    ("s3", "CopyObject", "s3:PutObjectTagging"),
    ("s3", "CreateMultipartUpload", "s3:PutObjectTagging"),
    ("s3", "CreateBucket", "s3:TagResource"),
    ("sagemaker", "", "sagemaker:AddTags"),
    ("secretsmanager", "CreateSecret", "secretsmanager:TagResource"),
    ("sns", "CreateTopic", "sns:TagResource"),
    ("sqs", "CreateQueue", "sqs:TagQueue"),
    ("ssm", "", "ssm:AddTagsToResource"),
    ("states", "", "states:TagResource"),
    ("sts", "AssumeRole", "sts:TagSession"),
    ("sts", "GetFederationToken", "sts:TagSession"),
    ("transfer", "", "transfer:TagResource"),
    ("wafv2", "", "wafv2:TagResource"),
];

/// Whether `actions` grow by a row of the tables below.
#[derive(Debug, Clone, Copy)]
enum If {
    /// The request has the member, in any case.
    Has(&'static str),
    /// The request has a member that starts so.
    HasAny(&'static str),
    /// The request has the member, and it is something else than `private`.
    NotPrivate(&'static str),
}

/// Source: Amazon S3 API reference, "Permissions" of the operations; STS API reference, `AssumeRole`.
#[rustfmt::skip] // one row per line
const ROWS: &[(&str, &str, If, &str)] = &[
    ("s3", "s3:CreateBucket", If::NotPrivate("x-amz-acl"), "s3:PutBucketAcl"),
    ("s3", "s3:CreateBucket", If::HasAny("x-amz-grant-"), "s3:PutBucketAcl"),
    ("s3", "s3:CreateBucket", If::Has("x-amz-object-ownership"), "s3:PutBucketOwnershipControls"),
    ("s3", "s3:CreateBucket", If::Has("x-amz-bucket-object-lock-enabled"), "s3:PutBucketObjectLockConfiguration"),
    ("s3", "s3:CreateBucket", If::Has("x-amz-bucket-object-lock-enabled"), "s3:PutBucketVersioning"),
    ("s3", "s3:PutObject", If::NotPrivate("x-amz-acl"), "s3:PutObjectAcl"),
    ("s3", "s3:PutObject", If::HasAny("x-amz-grant-"), "s3:PutObjectAcl"),
    ("s3", "s3:PutObject", If::Has("x-amz-object-lock-mode"), "s3:PutObjectRetention"),
    ("s3", "s3:PutObject", If::Has("x-amz-object-lock-retain-until-date"), "s3:PutObjectRetention"),
    ("s3", "s3:PutObject", If::Has("x-amz-object-lock-legal-hold"), "s3:PutObjectLegalHold"),
    ("s3", "s3:DeleteObject", If::Has("x-amz-bypass-governance-retention"), "s3:BypassGovernanceRetention"),
    ("s3", "s3:PutObjectRetention", If::Has("x-amz-bypass-governance-retention"), "s3:BypassGovernanceRetention"),
    ("sts", "sts:AssumeRole", If::Has("sourceIdentity"), "sts:SetSourceIdentity"),
];

/// Adds the actions that the request shows, and takes the one of versions where a version is asked for.
pub(super) fn add<'r>(
    actions: &mut Vec<Action<'r>>,
    reference: &'r dyn Reference,
    service: &str,
    event_name: &str,
    request: &Value,
) {
    let Some(primary) = actions.first().map(|action| action.name) else {
        return;
    };
    if service == "s3" && parameters::has(request, |member| member.eq_ignore_ascii_case("versionId")) {
        take_versions(actions, reference, |_| true);
    } else if service == "s3" && copies_version(request) {
        take_versions(actions, reference, |action| action.starts_with("s3:GetObject"));
    }
    let rows = ROWS
        .iter()
        .filter(|(prefix, action, condition, _)| {
            *prefix == service && *action == primary && condition.holds(request)
        })
        .map(|(.., name)| *name);
    let tags = TAGGING
        .iter()
        .find(|(prefix, event, _)| *prefix == service && (event.is_empty() || *event == event_name))
        .filter(|_| creates(primary) && parameters::has(request, parameters::is_tags))
        .map(|(.., name)| *name);
    for name in rows.chain(tags) {
        if let Some(action) = reference.action(name)
            && actions.iter().all(|known| known.name != action.name)
        {
            actions.push(action);
        }
    }
}

/// Operations that set tags by their own name need nothing else for it.
fn creates(action: &str) -> bool {
    const VERBS: [&str; 22] = [
        "Allocate",
        "Assume",
        "Copy",
        "Create",
        "Get",
        "Import",
        "Issue",
        "Launch",
        "Promote",
        "Provision",
        "Purchase",
        "Put",
        "Register",
        "Request",
        "Restore",
        "Run",
        "Send",
        "Start",
        "Upload",
        "Associate",
        "Invite",
        "Add",
    ];
    let name = action.split(':').nth(1).unwrap_or_default();
    VERBS.iter().any(|verb| name.starts_with(verb)) && !name.contains("Tag")
}

/// True when the source of a copy names its version: `/bucket/key?versionId=…`.
fn copies_version(request: &Value) -> bool {
    let source = request.get("x-amz-copy-source").and_then(Value::as_str);
    let version = source.and_then(|source| source.split_once("?versionId="));
    version.is_some_and(|(_, version)| !version.is_empty())
}

/// Source: Amazon S3 API reference, "Permissions" of `GetObject`, `GetObjectAttributes` and `CopyObject`.
fn take_versions<'r>(
    actions: &mut [Action<'r>],
    reference: &'r dyn Reference,
    is_wanted: impl Fn(&str) -> bool,
) {
    for action in actions.iter_mut().filter(|action| is_wanted(action.name)) {
        if let Some(of_version) = of_version(reference, action.name) {
            *action = of_version;
        }
    }
}

/// `s3:GetObjectVersionAcl` for `s3:GetObjectAcl`.
fn of_version<'r>(reference: &'r dyn Reference, action: &str) -> Option<Action<'r>> {
    let (head, tail) = action.split_once("Object")?;
    reference.action(&format!("{head}ObjectVersion{tail}"))
}

impl If {
    fn holds(self, request: &Value) -> bool {
        match self {
            Self::Has(name) => parameters::has(request, |member| member.eq_ignore_ascii_case(name)),
            Self::HasAny(start) => parameters::has(request, |member| {
                member
                    .get(..start.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(start))
            }),
            Self::NotPrivate(name) => {
                Self::Has(name).holds(request) && request.get(name).and_then(Value::as_str) != Some("private")
            }
        }
    }
}
