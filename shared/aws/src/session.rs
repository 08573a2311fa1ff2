//! The caller's account, seen with the permissions of its access role.

use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::endpoint;

/// A session of the caller's access role. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Session {
    config: SdkConfig,
    pub(crate) iam: aws_sdk_iam::Client,
}

impl Session {
    pub(crate) fn new(config: SdkConfig) -> Self {
        let iam = aws_sdk_iam::Client::new(&config);
        Self { config, iam }
    }

    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub(crate) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        s3(&self.config, Some(region))
    }

    /// Makes a client of S3 in this process's region.
    pub(crate) fn home_s3(&self) -> aws_sdk_s3::Client {
        s3(&self.config, None)
    }

    pub(crate) fn cloudtrail(&self, region: &str) -> aws_sdk_cloudtrail::Client {
        let config = aws_sdk_cloudtrail::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .build();
        aws_sdk_cloudtrail::Client::from_conf(config)
    }
}

/// Makes a client of S3 in a region, otherwise in that of the configuration.
pub(crate) fn s3(config: &SdkConfig, region: Option<&str>) -> aws_sdk_s3::Client {
    let mut builder = aws_sdk_s3::config::Builder::from(config)
        // Names of buckets do not resolve below the host of a custom endpoint.
        .force_path_style(endpoint::is_s3_custom(config));
    if let Some(region) = region {
        builder = builder.region(Region::new(region.to_owned()));
    }
    aws_sdk_s3::Client::from_conf(builder.build())
}
