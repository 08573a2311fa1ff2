//! The configuration that all clients of AWS share, from the variables that Lambda gives a function.
//!
//! `aws-config` finds the same, and looks into much besides: files of profiles, roles to assume, web identities, the metadata of
//! instances and containers. A function has none of it, and each package would hold the code, a client of STS included.
//!
//! Source: Lambda developer guide, "Defined runtime environment variables"; AWS SDKs and Tools reference guide, "Environment
//! variables list".

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::sdk_config::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// Returns the configuration of this process, to which callers add their retries and time-outs.
///
/// The behaviour version is pinned: a new version of the SDK must not change what is not set here by itself.
#[must_use]
pub fn configuration() -> Builder {
    #[expect(clippy::disallowed_methods, reason = "read once, when the binary starts")]
    configuration_of(|name| std::env::var(name).ok())
}

/// Returns the configuration of these variables. One that is set but blank counts as not set, as it does for the AWS CLI.
fn configuration_of(variable: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Builder {
    let variables = Variables(Arc::new(move |name| {
        variable(name).filter(|value| !value.trim().is_empty())
    }));
    let mut builder = SdkConfig::builder();
    builder
        .set_behavior_version(Some(BehaviorVersion::v2026_01_12()))
        .set_region(variables.get("AWS_REGION").map(Region::new))
        .set_credentials_provider(variables.credentials())
        .set_endpoint_url(variables.get("AWS_ENDPOINT_URL"))
        .set_use_fips(variables.flag("AWS_USE_FIPS_ENDPOINT"))
        .set_use_dual_stack(variables.flag("AWS_USE_DUALSTACK_ENDPOINT"));
    builder.service_config(variables)
}

/// Reads the variables of a process
#[derive(Clone)]
struct Variables(Arc<dyn Fn(&str) -> Option<String> + Send + Sync>);

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Variables")
    }
}

impl Variables {
    fn get(&self, name: &str) -> Option<String> {
        self.0(name)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)
            .map(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// Returns the keys of the function's role. They are good for longer than the process lives: Lambda never replaces them.
    fn credentials(&self) -> Option<SharedCredentialsProvider> {
        let id = self.get("AWS_ACCESS_KEY_ID")?;
        let secret = self.get("AWS_SECRET_ACCESS_KEY")?;
        let token = self.get("AWS_SESSION_TOKEN");
        let credentials = Credentials::new(id, secret, token, None, "Environment");
        Some(SharedCredentialsProvider::new(credentials))
    }
}

/// Settings of single services: `AWS_ENDPOINT_URL_DYNAMODB`.
impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.get(&format!("{}_{service}", key.env()))
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::provider::ProvideCredentials as _;

    use super::*;

    fn configured(variables: &'static [(&str, &str)]) -> SdkConfig {
        configuration_of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
        .build()
    }

    fn endpoint_of(config: &SdkConfig, service_id: &str) -> Option<String> {
        let key = ServiceConfigKey::builder()
            .service_id(service_id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url");
        config.service_config()?.load_config(key.build().unwrap())
    }

    #[tokio::test]
    async fn what_lambda_sets_is_region_and_keys() {
        let config = configured(&[
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", "token"),
        ]);
        assert_eq!(config.region(), Some(&Region::from_static("eu-west-1")));
        let keys = config.credentials_provider().unwrap();
        let keys = keys.provide_credentials().await.unwrap();
        assert_eq!(
            (
                keys.access_key_id(),
                keys.secret_access_key(),
                keys.session_token()
            ),
            ("id", "secret", Some("token"))
        );
        assert_eq!(config.endpoint_url(), None);
        assert_eq!(config.use_fips(), None);
    }

    #[test]
    fn endpoints_are_those_of_all_services_and_of_one() {
        let config = configured(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2"),
            ("AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING", "http://127.0.0.1:3"),
        ]);
        assert_eq!(config.endpoint_url(), Some("http://127.0.0.1:1"));
        assert_eq!(
            endpoint_of(&config, "DynamoDB").as_deref(),
            Some("http://127.0.0.1:2")
        );
        let of_two_words = endpoint_of(&config, "Application Auto Scaling");
        assert_eq!(of_two_words.as_deref(), Some("http://127.0.0.1:3"));
        assert_eq!(endpoint_of(&config, "S3"), None);
    }

    #[test]
    fn a_blank_variable_counts_as_not_set() {
        let config = configured(&[
            ("AWS_REGION", ""),
            ("AWS_ACCESS_KEY_ID", " "),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_ENDPOINT_URL", ""),
            ("AWS_ENDPOINT_URL_STS", " "),
        ]);
        assert_eq!(config.region(), None);
        assert!(config.credentials_provider().is_none());
        assert_eq!(config.endpoint_url(), None);
        assert_eq!(endpoint_of(&config, "STS"), None);
    }

    #[test]
    fn endpoints_of_fips_and_of_two_stacks_are_asked_for() {
        let config = configured(&[
            ("AWS_USE_FIPS_ENDPOINT", "TRUE"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "false"),
        ]);
        assert_eq!(
            (config.use_fips(), config.use_dual_stack()),
            (Some(true), Some(false))
        );
    }
}
