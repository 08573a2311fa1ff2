//! A function of this stack, invoked by another one that waits for its answer.
//!
//! Source: AWS Lambda API reference, `Invoke`; Lambda developer guide, "Lambda quotas": event and answer of a synchronous
//! invocation have at most 6 MB each.

use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_types::SdkConfig;

use crate::error::AccessError;

const INVOKE: &str = "invoke a function of this stack";

/// Attempts of an invocation, the first one included.
const ATTEMPTS: u32 = 3;

/// Longest pause before the second attempt. A caller of many functions at once waits longer by itself when it is refused.
const PAUSE: Duration = Duration::from_millis(50);

/// Longest time of an invocation, all attempts included. The caller has 28 seconds.
const LONGEST: Duration = Duration::from_secs(25);

/// A function by its name. The client is made when it is first needed, because most stacks never need it.
#[derive(Debug)]
pub struct Function {
    name: String,
    client: OnceLock<Client>,
}

impl Function {
    /// Makes the client of the function of that name, in the region of this process and with its permissions.
    #[must_use]
    pub const fn named(name: String) -> Self {
        Self {
            name,
            client: OnceLock::new(),
        }
    }

    /// Makes the client of the function of that name at the endpoint of `config`.
    #[must_use]
    pub fn of(config: &SdkConfig, name: String) -> Self {
        let client = Client::new(config);
        Self {
            name,
            client: client.into(),
        }
    }

    /// Invokes the function and waits for its answer. A function with tenant isolation has instances for each `tenant`, and
    /// must be told one; others must not be.
    ///
    /// Source: AWS Lambda developer guide, "Tenant isolation".
    ///
    /// # Errors
    /// See [`AccessError`]; [`AccessError::Unavailable`] also when the function failed or was stopped.
    pub async fn invoke(&self, event: Vec<u8>, tenant: Option<&str>) -> Result<Vec<u8>, AccessError> {
        let sent = self.client().invoke().function_name(&self.name);
        let sent = sent.set_tenant_id(tenant.map(str::to_owned));
        let reply = sent.payload(Blob::new(event)).send().await;
        let reply = reply.map_err(|error| AccessError::new(INVOKE, error))?;
        if let Some(kind) = reply.function_error {
            return Err(AccessError::Unavailable {
                what: INVOKE,
                // The function's own log says why it failed.
                cause: format!("the function failed: {kind}").into(),
            });
        }
        let answer = reply.payload.ok_or_else(|| AccessError::incomplete(INVOKE))?;
        Ok(answer.into_inner())
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let timeouts = TimeoutConfig::builder().operation_timeout(LONGEST).build();
            let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
            let config = sdk::configuration()
                .retry_config(retries.with_initial_backoff(PAUSE))
                .timeout_config(timeouts);
            Client::new(&config.build())
        })
    }
}
