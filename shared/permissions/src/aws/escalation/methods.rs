//! Lists the methods by which a principal can get permissions that it does not have.
//!
//! A method is a combination of permissions that one principal needs, and what the combination gains. Each line names the
//! publication that describes the method; `name-001` is a path of pathfinding.cloud. Permissions that only help to find a
//! target, such as lists and descriptions, are not part of a method.

use super::methods::Gain::{Administrator, Become, Join, PassTo, Raise, RunAs, Unlimit};
use super::methods::Subject::{Group, New, Policy, Role, Running, User};

/// Rhino Security Labs
const RHINO: &str = "Rhino Security Labs, AWS IAM Privilege Escalation";
/// The catalogue of methods `HackTricks`
const HACKTRICKS: &str = "HackTricks Cloud, AWS Privilege Escalation";
/// IAM user guide
const BOUNDARIES: &str = "IAM user guide, Permissions boundaries for IAM entities";
/// AWS prescriptive guidance
const GUIDANCE: &str = "AWS prescriptive guidance, Preventing privilege escalation";
/// IAM Identity Center
const IDENTITY_CENTER: &str = "IAM Identity Center API reference";

/// A combination of permissions, and what it gains
#[derive(Debug)]
pub(crate) struct Method {
    /// The name of the method in explanations
    pub(crate) name: &'static str,
    /// One principal needs all of these permissions
    pub(super) needs: &'static [Need],
    pub(super) gain: Gain,
    /// The publication that describes it
    #[cfg_attr(not(test), expect(dead_code, reason = "for those who review the table"))]
    pub(super) source: &'static str,
}

/// An action that a method needs, and what it is done on
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Need {
    pub(super) action: &'static str,
    pub(super) subject: Subject,
}

/// Says what an action of a method is done on
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// The user whom the method is about
    User,
    /// The role that the method is about
    Role,
    /// A group of IAM
    Group,
    /// A customer managed policy
    Policy,
    /// A resource that runs code with a role: the service and the type as ARNs name them
    Running(&'static str, &'static str),
    /// A resource that the principal makes, or may choose freely
    New,
}

/// Says what a method gains
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gain {
    /// The principal acts as the user or role
    Become,
    /// The user or role, all members of the group, or all who hold the policy get other policies
    Raise(Certainty),
    /// Any user becomes a member of the group
    Join,
    /// The user or role loses its permissions boundary
    Unlimit,
    /// The principal acts as a role that may be passed to a service and that trusts the service
    PassTo(&'static str),
    /// The principal acts as the role of a running resource; this role trusts the service
    RunAs(&'static str),
    /// The principal gets everything in the account
    Administrator(Certainty),
}

/// Says whether a gain is certain when the permissions are there
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// Each principal with the permissions gains
    Certain,
    /// The gain depends on something that no document says
    Conditional,
}

impl Method {
    /// Returns the service to which the method passes a role.
    pub(super) const fn passed_to(&self) -> Option<&'static str> {
        match self.gain {
            PassTo(service) => Some(service),
            Become | Raise(_) | Join | Unlimit | RunAs(_) | Administrator(_) => None,
        }
    }

    /// Returns the service that the roles must trust.
    pub(super) const fn trusted(&self) -> Option<&'static str> {
        match self.gain {
            PassTo(service) | RunAs(service) => Some(service),
            Become | Raise(_) | Join | Unlimit | Administrator(_) => None,
        }
    }
}

const fn on(action: &'static str, subject: Subject) -> Need {
    Need { action, subject }
}

const fn new(action: &'static str) -> Need {
    on(action, New)
}

const fn method(name: &'static str, needs: &'static [Need], gain: Gain, source: &'static str) -> Method {
    Method {
        name,
        needs,
        gain,
        source,
    }
}

const CHANGED: Gain = Raise(Certainty::Certain);
/// An earlier version may allow more; the documents have the version in force.
const RESTORED: Gain = Raise(Certainty::Conditional);
/// No document says whom a permission set is assigned to.
const SSO: Gain = Administrator(Certainty::Conditional);
const ANYTHING: Gain = Administrator(Certainty::Certain);

const APP_RUNNER: &str = "tasks.apprunner.amazonaws.com";
const AIRFLOW: &str = "airflow-env.amazonaws.com";
const CODE_BUILD: &str = "codebuild.amazonaws.com";
const CODE_INTERPRETER: &str = "bedrock-agentcore.amazonaws.com";
const DATA_PIPELINE: &str = "datapipeline.amazonaws.com";
const EC2: &str = "ec2.amazonaws.com";
const ECS_TASKS: &str = "ecs-tasks.amazonaws.com";
const EMR_SERVERLESS: &str = "emr-serverless.amazonaws.com";
const GLUE: &str = "glue.amazonaws.com";
const LAMBDA: &str = "lambda.amazonaws.com";
const SAGE_MAKER: &str = "sagemaker.amazonaws.com";
const SCHEDULER: &str = "scheduler.amazonaws.com";
const STACKS: &str = "cloudformation.amazonaws.com";
const STATES: &str = "states.amazonaws.com";
const SYSTEMS_MANAGER: &str = "ssm.amazonaws.com";

const FUNCTION: Subject = Running("lambda", "function");
const INSTANCE: Subject = Running("ec2", "instance");
const NOTEBOOK: Subject = Running("sagemaker", "notebook-instance");
const STACK: Subject = Running("cloudformation", "stack");
const STACK_SET: Subject = Running("cloudformation", "stackset");
const PROJECT: Subject = Running("codebuild", "project");
const DEV_ENDPOINT: Subject = Running("glue", "devEndpoint");
const TEMPLATE: Subject = Running("ec2", "launch-template");
const TASK: Subject = Running("ecs", "task");
const SERVICE: Subject = Running("apprunner", "service");
const ENVIRONMENT: Subject = Running("airflow", "environment");
const INTERPRETER: Subject = Running("bedrock-agentcore", "code-interpreter-custom");
const STATE_MACHINE: Subject = Running("states", "stateMachine");

/// The action by which a role is passed to a service
pub(super) const PASS_ROLE: Need = on("iam:PassRole", Role);

/// The actions by which somebody who may do everything stays one who may do everything: they change policies.
pub(super) const ADMINISTRATION: [&str; 7] = [
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
];

/// Every method, by what it gains.
#[rustfmt::skip]
pub(crate) static METHODS: [Method; 96] = [
    // Credentials and trust.
    method("assume-role", &[on("sts:AssumeRole", Role)], Become, "sts-001"),
    method("assume-role-with-saml", &[on("sts:AssumeRoleWithSAML", Role)], Become, "AWS STS API reference, AssumeRoleWithSAML"),
    method("assume-role-with-web-identity", &[on("sts:AssumeRoleWithWebIdentity", Role)], Become, "AWS STS API reference, AssumeRoleWithWebIdentity"),
    method("change-trust-policy", &[on("iam:UpdateAssumeRolePolicy", Role)], Become, "iam-012"),
    method("create-access-key", &[on("iam:CreateAccessKey", User)], Become, "iam-002"),
    method("create-login-profile", &[on("iam:CreateLoginProfile", User)], Become, "iam-004"),
    method("update-login-profile", &[on("iam:UpdateLoginProfile", User)], Become, "iam-006"),
    // Policies.
    method("put-user-policy", &[on("iam:PutUserPolicy", User)], CHANGED, "iam-007"),
    method("attach-user-policy", &[on("iam:AttachUserPolicy", User)], CHANGED, "iam-008"),
    method("put-role-policy", &[on("iam:PutRolePolicy", Role)], CHANGED, "iam-005"),
    method("attach-role-policy", &[on("iam:AttachRolePolicy", Role)], CHANGED, "iam-009"),
    method("put-group-policy", &[on("iam:PutGroupPolicy", Group)], CHANGED, "iam-011"),
    method("attach-group-policy", &[on("iam:AttachGroupPolicy", Group)], CHANGED, "iam-010"),
    method("create-policy-version", &[on("iam:CreatePolicyVersion", Policy)], CHANGED, "iam-001"),
    method("set-default-policy-version", &[on("iam:SetDefaultPolicyVersion", Policy)], RESTORED, RHINO),
    method("add-user-to-group", &[on("iam:AddUserToGroup", Group)], Join, "iam-013"),
    // Permissions boundaries.
    method("delete-user-boundary", &[on("iam:DeleteUserPermissionsBoundary", User)], Unlimit, BOUNDARIES),
    method("put-user-boundary", &[on("iam:PutUserPermissionsBoundary", User)], Unlimit, BOUNDARIES),
    method("delete-role-boundary", &[on("iam:DeleteRolePermissionsBoundary", Role)], Unlimit, BOUNDARIES),
    method("put-role-boundary", &[on("iam:PutRolePermissionsBoundary", Role)], Unlimit, BOUNDARIES),
    // New principals.
    method("new-user-with-policy", &[new("iam:CreateUser"), new("iam:AttachUserPolicy"), new("iam:CreateAccessKey")], ANYTHING, GUIDANCE),
    method("new-user-with-inline-policy", &[new("iam:CreateUser"), new("iam:PutUserPolicy"), new("iam:CreateAccessKey")], ANYTHING, GUIDANCE),
    method("new-user-with-policy-and-password", &[new("iam:CreateUser"), new("iam:AttachUserPolicy"), new("iam:CreateLoginProfile")], ANYTHING, GUIDANCE),
    method("new-user-with-inline-policy-and-password", &[new("iam:CreateUser"), new("iam:PutUserPolicy"), new("iam:CreateLoginProfile")], ANYTHING, GUIDANCE),
    method("new-role-with-policy", &[new("iam:CreateRole"), new("iam:AttachRolePolicy")], ANYTHING, GUIDANCE),
    method("new-role-with-inline-policy", &[new("iam:CreateRole"), new("iam:PutRolePolicy")], ANYTHING, GUIDANCE),
    // A new resource with a role.
    method("new-app-runner-service", &[new("apprunner:CreateService")], PassTo(APP_RUNNER), "apprunner-001"),
    method("new-airflow-environment", &[new("airflow:CreateEnvironment")], PassTo(AIRFLOW), "mwaa-001"),
    method("new-batch-job", &[new("batch:RegisterJobDefinition"), new("batch:SubmitJob")], PassTo(ECS_TASKS), "batch-001"),
    method("new-code-interpreter", &[new("bedrock-agentcore:CreateCodeInterpreter"), new("bedrock-agentcore:StartCodeInterpreterSession"), new("bedrock-agentcore:InvokeCodeInterpreter")], PassTo(CODE_INTERPRETER), "bedrock-001"),
    method("new-stack", &[new("cloudformation:CreateStack")], PassTo(STACKS), "cloudformation-001"),
    method("new-stack-set", &[new("cloudformation:CreateStackSet"), new("cloudformation:CreateStackInstances")], PassTo(STACKS), "cloudformation-003"),
    method("role-of-stack", &[new("cloudformation:UpdateStack")], PassTo(STACKS), HACKTRICKS),
    method("role-of-stack-set", &[new("cloudformation:UpdateStackSet")], PassTo(STACKS), "cloudformation-004"),
    method("role-of-change-set", &[new("cloudformation:CreateChangeSet"), new("cloudformation:ExecuteChangeSet")], PassTo(STACKS), HACKTRICKS),
    method("new-build-project", &[new("codebuild:CreateProject"), new("codebuild:StartBuild")], PassTo(CODE_BUILD), "codebuild-001"),
    method("new-build-project-batch", &[new("codebuild:CreateProject"), new("codebuild:StartBuildBatch")], PassTo(CODE_BUILD), "codebuild-004"),
    method("role-of-build-project", &[new("codebuild:UpdateProject"), new("codebuild:StartBuild")], PassTo(CODE_BUILD), HACKTRICKS),
    method("new-data-pipeline", &[new("datapipeline:CreatePipeline"), new("datapipeline:PutPipelineDefinition"), new("datapipeline:ActivatePipeline")], PassTo(DATA_PIPELINE), "datapipeline-001"),
    method("new-data-pipeline-instance", &[new("datapipeline:CreatePipeline"), new("datapipeline:PutPipelineDefinition"), new("datapipeline:ActivatePipeline")], PassTo(EC2), "datapipeline-001"),
    method("new-instance", &[new("ec2:RunInstances")], PassTo(EC2), "ec2-001"),
    method("new-spot-instance", &[new("ec2:RequestSpotInstances")], PassTo(EC2), "ec2-004"),
    method("new-spot-fleet", &[new("ec2:RequestSpotFleet")], PassTo(EC2), HACKTRICKS),
    method("role-of-instance", &[new("ec2:AssociateIamInstanceProfile")], PassTo(EC2), HACKTRICKS),
    method("other-role-of-instance", &[new("ec2:ReplaceIamInstanceProfileAssociation")], PassTo(EC2), HACKTRICKS),
    method("new-auto-scaling-group", &[new("autoscaling:CreateLaunchConfiguration"), new("autoscaling:CreateAutoScalingGroup")], PassTo(EC2), HACKTRICKS),
    method("new-cluster", &[new("elasticmapreduce:RunJobFlow")], PassTo(EC2), "emr-001"),
    method("new-serverless-job", &[new("emr-serverless:StartJobRun")], PassTo(EMR_SERVERLESS), "emrserverless-001"),
    method("new-task-service", &[new("ecs:RegisterTaskDefinition"), new("ecs:CreateService")], PassTo(ECS_TASKS), "ecs-003"),
    method("new-task", &[new("ecs:RegisterTaskDefinition"), new("ecs:RunTask")], PassTo(ECS_TASKS), "ecs-004"),
    method("new-task-on-instance", &[new("ecs:RegisterTaskDefinition"), new("ecs:StartTask")], PassTo(ECS_TASKS), "ecs-005"),
    method("task-of-service", &[new("ecs:RegisterTaskDefinition"), new("ecs:UpdateService")], PassTo(ECS_TASKS), HACKTRICKS),
    method("role-of-task", &[new("ecs:RunTask")], PassTo(ECS_TASKS), "ecs-008"),
    method("role-of-task-on-instance", &[new("ecs:StartTask")], PassTo(ECS_TASKS), "ecs-009"),
    method("new-dev-endpoint", &[new("glue:CreateDevEndpoint")], PassTo(GLUE), "glue-001"),
    method("new-glue-job", &[new("glue:CreateJob"), new("glue:StartJobRun")], PassTo(GLUE), "glue-003"),
    method("new-glue-job-with-trigger", &[new("glue:CreateJob"), new("glue:CreateTrigger")], PassTo(GLUE), "glue-004"),
    method("role-of-glue-job", &[new("glue:UpdateJob"), new("glue:StartJobRun")], PassTo(GLUE), "glue-005"),
    method("role-of-glue-job-with-trigger", &[new("glue:UpdateJob"), new("glue:CreateTrigger")], PassTo(GLUE), "glue-006"),
    method("new-glue-session", &[new("glue:CreateSession"), new("glue:RunStatement")], PassTo(GLUE), "glue-007"),
    method("new-function", &[new("lambda:CreateFunction"), new("lambda:InvokeFunction")], PassTo(LAMBDA), "lambda-001"),
    method("new-function-of-event-source", &[new("lambda:CreateFunction"), new("lambda:CreateEventSourceMapping")], PassTo(LAMBDA), "lambda-002"),
    method("new-function-with-permission", &[new("lambda:CreateFunction"), new("lambda:AddPermission")], PassTo(LAMBDA), "lambda-006"),
    method("role-of-function", &[new("lambda:UpdateFunctionConfiguration")], PassTo(LAMBDA), HACKTRICKS),
    method("new-notebook", &[new("sagemaker:CreateNotebookInstance")], PassTo(SAGE_MAKER), "sagemaker-001"),
    method("new-training-job", &[new("sagemaker:CreateTrainingJob")], PassTo(SAGE_MAKER), "sagemaker-002"),
    method("new-processing-job", &[new("sagemaker:CreateProcessingJob")], PassTo(SAGE_MAKER), "sagemaker-003"),
    method("new-schedule", &[new("scheduler:CreateSchedule")], PassTo(SCHEDULER), HACKTRICKS),
    method("new-state-machine", &[new("states:CreateStateMachine"), new("states:StartExecution")], PassTo(STATES), HACKTRICKS),
    method("role-of-automation", &[new("ssm:StartAutomationExecution")], PassTo(SYSTEMS_MANAGER), HACKTRICKS),
    // The role of a resource that exists.
    method("update-app-runner-service", &[on("apprunner:UpdateService", SERVICE)], RunAs(APP_RUNNER), "apprunner-002"),
    method("update-airflow-environment", &[on("airflow:UpdateEnvironment", ENVIRONMENT)], RunAs(AIRFLOW), "mwaa-002"),
    method("use-code-interpreter", &[on("bedrock-agentcore:StartCodeInterpreterSession", INTERPRETER), on("bedrock-agentcore:InvokeCodeInterpreter", INTERPRETER)], RunAs(CODE_INTERPRETER), "bedrock-002"),
    method("update-stack", &[on("cloudformation:UpdateStack", STACK)], RunAs(STACKS), "cloudformation-002"),
    method("update-stack-set", &[on("cloudformation:UpdateStackSet", STACK_SET)], RunAs(STACKS), "cloudformation-004"),
    method("execute-change-set", &[on("cloudformation:CreateChangeSet", STACK), on("cloudformation:ExecuteChangeSet", STACK)], RunAs(STACKS), "cloudformation-005"),
    method("start-build", &[on("codebuild:StartBuild", PROJECT)], RunAs(CODE_BUILD), "codebuild-002"),
    method("start-build-batch", &[on("codebuild:StartBuildBatch", PROJECT)], RunAs(CODE_BUILD), "codebuild-003"),
    method("user-data-of-instance", &[on("ec2:ModifyInstanceAttribute", INSTANCE), on("ec2:StopInstances", INSTANCE), on("ec2:StartInstances", INSTANCE)], RunAs(EC2), "ec2-002"),
    method("instance-connect", &[on("ec2-instance-connect:SendSSHPublicKey", INSTANCE)], RunAs(EC2), "ec2-003"),
    method("serial-console", &[on("ec2-instance-connect:SendSerialConsoleSSHPublicKey", INSTANCE)], RunAs(EC2), HACKTRICKS),
    method("launch-template", &[on("ec2:CreateLaunchTemplateVersion", TEMPLATE), on("ec2:ModifyLaunchTemplate", TEMPLATE)], RunAs(EC2), "ec2-005"),
    method("send-command", &[on("ssm:SendCommand", INSTANCE)], RunAs(EC2), "ssm-002"),
    method("start-session", &[on("ssm:StartSession", INSTANCE)], RunAs(EC2), "ssm-001"),
    method("execute-command", &[on("ecs:ExecuteCommand", TASK)], RunAs(ECS_TASKS), "ecs-006"),
    method("update-dev-endpoint", &[on("glue:UpdateDevEndpoint", DEV_ENDPOINT)], RunAs(GLUE), "glue-002"),
    method("update-function-code", &[on("lambda:UpdateFunctionCode", FUNCTION)], RunAs(LAMBDA), "lambda-003"),
    method("update-function-configuration", &[on("lambda:UpdateFunctionConfiguration", FUNCTION)], RunAs(LAMBDA), RHINO),
    method("presigned-notebook-url", &[on("sagemaker:CreatePresignedNotebookInstanceUrl", NOTEBOOK)], RunAs(SAGE_MAKER), "sagemaker-004"),
    method("start-script-of-notebook", &[new("sagemaker:CreateNotebookInstanceLifecycleConfig"), on("sagemaker:StopNotebookInstance", NOTEBOOK), on("sagemaker:UpdateNotebookInstance", NOTEBOOK), on("sagemaker:StartNotebookInstance", NOTEBOOK)], RunAs(SAGE_MAKER), "sagemaker-005"),
    method("update-state-machine", &[on("states:UpdateStateMachine", STATE_MACHINE)], RunAs(STATES), HACKTRICKS),
    // Permission sets, whose roles IAM Identity Center writes.
    method("policy-of-permission-set", &[new("sso:AttachManagedPolicyToPermissionSet")], SSO, IDENTITY_CENTER),
    method("customer-policy-of-permission-set", &[new("sso:AttachCustomerManagedPolicyReferenceToPermissionSet")], SSO, IDENTITY_CENTER),
    method("inline-policy-of-permission-set", &[new("sso:PutInlinePolicyToPermissionSet")], SSO, IDENTITY_CENTER),
    method("account-assignment", &[new("sso:CreateAccountAssignment")], SSO, IDENTITY_CENTER),
    method("group-of-identity-center", &[new("identitystore:CreateGroupMembership")], SSO, "Identity Store API reference, CreateGroupMembership"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use iam::catalogue::Catalogue;
    use std::collections::HashSet;

    #[test]
    fn every_method_has_a_name_of_its_own_a_source_and_actions_of_the_catalogue() {
        let (_, actions) = crate::aws::specs(Catalogue::embedded());
        let known: HashSet<&str> = actions.iter().map(|action| &*action.name).collect();
        let mut names = HashSet::new();
        for method in &METHODS {
            assert!(names.insert(method.name), "{} occurs twice", method.name);
            assert!(!method.source.is_empty(), "{}", method.name);
            for need in method.needs.iter().chain([&PASS_ROLE]) {
                assert!(known.contains(need.action), "{} is no action", need.action);
            }
        }
        assert!(ADMINISTRATION.iter().all(|action| known.contains(action)));
    }

    /// Actions of one method are done on one kind of thing, apart from what the principal makes.
    #[test]
    fn a_method_is_about_one_kind_of_thing() {
        for method in &METHODS {
            let subjects: HashSet<_> = method.needs.iter().map(|need| need.subject).collect();
            let others = subjects.iter().filter(|one| **one != New).count();
            let expected = usize::from(!matches!(method.gain, PassTo(_) | Administrator(_)));
            assert_eq!(others, expected, "{}", method.name);
        }
    }
}
