//! Makes a small account: one user, one group, one role, all layers.

use crate::aws::{AccessLevel, ActionSpec, EffectivePermissions, ResourceTypeSpec, compile};
use inventory::{Inventory, read_authorization_details, read_organization, read_resource_policies};

/// The day of the snapshot and of searches
pub(crate) const TODAY: jiff::civil::Date = jiff::civil::date(2026, 3, 31);
pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/alice";
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/app";

/// Statements of each layer, as JSON; `None`: no such layer
#[derive(Debug, Clone)]
pub(crate) struct SampleAccount {
    pub(crate) inline: Vec<String>,
    pub(crate) group: Vec<String>,
    pub(crate) boundary: Option<Vec<String>>,
    pub(crate) levels: Option<Vec<Vec<String>>>,
    pub(crate) trust: Vec<String>,
    /// Statements of the policy of the bucket `a`
    pub(crate) bucket: Vec<String>,
}

pub(crate) fn document(statements: &[String]) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}

pub(crate) fn types() -> Vec<ResourceTypeSpec> {
    [
        ("bucket", "arn:${Partition}:s3:::${BucketName}"),
        ("object", "arn:${Partition}:s3:::${BucketName}/${ObjectName}"),
        (
            "role",
            "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}",
        ),
        ("key", "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"),
        ("queue", "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"),
        (
            "function",
            "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}",
        ),
        (
            "function alias",
            "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}:${Alias}",
        ),
    ]
    .map(|(name, format)| ResourceTypeSpec {
        name: name.into(),
        formats: vec![format.into()],
    })
    .into()
}

pub(crate) fn actions() -> Vec<ActionSpec> {
    [
        ("s3:GetObject", AccessLevel::DataRead, vec![1]),
        ("s3:ListBucket", AccessLevel::MetadataRead, vec![0]),
        ("s3:ListAllMyBuckets", AccessLevel::MetadataRead, vec![]),
        ("s3:PutObjectTagging", AccessLevel::MetadataWrite, vec![0, 1]),
        ("iam:PassRole", AccessLevel::DataWrite, vec![2]),
        ("sts:AssumeRole", AccessLevel::DataWrite, vec![2]),
        ("sts:AssumeRoleWithSAML", AccessLevel::DataWrite, vec![2]),
        ("sts:AssumeRoleWithWebIdentity", AccessLevel::DataWrite, vec![2]),
        ("kms:Decrypt", AccessLevel::DataWrite, vec![3]),
        ("sqs:SendMessage", AccessLevel::DataWrite, vec![4]),
        ("lambda:InvokeFunction", AccessLevel::DataWrite, vec![5]),
        ("lambda:TagResource", AccessLevel::MetadataWrite, vec![5, 6]),
    ]
    .map(|(name, level, types)| ActionSpec {
        name: name.into(),
        level: Some(level),
        types,
        has_last_access: true,
    })
    .into()
}

impl SampleAccount {
    pub(crate) fn of(inline: &str) -> Self {
        Self {
            inline: vec![inline.to_owned()],
            group: Vec::new(),
            boundary: None,
            levels: Some(Vec::new()),
            trust: Vec::new(),
            bucket: Vec::new(),
        }
    }

    pub(crate) fn inventory(&self) -> Inventory {
        let boundary = self.boundary.as_ref().map(|statements| {
            format!(
                r#"{{"Arn":"arn:aws:iam::111122223333:policy/b","PolicyVersionList":[{{"IsDefaultVersion":true,"Document":{}}}]}}"#,
                document(statements)
            )
        });
        let bound = if boundary.is_some() {
            r#","PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/b"}"#
        } else {
            ""
        };
        let details = format!(
            r#"{{"UserDetailList":[{{"Arn":"{USER}","UserName":"alice","UserId":"AIDA1","GroupList":["dev"],
                "UserPolicyList":[{{"PolicyName":"own","PolicyDocument":{}}}]{bound},"Tags":[{{"Key":"team","Value":"a"}}]}}],
            "GroupDetailList":[{{"Arn":"arn:aws:iam::111122223333:group/dev","GroupName":"dev",
                "GroupPolicyList":[{{"PolicyName":"shared","PolicyDocument":{}}}]}}],
            "RoleDetailList":[{{"Arn":"{ROLE}","RoleName":"app","AssumeRolePolicyDocument":{}}}],
            "Policies":[{}]}}"#,
            document(&self.inline),
            document(&self.group),
            document(&self.trust),
            boundary.unwrap_or_default()
        );
        let organization = self.levels.as_ref().map(|levels| {
            let policies: Vec<String> = levels
                .iter()
                .enumerate()
                .map(|(index, statements)| {
                    format!(r#"{{"id":"p-{index}","content":{}}}"#, document(statements))
                })
                .collect();
            let (root, own) = match levels.len() {
                0 => (String::new(), String::new()),
                1 => (
                    r#""policies":["p-0"],"#.to_owned(),
                    r#","policies":["p-0"]"#.to_owned(),
                ),
                _ => (
                    r#""policies":["p-0"],"#.to_owned(),
                    r#","policies":["p-1"]"#.to_owned(),
                ),
            };
            // Without levels the account is the management account, which service control policies do not limit.
            let management = if levels.is_empty() {
                "111122223333"
            } else {
                "999999999999"
            };
            let file = format!(
                r#"{{"managementAccount":"{management}","policies":[{}],
                "root":{{{root}"accounts":[{{"id":"111122223333","name":"Production"{own}}}]}}}}"#,
                policies.join(",")
            );
            read_organization(&file).unwrap()
        });
        let bucket = format!(
            r#"{{"account":"111122223333","resourcePolicies":[{{"resourceArn":"arn:aws:s3:::a","policyDocument":{}}}]}}"#,
            document(&self.bucket)
        );
        Inventory {
            details: read_authorization_details(&details).unwrap(),
            organization,
            resource_policies: Some(read_resource_policies(&bucket).unwrap()),
            ..Inventory::default()
        }
    }

    pub(crate) fn effective(&self) -> EffectivePermissions {
        effective(&self.inventory())
    }
}

/// Returns the effective permissions of an inventory, with the sample actions.
pub(crate) fn effective(inventory: &Inventory) -> EffectivePermissions {
    effective_with(inventory, &actions())
}

/// Returns the permissions by another catalogue of actions.
pub(crate) fn effective_with(inventory: &Inventory, actions: &[ActionSpec]) -> EffectivePermissions {
    compile(inventory, &types(), actions, TODAY).into()
}
