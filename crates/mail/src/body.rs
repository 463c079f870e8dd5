//! The two bodies of a mail, text and HTML, as one `multipart/alternative`.

use lettre::message::{MultiPart, SinglePart};

/// `text` and `html` as alternatives; mail programs show the last that they can.
///
/// Plain ASCII of short lines travels as it is, so that a link can be copied out of an `.eml` file; everything else is
/// encoded, so that only ASCII ever travels and no server has to be able to do more.
pub(crate) fn alternative(text: &str, html: &str) -> MultiPart {
    MultiPart::alternative()
        .boundary(boundary(text, html))
        .singlepart(SinglePart::plain(network_lines(text)))
        .singlepart(SinglePart::html(network_lines(html)))
}

/// What separates the parts: the same for the same mail, and found in neither body, so that nobody who knows how it is
/// made can end a part from within. Encoded bodies are safe by themselves: `=_` never occurs in quoted-printable, nor
/// `_` in base64.
fn boundary(text: &str, html: &str) -> String {
    (0_u32..)
        .map(|n| format!("=_bursar_{n}_"))
        .find(|candidate| !text.contains(candidate) && !html.contains(candidate))
        .unwrap_or_default()
}

/// Every line end as CR LF, and other control characters as the replacement character.
///
/// A CR or LF that stands alone means different things to different servers, which is how mails are smuggled past one of
/// them inside another; and an escape sequence in an `.eml` file would reach the terminal of whoever prints it.
fn network_lines(body: &str) -> String {
    let lines = body.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(lines.len() + lines.len() / 32);
    for c in lines.chars() {
        match c {
            '\n' => out.push_str("\r\n"),
            '\t' => out.push('\t'),
            c if c.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_guesses_the_boundary_gets_another() {
        assert_eq!(boundary("hello", "<p>hello"), "=_bursar_0_");
        assert_eq!(boundary("--=_bursar_0_", "--=_bursar_1_--"), "=_bursar_2_");
    }

    #[test]
    fn line_ends_of_every_kind_become_one_kind() {
        assert_eq!(network_lines("a\nb\rc\r\nd\r\r\n.\n"), "a\r\nb\r\nc\r\nd\r\n\r\n.\r\n");
    }

    #[test]
    fn what_drives_a_terminal_is_not_text() {
        assert_eq!(network_lines("a\tb\u{1b}[2Jc\0"), "a\tb\u{fffd}[2Jc\u{fffd}");
    }
}
