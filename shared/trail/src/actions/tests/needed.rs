//! Tests the operations with several actions that are used most: which parameters need which actions.

use super::*;

/// Event source, event name, the actions of every call, and what further parameters need.
type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static [&'static str])],
);

const TAGS: &str = r#"{"tags": [{"key": "a", "value": "b"}]}"#;
const EC2_TAGS: &str = r#"{"tagSpecificationSet": {"items": [{"resourceType": "instance"}]}}"#;

/// Source: the API references of the operations.
#[rustfmt::skip] // one operation per line, one parameter per line
const OPERATIONS: &[Row] = &[
    ("s3", "CopyObject", &["s3:PutObject", "s3:GetObject"], &[
        (r#"{"x-amz-acl": "public-read"}"#, &["s3:PutObjectAcl"]),
        (r#"{"x-amz-grant-read": "id=1"}"#, &["s3:PutObjectAcl"]),
        (r#"{"x-amz-tagging": "a=b"}"#, &["s3:PutObjectTagging"]),
        (r#"{"x-amz-object-lock-mode": "GOVERNANCE"}"#, &["s3:PutObjectRetention"]),
        (r#"{"x-amz-object-lock-legal-hold": "ON"}"#, &["s3:PutObjectLegalHold"]),
    ]),
    ("s3", "PutObject", &["s3:PutObject"], &[
        (r#"{"x-amz-acl": "bucket-owner-full-control"}"#, &["s3:PutObjectAcl"]),
        (r#"{"x-amz-acl": "private"}"#, &[]),
        (r#"{"x-amz-tagging": "a=b"}"#, &["s3:PutObjectTagging"]),
        (r#"{"x-amz-object-lock-retain-until-date": "2030-01-01T00:00:00Z"}"#, &["s3:PutObjectRetention"]),
    ]),
    ("s3", "CreateMultipartUpload", &["s3:PutObject"], &[
        (r#"{"x-amz-grant-full-control": "id=1"}"#, &["s3:PutObjectAcl"]),
        (r#"{"x-amz-tagging": "a=b"}"#, &["s3:PutObjectTagging"]),
    ]),
    ("s3", "UploadPart", &["s3:PutObject"], &[]),
    ("s3", "CompleteMultipartUpload", &["s3:PutObject"], &[]),
    ("s3", "UploadPartCopy", &["s3:PutObject", "s3:GetObject"], &[]),
    ("s3", "ListObjectsV2", &["s3:ListBucket"], &[]),
    ("s3", "DeleteObject", &["s3:DeleteObject"], &[
        (r#"{"x-amz-bypass-governance-retention": "true"}"#, &["s3:BypassGovernanceRetention"]),
    ]),
    ("s3", "DeleteObjects", &["s3:DeleteObject"], &[
        (r#"{"x-amz-bypass-governance-retention": "true"}"#, &["s3:BypassGovernanceRetention"]),
    ]),
    ("s3", "PutObjectRetention", &["s3:PutObjectRetention"], &[
        (r#"{"x-amz-bypass-governance-retention": "true"}"#, &["s3:BypassGovernanceRetention"]),
    ]),
    ("s3", "CreateBucket", &["s3:CreateBucket"], &[
        (r#"{"x-amz-grant-write": "id=1"}"#, &["s3:PutBucketAcl"]),
        (r#"{"x-amz-object-ownership": "ObjectWriter"}"#, &["s3:PutBucketOwnershipControls"]),
        (r#"{"x-amz-bucket-object-lock-enabled": "true"}"#, &["s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning"]),
    ]),
    ("lambda", "CreateFunction20150331", &["lambda:CreateFunction"], &[
        (r#"{"layers": ["arn:aws:lambda:eu-west-1:1:layer:l:1"]}"#, &["lambda:GetLayerVersion"]),
        (TAGS, &["lambda:TagResource"]),
    ]),
    ("lambda", "UpdateFunctionConfiguration20150331v2", &["lambda:UpdateFunctionConfiguration"], &[
        (r#"{"layers": ["arn:aws:lambda:eu-west-1:1:layer:l:1"]}"#, &["lambda:GetLayerVersion"]),
    ]),
    ("lambda", "CreateEventSourceMapping20150331", &["lambda:CreateEventSourceMapping"], &[(TAGS, &["lambda:TagResource"])]),
    ("ec2", "RunInstances", &["ec2:RunInstances"], &[(EC2_TAGS, &["ec2:CreateTags"])]),
    ("ec2", "CreateVolume", &["ec2:CreateVolume"], &[(EC2_TAGS, &["ec2:CreateTags"])]),
    ("ec2", "CreateSnapshot", &["ec2:CreateSnapshot"], &[(EC2_TAGS, &["ec2:CreateTags"])]),
    ("ec2", "CreateImage", &["ec2:CreateImage"], &[(EC2_TAGS, &["ec2:CreateTags"])]),
    ("ec2", "CreateSecurityGroup", &["ec2:CreateSecurityGroup"], &[(EC2_TAGS, &["ec2:CreateTags"])]),
    ("ec2", "CreateVpc", &["ec2:CreateVpc"], &[(EC2_TAGS, &["ec2:CreateTags"])]),
    ("ec2", "CreateSubnet", &["ec2:CreateSubnet"], &[(EC2_TAGS, &["ec2:CreateTags"])]),
    ("ec2", "CreateKeyPair", &["ec2:CreateKeyPair"], &[(EC2_TAGS, &["ec2:CreateTags"])]),
    ("ec2", "CreateLaunchTemplate", &["ec2:CreateLaunchTemplate"], &[(EC2_TAGS, &["ec2:CreateTags"])]),
    ("iam", "CreateRole", &["iam:CreateRole"], &[(TAGS, &["iam:TagRole"])]),
    ("iam", "CreateUser", &["iam:CreateUser"], &[(TAGS, &["iam:TagUser"])]),
    ("iam", "CreatePolicy", &["iam:CreatePolicy"], &[(TAGS, &["iam:TagPolicy"])]),
    ("iam", "CreateInstanceProfile", &["iam:CreateInstanceProfile"], &[(TAGS, &["iam:TagInstanceProfile"])]),
    ("sts", "AssumeRole", &["sts:AssumeRole"], &[
        (r#"{"sourceIdentity": "ana"}"#, &["sts:SetSourceIdentity"]),
        (r#"{"providedContexts": [{"contextAssertion": "x"}]}"#, &["sts:SetContext"]),
        (TAGS, &["sts:TagSession"]),
    ]),
    ("kms", "CreateKey", &["kms:CreateKey"], &[
        (r#"{"policy": "{}"}"#, &["kms:PutKeyPolicy"]),
        (TAGS, &["kms:TagResource"]),
    ]),
    ("kms", "ReEncrypt", &["kms:ReEncryptFrom", "kms:ReEncryptTo"], &[]),
    ("dynamodb", "CreateTable", &["dynamodb:CreateTable"], &[
        (r#"{"resourcePolicy": "{}"}"#, &["dynamodb:PutResourcePolicy"]),
        (TAGS, &["dynamodb:TagResource"]),
    ]),
    ("dynamodb", "UpdateTable", &["dynamodb:UpdateTable"], &[
        (r#"{"replicaUpdates": [{"create": {"regionName": "eu-west-2"}}]}"#, &["dynamodb:CreateTableReplica"]),
    ]),
    ("dynamodb", "ExecuteStatement", &[], &[
        (r#"{"statement": "SELECT * FROM t"}"#, &["dynamodb:PartiQLSelect"]),
        (r#"{"statement": "delete from t"}"#, &["dynamodb:PartiQLDelete"]),
    ]),
    ("cloudformation", "CreateStack", &["cloudformation:CreateStack"], &[(TAGS, &["cloudformation:TagResource"])]),
    ("cloudformation", "UpdateStack", &["cloudformation:UpdateStack"], &[
        (r#"{"stackPolicyBody": "{}"}"#, &["cloudformation:SetStackPolicy"]),
    ]),
    ("ecs", "RunTask", &["ecs:RunTask"], &[(TAGS, &["ecs:TagResource"])]),
    ("ecs", "CreateService", &["ecs:CreateService"], &[(TAGS, &["ecs:TagResource"])]),
    ("ecs", "RegisterTaskDefinition", &["ecs:RegisterTaskDefinition"], &[(TAGS, &["ecs:TagResource"])]),
    ("eks", "CreateCluster", &["eks:CreateCluster"], &[(r#"{"tags": {"a": "b"}}"#, &["eks:TagResource"])]),
    ("ecr", "CreateRepository", &["ecr:CreateRepository"], &[(TAGS, &["ecr:TagResource"])]),
    ("rds", "CreateDBInstance", &["rds:CreateDBInstance"], &[(TAGS, &["rds:AddTagsToResource"])]),
    ("rds", "DeleteDBInstance", &["rds:DeleteDBInstance"], &[
        (r#"{"finalDBSnapshotIdentifier": "last"}"#, &["rds:CreateDBSnapshot"]),
        (r#"{"skipFinalSnapshot": true}"#, &[]),
    ]),
    ("redshift", "GetClusterCredentials", &["redshift:GetClusterCredentials"], &[
        (r#"{"autoCreate": true}"#, &["redshift:CreateClusterUser"]),
        (r#"{"autoCreate": false}"#, &[]),
        (r#"{"dbGroups": ["g"]}"#, &["redshift:JoinGroup"]),
    ]),
    ("logs", "CreateLogGroup", &["logs:CreateLogGroup"], &[(r#"{"tags": {"a": "b"}}"#, &["logs:TagResource"])]),
    ("logs", "FilterLogEvents", &["logs:FilterLogEvents"], &[(r#"{"unmask": true}"#, &["logs:Unmask"])]),
    ("logs", "PutAccountPolicy", &["logs:PutAccountPolicy"], &[
        (r#"{"policyType": "SUBSCRIPTION_FILTER_POLICY"}"#, &["logs:PutSubscriptionFilter"]),
    ]),
    ("states", "CreateStateMachine", &["states:CreateStateMachine"], &[
        (r#"{"publish": true}"#, &["states:PublishStateMachineVersion"]),
        (TAGS, &["states:TagResource"]),
    ]),
    ("sqs", "CreateQueue", &["sqs:CreateQueue"], &[(r#"{"tags": {"a": "b"}}"#, &["sqs:TagQueue"])]),
    ("sns", "CreateTopic", &["sns:CreateTopic"], &[
        (r#"{"dataProtectionPolicy": "{}"}"#, &["sns:PutDataProtectionPolicy"]),
        (TAGS, &["sns:TagResource"]),
    ]),
    ("secretsmanager", "CreateSecret", &["secretsmanager:CreateSecret"], &[
        (r#"{"addReplicaRegions": [{"region": "eu-west-2"}]}"#, &["secretsmanager:ReplicateSecretToRegions"]),
        (TAGS, &["secretsmanager:TagResource"]),
    ]),
    ("secretsmanager", "BatchGetSecretValue", &["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"], &[
        (r#"{"filters": [{"key": "name"}]}"#, &["secretsmanager:ListSecrets"]),
    ]),
    ("ssm", "PutParameter", &["ssm:PutParameter"], &[(TAGS, &["ssm:AddTagsToResource"])]),
    ("events", "PutRule", &["events:PutRule"], &[(TAGS, &["events:TagResource"])]),
    ("glue", "CreateJob", &["glue:CreateJob"], &[(r#"{"tags": {"a": "b"}}"#, &["glue:TagResource"])]),
    ("cloudfront", "CreateDistribution2020_05_31", &["cloudfront:CreateDistribution"], &[
        (r#"{"distributionConfig": {"origins": {"items": [{"vpcOriginConfig": {"vpcOriginId": "v"}}]}}}"#, &["cloudfront:GetVpcOrigin"]),
    ]),
    ("cloudfront", "CreateDistributionWithTags2020_05_31", &["cloudfront:CreateDistribution", "cloudfront:TagResource"], &[]),
    ("autoscaling", "CreateAutoScalingGroup", &["autoscaling:CreateAutoScalingGroup"], &[(TAGS, &["autoscaling:CreateOrUpdateTags"])]),
    ("elasticloadbalancing", "CreateLoadBalancer", &["elasticloadbalancing:CreateLoadBalancer"], &[(TAGS, &["elasticloadbalancing:AddTags"])]),
    ("apigateway", "CreateRestApi", &["apigateway:POST"], &[
        (r#"{"tags": {"a": "b"}}"#, &["apigateway:PUT"]),
        (r#"{"policy": "{}"}"#, &["apigateway:UpdateRestApiPolicy"]),
    ]),
    ("bedrock", "InvokeModel", &["bedrock:InvokeModel"], &[(r#"{"guardrailIdentifier": "g"}"#, &["bedrock:ApplyGuardrail"])]),
    ("bedrock", "Converse", &["bedrock:InvokeModel"], &[(r#"{"guardrailConfig": {"guardrailIdentifier": "g"}}"#, &["bedrock:ApplyGuardrail"])]),
    ("sagemaker", "CreateTrainingJob", &["sagemaker:CreateTrainingJob"], &[(TAGS, &["sagemaker:AddTags"])]),
    ("codepipeline", "CreatePipeline", &["codepipeline:CreatePipeline"], &[
        (r#"{"pipeline": {"stages": [{"actions": [{"configuration": {"connectionArn": "a"}}]}]}}"#, &["codestar-connections:PassConnection"]),
        (TAGS, &["codepipeline:TagResource"]),
    ]),
    ("wafv2", "AssociateWebACL", &["wafv2:AssociateWebACL"], &[
        (r#"{"resourceArn": "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/a/1"}"#, &["elasticloadbalancing:SetWebAcl"]),
        (r#"{"resourceArn": "arn:aws:apigateway:eu-west-1::/restapis/a/stages/s"}"#, &["apigateway:SetWebACL"]),
    ]),
];

#[test]
fn the_table_holds_sixty_operations() {
    assert!(OPERATIONS.len() >= 60, "{}", OPERATIONS.len());
}

#[test]
fn an_operation_needs_its_further_actions_only_when_its_parameters_do() {
    for (source, name, always, rows) in OPERATIONS {
        assert_eq!(
            actions(&call(source, name, &Value::Null)),
            *always,
            "{source} {name}"
        );
        for (request, further) in *rows {
            let request: Value = serde_json::from_str(request).unwrap();
            let called = call(source, name, &request);
            let found = actions(&called);
            let expected: Vec<&str> = always.iter().chain(*further).copied().collect();
            assert_eq!(found, expected, "{source} {name} {request}");
        }
    }
}
