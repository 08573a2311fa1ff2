//! Finds what takes part in AWS's decisions and is in no document.

use super::Cause;
use super::causes::Causes;
use crate::aws::hypothesis::{AccountFact, ActionFact, GrantFact, Hypothesis, SourceFact, of_service};

/// Services whose resources AWS RAM does not share.
///
/// Short on purpose: of a service that is not listed here it is assumed that its resources can be shared. Source: AWS RAM
/// user guide, "Shareable AWS resources".
const NOT_SHARED: [&str; 5] = ["iam", "kms", "sns", "sqs", "sts"];

/// Services of which IAM alone decides who may do an action. Others, such as Amazon API Gateway and AWS IoT, have authorizers,
/// tokens or policies of their own that let in or keep out.
///
/// Short on purpose: of a service that is not listed here it is assumed that it has them. Source: the chapters on access
/// control of the guides of these services.
const DECIDED_BY_IAM: [&str; 20] = [
    "autoscaling",
    "cloudformation",
    "cloudtrail",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "ecr",
    "elasticloadbalancing",
    "events",
    "iam",
    "kms",
    "lambda",
    "logs",
    "organizations",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states",
    "sts",
];

/// Services whose data AWS Lake Formation grants and keeps.
const OF_LAKE_FORMATION: [&str; 3] = ["athena", "glue", "lakeformation"];

impl Causes<'_> {
    /// Adds what of [`NOT_EVALUATED`](crate::aws::NOT_EVALUATED) could change the result, whatever the shard. Resource
    /// control policies are handled with the organization.
    pub(super) fn not_evaluated(&mut self) {
        // A list grants to accounts, groups and everybody; and an object that another account owns is not subject to the
        // policies of the bucket's owner.
        if self.may_select("s3") {
            self.add(
                Cause::AccessControlLists,
                "access control lists of buckets and objects can grant, and no document holds them",
            );
        }
        // A grant is for one principal, and grants only.
        let of_keys = Hypothesis {
            source: SourceFact::Somebody,
            ..of_service("kms")
        };
        if self.may_select("kms") && self.allows(&of_keys) {
            self.add(
                Cause::KeyGrants,
                "grants of AWS KMS let principals use keys, and no document holds them",
            );
        }
        if self.can_be_shared() {
            self.add(
                Cause::ResourceShares,
                "AWS RAM can share resources with other accounts, and no document holds the shares",
            );
        }
        if OF_LAKE_FORMATION.iter().any(|service| self.may_select(service)) {
            self.add(
                Cause::LakeFormation,
                "AWS Lake Formation decides about data in addition, and no document holds its permissions",
            );
        }
        let mut accounts = self.accounts.iter();
        let has_root = accounts.any(|account| {
            self.allows(&Hypothesis {
                source: SourceFact::Root,
                source_account: AccountFact::Is(account),
                grant: GrantFact::NoEntity,
                ..Hypothesis::default()
            })
        });
        if has_root {
            self.add(
                Cause::RootUsers,
                "the root user of an account may do everything there, and no document describes root users; ask for sources by \
                 `source.cloud.resource.type` to leave them out",
            );
        }
        let mut services = self.services.iter();
        if let Some((service, _)) =
            services.find(|(service, _)| DECIDED_BY_IAM.binary_search(service).is_err())
        {
            let message = format!(
                "{service}, or another service of the result, can let in or keep out by means other than IAM"
            );
            self.add(Cause::Authorizers, message);
        }
    }

    /// Returns whether the query may select actions of a service.
    fn may_select(&self, service: &str) -> bool {
        self.services.iter().any(|(one, _)| *one == service)
    }

    /// Returns whether a row of a shared resource could be in the result. The source of such a row belongs to another
    /// account than the resource, or to none.
    fn can_be_shared(&self) -> bool {
        let elsewhere = AccountFact::NoneOf(self.accounts);
        let own = self.accounts.iter().map(|account| {
            let others = AccountFact::NoneOf(std::slice::from_ref(account));
            (AccountFact::Is(account), others)
        });
        let mut sides = own.chain([
            (elsewhere, AccountFact::Unknown),
            (AccountFact::Absent, AccountFact::Unknown),
        ]);
        sides.any(|(source_account, dest_account)| {
            let row = Hypothesis {
                source: SourceFact::Somebody,
                source_account,
                dest_account,
                ..Hypothesis::default()
            };
            let mut services = self.services.iter().map(|(service, _)| *service);
            self.allows(&row)
                && services.any(|service| {
                    let action = ActionFact::Of(service);
                    !NOT_SHARED.contains(&service) && self.allows(&Hypothesis { action, ..row })
                })
        })
    }
}
