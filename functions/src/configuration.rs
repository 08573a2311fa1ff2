//! Reads the environment that `template.yaml` gives a function, read once, when it starts.

use std::str::FromStr;

/// A variable that is missing or unreadable: the deployment is wrong, no request is.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable `{0}` is missing or unreadable")]
pub struct ConfigurationError(&'static str);

/// Returns the value of a variable; `None` when it is not set or empty. Templates cannot distinguish these two.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment"
)]
pub fn optional(name: &'static str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the parsed value of a variable that must be set.
///
/// # Errors
/// [`ConfigurationError`] when it is not set or does not parse.
pub fn required<T: FromStr>(name: &'static str) -> Result<T, ConfigurationError> {
    optional(name)
        .and_then(|value| value.parse().ok())
        .ok_or(ConfigurationError(name))
}
