//! In which language somebody reads a page: what they chose, else what is known of them, else what their browser asks for,
//! else the server's.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{FromRequestParts, Request};
use axum::middleware::Next;
use axum::response::Response;
use bursar_base::Language;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Uri, header};

use crate::cookies;

/// How long a browser keeps what was chosen on a page.
const CHOICE_KEPT_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What a request says about its reader's language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// What they chose on a page: `?lang=` now, or the cookie of an earlier one.
    pub chosen: Option<Language>,
    /// What their browser asks for.
    pub accepted: Option<Language>,
}

impl Reading {
    /// From a request.
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Reading {
        let cookie = || cookies::LANGUAGE.of(headers).and_then(|value| value.parse().ok());
        let wishes: Vec<&str> =
            headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok()).collect();
        Reading { chosen: asked(uri).or_else(cookie), accepted: Language::accepted(&wishes.join(",")) }
    }

    /// The language of a page for somebody whose own is `known`.
    pub fn language(self, known: Option<Language>, default: Language) -> Language {
        self.chosen.or(known).or(self.accepted).unwrap_or(default)
    }

    /// What somebody is taken to want of whom nothing else is known.
    pub fn wish(self) -> Option<Language> {
        self.chosen.or(self.accepted)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reading {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Reading, Infallible> {
        Ok(Reading::of(&parts.uri, &parts.headers))
    }
}

/// What `?lang=` says; what is no language of ours is passed over.
fn asked(uri: &Uri) -> Option<Language> {
    let mut pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "lang").and_then(|(_, value)| value.parse().ok())
}

/// Keeps what was chosen, and says of every page that it depends on its reader.
pub async fn keep(request: Request, next: Next) -> Response {
    let chosen = asked(request.uri());
    let mut response = next.run(request).await;
    let content = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if content.is_some_and(|content| content.starts_with("text/html")) {
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Accept-Language, Cookie"));
        if let Some(language) = chosen {
            headers.append(header::SET_COOKIE, cookies::LANGUAGE.set(language.as_str(), CHOICE_KEPT_FOR));
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_beats_what_is_known_and_that_beats_the_browser() {
        let of = |uri: &'static str, pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, HeaderValue::from_static(value));
            }
            Reading::of(&Uri::from_static(uri), &headers)
        };
        let (en, pt) = (Language::En, Language::PtBr);
        let cookie = ("cookie", "__Host-bursar_language=pt-BR");
        assert_eq!(of("/claim?lang=en&token=x", &[cookie]).chosen, Some(en));
        assert_eq!(of("/claim?token=x&lang=de", &[cookie]).chosen, Some(pt));
        assert_eq!(of("/claim", &[("cookie", "__Host-bursar_language=de")]), Reading::default());
        let browser = of("/", &[("accept-language", "de"), ("accept-language", "pt;q=0.5")]);
        assert_eq!(browser.language(None, en), pt);
        assert_eq!(browser.language(Some(en), en), en);
        assert_eq!(of("/?lang=PT-br", &[]).language(Some(en), en), pt);
        assert_eq!(Reading::default().language(None, pt), pt);
    }
}
