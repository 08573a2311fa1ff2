//! The event that a REST API sends to a function for a request.
//!
//! Source: API Gateway developer guide, "Input format of a Lambda function for proxy integration" (payload 1.0).
//! One difference stays: header names arrive in lower case, because the HTTP server does not keep their case.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::gateway::routes::Matched;
use cloudformation::ACCOUNT;

/// Stage of the local API
pub(crate) const STAGE: &str = "local";

/// Headers that API Gateway keeps to itself or renames on the way in
const NOT_PASSED_ON: [&str; 2] = ["connection", "te"];

/// Says whether requests have an identity
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The event is as behind IAM authorisation, but nothing is verified
    Claimed,
    /// The event is as behind no authorisation at all
    Absent,
}

/// One request, read in full
#[derive(Debug)]
pub(crate) struct Request<'r> {
    /// The method of the request.
    pub(crate) method: &'r Method,
    /// Path and query
    pub(crate) uri: &'r Uri,
    /// The headers of the request.
    pub(crate) headers: &'r HeaderMap,
    /// The body of the request.
    pub(crate) body: &'r Bytes,
    /// Address of the client
    pub(crate) source_ip: &'r str,
    /// Id of the request
    pub(crate) id: &'r str,
    /// Milliseconds since 1970
    pub(crate) at: i64,
}

/// Returns the event for a request that takes a route.
pub(crate) fn proxy_event(request: &Request<'_>, matched: &Matched<'_>, identity: Identity) -> Value {
    let access_key = access_key(request.headers, request.uri);
    let signed = is_signed(request.headers);
    let mut headers = Map::new();
    let mut all_headers = Map::new();
    for (name, value) in request.headers {
        let name = name.as_str();
        if NOT_PASSED_ON.contains(&name) || (signed && name == "authorization") {
            continue;
        }
        let value = Value::String(String::from_utf8_lossy(value.as_bytes()).into_owned());
        push(&mut all_headers, name, value.clone());
        headers.insert(name.to_owned(), value);
    }
    let mut query = Map::new();
    let mut all_query = Map::new();
    for (name, value) in query_pairs(request.uri.query().unwrap_or_default()) {
        push(&mut all_query, &name, Value::String(value.clone()));
        query.insert(name, Value::String(value));
    }
    let parameters: Map<String, Value> = matched
        .parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::String(value.clone())))
        .collect();
    let (body, is_base64) = body_text(request.body);
    let path = request.uri.path();
    json!({
        "resource": matched.route.resource,
        "path": path,
        "httpMethod": request.method.as_str(),
        "headers": unless_empty(headers),
        "multiValueHeaders": unless_empty(all_headers),
        "queryStringParameters": unless_empty(query),
        "multiValueQueryStringParameters": unless_empty(all_query),
        "pathParameters": unless_empty(parameters),
        "stageVariables": null,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "stage": STAGE,
            "protocol": "HTTP/1.1",
            "httpMethod": request.method.as_str(),
            "path": format!("/{STAGE}{path}"),
            "resourcePath": matched.route.resource,
            "resourceId": "local",
            "requestId": request.id,
            "extendedRequestId": request.id,
            "requestTime": request_time(request.at),
            "requestTimeEpoch": request.at,
            "identity": identity_of(request, identity, access_key.as_deref()),
        },
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

fn identity_of(request: &Request<'_>, identity: Identity, access_key: Option<&str>) -> Value {
    let user_agent = request
        .headers
        .get("user-agent")
        .and_then(|value| value.to_str().ok());
    let account = match identity {
        Identity::Absent => None,
        Identity::Claimed => Some(access_key.filter(|key| is_account(key)).unwrap_or(ACCOUNT)),
    };
    json!({
        "accessKey": account.and(access_key),
        "accountId": account,
        "apiKey": null,
        "apiKeyId": null,
        "caller": account.map(|account| format!("AIDALOCAL{account}")),
        "clientCert": null,
        "cognitoAuthenticationProvider": null,
        "cognitoAuthenticationType": null,
        "cognitoIdentityId": null,
        "cognitoIdentityPoolId": null,
        "principalOrgId": null,
        "sourceIp": request.source_ip,
        "user": account.map(|account| format!("AIDALOCAL{account}")),
        "userAgent": user_agent,
        "userArn": account.map(|account| format!("arn:aws:iam::{account}:user/local")),
        "vpcId": null,
        "vpceId": null,
    })
}

/// Returns whether an access key id stands for an account: twelve digits.
pub(crate) fn is_account(access_key: &str) -> bool {
    access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_signed(headers: &HeaderMap) -> bool {
    headers
        .get("authorization")
        .is_some_and(|value| value.as_bytes().starts_with(b"AWS4-"))
}

/// Returns the access key id that a `SigV4` signature names, in the header or in the query of a presigned URL.
pub(crate) fn access_key(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let credential = credential(headers, uri)?;
    credential.split('/').next().map(str::to_owned)
}

/// Returns the service that a `SigV4` signature names: `<key>/<date>/<region>/<service>/aws4_request`.
pub(crate) fn service(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let credential = credential(headers, uri)?;
    credential.split('/').nth(3).map(str::to_owned)
}

fn credential(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let of_header = || {
        let authorization = headers.get("authorization")?.to_str().ok()?;
        let (_, rest) = authorization.strip_prefix("AWS4-")?.split_once("Credential=")?;
        rest.split([',', ' ']).next().map(str::to_owned)
    };
    of_header().or_else(|| {
        query_pairs(uri.query().unwrap_or_default())
            .find(|(name, _)| name.eq_ignore_ascii_case("x-amz-credential"))
            .map(|(_, credential)| credential)
    })
}

/// Returns the pairs of a query, decoded; a plus sign is a space, as in forms.
fn query_pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    query.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn body_text(body: &Bytes) -> (Value, bool) {
    if body.is_empty() {
        return (Value::Null, false);
    }
    match std::str::from_utf8(body) {
        Ok(text) => (Value::String(text.to_owned()), false),
        Err(_) => (Value::String(STANDARD.encode(body)), true),
    }
}

fn push(all: &mut Map<String, Value>, name: &str, value: Value) {
    if let Value::Array(values) = all.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
        values.push(value);
    }
}

/// Returns the members, or null when there are none, as API Gateway sends it.
fn unless_empty(members: Map<String, Value>) -> Value {
    if members.is_empty() {
        Value::Null
    } else {
        Value::Object(members)
    }
}

/// Writes a time such as `09/Apr/2026:12:34:56 +0000`.
fn request_time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .strftime("%d/%b/%Y:%H:%M:%S +0000")
        .to_string()
}

#[cfg(test)]
mod tests;
