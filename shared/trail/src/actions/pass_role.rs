//! Roles that a call hands to a service: CloudTrail has no record of `iam:PassRole` itself.

use super::parameters::Text;
use crate::usage::PassedRole;

/// Services that take roles in requests, with the service principal that the role is for (`iam:PassedToService`);
/// empty where it is not sure.
///
/// Source: the services' user guides, "How … works with IAM" and "Service roles".
#[rustfmt::skip] // pairs read best in columns
const SERVICES: &[(&str, &str)] = &[
    ("airflow", "airflow-env"), ("amplify", "amplify"), ("apigateway", "apigateway"), ("appflow", "appflow"),
    ("application-autoscaling", "application-autoscaling"), ("apprunner", ""), ("appstream", "appstream"), ("appsync", "appsync"),
    ("athena", "athena"), ("autoscaling", "autoscaling"), ("backup", "backup"), ("batch", "batch"),
    ("bedrock", "bedrock"), ("bedrock-agentcore", "bedrock-agentcore"), ("braket", "braket"), ("cloud9", "ec2"),
    ("cloudformation", "cloudformation"), ("cloudtrail", "cloudtrail"), ("codebuild", "codebuild"), ("codedeploy", "codedeploy"),
    ("codepipeline", "codepipeline"), ("cognito-identity", "cognito-identity"), ("cognito-idp", "cognito-idp"), ("comprehend", "comprehend"),
    ("config", "config"), ("databrew", "databrew"), ("datapipeline", "datapipeline"), ("datasync", "datasync"),
    ("dax", "dax"), ("dlm", "dlm"), ("dms", "dms"), ("ds", ""),
    ("ec2", "ec2"), ("ecs", "ecs-tasks"), ("eks", "eks"), ("elasticbeanstalk", "elasticbeanstalk"),
    ("elasticmapreduce", "elasticmapreduce"), ("elastictranscoder", "elastictranscoder"), ("emr-containers", ""), ("emr-serverless", "emr-serverless"),
    ("events", "events"), ("evidently", "evidently"), ("firehose", "firehose"), ("fis", "fis"),
    ("forecast", "forecast"), ("frauddetector", "frauddetector"), ("gamelift", "gamelift"), ("glue", "glue"),
    ("grafana", "grafana"), ("greengrass", "greengrass"), ("guardduty", ""), ("healthlake", "healthlake"),
    ("imagebuilder", ""), ("iot", "iot"), ("iotanalytics", "iotanalytics"), ("iotevents", "iotevents"),
    ("iotsitewise", "monitor.iotsitewise"), ("ivs", "ivs"), ("kafkaconnect", "kafkaconnect"), ("kendra", "kendra"),
    ("kinesisanalytics", "kinesisanalytics"), ("lakeformation", "lakeformation"), ("lambda", "lambda"), ("lex", "lexv2"),
    ("logs", "logs"), ("machinelearning", "machinelearning"), ("mediaconvert", "mediaconvert"), ("medialive", "medialive"),
    ("mediapackage", "mediapackage"), ("neptune-graph", "neptune-graph"), ("omics", "omics"), ("opsworks", "opsworks"),
    ("osis", "osis-pipelines"), ("personalize", "personalize"), ("pipes", "pipes"), ("qbusiness", "qbusiness"),
    ("quicksight", "quicksight"), ("rds", "rds"), ("redshift", "redshift"), ("redshift-serverless", "redshift-serverless"),
    ("rekognition", "rekognition"), ("robomaker", "robomaker"), ("rolesanywhere", "rolesanywhere"), ("s3", "s3"),
    ("sagemaker", "sagemaker"), ("scheduler", "scheduler"), ("servicecatalog", "servicecatalog"), ("ses", "ses"),
    ("sns", ""), ("ssm", "ssm"), ("ssm-incidents", "ssm-incidents"), ("states", "states"),
    ("storagegateway", "storagegateway"), ("synthetics", "lambda"), ("textract", "textract"), ("timestream", "timestream"),
    ("transcribe", "transcribe"), ("transfer", "transfer"), ("translate", "translate"), ("vpc-lattice", "vpc-lattice"),
    ("wisdom", ""), ("workspaces", "workspaces"),
];

/// Members whose role is for another service than the table above says.
///
/// Source: API references of the operations.
#[rustfmt::skip] // one row per line
const MEMBERS: &[(&str, &str, &str)] = &[
    ("batch", "jobRoleArn", "ecs-tasks"),
    ("batch", "executionRoleArn", "ecs-tasks"),
    ("batch", "instanceRole", "ec2"),
    ("ec2", "deliverLogsPermissionArn", "vpc-flow-logs"),
    ("eks", "nodeRole", "ec2"),
    ("eks", "podExecutionRoleArn", "eks-fargate-pods"),
    ("elasticmapreduce", "autoScalingRole", "application-autoscaling"),
    ("elasticmapreduce", "jobFlowRole", "ec2"),
    ("rds", "monitoringRoleArn", "monitoring.rds"),
    ("sns", "subscriptionRoleArn", "firehose"),
];

/// Single operations whose role is for another service than the tables above say.
const OPERATIONS: [(&str, &str, &str); 4] = [
    ("ecs", "CreateService", "ecs"),
    ("eks", "CreatePodIdentityAssociation", "pods.eks"),
    ("eks", "UpdatePodIdentityAssociation", "pods.eks"),
    ("s3", "CreateJob", "batchoperations.s3"),
];

/// Who calls, for names without an ARN.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'c> {
    pub(super) partition: &'c str,
    pub(super) account: &'c str,
}

/// The roles that the call named `event_name` hands over, each once.
pub(super) fn of(
    service: &str,
    event_name: &str,
    event: &str,
    request: &[Text<'_>],
    caller: Caller<'_>,
) -> Vec<PassedRole> {
    if event_name.starts_with("Add") && service == "iam" {
        return of_instance_profile(event, request, caller);
    }
    let Some((_, default)) = SERVICES.iter().find(|(prefix, _)| *prefix == service) else {
        return Vec::new();
    };
    if !changes(event_name) {
        return Vec::new();
    }
    let mut roles: Vec<PassedRole> = request
        .iter()
        .filter_map(|text| {
            let role_arn = role(service, text, caller)?;
            let is_profile = role_arn.contains(":instance-profile/");
            let principal = if is_profile {
                "ec2"
            } else {
                principal(service, event_name, text.name).unwrap_or(default)
            };
            Some(PassedRole {
                role_arn,
                service: (!principal.is_empty()).then(|| format!("{principal}.amazonaws.com")),
                event: event.to_owned(),
            })
        })
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// IAM takes the role by its name here, and hands it to EC2.
fn of_instance_profile(event: &str, request: &[Text<'_>], caller: Caller<'_>) -> Vec<PassedRole> {
    let Caller { partition, account } = caller;
    super::parameters::named(request, "roleName")
        .map(|name| PassedRole {
            role_arn: format!("arn:{partition}:iam::{account}:role/{name}"),
            service: Some("ec2.amazonaws.com".to_owned()),
            event: event.to_owned(),
        })
        .collect()
}

/// Calls that only read name roles without handing them over.
fn changes(event_name: &str) -> bool {
    const READS: [&str; 7] = ["Get", "List", "Describe", "Delete", "Search", "Lookup", "Head"];
    !READS.iter().any(|verb| event_name.starts_with(verb))
}

fn principal(service: &str, event_name: &str, member: &str) -> Option<&'static str> {
    let by_operation = OPERATIONS
        .iter()
        .find(|(prefix, event, _)| *prefix == service && *event == event_name);
    let by_member = MEMBERS
        .iter()
        .find(|(prefix, name, _)| *prefix == service && name.eq_ignore_ascii_case(member));
    by_operation.or(by_member).map(|(.., principal)| *principal)
}

/// ARN of the role or instance profile that the text names.
fn role(service: &str, text: &Text<'_>, caller: Caller<'_>) -> Option<String> {
    let is_member = |name: &str| text.name.eq_ignore_ascii_case(name);
    let of_iam = text
        .value
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(":iam::"))
        .and_then(|(_, rest)| rest.split_once(':'));
    if let Some((_, resource)) = of_iam {
        let is_role = resource.starts_with("role/") && !resource.starts_with("role/aws-service-role/");
        return (is_role || resource.starts_with("instance-profile/")).then(|| text.value.to_owned());
    }
    let Caller { partition, account } = caller;
    let is_name = !text.value.contains([':', '/']);
    // EC2 and Auto Scaling take the name of a profile as well, EMR takes names only.
    if is_name
        && (is_member("iamInstanceProfile")
            || is_member("jobFlowRole")
            || is_member("iamInstanceProfileName"))
    {
        return Some(format!(
            "arn:{partition}:iam::{account}:instance-profile/{}",
            text.value
        ));
    }
    // Glue takes a name with its path as well.
    if service == "glue" && is_member("role") && !text.value.contains(':') {
        let name = text.value.trim_start_matches('/');
        return Some(format!("arn:{partition}:iam::{account}:role/{name}"));
    }
    if is_name && (is_member("serviceRole") || is_member("autoScalingRole")) {
        return Some(format!("arn:{partition}:iam::{account}:role/{}", text.value));
    }
    None
}
