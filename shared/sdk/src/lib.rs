//! The configuration that all clients of AWS share, from the variables that Lambda gives a function.
//!
//! Of `aws-config` only the types and the keys of the environment are taken. Its loader looks into much besides: files of profiles,
//! roles to assume, web identities, the metadata of instances and containers. A function has none of it, and each package would hold
//! the code, a client of STS included.
//!
//! Source: Lambda developer guide, "Defined runtime environment variables"; AWS SDKs and Tools reference guide, "Environment
//! variables list".

use std::sync::Arc;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_types::sdk_config::{Builder, SharedCredentialsProvider};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

/// Returns the configuration of this process, to which callers add their retries and time-outs.
///
/// The keys are those of the function's role. They are good for longer than the process lives: Lambda never replaces them.
/// The behaviour version is pinned: a new version of the SDK must not change what is not set here by itself.
#[must_use]
pub fn configuration() -> Builder {
    let keys = SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new());
    #[expect(clippy::disallowed_methods, reason = "read once, when the binary starts")]
    let builder = configuration_of(|name| std::env::var(name).ok());
    builder.credentials_provider(keys)
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
        .set_endpoint_url(variables.get("AWS_ENDPOINT_URL"))
        .set_use_fips(variables.flag("AWS_USE_FIPS_ENDPOINT"))
        .set_use_dual_stack(variables.flag("AWS_USE_DUALSTACK_ENDPOINT"));
    builder.service_config(variables)
}

/// Returns the value of a variable
type Variable = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Reads the variables of a process
#[derive(Clone)]
struct Variables(Arc<Variable>);

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

    #[test]
    fn without_more_variables_only_the_region_is_set() {
        let config = configured(&[("AWS_REGION", "eu-west-1")]);
        assert_eq!(config.region(), Some(&Region::from_static("eu-west-1")));
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
            ("AWS_ENDPOINT_URL", ""),
            ("AWS_ENDPOINT_URL_STS", " "),
        ]);
        assert_eq!(config.region(), None);
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
