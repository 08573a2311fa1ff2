//! Generations for tests.

use iam::catalogue::{ActionResource, Catalogue, Service};

use crate::arn_format::spelled_characters;
use crate::catalogue::{self, first_format};
use crate::generation::{Content, Generation, Planned};
use crate::identities::Identities;
use crate::last_accessed::{LastAccessedReport, ServiceLastAccessed, TrackedAction};
use crate::principal::Principal;
use crate::usage::{Call, CallUsage, CalledAction, Resource, ScanCounts, Usage};

/// Actions of each kind, few enough that samples gather several calls of one.
pub(crate) const FEW_ACTIONS: &[&str] = &[
    "apigateway:POST",
    "cloudwatch:PutMetricData",
    "dms:DescribeReplicationTasks",
    "dms:StartReplicationTask",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:ListTables",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateTable",
    "ec2:AttachVolume",
    "ec2:CreateTags",
    "ec2:DescribeInstances",
    "ec2:RunInstances",
    "ec2:StartInstances",
    "ecr:PutImage",
    "elasticloadbalancing:CreateLoadBalancer",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:GetRole",
    "iam:ListUsers",
    "iam:PassRole",
    "kms:Decrypt",
    "kms:ListKeys",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "logs:PutLogEvents",
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:GetObject",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "s3:PutBucketAcl",
    "s3:PutBucketTagging",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "sns:Publish",
    "sqs:ListQueues",
    "sqs:SendMessage",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
];

pub(crate) const START: &str = "2026-03-01T00:00:00Z";

/// Owns what a [`Generation`] borrows.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) principal: Principal,
    pub(crate) usage: Usage,
    pub(crate) last_accessed: Option<LastAccessedReport>,
    pub(crate) identities: Identities,
    pub(crate) planned: Planned,
    pub(crate) content: Content,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            principal: Principal::parse("arn:aws:iam::123456789012:role/ops/reader").unwrap(),
            usage: Usage {
                reading: ScanCounts {
                    matched: 1,
                    ..ScanCounts::default()
                },
                ..Usage::default()
            },
            last_accessed: Some(LastAccessedReport::default()),
            identities: Identities::default(),
            planned: Planned::default(),
            content: Content::default(),
        }
    }
}

impl Sample {
    pub(crate) fn of(actions: &[&str]) -> Self {
        actions
            .iter()
            .fold(Self::default(), |sample, action| sample.call(action, &[]))
    }

    pub(crate) fn generation(&self) -> Generation<'_> {
        Generation {
            principal: &self.principal,
            start: START.parse().unwrap(),
            end: "2026-03-31T00:00:00Z".parse().unwrap(),
            usage: &self.usage,
            last_accessed: self.last_accessed.as_ref(),
            identities: &self.identities,
            planned: &self.planned,
            content: self.content,
        }
    }

    /// Adds one call that was allowed.
    pub(crate) fn call(mut self, action: &str, resources: &[&str]) -> Self {
        let call = Self::call_of(action, resources);
        self.usage.record(call);
        self
    }

    /// Adds one call that was denied.
    pub(crate) fn denied(mut self, action: &str, resources: &[&str]) -> Self {
        let denied = true;
        let call = Call {
            denied,
            ..Self::call_of(action, resources)
        };
        self.usage.record(call);
        self
    }

    /// Adds one call by a service with the permissions of the principal.
    pub(crate) fn via(mut self, action: &str, service: &str) -> Self {
        let called_via = Some(service.to_owned());
        let call = Call {
            called_via,
            ..Self::call_of(action, &[])
        };
        self.usage.record(call);
        self
    }

    /// Adds one data event.
    pub(crate) fn data_event(mut self, action: &str) -> Self {
        let data = true;
        let call = Call {
            data,
            ..Self::call_of(action, &[])
        };
        self.usage.record(call);
        self
    }

    fn call_of(action: &str, resources: &[&str]) -> Call {
        let types = catalogue::types(action);
        let service = action.split(':').next().unwrap();
        let all: Vec<&str> = (Catalogue::embedded().service(service).into_iter())
            .flat_map(Service::resource_types)
            .flat_map(|kind| kind.formats())
            .collect();
        let spelled = |formats: Vec<&str>, arn: &str| {
            formats
                .into_iter()
                .filter_map(|format| spelled_characters(format, arn))
                .max()
        };
        let resources: Vec<Resource> = resources
            .iter()
            .filter_map(|arn| {
                let of_type = types
                    .iter()
                    .filter_map(|kind| Some((spelled(kind.resource_type.formats().collect(), arn)?, kind)));
                // Of several types that spell equally much, the first counts.
                let (most, kind) = of_type.rev().max_by_key(|(spelled, _)| *spelled)?;
                (spelled(all.clone(), arn) <= Some(most)).then(|| Resource {
                    kind: first_format(kind).to_owned(),
                    text: (*arn).to_owned(),
                    is_pattern: false,
                })
            })
            .collect();
        let is_unnamed = |kind: &&ActionResource| {
            kind.required
                && resources
                    .iter()
                    .all(|resource| resource.kind != first_format(kind))
        };
        let unnamed_types = types
            .iter()
            .filter(is_unnamed)
            .map(|kind| first_format(kind).to_owned())
            .collect();
        Call {
            event: format!("{service}.amazonaws.com {}", action.split(':').nth(1).unwrap()),
            time: "2026-03-10T12:00:00Z".parse().unwrap(),
            region: "eu-west-1".to_owned(),
            denied: false,
            without_parameters: false,
            data: false,
            called_via: None,
            principal_id: None,
            actions: vec![CalledAction {
                action: action.to_owned(),
                resources,
                unnamed_types,
            }],
            passed_roles: Vec::new(),
        }
    }

    pub(crate) fn unmapped(mut self, event: &str) -> Self {
        let calls = CallUsage {
            calls: 1,
            ..CallUsage::default()
        };
        self.usage.unmapped.insert(event.to_owned(), calls);
        self
    }

    /// Adds a service to the last accessed report, with its tracked actions.
    pub(crate) fn last_accessed(
        mut self,
        namespace: &str,
        at: Option<&str>,
        tracked: &[(&str, &str)],
    ) -> Self {
        self.last_accessed
            .get_or_insert_default()
            .services
            .push(ServiceLastAccessed {
                namespace: namespace.to_owned(),
                last_authenticated: at.map(|at| at.parse().unwrap()),
                tracked_actions: tracked
                    .iter()
                    .map(|(name, at)| TrackedAction {
                        name: (*name).to_owned(),
                        last_accessed: Some(at.parse().unwrap()),
                    })
                    .collect(),
            });
        self
    }
}
