//! The parameters of a signature: `created`, `nonce`, `keyid`, `alg`, `expires`, `tag`.

use std::ops::RangeInclusive;

use bursar_base::limits::MAX_NONCE_CHARS;
use sfv::BareItemFromInput;

use super::base::BaseBuilder;
use super::{ALGORITHM, MAX_KEY_ID_CHARS, SignatureError};

const INTEGER_RULE: &str = "an integer, in seconds since 1970";
const STRING_RULE: &str = "a string in double quotes";
// The numbers stand here once more because an error message is a constant; a test compares them with the limits.
const NONCE_RULE: &str = "a string of 1 to 128 printable ASCII characters in double quotes";
const KEY_ID_RULE: &str = "a string of 1 to 128 printable ASCII characters in double quotes";

/// What the parameters say, as far as they have been read.
#[derive(Default)]
pub(super) struct Params {
    /// Seconds since the epoch.
    pub(super) created_s: Option<i64>,
    /// Seconds since the epoch.
    pub(super) expires_s: Option<i64>,
    pub(super) nonce: Option<String>,
    pub(super) key_id: Option<String>,
    algorithm: Option<()>,
    tag: Option<()>,
}

impl Params {
    /// Takes one parameter and adds it to the base, in the order in which the client sent them.
    pub(super) fn read(
        &mut self,
        base: &mut BaseBuilder<'_>,
        name: &str,
        value: &BareItemFromInput<'_>,
    ) -> Result<(), SignatureError> {
        match name {
            "created" => {
                let seconds = integer("created", value)?;
                base.integer("created", seconds);
                set_once("created", &mut self.created_s, seconds)
            }
            "expires" => {
                let seconds = integer("expires", value)?;
                base.integer("expires", seconds);
                set_once("expires", &mut self.expires_s, seconds)
            }
            "nonce" => {
                let nonce = bounded("nonce", value, 1..=MAX_NONCE_CHARS, NONCE_RULE)?;
                base.string("nonce", nonce);
                set_once("nonce", &mut self.nonce, nonce.to_owned())
            }
            "keyid" => {
                let key_id = bounded("keyid", value, 1..=MAX_KEY_ID_CHARS, KEY_ID_RULE)?;
                base.string("keyid", key_id);
                set_once("keyid", &mut self.key_id, key_id.to_owned())
            }
            "alg" => {
                if string("alg", value, STRING_RULE)? != ALGORITHM {
                    return Err(SignatureError::AlgorithmUnsupported);
                }
                base.string("alg", ALGORITHM);
                set_once("alg", &mut self.algorithm, ())
            }
            // It tells applications apart that share a key. Ours share none, so any tag will do.
            "tag" => {
                base.string("tag", string("tag", value, STRING_RULE)?);
                set_once("tag", &mut self.tag, ())
            }
            _ => Err(SignatureError::ParameterUnsupported(name.to_owned())),
        }
    }
}

/// RFC 9651 lets the last of several win. What another implementation might read differently is refused instead.
fn set_once<T>(name: &'static str, slot: &mut Option<T>, value: T) -> Result<(), SignatureError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(SignatureError::ParameterRepeated(name)),
    }
}

fn integer(name: &'static str, value: &BareItemFromInput<'_>) -> Result<i64, SignatureError> {
    match value {
        BareItemFromInput::Integer(value) => Ok(i64::from(*value)),
        _ => Err(SignatureError::ParameterInvalid { name, expected: INTEGER_RULE }),
    }
}

fn string<'v>(
    name: &'static str,
    value: &'v BareItemFromInput<'_>,
    expected: &'static str,
) -> Result<&'v str, SignatureError> {
    match value {
        BareItemFromInput::String(value) => Ok(value.as_str()),
        _ => Err(SignatureError::ParameterInvalid { name, expected }),
    }
}

/// A string of so many characters. Structured-field strings are ASCII: as many bytes.
fn bounded<'v>(
    name: &'static str,
    value: &'v BareItemFromInput<'_>,
    chars: RangeInclusive<usize>,
    expected: &'static str,
) -> Result<&'v str, SignatureError> {
    let text = string(name, value, expected)?;
    if chars.contains(&text.len()) {
        Ok(text)
    } else {
        Err(SignatureError::ParameterInvalid { name, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_limits_that_are_enforced() {
        assert!(NONCE_RULE.contains(&format!("1 to {MAX_NONCE_CHARS} ")));
        assert!(KEY_ID_RULE.contains(&format!("1 to {MAX_KEY_ID_CHARS} ")));
    }
}
