//! Typical queries: name and condition.

pub(crate) const QUERIES: [(&str, &str); 13] = [
    ("everything", "source.cloud.type = 'AWS'"),
    ("who_can", "action.name = 's3:DeleteBucket'"),
    ("one_source", "source.cloud.resource.name = 'user-8'"),
    (
        "wildcard",
        "dest.cloud.wildcardscope = true AND action.access.level = 'Data Write'",
    ),
    (
        "both",
        "action.name CONTAINS ALL ('iam:PassRole', 'ec2:RunInstances')",
    ),
    ("administrative", "action.access.isadministrative = true"),
    (
        "administrators",
        "source.reachesadministrator = true AND action.name = 's3:DeleteBucket'",
    ),
    (
        "cross_account",
        "source.cloud.account != dest.cloud.account AND dest.cloud.account != '*'",
    ),
    (
        "through_groups",
        "grantedby.cloud.entity.type = 'group' AND dest.cloud.service.name = 's3'",
    ),
    (
        "conditions",
        "grantedby.cloud.policy.condition('aws:SourceIp') EXISTS",
    ),
    (
        "either",
        "dest.cloud.resource.type = 'bucket' OR NOT action.name STARTS WITH 'ec2:'",
    ),
    ("unused", "action.lastaccess.days > 90"),
    (
        "one_policy",
        "grantedby.cloud.policy.name = 'AmazonS3FullAccess' AND source.cloud.resource.type = 'role'",
    ),
];
