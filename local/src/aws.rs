//! The local AWS services on one port: S3, STS, CloudTrail and IAM from moto, DynamoDB from the embedded database,
//! and invocations by hand (`aws lambda invoke`). This is a reverse proxy in front of them, because moto does not
//! notify functions about objects: the proxy watches the replies and notifies the functions itself.
//!
//! moto keeps everything in memory. Buckets of the template are there again after a restart; objects, trails and
//! roles that somebody made are not.

pub(crate) mod database;
mod invocation;
pub(crate) mod server;
pub(crate) mod used_rights;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use self::invocation::{invoke, invoke_later};
use self::used_rights::UsedRights;
use crate::clock;
use crate::gateway::event::{self, is_account};
use crate::gateway::misdirected;
use crate::gateway::routes::{self, Route};
use crate::lambda::bucket_events::{self, Change};
use crate::lambda::runtime::Runtime;
use crate::template::Notification;
use cloudformation::ACCOUNT;

/// The proxy in front of the local AWS services.
#[derive(Debug)]
pub(crate) struct Services {
    client: Client<HttpConnector, Body>,
    moto: Authority,
    dynamodb: Authority,
    runtime: Arc<Runtime>,
    notifications: Vec<Notification>,
    region: String,
    api: String,
    routes: Vec<Route>,
    used_rights: Option<UsedRights>,
}

/// Says where the API is, and what it has
#[derive(Debug)]
pub(crate) struct Api {
    /// The URL of the API.
    pub(crate) url: String,
    /// The routes of the API.
    pub(crate) routes: Vec<Route>,
}

/// Says why a service is not reachable
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// The request could not be made or sent
    #[error("the local AWS services do not answer: {0}")]
    Unreachable(String),
    /// The service replied with this status
    #[error("the local AWS services answered {0}")]
    Refused(StatusCode),
}

impl Services {
    /// Returns the proxy for services at these addresses (`host:port`).
    pub(crate) fn new(
        moto: Authority,
        dynamodb: Authority,
        runtime: Arc<Runtime>,
        notifications: Vec<Notification>,
        region: &str,
        api: Api,
        used_rights: Option<UsedRights>,
    ) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self {
            client,
            moto,
            dynamodb,
            runtime,
            notifications,
            region: region.to_owned(),
            api: api.url,
            routes: api.routes,
            used_rights,
        }
    }

    /// Returns whether moto answers.
    pub(crate) async fn is_up(&self) -> bool {
        self.ask(Method::GET, "/moto-api/", &[]).await.is_ok()
    }

    /// Makes a bucket of the template.
    ///
    /// # Errors
    /// See [`ServiceError`].
    pub(crate) async fn create_bucket(&self, bucket: &str) -> Result<(), ServiceError> {
        let region = self.region.as_str();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{region}/s3/aws4_request, SignedHeaders=host, Signature=local"
        );
        let headers = [
            ("authorization", authorization.as_str()),
            ("x-moto-account-id", ACCOUNT),
        ];
        // Only us-east-1 accepts the creation of a bucket without a region.
        let body = if region == "us-east-1" {
            String::new()
        } else {
            format!(
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                 <LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
            )
        };
        self.send(Method::PUT, &format!("/{bucket}"), &headers, Body::from(body))
            .await
            .map(|_response| ())
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Response<Body>, ServiceError> {
        self.send(method, path, headers, Body::empty()).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Result<Response<Body>, ServiceError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.moto));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(body)
            .map_err(|error| ServiceError::Unreachable(error.to_string()))?;
        let response = self
            .client
            .request(request)
            .await
            .map_err(|error| ServiceError::Unreachable(error.to_string()))?
            .map(Body::new);
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(ServiceError::Refused(response.status()))
        }
    }

    /// Returns the request again, after what it uses was written down if it is a request of a function.
    async fn recorded(&self, used_rights: &UsedRights, request: Request) -> Result<Request, Response<Body>> {
        let key = event::access_key(request.headers(), request.uri());
        let Some(function) = key.and_then(|key| self.runtime.find(&key).map(str::to_owned)) else {
            return Ok(request);
        };
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return Err(text(StatusCode::BAD_REQUEST, "the body ended early"));
        };
        let recorded = used_rights.record(&function, &parts.method, &parts.uri, &parts.headers, &body);
        match recorded {
            Ok(()) => Ok(Request::from_parts(parts, Body::from(body))),
            Err(error) => {
                tracing::error!("the rights that functions use cannot be recorded: {error}");
                Err(text(StatusCode::INTERNAL_SERVER_ERROR, "no record"))
            }
        }
    }

    async fn forward(&self, mut request: Request) -> Response<Body> {
        if let Some(used_rights) = &self.used_rights {
            request = match self.recorded(used_rights, request).await {
                Ok(request) => request,
                Err(response) => return response,
            };
        }
        let is_dynamodb = request
            .headers()
            .get("x-amz-target")
            .is_some_and(|target| target.as_bytes().starts_with(b"DynamoDB"));
        let target = if is_dynamodb { &self.dynamodb } else { &self.moto };
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        (parts.scheme, parts.authority) = (Some(Scheme::HTTP), Some(target.clone()));
        let Ok(uri) = Uri::from_parts(parts) else {
            return text(StatusCode::BAD_REQUEST, "malformed URI");
        };
        *request.uri_mut() = uri;
        // The server here has replied to it already.
        request.headers_mut().remove("expect");
        // Twelve digits as access key id stand for an account, as they do for the API; keys and sessions that
        // moto itself made are left to moto; everything else belongs to the account of the stack.
        let account = match event::access_key(request.headers(), request.uri()) {
            Some(key) if is_account(&key) => HeaderValue::try_from(key).ok(),
            Some(key) if key.len() == 20 && (key.starts_with("AKIA") || key.starts_with("ASIA")) => None,
            _ => Some(HeaderValue::from_static(ACCOUNT)),
        };
        if let Some(account) = account {
            request
                .headers_mut()
                .entry("x-moto-account-id")
                .or_insert(account);
        }
        match self.client.request(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => {
                tracing::error!("the local AWS services do not answer: {error}");
                text(StatusCode::BAD_GATEWAY, "the local AWS services do not answer")
            }
        }
    }

    /// Notifies the functions that want to know about a new object.
    async fn notify_of_creation(&self, mut created: Change) {
        let Some((status, headers)) = self.head(&created).await else {
            return;
        };
        if !status.is_success() {
            return;
        }
        let header = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        created.size = header("content-length").parse().unwrap_or(0);
        header("etag").trim_matches('"').clone_into(&mut created.etag);
        created.version = headers
            .get("x-amz-version-id")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        self.notify(&created);
    }

    /// Notifies the functions that want to know about a change.
    fn notify(&self, change: &Change) {
        for notification in self
            .notifications
            .iter()
            .filter(|notification| change.concerns(notification))
        {
            let event = change.event(&self.region, clock::now_millis(), &clock::new_id());
            invoke_later(
                &self.runtime,
                &notification.function,
                Bytes::from(event.to_string()),
            );
        }
    }

    async fn head(&self, created: &Change) -> Option<(StatusCode, axum::http::HeaderMap)> {
        let path = format!("/{}/{}", created.bucket, created.raw_key);
        let headers = created
            .authorization
            .as_deref()
            .map(|value| ("authorization", value));
        let asked = self.ask(Method::HEAD, &path, headers.as_slice()).await;
        asked
            .map(|response| (response.status(), response.headers().clone()))
            .inspect_err(|error| tracing::warn!("no event for `{path}`: {error}"))
            .ok()
    }
}

/// Returns the HTTP service of all local AWS services.
pub(crate) fn api(services: Arc<Services>) -> Router {
    Router::new().fallback(serve).with_state(services)
}

async fn serve(State(services): State<Arc<Services>>, request: Request) -> Response<Body> {
    let path = request.uri().path();
    if let Some(name) = path
        .strip_prefix("/2015-03-31/functions/")
        .and_then(|rest| rest.strip_suffix("/invocations"))
        .map(|name| {
            percent_encoding::percent_decode_str(name)
                .decode_utf8_lossy()
                .into_owned()
        })
    {
        let request = match &services.used_rights {
            Some(used_rights) => match services.recorded(used_rights, request).await {
                Ok(request) => request,
                Err(response) => return response,
            },
            None => request,
        };
        return invoke(&services.runtime, &name, request).await;
    }
    let is_path_of_the_api = |path: &str| {
        routes::find(&services.routes, request.method().as_str(), path)
            .is_some_and(|found| !found.route.is_for_unknown())
    };
    if let Some(reply) = misdirected::on_the_services(
        request.headers(),
        request.uri(),
        is_path_of_the_api,
        &services.api,
    ) {
        return reply;
    }
    let change = bucket_events::change_by(&request, &services.notifications);
    let response = services.forward(request).await;
    match change {
        Some(change) if response.status().is_success() => {
            // S3 replies to a completed upload with 200 before it knows the outcome: the body says it.
            let (parts, body) = response.into_parts();
            let body = body
                .collect()
                .await
                .map(http_body_util::Collected::to_bytes)
                .unwrap_or_default();
            if change.is_removal() {
                let many = change.removals(&String::from_utf8_lossy(&body));
                let one = Some(&change).filter(|change| !change.key.is_empty());
                for removed in many.iter().chain(one) {
                    services.notify(removed);
                }
            } else if !body.starts_with(b"<Error") {
                let services = Arc::clone(&services);
                tokio::spawn(async move { services.notify_of_creation(change).await });
            }
            Response::from_parts(parts, Body::from(body))
        }
        _ => response,
    }
}

fn text(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(serde_json::json!({ "Message": message }).to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/json"));
    response
}
