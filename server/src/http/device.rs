//! Where a request comes from: its address, what the client calls itself, and whether it came over HTTPS.
//!
//! What proxies say of it is believed of those alone that the operator lists: anybody can send their headers.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What the client calls itself; empty where it says nothing.
pub(super) fn user_agent(headers: &HeaderMap) -> &str {
    text(headers, &header::USER_AGENT).unwrap_or_default()
}

/// Whether the client sent the request over HTTPS, as far as can be known: the server itself speaks HTTP.
pub(super) fn is_https(headers: &HeaderMap, peer: IpAddr, trusted: &[IpNet]) -> bool {
    // A page's own origin, which browsers send with everything that is posted.
    let origin = text(headers, &header::ORIGIN);
    if origin.is_some_and(|origin| origin.starts_with("https://")) {
        return true;
    }
    is_trusted(canonical(peer), trusted)
        && text(headers, &FORWARDED_PROTO)
            .is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

/// The last address on the way here that is no trusted proxy: what stands before it, the client may have made up.
pub(super) fn client(headers: &HeaderMap, peer: IpAddr, trusted: &[IpNet]) -> IpAddr {
    let peer = canonical(peer);
    if !is_trusted(peer, trusted) {
        return peer;
    }
    let all = headers.get_all(FORWARDED_FOR).iter().rev();
    let hops = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.rsplit(','));
    let mut address = peer;
    for hop in hops {
        if !is_trusted(address, trusted) {
            break;
        }
        let Some(before) = parse(hop) else { break };
        address = before;
    }
    address
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// An address as proxies write it: bare, with a port, or in brackets.
fn parse(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port).map(canonical)
}

/// An IPv4 address that is written as an IPv6 one is the IPv4 address.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn address(peer: &str, forwarded: &'static str, trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        let peer = peer.parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static(forwarded));
        client(&headers, peer, &trusted).to_string()
    }

    #[test]
    fn forwarded_addresses_are_believed_of_trusted_proxies_alone() {
        let proxies = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(
            address("203.0.113.9", "198.51.100.7", &proxies),
            "203.0.113.9"
        );
        assert_eq!(address("10.0.0.1", "198.51.100.7", &[]), "10.0.0.1");
        assert_eq!(
            address("10.0.0.1", "198.51.100.7", &proxies),
            "198.51.100.7"
        );
        assert_eq!(
            address(
                "::ffff:10.0.0.1",
                "192.0.2.1, 198.51.100.7,10.0.0.2",
                &proxies
            ),
            "198.51.100.7"
        );
        assert_eq!(
            address("10.0.0.1", "192.0.2.1, nonsense", &proxies),
            "10.0.0.1"
        );
        assert_eq!(
            address("10.0.0.1", "198.51.100.7:5000", &proxies),
            "198.51.100.7"
        );
        assert_eq!(
            address("fd00::1", "[2001:db8::7]:5000", &proxies),
            "2001:db8::7"
        );
        assert_eq!(address("10.0.0.1", "10.0.0.3", &proxies), "10.0.0.3");
    }
}
