//! How merchants are compared: as hosts where they are hosts, as names otherwise.

use globset::{Glob, GlobMatcher};

/// The form in which a merchant is compared: an IDNA-lowercased host where the text is a host or a URL, else the
/// trimmed, case-folded name with single spaces.
pub fn merchant_key(merchant: &str) -> String {
    let trimmed = merchant.trim();
    host_of(trimmed)
        .unwrap_or_else(|| trimmed.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" "))
}

fn host_of(text: &str) -> Option<String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        Some(_) => return None,
        None => authority,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    if !host.contains('.') || host.contains(char::is_whitespace) {
        return None;
    }
    if host.is_ascii()
        && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
    {
        // Nearly every merchant takes this path; the full algorithm gives the same for it, at fifty times the price.
        let plain =
            host.split('.').all(|label| !label.is_empty() && label.len() <= 63 && !label.starts_with("xn--"));
        return plain.then(|| host.to_owned());
    }
    idna::domain_to_ascii_strict(host).ok().filter(|host| host.contains('.'))
}

/// One entry of an allow or block list.
#[derive(Debug, Clone)]
pub struct Pattern {
    key: String,
    glob: Option<GlobMatcher>,
}

impl Pattern {
    /// A host (which covers its subdomains), a name, or a glob with `*`, `?` or `[…]`.
    ///
    /// # Errors
    /// A sentence about what is wrong with the pattern.
    pub fn parse(text: &str) -> Result<Pattern, String> {
        if text.trim().is_empty() {
            return Err("a merchant pattern is empty".to_owned());
        }
        let glob = text.contains(['*', '?', '[']);
        if !glob {
            return Ok(Pattern { key: merchant_key(text), glob: None });
        }
        let key = text.trim().to_lowercase();
        let matcher = Glob::new(&key).map_err(|error| format!("the merchant pattern {text:?}: {error}"))?;
        Ok(Pattern { glob: Some(matcher.compile_matcher()), key })
    }

    /// Whether a merchant, given by its [`merchant_key`], is meant.
    pub fn matches(&self, key: &str) -> bool {
        match &self.glob {
            Some(glob) => glob.is_match(key),
            None => covers(&self.key, key),
        }
    }
}

/// Whether `pattern` is `key` itself, or a domain above it.
pub fn covers(pattern: &str, key: &str) -> bool {
    key == pattern
        || (pattern.contains('.') && key.strip_suffix(pattern).is_some_and(|front| front.ends_with('.')))
}

/// `key` and, for a host, every domain above it, nearest first: where a payee is looked for.
pub fn candidates(key: &str) -> impl Iterator<Item = &str> {
    let hosts = key.contains('.') && !key.contains(' ');
    std::iter::successors(Some(key), move |at| {
        let (_, above) = at.split_once('.')?;
        (hosts && above.contains('.')).then_some(above)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_as_hosts() {
        for same in [
            "Shop.Example.com",
            "https://shop.example.com/cart?x=1",
            "shop.example.com.",
            "u:p@shop.example.com:443",
        ] {
            assert_eq!(merchant_key(same), "shop.example.com", "{same}");
        }
        assert_eq!(merchant_key("BÜCHER.example"), "xn--bcher-kva.example");
        assert_eq!(merchant_key("  Acme   Inc "), "acme inc");
    }

    #[test]
    fn a_domain_covers_its_subdomains_and_nothing_that_merely_ends_alike() {
        let pattern = Pattern::parse("example.com").unwrap();
        assert!(pattern.matches("example.com"));
        assert!(pattern.matches("a.b.example.com"));
        assert!(!pattern.matches("evilexample.com"));
        assert!(!pattern.matches("example.com.evil.net"));
    }

    #[test]
    fn globs_and_names_match() {
        assert!(Pattern::parse("*.example.com").unwrap().matches("a.example.com"));
        assert!(!Pattern::parse("*.example.com").unwrap().matches("example.com"));
        assert!(Pattern::parse("ACME inc").unwrap().matches("acme inc"));
        assert!(Pattern::parse("").is_err());
        assert!(Pattern::parse("a[").is_err());
    }

    #[test]
    fn payees_are_looked_for_upwards() {
        assert_eq!(
            candidates("a.b.example.com").collect::<Vec<_>>(),
            ["a.b.example.com", "b.example.com", "example.com"]
        );
        assert_eq!(candidates("acme inc").collect::<Vec<_>>(), ["acme inc"]);
    }
}
