//! Requests that reach the wrong port of the stack: the reply says which port is right, in the format of the service
//! that the client meant.
//!
//! Without it the AWS CLI would print what is far from the cause: "invalid XML received", "Forbidden" or "Missing
//! Authentication Token". The status is 400, because clients do not repeat such a request.
//!
//! Source of the formats: Smithy, "AWS query protocol", "AWS JSON 1.1 protocol", "AWS restJson1 protocol"; Amazon S3 API
//! reference, "REST error responses".

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use serde_json::json;

use super::event;

/// Code of the error
const CODE: &str = "WrongPort";

/// Services that the local AWS services offer, by the name in signatures
const LOCAL_SERVICES: [(&str, Format); 6] = [
    ("s3", Format::S3),
    ("iam", Format::Query),
    ("sts", Format::Query),
    ("cloudtrail", Format::Json),
    ("dynamodb", Format::Json),
    ("lambda", Format::RestJson),
];

/// Names in signatures of requests that are for the API
const SERVICES_OF_THE_API: [&str; 3] = ["access-analyzer", "iotsitewise", "execute-api"];

/// Says how a service writes its errors
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    S3,
    Query,
    Json,
    RestJson,
}

/// Returns the reply to a request on the port of the API that is signed for a local AWS service; `aws` is their URL.
pub(crate) fn on_the_api(headers: &HeaderMap, uri: &Uri, aws: &str) -> Option<Response<Body>> {
    let service = event::service(headers, uri)?;
    let (_, format) = LOCAL_SERVICES.iter().find(|(name, _)| *name == service)?;
    let message = format!(
        "This is the port of the API. S3, IAM, CloudTrail, STS, Lambda and DynamoDB of the local stack are on {aws}: \
         set AWS_ENDPOINT_URL or --endpoint-url to it"
    );
    Some(reply(*format, &message, aws))
}

/// Returns the reply to a request on the port of the local AWS services that is signed for the API, or is unsigned and
/// has a path of the API; `api` is the URL of the API.
pub(crate) fn on_the_services(
    headers: &HeaderMap,
    uri: &Uri,
    is_path_of_the_api: impl FnOnce(&str) -> bool,
    api: &str,
) -> Option<Response<Body>> {
    let is_for_the_api = match event::service(headers, uri) {
        Some(service) => SERVICES_OF_THE_API.contains(&service.as_str()),
        None => is_path_of_the_api(uri.path()),
    };
    let message = format!(
        "This is the port of S3, IAM, CloudTrail and STS of the local stack. The API is on {api}: \
         set the endpoint of your client to it"
    );
    is_for_the_api.then(|| reply(Format::RestJson, &message, api))
}

/// The right port is in the header `Location` for programs, and in the message for people.
fn reply(format: Format, message: &str, url: &str) -> Response<Body> {
    let (content_type, body) = match format {
        Format::S3 => (
            "application/xml",
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{CODE}</Code><Message>{message}</Message></Error>"
            ),
        ),
        Format::Query => (
            "text/xml",
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{CODE}</Code><Message>{message}</Message></Error>\
                 <RequestId>local</RequestId></ErrorResponse>"
            ),
        ),
        Format::Json => (
            "application/x-amz-json-1.1",
            json!({ "__type": CODE, "message": message }).to_string(),
        ),
        Format::RestJson => (
            "application/json",
            json!({ "message": message, "Message": message, "error": { "code": CODE, "message": message, "target": null, "details": [] } })
                .to_string(),
        ),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(content_type));
    headers.insert("x-amzn-errortype", HeaderValue::from_static(CODE));
    if let Ok(url) = HeaderValue::try_from(url) {
        headers.insert("location", url);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::HeaderName;
    use rstest::rstest;

    use super::*;

    fn signed_for(service: &str) -> HeaderMap {
        let scope =
            format!("AWS4-HMAC-SHA256 Credential=111122223333/20260101/us-east-1/{service}/aws4_request");
        HeaderMap::from_iter([(
            HeaderName::from_static("authorization"),
            HeaderValue::try_from(scope).unwrap(),
        )])
    }

    async fn text(response: Response<Body>) -> String {
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()).unwrap()
    }

    #[rstest]
    #[case("s3", "<Error><Code>WrongPort</Code>")]
    #[case("iam", "<ErrorResponse><Error><Type>Sender</Type>")]
    #[case("sts", "<ErrorResponse>")]
    #[case("cloudtrail", r#""__type":"WrongPort""#)]
    #[tokio::test]
    async fn the_api_names_the_port_of_the_services_in_their_own_format(
        #[case] service: &str,
        #[case] part: &str,
    ) {
        let uri = Uri::from_static("/");
        let reply = text(on_the_api(&signed_for(service), &uri, "http://127.0.0.1:3001").unwrap()).await;
        assert!(
            reply.contains(part) && reply.contains("are on http://127.0.0.1:3001"),
            "{reply}"
        );
    }

    #[rstest]
    #[case("access-analyzer")]
    #[case("iotsitewise")]
    #[case("execute-api")]
    #[tokio::test]
    async fn the_services_name_the_port_of_the_api(#[case] service: &str) {
        let uri = Uri::from_static("/policy/generation");
        let reply = on_the_services(&signed_for(service), &uri, |_| false, "http://127.0.0.1:3000").unwrap();
        assert!(text(reply).await.contains("The API is on http://127.0.0.1:3000"));
    }

    #[rstest]
    #[case("access-analyzer")]
    #[case("iotsitewise")]
    #[case("execute-api")]
    fn what_is_for_the_api_is_served_by_it(#[case] service: &str) {
        assert!(on_the_api(&signed_for(service), &Uri::from_static("/"), "x").is_none());
        assert!(on_the_api(&HeaderMap::new(), &Uri::from_static("/"), "x").is_none());
    }

    #[test]
    fn an_unsigned_request_is_misdirected_by_its_path_and_a_signed_one_by_its_service() {
        let uri = Uri::from_static("/policies");
        assert!(on_the_services(&HeaderMap::new(), &uri, |path| path == "/policies", "x").is_some());
        assert!(on_the_services(&HeaderMap::new(), &uri, |_| false, "x").is_none());
        assert!(on_the_services(&signed_for("s3"), &uri, |_| true, "x").is_none());
    }
}
