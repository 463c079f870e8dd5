//! The first step: reads the headers and refuses whatever is not exactly one complete signature.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue};

use super::reader::read_input;
use super::{
    MAX_SIGNATURE_INPUT_BYTES, RequestHead, SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER, SignatureError,
    SignatureInput,
};

/// Reads the signature of a request; `None` when it carries neither of the two signature headers.
///
/// # Errors
/// Any [`SignatureError`] that can be told without the key, the body and the time.
pub fn parse<'r>(head: impl Into<RequestHead<'r>>) -> Result<Option<SignatureInput>, SignatureError> {
    let head = head.into();
    let input = single(head.headers, SIGNATURE_INPUT_HEADER)?;
    let signature = single(head.headers, SIGNATURE_HEADER)?;
    let (input, signature) = match (input, signature) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(SignatureError::HeaderMissing(SIGNATURE_INPUT_HEADER)),
        (Some(_), None) => return Err(SignatureError::HeaderMissing(SIGNATURE_HEADER)),
        (Some(input), Some(signature)) => (input.as_bytes(), signature.as_bytes()),
    };
    if input.len() > MAX_SIGNATURE_INPUT_BYTES {
        return Err(SignatureError::InputTooLong { max_bytes: MAX_SIGNATURE_INPUT_BYTES });
    }

    let reader = read_input(head, input)?;
    let signature = signature_bytes(signature, reader.label())?;
    reader.finish(signature).map(Some)
}

fn single<'r>(headers: &'r HeaderMap, name: &'static str) -> Result<Option<&'r HeaderValue>, SignatureError> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next();
    if lines.next().is_some() { Err(SignatureError::HeaderRepeated(name)) } else { Ok(line) }
}

/// Reads `label=:base64:`, strictly: RFC 9651 lets a parser overlook stray bits in base64, but then one signature would
/// have several spellings.
fn signature_bytes(header: &[u8], label: &str) -> Result<[u8; 32], SignatureError> {
    // Neither a label nor base64 contains a comma.
    if header.contains(&b',') {
        return Err(SignatureError::SeveralSignatures);
    }
    let equals = header.iter().position(|byte| *byte == b'=').ok_or(SignatureError::SignatureMalformed)?;
    let (found_label, value) = header.split_at(equals);
    if found_label != label.as_bytes() {
        return Err(SignatureError::LabelMismatch);
    }
    let base64 = value.strip_prefix(b"=:").and_then(|value| value.strip_suffix(b":"));
    let mut signature = [0_u8; 32];
    match base64.map(|base64| STANDARD.decode_slice(base64, &mut signature)) {
        Some(Ok(32)) => Ok(signature),
        _ => Err(SignatureError::SignatureMalformed),
    }
}
