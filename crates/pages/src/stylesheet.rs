//! The one stylesheet, and the path it is served at for ever: the path holds a hash of its content.

/// The stylesheet of every page.
pub const STYLESHEET: &str = include_str!("../assets/bursar.css");

/// Where pages expect [`STYLESHEET`]. Another content has another path, so it may be cached without end.
pub const STYLESHEET_PATH: &str = match std::str::from_utf8(&PATH) {
    Ok(path) => path,
    Err(_) => panic!("the path is ASCII"),
};

const BEFORE: &[u8] = b"/assets/bursar.";
const AFTER: &[u8] = b".css";
const HASH_DIGITS: usize = 16;
const PATH: [u8; BEFORE.len() + HASH_DIGITS + AFTER.len()] = path(fnv1a(STYLESHEET.as_bytes()));

/// FNV-1a: it tells two versions of our own file apart at compile time, and nobody attacks that.
const fn fnv1a(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        index += 1;
    }
    hash
}

const fn path(hash: u64) -> [u8; BEFORE.len() + HASH_DIGITS + AFTER.len()] {
    let mut out = [0; BEFORE.len() + HASH_DIGITS + AFTER.len()];
    let mut at = 0;
    while at < BEFORE.len() {
        out[at] = BEFORE[at];
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
    while end < AFTER.len() {
        out[at] = AFTER[end];
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
    }

    #[test]
    fn the_stylesheet_fetches_nothing() {
        for word in ["url(", "@import", "http:", "https:"] {
            assert!(!STYLESHEET.contains(word), "{word}");
        }
    }
}
