//! Tests which actions events are mapped to.

use super::*;

#[rustfmt::skip] // one event per line
#[rstest]
#[case("s3", "ListBuckets", &["s3:ListAllMyBuckets"])]
#[case("s3", "HeadObject", &["s3:GetObject"])]
#[case("s3", "HeadBucket", &["s3:ListBucket"])]
#[case("s3", "ListObjects", &["s3:ListBucket"])]
#[case("s3", "ListObjectsV2", &["s3:ListBucket"])]
#[case("s3", "ListObjectVersions", &["s3:ListBucketVersions"])]
#[case("s3", "GetObject", &["s3:GetObject"])]
#[case("s3", "PutObject", &["s3:PutObject"])]
#[case("s3", "DeleteObject", &["s3:DeleteObject"])]
#[case("s3", "DeleteObjects", &["s3:DeleteObject"])]
#[case("s3", "CreateMultipartUpload", &["s3:PutObject"])]
#[case("s3", "UploadPart", &["s3:PutObject"])]
#[case("s3", "CompleteMultipartUpload", &["s3:PutObject"])]
#[case("s3", "AbortMultipartUpload", &["s3:AbortMultipartUpload"])]
#[case("s3", "ListParts", &["s3:ListMultipartUploadParts"])]
#[case("s3", "ListMultipartUploads", &["s3:ListBucketMultipartUploads"])]
#[case("s3", "CopyObject", &["s3:PutObject", "s3:GetObject"])]
#[case("s3", "SelectObjectContent", &["s3:GetObject"])]
#[case("s3", "GetBucketLifecycle", &["s3:GetLifecycleConfiguration"])]
#[case("s3", "PutBucketLifecycle", &["s3:PutLifecycleConfiguration"])]
#[case("s3", "DeleteBucketLifecycle", &["s3:PutLifecycleConfiguration"])]
#[case("s3", "GetBucketCors", &["s3:GetBucketCORS"])]
#[case("s3", "PutBucketCors", &["s3:PutBucketCORS"])]
#[case("s3", "DeleteBucketCors", &["s3:PutBucketCORS"])]
#[case("s3", "GetBucketEncryption", &["s3:GetEncryptionConfiguration"])]
#[case("s3", "PutBucketEncryption", &["s3:PutEncryptionConfiguration"])]
#[case("s3", "DeleteBucketEncryption", &["s3:PutEncryptionConfiguration"])]
#[case("s3", "GetBucketReplication", &["s3:GetReplicationConfiguration"])]
#[case("s3", "PutBucketReplication", &["s3:PutReplicationConfiguration"])]
#[case("s3", "DeleteBucketReplication", &["s3:PutReplicationConfiguration"])]
#[case("s3", "GetBucketPublicAccessBlock", &["s3:GetBucketPublicAccessBlock"])]
#[case("s3", "PutBucketPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"])]
#[case("s3", "DeleteBucketPublicAccessBlock", &["s3:PutBucketPublicAccessBlock"])]
#[case("s3", "GetBucketObjectLockConfiguration", &["s3:GetBucketObjectLockConfiguration"])]
#[case("s3", "GetAccountPublicAccessBlock", &["s3:GetAccountPublicAccessBlock"])]
#[case("s3", "GetBucketNotification", &["s3:GetBucketNotification"])]
#[case("s3", "PutBucketNotification", &["s3:PutBucketNotification"])]
#[case("s3", "DeleteBucketTagging", &["s3:PutBucketTagging"])]
#[case("s3", "GetBucketPolicyStatus", &["s3:GetBucketPolicyStatus"])]
#[case("s3", "GetAccelerateConfiguration", &["s3:GetAccelerateConfiguration"])]
#[case("s3", "GetBucketMetricsConfiguration", &["s3:GetMetricsConfiguration"])]
#[case("s3", "ListBucketInventoryConfigurations", &["s3:GetInventoryConfiguration"])]
#[case("s3", "GetObjectAttributes", &["s3:GetObject", "s3:GetObjectAttributes"])]
#[case("s3", "CreateJob", &["s3:CreateJob"])]
#[case("s3", "GetStorageLensConfiguration", &["s3:GetStorageLensConfiguration"])]
#[case("lambda", "CreateFunction20150331", &["lambda:CreateFunction"])]
#[case("lambda", "GetFunction20150331v2", &["lambda:GetFunction"])]
#[case("lambda", "UpdateFunctionCode20150331v2", &["lambda:UpdateFunctionCode"])]
#[case("lambda", "AddPermission20150331v2", &["lambda:AddPermission"])]
#[case("lambda", "ListVersionsByFunction20150331", &["lambda:ListVersionsByFunction"])]
#[case("lambda", "ListTags20170331", &["lambda:ListTags"])]
#[case("lambda", "PublishLayerVersion20181031", &["lambda:PublishLayerVersion"])]
#[case("lambda", "GetLayerVersionByArn20181031", &["lambda:GetLayerVersion"])]
#[case("lambda", "Invoke", &["lambda:InvokeFunction"])]
#[case("lambda", "GetFunctionCodeSigningConfig", &["lambda:GetFunctionCodeSigningConfig"])]
#[case("ec2", "RunInstances", &["ec2:RunInstances"])]
#[case("ec2", "TerminateInstances", &["ec2:TerminateInstances"])]
#[case("ec2", "DescribeInstances", &["ec2:DescribeInstances"])]
#[case("ec2", "CreateTags", &["ec2:CreateTags"])]
#[case("ec2", "AuthorizeSecurityGroupIngress", &["ec2:AuthorizeSecurityGroupIngress"])]
#[case("ec2", "GetPasswordData", &["ec2:GetPasswordData"])]
#[case("ec2", "DescribeVpcClassicLinkDnsSupport", &["ec2:DescribeVpcClassicLinkDnsSupport"])]
#[case("ec2", "DescribeVpcEndpointServiceConfigurations", &["ec2:DescribeVpcEndpointServiceConfigurations"])]
#[case("ec2", "CreateFleet", &["ec2:CreateFleet"])]
#[case("ec2-instance-connect", "SendSSHPublicKey", &["ec2-instance-connect:SendSSHPublicKey"])]
#[case("sts", "GetCallerIdentity", &["sts:GetCallerIdentity"])]
#[case("sts", "AssumeRole", &["sts:AssumeRole"])]
#[case("sts", "GetSessionToken", &["sts:GetSessionToken"])]
#[case("sts", "DecodeAuthorizationMessage", &["sts:DecodeAuthorizationMessage"])]
#[case("iam", "CreateRole", &["iam:CreateRole"])]
#[case("iam", "GetUser", &["iam:GetUser"])]
#[case("iam", "PutRolePolicy", &["iam:PutRolePolicy"])]
#[case("iam", "GetAccountAuthorizationDetails", &["iam:GetAccountAuthorizationDetails"])]
#[case("iam", "ListSSHPublicKeys", &["iam:ListSSHPublicKeys"])]
#[case("iam", "UpdateAssumeRolePolicy", &["iam:UpdateAssumeRolePolicy"])]
#[case("kms", "Decrypt", &["kms:Decrypt"])]
#[case("kms", "GenerateDataKey", &["kms:GenerateDataKey"])]
#[case("kms", "ReEncrypt", &["kms:ReEncryptFrom", "kms:ReEncryptTo"])]
#[case("kms", "CreateGrant", &["kms:CreateGrant"])]
#[case("monitoring", "PutMetricData", &["cloudwatch:PutMetricData"])]
#[case("monitoring", "DescribeAlarms", &["cloudwatch:DescribeAlarms"])]
#[case("dynamodb", "ListTables", &["dynamodb:ListTables"])]
#[case("dynamodb", "GetItem", &["dynamodb:GetItem"])]
#[case("dynamodb", "BatchWriteItem", &["dynamodb:BatchWriteItem"])]
#[case("dynamodb", "TransactGetItems", &["dynamodb:GetItem"])]
#[case("dynamodb", "DescribeContinuousBackups", &["dynamodb:DescribeContinuousBackups"])]
#[case("apigateway", "CreateRestApi", &["apigateway:POST"])]
#[case("apigateway", "GetRestApis", &["apigateway:GET"])]
#[case("apigateway", "PutMethod", &["apigateway:PUT"])]
#[case("apigateway", "UpdateStage", &["apigateway:PATCH"])]
#[case("apigateway", "DeleteRestApi", &["apigateway:DELETE"])]
#[case("apigateway", "GetApis", &["apigateway:GET"])]
#[case("apigateway", "CreateRoute", &["apigateway:POST"])]
#[case("apigateway", "TagResource", &["apigateway:POST", "apigateway:PUT"])]
#[case("apigateway", "ImportRestApi", &["apigateway:POST"])]
#[case("ses", "SendEmail", &["ses:SendEmail"])]
#[case("ses", "VerifyEmailIdentity", &["ses:VerifyEmailIdentity"])]
#[case("ecs", "RunTask", &["ecs:RunTask"])]
#[case("ecs", "RegisterTaskDefinition", &["ecs:RegisterTaskDefinition"])]
#[case("ecr", "GetAuthorizationToken", &["ecr:GetAuthorizationToken"])]
#[case("ecr", "BatchGetImage", &["ecr:BatchGetImage"])]
#[case("ecr-public", "GetAuthorizationToken", &["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"])]
#[case("codeartifact", "GetAuthorizationToken", &["codeartifact:GetAuthorizationToken", "sts:GetServiceBearerToken"])]
#[case("eks", "DescribeCluster", &["eks:DescribeCluster"])]
#[case("autoscaling", "DescribeAutoScalingGroups", &["autoscaling:DescribeAutoScalingGroups"])]
#[case("autoscaling", "RegisterScalableTarget", &["application-autoscaling:RegisterScalableTarget"])]
#[case("autoscaling", "PutScalingPolicy", &["autoscaling:PutScalingPolicy"])]
#[case("application-insights", "CreateApplication", &["applicationinsights:CreateApplication"])]
#[case("amazonmq", "CreateBroker", &["mq:CreateBroker"])]
#[case("cloudcontrolapi", "CreateResource", &["cloudformation:CreateResource"])]
#[case("cloudformation", "CreateStack", &["cloudformation:CreateStack"])]
#[case("cloudformation", "ExecuteChangeSet", &["cloudformation:ExecuteChangeSet"])]
#[case("cloudfront", "CreateDistribution2020_05_31", &["cloudfront:CreateDistribution"])]
#[case("cloudfront", "CreateInvalidation", &["cloudfront:CreateInvalidation"])]
#[case("cloudtrail", "LookupEvents", &["cloudtrail:LookupEvents"])]
#[case("cloudtrail", "StopLogging", &["cloudtrail:StopLogging"])]
#[case("codebuild", "StartBuild", &["codebuild:StartBuild"])]
#[case("codecommit", "GitPull", &["codecommit:GitPull"])]
#[case("codepipeline", "StartPipelineExecution", &["codepipeline:StartPipelineExecution"])]
#[case("codedeploy", "CreateDeployment", &["codedeploy:CreateDeployment"])]
#[case("cognito-idp", "AdminCreateUser", &["cognito-idp:AdminCreateUser"])]
#[case("cognito-identity", "GetId", &["cognito-identity:GetId"])]
#[case("config", "PutConfigRule", &["config:PutConfigRule"])]
#[case("ce", "GetCostAndUsage", &["ce:GetCostAndUsage"])]
#[case("budgets", "DescribeBudgets", &["budgets:ViewBudget"])]
#[case("budgets", "CreateBudget", &["budgets:ModifyBudget"])]
#[case("rds", "CreateDBInstance", &["rds:CreateDBInstance"])]
#[case("rds", "DescribeDBInstances", &["rds:DescribeDBInstances"])]
#[case("rdsdata", "ExecuteStatement", &["rds-data:ExecuteStatement"])]
#[case("redshift", "CreateCluster", &["redshift:CreateCluster"])]
#[case("redshift-data", "ExecuteStatement", &["redshift-data:ExecuteStatement"])]
#[case("route53", "ChangeResourceRecordSets", &["route53:ChangeResourceRecordSets"])]
#[case("route53domains", "ListDomains", &["route53domains:ListDomains"])]
#[case("route53resolver", "CreateResolverRule", &["route53resolver:CreateResolverRule"])]
#[case("secretsmanager", "GetSecretValue", &["secretsmanager:GetSecretValue"])]
#[case("ssm", "GetParametersByPath", &["ssm:GetParametersByPath"])]
#[case("ssm", "SendCommand", &["ssm:SendCommand"])]
#[case("ssm", "StartSession", &["ssm:StartSession"])]
#[case("ssmmessages", "OpenDataChannel", &["ssmmessages:OpenDataChannel"])]
#[case("sns", "Publish", &["sns:Publish"])]
#[case("sns", "PublishBatch", &["sns:Publish"])]
#[case("sqs", "SendMessageBatch", &["sqs:SendMessage"])]
#[case("sqs", "ReceiveMessage", &["sqs:ReceiveMessage"])]
#[case("states", "StartExecution", &["states:StartExecution"])]
#[case("events", "PutRule", &["events:PutRule"])]
#[case("scheduler", "CreateSchedule", &["scheduler:CreateSchedule"])]
#[case("pipes", "CreatePipe", &["pipes:CreatePipe"])]
#[case("logs", "CreateLogGroup", &["logs:CreateLogGroup"])]
#[case("logs", "FilterLogEvents", &["logs:FilterLogEvents"])]
#[case("kinesis", "PutRecords", &["kinesis:PutRecords"])]
#[case("firehose", "CreateDeliveryStream", &["firehose:CreateDeliveryStream"])]
#[case("glue", "GetTables", &["glue:GetTables"])]
#[case("glue", "GetPartitionIndexes", &["glue:GetPartitionIndexes"])]
#[case("athena", "StartQueryExecution", &["athena:StartQueryExecution"])]
#[case("elasticmapreduce", "RunJobFlow", &["elasticmapreduce:RunJobFlow"])]
#[case("elasticloadbalancing", "DescribeTargetHealth", &["elasticloadbalancing:DescribeTargetHealth"])]
#[case("elasticfilesystem", "CreateFileSystem", &["elasticfilesystem:CreateFileSystem"])]
#[case("elasticache", "CreateCacheCluster", &["elasticache:CreateCacheCluster"])]
#[case("elasticbeanstalk", "CreateApplication", &["elasticbeanstalk:CreateApplication"])]
#[case("es", "CreateDomain", &["es:CreateDomain"])]
#[case("es", "DescribeElasticsearchDomain", &["es:DescribeElasticsearchDomain"])]
#[case("guardduty", "ListDetectors", &["guardduty:ListDetectors"])]
#[case("securityhub", "GetFindings", &["securityhub:GetFindings"])]
#[case("inspector2", "ListFindings", &["inspector2:ListFindings"])]
#[case("macie2", "GetFindings", &["macie2:GetFindings"])]
#[case("access-analyzer", "ListAnalyzers", &["access-analyzer:ListAnalyzers"])]
#[case("organizations", "DescribeOrganization", &["organizations:DescribeOrganization"])]
#[case("sso", "ListInstances", &["sso:ListInstances"])]
#[case("identitystore", "ListUsers", &["identitystore:ListUsers"])]
#[case("ram", "ListResources", &["ram:ListResources"])]
#[case("tagging", "GetResources", &["tag:GetResources"])]
#[case("resource-groups", "ListGroups", &["resource-groups:ListGroups"])]
#[case("servicecatalog-appregistry", "ListApplications", &["servicecatalog:ListApplications"])]
#[case("servicequotas", "ListServiceQuotas", &["servicequotas:ListServiceQuotas"])]
#[case("support", "DescribeCases", &["support:DescribeCases"])]
#[case("health", "DescribeEventAggregates", &["health:DescribeEventAggregates"])]
#[case("acm", "RequestCertificate", &["acm:RequestCertificate"])]
#[case("acm-pca", "IssueCertificate", &["acm-pca:IssueCertificate"])]
#[case("wafv2", "CreateWebACL", &["wafv2:CreateWebACL"])]
#[case("backup", "StartBackupJob", &["backup:StartBackupJob"])]
#[case("batch", "SubmitJob", &["batch:SubmitJob"])]
#[case("sagemaker", "InvokeEndpoint", &["sagemaker:InvokeEndpoint"])]
#[case("bedrock", "InvokeModel", &["bedrock:InvokeModel"])]
#[case("bedrock", "Converse", &["bedrock:InvokeModel"])]
#[case("bedrock", "ConverseStream", &["bedrock:InvokeModelWithResponseStream"])]
#[case("pinpoint", "GetApps", &["mobiletargeting:GetApps"])]
#[case("transfer", "CreateServer", &["transfer:CreateServer"])]
#[case("dms", "CreateReplicationTask", &["dms:CreateReplicationTask"])]
#[case("datasync", "CreateTask", &["datasync:CreateTask"])]
#[case("transcribe", "StartTranscriptionJob", &["transcribe:StartTranscriptionJob"])]
#[case("comprehend", "DetectSentiment", &["comprehend:DetectSentiment"])]
#[case("rekognition", "DetectLabels", &["rekognition:DetectLabels"])]
#[case("polly", "SynthesizeSpeech", &["polly:SynthesizeSpeech"])]
#[case("textract", "AnalyzeDocument", &["textract:AnalyzeDocument"])]
#[case("xray", "PutTraceSegments", &["xray:PutTraceSegments"])]
#[case("appsync", "CreateGraphqlApi", &["appsync:CreateGraphqlApi"])]
#[case("amplify", "CreateApp", &["amplify:CreateApp"])]
#[case("kafka", "ListClustersV2", &["kafka:ListClustersV2"])]
#[case("rolesanywhere", "CreateProfile", &["rolesanywhere:CreateProfile"])]
#[case("resource-explorer-2", "ListIndexes", &["resource-explorer-2:ListIndexes"])]
#[case("network-firewall", "DescribeFirewall", &["network-firewall:DescribeFirewall"])]
#[case("account", "GetRegionOptStatus", &["account:GetRegionOptStatus"])]
#[case("iot", "CreateThing", &["iot:CreateThing"])]
#[case("workspaces", "DescribeWorkspaces", &["workspaces:DescribeWorkspaces"])]
#[case("devops-guru", "SearchInsights", &["devops-guru:SearchInsights"])]
#[case("notifications", "ListNotificationHubs", &["notifications:ListNotificationHubs"])]
#[case("ebs", "ListSnapshotBlocks", &["ebs:ListSnapshotBlocks"])]
#[case("timestream", "Query", &["timestream:Select"])]
#[case("s3express", "GetObject", &["s3express:CreateSession"])]
#[case("s3express", "CreateSession", &["s3express:CreateSession"])]
#[case("cloudshell", "CreateEnvironment", &["cloudshell:CreateEnvironment"])]
#[case("signin", "CreateOAuth2Token", &["signin:CreateOAuth2Token"])]
#[case("rdsdataapi", "ExecuteStatement", &["rds-data:ExecuteStatement"])]
#[case("metering-marketplace", "BatchMeterUsage", &["aws-marketplace:BatchMeterUsage"])]
#[case("mturk-requester", "CreateHIT", &["mechanicalturk:CreateHIT"])]
#[case("glue", "GetColumnStatisticsForTable", &["glue:GetTable"])]
#[case("glue", "GetColumnStatisticsForPartition", &["glue:GetPartition"])]
#[case("glue", "UpdateColumnStatisticsForTable", &["glue:UpdateTable"])]
#[case("glue", "UpdateColumnStatisticsForPartition", &["glue:UpdatePartition"])]
#[case("glue", "DeleteColumnStatisticsForTable", &["glue:UpdateTable"])]
#[case("glue", "DeleteColumnStatisticsForPartition", &["glue:UpdatePartition"])]
#[case("glue", "CreatePartitionIndex", &["glue:UpdateTable"])]
#[case("glue", "DeletePartitionIndex", &["glue:UpdateTable"])]
#[case("cassandra", "CreateKeyspace", &["cassandra:Create"])]
#[case("cassandra", "AlterKeyspace", &["cassandra:Alter"])]
#[case("cassandra", "DropKeyspace", &["cassandra:Drop"])]
#[case("cassandra", "CreateTable", &["cassandra:Create"])]
#[case("cassandra", "DropTable", &["cassandra:Drop"])]
#[case("cassandra", "AlterTable", &["cassandra:Alter"])]
#[case("cassandra", "CreateUdt", &["cassandra:Create"])]
#[case("cassandra", "DropUdt", &["cassandra:Drop"])]
#[case("cassandra", "GetStream", &["cassandra:GetStream"])]
#[case("cassandra", "ListStreams", &["cassandra:ListStreams"])]
#[case("cassandra", "Select", &["cassandra:Select"])]
#[case("cassandra", "Insert", &["cassandra:Modify"])]
#[case("cassandra", "Update", &["cassandra:Modify"])]
#[case("cassandra", "Delete", &["cassandra:Modify"])]
#[case("cassandra", "GetShardIterator", &["cassandra:GetShardIterator"])]
#[case("cassandra", "GetRecords", &["cassandra:GetRecords"])]
#[case("es", "CreateDomain", &["es:CreateDomain"])]
#[case("access-analyzer", "GetFindingV2", &["access-analyzer:GetFinding"])]
#[case("deadline", "BatchGetJob", &["deadline:GetJob"])]
#[case("quicksight", "DescribeDashboardDefinition", &["quicksight:DescribeDashboard"])]
#[case("s3", "CreateSession", &["s3express:CreateSession"])]
fn events_need_actions(#[case] source: &str, #[case] name: &str, #[case] expected: &[&str]) {
    assert_eq!(actions(&call(source, name, &Value::Null)), expected);
}

#[test]
fn an_operation_maps_to_actions_that_the_service_reference_lists_for_it() {
    // Their actions depend on the request, are documented elsewhere (catalog/reviewed.py names where), are known to a
    // newer source, or are decided by no identity-based policy.
    const OTHERWISE: [&str; 17] = [
        "cloudfront CreateStreamingDistributionWithTags",
        "codeartifact GetAuthorizationToken",
        "connect CreateExtractionDefinition",
        "connect CreateTestCase",
        "dynamodb BatchExecuteStatement",
        "dynamodb ExecuteStatement",
        "dynamodb ExecuteTransaction",
        "dynamodb RestoreTableToPointInTime",
        "dynamodb TransactWriteItems",
        "ec2 CreateIpamInternetRegistryAssociation",
        "mediatailor PutFunction",
        "redshift ModifyLakehouseConfiguration",
        "redshift-serverless UpdateLakehouseConfiguration",
        "s3 GetObjectAttributes",
        "sts AssumeRoleWithSAML",
        "sts AssumeRoleWithWebIdentity",
        "waf-regional DisassociateWebACL",
    ];
    let rows = include_str!("authorized.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'));
    let mut wrong = Vec::new();
    for row in rows {
        let fields: Vec<&str> = row.split('\t').collect();
        let listed: Vec<&str> = fields[2].split(' ').collect();
        let call = call(fields[0], fields[1], &Value::Null);
        let found = actions(&call);
        let is_right = !found.is_empty() && found.iter().all(|action| listed.contains(action));
        if is_right == OTHERWISE.contains(&format!("{} {}", fields[0], fields[1]).as_str()) {
            wrong.push(format!("{row}: {found:?}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[rustfmt::skip] // one event per line
#[rstest]
#[case("s3", "GetObject", json!({"versionId": "3L4"}), &["s3:GetObjectVersion"])]
#[case("s3", "HeadObject", json!({"versionId": "3L4"}), &["s3:GetObjectVersion"])]
#[case("s3", "GetObjectAcl", json!({"versionId": "3L4"}), &["s3:GetObjectVersionAcl"])]
#[case("s3", "DeleteObject", json!({"versionId": "3L4"}), &["s3:DeleteObjectVersion"])]
#[case("s3", "GetObjectAttributes", json!({"versionId": "3L4"}), &["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"])]
#[case("s3", "CopyObject", json!({"x-amz-copy-source": "/b/k?versionId=3L4"}), &["s3:PutObject", "s3:GetObjectVersion"])]
#[case("s3", "CopyObject", json!({"x-amz-copy-source": "/b/k?versionId="}), &["s3:PutObject", "s3:GetObject"])]
#[case("s3", "UploadPartCopy", json!({"x-amz-copy-source": "/b/k?versionId=3L4"}), &["s3:PutObject", "s3:GetObjectVersion"])]
#[case("s3", "GetObject", json!({"versionId": ""}), &["s3:GetObject"])]
#[case("s3", "PutObject", json!({"x-amz-acl": "public-read"}), &["s3:PutObject", "s3:PutObjectAcl"])]
#[case("s3", "PutObject", json!({"x-amz-acl": "private"}), &["s3:PutObject"])]
#[case("s3", "PutObject", json!({"x-amz-tagging": "a=b"}), &["s3:PutObject", "s3:PutObjectTagging"])]
#[case("s3", "PutObject", json!({"x-amz-object-lock-mode": "GOVERNANCE"}), &["s3:PutObject", "s3:PutObjectRetention"])]
#[case("s3", "PutObject", json!({"x-amz-object-lock-legal-hold": "ON"}), &["s3:PutObject", "s3:PutObjectLegalHold"])]
#[case("s3", "CreateBucket", json!({"x-amz-acl": "private"}), &["s3:CreateBucket"])]
#[case("s3", "CreateBucket", json!({"x-amz-acl": "public-read"}), &["s3:CreateBucket", "s3:PutBucketAcl"])]
#[case("sts", "AssumeRole", json!({"tags": [{"key": "a", "value": "b"}], "sourceIdentity": "ana"}), &["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"])]
#[case("ec2", "RunInstances", json!({"tagSpecificationSet": {"items": [{"resourceType": "instance"}]}}), &["ec2:RunInstances", "ec2:CreateTags"])]
#[case("ec2", "RunInstances", json!({"tagSpecificationSet": {}}), &["ec2:RunInstances"])]
#[case("ec2", "CreateNatGateway", json!({"CreateNatGatewayRequest": {"TagSpecification": {"ResourceType": "natgateway"}}}), &["ec2:CreateNatGateway", "ec2:CreateTags"])]
#[case("ec2", "CreateTags", json!({"tagSet": {"items": [{"key": "a"}]}}), &["ec2:CreateTags"])]
#[case("lambda", "CreateFunction20150331", json!({"tags": {"a": "b"}}), &["lambda:CreateFunction", "lambda:TagResource"])]
#[case("lambda", "CreateFunction20150331", json!({"tags": {}}), &["lambda:CreateFunction"])]
#[case("iam", "CreateRole", json!({"tags": [{"key": "a"}]}), &["iam:CreateRole", "iam:TagRole"])]
#[case("ecs", "RunTask", json!({"tags": [{"key": "a"}]}), &["ecs:RunTask", "ecs:TagResource"])]
#[case("cloudtrail", "CreateTrail", json!({"tagsList": [{"key": "a"}]}), &["cloudtrail:CreateTrail", "cloudtrail:AddTags"])]
#[case("dynamodb", "TransactWriteItems", json!({"transactItems": [{"put": {"tableName": "t"}}, {"conditionCheck": {"tableName": "t"}}]}), &["dynamodb:ConditionCheckItem", "dynamodb:PutItem"])]
#[case("dynamodb", "TransactWriteItems", Value::Null, &[])]
#[case("dynamodb", "TransactWriteItems", json!({"requestItems": [{"operation": "Put", "tableName": "Music"}, {"operation": "Update", "tableName": "Music"}, {"operation": "Delete", "TableName": "Music"}, {"operation": "ConditionCheck", "tableName": "Music"}]}), &["dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"])]
#[case("autoscaling", "PutScalingPolicy", json!({"serviceNamespace": "ecs"}), &["application-autoscaling:PutScalingPolicy"])]
#[case("autoscaling", "DescribeScalingActivities", json!({"serviceNamespace": "ecs"}), &["application-autoscaling:DescribeScalingActivities"])]
#[case("autoscaling", "PutScheduledAction", json!({"serviceNamespace": "ecs"}), &["application-autoscaling:PutScheduledAction"])]
#[case("autoscaling", "DescribeScalingActivities", json!({"autoScalingGroupName": "web"}), &["autoscaling:DescribeScalingActivities"])]
#[case("autoscaling", "DescribeScalingPlans", json!({"scalingPlanName": "p"}), &["autoscaling-plans:DescribeScalingPlans"])]
#[case("dynamodb", "ExecuteStatement", json!({"statement": " select * from t"}), &["dynamodb:PartiQLSelect"])]
#[case("dynamodb", "BatchExecuteStatement", json!({"statements": [{"statement": "INSERT INTO t"}, {"statement": "UPDATE t"}]}), &["dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"])]
#[case("lambda", "CreateFunction20150331", json!("{\"tags\": {\"a\": \"b\"}}"), &["lambda:CreateFunction", "lambda:TagResource"])]
fn parameters_tell_what_else_was_needed(
    #[case] source: &str,
    #[case] name: &str,
    #[case] request: Value,
    #[case] expected: &[&str],
) {
    assert_eq!(actions(&call(source, name, &request)), expected);
}

#[rstest]
#[case("signin", "ConsoleLogin", true)]
#[case("signin", "CheckMfa", true)]
#[case("signin", "GetSigninToken", true)]
#[case("secretsmanager", "StartSecretVersionDelete", true)]
#[case("ec2", "SharedSnapshotVolumeCreated", true)]
#[case("s3", "GetStorageLensDashboardDataInternal", true)]
#[case("discovery-marketplace", "GetListingView", true)]
#[case("s3", "DoSomethingNobodyKnows", false)]
#[case("nobody-knows", "GetObject", false)]
#[case("cassandra", "Batch", false)]
fn events_without_action_stay_unmapped(#[case] source: &str, #[case] name: &str, #[case] known: bool) {
    let call = call(source, name, &Value::Null);
    assert!(call.actions.is_empty());
    assert_eq!(needs_no_action(&call.event), known);
}

#[test]
fn a_refusal_names_the_true_action() {
    let message = "User: arn:aws:iam::111122223333:user/ops/ana is not authorized to perform: s3:ListBucket on resource: \"arn:aws:s3:::b\" because no identity-based policy allows the s3:ListBucket action";
    let denied = understood(&record(
        "s3",
        "HeadObject",
        &json!({"errorCode": "AccessDenied", "errorMessage": message}),
    ));
    assert!(denied.denied);
    assert_eq!(actions(&denied), ["s3:GetObject", "s3:ListBucket"]);
    assert_eq!(resources(&denied, "s3:ListBucket"), ["arn:aws:s3:::b"]);
    assert!(resources(&denied, "s3:GetObject").is_empty());
}

#[test]
fn a_refused_event_that_nobody_knows_is_mapped_by_its_message() {
    let message = "User: u is not authorized to perform: SQS:sendmessage on resource: arn:aws:sqs:eu-west-1:111122223333:q";
    let denied = understood(&record(
        "sqs",
        "NobodyKnows",
        &json!({"errorCode": "AccessDenied", "errorMessage": message}),
    ));
    assert_eq!(actions(&denied), ["sqs:SendMessage"]);
    assert_eq!(
        resources(&denied, "sqs:SendMessage"),
        ["arn:aws:sqs:eu-west-1:111122223333:q"]
    );
}

fn any_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z0-9:/*%\\[\\]. é-]{0,30}",
        "arn:aws:(s3|iam|ec2|lambda|ssm)::?[a-z0-9:/*-]{0,30}",
        "(i|vol|sg|ami)-[0-9a-f]{8}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        text.prop_map(Value::from)
    ];
    let name = prop_oneof![
        "(name|key|bucketName|roleName|path|tags|items|functionName|queueUrl|secretId|groupId|keyId|statement)",
        "[a-zA-Z-]{0,12}",
        "x-amz-copy-source",
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name.clone(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    #[test]
    fn every_action_is_known_and_every_resource_an_arn(
        event in 0usize..EVENTS.len(),
        request in any_value(),
        response in any_value(),
        message in "(.{0,40}|User: x is not authorized to perform: [a-zA-Z:0-9]{0,12} on resource: [a-z:/*]{0,20})",
    ) {
        let (source, name) = EVENTS[event];
        let members = json!({
            "requestParameters": request,
            "responseElements": response,
            "errorCode": "AccessDenied",
            "errorMessage": message,
        });
        let call = understood(&record(source, name, &members));
        for called in &call.actions {
            prop_assert_eq!(catalogue::action(&called.action).map(|known| known.name()), Some(called.action.as_str()));
            for resource in &called.resources {
                prop_assert!(resource.text.starts_with("arn:"), "{}", resource.text);
            }
        }
        let mut names = actions(&call);
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        prop_assert_eq!(names.len(), count, "each action is told once");
    }

    #[test]
    fn no_event_name_is_too_odd(source in ".{0,20}", name in ".{0,30}") {
        let call = call(&source, &name, &Value::Null);
        for called in &call.actions {
            prop_assert!(catalogue::action(&called.action).is_some());
        }
    }
}

/// Events whose parameters are looked at most closely.
const EVENTS: [(&str, &str); 16] = [
    ("s3", "CopyObject"),
    ("s3", "GetObject"),
    ("s3", "CreateBucket"),
    ("ec2", "RunInstances"),
    ("ec2", "CreateTags"),
    ("iam", "CreateRole"),
    ("iam", "GetUser"),
    ("iam", "AddRoleToInstanceProfile"),
    ("lambda", "CreateFunction20150331"),
    ("ssm", "SendCommand"),
    ("sqs", "SendMessage"),
    ("ecs", "RunTask"),
    ("apigateway", "CreateDeployment"),
    ("dynamodb", "ExecuteStatement"),
    ("kms", "ReEncrypt"),
    ("secretsmanager", "CreateSecret"),
];
