//! Tests the resources that are proposed for the services that are used most: the ones that most of AWS's managed
//! policies name, down to the 45th of the 1,500 policies that the tests' AWS, moto 5.2.5, brings, and a few more.

use serde_json::{Value, json};

use super::fitting::{ACCOUNT, call, proposed};
use crate::usage::Call;

/// Event source, event, request, action, the resources that a policy has to name, and the page of the documentation to compare
/// them with: how the record names the resource, or what its ARN is. ARN formats are those of the Service Authorization Reference.
type Row = (
    &'static str,
    &'static str,
    Value,
    &'static str,
    &'static [&'static str],
    &'static str,
);

#[rustfmt::skip] // one row per line
fn rows() -> Vec<Row> {
    vec![
        ("acm", "DescribeCertificate", json!({"certificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/c-1"}), "acm:DescribeCertificate", &["arn:aws:acm:eu-west-1:123456789012:certificate/c-1"], "AWS Certificate Manager user guide, \"Using CloudTrail with AWS Certificate Manager\""),
        ("apigateway", "DeleteStage", json!({"restApiId": "r", "stageName": "s"}), "apigateway:DELETE", &["arn:aws:apigateway:eu-west-1::/restapis/r/stages/s"], "Service Authorization Reference, \"Actions, resources, and condition keys for Amazon API Gateway Management\""),
        ("athena", "StartQueryExecution", json!({"queryString": "***", "workGroup": "primary"}), "athena:StartQueryExecution", &["arn:aws:athena:eu-west-1:123456789012:workgroup/primary"], "Athena user guide, \"Log Amazon Athena API calls with AWS CloudTrail\""),
        ("autoscaling", "SetDesiredCapacity", json!({"autoScalingGroupName": "web"}), "autoscaling:SetDesiredCapacity", &["arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/web"], "EC2 Auto Scaling user guide, \"How Amazon EC2 Auto Scaling works with IAM\""),
        ("autoscaling", "RegisterScalableTarget", json!({"serviceNamespace": "ecs", "resourceId": "service/c/s", "scalableDimension": "ecs:service:DesiredCount"}), "application-autoscaling:RegisterScalableTarget", &["arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target/*"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Application Auto Scaling\""),
        ("backup", "StartBackupJob", json!({"backupVaultName": "vault", "resourceArn": "arn:aws:rds:eu-west-1:123456789012:db:web"}), "backup:StartBackupJob", &["arn:aws:backup:eu-west-1:123456789012:backup-vault:vault"], "AWS Backup developer guide, \"Logging AWS Backup API calls with CloudTrail\""),
        ("batch", "SubmitJob", json!({"jobName": "j", "jobQueue": "arn:aws:batch:eu-west-1:123456789012:job-queue/q", "jobDefinition": "arn:aws:batch:eu-west-1:123456789012:job-definition/d:1"}), "batch:SubmitJob", &["arn:aws:batch:eu-west-1:123456789012:job-definition/d:1", "arn:aws:batch:eu-west-1:123456789012:job-queue/q", "arn:aws:batch:eu-west-1:123456789012:job/*"], "AWS Batch user guide, \"Logging AWS Batch API calls with AWS CloudTrail\""),
        ("bedrock", "InvokeModel", json!({"modelId": "amazon.nova-lite-v1:0"}), "bedrock:InvokeModel", &["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"], "Amazon Bedrock user guide, \"Monitor Amazon Bedrock API calls using CloudTrail\""),
        ("bedrock", "InvokeModel", json!({"modelId": "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.m"}), "bedrock:InvokeModel", &["arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.m", "arn:aws:bedrock:eu-west-1::foundation-model/*"], "Amazon Bedrock user guide, \"Prerequisites for inference profiles\""),
        ("cloudformation", "CreateStack", json!({"stackName": "web"}), "cloudformation:CreateStack", &["arn:aws:cloudformation:eu-west-1:123456789012:stack/web/*"], "CloudFormation user guide, \"Control CloudFormation access with AWS Identity and Access Management\""),
        ("cloudfront", "UpdateDistribution2020_05_31", json!({"id": "E1"}), "cloudfront:UpdateDistribution", &["arn:aws:cloudfront::123456789012:distribution/E1"], "CloudFront developer guide, \"Logging Amazon CloudFront API calls using AWS CloudTrail\""),
        ("cloudtrail", "GetTrailStatus", json!({"name": "main"}), "cloudtrail:GetTrailStatus", &["arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"], "CloudTrail API reference, GetTrailStatus: a name or an ARN"),
        ("codebuild", "StartBuild", json!({"projectName": "p"}), "codebuild:StartBuild", &["arn:aws:codebuild:eu-west-1:123456789012:project/p"], "CodeBuild user guide, \"Log AWS CodeBuild API calls with AWS CloudTrail\""),
        ("codecommit", "CreateBranch", json!({"repositoryName": "r", "branchName": "b", "commitId": "c"}), "codecommit:CreateBranch", &["arn:aws:codecommit:eu-west-1:123456789012:r"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS CodeCommit\""),
        ("codepipeline", "StartPipelineExecution", json!({"name": "p"}), "codepipeline:StartPipelineExecution", &["arn:aws:codepipeline:eu-west-1:123456789012:p"], "CodePipeline user guide, \"Logging CodePipeline API calls with AWS CloudTrail\""),
        ("cognito-idp", "AdminGetUser", json!({"userPoolId": "eu-west-1_a", "username": "***"}), "cognito-idp:AdminGetUser", &["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a"], "Cognito developer guide, \"Amazon Cognito logging in AWS CloudTrail\""),
        ("config", "PutConfigRule", json!({"configRule": {"configRuleName": "r"}}), "config:PutConfigRule", &["arn:aws:config:eu-west-1:123456789012:config-rule/*"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Config\": an ARN holds the id of the rule, such as config-rule-8fngan, and not its name"),
        ("ds", "CreateSnapshot", json!({"directoryId": "d-1234567890"}), "ds:CreateSnapshot", &["arn:aws:ds:eu-west-1:123456789012:directory/d-1234567890"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Directory Service\""),
        ("dynamodb", "Query", json!({"tableName": "t"}), "dynamodb:Query", &["arn:aws:dynamodb:eu-west-1:123456789012:table/t"], "DynamoDB developer guide, \"Understanding DynamoDB log file entries\""),
        ("dynamodb", "Query", json!({"tableName": "t", "indexName": "i"}), "dynamodb:Query", &["arn:aws:dynamodb:eu-west-1:123456789012:table/t", "arn:aws:dynamodb:eu-west-1:123456789012:table/t/index/i"], "Service Authorization Reference, DynamoDB: every query needs a table, and one of an index the index"),
        ("ec2", "TerminateInstances", json!({"instancesSet": {"items": [{"instanceId": "i-0a1b2c3d4e5f60001"}, {"instanceId": "i-0a1b2c3d4e5f60002"}]}}), "ec2:TerminateInstances", &["arn:aws:ec2:eu-west-1:123456789012:instance/i-0a1b2c3d4e5f60001", "arn:aws:ec2:eu-west-1:123456789012:instance/i-0a1b2c3d4e5f60002"], "EC2 user guide, \"Log Amazon EC2 API calls using AWS CloudTrail\""),
        ("ecr", "PutImage", json!({"repositoryName": "r"}), "ecr:PutImage", &["arn:aws:ecr:eu-west-1:123456789012:repository/r"], "ECR user guide, \"Logging Amazon ECR actions with AWS CloudTrail\""),
        ("ecs", "UpdateService", json!({"cluster": "c", "service": "s"}), "ecs:UpdateService", &["arn:aws:ecs:eu-west-1:123456789012:service/c/s"], "ECS developer guide, \"How Amazon Elastic Container Service works with IAM\""),
        ("eks", "DescribeCluster", json!({"name": "c"}), "eks:DescribeCluster", &["arn:aws:eks:eu-west-1:123456789012:cluster/c"], "EKS API reference, DescribeCluster"),
        ("elasticache", "DeleteCacheCluster", json!({"cacheClusterId": "c"}), "elasticache:DeleteCacheCluster", &["arn:aws:elasticache:eu-west-1:123456789012:cluster:c"], "ElastiCache user guide, \"Logging Amazon ElastiCache API calls with AWS CloudTrail\""),
        ("elasticbeanstalk", "UpdateEnvironment", json!({"applicationName": "a", "environmentName": "e"}), "elasticbeanstalk:UpdateEnvironment", &["arn:aws:elasticbeanstalk:eu-west-1:123456789012:environment/a/e"], "Elastic Beanstalk developer guide, \"Resources and conditions for Elastic Beanstalk actions\""),
        ("elasticfilesystem", "DescribeMountTargets", json!({"fileSystemId": "fs-1"}), "elasticfilesystem:DescribeMountTargets", &["arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1"], "EFS user guide, \"Logging Amazon EFS API calls with AWS CloudTrail\""),
        ("elasticloadbalancing", "RegisterTargets", json!({"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1"}), "elasticloadbalancing:RegisterTargets", &["arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/t/1"], "Elastic Load Balancing user guide, \"Log API calls for Elastic Load Balancing using AWS CloudTrail\""),
        ("elasticmapreduce", "TerminateJobFlows", json!({"jobFlowIds": ["j-1"]}), "elasticmapreduce:TerminateJobFlows", &["arn:aws:elasticmapreduce:eu-west-1:123456789012:cluster/j-1"], "EMR management guide, \"Logging AWS EMR API calls using AWS CloudTrail\""),
        ("es", "DescribeDomain", json!({"domainName": "d"}), "es:DescribeDomain", &["arn:aws:es:eu-west-1:123456789012:domain/d"], "OpenSearch Service developer guide, \"Monitoring Amazon OpenSearch Service API calls with AWS CloudTrail\""),
        ("events", "PutRule", json!({"name": "r"}), "events:PutRule", &["arn:aws:events:eu-west-1:123456789012:rule/r"], "EventBridge user guide, \"Logging Amazon EventBridge API calls using AWS CloudTrail\""),
        ("firehose", "PutRecordBatch", json!({"deliveryStreamName": "d"}), "firehose:PutRecordBatch", &["arn:aws:firehose:eu-west-1:123456789012:deliverystream/d"], "Firehose API reference, PutRecordBatch: `DeliveryStreamName`"),
        ("fsx", "CreateBackup", json!({"fileSystemId": "fs-0123456789abcdef0"}), "fsx:CreateBackup", &["arn:aws:fsx:eu-west-1:123456789012:backup/*", "arn:aws:fsx:eu-west-1:123456789012:file-system/fs-0123456789abcdef0"], "Service Authorization Reference, \"Actions, resources, and condition keys for Amazon FSx\""),
        ("glue", "StartJobRun", json!({"jobName": "j"}), "glue:StartJobRun", &["arn:aws:glue:eu-west-1:123456789012:job/j"], "Glue developer guide, \"Specifying AWS Glue resource ARNs\""),
        ("glue", "GetTable", json!({"databaseName": "d", "name": "t"}), "glue:GetTable", &["arn:aws:glue:eu-west-1:123456789012:catalog", "arn:aws:glue:eu-west-1:123456789012:database/d", "arn:aws:glue:eu-west-1:123456789012:table/d/t"], "Glue developer guide, \"Specifying AWS Glue resource ARNs\": a table needs its database and the catalog"),
        ("guardduty", "GetFindings", json!({"detectorId": "d", "findingIds": ["f"]}), "guardduty:GetFindings", &["*"], "Service Authorization Reference, \"Actions, resources, and condition keys for Amazon GuardDuty\": the action has no resource types"),
        ("iam", "GetRole", json!({"roleName": "r"}), "iam:GetRole", &["arn:aws:iam::123456789012:role/*/r", "arn:aws:iam::123456789012:role/r"], "IAM user guide, \"IAM identifiers\""),
        ("iot", "CreateThing", json!({"thingName": "t"}), "iot:CreateThing", &["arn:aws:iot:eu-west-1:123456789012:thing/t"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS IoT\""),
        ("kinesis", "PutRecord", json!({"streamName": "s"}), "kinesis:PutRecord", &["arn:aws:kinesis:eu-west-1:123456789012:stream/s"], "Kinesis Data Streams developer guide, \"Log Amazon Kinesis Data Streams API calls with AWS CloudTrail\""),
        ("kms", "Decrypt", json!({"keyId": "arn:aws:kms:eu-west-1:123456789012:key/k"}), "kms:Decrypt", &["arn:aws:kms:eu-west-1:123456789012:key/k"], "KMS developer guide, \"Logging AWS KMS API calls with AWS CloudTrail\""),
        ("lambda", "UpdateFunctionCode20150331v2", json!({"functionName": "f"}), "lambda:UpdateFunctionCode", &["arn:aws:lambda:eu-west-1:123456789012:function:f"], "Lambda developer guide, \"Logging AWS Lambda API calls using AWS CloudTrail\""),
        ("logs", "CreateLogStream", json!({"logGroupName": "g", "logStreamName": "s"}), "logs:CreateLogStream", &["arn:aws:logs:eu-west-1:123456789012:log-group:g:log-stream:s"], "Service Authorization Reference, CloudWatch Logs"),
        ("logs", "PutRetentionPolicy", json!({"logGroupName": "g", "retentionInDays": 7}), "logs:PutRetentionPolicy", &["arn:aws:logs:eu-west-1:123456789012:log-group:g", "arn:aws:logs:eu-west-1:123456789012:log-group:g:*"], "CloudWatch Logs user guide, \"Overview of managing access permissions to your CloudWatch Logs resources\""),
        ("metering-marketplace", "BatchMeterUsage", json!({"productCode": "p"}), "aws-marketplace:BatchMeterUsage", &["*"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Marketplace Metering Service\""),
        ("monitoring", "PutMetricAlarm", json!({"alarmName": "a"}), "cloudwatch:PutMetricAlarm", &["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a"], "CloudWatch user guide, \"Logging Amazon CloudWatch API and console operations with AWS CloudTrail\""),
        ("organizations", "AttachPolicy", json!({"policyId": "p-1234567890", "targetId": "ou-ab12-34567890"}), "organizations:AttachPolicy", &["arn:aws:organizations::*:ou/o-*/ou-ab12-34567890", "arn:aws:organizations::*:policy/o-*/*/p-1234567890"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Organizations\""),
        ("organizations", "AttachPolicy", json!({"policyId": "p-FullAWSAccess", "targetId": "r-ab12"}), "organizations:AttachPolicy", &["arn:aws:organizations::*:root/o-*/r-ab12", "arn:aws:organizations::aws:policy/*/p-FullAWSAccess"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Organizations\""),
        ("organizations", "DescribeAccount", json!({"accountId": "444455556666"}), "organizations:DescribeAccount", &["arn:aws:organizations::*:account/o-*/444455556666"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Organizations\""),
        ("organizations", "MoveAccount", json!({"accountId": "444455556666", "sourceParentId": "r-ab12", "destinationParentId": "ou-ab12-34567890"}), "organizations:MoveAccount", &["arn:aws:organizations::*:account/o-*/444455556666", "arn:aws:organizations::*:ou/o-*/ou-ab12-34567890", "arn:aws:organizations::*:root/o-*/r-ab12"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Organizations\""),
        ("ram", "AssociateResourceShare", json!({"resourceShareArn": "arn:aws:ram:eu-west-1:123456789012:resource-share/s"}), "ram:AssociateResourceShare", &["arn:aws:ram:eu-west-1:123456789012:resource-share/s"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Resource Access Manager (RAM)\""),
        ("rds", "StopDBInstance", json!({"dBInstanceIdentifier": "d"}), "rds:StopDBInstance", &["arn:aws:rds:eu-west-1:123456789012:db:d"], "RDS user guide, \"Monitoring Amazon RDS API calls in AWS CloudTrail\""),
        ("redshift", "PauseCluster", json!({"clusterIdentifier": "c"}), "redshift:PauseCluster", &["arn:aws:redshift:eu-west-1:123456789012:cluster:c"], "Redshift management guide, \"Logging with CloudTrail\""),
        ("redshift-serverless", "GetWorkgroup", json!({"workgroupName": "w"}), "redshift-serverless:GetWorkgroup", &["arn:aws:redshift-serverless:eu-west-1:123456789012:workgroup/*"], "Service Authorization Reference, \"Actions, resources, and condition keys for Amazon Redshift Serverless\": an ARN holds an id and not the name"),
        ("resource-groups", "GetGroup", json!({"groupName": "g"}), "resource-groups:GetGroup", &["arn:aws:resource-groups:eu-west-1:123456789012:group/g"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS Resource Groups\""),
        ("route53", "ChangeResourceRecordSets", json!({"hostedZoneId": "Z1"}), "route53:ChangeResourceRecordSets", &["arn:aws:route53:::hostedzone/Z1"], "Route 53 developer guide, \"Logging Amazon Route 53 API calls with AWS CloudTrail\""),
        ("s3", "PutObject", json!({"bucketName": "b", "key": "k"}), "s3:PutObject", &["arn:aws:s3:::b/k"], "S3 user guide, \"Amazon S3 CloudTrail events\""),
        ("sagemaker", "DescribeEndpoint", json!({"endpointName": "e"}), "sagemaker:DescribeEndpoint", &["arn:aws:sagemaker:eu-west-1:123456789012:endpoint/e"], "SageMaker developer guide, \"Logging Amazon SageMaker AI API calls using AWS CloudTrail\""),
        ("secretsmanager", "GetSecretValue", json!({"secretId": "s"}), "secretsmanager:GetSecretValue", &["arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-??????"], "Secrets Manager user guide, \"Permissions policy examples for AWS Secrets Manager\""),
        ("ses", "SendEmail", json!({"source": "a@example.com", "destination": {"toAddresses": ["b@example.com"]}}), "ses:SendEmail", &["arn:aws:ses:eu-west-1:123456789012:identity/*"], "Service Authorization Reference, \"Actions, resources, and condition keys for Amazon SES\": the identity is the address or its domain, which the request does not tell"),
        ("sns", "Publish", json!({"topicArn": "arn:aws:sns:eu-west-1:123456789012:t"}), "sns:Publish", &["arn:aws:sns:eu-west-1:123456789012:t"], "SNS developer guide, \"Logging AWS SNS API calls using AWS CloudTrail\""),
        ("sqs", "SendMessage", json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/q"}), "sqs:SendMessage", &["arn:aws:sqs:eu-west-1:123456789012:q"], "SQS developer guide, \"Logging Amazon SQS API calls using AWS CloudTrail\""),
        ("ssm", "GetParameter", json!({"name": "/a/b"}), "ssm:GetParameter", &["arn:aws:ssm:eu-west-1:123456789012:parameter/a/b"], "Systems Manager user guide, \"Restricting access to Parameter Store parameters using IAM policies\""),
        ("sso", "CreateAccountAssignment", json!({"instanceArn": "arn:aws:sso:::instance/ssoins-1", "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1/ps-1", "targetId": "444455556666", "targetType": "AWS_ACCOUNT", "principalId": "g", "principalType": "GROUP"}), "sso:CreateAccountAssignment", &["arn:aws:sso:::account/444455556666", "arn:aws:sso:::instance/ssoins-1", "arn:aws:sso:::permissionSet/ssoins-1/ps-1"], "Service Authorization Reference, \"Actions, resources, and condition keys for AWS IAM Identity Center\""),
        ("states", "StartExecution", json!({"stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:m"}), "states:StartExecution", &["arn:aws:states:eu-west-1:123456789012:stateMachine:m"], "Step Functions developer guide, \"Recording Step Functions API calls with AWS CloudTrail\""),
        ("sts", "AssumeRole", json!({"roleArn": "arn:aws:iam::444455556666:role/a/r"}), "sts:AssumeRole", &["arn:aws:iam::444455556666:role/a/r"], "IAM user guide, \"Logging IAM and AWS STS API calls with AWS CloudTrail\""),
        ("tagging", "GetResources", json!({"resourcesPerPage": 10}), "tag:GetResources", &["*"], "Service Authorization Reference, \"Actions, resources, and condition keys for Amazon Resource Group Tagging API\""),
        ("wafv2", "GetIPSet", json!({"name": "n", "id": "i", "scope": "REGIONAL"}), "wafv2:GetIPSet", &["arn:aws:wafv2:eu-west-1:123456789012:regional/ipset/n/i"], "WAF developer guide, \"Logging AWS WAF API calls with AWS CloudTrail\""),
    ]
}

/// Returns the resources on which the proposed policy allows the action.
fn resources(call: Call, action: &str) -> Vec<String> {
    let mut resources = Vec::new();
    for text in proposed(call) {
        let document: Value = serde_json::from_str(&text).unwrap();
        for statement in document["Statement"].as_array().unwrap() {
            let texts = |value: &Value| -> Vec<String> {
                let several = value
                    .as_array()
                    .map_or(std::slice::from_ref(value), Vec::as_slice);
                several
                    .iter()
                    .map(|one| one.as_str().unwrap().to_owned())
                    .collect()
            };
            if texts(&statement["Action"]).iter().any(|one| one == action) {
                resources.extend(texts(&statement["Resource"]));
            }
        }
    }
    resources.sort_unstable();
    resources
}

#[test]
fn the_services_used_most_get_the_resources_that_their_calls_name() {
    assert_eq!(ACCOUNT, "123456789012");
    let mut failures = Vec::new();
    for (source, event, request, action, expected, page) in rows() {
        let found = resources(call(source, event, request.as_object().unwrap()), action);
        if found != expected {
            failures.push(format!(
                "{source} {event}: {found:?}\n  not {expected:?}\n  {page}"
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
