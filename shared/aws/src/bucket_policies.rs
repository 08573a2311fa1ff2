//! The policies of the account's buckets.

use aws_sdk_s3::error::ProvideErrorMetadata;
use futures::stream::{self, StreamExt};

use crate::endpoint;
use crate::error::AccessError;
use crate::session::Session;

const LIST: &str = "list the account's buckets";
const READ: &str = "read the policy of a bucket";

/// Buckets per page; with a page size S3 tells the regions too.
const PAGE: i32 = 1000;

/// Buckets asked about at once.
const AT_ONCE: usize = 8;

/// A bucket and its policy.
#[derive(Debug)]
pub struct BucketPolicy {
    /// Name of the bucket.
    pub bucket: String,
    /// The policy as S3 has it; `None` without one.
    pub policy: Result<Option<String>, AccessError>,
}

impl Session {
    /// All buckets of the account with their policies, by name.
    ///
    /// Source: S3 API reference, `ListBuckets` and `GetBucketPolicy`.
    ///
    /// # Errors
    /// See [`AccessError`]; what is wrong with single buckets is in their place.
    pub async fn bucket_policies(&self) -> Result<Vec<BucketPolicy>, AccessError> {
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
        let policies = stream::iter(buckets).map(|(bucket, region)| async move {
            let policy = self.bucket_policy(&bucket, region.as_deref()).await;
            BucketPolicy { bucket, policy }
        });
        Ok(policies.buffered(AT_ONCE).collect().await)
    }

    async fn bucket_policy(&self, bucket: &str, region: Option<&str>) -> Result<Option<String>, AccessError> {
        let client = match region.and_then(endpoint::region) {
            Some(region) => self.s3(region),
            None => self.home_s3(),
        };
        match client.get_bucket_policy().bucket(bucket).send().await {
            Ok(answer) => Ok(answer.policy),
            Err(error) if error.code() == Some("NoSuchBucketPolicy") => Ok(None),
            Err(error) => Err(AccessError::new(READ, error)),
        }
    }
}
