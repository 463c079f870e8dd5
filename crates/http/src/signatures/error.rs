//! Why a signature is refused.

use thiserror::Error;

/// Why a signature is refused. Each has a stable [`SignatureError::code`] and a message that says what to do next.
///
/// Messages may repeat names that the client sent; their length is bounded by
/// [`MAX_SIGNATURE_INPUT_BYTES`](super::MAX_SIGNATURE_INPUT_BYTES). None contains a secret or the expected signature.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// One of the two signature headers is there, the other is not.
    #[error("the request has no `{0}` header; send `Signature-Input` and `Signature` together, or neither")]
    HeaderMissing(&'static str),
    /// A signature header appears on more than one line.
    #[error("the `{0}` header appears more than once; send it once")]
    HeaderRepeated(&'static str),
    /// The request carries more than one signature.
    #[error("the request carries more than one signature; send exactly one")]
    SeveralSignatures,
    /// `Signature-Input` is longer than `MAX_SIGNATURE_INPUT_BYTES`.
    #[error(
        "`Signature-Input` is longer than {max_bytes} bytes; cover fewer components or use a shorter nonce"
    )]
    InputTooLong {
        /// The limit, in bytes.
        max_bytes: usize,
    },
    /// `Signature-Input` is not a structured field.
    #[error(
        "`Signature-Input` is not a structured field ({0}); write it as \
         `sig=(\"@method\" ...);created=...;nonce=\"...\"`"
    )]
    InputMalformed(String),
    /// `Signature` is not `label=:base64:` with 32 bytes.
    #[error("`Signature` must be `label=:...:` with the standard padded base64 of 32 bytes and nothing else")]
    SignatureMalformed,
    /// `Signature` and `Signature-Input` use different labels.
    #[error("`Signature` and `Signature-Input` have different labels; use the same label in both")]
    LabelMismatch,
    /// A component that must be signed is not.
    #[error("the signature does not cover \"{0}\"; cover \"@method\", \"@path\" and \"@query\"")]
    ComponentMissing(&'static str),
    /// A component is listed twice.
    #[error("the component {0} is covered twice; list it once")]
    ComponentRepeated(String),
    /// A component that this server cannot sign for.
    #[error(
        "the component {0} is not supported; cover \"@method\", \"@path\", \"@query\", \"content-digest\" and, if you \
         like, lower-case names of header fields without parameters"
    )]
    ComponentUnsupported(String),
    /// A covered component has no value in this request.
    #[error(
        "the component {0} has no value that the server can see in this request; send the header in plain ASCII, or do \
         not cover it"
    )]
    ComponentUnavailable(String),
    /// More components than `MAX_COVERED_COMPONENTS`.
    #[error("the signature covers more than {max} components; cover fewer")]
    TooManyComponents {
        /// The limit.
        max: usize,
    },
    /// A required parameter is absent.
    #[error("the signature has no `{0}` parameter; send `created`, `nonce` and `keyid`")]
    ParameterMissing(&'static str),
    /// A parameter is given twice.
    #[error("the signature parameter `{0}` is given twice; send it once")]
    ParameterRepeated(&'static str),
    /// A parameter that RFC 9421 does not define.
    #[error(
        "the signature parameter `{0}` is not supported; send `created`, `nonce`, `keyid` and, if you like, \
         `alg`, `expires` and `tag`"
    )]
    ParameterUnsupported(String),
    /// A parameter of the wrong type or length.
    #[error("the signature parameter `{name}` must be {expected}")]
    ParameterInvalid {
        /// The parameter.
        name: &'static str,
        /// What it must be, in words.
        expected: &'static str,
    },
    /// `alg` names another algorithm.
    #[error("the signature algorithm must be \"hmac-sha256\"; change `alg` or leave it out")]
    AlgorithmUnsupported,
    /// `created` lies too far in the past.
    #[error(
        "the signature was created more than {max_seconds} seconds ago; sign again and send at once, \
         and check your clock"
    )]
    Stale {
        /// How old a signature may be, in seconds.
        max_seconds: u64,
    },
    /// `created` lies too far in the future.
    #[error("the signature was created more than {max_seconds} seconds in the future; check your clock")]
    FromFuture {
        /// How far ahead of ours a client's clock may run, in seconds.
        max_seconds: u64,
    },
    /// The client's own `expires` has passed.
    #[error("the signature has expired by its own `expires`; sign again")]
    Expired,
    /// The request has a body that the signature does not cover.
    #[error(
        "the request has a body, so the signature must cover \"content-digest\"; send \
         `Content-Digest: sha-256=:...:` and cover it"
    )]
    DigestMissing,
    /// `Content-Digest` is not a structured field with one SHA-256 digest.
    #[error("`Content-Digest` must be sent once, as `sha-256=:...:` with the base64 of the body's SHA-256")]
    DigestMalformed,
    /// The body is not the one that was digested.
    #[error("the body does not match `Content-Digest`; digest the very bytes that are sent")]
    DigestMismatch,
    /// The signature is wrong for this request and key.
    #[error(
        "the signature does not match this request; derive the secret from the whole API key and compare your \
         signature base with the one in docs/signatures.md"
    )]
    SignatureMismatch,
}

impl SignatureError {
    /// A stable name for programs. It never changes once released.
    pub fn code(&self) -> &'static str {
        match self {
            SignatureError::HeaderMissing(_) => "signature_header_missing",
            SignatureError::HeaderRepeated(_) => "signature_header_repeated",
            SignatureError::SeveralSignatures => "signature_not_single",
            SignatureError::InputTooLong { .. } => "signature_input_too_long",
            SignatureError::InputMalformed(_) => "signature_input_malformed",
            SignatureError::SignatureMalformed => "signature_malformed",
            SignatureError::LabelMismatch => "signature_label_mismatch",
            SignatureError::ComponentMissing(_) => "signature_component_missing",
            SignatureError::ComponentRepeated(_) => "signature_component_repeated",
            SignatureError::ComponentUnsupported(_) => "signature_component_unsupported",
            SignatureError::ComponentUnavailable(_) => "signature_component_unavailable",
            SignatureError::TooManyComponents { .. } => "signature_components_too_many",
            SignatureError::ParameterMissing(_) => "signature_parameter_missing",
            SignatureError::ParameterRepeated(_) => "signature_parameter_repeated",
            SignatureError::ParameterUnsupported(_) => "signature_parameter_unsupported",
            SignatureError::ParameterInvalid { .. } => "signature_parameter_invalid",
            SignatureError::AlgorithmUnsupported => "signature_algorithm_unsupported",
            SignatureError::Stale { .. } => "signature_stale",
            SignatureError::FromFuture { .. } => "signature_from_future",
            SignatureError::Expired => "signature_expired",
            SignatureError::DigestMissing => "content_digest_missing",
            SignatureError::DigestMalformed => "content_digest_malformed",
            SignatureError::DigestMismatch => "content_digest_mismatch",
            SignatureError::SignatureMismatch => "signature_mismatch",
        }
    }
}
