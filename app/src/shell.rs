//! The HTML document around [`App`]: what the server sends before any WebAssembly runs.

use leptos::{nonce::use_nonce, prelude::*};

use crate::{App, pages::Page, router::Address, session::mark};

/// Where the built front end is served (URL paths).
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// The JavaScript that loads the WebAssembly. Empty: the page stays as the server rendered it.
    pub script: String,
    /// The WebAssembly itself: what all pages share.
    pub wasm: String,
    /// Its other parts. Their names list the pages that they are for: `latchkey-me-users.….wasm`.
    pub parts: Vec<String>,
    /// The style sheet.
    pub style: String,
    /// Whether GraphiQL is there to be linked to.
    pub graphiql: bool,
    /// Reload the page when the development server has restarted.
    pub live_reload: bool,
}

/// Leptos makes elements from strings of its own markup through `innerHTML`, which the content security
/// policy only allows through this policy. It lets no markup through that could run a script.
const TRUSTED_TYPES: &str = r#"window.trustedTypes?.createPolicy("default", {
  createHTML: (html) => /<script|<[^>]*[\s"'\/]on\w+\s*=|javascript:/i.test(html) ? null : html,
  createScriptURL: (url) => {
    const { origin, pathname } = new URL(url, location.href);
    return origin === location.origin && pathname.startsWith("/pkg/") ? url : null;
  },
});"#;

const LIVE_RELOAD: &str = r#"{
  const events = new EventSource("/dev/reload");
  let lost = false;
  events.onerror = () => { lost = true; };
  events.onopen = () => { if (lost) location.reload(); };
}"#;

/// The whole document of every page.
pub fn shell(assets: Assets) -> impl IntoView {
    let Assets {
        script,
        wasm,
        parts,
        style,
        graphiql,
        live_reload,
    } = assets;
    let page = Page::at(&use_context::<Address>().unwrap_or_default().path);
    let preloads = [wasm.clone()]
        .into_iter()
        .chain(parts.into_iter().filter(|part| is_for(part, page)));
    let preloads: Vec<String> = preloads.collect();
    view! {
        <!DOCTYPE html>
        // For the style sheet, which hides links to GraphiQL where there is none.
        <html lang="en" data-graphiql=if graphiql { "on" } else { "off" }>
            <head>
                <meta charset="utf-8"/>
                <title>{page.title()}</title>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="description" content="Latchkey is sign-up, log-in and user accounts behind one GraphQL API."/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#fbfaf7" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#111512" media="(prefers-color-scheme: dark)"/>
                <link rel="stylesheet" href=style/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                {(!script.is_empty()).then(|| scripts(script, &wasm, preloads))}
                {live_reload.then(|| view! { <script nonce=use_nonce()>{LIVE_RELOAD}</script> })}
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Whether a part of the WebAssembly is for a page.
fn is_for(part: &str, page: Page) -> bool {
    let name = part.rsplit('/').next().unwrap_or_default();
    let name = name.split('.').next().unwrap_or_default();
    name.split('-')
        .skip(1)
        .any(|word| word == page.path().trim_start_matches('/'))
}

fn scripts(script: String, wasm: &str, preloads: Vec<String>) -> impl IntoView + use<> {
    // `data-failed` lets the style sheet show the notice that App keeps for this case.
    let start = format!(
        r#"import("{script}")
  .then((latchkey) => latchkey.default({{ module_or_path: "{wasm}" }}).then(() => latchkey.hydrate()))
  .catch((error) => {{
    document.documentElement.dataset.failed = "true";
    throw error;
  }});"#
    );
    view! {
        <script nonce=use_nonce()>{TRUSTED_TYPES}</script>
        <script nonce=use_nonce()>{mark()}</script>
        <link rel="modulepreload" href=script nonce=use_nonce()/>
        {preloads
            .into_iter()
            .map(|wasm| view! { <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/> })
            .collect_view()}
        <script type="module" nonce=use_nonce()>{start}</script>
    }
}

#[cfg(test)]
mod tests {
    use super::is_for;
    use crate::pages::Page;

    #[test]
    fn a_part_is_for_the_pages_in_its_name() {
        let part = "/pkg/latchkey-me-users.0123456789abcdef.wasm";
        assert!(is_for(part, Page::Me) && is_for(part, Page::Users));
        assert!(!is_for(part, Page::Home));
    }
}
