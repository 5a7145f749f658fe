//! Checks of single values, each refusing with a sentence that clap prints beside the setting's name.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};

use ipnet::IpNet;
use jsonwebtoken::Algorithm;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// A host (name or address) and a port.
pub(super) fn address(value: &str) -> Result<String, String> {
    let (host, port) = value
        .rsplit_once(':')
        .ok_or("give an address and a port, such as 127.0.0.1:3000")?;
    if host.is_empty() {
        return Err("the address is missing, as in 127.0.0.1:3000".to_owned());
    }
    port.parse::<u16>()
        .map_err(|_| format!("{port:?} is not a port number from 0 to 65535"))?;
    Ok(value.to_owned())
}

/// A number of seconds, one at least.
pub(super) fn seconds(value: &str) -> Result<NonZeroU32, String> {
    value
        .parse()
        .map_err(|_| format!("give whole seconds, from 1 to {}", u32::MAX))
}

/// How many of something may be at the same time: no machine has more than a million of anything that is counted here.
pub(super) fn count(value: &str) -> Result<NonZeroUsize, String> {
    value
        .parse()
        .ok()
        .and_then(NonZeroUsize::new)
        .filter(|count| count.get() <= 1_000_000)
        .ok_or_else(|| "give a number from 1 to 1000000".to_owned())
}

/// A filter of log lines: levels, for all lines or for those of a target. A word that is no level would be taken for a
/// target, and nothing else would be logged.
pub(super) fn log_filter(value: &str) -> Result<String, String> {
    let wrong = || {
        "give off, error, warn, info, debug or trace, or target=level, such as info,sqlx=warn"
            .to_owned()
    };
    let is_level = |word: &str| !word.is_empty() && word.parse::<LevelFilter>().is_ok();
    for part in value.split(',') {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        if !is_level(level.trim()) {
            return Err(wrong());
        }
    }
    EnvFilter::try_new(value).map_err(|_| wrong())?;
    Ok(value.to_owned())
}

/// A number of something that is bounded, one at least.
pub(super) fn limit(value: &str) -> Result<usize, String> {
    let number = value.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("give a whole number from 1 to {}", usize::MAX))
}

/// A text that says something.
pub(super) fn not_empty(value: &str) -> Result<String, String> {
    if value.trim().is_empty() {
        return Err("the value is empty".to_owned());
    }
    Ok(value.to_owned())
}

/// An authentication scheme.
pub(super) fn scheme(value: &str) -> Result<String, String> {
    word(value).ok_or_else(|| "a scheme is one word, such as JWT".to_owned())
}

/// The name of a header.
pub(super) fn header(value: &str) -> Result<String, String> {
    word(value).ok_or_else(|| "a header's name is one word, such as Authorization".to_owned())
}

/// One token of RFC 9110, section 5.6.2.
fn word(value: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!value.is_empty() && value.bytes().all(is_token)).then(|| value.to_owned())
}

/// An algorithm that signs tokens (RFC 7518, section 3.1, and RFC 8037).
pub(super) fn algorithm(value: &str) -> Result<Algorithm, String> {
    value.parse().map_err(|_| {
        "give HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or EdDSA"
            .to_owned()
    })
}

/// The name of a cookie.
pub(super) fn cookie_name(value: &str) -> Result<String, String> {
    word(value).ok_or_else(|| "a cookie's name is one word, such as JWT".to_owned())
}

/// The path of a cookie (RFC 6265, section 4.1.1).
pub(super) fn cookie_path(value: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b';';
    if !value.starts_with('/') || !value.bytes().all(plain) {
        return Err("a path begins with / and holds no spaces, such as /graphql".to_owned());
    }
    Ok(value.to_owned())
}

/// The domain of a cookie.
pub(super) fn cookie_domain(value: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    if value.trim_matches('.').is_empty() || !value.bytes().all(plain) {
        return Err("a domain is a name such as example.com".to_owned());
    }
    Ok(value.to_owned())
}

/// A name of the GraphQL language (specification, section 2.1.9).
pub(super) fn graphql_name(value: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !value.bytes().all(plain)
        || value.starts_with("__")
        || !value.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
    {
        return Err("a name is letters, digits and _, such as token".to_owned());
    }
    Ok(value.to_owned())
}

/// An address, or a range of them such as 10.0.0.0/8.
pub(super) fn network(value: &str) -> Result<IpNet, String> {
    let value = value.trim();
    let address = value.parse::<IpAddr>().map(IpNet::from);
    address
        .or_else(|_| value.parse())
        .map_err(|_| "give an address or a range, such as 127.0.0.1 or 10.0.0.0/8".to_owned())
}

/// An origin as browsers send it: scheme, host and port, nothing after them.
pub(super) fn origin(value: &str) -> Result<String, String> {
    let wrong = "an origin is a scheme, a host and perhaps a port, such as https://app.example.com";
    let value = value.trim();
    let (scheme, host) = value.split_once("://").ok_or(wrong)?;
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@*\"<>\\".contains(&byte);
    if !matches!(scheme, "http" | "https") || host.is_empty() || !host.bytes().all(plain) {
        return Err(wrong.to_owned());
    }
    Ok(value.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_a_host_and_a_port() {
        assert!(address("127.0.0.1:0").is_ok());
        assert!(address("localhost:3000").is_ok());
        assert!(address("[::1]:3000").is_ok());
        for wrong in ["3000", ":3000", "localhost:", "localhost:70000"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_log_filter_is_made_of_levels() {
        for right in ["info", "OFF", "info,sqlx=warn", "server::http=trace"] {
            assert!(log_filter(right).is_ok(), "{right}");
        }
        for wrong in ["", "verbose", "inof", "a=b=c", "sqlx=", "info,", "sqlx"] {
            assert!(log_filter(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_are_whole_and_not_none() {
        assert!(seconds("1").is_ok());
        for wrong in ["", "0", "-1", "5m", "1.5", "4294967296"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn origins_are_scheme_host_and_port_alone() {
        assert_eq!(
            origin(" https://App.Example.com:8443 ").as_deref(),
            Ok("https://app.example.com:8443")
        );
        for wrong in ["*", "app.example.com", "https://a/b", "ftp://a", "https://"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn schemes_are_one_word() {
        assert!(scheme("JWT").is_ok());
        assert!(scheme("My Token").is_err());
        assert!(scheme("").is_err());
    }
}
