//! The REST API: one port, the template's routes, the functions behind them.

pub(crate) mod event;
mod reply;
pub(crate) mod responses;
pub(crate) mod routes;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::http::{HeaderName, HeaderValue, Response};

use self::event::{Identity, is_account};
use self::reply::Reply;
use self::responses::{GatewayResponses, Refusal};
use self::routes::{Matched, Route};
use crate::clock;
use crate::lambda::runtime::{LARGEST_PAYLOAD, Runtime};
use crate::misdirected;
use crate::terminal::{Line, Terminal};

/// Largest body of a request: 10 MB ("Quotas for configuring and running a REST API").
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// Longest wait for a function ("Integration timeout").
const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(29);

/// The API with all that it needs
#[derive(Debug)]
pub(crate) struct Gateway {
    /// Routes
    pub(crate) routes: Vec<Route>,
    /// Its own answers
    pub(crate) responses: GatewayResponses,
    /// Functions
    pub(crate) runtime: Arc<Runtime>,
    /// Whether requests have an identity
    pub(crate) identity: Identity,
    /// URL of the local AWS services
    pub(crate) aws: String,
    /// Where requests are shown
    pub(crate) terminal: Terminal,
}

/// The HTTP service of the API.
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
    let reply = match gateway.reply(client, request, matched.as_ref(), &id).await {
        Ok(reply) => reply,
        Err(refusal) => gateway.refuse(refusal, &id),
    };
    show(reply.status, operation);
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    for (name, value) in reply.headers {
        headers.append(name, value);
    }
    if let Ok(value) = HeaderValue::try_from(id) {
        // The function's own header of the name stays, as behind API Gateway; this one is added to it.
        headers.insert("x-amz-apigw-id", value.clone());
        headers.entry("x-amzn-requestid").or_insert(value);
    }
    response
}

impl Gateway {
    async fn reply(
        &self,
        client: SocketAddr,
        request: HttpRequest,
        matched: Option<&Matched<'_>>,
        id: &str,
    ) -> Result<Reply, Refusal> {
        let (parts, body) = request.into_parts();
        let matched = matched.ok_or(Refusal::UnknownRoute)?;
        let access_key = event::access_key(&parts.headers, &parts.uri);
        if self.identity == Identity::Claimed && access_key.is_some_and(|key| !is_account(&key)) {
            return Err(Refusal::NoAccount);
        }
        let body: Bytes = to_bytes(body, LARGEST_BODY)
            .await
            .map_err(|_above| Refusal::TooLarge)?;
        let event = event::proxy_event(
            &event::Request {
                method: &parts.method,
                uri: &parts.uri,
                headers: &parts.headers,
                body: &body,
                source_ip: &client.ip().to_string(),
                id,
                at: clock::now_millis(),
            },
            matched,
            self.identity,
        );
        let function = matched.route.function.as_str();
        let event = Bytes::from(event.to_string());
        if event.len() > LARGEST_PAYLOAD {
            return Err(Refusal::TooLarge);
        }
        let (runtime, name) = (Arc::clone(&self.runtime), function.to_owned());
        // A task of its own: a caller that waits no longer does not stop the function, as in Lambda.
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

    fn refuse(&self, refusal: Refusal, id: &str) -> Reply {
        let answer = self.responses.answer(refusal, id);
        let headers = answer
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
            status: answer.status,
            headers,
            body: answer.body.into_bytes(),
        }
    }
}
