//! The stylesheets and the one script, and the paths that they are served at for ever: a path holds a hash of its
//! content.

/// What a browser fetches beside a page.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Where pages expect it. Another content has another path, so it may be cached without end.
    pub path: &'static str,
    /// What it is.
    pub content_type: &'static str,
    /// It.
    pub content: &'static str,
}

/// Everything that pages fetch.
pub const ASSETS: &[Asset] = &[
    Asset { path: STYLESHEET_PATH, content_type: "text/css; charset=utf-8", content: STYLESHEET },
    Asset {
        path: DASHBOARD_STYLESHEET_PATH,
        content_type: "text/css; charset=utf-8",
        content: DASHBOARD_STYLESHEET,
    },
    Asset { path: SCRIPT_PATH, content_type: "text/javascript; charset=utf-8", content: SCRIPT },
];

/// The stylesheet of every page.
const STYLESHEET: &str = include_str!("../assets/bursar.css");
/// What the dashboard has beside it.
const DASHBOARD_STYLESHEET: &str = include_str!("../assets/dashboard.css");
/// What passkeys need of a browser.
const SCRIPT: &str = include_str!("../assets/passkeys.js");

const HASH_DIGITS: usize = 16;

/// The path of a file's content: what stands before its hash, and after it.
macro_rules! path {
    ($content:expr, $before:literal, $after:literal) => {{
        const LENGTH: usize = $before.len() + HASH_DIGITS + $after.len();
        const PATH: [u8; LENGTH] = path(fnv1a($content.as_bytes()), $before, $after);
        match std::str::from_utf8(&PATH) {
            Ok(path) => path,
            Err(_) => panic!("the path is ASCII"),
        }
    }};
}

/// Where pages expect the stylesheet.
pub const STYLESHEET_PATH: &str = path!(STYLESHEET, b"/assets/bursar.", b".css");
/// Where the dashboard's pages expect theirs.
pub(crate) const DASHBOARD_STYLESHEET_PATH: &str =
    path!(DASHBOARD_STYLESHEET, b"/assets/dashboard.", b".css");
/// Where pages expect the script.
pub(crate) const SCRIPT_PATH: &str = path!(SCRIPT, b"/assets/passkeys.", b".js");

/// FNV-1a: it tells two versions of our own files apart at compile time, and nobody attacks that.
const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        index += 1;
    }
    hash
}

const fn path<const LENGTH: usize>(hash: u64, before: &[u8], after: &[u8]) -> [u8; LENGTH] {
    let mut out = [0; LENGTH];
    let mut at = 0;
    while at < before.len() {
        out[at] = before[at];
        at += 1;
    }
    let mut digit = 0;
    while digit < HASH_DIGITS {
        let nibble = (hash >> (60 - 4 * digit)) & 0xf;
        out[at] = b"0123456789abcdef"[nibble as usize];
        at += 1;
        digit += 1;
    }
    let mut end = 0;
    while end < after.len() {
        out[at] = after[end];
        at += 1;
        end += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_names_the_content() {
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
        let hash = STYLESHEET_PATH.strip_prefix("/assets/bursar.").and_then(|rest| rest.strip_suffix(".css"));
        assert_eq!(
            hash.and_then(|hash| u64::from_str_radix(hash, 16).ok()),
            Some(fnv1a(STYLESHEET.as_bytes()))
        );
        assert!(SCRIPT_PATH.starts_with("/assets/passkeys.") && SCRIPT_PATH.ends_with(".js"));
    }

    #[test]
    fn what_is_fetched_fetches_nothing_from_elsewhere() {
        for asset in ASSETS {
            for word in ["url(", "@import", "http:", "https:", "innerHTML", "eval("] {
                assert!(!asset.content.contains(word), "{word} in {}", asset.path);
            }
        }
    }
}
