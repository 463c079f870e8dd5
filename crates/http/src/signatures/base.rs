//! The signature base: the text that is signed (RFC 9421, section 2.5).

use std::borrow::Cow;

use http::uri::Authority;

use super::{CONTENT_DIGEST_HEADER, RequestHead, SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER, SignatureError};

/// Room for a usual base, so that it is allocated once.
const USUAL_BASE_BYTES: usize = 512;

/// Grows a signature base line by line, and beside it the list of what it covers.
pub(super) struct BaseBuilder<'r> {
    head: RequestHead<'r>,
    base: String,
    params: String,
}

impl<'r> BaseBuilder<'r> {
    pub(super) fn new(head: RequestHead<'r>) -> BaseBuilder<'r> {
        let mut params = String::with_capacity(USUAL_BASE_BYTES / 2);
        params.push('(');
        BaseBuilder { head, base: String::with_capacity(USUAL_BASE_BYTES), params }
    }

    /// Covers one component without parameters.
    ///
    /// Only names that are accepted here reach the base, so none can smuggle a quote or a line break into it.
    pub(super) fn component(&mut self, name: &str) -> Result<(), SignatureError> {
        let value = self.value(name)?;
        self.component_with_value(name, &value);
        Ok(())
    }

    /// Covers a component whose value is not in the request yet.
    pub(super) fn component_with_value(&mut self, name: &str, value: &str) {
        if self.params.len() > 1 {
            self.params.push(' ');
        }
        self.params.push('"');
        self.params.push_str(name);
        self.params.push('"');
        self.base.push('"');
        self.base.push_str(name);
        self.base.push_str("\": ");
        self.base.push_str(value);
        self.base.push('\n');
    }

    /// Ends the list of components; parameters follow.
    pub(super) fn end_of_components(&mut self) {
        self.params.push(')');
    }

    /// Adds a parameter that is an integer.
    pub(super) fn integer(&mut self, name: &str, value: i64) {
        self.params.push(';');
        self.params.push_str(name);
        self.params.push('=');
        self.params.push_str(&value.to_string());
    }

    /// Adds a parameter that is a string. `value` is printable ASCII: `sfv` accepts no other string.
    pub(super) fn string(&mut self, name: &str, value: &str) {
        self.params.push(';');
        self.params.push_str(name);
        self.params.push_str("=\"");
        for char in value.chars() {
            if matches!(char, '"' | '\\') {
                self.params.push('\\');
            }
            self.params.push(char);
        }
        self.params.push('"');
    }

    /// The base, and the value of `@signature-params` in it, which is also what `Signature-Input` says of the label.
    ///
    /// It is written anew from what was parsed, in the order of the client, as the RFC demands: a proxy may have
    /// changed the white space.
    pub(super) fn finish(mut self) -> (String, String) {
        self.base.push_str("\"@signature-params\": ");
        self.base.push_str(&self.params);
        (self.base, self.params)
    }

    fn value(&self, name: &str) -> Result<Cow<'r, str>, SignatureError> {
        let unavailable = || SignatureError::ComponentUnavailable(format!("\"{name}\""));
        let uri = self.head.uri;
        match name {
            "@method" => Ok(Cow::Borrowed(self.head.method.as_str())),
            // As it was sent: decoding or removing dots would let two spellings share a signature. What
            // CONNECT names has no path.
            "@path" => uri.path_and_query().map(|all| Cow::Borrowed(all.path())).ok_or_else(unavailable),
            "@query" => Ok(query(&self.head)),
            "@authority" => self.authority().map(Cow::Owned).ok_or_else(unavailable),
            "@scheme" => {
                self.scheme().map(|scheme| Cow::Owned(scheme.to_ascii_lowercase())).ok_or_else(unavailable)
            }
            "@target-uri" => {
                let parts = (self.scheme(), self.authority(), uri.path_and_query());
                let (Some(scheme), Some(authority), Some(rest)) = parts else {
                    return Err(unavailable());
                };
                Ok(Cow::Owned(format!("{}://{authority}{rest}", scheme.to_ascii_lowercase())))
            }
            // HTTP/2 has no request line, and one in absolute form cannot be told from it.
            "@request-target" if uri.authority().is_some() => Err(unavailable()),
            "@request-target" => {
                uri.path_and_query().map(|all| Cow::Borrowed(all.as_str())).ok_or_else(unavailable)
            }
            _ => self.field(name),
        }
    }

    fn field(&self, name: &str) -> Result<Cow<'r, str>, SignatureError> {
        let is_name = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte)
        };
        // A signature cannot cover itself.
        if name.is_empty()
            || !name.bytes().all(is_name)
            || [SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER].contains(&name)
        {
            return Err(SignatureError::ComponentUnsupported(format!("{name:?}")));
        }
        let unavailable = || match name {
            CONTENT_DIGEST_HEADER => SignatureError::DigestMalformed,
            _ => SignatureError::ComponentUnavailable(format!("\"{name}\"")),
        };
        let mut lines = self.head.headers.get_all(name).iter();
        let mut line = || Some(lines.next()?.to_str().map(|text| text.trim_matches([' ', '\t'])));
        let mut value = Cow::Borrowed(line().ok_or_else(unavailable)?.map_err(|_| unavailable())?);
        while let Some(next) = line() {
            let value = value.to_mut();
            value.push_str(", ");
            value.push_str(next.map_err(|_| unavailable())?);
        }
        Ok(value)
    }

    fn scheme(&self) -> Option<&'r str> {
        self.head.uri.scheme_str().or(self.head.public_scheme)
    }

    /// Host and port, lower case, without the scheme's own port.
    fn authority(&self) -> Option<String> {
        let from_host;
        let authority = match self.head.uri.authority() {
            Some(authority) => authority,
            None => {
                let mut hosts = self.head.headers.get_all(http::header::HOST).iter();
                let (Some(host), None) = (hosts.next(), hosts.next()) else {
                    return None;
                };
                from_host = Authority::try_from(host.as_bytes()).ok()?;
                &from_host
            }
        };
        let mut text = authority.host().to_ascii_lowercase();
        let own_port = match self.scheme() {
            Some("https") => Some(443),
            Some("http") => Some(80),
            _ => None,
        };
        if let Some(port) = authority.port_u16().filter(|port| Some(*port) != own_port) {
            text.push(':');
            text.push_str(&port.to_string());
        }
        Some(text)
    }
}

/// `?` and the query as it was sent; `?` alone when there is none.
fn query<'r>(head: &RequestHead<'r>) -> Cow<'r, str> {
    let all = head.uri.path_and_query().map_or("", |all| all.as_str());
    Cow::Borrowed(all.find('?').map_or("?", |start| &all[start..]))
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use http::{HeaderMap, HeaderValue, Method, Uri};

    use super::*;
    use crate::signatures::secret::mac;

    /// RFC 9421, appendix B.2.5.
    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let secret = STANDARD
            .decode(
                "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==",
            )
            .unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("example.com"));
        headers.insert("date", HeaderValue::from_static("Tue, 20 Apr 2021 02:07:55 GMT"));
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let uri = Uri::from_static("/foo?param=Value&Pet=dog");

        let mut builder = BaseBuilder::new(RequestHead::new(&Method::POST, &uri, &headers));
        for name in ["date", "@authority", "content-type"] {
            builder.component(name).unwrap();
        }
        builder.end_of_components();
        builder.integer("created", 1_618_884_473);
        builder.string("keyid", "test-shared-secret");
        let (base, _) = builder.finish();

        assert_eq!(STANDARD.encode(mac(&secret, &base)), "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=");
    }
}
