//! The name of a device, for people: "Firefox on Linux".

use woothee::parser::Parser;

/// What the parser says where it does not know, and of programs, whose own names say more.
const NO_NAMES: [&str; 3] = ["", "UNKNOWN", "HTTP Library"];

/// A readable name for what a client calls itself.
pub(crate) fn device_name(user_agent: &str) -> String {
    let parsed = Parser::new().parse(user_agent);
    let known = |text: &str| !NO_NAMES.contains(&text);
    let found = parsed.filter(|found| known(found.name));
    match found {
        Some(found) if known(found.os) && found.os != found.name => {
            format!("{} on {}", found.name, system(found.os))
        }
        Some(found) => found.name.to_owned(),
        None => product(user_agent),
    }
}

/// Names of systems as they are written today.
fn system(name: &str) -> &str {
    match name {
        "Mac OSX" => "macOS",
        other => other,
    }
}

/// The first word of what a program calls itself, such as `curl` of `curl/8.5.0` (RFC 9110, section 10.1.5).
fn product(user_agent: &str) -> String {
    let name: String = user_agent
        .split(['/', ' ', '(', ';'])
        .next()
        .unwrap_or_default()
        .chars()
        .take(40)
        .collect();
    if name.is_empty() {
        "Unknown device".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_readable_names() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome on Windows 10",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl"),
            ("MyShop (build 7)", "MyShop"),
            ("", "Unknown device"),
        ] {
            assert_eq!(device_name(user_agent), name, "{user_agent}");
        }
    }
}
