//! Where a request comes from, as far as limits per address need to know.

use std::net::{IpAddr, Ipv6Addr};

use http::{Extensions, HeaderMap, HeaderName};

/// The other end of the connection: put into the request's extensions by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// The address that a client is counted under: an IPv4 address, or the network of an IPv6 one, because every customer of a
/// provider has 2⁶⁴ of those. `unknown` when there is none, which all such clients then share.
///
/// `trusted` is the one header that the operator's own proxy sets. Proxies append, so the last entry is what that proxy
/// saw; what stands before it was sent by the client, who may write there whatever it likes.
pub fn client_address(extensions: &Extensions, headers: &HeaderMap, trusted: Option<&HeaderName>) -> String {
    let told = trusted.map(|name| {
        let last = headers.get_all(name).iter().next_back().and_then(|value| value.to_str().ok());
        last.and_then(|line| address_of(line.rsplit(',').next().unwrap_or(line)))
    });
    let peer = || extensions.get::<Peer>().map(|peer| peer.0);
    // A proxy that forgot its header is counted itself, rather than nobody.
    let address = told.flatten().or_else(peer);
    address.map_or_else(|| "unknown".to_owned(), counted_as)
}

fn address_of(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(text);
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port)
}

fn counted_as(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            format!("{}/64", Ipv6Addr::from_bits(network))
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str], trusted: bool) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(peer.parse().unwrap()));
        let name = HeaderName::from_static("x-forwarded-for");
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(&name, HeaderValue::from_static(line));
        }
        client_address(&extensions, &headers, trusted.then_some(&name))
    }

    #[test]
    fn only_what_the_operators_proxy_says_is_believed() {
        assert_eq!(seen("198.51.100.7", &["203.0.113.9"], false), "198.51.100.7");
        assert_eq!(seen("127.0.0.1", &["203.0.113.9"], true), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["10.9.9.9, 203.0.113.9"], true), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["10.9.9.9", "203.0.113.9:4711"], true), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["[2001:db8::1]:99"], true), "2001:db8::/64");
        assert_eq!(seen("127.0.0.1", &["nonsense"], true), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &[], true), "127.0.0.1");
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        assert_eq!(seen("2001:db8:1:2:3:4:5:6", &[], false), "2001:db8:1:2::/64");
        assert_eq!(seen("::ffff:198.51.100.7", &[], false), "198.51.100.7");
    }
}
