//! GraphiQL: the editor in the browser, from the binary itself.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};

use super::assets;

/// The editor sets styles from scripts and draws with data URLs; scripts come from here alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    font-src 'self' data:; img-src 'self' data:; connect-src 'self'; \
    manifest-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The page.
pub(super) async fn page() -> Response {
    let script = assets::path_of("pkg/graphiql.", ".js");
    let style = assets::path_of("pkg/graphiql.", ".css");
    let html = format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>GraphiQL · Latchkey</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{style}">
</head>
<body>
<div id="graphiql">Loading GraphiQL…</div>
<noscript>GraphiQL needs JavaScript.</noscript>
<script type="module" src="{script}"></script>
</body>
</html>
"#
    );
    let policy = HeaderValue::from_static(POLICY);
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}
