//! Serves in the place of AWS services: the server replies as a test wants, and remembers the requests.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, SharedCredentialsProvider};
use aws_types::SdkConfig;
use aws_types::region::Region;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, Response};

/// One request that the server received.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method of the request.
    pub method: Method,
    /// Its path, percent-encoded.
    pub path: String,
    /// The query as it was sent, percent-encoded.
    pub query: String,
    /// Form or JSON; empty for S3.
    pub body: String,
    /// `key/date/region/service/aws4_request` of the signature.
    scope: String,
    /// Operation of a JSON request.
    pub target: String,
    /// The tenant of an invocation of a function with tenant isolation; empty for other calls.
    pub tenant: String,
}

impl Call {
    fn scope(&self, part: usize) -> &str {
        self.scope.split('/').nth(part).unwrap_or_default()
    }

    /// Returns the access key id of the signature.
    #[must_use]
    pub fn access_key(&self) -> &str {
        self.scope(0)
    }

    /// Returns the region of the signature.
    #[must_use]
    pub fn region(&self) -> &str {
        self.scope(2)
    }

    /// Returns the service of the signature.
    #[must_use]
    pub fn service(&self) -> &str {
        self.scope(3)
    }

    /// Tells whether query or form hold this pair, percent-encoded.
    #[must_use]
    pub fn has(&self, pair: &str) -> bool {
        let mut pairs = self.query.split('&').chain(self.body.split('&'));
        pairs.any(|found| found == pair)
    }
}

/// Holds what the server replies.
pub type Reply = Response<Body>;

/// Makes a reply with this body.
///
/// # Panics
/// When `status` is no status of HTTP.
#[expect(
    clippy::expect_used,
    reason = "a test with an impossible answer should end at once"
)]
pub fn reply(status: u16, body: impl Into<Body>) -> Reply {
    let reply = Response::builder().status(status).body(body.into());
    reply.expect("a status of HTTP")
}

/// Makes an error of S3.
#[must_use]
pub fn s3_error(status: u16, code: &str) -> Reply {
    reply(
        status,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>secret-name</Message>\
             <RequestId>4442587FB7D0A2F9</RequestId><HostId>h</HostId></Error>"
        ),
    )
}

/// Makes an error of STS and IAM.
#[must_use]
pub fn query_error(status: u16, code: &str) -> Reply {
    reply(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>secret-name</Message></Error>\
             <RequestId>7a62c49f-347e-4fc4-9331-6e8eEXAMPLE</RequestId></ErrorResponse>"
        ),
    )
}

/// Makes the reply of STS for a role that may be assumed.
#[must_use]
pub fn assumed() -> Reply {
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

/// A server that ends with the test.
#[derive(Debug)]
pub struct Server {
    address: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Server {
    /// Starts a server on a free port of the loopback interface.
    ///
    /// # Panics
    /// When the machine lets no server start.
    #[expect(
        clippy::expect_used,
        reason = "a test that cannot start its server should end at once"
    )]
    pub async fn start(answer: impl Fn(&Call) -> Reply + Clone + Send + Sync + 'static) -> Self {
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let log = Arc::clone(&calls);
        let handler = move |request: Request| {
            let (log, answer) = (Arc::clone(&log), answer.clone());
            async move {
                let call = read(request).await;
                log.lock().expect("no panic in a request").push(call.clone());
                answer(&call)
            }
        };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
        Self { address, calls }
    }

    /// Returns the requests so far.
    ///
    /// # Panics
    /// When a request made the server panic.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a test whose server panicked should end at once"
    )]
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().expect("no panic in a request").clone()
    }

    /// Returns the configuration of clients of this server, without retries.
    #[must_use]
    pub fn config(&self) -> SdkConfig {
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

#[expect(
    clippy::expect_used,
    reason = "a test with a request that is no text should end at once"
)]
async fn read(request: Request) -> Call {
    let (parts, body) = request.into_parts();
    let header = |name: &str| {
        let value = parts
            .headers
            .get(name)
            .map(|value| value.to_str().expect("a header of text"));
        value.unwrap_or_default().to_owned()
    };
    let body = to_bytes(body, 1 << 20).await.expect("a small body");
    Call {
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body: String::from_utf8(body.to_vec()).expect("a body of text"),
        scope: header("authorization")
            .split_once("Credential=")
            .and_then(|(_, rest)| rest.split_once(','))
            .map_or_else(String::new, |(scope, _)| scope.to_owned()),
        target: header("x-amz-target"),
        tenant: header("x-amz-tenant-id"),
        method: parts.method,
    }
}
