//! Makes a ready access key of the local account, for people who try a client that cannot sign for AWS.

use std::sync::Arc;

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::gateway::routes::{self, Route};
use crate::lambda::runtime::Runtime;
use cloudformation::ACCOUNT;

/// The name of the key, by which the next start finds and replaces it
const NAME: &str = "local stack";

/// A key and its secret
#[derive(Debug)]
pub(crate) struct AccessKey {
    id: String,
    secret: String,
}

impl AccessKey {
    /// Makes a key by the stack's own operations, in place of that of an earlier start; `None` when the template has no
    /// such operations, or they fail, which is logged.
    pub(crate) async fn make(routes: &[Route], runtime: &Arc<Runtime>) -> Option<Self> {
        let call = |method: &'static str, path: String, body: Value| async move {
            let matched = routes::find(routes, method, &path).filter(|found| found.route.method == method)?;
            let event = json!({
                "httpMethod": method,
                "pathParameters": matched.parameters,
                "body": body.to_string(),
                "requestContext": { "identity": { "accountId": ACCOUNT } },
            });
            let invoked = runtime.invoke(&matched.route.function, Bytes::from(event.to_string()));
            let reply: Value = match invoked.await {
                Ok(reply) => serde_json::from_slice(&reply).ok()?,
                Err(error) => {
                    tracing::warn!("there is no ready access key: {error}");
                    return None;
                }
            };
            let body = reply.get("body").and_then(Value::as_str).unwrap_or_default();
            Some(serde_json::from_str::<Value>(body).unwrap_or_default())
        };
        let text = |value: &Value, name: &str| Some(value.get(name)?.as_str()?.to_owned());
        let keys = call("GET", "/access_keys".to_owned(), Value::Null).await?;
        for key in keys.as_array().into_iter().flatten() {
            if text(key, "name").as_deref() == Some(NAME)
                && let Some(id) = text(key, "id")
            {
                call("DELETE", format!("/access_keys/{id}"), Value::Null).await?;
            }
        }
        let made = call("POST", "/access_keys".to_owned(), json!({ "name": NAME })).await?;
        Some(Self {
            id: text(&made, "id")?,
            secret: text(&made, "secretKey")?,
        })
    }

    /// Returns what people are shown; `api` is the address of the API.
    pub(crate) fn greeting(&self, api: &str) -> String {
        let Self { id, secret } = self;
        format!(
            "Access key for clients of Prisma Cloud ({api}/api.prismacloud.io) and Ncloud ({api}), until the next start:\n\
             \x20 id {id}   secret {secret}"
        )
    }
}
