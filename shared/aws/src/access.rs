//! Finds out who this process is, and assumes the caller's access role.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Credentials, IdentityCache, SharedCredentialsProvider};
use aws_types::SdkConfig;

use crate::error::AccessError;
use crate::inventory_bucket::InventoryBucket;
use crate::session::{self, Session};

/// Attempts of a call, the first one included: many workers read one bucket, so that S3 slows single ones down.
const ATTEMPTS: u32 = 5;

/// Longest wait for an answer to begin. Lists of 1000 keys take well under a second.
const ATTEMPT: Duration = Duration::from_secs(10);

/// Longest wait for an answer to begin, all attempts and the pauses between them included.
const OPERATION: Duration = Duration::from_secs(45);

/// Longest silence on a connection.
const SILENCE: Duration = Duration::from_secs(10);

/// This process's own identity.
#[derive(Debug, Clone)]
pub struct Access {
    config: SdkConfig,
    sts: aws_sdk_sts::Client,
}

impl Access {
    /// Reads region, credentials and endpoints from the environment; once, when the process starts.
    #[must_use]
    pub fn connect() -> Self {
        let config = sdk::configuration()
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(
                TimeoutConfig::builder()
                    .read_timeout(SILENCE)
                    .operation_attempt_timeout(ATTEMPT)
                    .operation_timeout(OPERATION)
                    .build(),
            )
            .build();
        Self::new(&config)
    }

    /// Returns the identity, region and endpoints of `config`.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            config: config.clone(),
            sts: aws_sdk_sts::Client::new(config),
        }
    }

    /// Returns the inventory bucket of this stack, in this process's region, with its own permissions.
    #[must_use]
    pub fn inventory_bucket(&self, name: String) -> InventoryBucket {
        InventoryBucket::new(session::s3(&self.config, None), name)
    }

    /// Assumes the role `role_arn` now, at the STS of this process's region, for one hour; the session cannot be
    /// prolonged.
    ///
    /// `session_name` appears in the caller's trail, `[\w+=,.@-]{2,64}`.
    ///
    /// Source: STS API reference, `AssumeRole`.
    ///
    /// # Errors
    /// [`AccessError::Denied`] when the trust policy or this process's own policy forbids it, or the role does not
    /// exist: STS does not distinguish these two. The other kinds as they are.
    pub async fn assume(
        &self,
        role_arn: impl Into<String>,
        session_name: impl Into<String>,
    ) -> Result<Session, AccessError> {
        self.assume_with(role_arn, session_name, None).await
    }

    /// Returns the same with the external id that a trust policy asks for.
    ///
    /// Source: IAM user guide, "Access to AWS accounts owned by third parties".
    ///
    /// # Errors
    /// As [`Access::assume`].
    pub async fn assume_with(
        &self,
        role_arn: impl Into<String>,
        session_name: impl Into<String>,
        external_id: Option<&str>,
    ) -> Result<Session, AccessError> {
        const WHAT: &str = "assume the access role";
        let answer = self
            .sts
            .assume_role()
            .role_arn(role_arn)
            .role_session_name(session_name)
            .set_external_id(external_id.map(str::to_owned))
            .send()
            .await
            .map_err(|error| AccessError::new(WHAT, error))?;
        let keys = answer
            .credentials()
            .ok_or_else(|| AccessError::incomplete(WHAT))?;
        let credentials = Credentials::new(
            keys.access_key_id(),
            keys.secret_access_key(),
            Some(keys.session_token().to_owned()),
            SystemTime::try_from(*keys.expiration()).ok(),
            "AssumeRole",
        );
        let config = self
            .config
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            // The keys are known already. A shared cache would keep the keys of every session as long as the process lives.
            .identity_cache(IdentityCache::no_cache())
            .build();
        Ok(Session::new(config))
    }
}
