//! The built front end, inside the binary: files under hashed names, compressed at build time.
//!
//! A release holds the compressed copies alone of what compresses; the rare client that takes none of them gets what
//! `gzip` unpacks to.

mod encoding;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use flate2::read::GzDecoder;
use rust_embed::{EmbeddedFile, RustEmbed};

use encoding::Encoding;

/// What `cargo xtask` built. A debug build reads the folder at run time.
#[derive(RustEmbed)]
#[folder = "$LATCHKEY_SITE"]
struct Site;

/// Names hold a hash of the content: a name never means anything else.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Names without a hash are asked for again, and answered by their `ETag`.
const REVALIDATE: &str = "public, max-age=300, must-revalidate";

/// The URL paths of the files that begin with `prefix` and end with `suffix`, in order and whatever their encodings.
pub(super) fn paths_of(prefix: &str, suffix: &str) -> Vec<String> {
    let mut paths: Vec<String> = Site::iter()
        .filter(|name| name.starts_with(prefix))
        .map(|name| format!("/{}", Encoding::strip(&name)))
        .filter(|path| path.ends_with(suffix))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// The URL path of the one file that begins with `prefix` and ends with `suffix`; empty where there is none.
pub(super) fn path_of(prefix: &str, suffix: &str) -> String {
    paths_of(prefix, suffix).pop().unwrap_or_default()
}

/// The file at a URL path, in the best encoding that the client takes; None where there is none.
pub(super) fn file(path: &str, request: &HeaderMap) -> Option<Response> {
    let name = path.strip_prefix('/')?;
    if Encoding::strip(name) != name {
        return None;
    }
    let (file, encoding) = stored(name, request)?;
    let unpacked = encoding.is_some_and(|encoding| !encoding.is_taken(request));
    // Each form of a file is a thing of its own to caches.
    let form = if unpacked { "-plain" } else { "" };
    let hash = crate::model::hex(&file.metadata.sha256_hash()[..12]);
    let etag = format!("\"{hash}{form}\"");
    let mut response = if is_known(&etag, request) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if unpacked {
        Body::from(unpack(&hash, &file)?).into_response()
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
    if let Some(encoding) = encoding.filter(|_| !unpacked) {
        headers.insert(
            header::CONTENT_ENCODING,
            HeaderValue::from_static(encoding.name()),
        );
    }
    Some(response)
}

/// The copy of a file that suits the client best, or what there is instead.
fn stored(name: &str, request: &HeaderMap) -> Option<(EmbeddedFile, Option<Encoding>)> {
    let copy = |encoding: Encoding| {
        let file = Site::get(&format!("{name}.{}", encoding.ending()))?;
        Some((file, Some(encoding)))
    };
    Encoding::taken(request)
        .into_iter()
        .find_map(copy)
        .or_else(|| Site::get(name).map(|file| (file, None)))
        .or_else(|| copy(Encoding::Gzip))
}

fn is_known(etag: &str, request: &HeaderMap) -> bool {
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

/// The file as it is, unpacked once for as long as the process lasts: every request of a client without compression would
/// cost milliseconds else.
fn unpack(hash: &str, file: &EmbeddedFile) -> Option<Bytes> {
    static UNPACKED: Mutex<BTreeMap<String, Bytes>> = Mutex::new(BTreeMap::new());
    let mut unpacked = UNPACKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = unpacked.get(hash) {
        return Some(bytes.clone());
    }
    let mut bytes = Vec::new();
    GzDecoder::new(&*file.data).read_to_end(&mut bytes).ok()?;
    let bytes = Bytes::from(bytes);
    unpacked.insert(hash.to_owned(), bytes.clone());
    Some(bytes)
}

fn body(file: EmbeddedFile) -> Body {
    match file.data {
        Cow::Borrowed(bytes) => Body::from(Bytes::from_static(bytes)),
        Cow::Owned(bytes) => Body::from(bytes),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
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
