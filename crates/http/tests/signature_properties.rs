//! Properties of signatures that no list of examples can show.

#![allow(clippy::unwrap_used)] // in a test, a panic is the message

use bursar_base::TimeUs;
use bursar_http::signatures::{self, RequestHead, Signer, VerifiedSignature};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const NOW: TimeUs = TimeUs(1_790_000_000_500_000);

/// A request as bytes, so that any of them can be changed.
#[derive(Debug, Clone)]
struct Raw {
    method: Vec<u8>,
    target: Vec<u8>,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Vec<u8>,
    secret: [u8; 32],
}

impl Raw {
    /// `None` when the request is refused, also when an HTTP server would not even understand it.
    fn verify(&self) -> Option<VerifiedSignature> {
        let method = Method::from_bytes(&self.method).ok()?;
        let uri = Uri::try_from(self.target.as_slice()).ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?);
        }
        let parsed = signatures::parse(RequestHead::new(&method, &uri, &headers)).ok()??;
        parsed.verify(&self.secret, &self.body, NOW).ok()
    }

    /// The targets `/`, `?` and `#` are three spellings, but one and the same to whoever handles the request.
    fn says_the_same_as(&self, other: &Raw) -> bool {
        let parts = |target: &[u8]| {
            let uri = Uri::try_from(target).ok()?;
            Some((uri.path().to_owned(), uri.query().unwrap_or_default().to_owned()))
        };
        let target = parts(&self.target);
        target.is_some()
            && target == parts(&other.target)
            && (&self.method, &self.headers, &self.body) == (&other.method, &other.headers, &other.body)
            && self.secret == other.secret
    }

    /// Everything that a signature protects, piece by piece.
    fn pieces(&mut self) -> Vec<&mut [u8]> {
        let mut pieces: Vec<&mut [u8]> =
            vec![&mut self.method, &mut self.target, &mut self.body, &mut self.secret];
        pieces.extend(self.headers.iter_mut().map(|(_, value)| value.as_mut_slice()));
        pieces
    }
}

fn raw() -> impl Strategy<Value = (Raw, String, String, i64)> {
    let target = "(/[a-zA-Z0-9%._~-]{0,8}){1,4}(\\?[a-z0-9=&%+/?-]{1,20})?";
    let method = select(vec!["GET", "POST", "PUT", "DELETE", "PATCH", "PURGE"]);
    let body = proptest::collection::vec(any::<u8>(), 0..200);
    (method, target, body, any::<[u8; 32]>(), "[ -~]{1,128}", "[ -~]{1,128}", -299_i64..=300).prop_map(
        |(method, target, body, secret, nonce, key_id, skew)| {
            let uri = Uri::try_from(target.as_str()).expect("the pattern gives valid targets");
            let (method, headers) = (Method::from_bytes(method.as_bytes()).unwrap(), HeaderMap::new());
            let created_s = NOW.seconds() + skew;
            let signer = Signer { key_id: key_id.clone(), secret };
            let head = RequestHead::new(&method, &uri, &headers);
            let signed =
                signatures::sign(head, &body, &signer, TimeUs::from_seconds(created_s), &nonce).unwrap();
            let mut headers = vec![
                ("signature-input", signed.signature_input.into_bytes()),
                ("signature", signed.signature.into_bytes()),
            ];
            headers.extend(signed.content_digest.map(|digest| ("content-digest", digest.into_bytes())));
            let method = method.as_str().as_bytes().to_vec();
            (Raw { method, target: target.into_bytes(), headers, body, secret }, nonce, key_id, created_s)
        },
    )
}

/// Pieces of which almost well-formed fields are made: they reach further into a parser than random bytes.
fn almost_a_field() -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "sig=",
        "sig",
        "a=",
        "(",
        ")",
        "\"@method\"",
        "\"@path\"",
        "\"@query\"",
        "\"content-digest\"",
        "\"host\"",
        " ",
        ";created=1790000000",
        ";created=",
        ";nonce=\"",
        "\"",
        "\\",
        ";keyid=\"k\"",
        ";alg=\"hmac-sha256\"",
        ";expires=-1",
        ",",
        ", ",
        ":",
        "::",
        "=:",
        "AAAA",
        "999999999999999",
        "?1",
        "@1",
        "%\"",
        "%ff",
        "\u{e9}",
        "\t",
        "sha-256=:",
        "=",
        "*",
    ];
    proptest::collection::vec(select(pieces.map(|piece| piece.as_bytes().to_vec()).to_vec()), 0..40)
        .prop_map(|pieces| pieces.concat())
}

fn any_field() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..300), almost_a_field()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_signed_verifies_and_says_who_when_and_once((raw, nonce, key_id, created_s) in raw()) {
        let expected = VerifiedSignature { key_id, nonce, created: TimeUs::from_seconds(created_s) };
        prop_assert_eq!(raw.verify(), Some(expected));
    }

    #[test]
    fn any_changed_byte_is_refused((mut raw, ..) in raw(), piece: Index, place: Index, change in 1_u8..) {
        let original = raw.clone();
        let mut pieces: Vec<_> = raw.pieces().into_iter().filter(|piece| !piece.is_empty()).collect();
        let piece = piece.get_mut(&mut pieces);
        let place = place.index(piece.len());
        piece[place] ^= change;
        prop_assume!(!raw.says_the_same_as(&original));
        prop_assert_eq!(raw.verify(), None);
    }

    #[test]
    fn any_removed_header_is_refused((mut raw, ..) in raw(), which: Index) {
        let which = which.index(raw.headers.len());
        raw.headers.remove(which);
        prop_assert_eq!(raw.verify(), None);
    }

    #[test]
    fn nothing_in_a_header_makes_the_parser_panic(
        input in any_field(), signature in any_field(), digest in any_field(), body in any::<Vec<u8>>(),
    ) {
        let headers = vec![("signature-input", input), ("signature", signature), ("content-digest", digest)];
        let (method, target) = (b"POST".to_vec(), b"/v1/x".to_vec());
        let raw = Raw { method, target, headers, body, secret: [7; 32] };
        prop_assert_eq!(raw.verify(), None);
    }

    #[test]
    fn what_parses_has_one_line_for_each_component(input in almost_a_field()) {
        let mut headers = HeaderMap::new();
        let input = [b"sig=(\"@method\" \"@path\" \"@query\"".as_slice(), &input].concat();
        let components = input.iter().take_while(|byte| **byte != b')').filter(|byte| **byte == b'"').count() / 2;
        let Ok(value) = HeaderValue::from_bytes(&input) else { return Ok(()) };
        headers.insert("signature-input", value);
        headers.insert("signature", HeaderValue::from_static("sig=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"));
        headers.insert("host", HeaderValue::from_static("a\"b: c"));
        let uri = Uri::from_static("/v1/x?'@method':");
        if let Ok(Some(parsed)) = signatures::parse(RequestHead::new(&Method::POST, &uri, &headers)) {
            prop_assert_eq!(parsed.signature_base().lines().count(), components + 1);
        }
    }
}
