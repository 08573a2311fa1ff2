//! Lists members of requests that name a resource in another way than the Service Authorization Reference does.
//!
//! Source: API references of the services, compared with the ARN formats of the Service Authorization Reference.

/// Service prefix, placeholder of the ARN format, members that hold its value: the first that is there counts.
type Row = (&'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip] // one row per line
const ALIASES: &[Row] = &[
    ("acm-pca", "CertificateAuthorityId", &["certificateAuthorityArn"]),
    ("apigateway", "RestApiId", &["restApiId", "restapiId"]),
    ("athena", "WorkGroupName", &["workGroup", "name"]),
    ("autoscaling", "GroupFriendlyName", &["autoScalingGroupName"]),
    ("backup", "BackupVaultName", &["backupVaultName", "targetBackupVaultName"]),
    ("batch", "JobId", &["jobId"]),
    ("cloudformation", "StackName", &["stackName"]),
    ("cloudtrail", "TrailName", &["trailName", "name", "trailNameList"]),
    ("cloudwatch", "AlarmName", &["alarmName"]),
    ("codebuild", "ProjectName", &["projectName", "name"]),
    ("codecommit", "RepositoryName", &["repositoryName"]),
    ("codepipeline", "PipelineName", &["pipelineName", "name"]),
    ("cognito-idp", "UserPoolId", &["userPoolId"]),
    ("cognito-identity", "IdentityPoolId", &["identityPoolId"]),
    ("dynamodb", "TableName", &["tableName", "sourceTableName", "targetTableName"]),
    ("ecs", "ClusterName", &["cluster", "clusterName"]),
    ("ecs", "ServiceName", &["service", "serviceName"]),
    ("ecs", "TaskId", &["task"]),
    ("eks", "ClusterName", &["name", "clusterName"]),
    ("elasticache", "CacheClusterId", &["cacheClusterId"]),
    ("elasticache", "ServerlessCacheSnapshotName", &["serverlessCacheSnapshotName", "finalSnapshotName"]),
    ("elasticache", "SnapshotName", &["snapshotName", "finalSnapshotIdentifier"]),
    ("elasticloadbalancing", "LoadBalancerName", &["loadBalancerName"]),
    ("elasticmapreduce", "ClusterId", &["clusterId", "jobFlowId", "jobFlowIds"]),
    ("events", "RuleName", &["rule", "name"]),
    ("events", "EventBusName", &["eventBusName", "eventBus"]),
    ("firehose", "DeliveryStreamName", &["deliveryStreamName"]),
    ("glue", "DatabaseName", &["databaseName", "name"]),
    ("glue", "TableName", &["tableName", "name"]),
    ("glue", "JobName", &["jobName", "name"]),
    ("glue", "CrawlerName", &["crawlerName", "name"]),
    ("iam", "GroupNameWithPath", &["groupName"]),
    ("iam", "InstanceProfileNameWithPath", &["instanceProfileName"]),
    ("iam", "OidcProviderName", &["openIDConnectProviderArn"]),
    ("iam", "PolicyNameWithPath", &["policyArn", "policyName"]),
    ("iam", "RoleNameWithPath", &["roleName"]),
    ("iam", "SamlProviderName", &["sAMLProviderArn", "name"]),
    ("iam", "CertificateNameWithPath", &["serverCertificateName"]),
    ("iam", "MfaTokenIdWithPath", &["serialNumber", "virtualMFADeviceName"]),
    ("iam", "UserNameWithPath", &["userName"]),
    ("kafka", "ClusterName", &["clusterName"]),
    ("kinesis", "StreamName", &["streamName"]),
    ("kms", "Alias", &["aliasName"]),
    ("kms", "KeyId", &["keyId", "targetKeyId", "sourceKeyId", "destinationKeyId"]),
    ("lambda", "Alias", &["qualifier", "name"]),
    ("lambda", "FunctionName", &["functionName"]),
    ("lambda", "UUID", &["uUID", "uuid"]),
    ("logs", "LogGroupName", &["logGroupName", "logGroupIdentifier", "logGroupNames"]),
    ("logs", "LogStreamName", &["logStreamName"]),
    ("rds", "DbInstanceName", &["dBInstanceIdentifier", "sourceDBInstanceIdentifier"]),
    ("rds", "DbClusterInstanceName", &["dBClusterIdentifier"]),
    ("rds", "SnapshotName", &["dBSnapshotIdentifier", "sourceDBSnapshotIdentifier", "targetDBSnapshotIdentifier", "finalDBSnapshotIdentifier"]),
    ("rds", "ClusterSnapshotName", &["dBClusterSnapshotIdentifier", "snapshotIdentifier", "finalDBSnapshotIdentifier"]),
    ("rds", "SubnetGroupName", &["dBSubnetGroupName"]),
    ("rds", "ParameterGroupName", &["dBParameterGroupName"]),
    ("rds", "ClusterParameterGroupName", &["dBClusterParameterGroupName"]),
    ("rds", "OptionGroupName", &["optionGroupName"]),
    ("rds", "SecurityGroupName", &["dBSecurityGroupName"]),
    ("rds", "DbProxyId", &[]), // AWS generates this id; calls give a name
    ("redshift", "ClusterName", &["clusterIdentifier"]),
    ("redshift", "SnapshotName", &["snapshotIdentifier", "finalClusterSnapshotIdentifier"]),
    ("rolesanywhere", "ProfileId", &["profileId"]),
    ("rolesanywhere", "TrustAnchorId", &["trustAnchorId"]),
    ("s3", "BucketName", &["bucketName", "bucket"]),
    ("s3", "ObjectName", &["key"]),
    ("s3", "AccessPointName", &["name", "accessPointName"]),
    ("s3", "ConfigId", &["configId", "storageLensConfigurationId"]),
    ("secretsmanager", "SecretId", &["secretId", "secretIdList", "aRN"]),
    ("sns", "TopicName", &["topicArn", "targetArn", "resourceArn", "name"]),
    ("sqs", "QueueName", &["queueUrl", "queueName"]),
    ("ssm", "DocumentName", &["documentName", "name"]),
    ("ssm", "ParameterNameWithoutLeadingSlash", &["name", "names", "path"]),
    ("states", "StateMachineName", &["stateMachineArn", "name"]),
    ("states", "ActivityName", &["activityArn", "name"]),
    ("sts", "RoleNameWithPath", &["roleArn"]),
    ("transfer", "ServerId", &["serverId"]),
    ("wafv2", "Name", &["name"]),
];

/// Returns the members that hold the value of `placeholder` in a format of `service`, if they are known.
pub(super) fn members(service: &str, placeholder: &str) -> Option<&'static [&'static str]> {
    ALIASES
        .iter()
        .find(|(prefix, name, _)| *prefix == service && *name == placeholder)
        .map(|(.., members)| *members)
}

/// Maps the text before the last dash of an EC2 id, `vol` of `vol-0a1b2c3d`, to the name that ARNs use for its resource type.
///
/// Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2".
#[rustfmt::skip] // pairs read best in columns
const EC2_IDS: [(&str, &str); 42] = [
    ("acl", "network-acl"), ("ami", "image"), ("aki", "image"), ("ari", "image"),
    ("cgw", "customer-gateway"), ("cr", "capacity-reservation"), ("cvpn-endpoint", "client-vpn-endpoint"), ("dopt", "dhcp-options"),
    ("eigw", "egress-only-internet-gateway"), ("eipalloc", "elastic-ip"), ("eni", "network-interface"), ("eice", "instance-connect-endpoint"),
    ("fl", "vpc-flow-log"), ("fleet", "fleet"), ("h", "dedicated-host"), ("i", "instance"),
    ("igw", "internet-gateway"), ("ipam", "ipam"), ("ipam-pool", "ipam-pool"), ("ipam-scope", "ipam-scope"),
    ("key", "key-pair"), ("lgw", "local-gateway"), ("lt", "launch-template"), ("nat", "natgateway"),
    ("pcx", "vpc-peering-connection"), ("pg", "placement-group"), ("pl", "prefix-list"), ("rtb", "route-table"),
    ("sfr", "spot-fleet-request"), ("sg", "security-group"), ("sgr", "security-group-rule"), ("sir", "spot-instances-request"),
    ("snap", "snapshot"), ("subnet", "subnet"), ("tgw", "transit-gateway"), ("tgw-attach", "transit-gateway-attachment"),
    ("tgw-rtb", "transit-gateway-route-table"), ("vgw", "vpn-gateway"), ("vol", "volume"), ("vpc", "vpc"),
    ("vpce", "vpc-endpoint"), ("vpn", "vpn-connection"),
];

/// The type that an EC2 id such as `vol-0a1b2c3d` names.
pub(super) fn ec2_type(id: &str) -> Option<&'static str> {
    let (prefix, number) = id.rsplit_once('-')?;
    let is_number = number.len() >= 8 && number.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (_, kind) = EC2_IDS.iter().find(|(known, _)| *known == prefix)?;
    is_number.then_some(*kind)
}
