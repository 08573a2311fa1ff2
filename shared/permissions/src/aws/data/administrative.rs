//! Actions by which a principal can give itself more than it has.
//!
//! Two kinds: actions that write policies, memberships, credentials or trust, and actions that make something act which
//! already has a role, or has been given one. An action that only makes a new resource with a role needs `iam:PassRole`
//! beside it and is not in the table: `iam:PassRole` is.

/// AWS prescriptive guidance, "Preventing privilege escalation"
const GUIDANCE: &str = "AWS prescriptive guidance, Preventing privilege escalation";
/// IAM user guide, "Permissions boundaries for IAM entities"
const BOUNDARIES: &str = "IAM user guide, Permissions boundaries for IAM entities";
/// IAM Identity Center API reference
const IDENTITY_CENTER: &str = "IAM Identity Center API reference";
/// Identity Store API reference
const IDENTITY_STORE: &str = "Identity Store API reference, CreateGroupMembership";
/// Rhino Security Labs, "AWS IAM Privilege Escalation – Methods and Mitigation"
const METHODS: &str = "Rhino Security Labs, AWS IAM Privilege Escalation";

/// Each action in lower case, sorted, with the publication that describes the way; `name-001` is a path of
/// pathfinding.cloud.
const ADMINISTRATIVE: [(&str, &str); 47] = [
    ("apprunner:updateservice", "apprunner-002"),
    ("bedrock-agentcore:invokecodeinterpreter", "bedrock-002"),
    ("bedrock-agentcore:startcodeinterpretersession", "bedrock-002"),
    ("cloudformation:executechangeset", "cloudformation-005"),
    ("cloudformation:updatestack", "cloudformation-002"),
    ("cloudformation:updatestackset", "cloudformation-004"),
    ("codebuild:startbuild", "codebuild-002"),
    ("codebuild:startbuildbatch", "codebuild-003"),
    ("ec2-instance-connect:sendsshpublickey", "ec2instanceconnect-003"),
    ("ec2:createlaunchtemplateversion", "ec2-004"),
    ("ec2:modifyinstanceattribute", "ec2-002"),
    ("ec2:modifylaunchtemplate", "ec2-004"),
    ("ecs:executecommand", "ecs-006"),
    ("glue:updatedevendpoint", METHODS),
    ("glue:updatejob", "glue-005"),
    ("iam:addusertogroup", GUIDANCE),
    ("iam:attachgrouppolicy", GUIDANCE),
    ("iam:attachrolepolicy", GUIDANCE),
    ("iam:attachuserpolicy", GUIDANCE),
    ("iam:createaccesskey", GUIDANCE),
    ("iam:createloginprofile", GUIDANCE),
    ("iam:createpolicyversion", GUIDANCE),
    ("iam:deleterolepermissionsboundary", BOUNDARIES),
    ("iam:deleteuserpermissionsboundary", BOUNDARIES),
    ("iam:passrole", GUIDANCE),
    ("iam:putgrouppolicy", GUIDANCE),
    ("iam:putrolepermissionsboundary", BOUNDARIES),
    ("iam:putrolepolicy", GUIDANCE),
    ("iam:putuserpermissionsboundary", BOUNDARIES),
    ("iam:putuserpolicy", GUIDANCE),
    ("iam:setdefaultpolicyversion", GUIDANCE),
    ("iam:updateassumerolepolicy", GUIDANCE),
    ("iam:updateloginprofile", GUIDANCE),
    ("identitystore:creategroupmembership", IDENTITY_STORE),
    ("lambda:updatefunctioncode", METHODS),
    ("lambda:updatefunctionconfiguration", METHODS),
    ("sagemaker:createpresignednotebookinstanceurl", "sagemaker-004"),
    ("sagemaker:updatenotebookinstance", "sagemaker-005"),
    ("ssm:sendcommand", "ssm-002"),
    ("ssm:startsession", "ssm-001"),
    (
        "sso:attachcustomermanagedpolicyreferencetopermissionset",
        IDENTITY_CENTER,
    ),
    ("sso:attachmanagedpolicytopermissionset", IDENTITY_CENTER),
    ("sso:createaccountassignment", IDENTITY_CENTER),
    ("sso:deletepermissionsboundaryfrompermissionset", IDENTITY_CENTER),
    ("sso:putinlinepolicytopermissionset", IDENTITY_CENTER),
    ("sso:putpermissionsboundarytopermissionset", IDENTITY_CENTER),
    ("sts:assumerole", "sts-001"),
];

/// Returns whether an action, given in lower case, lets a principal give itself more than it has.
pub(super) fn is_administrative(lower: &str) -> bool {
    ADMINISTRATIVE
        .binary_search_by_key(&lower, |&(action, _)| action)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam::catalogue::Catalogue;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_sorted_and_has_actions_of_the_catalogue() {
        assert!(ADMINISTRATIVE.is_sorted_by(|(one, _), (other, _)| one < other));
        let (_, actions) = crate::aws::specs(Catalogue::embedded());
        let known: HashSet<String> = actions.iter().map(|action| action.name.to_lowercase()).collect();
        let unknown: Vec<_> = ADMINISTRATIVE
            .iter()
            .filter(|(action, _)| !known.contains(*action))
            .collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
