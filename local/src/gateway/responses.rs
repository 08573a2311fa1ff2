//! Makes the replies that API Gateway sends by itself, in the form that the template gives them.
//!
//! Source: API Gateway developer guide, "Gateway response types" and "$context variables". A type without a
//! template of its own uses that of `DEFAULT_4XX` or `DEFAULT_5XX`.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::Value;

use cloudformation::text_of;

/// Says why the gateway answers without, or instead of, the function
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No resource with this path and method
    UnknownRoute,
    /// A caller that cannot be identified, or that the authorizer refuses
    Unauthorized,
    /// The reply of the authorizer does not allow the method
    AccessDenied,
    /// The authorizer failed, or answered what is not understood
    AuthorizerFailed,
    /// More requests than the method takes
    Throttled,
    /// The signature names an access key id that is not an account
    NoAccount,
    /// A body, or an event, that is too large
    TooLarge,
    /// The function failed, died or returned something that is not a proxy reply
    FunctionFailed,
    /// The function took longer than the gateway waits
    TimedOut,
}

/// A template of the API for one type
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Declared {
    status: Option<u16>,
    body: Option<String>,
    headers: Vec<(String, String)>,
}

/// The templates of the API by response type
#[derive(Debug, Default)]
pub(crate) struct GatewayResponses(BTreeMap<String, Declared>);

/// A finished reply of the gateway
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GatewayReply {
    /// The status of the reply.
    pub(crate) status: StatusCode,
    /// Headers beside those that every reply has
    pub(crate) headers: Vec<(String, String)>,
    /// The body of the response, a JSON text.
    pub(crate) body: String,
}

impl Refusal {
    /// Returns response type, status, header `x-amzn-ErrorType` and message, as API Gateway has them.
    fn facts(self) -> (&'static str, StatusCode, &'static str, &'static str) {
        match self {
            Self::UnknownRoute => (
                "MISSING_AUTHENTICATION_TOKEN",
                StatusCode::FORBIDDEN,
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            ),
            Self::Unauthorized => (
                "UNAUTHORIZED",
                StatusCode::UNAUTHORIZED,
                "UnauthorizedException",
                "Unauthorized",
            ),
            Self::AccessDenied => (
                "ACCESS_DENIED",
                StatusCode::FORBIDDEN,
                "AccessDeniedException",
                "User is not authorized to access this resource",
            ),
            Self::AuthorizerFailed => (
                "AUTHORIZER_FAILURE",
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerErrorException",
                "Internal server error",
            ),
            Self::Throttled => (
                "THROTTLED",
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                "Too Many Requests",
            ),
            // AWS sends this type and this error for an access key id that it does not know.
            Self::NoAccount => (
                "ACCESS_DENIED",
                StatusCode::FORBIDDEN,
                "UnrecognizedClientException",
                "The access key id of the signature is not an account. The local stack takes the account of the caller \
                 from it: set AWS_ACCESS_KEY_ID to twelve digits, such as 111122223333",
            ),
            Self::TooLarge => (
                "REQUEST_TOO_LARGE",
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestTooLargeException",
                "Request Too Long",
            ),
            Self::FunctionFailed => (
                "INTEGRATION_FAILURE",
                StatusCode::BAD_GATEWAY,
                "InternalServerErrorException",
                "Internal server error",
            ),
            Self::TimedOut => (
                "INTEGRATION_TIMEOUT",
                StatusCode::GATEWAY_TIMEOUT,
                "InternalServerErrorException",
                "Endpoint request timed out",
            ),
        }
    }
}

impl GatewayResponses {
    /// Takes over a declaration, in the form of SAM (`Headers`) or of `CloudFormation` (`gatewayresponse.header.*`).
    pub(crate) fn declare(&mut self, kind: &str, response: &Value) {
        let mut headers = Vec::new();
        let parameters = response.get("ResponseParameters");
        for (name, value) in parameters.and_then(Value::as_object).into_iter().flatten() {
            if let Some(name) = name.strip_prefix("gatewayresponse.header.") {
                headers.extend(text_of(value).map(|value| (name.to_owned(), unquoted(&value))));
            }
        }
        let sam = parameters
            .and_then(|parameters| parameters.get("Headers"))
            .and_then(Value::as_object);
        for (name, value) in sam.into_iter().flatten() {
            headers.extend(text_of(value).map(|value| (name.clone(), unquoted(&value))));
        }
        let status = response
            .get("StatusCode")
            .and_then(text_of)
            .and_then(|text| text.parse().ok());
        let body = response
            .get("ResponseTemplates")
            .and_then(|all| all.get("application/json"));
        self.0.insert(
            kind.to_owned(),
            Declared {
                status,
                body: body.and_then(text_of),
                headers,
            },
        );
    }

    /// Returns the reply for a refusal.
    pub(crate) fn reply(&self, refusal: Refusal, request_id: &str) -> GatewayReply {
        let (kind, status, error_type, message) = refusal.facts();
        let class = if status.is_client_error() {
            "DEFAULT_4XX"
        } else {
            "DEFAULT_5XX"
        };
        let declared = self
            .0
            .get(kind)
            .or_else(|| self.0.get(class))
            .cloned()
            .unwrap_or_default();
        let status = declared
            .status
            .and_then(|code| StatusCode::from_u16(code).ok())
            .unwrap_or(status);
        let template = declared
            .body
            .unwrap_or_else(|| r#"{"message":$context.error.messageString}"#.to_owned());
        // Longer names come first, because one name is the beginning of the other.
        let body = template
            .replace("$context.error.messageString", &Value::from(message).to_string())
            .replace("$context.error.message", message)
            .replace("$context.error.responseType", kind)
            .replace("$context.extendedRequestId", request_id)
            .replace("$context.requestId", request_id);
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            ("x-amzn-errortype".to_owned(), error_type.to_owned()),
        ];
        headers.extend(declared.headers);
        GatewayReply {
            status,
            headers,
            body,
        }
    }
}

/// Removes the single quotes around static values.
fn unquoted(text: &str) -> String {
    text.strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''))
        .unwrap_or(text)
        .to_owned()
}

#[cfg(test)]
mod tests;
