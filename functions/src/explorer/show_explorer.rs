//! `GET /` and `GET /explorer/{file}`

use api::policy_generation::Error;
use api::{Reply, Request};
use serde_json::json;

use super::{Asset, asset, page_below};

/// The page as it is written; [`page`] fills in two attributes.
const PAGE: &str = include_str!("assets/index.html");

/// The files beside the page, each from the folder `assets`.
macro_rules! assets {
    ($($name:literal: $media_type:literal,)*) => {
        &[$(Asset { name: $name, media_type: $media_type, text: include_str!(concat!("assets/", $name)) },)*]
    };
}

const ASSETS: &[Asset] = assets! {
    "api.js": "text/javascript; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "cell-menu.js": "text/javascript; charset=utf-8",
    "clauses.js": "text/javascript; charset=utf-8",
    "dom.js": "text/javascript; charset=utf-8",
    "download.js": "text/javascript; charset=utf-8",
    "exceptions.js": "text/javascript; charset=utf-8",
    "explorer.css": "text/css; charset=utf-8",
    "facts.js": "text/javascript; charset=utf-8",
    "graph.js": "text/javascript; charset=utf-8",
    "groups.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "inventory-panel.js": "text/javascript; charset=utf-8",
    "query-box.js": "text/javascript; charset=utf-8",
    "row-drawer.js": "text/javascript; charset=utf-8",
    "rows.js": "text/javascript; charset=utf-8",
};

/// Replies with the page, one of its files, or, to a program, with links.
///
/// The request needs no identity: the page holds no data. A client that prefers JSON gets the links of the API at `/`.
///
/// # Errors
/// None: a file that does not exist is the 404 of the API.
#[expect(clippy::unused_async, reason = "a handler like the others")]
pub async fn handle(_state: &(), request: Request) -> Result<Reply, Error> {
    let Ok(file) = request.path("file") else {
        if wants_json(request.header("accept").unwrap_or_default()) {
            return Ok(links(&request.base_path()));
        }
        return Ok(page(&request.base_path(), !request.is_on_local_stack()));
    };
    Ok(asset(&request, ASSETS, &file))
}

/// Returns whether a program sent the request. Browsers name `text/html`.
fn wants_json(accept: &str) -> bool {
    accept.contains("application/json") && !accept.contains("text/html")
}

/// Returns the page below `base`, which ends in a slash. `with_key` says that a visitor has to sign in by access key.
fn page(base: &str, with_key: bool) -> Reply {
    let sign_in = if with_key { "key" } else { "none" };
    let page = PAGE.replacen(
        r#"<meta name="sign-in" content="key">"#,
        &format!(r#"<meta name="sign-in" content="{sign_in}">"#),
        1,
    );
    page_below(base, &page)
}

fn links(base: &str) -> Reply {
    Reply::ok(&json!({
        "name": "Access governance API",
        "explorer": base,
        "openapi": format!("{base}openapi.json"),
        "documentation": format!("{base}docs"),
        "permissions": format!("{base}api/v1/permission"),
        "inventory": format!("{base}api/v1/inventory"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use permissions::row::exceptions::ExceptionCode;
    use serde_json::Value;

    fn request(event: Value) -> Request {
        Request::from_event(event, Timestamp::UNIX_EPOCH)
    }

    async fn reply(event: Value) -> Reply {
        handle(&(), request(event)).await.unwrap()
    }

    #[tokio::test]
    async fn the_page_knows_its_stage_and_how_a_visitor_signs_in() {
        let event = json!({"requestContext": {"path": "/prod"}, "headers": {"Accept": "text/html"}});
        let deployed = reply(event.clone()).await;
        assert_eq!(deployed.code(), 200);
        assert!(deployed.body().contains(r#"<base href="/prod/">"#));
        assert!(deployed.body().contains(r#"<meta name="sign-in" content="key">"#));
        let local = handle(&(), request(event).on_local_stack()).await.unwrap();
        assert!(local.body().contains(r#"<base href="/">"#));
        assert!(local.body().contains(r#"<meta name="sign-in" content="none">"#));
    }

    #[tokio::test]
    async fn a_path_that_could_become_markup_is_not_taken() {
        let event = json!({"requestContext": {"path": "/\"><script>"}});
        assert!(reply(event).await.body().contains(r#"<base href="/">"#));
    }

    #[test]
    fn programs_get_links() {
        assert!(wants_json("application/json"));
        for accept in [
            "text/html,application/xhtml+xml,application/json;q=0.1",
            "*/*",
            "",
        ] {
            assert!(!wants_json(accept), "{accept}");
        }
    }

    #[tokio::test]
    async fn a_program_finds_the_api() {
        let event = json!({"requestContext": {"path": "/prod/"}, "headers": {"accept": "application/json"}});
        let body: Value = serde_json::from_str(reply(event).await.body()).unwrap();
        assert_eq!(body["inventory"], "/prod/api/v1/inventory");
    }

    #[tokio::test]
    async fn every_file_that_the_page_names_is_served_and_nothing_is_inline() {
        let names = |text: &str, begin: &str| -> Vec<String> {
            let parts = text.split(begin).skip(1);
            parts
                .filter_map(|rest| rest.split('"').next().map(String::from))
                .collect()
        };
        let mut wanted = names(PAGE, "\"explorer/");
        for asset in ASSETS {
            wanted.extend(names(asset.text, "from \"./"));
        }
        assert!(wanted.len() > ASSETS.len());
        for file in wanted {
            let found = reply(json!({"pathParameters": {"file": file}})).await;
            assert_eq!(found.code(), 200, "{file}");
            assert_eq!(found.header("x-content-type-options"), Some("nosniff"));
        }
        assert!(!PAGE.contains(" style=") && !PAGE.contains(" onclick="));
        assert_eq!(PAGE.matches("<script").count(), 1);
    }

    #[test]
    fn every_exception_code_has_the_sentence_of_its_documentation() {
        let documented = include_str!("../../../docs/permission-search.md");
        let shown = include_str!("assets/exceptions.js");
        for code in ExceptionCode::ALL.map(ExceptionCode::as_str) {
            let sentence = shown.lines().find_map(|line| {
                line.trim()
                    .strip_prefix(code)?
                    .strip_prefix(": \"")?
                    .strip_suffix("\",")
            });
            let row = format!("| `{code}` | {} |", sentence.expect(code));
            assert!(documented.contains(&row), "{row}");
        }
        assert_eq!(shown.matches(": \"").count(), ExceptionCode::ALL.len());
    }

    #[tokio::test]
    async fn a_file_that_does_not_exist_is_not_found() {
        assert_eq!(
            reply(json!({"pathParameters": {"file": "../index.html"}}))
                .await
                .code(),
            404
        );
    }
}
