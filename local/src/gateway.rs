//! The REST API: one port, the template's routes, the functions behind them.

pub(crate) mod authorizer;
mod compression;
pub(crate) mod event;
pub(crate) mod exchanges;
pub(crate) mod limits;
pub(crate) mod misdirected;
mod reply;
pub(crate) mod responses;
pub(crate) mod routes;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use serde_json::Value;

use self::authorizer::{Authorization, Authorizer, AuthorizerReplies, Verdict};
use self::event::{Identity, is_account};
use self::exchanges::Exchanges;
use self::limits::Limit;
use self::reply::Reply;
use self::responses::{GatewayResponses, Refusal};
use self::routes::{Matched, Route};
use crate::clock;
use crate::lambda::runtime::{InvokeError, LARGEST_PAYLOAD, Runtime};
use crate::terminal::{Line, Terminal};
use cloudformation::ACCOUNT;

/// Largest body of a request: 10 MB ("Quotas for configuring and running a REST API").
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// Longest wait for a function ("Integration timeout").
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// The API with all that it needs
#[derive(Debug)]
pub(crate) struct Gateway {
    /// The routes of the REST API.
    pub(crate) routes: Vec<Route>,
    /// Authorizers, by name
    pub(crate) authorizers: BTreeMap<String, Authorizer>,
    /// The replies of authorizers that are valid for further requests
    pub(crate) replies: AuthorizerReplies,
    /// Limits of single methods
    pub(crate) limits: Vec<Limit>,
    /// The region in the ARNs of methods
    pub(crate) region: String,
    /// Bytes of a body from which on replies are compressed; `None` is never
    pub(crate) minimum_compression: Option<usize>,
    /// Its own answers
    pub(crate) responses: GatewayResponses,
    /// The functions that the gateway invokes.
    pub(crate) runtime: Arc<Runtime>,
    /// Says whether requests have an identity
    pub(crate) identity: Identity,
    /// URL of the local AWS services
    pub(crate) aws: String,
    /// Says where requests are shown
    pub(crate) terminal: Terminal,
    /// Says where requests and replies are written down
    pub(crate) exchanges: Option<Exchanges>,
}

/// Returns the HTTP service of the API.
pub(crate) fn api(gateway: Arc<Gateway>) -> Router {
    Router::new().fallback(serve).with_state(gateway)
}

async fn serve(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: HttpRequest,
) -> Response<Body> {
    let (id, began) = (clock::new_id(), Instant::now());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let matched = routes::find(&gateway.routes, method.as_str(), uri.path());
    let operation = matched.as_ref().map(|matched| matched.route.function.as_str());
    let show = |status, operation| {
        gateway.terminal.print(&Line {
            method: method.as_str(),
            path: uri.path(),
            status,
            took: began.elapsed(),
            operation,
            id: &id,
        });
    };
    if let Some(reply) = misdirected::on_the_api(request.headers(), &uri, &gateway.aws) {
        show(reply.status(), None);
        return reply;
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.ok();
    let reply = match gateway
        .reply(client, &parts, body.as_ref(), matched.as_ref(), &id)
        .await
    {
        Ok(reply) => reply,
        Err(refusal) => gateway.refuse(refusal, &id),
    };
    if let Some(exchanges) = &gateway.exchanges {
        exchanges.record(&parts, body.as_deref().unwrap_or_default(), &reply);
    }
    let reply = match compression::compressed(reply, &parts.headers, gateway.minimum_compression) {
        Ok(reply) => reply,
        Err(error) => {
            tracing::error!(request.id = id, "a reply cannot be compressed: {error}");
            gateway.refuse(Refusal::FunctionFailed, &id)
        }
    };
    show(reply.status, operation);
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        headers.append(name, value);
    }
    if let Ok(value) = HeaderValue::try_from(id) {
        // The function's own header of this name stays, as behind API Gateway; this header is added.
        headers.insert("x-amz-apigw-id", value.clone());
        headers.entry("x-amzn-requestid").or_insert(value);
    }
    response
}

impl Gateway {
    async fn reply(
        &self,
        client: SocketAddr,
        parts: &Parts,
        body: Option<&Bytes>,
        matched: Option<&Matched<'_>>,
        id: &str,
    ) -> Result<Reply, Refusal> {
        let matched = matched.ok_or(Refusal::UnknownRoute)?;
        let is_above = |limit: &Limit| {
            limit.is_of(parts.method.as_str(), &matched.route.resource) && !limit.takes(Instant::now())
        };
        if self.limits.iter().any(is_above) {
            return Err(Refusal::Throttled);
        }
        let identity = match matched.route.authorization {
            Authorization::Iam => self.identity,
            Authorization::Open | Authorization::Lambda(_) => Identity::Absent,
        };
        let access_key = event::access_key(&parts.headers, &parts.uri);
        if identity == Identity::Claimed && access_key.is_some_and(|key| !is_account(&key)) {
            return Err(Refusal::NoAccount);
        }
        let body = body.ok_or(Refusal::TooLarge)?;
        let mut event = event::proxy_event(
            &event::Request {
                method: &parts.method,
                uri: &parts.uri,
                headers: &parts.headers,
                body,
                source_ip: &client.ip().to_string(),
                id,
                at: clock::now_millis(),
            },
            matched,
            identity,
        );
        if let Authorization::Lambda(name) = &matched.route.authorization {
            let method = format!("{}{}", parts.method, parts.uri.path());
            let context = self.authorized(name, &parts.headers, &event, &method).await?;
            if let Some(members) = event.get_mut("requestContext").and_then(Value::as_object_mut) {
                members.insert("authorizer".to_owned(), context);
            }
        }
        let function = matched.route.function.as_str();
        let event = Bytes::from(event.to_string());
        if event.len() > LARGEST_PAYLOAD {
            return Err(Refusal::TooLarge);
        }
        let (runtime, name) = (Arc::clone(&self.runtime), function.to_owned());
        // This is a task of its own, so that the function goes on when the caller waits no longer, as in Lambda.
        let invoked = tokio::spawn(async move { runtime.invoke(&name, event).await });
        let answer = match tokio::time::timeout(INTEGRATION_TIMEOUT, invoked).await {
            Err(_) => return Err(Refusal::TimedOut),
            Ok(Ok(Ok(answer))) => answer,
            Ok(Ok(Err(error))) => {
                tracing::error!(function, request.id = id, "`{function}` failed: {error}");
                return Err(Refusal::FunctionFailed);
            }
            Ok(Err(error)) => {
                tracing::error!(function, request.id = id, "`{function}` was not invoked: {error}");
                return Err(Refusal::FunctionFailed);
            }
        };
        Reply::parse(&answer).map_err(|error| {
            tracing::error!(
                function,
                request.id = id,
                "`{function}` gave a malformed proxy answer: {error}"
            );
            Refusal::FunctionFailed
        })
    }

    /// Returns what the authorizer says about the caller of a method, given as `<method>/<path>`; asked for anew when
    /// no reply to the same caller is kept.
    async fn authorized(
        &self,
        name: &str,
        headers: &HeaderMap,
        event: &Value,
        method: &str,
    ) -> Result<Value, Refusal> {
        let authorizer = self.authorizers.get(name).ok_or(Refusal::AuthorizerFailed)?;
        let caller = authorizer.identity(headers).ok_or(Refusal::Unauthorized)?;
        let arn = format!(
            "arn:aws:execute-api:{}:{ACCOUNT}:local/{}/{method}",
            self.region,
            event::STAGE
        );
        let now = Instant::now();
        let reply = if let Some(reply) = self.replies.find(name, &caller, now) {
            reply
        } else {
            let asked = authorizer::event(event.clone(), &arn).to_string();
            let function = self.runtime.find(&authorizer.function).unwrap_or(name);
            let reply = match self.runtime.invoke(function, Bytes::from(asked)).await {
                Ok(reply) => reply,
                Err(InvokeError::Failed(text)) if authorizer::is_refusal(&text) => {
                    return Err(Refusal::Unauthorized);
                }
                Err(error) => {
                    tracing::error!("the authorizer `{name}` failed: {error}");
                    return Err(Refusal::AuthorizerFailed);
                }
            };
            self.replies.keep(name, authorizer, caller, &reply, now);
            reply
        };
        match authorizer::judge(&reply, &arn) {
            Some(Verdict::Allowed(context)) => Ok(context),
            Some(Verdict::Denied) => Err(Refusal::AccessDenied),
            None => {
                tracing::error!("the authorizer `{name}` gave a reply that is not understood");
                Err(Refusal::AuthorizerFailed)
            }
        }
    }

    fn refuse(&self, refusal: Refusal, id: &str) -> Reply {
        let reply = self.responses.reply(refusal, id);
        let headers = reply
            .headers
            .into_iter()
            .filter_map(|(name, value)| {
                Some((
                    HeaderName::try_from(name).ok()?,
                    HeaderValue::try_from(value).ok()?,
                ))
            })
            .collect();
        Reply {
            status: reply.status,
            headers,
            body: reply.body.into_bytes(),
        }
    }
}
