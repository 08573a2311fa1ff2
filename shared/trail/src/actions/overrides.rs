//! Events whose actions are not named after them.
//!
//! Source: the operations' API reference pages ("Permissions") and the Service Authorization Reference.

/// What an event of another name needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Override {
    /// All of these.
    Actions(&'static [&'static str]),
    /// Those whose member the request has.
    Members(&'static [(&'static str, &'static str)]),
    /// Those of whose statements the request has one, by first word.
    Statements(&'static [(&'static str, &'static str)]),
}

/// What calls of that name need, when it is not the action of the same name.
pub(super) fn of(service: &str, event_name: &str) -> Option<Override> {
    if service == "dynamodb" {
        return match event_name {
            "TransactGetItems" => Some(Override::Actions(&["dynamodb:GetItem"])),
            "TransactWriteItems" => Some(Override::Members(&[
                ("conditionCheck", "dynamodb:ConditionCheckItem"),
                ("delete", "dynamodb:DeleteItem"),
                ("put", "dynamodb:PutItem"),
                ("update", "dynamodb:UpdateItem"),
            ])),
            "ExecuteStatement" | "BatchExecuteStatement" | "ExecuteTransaction" => {
                Some(Override::Statements(&[
                    ("DELETE", "dynamodb:PartiQLDelete"),
                    ("EXISTS", "dynamodb:PartiQLSelect"),
                    ("INSERT", "dynamodb:PartiQLInsert"),
                    ("SELECT", "dynamodb:PartiQLSelect"),
                    ("UPDATE", "dynamodb:PartiQLUpdate"),
                ]))
            }
            _ => None,
        };
    }
    if service == "s3express" && SESSION_OPERATIONS.contains(&event_name) {
        return Some(Override::Actions(&["s3express:CreateSession"]));
    }
    ROWS.iter()
        .find(|(prefix, event, _)| *prefix == service && *event == event_name)
        .map(|(.., actions)| Override::Actions(actions))
}

/// Operations on objects of directory buckets, all of which a session authorises.
///
/// Source: Amazon S3 user guide, "Authorizing Zonal endpoint API operations with `CreateSession`".
const SESSION_OPERATIONS: [&str; 15] = [
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateMultipartUpload",
    "DeleteObject",
    "DeleteObjects",
    "GetObject",
    "GetObjectAttributes",
    "HeadBucket",
    "HeadObject",
    "ListMultipartUploads",
    "ListObjectsV2",
    "ListParts",
    "PutObject",
    "UploadPart",
];

#[rustfmt::skip] // one row per line
const ROWS: &[(&str, &str, &[&str])] = &[
    ("apigateway", "TagResource", &["apigateway:POST", "apigateway:PUT"]),
    ("aws-marketplace", "BatchMeterUsage", &["aws-marketplace:BatchMeterUsage"]),
    ("bedrock", "Converse", &["bedrock:InvokeModel"]),
    ("bedrock", "ConverseStream", &["bedrock:InvokeModelWithResponseStream"]),
    ("budgets", "CreateBudget", &["budgets:ModifyBudget"]),
    ("budgets", "CreateNotification", &["budgets:ModifyBudget"]),
    ("budgets", "CreateSubscriber", &["budgets:ModifyBudget"]),
    ("budgets", "DeleteBudget", &["budgets:ModifyBudget"]),
    ("budgets", "DeleteNotification", &["budgets:ModifyBudget"]),
    ("budgets", "DeleteSubscriber", &["budgets:ModifyBudget"]),
    ("budgets", "DescribeBudget", &["budgets:ViewBudget"]),
    ("budgets", "DescribeBudgetNotificationsForAccount", &["budgets:ViewBudget"]),
    ("budgets", "DescribeBudgetPerformanceHistory", &["budgets:ViewBudget"]),
    ("budgets", "DescribeBudgets", &["budgets:ViewBudget"]),
    ("budgets", "DescribeNotificationsForBudget", &["budgets:ViewBudget"]),
    ("budgets", "DescribeSubscribersForNotification", &["budgets:ViewBudget"]),
    ("budgets", "UpdateBudget", &["budgets:ModifyBudget"]),
    ("budgets", "UpdateNotification", &["budgets:ModifyBudget"]),
    ("budgets", "UpdateSubscriber", &["budgets:ModifyBudget"]),
    ("cloudfront", "CreateDistributionWithTags", &["cloudfront:CreateDistribution", "cloudfront:TagResource"]),
    ("cloudfront", "CreateStreamingDistributionWithTags", &["cloudfront:CreateStreamingDistribution", "cloudfront:TagResource"]),
    ("codeartifact", "GetAuthorizationToken", &["codeartifact:GetAuthorizationToken", "sts:GetServiceBearerToken"]),
    ("ecr-public", "GetAuthorizationToken", &["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"]),
    ("kms", "ReEncrypt", &["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
    ("lambda", "GetLayerVersionByArn", &["lambda:GetLayerVersion"]),
    ("lambda", "Invoke", &["lambda:InvokeFunction"]),
    ("lambda", "InvokeWithResponseStream", &["lambda:InvokeFunction"]),
    ("s3", "CompleteMultipartUpload", &["s3:PutObject"]),
    ("s3", "CopyObject", &["s3:PutObject", "s3:GetObject"]),
    ("s3", "CreateMultipartUpload", &["s3:PutObject"]),
    ("s3", "DeleteAccountPublicAccessBlock", &["s3:PutAccountPublicAccessBlock"]),
    ("s3", "DeleteBucketAnalyticsConfiguration", &["s3:PutAnalyticsConfiguration"]),
    ("s3", "DeleteBucketCors", &["s3:PutBucketCORS"]),
    ("s3", "DeleteBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3", "DeleteBucketIntelligentTieringConfiguration", &["s3:PutIntelligentTieringConfiguration"]),
    ("s3", "DeleteBucketInventoryConfiguration", &["s3:PutInventoryConfiguration"]),
    ("s3", "DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3", "DeleteBucketMetricsConfiguration", &["s3:PutMetricsConfiguration"]),
    ("s3", "DeleteBucketOwnershipControls", &["s3:PutBucketOwnershipControls"]),
    ("s3", "DeleteBucketPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3", "DeleteBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3", "DeleteBucketTagging", &["s3:PutBucketTagging"]),
    ("s3", "DeleteObjects", &["s3:DeleteObject"]),
    ("s3", "DeletePublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3", "GetBucketAccelerateConfiguration", &["s3:GetAccelerateConfiguration"]),
    ("s3", "GetBucketAnalyticsConfiguration", &["s3:GetAnalyticsConfiguration"]),
    ("s3", "GetBucketEncryption", &["s3:GetEncryptionConfiguration"]),
    ("s3", "GetBucketIntelligentTieringConfiguration", &["s3:GetIntelligentTieringConfiguration"]),
    ("s3", "GetBucketInventoryConfiguration", &["s3:GetInventoryConfiguration"]),
    ("s3", "GetBucketLifecycle", &["s3:GetLifecycleConfiguration"]),
    ("s3", "GetBucketLifecycleConfiguration", &["s3:GetLifecycleConfiguration"]),
    ("s3", "GetBucketMetricsConfiguration", &["s3:GetMetricsConfiguration"]),
    ("s3", "GetBucketNotificationConfiguration", &["s3:GetBucketNotification"]),
    ("s3", "GetBucketReplication", &["s3:GetReplicationConfiguration"]),
    ("s3", "GetObjectAttributes", &["s3:GetObject", "s3:GetObjectAttributes"]),
    ("s3", "GetObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration"]),
    ("s3", "GetObjectLockLegalHold", &["s3:GetObjectLegalHold"]),
    ("s3", "GetObjectLockRetention", &["s3:GetObjectRetention"]),
    ("s3", "GetPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"]),
    ("s3", "HeadBucket", &["s3:ListBucket"]),
    ("s3", "HeadObject", &["s3:GetObject"]),
    ("s3", "InitiateMultipartUpload", &["s3:PutObject"]),
    ("s3", "ListBucketAnalyticsConfigurations", &["s3:GetAnalyticsConfiguration"]),
    ("s3", "ListBucketIntelligentTieringConfigurations", &["s3:GetIntelligentTieringConfiguration"]),
    ("s3", "ListBucketInventoryConfigurations", &["s3:GetInventoryConfiguration"]),
    ("s3", "ListBucketMetricsConfigurations", &["s3:GetMetricsConfiguration"]),
    ("s3", "ListBuckets", &["s3:ListAllMyBuckets"]),
    ("s3", "ListMultipartUploads", &["s3:ListBucketMultipartUploads"]),
    ("s3", "ListObjectVersions", &["s3:ListBucketVersions"]),
    ("s3", "ListObjects", &["s3:ListBucket"]),
    ("s3", "ListObjectsV2", &["s3:ListBucket"]),
    ("s3", "ListParts", &["s3:ListMultipartUploadParts"]),
    ("s3", "PostObject", &["s3:PutObject"]),
    ("s3", "PutBucketAccelerateConfiguration", &["s3:PutAccelerateConfiguration"]),
    ("s3", "PutBucketAnalyticsConfiguration", &["s3:PutAnalyticsConfiguration"]),
    ("s3", "PutBucketEncryption", &["s3:PutEncryptionConfiguration"]),
    ("s3", "PutBucketIntelligentTieringConfiguration", &["s3:PutIntelligentTieringConfiguration"]),
    ("s3", "PutBucketInventoryConfiguration", &["s3:PutInventoryConfiguration"]),
    ("s3", "PutBucketLifecycle", &["s3:PutLifecycleConfiguration"]),
    ("s3", "PutBucketLifecycleConfiguration", &["s3:PutLifecycleConfiguration"]),
    ("s3", "PutBucketMetricsConfiguration", &["s3:PutMetricsConfiguration"]),
    ("s3", "PutBucketNotificationConfiguration", &["s3:PutBucketNotification"]),
    ("s3", "PutBucketReplication", &["s3:PutReplicationConfiguration"]),
    ("s3", "PutObjectLockConfiguration", &["s3:PutBucketObjectLockConfiguration"]),
    ("s3", "PutObjectLockLegalHold", &["s3:PutObjectLegalHold"]),
    ("s3", "PutObjectLockRetention", &["s3:PutObjectRetention"]),
    ("s3", "PutPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"]),
    ("s3", "SelectObjectContent", &["s3:GetObject"]),
    ("s3", "UploadPart", &["s3:PutObject"]),
    ("s3", "UploadPartCopy", &["s3:PutObject", "s3:GetObject"]),
    ("sns", "PublishBatch", &["sns:Publish"]),
    ("sqs", "ChangeMessageVisibilityBatch", &["sqs:ChangeMessageVisibility"]),
    ("sqs", "DeleteMessageBatch", &["sqs:DeleteMessage"]),
    ("sqs", "SendMessageBatch", &["sqs:SendMessage"]),
    ("timestream", "Query", &["timestream:Select"]),
];
