//! A server that answers as a test wants, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, Response};

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    /// As it was sent, percent-encoded.
    pub(super) query: String,
    /// Form or JSON; empty for S3.
    pub(super) body: String,
    /// `key/date/region/service/aws4_request` of the signature.
    scope: String,
    /// Operation of a JSON request.
    pub(super) target: String,
}

impl Call {
    fn scope(&self, part: usize) -> &str {
        self.scope.split('/').nth(part).unwrap_or_default()
    }

    pub(super) fn access_key(&self) -> &str {
        self.scope(0)
    }

    pub(super) fn region(&self) -> &str {
        self.scope(2)
    }

    pub(super) fn service(&self) -> &str {
        self.scope(3)
    }

    /// Tells whether query or form hold this pair, percent-encoded.
    pub(super) fn has(&self, pair: &str) -> bool {
        let mut pairs = self.query.split('&').chain(self.body.split('&'));
        pairs.any(|found| found == pair)
    }
}

pub(super) type Reply = Response<Body>;

pub(super) fn reply(status: u16, body: impl Into<Body>) -> Reply {
    Response::builder().status(status).body(body.into()).unwrap()
}

/// Error of S3.
pub(super) fn s3_error(status: u16, code: &str) -> Reply {
    reply(
        status,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>secret-name</Message>\
             <RequestId>4442587FB7D0A2F9</RequestId><HostId>h</HostId></Error>"
        ),
    )
}

/// Error of STS and IAM.
pub(super) fn query_error(status: u16, code: &str) -> Reply {
    reply(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>secret-name</Message></Error>\
             <RequestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestId></ErrorResponse>"
        ),
    )
}

/// Answer of STS to a role that may be assumed.
pub(super) fn assumed() -> Reply {
    reply(
        200,
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
         <AssumedRoleUser><AssumedRoleId>ARO123EXAMPLE123:s</AssumedRoleId>\
         <Arn>arn:aws:sts::123456789012:assumed-role/reader/s</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>\
         <SessionToken>role-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleResult></AssumeRoleResponse>",
    )
}

pub(super) struct Server {
    address: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&Call) -> Reply + Clone + Send + Sync + 'static) -> Self {
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let log = Arc::clone(&calls);
        let handler = move |request: Request| {
            let (log, answer) = (Arc::clone(&log), answer.clone());
            async move {
                let call = read(request).await;
                log.lock().unwrap().push(call.clone());
                answer(&call)
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
        Self { address, calls }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// Settings for this server, without retries.
    pub(super) fn config(&self) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(format!("http://{}", self.address))
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "AKIASELF",
                "own-secret",
                None,
                None,
                "test",
            )))
            .retry_config(RetryConfig::disabled())
            .build()
    }
}

async fn read(request: Request) -> Call {
    let (parts, body) = request.into_parts();
    let header = |name: &str| {
        let value = parts.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let body = to_bytes(body, 1 << 20).await.unwrap();
    Call {
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: String::from_utf8(body.to_vec()).unwrap(),
        scope: header("authorization")
            .split_once("Credential=")
            .and_then(|(_, rest)| rest.split_once(','))
            .map_or_else(String::new, |(scope, _)| scope.to_owned()),
        target: header("x-amz-target"),
        method: parts.method,
    }
}
