//! The buckets of the account, with their policies and their public access blocks.

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::PublicAccessBlockConfiguration;
use futures::stream::{self, StreamExt};

use crate::endpoint;
use crate::error::AccessError;
use crate::session::Session;

const LIST: &str = "list the account's buckets";
const READ: &str = "read the policy of a bucket";
const READ_BLOCK: &str = "read the public access block of a bucket";

/// Buckets per page; with a page size S3 returns the regions too.
const PAGE: i32 = 1000;

/// Buckets read at once.
const AT_ONCE: usize = 8;

/// A bucket of the account, with what limits public access to it.
#[derive(Debug)]
pub struct AccountBucket {
    /// Name of the bucket.
    pub name: String,
    /// Says where the bucket is, when S3 says it.
    pub region: Option<String>,
    /// The policy as S3 has it; `None` without one.
    pub policy: Result<Option<String>, AccessError>,
    /// The switches that are on; `None` without a configuration.
    pub public_access_block: Result<Option<PublicAccessBlock>, AccessError>,
}

/// The four switches of S3's public access block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "S3 has four switches")]
pub struct PublicAccessBlock {
    /// The setting `BlockPublicAcls`.
    pub block_public_acls: bool,
    /// The setting `IgnorePublicAcls`.
    pub ignore_public_acls: bool,
    /// The setting `BlockPublicPolicy`.
    pub block_public_policy: bool,
    /// The setting `RestrictPublicBuckets`.
    pub restrict_public_buckets: bool,
}

impl Session {
    /// Returns all buckets of the account, by name.
    ///
    /// Source: S3 API reference, `ListBuckets`, `GetBucketPolicy` and `GetPublicAccessBlock`.
    ///
    /// # Errors
    /// See [`AccessError`]; what is wrong with single buckets is in their place.
    pub async fn buckets(&self) -> Result<Vec<AccountBucket>, AccessError> {
        let home = self.home_s3();
        let mut buckets = Vec::new();
        let mut token = None;
        loop {
            let page = home
                .list_buckets()
                .max_buckets(PAGE)
                .set_continuation_token(token)
                .send()
                .await
                .map_err(|error| AccessError::new(LIST, error))?;
            let found = page.buckets.unwrap_or_default().into_iter();
            buckets.extend(found.filter_map(|bucket| Some((bucket.name?, bucket.bucket_region))));
            token = page.continuation_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        let each = stream::iter(buckets).map(|(name, region)| async move {
            let client = match region.as_deref().and_then(endpoint::region) {
                Some(region) => self.s3(region),
                None => self.home_s3(),
            };
            AccountBucket {
                policy: policy(&client, &name).await,
                public_access_block: public_access_block(&client, &name).await,
                region,
                name,
            }
        });
        Ok(each.buffered(AT_ONCE).collect().await)
    }
}

async fn policy(client: &aws_sdk_s3::Client, bucket: &str) -> Result<Option<String>, AccessError> {
    match client.get_bucket_policy().bucket(bucket).send().await {
        Ok(reply) => Ok(reply.policy),
        Err(error) if error.code() == Some("NoSuchBucketPolicy") => Ok(None),
        Err(error) => Err(AccessError::new(READ, error)),
    }
}

async fn public_access_block(
    client: &aws_sdk_s3::Client,
    bucket: &str,
) -> Result<Option<PublicAccessBlock>, AccessError> {
    match client.get_public_access_block().bucket(bucket).send().await {
        Ok(reply) => Ok(reply
            .public_access_block_configuration
            .map(PublicAccessBlock::from)),
        Err(error) if error.code() == Some("NoSuchPublicAccessBlockConfiguration") => Ok(None),
        Err(error) => Err(AccessError::new(READ_BLOCK, error)),
    }
}

impl From<PublicAccessBlockConfiguration> for PublicAccessBlock {
    fn from(found: PublicAccessBlockConfiguration) -> Self {
        let is_on = |switch: Option<bool>| switch == Some(true);
        Self {
            block_public_acls: is_on(found.block_public_acls),
            ignore_public_acls: is_on(found.ignore_public_acls),
            block_public_policy: is_on(found.block_public_policy),
            restrict_public_buckets: is_on(found.restrict_public_buckets),
        }
    }
}
