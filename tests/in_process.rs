//! The handlers of access policies as an HTTP connector of the Rust SDK: real requests and replies, no socket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use api::access_policies::Error;
use api::{Failure, Reply, Request};
use aws_sdk_iotsitewise::config::http::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use functions::access_policies::{
    Creation, Moves, State, create_access_policy, create_portal, create_project, delete_access_policy,
    delete_portal, delete_project, describe_access_policy, describe_portal, list_access_policies,
    list_tags_for_resource, tag_resource, untag_resource, update_access_policy,
};
use model::access_policies::Deployment;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use store::AccessPolicies;
use testkit::Dynamo;

/// The account that the gateway has found out
pub(crate) const ACCOUNT: &str = "111122223333";

/// The API, and what the signatures of its requests named.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    functions: Arc<Functions>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// Holds what the binaries build when they start
#[derive(Debug)]
struct Functions {
    creation: Creation,
    moves: Moves,
    state: State,
    table: AccessPolicies,
}

/// Holds what a gateway would look at before a function runs
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    /// Host of the URI
    pub(crate) host: String,
    /// Service of the signature's scope
    pub(crate) service: String,
}

impl Api {
    pub(crate) async fn on(dynamo: &Dynamo) -> Self {
        dynamo.create_table("AccessPoliciesTable").await;
        let table = || AccessPolicies::new(dynamo.client(), "AccessPoliciesTable".to_owned());
        let state = || {
            let (partition, region) = ("aws".to_owned(), "us-east-1".to_owned());
            State::new(table(), Deployment { partition, region })
        };
        let functions = Functions {
            creation: Creation::new(state(), 100),
            moves: Moves::new(table(), 100),
            state: state(),
            table: table(),
        };
        Self {
            functions: Arc::new(functions),
            seen: Arc::default(),
        }
    }

    /// Returns what was seen so far, once each.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.sort();
        seen.dedup();
        seen
    }

    async fn answer(&self, method: &str, path: &str, event: Value) -> Reply {
        let Functions {
            creation,
            moves,
            state,
            table,
        } = &*self.functions;
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let request = |name: &str, id: &str| {
            let mut event = event.clone();
            event["pathParameters"] = json!({ name: id });
            Request::from_event(event, api::now())
        };
        let whole = Request::from_event(event.clone(), api::now());
        let outcome: Result<Reply, Error> = match (method, segments.as_slice()) {
            ("POST", ["access-policies"]) => create_access_policy::handle(creation, whole).await,
            ("GET", ["access-policies"]) => list_access_policies::handle(table, whole).await,
            (_, ["access-policies", id]) => {
                let request = request("accessPolicyId", id);
                match method {
                    "GET" => describe_access_policy::handle(state, request).await,
                    "PUT" => update_access_policy::handle(moves, request).await,
                    _ => delete_access_policy::handle(table, request).await,
                }
            }
            ("POST", ["portals"]) => create_portal::handle(creation, whole).await,
            ("GET", ["portals", id]) => describe_portal::handle(state, request("portalId", id)).await,
            ("DELETE", ["portals", id]) => delete_portal::handle(state, request("portalId", id)).await,
            ("POST", ["projects"]) => create_project::handle(creation, whole).await,
            ("DELETE", ["projects", id]) => delete_project::handle(table, request("projectId", id)).await,
            ("POST", ["tags"]) => tag_resource::handle(state, whole).await,
            ("GET", ["tags"]) => list_tags_for_resource::handle(state, whole).await,
            ("DELETE", ["tags"]) => untag_resource::handle(state, whole).await,
            other => panic!("no route for {other:?}"),
        };
        outcome.unwrap_or_else(|error| error.reply())
    }
}

impl HttpConnector for Api {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let api = self.clone();
        HttpConnectorFuture::new(async move {
            let (_, rest) = request.uri().split_once("://").unwrap();
            let (host, target) = rest.split_once('/').unwrap();
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let scope = request.headers().get("authorization").unwrap_or_default();
            let seen = Seen {
                host: host.to_owned(),
                service: scope.split('/').nth(3).unwrap_or_default().to_owned(),
            };
            api.seen.lock().unwrap().push(seen);
            let event = event(query, request.body().bytes().unwrap_or_default());
            let reply = api.answer(request.method(), path, event).await;
            let status = StatusCode::try_from(reply.code()).unwrap();
            let mut response = HttpResponse::new(status, SdkBody::from(reply.body()));
            for (name, value) in reply.headers() {
                response.headers_mut().insert(name.to_owned(), value.to_owned());
            }
            Ok(response)
        })
    }
}

/// Returns the event of a request, as far as handlers look at it.
fn event(query: &str, body: &[u8]) -> Value {
    let mut parameters: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let value = percent_decode_str(value).decode_utf8().unwrap();
        parameters.entry(name).or_default().push(value.into_owned());
    }
    json!({
        "multiValueQueryStringParameters": parameters,
        "body": std::str::from_utf8(body).unwrap(),
        "requestContext": { "identity": { "accountId": ACCOUNT } },
    })
}
