//! Serves what a browser shows: the permission explorer and the description of the API.

use api::{Reply, Request};

pub mod show_api_description;
pub mod show_explorer;

/// Everything that a browser may load; no script or style inline, and nothing from another origin. The style sheet of Swagger
/// UI has the arrows of its lists as `data:` images.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; img-src 'self' data:; base-uri 'self'; form-action 'none'; \
    frame-ancestors 'none'; object-src 'none'";

/// A file that a page loads
struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
}

/// Makes a page whose addresses are below `base`, which ends in a slash. The page must have `<base href="/">`.
fn page_below(base: &str, page: &str) -> Reply {
    let page = page.replacen(r#"<base href="/">"#, &format!(r#"<base href="{base}">"#), 1);
    secured(Reply::text(200, "text/html; charset=utf-8", page))
}

/// Returns the file of that name; the 404 of the API when there is none.
fn asset(request: &Request, assets: &[Asset], name: &str) -> Reply {
    assets.iter().find(|asset| asset.name == name).map_or_else(
        || api::unknown_operation(request.method(), request.raw_path(), &[]),
        |asset| secured(Reply::text(200, asset.media_type, asset.text)),
    )
}

/// Adds the headers that keep a browser from loading or leaking anything.
fn secured(reply: Reply) -> Reply {
    reply
        .with_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        .with_header("X-Content-Type-Options", "nosniff")
        .with_header("Referrer-Policy", "no-referrer")
        // A release replaces a page and its files together.
        .with_header("Cache-Control", "no-cache")
}
