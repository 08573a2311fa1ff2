//! The answer to a path or a method that the API does not have.

use serde_json::json;

use crate::reply::Reply;

/// 404 in the form that every family of the API can read: nobody knows which client has gone astray.
///
/// The header `x-amzn-ErrorType` is for the AWS SDKs, `x-redlock-status` and the member `error` are for clients of
/// the permission search.
#[must_use]
pub fn unknown_operation() -> Reply {
    let body = json!({
        "message": "The API has no operation with this path and method",
        "error": {
            "code": "not_found",
            "errorCode": "300",
            "message": "Not Found Exception",
            "target": null,
            "details": [],
        },
    });
    Reply::status(404, &body)
        .with_header("x-amzn-ErrorType", "UnknownOperationException")
        .with_header(
            "x-redlock-status",
            r#"[{"i18nKey":"not_found","severity":"error","subject":null}]"#,
        )
}
