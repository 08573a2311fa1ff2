//! Tests which resources a call was about.

use super::*;

const HERE: &str = "eu-west-1:111122223333";

fn filled(arn: &str) -> String {
    arn.replace("HERE", HERE).replace("GLOBAL", ":111122223333")
}

#[rustfmt::skip] // one call per line
#[rstest]
#[case("s3", "GetObject", json!({"bucketName": "b", "key": "a/k"}), "s3:GetObject", &["arn:aws:s3:::b/a/k"])]
#[case("s3", "ListObjects", json!({"bucketName": "b", "prefix": "a/"}), "s3:ListBucket", &["arn:aws:s3:::b"])]
#[case("s3", "PutBucketPolicy", json!({"bucketName": "b", "bucketPolicy": {"Statement": [{"Resource": "arn:aws:s3:::other"}]}}), "s3:PutBucketPolicy", &["arn:aws:s3:::b"])]
#[case("s3", "CopyObject", json!({"bucketName": "b", "key": "k", "x-amz-copy-source": "/from/a%20b"}), "s3:GetObject", &["arn:aws:s3:::from/a b"])]
#[case("s3", "CopyObject", json!({"bucketName": "b", "key": "k", "x-amz-copy-source": "/from/a"}), "s3:PutObject", &["arn:aws:s3:::b/k"])]
#[case("ec2", "TerminateInstances", json!({"instancesSet": {"items": [{"instanceId": "i-0a1b2c3d4e"}, {"instanceId": "i-0a1b2c3d4f"}]}}), "ec2:TerminateInstances", &["arn:aws:ec2:HERE:instance/i-0a1b2c3d4e", "arn:aws:ec2:HERE:instance/i-0a1b2c3d4f"])]
#[case("ec2", "AttachVolume", json!({"volumeId": "vol-0a1b2c3d", "instanceId": "i-0a1b2c3d"}), "ec2:AttachVolume", &["arn:aws:ec2:HERE:instance/i-0a1b2c3d", "arn:aws:ec2:HERE:volume/vol-0a1b2c3d"])]
#[case("ec2", "DeleteNatGateway", json!({"DeleteNatGatewayRequest": {"NatGatewayId": "nat-0a1b2c3d"}}), "ec2:DeleteNatGateway", &["arn:aws:ec2:HERE:natgateway/nat-0a1b2c3d"])]
#[case("ec2", "DeleteFlowLogs", json!({"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-0a1b2c3d"}}}), "ec2:DeleteFlowLogs", &["arn:aws:ec2:HERE:vpc-flow-log/fl-0a1b2c3d"])]
#[case("ec2", "AuthorizeSecurityGroupIngress", json!({"groupId": "sg-0a1b2c3d", "ipPermissions": {"items": [{"groups": {"items": [{"groupId": "sg-ffffffff"}]}}]}}), "ec2:AuthorizeSecurityGroupIngress", &["arn:aws:ec2:HERE:security-group/sg-0a1b2c3d"])]
#[case("ec2", "RunInstances", json!({"instancesSet": {"items": [{"imageId": "ami-0a1b2c3d", "keyName": "k"}]}, "subnetId": "subnet-0a1b2c3d"}), "ec2:RunInstances", &["arn:aws:ec2:HERE:key-pair/k", "arn:aws:ec2:HERE:subnet/subnet-0a1b2c3d", "arn:aws:ec2:eu-west-1::image/ami-0a1b2c3d"])]
#[case("ec2", "CreateTags", json!({"resourcesSet": {"items": [{"resourceId": "vpc-0a1b2c3d"}]}}), "ec2:CreateTags", &["arn:aws:ec2:HERE:vpc/vpc-0a1b2c3d"])]
#[case("iam", "GetRole", json!({"roleName": "r"}), "iam:GetRole", &["arn:aws:iam::111122223333:role/r"])]
#[case("iam", "GetRole", json!({"roleName": "AWSServiceRoleForRDS"}), "iam:GetRole", &[])]
#[case("iam", "AttachRolePolicy", json!({"roleName": "r", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}), "iam:AttachRolePolicy", &["arn:aws:iam::111122223333:role/r"])]
#[case("iam", "GetPolicy", json!({"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}), "iam:GetPolicy", &["arn:aws:iam::aws:policy/ReadOnlyAccess"])]
#[case("iam", "GetUser", Value::Null, "iam:GetUser", &["arn:aws:iam::111122223333:user/ops/ana"])]
#[case("iam", "GetUser", json!({"userName": "bo"}), "iam:GetUser", &["arn:aws:iam::111122223333:user/bo"])]
#[case("lambda", "GetFunction20150331v2", json!({"functionName": "f"}), "lambda:GetFunction", &["arn:aws:lambda:HERE:function:f"])]
#[case("lambda", "GetFunction20150331v2", json!({"functionName": "arn:aws:lambda:us-east-1:444455556666:function:f"}), "lambda:GetFunction", &["arn:aws:lambda:us-east-1:444455556666:function:f"])]
#[case("dynamodb", "UpdateTable", json!({"tableName": "t"}), "dynamodb:UpdateTable", &["arn:aws:dynamodb:HERE:table/t"])]
#[case("sqs", "SendMessage", json!({"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"}), "sqs:SendMessage", &["arn:aws:sqs:HERE:q"])]
#[case("sqs", "SendMessage", json!({"queueUrl": "https://sqs.us-east-1.amazonaws.com/444455556666/q"}), "sqs:SendMessage", &["arn:aws:sqs:us-east-1:444455556666:q"])]
#[case("sns", "Subscribe", json!({"topicArn": "arn:aws:sns:HERE:t", "endpoint": "arn:aws:sqs:HERE:q"}), "sns:Subscribe", &["arn:aws:sns:HERE:t"])]
#[case("ssm", "DeleteParameter", json!({"name": "/a/b"}), "ssm:DeleteParameter", &["arn:aws:ssm:HERE:parameter/a/b"])]
#[case("ssm", "GetDocument", json!({"name": "AWS-RunShellScript"}), "ssm:GetDocument", &["arn:aws:ssm:eu-west-1::document/AWS-RunShellScript"])]
#[case("ssm", "SendCommand", json!({"documentName": "d", "instanceIds": ["i-0a1b2c3d"]}), "ssm:SendCommand", &["arn:aws:ec2:HERE:instance/i-0a1b2c3d", "arn:aws:ssm:HERE:document/d"])]
#[case("secretsmanager", "GetSecretValue", json!({"secretId": "arn:aws:secretsmanager:HERE:secret:s-AbCdEf"}), "secretsmanager:GetSecretValue", &["arn:aws:secretsmanager:HERE:secret:s-AbCdEf"])]
#[case("secretsmanager", "GetSecretValue", json!({"secretId": "db/pass"}), "secretsmanager:GetSecretValue", &["arn:aws:secretsmanager:HERE:secret:db/pass-??????"])]
#[case("secretsmanager", "CreateSecret", json!({"name": "db/pass"}), "secretsmanager:CreateSecret", &["arn:aws:secretsmanager:HERE:secret:db/pass-??????"])]
#[case("kms", "Decrypt", json!({"keyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}), "kms:Decrypt", &["arn:aws:kms:HERE:key/1234abcd-12ab-34cd-56ef-1234567890ab"])]
#[case("kms", "Encrypt", json!({"keyId": "alias/a"}), "kms:Encrypt", &[])]
#[case("rds", "DeleteDBInstance", json!({"dBInstanceIdentifier": "d"}), "rds:DeleteDBInstance", &["arn:aws:rds:HERE:db:d"])]
#[case("cloudtrail", "StopLogging", json!({"name": "t"}), "cloudtrail:StopLogging", &["arn:aws:cloudtrail:HERE:trail/t"])]
#[case("logs", "CreateLogGroup", json!({"logGroupName": "/a/g"}), "logs:CreateLogGroup", &["arn:aws:logs:HERE:log-group:/a/g"])]
#[case("route53", "ChangeResourceRecordSets", json!({"hostedZoneId": "/hostedzone/Z1"}), "route53:ChangeResourceRecordSets", &["arn:aws:route53:::hostedzone/Z1"])]
#[case("apigateway", "CreateRestApi", json!({"createRestApiInput": {"name": "n"}}), "apigateway:POST", &["arn:aws:apigateway:eu-west-1::/restapis"])]
#[case("apigateway", "DeleteStage", json!({"restApiId": "r", "stageName": "s"}), "apigateway:DELETE", &["arn:aws:apigateway:eu-west-1::/restapis/r/stages/s"])]
#[case("ecs", "UpdateService", json!({"cluster": "arn:aws:ecs:HERE:cluster/c", "service": "s"}), "ecs:UpdateService", &["arn:aws:ecs:HERE:service/c/s"])]
#[case("states", "StartExecution", json!({"stateMachineArn": "arn:aws:states:HERE:stateMachine:m"}), "states:StartExecution", &["arn:aws:states:HERE:stateMachine:m"])]
#[case("events", "PutRule", json!({"name": "r"}), "events:PutRule", &["arn:aws:events:HERE:rule/r"])]
#[case("ecr", "BatchGetImage", json!({"repositoryName": "a/r"}), "ecr:BatchGetImage", &["arn:aws:ecr:HERE:repository/a/r"])]
#[case("eks", "DescribeCluster", json!({"name": "c"}), "eks:DescribeCluster", &["arn:aws:eks:HERE:cluster/c"])]
#[case("kinesis", "PutRecords", json!({"streamName": "s"}), "kinesis:PutRecords", &["arn:aws:kinesis:HERE:stream/s"])]
#[case("codebuild", "StartBuild", json!({"projectName": "p"}), "codebuild:StartBuild", &["arn:aws:codebuild:HERE:project/p"])]
#[case("sts", "AssumeRole", json!({"roleArn": "arn:aws:iam::444455556666:role/x/r"}), "sts:AssumeRole", &["arn:aws:iam::444455556666:role/x/r"])]
#[case("ec2", "CreateNatGateway", json!({"CreateNatGatewayRequest": {"SubnetId": "subnet-0a1b2c3d", "TagSpecification": {"a": "b"}}}), "ec2:CreateTags", &[])]
#[case("ec2", "CreateNatGateway", json!({"CreateNatGatewayRequest": {"SubnetId": "subnet-0a1b2c3d", "TagSpecification": {"ResourceType": "natgateway", "tag": 1, "Tag": {"Key": "a", "Value": "b"}}}}), "ec2:CreateTags", &["arn:aws:ec2:HERE:natgateway/*"])]
#[case("ec2", "RunInstances", json!({"tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [{"key": "a", "value": "vpc"}]}, {"resourceType": "volume"}]}}), "ec2:CreateTags", &["arn:aws:ec2:HERE:instance/*", "arn:aws:ec2:HERE:volume/*"])]
#[case("ec2", "CreateSnapshot", json!({"volumeId": "vol-0a1b2c3d", "tagSpecificationSet": {"items": [{"resourceType": "snapshot"}]}}), "ec2:CreateTags", &["arn:aws:ec2:eu-west-1::snapshot/*"])]
#[case("rds", "DeleteDBInstance", json!({"dBInstanceIdentifier": "d", "finalDBSnapshotIdentifier": "s"}), "rds:CreateDBSnapshot", &["arn:aws:rds:HERE:db:d", "arn:aws:rds:HERE:snapshot:s"])]
#[case("rds", "DeleteDBCluster", json!({"dBClusterIdentifier": "d", "finalDBSnapshotIdentifier": "s"}), "rds:CreateDBClusterSnapshot", &["arn:aws:rds:HERE:cluster-snapshot:s", "arn:aws:rds:HERE:cluster:d"])]
#[case("redshift", "DeleteCluster", json!({"clusterIdentifier": "c", "finalClusterSnapshotIdentifier": "s"}), "redshift:CreateClusterSnapshot", &["arn:aws:redshift:HERE:cluster:c", "arn:aws:redshift:HERE:snapshot:c/s"])]
#[case("elasticache", "DeleteCacheCluster", json!({"cacheClusterId": "c", "finalSnapshotIdentifier": "s"}), "elasticache:CreateSnapshot", &["arn:aws:elasticache:HERE:cluster:c", "arn:aws:elasticache:HERE:snapshot:s"])]
#[case("elasticache", "DeleteServerlessCache", json!({"serverlessCacheName": "c", "finalSnapshotName": "s"}), "elasticache:CreateServerlessCacheSnapshot", &["arn:aws:elasticache:HERE:serverlesscache:c", "arn:aws:elasticache:HERE:serverlesscachesnapshot:s"])]
#[case("rds", "CreateDBInstance", json!({"dBInstanceIdentifier": "d", "dBSubnetGroupName": "g"}), "rds:CreateDBInstance", &["arn:aws:rds:HERE:db:d", "arn:aws:rds:HERE:og:default:*", "arn:aws:rds:HERE:pg:default.*", "arn:aws:rds:HERE:subgrp:g"])]
#[case("rds", "CreateDBInstance", json!({"dBInstanceIdentifier": "d", "dBParameterGroupName": "p", "optionGroupName": "o"}), "rds:CreateDBInstance", &["arn:aws:rds:HERE:db:d", "arn:aws:rds:HERE:og:o", "arn:aws:rds:HERE:pg:p", "arn:aws:rds:HERE:subgrp:default"])]
#[case("rds", "CreateDBCluster", json!({"dBClusterIdentifier": "d"}), "rds:CreateDBCluster", &["arn:aws:rds:HERE:cluster-pg:default.*", "arn:aws:rds:HERE:cluster:d", "arn:aws:rds:HERE:og:default:*", "arn:aws:rds:HERE:subgrp:default"])]
#[case("secretsmanager", "BatchGetSecretValue", json!({"secretIdList": ["a", "b"]}), "secretsmanager:GetSecretValue", &["arn:aws:secretsmanager:HERE:secret:a-??????", "arn:aws:secretsmanager:HERE:secret:b-??????"])]
#[case("secretsmanager", "BatchGetSecretValue", json!({"secretIdList": ["a", "arn:aws:secretsmanager:HERE:secret:b-AbCdEf"]}), "secretsmanager:GetSecretValue", &["arn:aws:secretsmanager:HERE:secret:a-??????", "arn:aws:secretsmanager:HERE:secret:b-AbCdEf"])]
#[case("secretsmanager", "GetSecretValue", json!({"secretId": "arn:aws:secretsmanager:HERE:secret:db/pass"}), "secretsmanager:GetSecretValue", &["arn:aws:secretsmanager:HERE:secret:db/pass-??????"])]
#[case("sqs", "StartMessageMoveTask", json!({"sourceArn": "arn:aws:sqs:HERE:dead", "destinationArn": "arn:aws:sqs:HERE:q"}), "sqs:ReceiveMessage", &["arn:aws:sqs:HERE:dead"])]
#[case("sqs", "StartMessageMoveTask", json!({"sourceArn": "arn:aws:sqs:HERE:dead", "destinationArn": "arn:aws:sqs:HERE:q"}), "sqs:SendMessage", &["arn:aws:sqs:HERE:q"])]
#[case("sqs", "StartMessageMoveTask", json!({"sourceArn": "arn:aws:sqs:HERE:dead"}), "sqs:SendMessage", &[])]
#[case("account", "GetRegionOptStatus", json!({"regionName": "eu-central-2"}), "account:GetRegionOptStatus", &["arn:aws:account::111122223333:account"])]
#[case("account", "ListRegions", Value::Null, "account:ListRegions", &["arn:aws:account::111122223333:account"])]
#[case("account", "GetContactInformation", json!({"accountId": "444455556666"}), "account:GetContactInformation", &["arn:aws:account::*:account/o-*/444455556666"])]
#[case("quicksight", "CreateGroup", json!({"awsAccountId": "111122223333", "namespace": "default", "groupName": "sales"}), "quicksight:CreateGroup", &["arn:aws:quicksight:HERE:group/default/sales"])]
#[case("quicksight", "DescribeUser", json!({"awsAccountId": "111122223333", "namespace": "default", "userName": "ops/ana"}), "quicksight:DescribeUser", &["arn:aws:quicksight:HERE:user/default/ops/ana"])]
#[case("quicksight", "DeleteGroup", json!({"awsAccountId": "111122223333", "groupName": "sales"}), "quicksight:DeleteGroup", &["arn:aws:quicksight:HERE:group/*/sales"])]
#[case("quicksight", "DescribeIAMPolicyAssignment", json!({"awsAccountId": "111122223333", "namespace": "default", "assignmentName": "a"}), "quicksight:DescribeIAMPolicyAssignment", &[])]
#[case("mediatailor", "GetPrefetchSchedule", json!({"PlaybackConfigurationName": "c", "Name": "s"}), "mediatailor:GetPrefetchSchedule", &["arn:aws:mediatailor:HERE:playbackConfiguration/c", "arn:aws:mediatailor:HERE:prefetchSchedule/c/s"])]
#[case("mediatailor", "GetPlaybackConfiguration", json!({"Name": "c"}), "mediatailor:GetPlaybackConfiguration", &["arn:aws:mediatailor:HERE:playbackConfiguration/c"])]
#[case("personalize", "CreateEventTracker", json!({"name": "t", "datasetGroupArn": "arn:aws:personalize:HERE:dataset-group/g"}), "personalize:CreateEventTracker", &["arn:aws:personalize:HERE:dataset-group/g"])]
#[case("rekognition", "StartStreamProcessor", json!({"name": "p"}), "rekognition:StartStreamProcessor", &["arn:aws:rekognition:HERE:streamprocessor/p"])]
#[case("sagemaker", "CreateCluster", json!({"clusterName": "c"}), "sagemaker:CreateCluster", &[])]
#[case("appconfig", "CreateApplication", json!({"name": "a"}), "appconfig:CreateApplication", &[])]
#[case("databrew", "DescribeDataset", json!({"name": "my-chess-dataset"}), "databrew:DescribeDataset", &["arn:aws:databrew:HERE:dataset/my-chess-dataset"])]
#[case("ssm", "PutParameter", json!({"name": "/a/b", "tags": [{"key": "a"}]}), "ssm:AddTagsToResource", &["arn:aws:ssm:HERE:parameter/a/b"])]
#[case("ssm", "PutComplianceItems", json!({"resourceId": "i-0a1b2c3d", "resourceType": "ManagedInstance"}), "ssm:PutComplianceItems", &["arn:aws:ec2:HERE:instance/i-0a1b2c3d"])]
#[case("ssm", "PutComplianceItems", json!({"resourceId": "mi-0a1b2c3d", "resourceType": "ManagedInstance"}), "ssm:PutComplianceItems", &["arn:aws:ssm:HERE:managed-instance/mi-0a1b2c3d"])]
#[case("ssm", "ListTagsForResource", json!({"resourceType": "Parameter", "resourceId": "/a/b"}), "ssm:ListTagsForResource", &["arn:aws:ssm:HERE:parameter/a/b"])]
#[case("securityhub", "DescribeHub", Value::Null, "securityhub:DescribeHub", &["arn:aws:securityhub:HERE:hub/default"])]
#[case("s3", "GetObject", json!({"bucketName": "arn:aws:s3:HERE:accesspoint/ap", "key": "a/k"}), "s3:GetObject", &["arn:aws:s3:HERE:accesspoint/ap/object/a/k"])]
#[case("s3", "ListObjects", json!({"bucketName": "arn:aws:s3:HERE:accesspoint/ap"}), "s3:ListBucket", &["arn:aws:s3:HERE:accesspoint/ap"])]
#[case("s3", "GetObject", json!({"bucketName": "arn:aws:s3:HERE:accesspoint/ap"}), "s3:GetObject", &[])]
#[case("s3", "CopyObject", json!({"bucketName": "b", "key": "k", "x-amz-copy-source": "/from/a%20b?versionId=1"}), "s3:GetObjectVersion", &["arn:aws:s3:::from/a b"])]
#[case("s3", "CopyObject", json!({"bucketName": "b", "key": "k", "x-amz-copy-source": "/from/a%20b?versionId=1"}), "s3:PutObject", &["arn:aws:s3:::b/k"])]
#[case("s3", "GetObjectAttributes", json!({"bucketName": "b", "key": "k", "versionId": "1"}), "s3:GetObjectVersionAttributes", &["arn:aws:s3:::b/k"])]
#[case("ecr", "BatchGetImage", json!({"repositoryName": "r", "registryId": "444455556666"}), "ecr:BatchGetImage", &["arn:aws:ecr:eu-west-1:444455556666:repository/r"])]
#[case("ecr", "BatchGetImage", json!({"repositoryName": "r", "registryId": "x"}), "ecr:BatchGetImage", &["arn:aws:ecr:HERE:repository/r"])]
#[case("bedrock", "InvokeModel", json!({"modelId": "anthropic.claude-v2:1"}), "bedrock:InvokeModel", &["arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v2:1"])]
#[case("bedrock", "InvokeModel", json!({"modelId": "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v2:1"}), "bedrock:InvokeModel", &["arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v2:1"])]
#[case("bedrock", "Converse", json!({"modelId": "eu.anthropic.claude-v2:1"}), "bedrock:InvokeModel", &[])]
#[case("bedrock", "InvokeModel", json!({"modelId": "arn:aws:sagemaker:HERE:endpoint/e"}), "bedrock:InvokeModel", &["arn:aws:bedrock:HERE:marketplace/model-endpoint/all-access"])]
#[case("kms", "ReEncrypt", json!({"sourceKeyId": "a", "destinationKeyId": "b"}), "kms:ReEncryptFrom", &["arn:aws:kms:HERE:key/a"])]
#[case("kms", "ReEncrypt", json!({"sourceKeyId": "a", "destinationKeyId": "b"}), "kms:ReEncryptTo", &["arn:aws:kms:HERE:key/b"])]
#[case("kms", "ReEncrypt", json!({"sourceKeyId": "arn:aws:kms:HERE:key/a", "destinationKeyId": "arn:aws:kms:HERE:key/b"}), "kms:ReEncryptFrom", &["arn:aws:kms:HERE:key/a"])]
#[case("kms", "ReEncrypt", json!({"sourceKeyId": "arn:aws:kms:HERE:key/a", "destinationKeyId": "arn:aws:kms:HERE:key/b"}), "kms:ReEncryptTo", &["arn:aws:kms:HERE:key/b"])]
#[case("kms", "ReEncrypt", json!({"destinationKeyId": "b"}), "kms:ReEncryptFrom", &[])]
#[case("dynamodb", "TransactWriteItems", json!({"transactItems": [{"put": {"tableName": "t"}}, {"delete": {"tableName": "u"}}]}), "dynamodb:PutItem", &["arn:aws:dynamodb:HERE:table/t"])]
#[case("dynamodb", "TransactWriteItems", json!({"transactItems": [{"put": {"tableName": "t"}}, {"delete": {"tableName": "arn:aws:dynamodb:HERE:table/u"}}]}), "dynamodb:DeleteItem", &["arn:aws:dynamodb:HERE:table/u"])]
#[case("dynamodb", "TransactWriteItems", json!({"transactItems": [{"put": {"tableName": "t"}}, {"delete": {"tableName": "arn:aws:dynamodb:HERE:table/u"}}]}), "dynamodb:PutItem", &["arn:aws:dynamodb:HERE:table/t"])]
#[case("events", "PutRule", json!({"name": "r", "eventBusName": "bus"}), "events:PutRule", &["arn:aws:events:HERE:rule/bus/r"])]
#[case("events", "PutRule", json!({"name": "r", "eventBusName": "default"}), "events:PutRule", &["arn:aws:events:HERE:rule/r"])]
#[case("events", "PutTargets", json!({"rule": "r", "eventBusName": "arn:aws:events:HERE:event-bus/bus"}), "events:PutTargets", &["arn:aws:events:HERE:rule/bus/r"])]
#[case("lambda", "Invoke", json!({"functionName": "arn:aws:lambda:HERE:function:f:prod"}), "lambda:InvokeFunction", &["arn:aws:lambda:HERE:function:f:prod"])]
#[case("lambda", "Invoke", json!({"functionName": "f", "qualifier": "prod"}), "lambda:InvokeFunction", &["arn:aws:lambda:HERE:function:f:prod"])]
#[case("lambda", "Invoke", json!({"functionName": "f:prod"}), "lambda:InvokeFunction", &["arn:aws:lambda:HERE:function:f:prod"])]
#[case("lambda", "Invoke", json!({"functionName": "444455556666:function:f"}), "lambda:InvokeFunction", &["arn:aws:lambda:eu-west-1:444455556666:function:f"])]
#[case("autoscaling", "SetDesiredCapacity", json!({"autoScalingGroupName": "web"}), "autoscaling:SetDesiredCapacity", &["arn:aws:autoscaling:HERE:autoScalingGroup:*:autoScalingGroupName/web"])]
#[case("cloudformation", "UpdateStack", json!({"stackName": "web"}), "cloudformation:UpdateStack", &["arn:aws:cloudformation:HERE:stack/web/*"])]
#[case("ecs", "RunTask", json!({"cluster": "c", "taskDefinition": "web:3"}), "ecs:RunTask", &["arn:aws:ecs:HERE:task-definition/web:3"])]
#[case("ecs", "RunTask", json!({"cluster": "c", "taskDefinition": "web"}), "ecs:RunTask", &["arn:aws:ecs:HERE:task-definition/web:*"])]
#[case("ecs", "RegisterTaskDefinition", json!({"family": "web"}), "ecs:RegisterTaskDefinition", &["arn:aws:ecs:HERE:task-definition/web:*"])]
#[case("s3", "GetObject", json!({"bucketName": "b", "key": "a*b?"}), "s3:GetObject", &["arn:aws:s3:::b/a*b?"])]
#[case("s3", "DeleteObjects", json!({"bucketName": "b", "delete": ""}), "s3:DeleteObject", &["arn:aws:s3:::b/*"])]
#[case("lambda", "Invoke", json!({"functionName": "arn:aws:lambda:HERE:function:f"}), "lambda:InvokeFunction", &["arn:aws:lambda:HERE:function:f"])]
#[case("sts", "GetCallerIdentity", json!({"roleArn": "arn:aws:iam::444455556666:role/x/r"}), "sts:GetCallerIdentity", &[])]
fn the_request_names_resources(
    #[case] source: &str,
    #[case] name: &str,
    #[case] request: Value,
    #[case] action: &str,
    #[case] expected: &[&str],
) {
    let request: Value = serde_json::from_str(&filled(&request.to_string())).unwrap();
    let expected: Vec<String> = expected.iter().map(|arn| filled(arn)).collect();
    assert_eq!(resources(&call(source, name, &request), action), expected);
}

#[test]
fn named_resources_are_sorted_out_by_type() {
    let named = json!({"resources": [
        {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::b/k"},
        {"accountId": "444455556666", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"},
        {"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::b/"},
    ]});
    let of = |name, action| {
        let call = understood(&record("s3", name, &named));
        resources(&call, action)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("GetObject", "s3:GetObject"), ["arn:aws:s3:::b/k"]);
    assert_eq!(of("ListObjects", "s3:ListBucket"), ["arn:aws:s3:::b"]);
}

#[test]
fn keys_of_other_accounts_are_kept() {
    let key = "arn:aws:kms:eu-west-1:444455556666:key/1234";
    let call = understood(&record(
        "kms",
        "Decrypt",
        &json!({"resources": [{"type": "AWS::KMS::Key", "ARN": key, "accountId": "444455556666"}]}),
    ));
    assert_eq!(resources(&call, "kms:Decrypt"), [key]);
}

#[test]
fn a_re_encryption_needs_one_action_on_each_key() {
    let (from, to) = (
        "arn:aws:kms:eu-west-1:111122223333:key/a",
        "arn:aws:kms:eu-west-1:111122223333:key/b",
    );
    let call = understood(&record(
        "kms",
        "ReEncrypt",
        &json!({"requestParameters": {"destinationKeyId": to}, "resources": [{"ARN": from}, {"ARN": to}]}),
    ));
    assert_eq!(resources(&call, "kms:ReEncryptFrom"), [from]);
    assert_eq!(resources(&call, "kms:ReEncryptTo"), [to]);
}

#[test]
fn each_table_of_a_transaction_is_named_for_its_own_actions() {
    let table = |name: &str| format!("arn:aws:dynamodb:eu-west-1:111122223333:table/{name}");
    let call = understood(&record(
        "dynamodb",
        "TransactWriteItems",
        &json!({
            "requestParameters": {"transactItems": [{"put": {"tableName": "t"}}, {"update": {"tableName": "u"}}]},
            "resources": [{"ARN": table("t")}, {"ARN": table("u")}],
        }),
    ));
    assert_eq!(resources(&call, "dynamodb:PutItem"), [table("t")]);
    assert_eq!(resources(&call, "dynamodb:UpdateItem"), [table("u")]);
}

#[rstest]
#[case(json!({"sourceIPAddress": "athena.amazonaws.com"}), Some("athena.amazonaws.com"))]
#[case(json!({"sourceIPAddress": "AWS Internal"}), Some("AWS Internal"))]
#[case(json!({"sourceIPAddress": "203.0.113.7"}), None)]
fn a_service_that_calls_for_the_principal_is_told(#[case] members: Value, #[case] via: Option<&str>) {
    assert_eq!(
        understood(&record("s3", "GetObject", &members))
            .called_via
            .as_deref(),
        via
    );
}

#[test]
fn without_parameters_a_failed_call_is_about_nobody() {
    let failed = understood(&record(
        "iam",
        "GetUser",
        &json!({"errorCode": "ThrottlingException"}),
    ));
    assert!(!failed.denied);
    assert!(resources(&failed, "iam:GetUser").is_empty());
    assert!(resources(&call("iam", "CreateUser", &Value::Null), "iam:CreateUser").is_empty());
}

#[test]
fn the_beginning_of_an_arn_is_a_pattern() {
    let call = understood(&record(
        "s3",
        "DeleteObjects",
        &json!({
            "requestParameters": {"bucketName": "b", "delete": ""},
            "resources": [
                {"type": "AWS::S3::Object", "ARNPrefix": "arn:aws:s3:::b/"},
                {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b"},
            ],
        }),
    ));
    assert_eq!(resources(&call, "s3:DeleteObject"), ["arn:aws:s3:::b/*"]);
}

#[test]
fn the_qualifier_of_a_function_counts_more_than_the_resource_of_the_record() {
    let function = "arn:aws:lambda:us-east-1:111122223333:function:f";
    let call = understood(&record(
        "lambda",
        "Invoke",
        &json!({
            "requestParameters": {"functionName": format!("{function}:prod")},
            "resources": [{"type": "AWS::Lambda::Function", "ARN": function}],
        }),
    ));
    assert_eq!(
        resources(&call, "lambda:InvokeFunction"),
        [format!("{function}:prod")]
    );
}

#[test]
fn instances_are_launched_with_volumes() {
    let request = json!({
        "instancesSet": {"items": [{"imageId": "ami-0a1b2c3d"}]},
        "subnetId": "subnet-0a1b2c3d",
        "groupSet": {"items": [{"groupId": "sg-0a1b2c3d"}]},
        "placement": {"groupName": "cluster"},
        "launchTemplate": {"launchTemplateName": "web"},
    });
    let launched = call("ec2", "RunInstances", &request);
    let called = launched
        .actions
        .iter()
        .find(|called| called.action == "ec2:RunInstances")
        .unwrap();
    let mut unnamed = called.unnamed_types.clone();
    unnamed.sort_unstable();
    let of = |kind: &str| format!("arn:${{Partition}}:ec2:${{Region}}:${{Account}}:{kind}");
    assert_eq!(
        unnamed,
        [
            of("instance/${InstanceId}"),
            of("launch-template/${LaunchTemplateId}"),
            of("network-interface/${NetworkInterfaceId}"),
            of("volume/${VolumeId}"),
        ]
    );
    let group = "arn:aws:ec2:eu-west-1:111122223333:placement-group/cluster";
    assert!(resources(&launched, "ec2:RunInstances").contains(&group));
    let mut record = record("ec2", "RunInstances", &json!({"requestParameters": request}));
    record["responseElements"] = json!({"instancesSet": {"items": [{"rootDeviceType": "instance-store"}]}});
    let launched = understood(&record);
    let called = launched
        .actions
        .iter()
        .find(|called| called.action == "ec2:RunInstances")
        .unwrap();
    assert!(!called.unnamed_types.contains(&of("volume/${VolumeId}")));
}

#[rstest]
#[case("cn-north-1", "aws-cn")]
#[case("us-gov-west-1", "aws-us-gov")]
#[case("us-iso-east-1", "aws-iso")]
#[case("us-isob-east-1", "aws-iso-b")]
#[case("eu-isoe-west-1", "aws-iso-e")]
#[case("us-isof-south-1", "aws-iso-f")]
#[case("eusc-de-east-1", "aws-eusc")]
#[case("eu-west-1", "aws")]
fn the_region_tells_the_partition_where_the_caller_does_not(#[case] region: &str, #[case] partition: &str) {
    let call = understood(&record(
        "s3",
        "ListObjects",
        &json!({"awsRegion": region, "requestParameters": {"bucketName": "b"}, "userIdentity": {"type": "AWSService"}}),
    ));
    assert_eq!(
        resources(&call, "s3:ListBucket"),
        [format!("arn:{partition}:s3:::b")]
    );
}
