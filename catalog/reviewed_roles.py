"""Tables of the roles that operations pass to services, which no input holds; a person reviews every row."""

# Operations that pass a role and are not marked so in the service reference, with the service.
PASSES_ROLE = {
    # Amazon S3 user guide, "Granting permissions for Batch Operations".
    "s3:CreateJob": (["batchoperations.s3.amazonaws.com"], ["RoleArn"]),
}

# Services that AWS uses for its own tests and previews.
INTERNAL_SERVICES = ("preprod", "test.", "rds-preview")

# Members whose role is for one of several services that an operation passes roles to.
# Sources: API references of the operations.
ROLE_SERVICES = {
    ("autoscaling", "RoleARN"): "autoscaling.amazonaws.com",
    ("batch", "serviceRole"): "batch.amazonaws.com",
    ("batch", "instanceRole"): "ec2.amazonaws.com",
    ("batch", "spotIamFleetRole"): "spotfleet.amazonaws.com",
    ("codepipeline", "roleArn"): "codepipeline.amazonaws.com",
    ("ecs", "executionRoleArn"): "ecs-tasks.amazonaws.com",
    ("ecs", "infrastructureRoleArn"): "ecs.amazonaws.com",
    ("ecs", "role"): "ecs.amazonaws.com",
    ("ecs", "roleArn"): "ecs.amazonaws.com",
    ("ecs", "taskRoleArn"): "ecs-tasks.amazonaws.com",
    ("eks", "nodeRoleArn"): "ec2.amazonaws.com",
    ("eks", "roleArn"): "eks.amazonaws.com",
    ("elasticmapreduce", "AutoScalingRole"): "application-autoscaling.amazonaws.com",
    ("elasticmapreduce", "JobFlowRole"): "ec2.amazonaws.com",
    ("elasticmapreduce", "ServiceRole"): "elasticmapreduce.amazonaws.com",
}

# Members that hold a role and are not called so, and members that are called so and hold none.
# Sources: API references of the operations.
ROLE_MEMBERS = {
    ("apigateway", "CredentialsArn"), ("apigateway", "credentials"), ("apigateway", "authorizerCredentials"),
    ("apigateway", "AuthorizerCredentialsArn"), ("cognito-idp", "SnsCallerArn"), ("cognito-idp", "CallerArn"),
    ("dms", "KeyCacheSecretIamArn"), ("ec2", "DeliverLogsPermissionArn"),
}
NO_ROLE_MEMBERS = {"RoleSessionName", "RolesKey", "externalId", "RoleARNUpdate", "roleMappings"}

# Members that take the name of a role, with its path or without, as well as an ARN.
# Sources: API references of AWS Glue (`Role`), Amazon EMR and AWS Systems Manager (`IamRole` of activations).
ROLE_NAMES = {
    ("glue", "Role"), ("elasticmapreduce", "ServiceRole"), ("elasticmapreduce", "AutoScalingRole"),
    ("ssm", "IamRole"), ("iam", "RoleName"),
}

# Members that take the name or the ARN of an instance profile and do not say so in their name.
PROFILE_MEMBERS = {("elasticmapreduce", "JobFlowRole"), ("batch", "instanceRole")}
