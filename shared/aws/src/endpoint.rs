//! Tells where services are.

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// Tells whether S3 is somewhere else than at AWS.
pub(crate) fn is_s3_custom(config: &SdkConfig) -> bool {
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let of_service = config
        .service_config()
        .zip(key.ok())
        .and_then(|(settings, key)| settings.load_config(key));
    of_service.is_some() || config.endpoint_url().is_some()
}

/// Returns the region, if it can be one: it becomes part of a host name, to which signed requests go.
pub(crate) fn region(name: &str) -> Option<&str> {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    (plain && (1..=32).contains(&name.len())).then_some(name)
}
