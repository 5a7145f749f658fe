//! The built front end, inside the binary: files under hashed names, compressed at build time.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// What `cargo xtask` built. A debug build reads the folder at run time.
#[derive(RustEmbed)]
#[folder = "$LATCHKEY_SITE"]
struct Site;

/// Names hold a hash of the content: a name never means anything else.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Names without a hash are asked for again, and answered by their `ETag`.
const REVALIDATE: &str = "public, max-age=300, must-revalidate";

/// The URL path of the one file whose path begins with `prefix` and ends with `suffix`; empty where there is none.
pub(super) fn path_of(prefix: &str, suffix: &str) -> String {
    Site::iter()
        .find(|path| path.starts_with(prefix) && path.ends_with(suffix))
        .map(|path| format!("/{path}"))
        .unwrap_or_default()
}

/// The file at a URL path, in the best encoding that the client takes; None where there is none.
pub(super) fn file(path: &str, request: &HeaderMap) -> Option<Response> {
    let name = path.strip_prefix('/')?;
    if matches!(ending(name), "br" | "gz") {
        return None;
    }
    let plain = Site::get(name)?;
    let (file, encoding) = encoded(name, request).unwrap_or((plain, None));
    let etag = format!(
        "\"{}\"",
        crate::model::hex(&file.metadata.sha256_hash()[..12])
    );
    let known = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value
                .split(',')
                .any(|tag| tag.trim().trim_start_matches("W/") == etag)
        });
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(file).into_response()
    };
    let headers = response.headers_mut();
    let caching = if name.starts_with("pkg/") {
        FOREVER
    } else {
        REVALIDATE
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(name)),
    );
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn encoded(name: &str, request: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = request.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    let takes = |encoding: &str| {
        accepted.split(',').any(|one| {
            let (one, quality) = one.split_once(';').unwrap_or((one, ""));
            let refused = matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            one.trim().eq_ignore_ascii_case(encoding) && !refused
        })
    };
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| takes(encoding))
        .find_map(|(encoding, suffix)| {
            Site::get(&format!("{name}.{suffix}")).map(|file| (file, Some(encoding)))
        })
}

fn body(file: EmbeddedFile) -> Body {
    match file.data {
        Cow::Borrowed(bytes) => Body::from(Bytes::from_static(bytes)),
        Cow::Owned(bytes) => Body::from(bytes),
    }
}

/// What follows the last dot of a name.
fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn content_type(name: &str) -> &'static str {
    match ending(name) {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
