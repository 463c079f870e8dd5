//! What may be called and what may not, by table and by property, and that the resolver cannot be fooled.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use http::HeaderMap;
use proptest::prelude::*;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::{Allow, CallError, Guarded, UrlError, is_public};

/// First and last address of a closed range, then its neighbours with whether they are public.
type Closed = (&'static str, &'static str, (&'static str, bool), (&'static str, bool));

#[test]
fn the_edges_of_every_closed_range_are_closed_and_what_lies_beside_is_open() {
    let v4: &[Closed] = &[
        ("0.0.0.0", "0.255.255.255", ("1.0.0.0", true), ("1.0.0.1", true)),
        ("10.0.0.0", "10.255.255.255", ("9.255.255.255", true), ("11.0.0.0", true)),
        ("100.64.0.0", "100.127.255.255", ("100.63.255.255", true), ("100.128.0.0", true)),
        ("127.0.0.0", "127.255.255.255", ("126.255.255.255", true), ("128.0.0.0", true)),
        ("168.63.129.16", "168.63.129.16", ("168.63.129.15", true), ("168.63.129.17", true)),
        ("169.254.0.0", "169.254.255.255", ("169.253.255.255", true), ("169.255.0.0", true)),
        ("172.16.0.0", "172.31.255.255", ("172.15.255.255", true), ("172.32.0.0", true)),
        ("192.0.0.0", "192.0.0.255", ("191.255.255.255", true), ("192.0.1.0", true)),
        ("192.0.2.0", "192.0.2.255", ("192.0.1.255", true), ("192.0.3.0", true)),
        ("192.88.99.0", "192.88.99.255", ("192.88.98.255", true), ("192.88.100.0", true)),
        ("192.168.0.0", "192.168.255.255", ("192.167.255.255", true), ("192.169.0.0", true)),
        ("198.18.0.0", "198.19.255.255", ("198.17.255.255", true), ("198.20.0.0", true)),
        ("198.51.100.0", "198.51.100.255", ("198.51.99.255", true), ("198.51.101.0", true)),
        ("203.0.113.0", "203.0.113.255", ("203.0.112.255", true), ("203.0.114.0", true)),
        ("224.0.0.0", "239.255.255.255", ("223.255.255.255", true), ("240.0.0.0", false)),
        ("240.0.0.0", "255.255.255.255", ("239.255.255.255", false), ("223.255.255.255", true)),
    ];
    let v6: &[Closed] = &[
        ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ("2600::", true), ("2000::", true)),
        ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", ("2000:ffff::", true), ("2001:200::", true)),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", ("2001:db7::", true), ("2001:db9::", true)),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ("2001:ffff::", true), ("2003::", true)),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", ("3ffe:ffff::", true), ("3fff:1000::", true)),
        ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ("3fff:ffff::", true), ("2a00::", true)),
    ];
    for (first, last, before, after) in v4.iter().chain(v6) {
        for closed in [first, last] {
            assert!(!is_public(closed.parse().unwrap()), "{closed} is called");
        }
        for (address, public) in [before, after] {
            assert_eq!(is_public(address.parse().unwrap()), *public, "{address}");
        }
    }
}

#[test]
fn addresses_with_a_name_are_known() {
    for (address, what) in [
        ("169.254.169.254", "metadata of most clouds"),
        ("169.254.170.2", "metadata of containers"),
        ("100.100.100.200", "metadata of one cloud"),
        ("192.0.0.192", "metadata of another"),
        ("fd00:ec2::254", "metadata over IPv6"),
        ("fd20:ce::254", "metadata over IPv6"),
        ("::1", "this machine"),
        ("::", "any"),
        ("::ffff:127.0.0.1", "this machine, mapped"),
        ("::ffff:8.8.8.8", "mapped"),
        ("::7f00:1", "this machine, compatible"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b::808:808", "NAT64"),
        ("64:ff9b:1::1", "NAT64 of a network of its own"),
        ("2001::1", "Teredo"),
        ("2001:2::1", "benchmarking"),
        ("2001:10::1", "ORCHID"),
        ("2001:20::1", "ORCHID, second"),
        ("2002:7f00:1::", "6to4 to this machine"),
        ("100::1", "discard"),
        ("5f00::1", "segment routing"),
        ("fc00::1", "unique local"),
        ("fd12:3456::1", "unique local"),
        ("fe80::1", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "broadcast"),
    ] {
        assert!(!is_public(address.parse().unwrap()), "{address} ({what}) is called");
    }
    for address in ["1.1.1.1", "8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]
    {
        assert!(is_public(address.parse().unwrap()), "{address} is not called");
    }
}

/// Made once: setting up TLS takes its time.
fn guarded() -> &'static Guarded {
    static GUARDED: LazyLock<Guarded> = LazyLock::new(|| Guarded::new(Allow::default()).unwrap());
    &GUARDED
}

#[test]
fn urls_that_are_never_called_are_refused_with_the_reason() {
    let guarded = guarded();
    let refused = |text: &str| guarded.check(text).err();
    for (text, why) in [
        ("", UrlError::Form),
        ("bot.example/hooks", UrlError::Form),
        ("ftp://bot.example/", UrlError::Form),
        ("file:///etc/passwd", UrlError::Form),
        ("unix:/run/x.sock", UrlError::Form),
        ("https://", UrlError::Form),
        ("http://bot.example/hooks", UrlError::Scheme),
        ("http://127.0.0.1/", UrlError::Scheme),
        ("https://user@bot.example/", UrlError::Credentials),
        ("https://user:secret@bot.example/", UrlError::Credentials),
        ("https://bot.example/#part", UrlError::Fragment),
        ("https://bot.example:22/", UrlError::Port),
        ("https://bot.example:25/", UrlError::Port),
        ("https://bot.example:80/", UrlError::Port),
        ("https://bot.example:0/", UrlError::Port),
        ("https://bot.example:1023/", UrlError::Port),
        ("https://127.0.0.1/", UrlError::Inside),
        ("https://127.1/", UrlError::Inside),
        ("https://2130706433/", UrlError::Inside),
        ("https://0x7f.0.0.1/", UrlError::Inside),
        ("https://0177.0.0.1/", UrlError::Inside),
        ("https://０x7f.1/", UrlError::Inside),
        ("https://169.254.169.254/latest/meta-data/", UrlError::Inside),
        ("https://10.0.0.1:8443/", UrlError::Inside),
        ("https://[::1]/", UrlError::Inside),
        ("https://[::ffff:127.0.0.1]/", UrlError::Inside),
        ("https://[64:ff9b::a00:1]/", UrlError::Inside),
        ("https://[fd00:ec2::254]/", UrlError::Inside),
        ("https://localhost/", UrlError::Inside),
        ("https://LOCALHOST./", UrlError::Inside),
        ("https://a.localhost/", UrlError::Inside),
        ("https://printer.local/", UrlError::Inside),
        ("https://metadata.google.internal/", UrlError::Inside),
        ("https://intranet/", UrlError::Inside),
        ("https://nas.home.arpa/", UrlError::Inside),
    ] {
        assert_eq!(refused(text), Some(why), "{text}");
    }
    assert_eq!(refused(&format!("https://bot.example/{}", "a".repeat(3_000))), Some(UrlError::Form));
    for text in [
        "https://bot.example",
        "https://bot.example:443/a?b=c",
        "https://bot.example:8443/",
        "https://1.1.1.1/",
    ] {
        assert_eq!(refused(text), None, "{text}");
    }
}

#[test]
fn only_the_very_pair_of_host_and_port_is_let_through() {
    let allow = Allow::parse("127.0.0.1:9000, Receiver.TEST:80 ,[::1]:7000,").unwrap();
    let guarded = Guarded::new(allow).unwrap();
    for text in
        ["http://127.0.0.1:9000/x", "https://127.0.0.1:9000/", "http://receiver.test/", "http://[::1]:7000/"]
    {
        assert!(guarded.check(text).is_ok(), "{text}");
    }
    for text in [
        "http://127.0.0.1:9001/",
        "https://127.0.0.1/",
        "http://127.0.0.2:9000/",
        "https://receiver.test:81/",
    ] {
        assert!(guarded.check(text).is_err(), "{text}");
    }
    assert_eq!(guarded.check("http://u:p@127.0.0.1:9000/").err(), Some(UrlError::Credentials));
    assert_eq!(Allow::parse(""), Ok(Allow::default()));
    for wrong in ["localhost", "127.0.0.1", "a:b", "a:0", "a:70000", "http://a:80", "a:80/x", "u@a:80", ":80"]
    {
        assert!(Allow::parse(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn whatever_is_private_to_the_standard_library_is_not_public(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let closed = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
            || address.is_broadcast() || address.is_documentation() || address.is_unspecified();
        prop_assert!(!(closed && is_public(IpAddr::V4(address))), "{address}");
    }

    #[test]
    fn an_ipv4_address_inside_of_an_ipv6_address_is_never_public(bits: u32, low: u64) {
        let v4 = Ipv4Addr::from_bits(bits);
        let wide = u128::from(bits);
        let inside = [
            v4.to_ipv6_mapped(),
            Ipv6Addr::from_bits(wide),
            Ipv6Addr::from_bits((0x0064_ff9b_u128 << 96) | wide),
            Ipv6Addr::from_bits((0x0064_ff9b_0001_u128 << 80) | u128::from(low)),
            Ipv6Addr::from_bits((0x2002_u128 << 112) | (wide << 80) | u128::from(low)),
            Ipv6Addr::from_bits((0x2001_0000_u128 << 96) | (u128::from(low) << 32) | wide),
        ];
        for address in inside {
            prop_assert!(!is_public(IpAddr::V6(address)), "{address}");
        }
    }

    #[test]
    fn outside_of_what_is_handed_out_no_ipv6_address_is_public(bits: u128) {
        let address = Ipv6Addr::from_bits(bits);
        let closed = bits >> 125 != 1 || address.is_multicast() || address.is_unique_local()
            || address.is_unicast_link_local() || address.is_loopback();
        prop_assert!(!(closed && is_public(IpAddr::V6(address))), "{address}");
    }

    #[test]
    fn an_address_in_a_url_is_judged_like_the_address_itself(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let guarded = guarded();
        for text in [format!("https://{address}/"), format!("https://{bits}/"), format!("https://{bits:#x}/")] {
            let verdict = guarded.check(&text).map(drop);
            let expected = if is_public(IpAddr::V4(address)) { Ok(()) } else { Err(UrlError::Inside) };
            prop_assert_eq!(verdict, expected, "{}", text);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        drop(guarded().check(&text));
        drop(Allow::parse(&text));
    }
}

/// Answers each question with the next of its addresses, as a name server does whose owner means harm.
struct Rebinding {
    answers: Vec<SocketAddr>,
    asked: AtomicUsize,
}

impl Resolve for Rebinding {
    fn resolve(&self, _: Name) -> Resolving {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers[asked.min(self.answers.len() - 1)];
        Box::pin(async move { Ok(Box::new(std::iter::once(answer)) as Addrs) })
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_when_it_is_connected_to_is_not_called() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let inside = listener.local_addr().unwrap();
    let called = Arc::new(AtomicUsize::new(0));
    let counting = called.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counting.fetch_add(1, Ordering::SeqCst);
        }
    });
    let resolver = Arc::new(Rebinding { answers: vec![inside], asked: AtomicUsize::new(0) });
    let guarded = Guarded::with_resolver(Allow::default(), resolver.clone()).unwrap();
    let url = format!("https://bot.example:{}/hooks", inside.port());
    // The look at the URL asks nobody, so there is no answer that could be another one later.
    assert!(guarded.check(&url).is_ok());
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 0);
    for round in 1..=2 {
        let answer = guarded.post(&url, HeaderMap::new(), Vec::new()).await;
        assert_eq!(answer, Err(CallError::Inside));
        assert_eq!(resolver.asked.load(Ordering::SeqCst), round, "every call asks anew");
    }
    let direct = guarded.post(&format!("https://{inside}/"), HeaderMap::new(), Vec::new()).await;
    assert_eq!(direct, Err(CallError::Url(UrlError::Inside)));
    assert_eq!(called.load(Ordering::SeqCst), 0, "somebody inside was called");
}

/// Answers every connection with `answer`, and keeps what it was asked.
async fn server(answer: Vec<u8>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let asked = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 4_096];
            let read = stream.read(&mut head).await.unwrap_or(0);
            asked.lock().unwrap().push(String::from_utf8_lossy(&head[..read]).into_owned());
            drop(stream.write_all(&answer).await);
        }
    });
    (address, seen)
}

fn allowing(address: SocketAddr) -> Guarded {
    Guarded::new(Allow::parse(&address.to_string()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (target, reached) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    let moved = format!("HTTP/1.1 307 Moved\r\nlocation: http://{target}/\r\ncontent-length: 0\r\n\r\n");
    let (address, seen) = server(moved.into_bytes()).await;
    let answer =
        allowing(address).post(&format!("http://{address}/a?b"), HeaderMap::new(), b"{}".to_vec()).await;
    assert_eq!(answer.unwrap().status, 307);
    assert!(seen.lock().unwrap()[0].starts_with("POST /a?b HTTP/1.1\r\n"), "{seen:?}");
    assert!(reached.lock().unwrap().is_empty());
}

#[tokio::test]
async fn of_a_long_answer_only_the_beginning_is_read() {
    let mut long = b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n".to_vec();
    long.extend(std::iter::repeat_n(b'a', 1_000_000));
    let (address, _) = server(long).await;
    let answer =
        allowing(address).post(&format!("http://{address}/"), HeaderMap::new(), Vec::new()).await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, bursar_base::limits::OUTGOING_ANSWER_BYTES_MAX));
}

#[tokio::test]
async fn a_call_that_finds_nobody_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let answer = allowing(address).post(&format!("http://{address}/"), HeaderMap::new(), Vec::new()).await;
    assert_eq!(answer, Err(CallError::Connect));
}
