//! `GET /openapi.json`, `GET /docs` and `GET /docs/{file}`

use api::policy_generation::Error;
use api::{Reply, Request};

use super::{Asset, asset, page_below, secured};

/// The description of the API, OpenAPI 3.1, as JSON. The build joins it from the files of `docs/openapi`.
pub const DESCRIPTION: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// The server that the description names as it is written.
const SERVER: &str = r#""servers":[{"url":"/"}]"#;

/// The page that shows the description.
const PAGE: &str = include_str!("assets/description.html");

/// The files of the page: Swagger UI, and what starts it.
const ASSETS: &[Asset] = &[
    Asset {
        name: "description.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("assets/description.js"),
    },
    Asset {
        name: "swagger-ui-bundle.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js")),
    },
    Asset {
        name: "swagger-ui.css",
        media_type: "text/css; charset=utf-8",
        text: include_str!(concat!(env!("OUT_DIR"), "/swagger-ui.css")),
    },
];

/// Replies with the description of the API, as JSON or as a page.
///
/// The request needs no identity: the description holds no data of anybody.
///
/// # Errors
/// None: a file that does not exist is the 404 of the API.
#[expect(clippy::unused_async, reason = "a handler like the others")]
pub async fn handle(_state: &(), request: Request) -> Result<Reply, Error> {
    let base = request.base_path();
    if let Ok(file) = request.path("file") {
        return Ok(asset(&request, ASSETS, &file));
    }
    if request.raw_path().ends_with("/docs") {
        return Ok(page_below(&base, PAGE));
    }
    Ok(secured(Reply::text(200, "application/json", description(&base))))
}

/// Returns the description of the API below `base`, which ends in a slash.
fn description(base: &str) -> String {
    match base.trim_end_matches('/') {
        "" => DESCRIPTION.to_owned(),
        stage => DESCRIPTION.replacen(SERVER, &format!(r#""servers":[{{"url":"{stage}"}}]"#), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    async fn reply(event: Value) -> Reply {
        let request = Request::from_event(event, Timestamp::UNIX_EPOCH);
        handle(&(), request).await.unwrap()
    }

    #[tokio::test]
    async fn the_server_of_the_description_is_the_stage_that_was_asked() {
        for (path, url) in [("/openapi.json", "/"), ("/prod/openapi.json", "/prod")] {
            let event = json!({"resource": "/openapi.json", "requestContext": {"path": path}});
            let reply = reply(event).await;
            assert_eq!(reply.header("content-type"), Some("application/json"));
            let body: Value = serde_json::from_str(reply.body()).unwrap();
            assert_eq!(body["servers"], json!([{"url": url}]));
            assert_eq!(body["openapi"], "3.1.0");
        }
    }

    #[tokio::test]
    async fn every_file_that_the_page_names_is_served_and_nothing_is_inline() {
        let event = json!({"resource": "/docs", "path": "/docs", "requestContext": {"path": "/prod/docs"}});
        let page = reply(event).await;
        assert!(page.body().contains(r#"<base href="/prod/">"#));
        assert!(page.header("content-security-policy").is_some());
        let names = page.body().split("\"docs/").skip(1);
        let names: Vec<&str> = names.filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(names.len(), ASSETS.len());
        for file in names {
            let found = reply(json!({"pathParameters": {"file": file}})).await;
            assert_eq!(found.code(), 200, "{file}");
        }
        assert!(!page.body().contains(" style=") && !page.body().contains("<script>"));
    }

    #[tokio::test]
    async fn a_file_that_does_not_exist_is_not_found() {
        let reply = reply(json!({"pathParameters": {"file": "../secret"}})).await;
        assert_eq!(reply.code(), 404);
    }
}
