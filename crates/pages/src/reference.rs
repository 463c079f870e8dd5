//! The reference of the API: one page for people who write programs, made of the API's own description. English, as what it
//! describes.

use std::fmt::{self, Display};

use askama::Template;
use askama::filters::{Escaper as _, Html, HtmlSafe};
use bursar_base::Language;

use crate::STYLESHEET_PATH;
use crate::words::Words;

/// A text of the description, in which `` `code` `` is set apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose(pub String);

impl Display for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Text and code take turns; a mark without its counterpart is a mark.
        let parts: Vec<&str> = self.0.split('`').collect();
        let pairs = (parts.len() - 1) / 2 * 2;
        for (index, part) in parts.iter().enumerate() {
            match index {
                index if index > pairs => f.write_str("`")?,
                index if index % 2 == 1 => f.write_str("<code>")?,
                _ => {}
            }
            Html.write_escaped_str(&mut *f, part)?;
            if index < pairs && index % 2 == 1 {
                f.write_str("</code>")?;
            }
        }
        Ok(())
    }
}

impl HtmlSafe for Prose {}

/// A parameter, or a field of a body.
#[derive(Debug, Clone, Default)]
pub struct FieldLine {
    /// Its name.
    pub name: String,
    /// Where it stands: `path`, `query`, `header`; empty in bodies.
    pub place: String,
    /// What it is, in words such as `text` or `list of texts`.
    pub kind: String,
    /// The name of the type below that it is made of, where it is one.
    pub of: Option<String>,
    /// Whether it has to be there.
    pub is_required: bool,
    /// What may be in it: its bounds, an example, what it is when it is left out.
    pub bounds: Vec<String>,
    /// What it means.
    pub text: Prose,
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct AnswerLine {
    /// Its status.
    pub status: String,
    /// When it is given.
    pub text: Prose,
    /// The name of the type below that it has.
    pub of: Option<String>,
    /// Whether it is an error.
    pub is_problem: bool,
}

/// An operation.
#[derive(Debug, Clone, Default)]
pub struct OperationPart {
    /// What links to it say.
    pub id: String,
    /// GET, POST, …
    pub method: String,
    /// From the server's root.
    pub path: String,
    /// What it does.
    pub title: Prose,
    /// More about that.
    pub text: Prose,
    /// Who may.
    pub who: Prose,
    /// Parameters.
    pub parameters: Vec<FieldLine>,
    /// The type of its body, where it takes one.
    pub body: Option<TypePart>,
    /// What it answers.
    pub answers: Vec<AnswerLine>,
}

/// What belongs together.
#[derive(Debug, Clone, Default)]
pub struct GroupPart {
    /// What links to it say.
    pub id: String,
    /// Its name.
    pub name: String,
    /// In the order of their paths.
    pub operations: Vec<OperationPart>,
}

/// A type of bodies.
#[derive(Debug, Clone, Default)]
pub struct TypePart {
    /// Its name, which links to it say.
    pub name: String,
    /// What it is.
    pub text: Prose,
    /// Its fields.
    pub fields: Vec<FieldLine>,
    /// The values that it may have, where it is a choice.
    pub values: Vec<String>,
    /// The types that it is one of.
    pub any_of: Vec<String>,
}

/// The whole API.
#[derive(Debug, Clone, Default)]
pub struct ReferenceView {
    /// The version of the server.
    pub version: String,
    /// What it is.
    pub text: Prose,
    /// How callers prove who they are.
    pub proofs: Vec<(String, Prose)>,
    /// Operations by what they are about.
    pub groups: Vec<GroupPart>,
    /// Errors that operations have in common: status and when.
    pub problems: Vec<(String, Prose)>,
    /// Every type.
    pub types: Vec<TypePart>,
}

#[derive(Template)]
#[template(path = "reference.html")]
struct Reference<'a> {
    t: Words,
    r: &'a ReferenceView,
}

/// The page.
pub fn reference(view: &ReferenceView) -> String {
    Reference { t: Words::of(Language::En), r: view }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_set_apart_and_nothing_acts() {
        let shown = |text: &str| Prose(text.to_owned()).to_string();
        assert_eq!(shown("`a` and `<b>`"), "<code>a</code> and <code>&#60;b&#62;</code>");
        assert_eq!(shown("one ` alone"), "one ` alone");
        assert_eq!(shown("`a`, then ` alone"), "<code>a</code>, then ` alone");
        assert_eq!(shown(""), "");
    }
}
