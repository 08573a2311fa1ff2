"""Tables that no input holds; a person reviews every row."""

# The reference marks every resource type of these actions as optional, because an access point may stand for the
# bucket. Policies are written for buckets and objects, so the plain type counts as required. TagResource,
# UntagResource and ListTagsForResource are not here: each call names one of six types that have nothing in common.
S3_REQUIRED = {
    "bucket": """
        GetBucketAcl GetBucketCORS GetBucketLocation GetBucketNotification GetBucketPolicy ListBucket
        ListBucketVersions
    """.split(),
    "object": """
        AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectAnnotation DeleteObjectTagging
        DeleteObjectVersion DeleteObjectVersionAnnotation DeleteObjectVersionTagging GetObject GetObjectAcl
        GetObjectAnnotation GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging
        GetObjectVersion GetObjectVersionAcl GetObjectVersionAnnotation GetObjectVersionAttributes
        GetObjectVersionTagging ListMultipartUploadParts ListObjectAnnotations ListObjectVersionAnnotations
        PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectRetention PutObjectTagging
        PutObjectVersionAcl PutObjectVersionAnnotation PutObjectVersionTagging RestoreObject
        UpdateObjectEncryption
    """.split(),
}

# Event sources of CloudTrail (without `.amazonaws.com`) and the services whose actions their calls need, the likeliest
# first. The endpoints and signing names of the SDKs are added by the generator.
# Sources: iam-dataset (MIT) for the first part; the services' pages "Logging … API calls with AWS CloudTrail" for the
# second, named where the page is not obvious.
EVENT_SOURCES = {
    "agreement-marketplace": ["aws-marketplace"],
    "amazonmq": ["mq"],
    "application-insights": ["applicationinsights"],
    "billingconsole": ["billing"],
    "chime-sdk-media-pipelines": ["chime"],
    "chime-sdk-voice": ["chime"],
    "cloudcontrolapi": ["cloudformation"],
    "contact-lens": ["connect"],
    "discovery-marketplace": ["aws-marketplace"],
    "management-marketplace": ["aws-marketplace-management"],
    "marketplacecatalog": ["aws-marketplace"],
    "migrationhub": ["mgh"],
    "monitoring": ["cloudwatch"],
    "opensearchservice": ["es", "opensearch"],
    "participant-connect": ["connect"],
    "pinpoint": ["mobiletargeting"],
    "pricelist": ["pricing"],
    "qconnect": ["wisdom"],
    "rdsdata": ["rds-data"],
    "reporting-marketplace": ["aws-marketplace"],
    "servicecatalog-appregistry": ["servicecatalog"],
    "tagging": ["tag"],
    "taxconsole": ["tax"],
    "transcribestreaming": ["transcribe"],
    # Application Auto Scaling user guide: its calls are logged under the source of EC2 Auto Scaling.
    "autoscaling": ["autoscaling", "application-autoscaling", "autoscaling-plans"],
    "aws-marketplace": ["aws-marketplace", "aws-marketplace-management"],
    "bedrock": ["bedrock", "bedrock-agentcore", "bedrock-mantle"],
    "es": ["es", "opensearch", "aoss"],
    "iot": ["iot", "iotjobsdata", "iotwireless"],
    "metering-marketplace": ["aws-marketplace"],  # AWS Marketplace seller guide, metering records
    "rdsdataapi": ["rds-data"],  # Aurora user guide, "Logging RDS Data API calls with AWS CloudTrail"
    "s3": ["s3", "s3-object-lambda", "s3-outposts", "s3express"],
    "ses": ["ses", "mobiletargeting"],
    "sso": ["sso", "sso-directory", "identitystore"],
    "waf": ["waf", "waf-regional"],
}

# Authorized actions that no signed call of a principal needs: those of S3 Object Lambda access points and of S3
# directory buckets beside the ones of S3 itself, the retired actions of the billing console, and the use of a bearer
# token in the place of a signature.
NEVER_BESIDE_OTHERS = ("s3-object-lambda:", "s3express:", "aws-portal:", "bedrock:CallWithBearerToken",
                       "sagemaker:CallWithBearerToken")

# Actions that every call of an operation needs, where the service reference lists several and none of the operation's
# name, or the operation's documentation names more than the one of its name.
ALWAYS = {
    # API references of the operations: "Permissions" or "Required permissions".
    "s3:CompleteMultipartUpload": ["s3:PutObject"],
    "s3:CopyObject": ["s3:PutObject"],
    "s3:CreateBucketMetadataConfiguration": [
        "s3:CreateBucketMetadataTableConfiguration", "s3tables:CreateTableBucket", "s3tables:CreateNamespace",
        "s3tables:GetTable", "s3tables:CreateTable", "s3tables:PutTablePolicy", "s3tables:PutTableEncryption",
    ],
    "s3:CreateMultipartUpload": ["s3:PutObject"],
    "s3:DeleteObjects": ["s3:DeleteObject"],
    "s3:GetObject": [],  # which one of two depends on the version, see WHEN
    "s3:GetObjectAcl": [],
    "s3:GetObjectAttributes": [],
    "s3:GetObjectTagging": [],
    "s3:DeleteObject": [],
    "s3:HeadObject": [],
    "s3:ListObjects": ["s3:ListBucket"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:PutObjectAcl": [],
    "s3:UploadPartCopy": ["s3:PutObject"],
    "apigateway:CreateDomainNameAccessAssociation": ["apigateway:CreateAccessAssociation"],
    "apigateway:DeleteDomainName": ["apigateway:DELETE"],
    # API Gateway API reference: versions 1 and 2 of the operation are PUT and POST.
    "apigateway:TagResource": ["apigateway:POST", "apigateway:PUT"],
    "apigateway:UntagResource": ["apigateway:DELETE"],
    "bedrock:StartAsyncInvoke": ["bedrock:InvokeModel"],
    # Amazon Keyspaces developer guide: CQL statements and API operations need the same actions.
    "cassandra:GetTableAutoScalingSettings": [
        "cassandra:Select", "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingPolicies",
    ],
    "cassandra:RestoreTable": ["cassandra:Restore", "cassandra:Select"],
    "cassandra:UpdateKeyspace": ["cassandra:Alter"],
    "cloudfront:AssociateAlias": ["cloudfront:AssociateAlias", "cloudfront:UpdateDistribution"],
    "cloudfront:CopyDistribution": [
        "cloudfront:CopyDistribution", "cloudfront:CreateDistribution", "cloudfront:GetDistribution",
    ],
    "cloudfront:CreateDistributionWithTags": ["cloudfront:CreateDistribution", "cloudfront:TagResource"],
    "cloudfront:CreateStreamingDistributionWithTags": [
        "cloudfront:CreateStreamingDistribution", "cloudfront:TagResource",
    ],
    "cloudfront:UpdateDistributionWithStagingConfig": ["cloudfront:UpdateDistribution", "cloudfront:GetDistribution"],
    "codeartifact:GetAuthorizationToken": ["codeartifact:GetAuthorizationToken", "sts:GetServiceBearerToken"],
    # DynamoDB developer guide, "Using IAM with DynamoDB backup and restore".
    "dynamodb:RestoreTableFromBackup": [
        "dynamodb:RestoreTableFromBackup", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
        "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem",
    ],
    "dynamodb:RestoreTableToPointInTime": [
        "dynamodb:RestoreTableToPointInTime", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
        "dynamodb:PutItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateItem",
    ],
    "ecr:ListImageReferrers": ["ecr:BatchGetImage"],
    "ecr-public:GetAuthorizationToken": ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"],
    "iam:AcquireRole": ["iam:GetRoleTemplateVersion", "iam:CreateRole", "iam:GetRole"],
    # Amazon MSK developer guide, "Topic Operations": the table of required permissions.
    "kafka:CreateTopic": ["kafka-cluster:CreateTopic", "kafka-cluster:Connect"],
    "kafka:DeleteTopic": ["kafka-cluster:DeleteTopic", "kafka-cluster:Connect", "kafka-cluster:DescribeTopic"],
    "kafka:DescribeTopic": [
        "kafka-cluster:DescribeTopic", "kafka-cluster:Connect", "kafka-cluster:DescribeTopicDynamicConfiguration",
    ],
    "kafka:DescribeTopicPartitions": [
        "kafka-cluster:DescribeTopic", "kafka-cluster:Connect", "kafka-cluster:DescribeTopicDynamicConfiguration",
    ],
    "kafka:ListTopics": ["kafka-cluster:DescribeTopic", "kafka-cluster:Connect"],
    "kafka:UpdateTopic": [
        "kafka-cluster:AlterTopic", "kafka-cluster:AlterTopicDynamicConfiguration", "kafka-cluster:Connect",
        "kafka-cluster:DescribeTopic",
    ],
    "kms:ReEncrypt": ["kms:ReEncryptFrom", "kms:ReEncryptTo"],
    # Amazon Lex V2 API reference: a statement creates, changes or deletes the policy that holds it.
    "lex:CreateResourcePolicyStatement": ["lex:CreateResourcePolicy", "lex:UpdateResourcePolicy"],
    "lex:DeleteResourcePolicyStatement": ["lex:DeleteResourcePolicy", "lex:UpdateResourcePolicy"],
    "secretsmanager:BatchGetSecretValue": ["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
    "secretsmanager:ValidateResourcePolicy": [
        "secretsmanager:ValidateResourcePolicy", "secretsmanager:PutResourcePolicy",
    ],
    # Amazon SQS developer guide, "Configuring queue permissions for dead-letter queue redrive". Without a destination the
    # messages go back to the queues that they came from.
    "sqs:CancelMessageMoveTask": [
        "sqs:CancelMessageMoveTask", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
    ],
    "sqs:StartMessageMoveTask": [
        "sqs:StartMessageMoveTask", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage",
    ],
    "timestream:Query": ["timestream:Select"],
    "waf-regional:DisassociateWebACL": ["waf-regional:DisassociateWebACL"],
    # All of their actions depend on the request, see WHEN.
    "dynamodb:BatchExecuteStatement": [],
    "dynamodb:ExecuteStatement": [],
    "dynamodb:ExecuteTransaction": [],
    "dynamodb:TransactWriteItems": [],
    "redshift:ModifyLakehouseConfiguration": [],
    "redshift-serverless:UpdateLakehouseConfiguration": [],
    # The nearest name, confirmed.
    "bedrock:Converse": ["bedrock:InvokeModel"],
    "bedrock:ConverseStream": ["bedrock:InvokeModelWithResponseStream"],
    "cloudtrail:ListInsightsMetricData": ["cloudtrail:ListInsightsData"],
    "quicksight:CreateTopicV2": ["quicksight:CreateTopic"],
    "quicksight:UpdateTopicV2": ["quicksight:UpdateTopic"],
}

# Actions that a call needs for some of its parameters, by operation: conditions as operations.tsv has them; several
# conditions of an action are alternatives. Actions that set tags and iam:PassRole come from the service reference.
# Sources: the API references of the operations, and the condition keys of the actions.
_ACL = ["?x-amz-acl!=private", "?x-amz-grant-*"]
_OBJECT = {
    "s3:PutObjectAcl": _ACL,
    "s3:PutObjectTagging": ["?tags"],
    "s3:PutObjectRetention": ["?x-amz-object-lock-mode", "?x-amz-object-lock-retain-until-date"],
    "s3:PutObjectLegalHold": ["?x-amz-object-lock-legal-hold"],
}
_COPIED = {
    "s3:GetObject": ["?!x-amz-copy-source=*versionId=?*"],
    "s3:GetObjectVersion": ["?x-amz-copy-source=*versionId=?*"],
}


def _versioned(action: str) -> dict:
    head, tail = action.split("Object")
    return {f"s3:{action}": ["?!versionId"], f"s3:{head}ObjectVersion{tail}": ["?versionId"]}


# DynamoDB developer guide, "IAM security policies with PartiQL": the action is that of the statement's verb.
_STATEMENTS = {
    "dynamodb:PartiQLDelete": ["?..statement=DELETE*"],
    "dynamodb:PartiQLInsert": ["?..statement=INSERT*"],
    "dynamodb:PartiQLSelect": ["?..statement=SELECT*", "?..statement=EXISTS*"],
    "dynamodb:PartiQLUpdate": ["?..statement=UPDATE*"],
}

_BYPASS = {"s3:BypassGovernanceRetention": ["?x-amz-bypass-governance-retention"]}
_TO_WEB_ACL = {
    "elasticloadbalancing:SetWebAcl": ["?resourceArn=*:loadbalancer/*"],
    "apigateway:SetWebACL": ["?resourceArn=*:/restapis/*"],
}

WHEN = {
    "s3:CopyObject": {**_COPIED, **_OBJECT},
    "s3:CreateBucket": {
        "s3:PutBucketAcl": _ACL,
        "s3:PutBucketOwnershipControls": ["?x-amz-object-ownership"],
        "s3:PutBucketObjectLockConfiguration": ["?x-amz-bucket-object-lock-enabled"],
        "s3:PutBucketVersioning": ["?x-amz-bucket-object-lock-enabled"],
    },
    "s3:CreateMultipartUpload": _OBJECT,
    "s3:DeleteObject": {**_versioned("DeleteObject"), **_BYPASS},
    "s3:DeleteObjects": _BYPASS,
    "s3:GetObject": _versioned("GetObject"),
    "s3:GetObjectAcl": _versioned("GetObjectAcl"),
    "s3:GetObjectAttributes": {**_versioned("GetObject"), **_versioned("GetObjectAttributes")},
    "s3:GetObjectTagging": _versioned("GetObjectTagging"),
    "s3:DeleteObjectTagging": _versioned("DeleteObjectTagging"),
    "s3:PutObjectTagging": _versioned("PutObjectTagging"),
    "s3:HeadObject": _versioned("GetObject"),
    "s3:PutObject": _OBJECT,
    "s3:PutObjectAcl": _versioned("PutObjectAcl"),
    "s3:PutObjectRetention": _BYPASS,
    "s3:UploadPartCopy": _COPIED,
    "apigateway:CreateApiKey": {"apigateway:PUT": ["?tags"]},
    "apigateway:CreateDomainName": {
        "apigateway:AddCertificateToDomain": ["?..certificateArn", "?..regionalCertificateArn"],
        "apigateway:PUT": ["?tags"],
        "apigateway:UpdateDomainNamePolicy": ["?policy"],
    },
    "apigateway:CreateRestApi": {"apigateway:PUT": ["?tags"], "apigateway:UpdateRestApiPolicy": ["?policy"]},
    "apigateway:CreateStage": {"apigateway:PUT": ["?tags"]},
    "apigateway:CreateUsagePlan": {"apigateway:PUT": ["?tags"]},
    "apigateway:CreateVpcLink": {"apigateway:PUT": ["?tags"]},
    "bedrock:Converse": {"bedrock:ApplyGuardrail": ["?guardrailConfig"]},
    "bedrock:ConverseStream": {"bedrock:ApplyGuardrail": ["?guardrailConfig"]},
    "bedrock:InvokeModel": {"bedrock:ApplyGuardrail": ["?guardrailIdentifier"]},
    "bedrock:InvokeModelWithResponseStream": {"bedrock:ApplyGuardrail": ["?guardrailIdentifier"]},
    "cassandra:CreateKeyspace": {"cassandra:CreateMultiRegionResource": ["?..regionList"]},
    "cassandra:CreateTable": {"cassandra:CreateMultiRegionResource": ["?replicaSpecifications"]},
    "cloudformation:UpdateStack": {"cloudformation:SetStackPolicy": ["?stackPolicy*"]},
    "cloudfront:CreateDistribution": {"cloudfront:GetVpcOrigin": ["?..vpcOriginConfig"]},
    "cloudfront:UpdateDistribution": {"cloudfront:GetVpcOrigin": ["?..vpcOriginConfig"]},
    "codepipeline:CreatePipeline": {"codestar-connections:PassConnection": ["?..connectionArn"]},
    "codepipeline:UpdatePipeline": {"codestar-connections:PassConnection": ["?..connectionArn"]},
    "dynamodb:CreateTable": {"dynamodb:PutResourcePolicy": ["?resourcePolicy"]},
    # DynamoDB developer guide, "Global tables: IAM policies": adding a replica.
    "dynamodb:UpdateTable": {"dynamodb:CreateTableReplica": ["?..create"], "dynamodb:DeleteTableReplica": ["?..delete"]},
    "dynamodb:BatchExecuteStatement": _STATEMENTS,
    "dynamodb:ExecuteStatement": _STATEMENTS,
    "dynamodb:ExecuteTransaction": _STATEMENTS,
    # DynamoDB developer guide, "Understanding DynamoDB log file entries": CloudTrail writes `requestItems` with an
    # `operation` each, where the request has `TransactItems` with a member named after the operation.
    "dynamodb:TransactWriteItems": {
        "dynamodb:ConditionCheckItem": ["?..conditionCheck", "?..operation=ConditionCheck"],
        "dynamodb:DeleteItem": ["?..delete", "?..operation=Delete"],
        "dynamodb:PutItem": ["?..put", "?..operation=Put"],
        "dynamodb:UpdateItem": ["?..update", "?..operation=Update"],
    },
    "ecs:CreateCapacityProvider": {"ecs:PutClusterCapacityProviders": ["?cluster"]},
    "elasticache:DeleteCacheCluster": {"elasticache:CreateSnapshot": ["?finalSnapshotIdentifier"]},
    "elasticache:DeleteReplicationGroup": {"elasticache:CreateSnapshot": ["?finalSnapshotIdentifier"]},
    "elasticache:DeleteServerlessCache": {"elasticache:CreateServerlessCacheSnapshot": ["?finalSnapshotName"]},
    "kms:CreateKey": {"kms:PutKeyPolicy": ["?policy"]},
    "lambda:CreateFunction": {
        "lambda:GetLayerVersion": ["?layers"], "lambda:PassCapacityProvider": ["?capacityProviderConfig"],
    },
    "lambda:UpdateFunctionConfiguration": {
        "lambda:GetLayerVersion": ["?layers"], "lambda:PassCapacityProvider": ["?capacityProviderConfig"],
    },
    "logs:DeleteAccountPolicy": {
        "logs:DeleteDataProtectionPolicy": ["?policyType=*DATA_PROTECTION*"],
        "logs:DeleteIndexPolicy": ["?policyType=*FIELD_INDEX*"],
        "logs:DeleteSubscriptionFilter": ["?policyType=*SUBSCRIPTION_FILTER*"],
        "logs:DeleteTransformer": ["?policyType=*TRANSFORMER*"],
    },
    "logs:FilterLogEvents": {"logs:Unmask": ["?unmask"]},
    "logs:GetLogEvents": {"logs:Unmask": ["?unmask"]},
    "logs:GetLogRecord": {"logs:Unmask": ["?unmask"]},
    "logs:PutAccountPolicy": {
        "logs:PutDataProtectionPolicy": ["?policyType=*DATA_PROTECTION*"],
        "logs:PutIndexPolicy": ["?policyType=*FIELD_INDEX*"],
        "logs:PutSubscriptionFilter": ["?policyType=*SUBSCRIPTION_FILTER*"],
        "logs:PutTransformer": ["?policyType=*TRANSFORMER*"],
    },
    "quicksight:CreateTopicV2": {"quicksight:PassDataSet": ["?..datasetArn"]},
    "rds:CreateDBCluster": {"rds:CreateDBInstance": ["?dBClusterInstanceClass"]},
    "rds:DeleteDBCluster": {"rds:CreateDBClusterSnapshot": ["?finalDBSnapshotIdentifier"]},
    "rds:DeleteDBInstance": {"rds:CreateDBSnapshot": ["?finalDBSnapshotIdentifier"]},
    "rds:DeleteTenantDatabase": {"rds:CreateDBSnapshot": ["?finalDBSnapshotIdentifier"]},
    "rds:StopDBInstance": {"rds:CreateDBSnapshot": ["?dBSnapshotIdentifier"]},
    "redshift:CreateScheduledAction": {
        "redshift:PauseCluster": ["?..pauseCluster"],
        "redshift:ResizeCluster": ["?..resizeCluster"],
        "redshift:ResumeCluster": ["?..resumeCluster"],
    },
    "redshift:DeleteCluster": {"redshift:CreateClusterSnapshot": ["?finalClusterSnapshotIdentifier"]},
    "redshift:GetClusterCredentials": {
        "redshift:CreateClusterUser": ["?autoCreate"], "redshift:JoinGroup": ["?dbGroups"],
    },
    "redshift:ModifyLakehouseConfiguration": {
        "redshift:RegisterNamespace": ["?lakehouseRegistration=Register"],
        "redshift:DeregisterNamespace": ["?lakehouseRegistration=Deregister"],
        "redshift:AssociateDataShareConsumer": ["?lakehouseRegistration=Register"],
    },
    "redshift-serverless:UpdateLakehouseConfiguration": {
        "redshift:RegisterNamespace": ["?lakehouseRegistration=Register"],
        "redshift:DeregisterNamespace": ["?lakehouseRegistration=Deregister"],
        "redshift:AssociateDataShareConsumer": ["?lakehouseRegistration=Register"],
    },
    "secretsmanager:BatchGetSecretValue": {"secretsmanager:ListSecrets": ["?filters"]},
    "secretsmanager:CreateSecret": {"secretsmanager:ReplicateSecretToRegions": ["?addReplicaRegions"]},
    "sns:CreateTopic": {"sns:PutDataProtectionPolicy": ["?dataProtectionPolicy"]},
    "states:CreateStateMachine": {"states:PublishStateMachineVersion": ["?publish"]},
    "states:TestState": {"states:RevealSecrets": ["?revealSecrets"]},
    "states:UpdateStateMachine": {"states:PublishStateMachineVersion": ["?publish"]},
    "sts:AssumeRole": {
        "sts:SetSourceIdentity": ["?sourceIdentity"],
        "sts:SetContext": ["?providedContexts"],
        "sts:TagSession": ["?tags"],
    },
    "sts:GetFederationToken": {"sts:TagSession": ["?tags"]},
    "waf-regional:AssociateWebACL": _TO_WEB_ACL,
    "waf-regional:DisassociateWebACL": _TO_WEB_ACL,
    "wafv2:AssociateWebACL": {**_TO_WEB_ACL, "appsync:SetWebACL": ["?resourceArn=*:appsync:*"]},
    "wafv2:DisassociateWebACL": {**_TO_WEB_ACL, "appsync:SetWebACL": ["?resourceArn=*:appsync:*"]},
}

# Events that are no operation of the service reference, and the actions that they need.
# Sources: Amazon S3 user guide, "Amazon S3 CloudTrail events": older names of operations and names of the console;
# Amazon Keyspaces developer guide, "Logging Amazon Keyspaces API calls with AWS CloudTrail": its tables name the event of
# each statement of CQL and of each operation of the SDKs. `Select` is the name of its action.
EVENTS = {
    "s3:DeleteAccountPublicAccessBlock": ["s3:PutAccountPublicAccessBlock"],
    "s3:DeleteBucketPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3:GetBucketLifecycle": ["s3:GetLifecycleConfiguration"],
    "s3:GetObjectLockLegalHold": ["s3:GetObjectLegalHold"],
    "s3:GetObjectLockRetention": ["s3:GetObjectRetention"],
    "s3:InitiateMultipartUpload": ["s3:PutObject"],
    "s3:PostObject": ["s3:PutObject"],
    "s3:PutBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3:PutObjectLockLegalHold": ["s3:PutObjectLegalHold"],
    "s3:PutObjectLockRetention": ["s3:PutObjectRetention"],
    "cassandra:AlterKeyspace": ["cassandra:Alter"],
    "cassandra:AlterTable": ["cassandra:Alter"],
    "cassandra:CreateUdt": ["cassandra:Create"],
    "cassandra:DropKeyspace": ["cassandra:Drop"],
    "cassandra:DropTable": ["cassandra:Drop"],
    "cassandra:DropUdt": ["cassandra:Drop"],
    "cassandra:Insert": ["cassandra:Modify"],
    "cassandra:Update": ["cassandra:Modify"],
    "cassandra:Delete": ["cassandra:Modify"],
    # Amazon S3 user guide, "Authorizing Zonal endpoint API operations with CreateSession": a session authorizes all
    # operations on objects of directory buckets.
    **{
        f"s3express:{operation}": ["s3express:CreateSession"]
        for operation in """
            AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjects
            GetObject GetObjectAttributes HeadBucket HeadObject ListMultipartUploads ListObjectsV2 ListParts PutObject
            UploadPart
        """.split()
    },
}
