//! Reads `Signature-Input` and builds the signature base on the way.

use std::borrow::Cow;

use sfv::visitor::{
    DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ParameterVisitor,
};
use sfv::{BareItemFromInput, KeyRef, Parser, StringRef};

use super::base::BaseBuilder;
use super::digest::claimed_digest;
use super::params::Params;
use super::{
    CONTENT_DIGEST_HEADER, MAX_COVERED_COMPONENTS, REQUIRED_COMPONENTS, RequestHead, SignatureError,
    SignatureInput,
};

/// Reads the value of `Signature-Input`, which must hold exactly one signature.
pub(super) fn read_input<'i, 'r>(
    head: RequestHead<'r>,
    input: &'i [u8],
) -> Result<Reader<'i, 'r>, SignatureError> {
    let mut reader = Reader {
        head,
        base: BaseBuilder::new(head),
        refusal: None,
        label: None,
        covered: Vec::with_capacity(8),
        params: Params::default(),
    };
    match Parser::new(input).parse_dictionary_with_visitor(&mut reader) {
        Ok(()) if reader.label.is_some() => Ok(reader),
        Ok(()) => Err(SignatureError::InputMalformed("it is empty".to_owned())),
        Err(error) => {
            Err(reader.refusal.unwrap_or_else(|| SignatureError::InputMalformed(error.to_string())))
        }
    }
}

/// What has been read of `Signature-Input` so far.
pub(super) struct Reader<'i, 'r> {
    head: RequestHead<'r>,
    base: BaseBuilder<'r>,
    /// `sfv` turns the errors of a visitor into text, so the reader keeps its own here.
    refusal: Option<SignatureError>,
    label: Option<&'i str>,
    covered: Vec<Cow<'i, StringRef>>,
    params: Params,
}

/// The reader has kept its reason and wants no more.
#[derive(Debug, thiserror::Error)]
#[error("refused")]
pub(super) struct Refused;

impl<'i> Reader<'i, '_> {
    /// The name that `Signature` must use too.
    pub(super) fn label(&self) -> &'i str {
        self.label.unwrap_or_default()
    }

    /// Checks that all is there that must be.
    pub(super) fn finish(self, signature: [u8; 32]) -> Result<SignatureInput, SignatureError> {
        for name in REQUIRED_COMPONENTS {
            if !self.covers(name) {
                return Err(SignatureError::ComponentMissing(name));
            }
        }
        let digest = match self.covers(CONTENT_DIGEST_HEADER) {
            true => Some(claimed_digest(self.head.headers)?),
            false => None,
        };
        let (base, _) = self.base.finish();
        Ok(SignatureInput {
            base,
            key_id: self.params.key_id.ok_or(SignatureError::ParameterMissing("keyid"))?,
            nonce: self.params.nonce.ok_or(SignatureError::ParameterMissing("nonce"))?,
            created_s: self.params.created_s.ok_or(SignatureError::ParameterMissing("created"))?,
            expires_s: self.params.expires_s,
            signature,
            digest,
        })
    }

    fn covers(&self, name: &str) -> bool {
        self.covered.iter().any(|covered| covered.as_str() == name)
    }

    fn component(&mut self, name: BareItemFromInput<'i>) -> Result<(), SignatureError> {
        let BareItemFromInput::String(name) = name else {
            return Err(SignatureError::InputMalformed("a component is not a string".to_owned()));
        };
        if self.covers(name.as_str()) {
            return Err(SignatureError::ComponentRepeated(format!("{:?}", name.as_str())));
        }
        if self.covered.len() == MAX_COVERED_COMPONENTS {
            return Err(SignatureError::TooManyComponents { max: MAX_COVERED_COMPONENTS });
        }
        self.base.component(name.as_str())?;
        self.covered.push(name);
        Ok(())
    }

    fn refuse(&mut self, error: SignatureError) -> Refused {
        self.refusal = Some(error);
        Refused
    }
}

// The visitors below only say where in the field the parser is; the reader decides.

impl<'i> DictionaryVisitor<'i> for &mut Reader<'i, '_> {
    type Out = ();
    type Error = Refused;

    fn entry(&mut self, label: &'i KeyRef) -> Result<impl EntryVisitor<'i>, Refused> {
        if self.label.replace(label.as_str()).is_some() {
            return Err(self.refuse(SignatureError::SeveralSignatures));
        }
        Ok(Member(self))
    }

    fn finish(self) -> Result<(), Refused> {
        Ok(())
    }
}

struct Member<'v, 'i, 'r>(&'v mut Reader<'i, 'r>);

impl<'i> EntryVisitor<'i> for Member<'_, 'i, '_> {
    type Error = Refused;

    fn item(self) -> Result<impl ItemVisitor<'i>, Refused> {
        let what = "the label has no list of components in parentheses".to_owned();
        Err::<Ignored, _>(self.0.refuse(SignatureError::InputMalformed(what)))
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'i>, Refused> {
        Ok(Components(self.0))
    }
}

struct Components<'v, 'i, 'r>(&'v mut Reader<'i, 'r>);

impl<'i> InnerListVisitor<'i> for Components<'_, 'i, '_> {
    type Error = Refused;

    fn item(&mut self) -> Result<impl ItemVisitor<'i>, Refused> {
        Ok(Component(self.0))
    }

    fn finish(self) -> Result<impl ParameterVisitor<'i>, Refused> {
        self.0.base.end_of_components();
        Ok(SignatureParameters(self.0))
    }
}

struct Component<'v, 'i, 'r>(&'v mut Reader<'i, 'r>);

impl<'i> ItemVisitor<'i> for Component<'_, 'i, '_> {
    type Out = ();
    type Error = Refused;

    fn bare_item(self, name: BareItemFromInput<'i>) -> Result<impl ParameterVisitor<'i, Out = ()>, Refused> {
        match self.0.component(name) {
            Ok(()) => Ok(ComponentParameters(self.0)),
            Err(error) => Err(self.0.refuse(error)),
        }
    }
}

struct ComponentParameters<'v, 'i, 'r>(&'v mut Reader<'i, 'r>);

impl<'i> ParameterVisitor<'i> for ComponentParameters<'_, 'i, '_> {
    type Out = ();
    type Error = Refused;

    fn parameter(&mut self, key: &'i KeyRef, _value: BareItemFromInput<'i>) -> Result<(), Refused> {
        let name = self.0.covered.last().map_or("", |name| name.as_str());
        let component = format!("{name:?};{}", key.as_str());
        Err(self.0.refuse(SignatureError::ComponentUnsupported(component)))
    }

    fn finish(self) -> Result<(), Refused> {
        Ok(())
    }
}

struct SignatureParameters<'v, 'i, 'r>(&'v mut Reader<'i, 'r>);

impl<'i> ParameterVisitor<'i> for SignatureParameters<'_, 'i, '_> {
    type Out = ();
    type Error = Refused;

    fn parameter(&mut self, key: &'i KeyRef, value: BareItemFromInput<'i>) -> Result<(), Refused> {
        let Reader { params, base, .. } = &mut *self.0;
        params.read(base, key.as_str(), &value).map_err(|error| self.0.refuse(error))
    }

    fn finish(self) -> Result<(), Refused> {
        Ok(())
    }
}
