//! Cookies: `__Host-` ones only, so that no other host and no plain connection can set or read them.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};

/// A cookie of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookie(&'static str);

/// Who is signed in.
pub const SESSION: Cookie = Cookie("__Host-bursar_session");
/// Which browser asked for a link to sign in with.
pub const BROWSER: Cookie = Cookie("__Host-bursar_browser");
/// In which language pages are read.
pub const LANGUAGE: Cookie = Cookie("__Host-bursar_language");
/// Longest value that is looked at; ours have 43 letters.
const MAX_VALUE_CHARS: usize = 128;

impl Cookie {
    /// What it is called.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// Its value, where the request carries it once. Twice is what somebody does who wants us to take the wrong one.
    pub fn of(self, headers: &HeaderMap) -> Option<&str> {
        let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut values = pairs
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter_map(|(name, value)| (name == self.0).then_some(value));
        let value = values.next().filter(|value| !value.is_empty() && value.len() <= MAX_VALUE_CHARS)?;
        values.next().is_none().then_some(value)
    }

    /// The header that sets it. Scripts cannot read it, and other sites' forms do not send it.
    pub fn set(self, value: &str, lasts: Duration) -> HeaderValue {
        let text = format!(
            "{}={value}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=Lax",
            self.0,
            lasts.as_secs()
        );
        // Values are letters and digits of ours.
        HeaderValue::from_str(&text).unwrap_or_else(|_| self.clear())
    }

    /// The header that removes it.
    pub fn clear(self) -> HeaderValue {
        let text = format!("{}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax", self.0);
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// Whether a browser that sent its cookies along was on a page of ours. Browsers say where a request comes from, and no
/// page can make them say otherwise; a request that says nothing is refused, as nobody's browser sends such a one.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site") {
        // `none`: typed into the bar of addresses, which sends no forms.
        return site == "same-origin";
    }
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
    match (origin, text(header::HOST)) {
        (Some((_, origin)), Some(host)) => origin.eq_ignore_ascii_case(host),
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_among_others_and_only_once() {
        let one = headers(&[("cookie", "a=b; __Host-bursar_session=abc;c=d")]);
        assert_eq!(SESSION.of(&one), Some("abc"));
        assert_eq!(BROWSER.of(&one), None);
        for line in [
            "__Host-bursar_session=a; __Host-bursar_session=b",
            "bursar_session=a",
            "__Host-bursar_session=",
            "__Host-bursar_session",
        ] {
            assert_eq!(SESSION.of(&headers(&[("cookie", line)])), None, "{line}");
        }
        let twice = headers(&[("cookie", "__Host-bursar_session=a"), ("cookie", "__Host-bursar_session=a")]);
        assert_eq!(SESSION.of(&twice), None);
    }

    #[test]
    fn only_our_own_pages_may_send_cookies_along() {
        let same: &[&[(&str, &str)]] = &[
            &[("sec-fetch-site", "same-origin")],
            &[("origin", "https://pay.example.com"), ("host", "pay.example.com")],
            &[("origin", "http://localhost:8480"), ("host", "localhost:8480")],
        ];
        let other: &[&[(&str, &str)]] = &[
            &[],
            &[("host", "pay.example.com")],
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://pay.example.com"),
                ("host", "pay.example.com"),
            ],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null"), ("host", "pay.example.com")],
            &[("origin", "https://pay.example.com.evil.example"), ("host", "pay.example.com")],
            &[("origin", "http://localhost:1"), ("host", "localhost:8480")],
        ];
        for pairs in same {
            assert!(is_same_origin(&headers(pairs)), "{pairs:?}");
        }
        for pairs in other {
            assert!(!is_same_origin(&headers(pairs)), "{pairs:?}");
        }
    }
}
