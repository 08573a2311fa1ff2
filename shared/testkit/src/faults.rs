//! Makes things go wrong between a client and the database, on demand.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::{AsyncSleep, HttpClient, RuntimeComponents, SharedHttpClient, Sleep};
use aws_sdk_dynamodb::error::{BoxError, ConnectorError};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::contention;

/// Something that happens to one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The request never arrives; the client sees a broken connection.
    LoseRequest,
    /// The request is executed, but the reply never arrives; the client sees a time-out.
    LoseReply,
    /// The database is over its capacity; nothing is executed.
    Throttle,
    /// Another request is at work on the same items. Reads are let through: they do not collide. So are repetitions of
    /// a transaction that was executed: the database recognises them.
    Conflict,
    /// The database breaks down; nothing is executed.
    Break,
    /// Only the first of several conditions of a transaction that do not hold is reported: `DynamoDB` does not document
    /// that it reports all.
    TellFirst,
    /// Conditions of a transaction do not hold, and another request is at work on the item at this place.
    CollideToo(usize),
    /// The request waits before a gate.
    Wait(Gate),
    /// A transaction takes that long, and others that touch one of its items meanwhile collide with it.
    Contend(Duration),
    /// An eventually consistent read does not find what was written a moment ago; a consistent one does.
    Lag,
}

/// Holds requests up until it is opened.
#[derive(Debug, Clone)]
pub struct Gate {
    reached: Arc<Semaphore>,
    opened: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        let closed = || Arc::new(Semaphore::new(0));
        Self {
            reached: closed(),
            opened: closed(),
        }
    }
}

impl Gate {
    /// Returns when a request waits.
    pub async fn reached(&self) {
        pass(&self.reached).await;
    }

    /// Lets one request go on.
    pub fn open(&self) {
        self.opened.add_permits(1);
    }

    async fn wait(&self) {
        self.reached.add_permits(1);
        pass(&self.opened).await;
    }
}

/// Waits for a permit. Nobody closes the semaphores of a gate, so that there is always a permit in the end.
async fn pass(semaphore: &Semaphore) {
    if let Ok(permit) = semaphore.acquire().await {
        permit.forget();
    }
}

/// The way between a client and the database: it counts the requests, and does to them what a test asks for.
#[derive(Debug, Clone)]
pub struct Faults {
    network: SharedHttpClient,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    next: VecDeque<Option<Fault>>,
    from_then_on: Option<Fault>,
    requests: Vec<String>,
    /// Transactions that were executed without an answer, by the token of the SDK
    executed: HashSet<String>,
    /// Items that transactions touch at this moment
    busy: HashSet<String>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            network: aws_smithy_http_client::Builder::new().build_http(),
            state: Arc::default(),
        }
    }
}

impl Faults {
    /// Sets what happens to the next requests, one after the other. The requests after these are let through. Each
    /// repetition by the SDK is a request of its own.
    pub fn next(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        let mut state = self.lock();
        state.next = faults.into_iter().collect();
        state.from_then_on = None;
    }

    /// Sets what happens to every request from now on.
    pub fn always(&self, fault: Option<Fault>) {
        let mut state = self.lock();
        state.next.clear();
        state.from_then_on = fault;
    }

    /// Lets `count` requests through, and does this to every one after them.
    pub fn after(&self, count: usize, fault: Fault) {
        let mut state = self.lock();
        state.next = std::iter::repeat_n(None, count).collect();
        state.from_then_on = Some(fault);
    }

    /// Returns the operations that were requested since the last call of this function.
    #[expect(clippy::must_use_candidate, reason = "asking is also how to forget them")]
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().requests)
    }

    fn take(&self, operation: String) -> Option<Fault> {
        let mut state = self.lock();
        state.requests.push(operation);
        match state.next.pop_front() {
            Some(fault) => fault,
            None => state.from_then_on.clone(),
        }
    }

    /// Takes the items, or says with which of them the transaction collides.
    fn hold(&self, items: &[String]) -> Option<Vec<Value>> {
        let mut state = self.lock();
        let collisions = contention::collisions(items, &state.busy);
        if collisions.is_none() {
            state.busy.extend(items.iter().cloned());
        }
        collisions
    }

    fn has_executed(&self, request: &HttpRequest) -> bool {
        request_token(request).is_some_and(|token| self.lock().executed.contains(&token))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Faults {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            network: self.network.http_connector(settings, components),
            faults: self.clone(),
        })
    }
}

#[derive(Debug)]
struct Connector {
    network: SharedHttpConnector,
    faults: Faults,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let fault = self.faults.take(operation.clone());
        let (network, faults) = (self.network.clone(), self.faults.clone());
        HttpConnectorFuture::new(async move {
            match fault {
                Some(Fault::Lag) if operation == "GetItem" && !is_consistent(&request) => {
                    response(200, b"{}".to_vec())
                }
                None | Some(Fault::Lag) => network.call(request).await,
                Some(Fault::LoseRequest) => Err(ConnectorError::io("the request is lost".into())),
                Some(Fault::LoseReply) => {
                    let token = request_token(&request);
                    let reply = network.call(request).await?;
                    if reply.status().is_success() {
                        faults.lock().executed.extend(token);
                    }
                    read(reply).await?;
                    Err(ConnectorError::timeout("the reply is lost".into()))
                }
                Some(Fault::Throttle) => error(
                    400,
                    &json!({ "__type": "ThrottlingException", "message": "Rate exceeded" }),
                ),
                Some(Fault::Break) => error(
                    500,
                    &json!({ "__type": "InternalServerError", "message": "It broke" }),
                ),
                Some(Fault::Conflict) => match conflict(&operation, &request) {
                    Some(body) if !faults.has_executed(&request) => error(400, &body),
                    Some(_) | None => network.call(request).await,
                },
                Some(Fault::TellFirst) => {
                    let mut is_told = false;
                    let hide = |_, reason: Value| {
                        let is_failed = reason.get("Code") == Some(&json!("ConditionalCheckFailed"));
                        if is_failed && std::mem::replace(&mut is_told, true) {
                            json!({ "Code": "None" })
                        } else {
                            reason
                        }
                    };
                    retell(network.call(request).await?, hide).await
                }
                Some(Fault::CollideToo(place)) => {
                    let conflict = || json!({ "Code": "TransactionConflict" });
                    let add = |at, reason| if at == place { conflict() } else { reason };
                    retell(network.call(request).await?, add).await
                }
                Some(Fault::Wait(gate)) => {
                    gate.wait().await;
                    network.call(request).await
                }
                Some(Fault::Contend(time)) => {
                    let items = contention::items(&operation, &request);
                    if let Some(reasons) = faults.hold(&items) {
                        return error(400, &canceled(&reasons));
                    }
                    tokio::time::sleep(time).await;
                    let reply = network.call(request).await;
                    faults.lock().busy.retain(|item| !items.contains(item));
                    reply
                }
            }
        })
    }
}

fn is_consistent(request: &HttpRequest) -> bool {
    let body = request.body().bytes().map(serde_json::from_slice::<Value>);
    body.is_some_and(|body| body.is_ok_and(|body| body.get("ConsistentRead") == Some(&json!(true))))
}

fn request_token(request: &HttpRequest) -> Option<String> {
    let body: Value = serde_json::from_slice(request.body().bytes()?).ok()?;
    Some(body.get("ClientRequestToken")?.as_str()?.to_owned())
}

/// Returns the reply to a write that collides; `None` for a read.
fn conflict(operation: &str, request: &HttpRequest) -> Option<Value> {
    match operation {
        "TransactWriteItems" => {
            let body: Value = serde_json::from_slice(request.body().bytes()?).ok()?;
            let items = body.get("TransactItems")?.as_array()?.len();
            let reasons = |place| json!({ "Code": if place == 0 { "TransactionConflict" } else { "None" } });
            Some(canceled(&(0..items).map(reasons).collect::<Vec<_>>()))
        }
        "PutItem" | "UpdateItem" | "DeleteItem" => Some(json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
            "message": "Transaction is ongoing for the item",
        })),
        _ => None,
    }
}

/// Changes the reasons in the reply of a cancelled transaction; returns any other reply as it is.
async fn retell(
    reply: HttpResponse,
    mut change: impl FnMut(usize, Value) -> Value,
) -> Result<HttpResponse, ConnectorError> {
    let status = reply.status().as_u16();
    let bytes = read(reply).await?;
    let body: Value = serde_json::from_slice(&bytes).map_err(broken)?;
    let Some(reasons) = body.get("CancellationReasons").and_then(Value::as_array) else {
        return response(status, bytes);
    };
    let reasons = reasons.iter().cloned().enumerate();
    let reasons: Vec<Value> = reasons.map(|(place, reason)| change(place, reason)).collect();
    error(400, &canceled(&reasons))
}

fn canceled(reasons: &[Value]) -> Value {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons,
    })
}

async fn read(reply: HttpResponse) -> Result<Vec<u8>, ConnectorError> {
    let body = reply.into_body().collect().await;
    Ok(body.map_err(broken)?.to_bytes().to_vec())
}

fn error(status: u16, body: &Value) -> Result<HttpResponse, ConnectorError> {
    response(status, body.to_string().into_bytes())
}

fn response(status: u16, body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
    let status = status.try_into().map_err(broken)?;
    Ok(HttpResponse::new(status, SdkBody::from(body)))
}

fn broken(error: impl Into<BoxError>) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}

/// Lets others run, and that is all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoPause;

impl AsyncSleep for NoPause {
    fn sleep(&self, _duration: Duration) -> Sleep {
        Sleep::new(tokio::task::yield_now())
    }
}
