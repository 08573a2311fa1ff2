//! A small reference for tests: some actions of each kind, as the Service Authorization Reference has them.

use crate::reference::{Action, Reference, ResourceType};

/// Name, access levels, and resource types with their only format.
type Row = (
    &'static str,
    &'static [&'static str],
    &'static [(bool, &'static str)],
);

const REQUIRED: bool = true;
const OPTIONAL: bool = false;

/// Services without an action here.
const OTHER_SERVICES: [&str; 2] = ["elasticmapreduce", "signin"];

#[rustfmt::skip] // one row per line
const ACTIONS: &[Row] = &[
    ("apigateway:POST", &["Write"], &[(OPTIONAL, "arn:${Partition}:apigateway:${Region}::/apikeys"), (OPTIONAL, "arn:${Partition}:apigateway:${Region}::/apis/${ApiId}/authorizers, arn:${Partition}:apigateway:${Region}::/restapis/${RestApiId}/authorizers"), (OPTIONAL, "arn:${Partition}:apigateway:${Region}::/domainnames/${DomainName}/basepathmappings"), (OPTIONAL, "arn:${Partition}:apigateway:${Region}::/clientcertificates"), (OPTIONAL, "arn:${Partition}:apigateway:${Region}::/apis/${ApiId}/deployments, arn:${Partition}:apigateway:${Region}::/restapis/${RestApiId}/deployments")]),
    ("cloudwatch:PutMetricData", &["Write"], &[(OPTIONAL, "arn:${Partition}:cloudwatch:${Region}:${Account}:dataset/${DatasetId}")]),
    ("dms:DescribeReplicationTasks", &["Read"], &[]),
    ("dms:StartReplicationTask", &["Write"], &[(REQUIRED, "arn:${Partition}:dms:${Region}:${Account}:task:*")]),
    ("dynamodb:DescribeTable", &["Read"], &[(REQUIRED, "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}")]),
    ("dynamodb:GetItem", &["Read"], &[(REQUIRED, "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}")]),
    ("dynamodb:ListTables", &["List"], &[]),
    ("dynamodb:PutItem", &["Write"], &[(REQUIRED, "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}")]),
    ("dynamodb:Query", &["Read"], &[(REQUIRED, "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"), (OPTIONAL, "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}/index/${IndexName}")]),
    ("dynamodb:UpdateTable", &["Write"], &[(REQUIRED, "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}")]),
    ("ec2:AttachVolume", &["Write"], &[(REQUIRED, "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}"), (REQUIRED, "arn:${Partition}:ec2:${Region}:${Account}:volume/${VolumeId}")]),
    ("ec2:CreateTags", &["Tagging", "Write"], &[(OPTIONAL, "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}"), (OPTIONAL, "arn:${Partition}:ec2:${Region}:${Account}:volume/${VolumeId}")]),
    ("ec2:DescribeInstances", &["List"], &[]),
    ("ec2:RunInstances", &["Write"], &[(REQUIRED, "arn:${Partition}:ec2:${Region}::image/${ImageId}"), (REQUIRED, "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}"), (REQUIRED, "arn:${Partition}:ec2:${Region}:${Account}:network-interface/${NetworkInterfaceId}"), (REQUIRED, "arn:${Partition}:ec2:${Region}:${Account}:security-group/${SecurityGroupId}"), (REQUIRED, "arn:${Partition}:ec2:${Region}:${Account}:subnet/${SubnetId}"), (OPTIONAL, "arn:${Partition}:ec2:${Region}:${Account}:volume/${VolumeId}"), (OPTIONAL, "arn:${Partition}:ec2:${Region}:${Account}:key-pair/${KeyPairName}")]),
    ("ec2:StartInstances", &["Write"], &[(REQUIRED, "arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}"), (OPTIONAL, "arn:${Partition}:resource-groups:${Region}:${Account}:group/${GroupName}"), (OPTIONAL, "arn:${Partition}:license-manager:${Region}:${Account}:license-configuration:${LicenseConfigurationId}")]),
    ("ecr:PutImage", &["Write"], &[(REQUIRED, "arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}")]),
    ("elasticloadbalancing:CreateLoadBalancer", &["Write"], &[(OPTIONAL, "arn:${Partition}:elasticloadbalancing:${Region}:${Account}:loadbalancer/${LoadBalancerName}")]),
    ("iam:CreateRole", &["Write"], &[(REQUIRED, "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}")]),
    ("iam:CreateUser", &["Write"], &[(REQUIRED, "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}")]),
    ("iam:GetRole", &["Read"], &[(REQUIRED, "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}")]),
    ("iam:ListUsers", &["List"], &[]),
    ("iam:PassRole", &["Write"], &[(REQUIRED, "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}")]),
    ("kms:Decrypt", &["Write"], &[(REQUIRED, "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}")]),
    ("kms:ListKeys", &["List"], &[]),
    ("lambda:CreateFunction", &["Write"], &[(REQUIRED, "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}")]),
    ("lambda:InvokeFunction", &["Write"], &[(REQUIRED, "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}")]),
    ("logs:PutLogEvents", &["Write"], &[(REQUIRED, "arn:${Partition}:logs:${Region}:${Account}:log-group:${LogGroupName}:log-stream:${LogStreamName}")]),
    ("s3:CreateBucket", &["Write"], &[(REQUIRED, "arn:${Partition}:s3:::${BucketName}")]),
    ("s3:DeleteBucket", &["Write"], &[(REQUIRED, "arn:${Partition}:s3:::${BucketName}")]),
    ("s3:GetObject", &["Read"], &[(REQUIRED, "arn:${Partition}:s3:::${BucketName}/${ObjectName}"), (OPTIONAL, "arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}/object/${ObjectName}")]),
    ("s3:ListAllMyBuckets", &["List"], &[]),
    ("s3:ListBucket", &["List"], &[(REQUIRED, "arn:${Partition}:s3:::${BucketName}"), (OPTIONAL, "arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}")]),
    ("s3:PutBucketAcl", &["Permissions management", "Write"], &[(REQUIRED, "arn:${Partition}:s3:::${BucketName}")]),
    ("s3:PutBucketTagging", &["Tagging", "Write"], &[(REQUIRED, "arn:${Partition}:s3:::${BucketName}")]),
    ("s3:PutObject", &["Write"], &[(REQUIRED, "arn:${Partition}:s3:::${BucketName}/${ObjectName}"), (OPTIONAL, "arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}/object/${ObjectName}")]),
    ("secretsmanager:GetSecretValue", &["Read"], &[(REQUIRED, "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}")]),
    ("sns:Publish", &["Write"], &[(REQUIRED, "arn:${Partition}:sns:${Region}:${Account}:${TopicName}")]),
    ("sqs:ListQueues", &["Read"], &[]),
    ("sqs:SendMessage", &["Write"], &[(REQUIRED, "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}")]),
    ("sts:AssumeRole", &["Write"], &[(REQUIRED, "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}")]),
    ("sts:GetCallerIdentity", &["Read"], &[]),
];

/// The small reference.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample;

impl Sample {
    pub(crate) fn names() -> Vec<&'static str> {
        ACTIONS.iter().map(|(name, ..)| *name).collect()
    }
}

impl Reference for Sample {
    fn action(&self, name: &str) -> Option<Action<'_>> {
        let (name, levels, types) = ACTIONS
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
        Some(Action {
            name,
            access_levels: levels.to_vec(),
            resource_types: types
                .iter()
                .map(|(required, format)| ResourceType {
                    required: *required,
                    formats: vec![format],
                })
                .collect(),
            dependent_actions: if *name == "lambda:CreateFunction" {
                vec!["iam:PassRole"]
            } else {
                Vec::new()
            },
            supported: *name != "sns:Publish",
        })
    }

    fn formats(&self, service: &str) -> Option<Vec<&str>> {
        let of_service = |name: &str| name.split_once(':').is_some_and(|(prefix, _)| prefix == service);
        let known = OTHER_SERVICES.contains(&service) || ACTIONS.iter().any(|(name, ..)| of_service(name));
        let actions = ACTIONS.iter().filter(|(name, ..)| of_service(name));
        known.then(|| {
            actions
                .flat_map(|(.., types)| types.iter().map(|(_, format)| *format))
                .collect()
        })
    }

    fn services_of(&self, event_source: &str) -> Vec<&str> {
        let stem = event_source.strip_suffix(".amazonaws.com");
        let stem = stem.map(|stem| if stem == "monitoring" { "cloudwatch" } else { stem });
        let prefixes = ACTIONS
            .iter()
            .filter_map(|(name, ..)| Some(name.split_once(':')?.0));
        let mut prefixes = prefixes.chain(OTHER_SERVICES);
        prefixes
            .find(|prefix| Some(*prefix) == stem)
            .into_iter()
            .collect()
    }
}
