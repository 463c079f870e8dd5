//! How a reader is spoken to: the sentences of their language, and amounts and times as they are written there.
//!
//! What others wrote goes into a sentence as it is in texts, and escaped in HTML; a sentence itself holds no markup.

use std::borrow::Borrow;
use std::fmt::{self, Display};

use askama::filters::{Escaper as _, Html, HtmlSafe};
use bursar_base::{Language, Money, TimeUs};
use fluent_bundle::FluentArgs;

use crate::shown::Moment;
use crate::{figures, texts};

/// Where lines of texts break, in characters.
const LINE_CHARS: usize = 79;

/// A reader's language. Everything that is said to them is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    language: Language,
}

impl Words {
    /// Those of a language.
    pub fn of(language: Language) -> Words {
        Words { language }
    }

    /// Which language it is.
    pub fn language(self) -> Language {
        self.language
    }

    /// The language that a page can be read in instead.
    pub(crate) fn other(self) -> Language {
        match self.language {
            Language::En => Language::PtBr,
            Language::PtBr => Language::En,
        }
    }

    /// A sentence for HTML. What is put into it is escaped.
    pub fn html(self, id: &'static str) -> HtmlSentence {
        HtmlSentence(Sentence::new(self.language, id))
    }

    /// A sentence for texts.
    pub fn text(self, id: &'static str) -> TextSentence {
        TextSentence { sentence: Sentence::new(self.language, id), breaks: false, is_upper: false }
    }

    /// The same, broken into lines where it is long.
    pub(crate) fn lines(self, id: &'static str) -> TextSentence {
        TextSentence { breaks: true, ..self.text(id) }
    }

    /// A term in front of what it names, in a column of `width` characters where it fits into one.
    pub(crate) fn label(self, id: &'static str, width: usize) -> String {
        let term = self.text(id).to_string();
        if term.chars().count() < width { format!("{term:<width$}") } else { format!("{term} ") }
    }

    /// The exact amount with its currency: `12,500.00 USD`, `US$ 12.500,00`.
    pub fn amount(self, money: Money) -> String {
        figures::amount(money, self.language)
    }

    /// The exact amount without its currency.
    pub(crate) fn grouped(self, money: Money) -> String {
        figures::group(&money.decimal(), self.language)
    }

    /// A plain decimal, grouped; anything else as it is.
    pub fn group(self, decimal: &str) -> String {
        figures::group(decimal, self.language)
    }

    /// What a reader typed as an amount, as a plain decimal; anything else as it is.
    pub fn typed_amount(self, typed: &str) -> String {
        figures::ungroup(typed, self.language)
    }

    /// A figure and its currency in a page, in the order of the language.
    pub(crate) fn page_sum(self, figure: impl AsRef<str>, currency: impl AsRef<str>) -> HtmlText {
        self.sum(figure.as_ref(), currency.as_ref(), "class=\"currency\"")
    }

    /// The same in a mail, where elements carry their style.
    pub(crate) fn mail_sum(self, figure: impl AsRef<str>, currency: impl AsRef<str>) -> HtmlText {
        let style = crate::mails::style::CURRENCY;
        self.sum(figure.as_ref(), currency.as_ref(), &format!("class=\"b-soft\" style=\"{style}\""))
    }

    fn sum(self, figure: &str, currency: &str, attributes: &str) -> HtmlText {
        let (figure, currency) = (escaped(figure), escaped(figures::symbol(currency, self.language)));
        let currency = format!("<span {attributes}>{currency}</span>");
        HtmlText(match self.language {
            Language::En => format!("{figure} {currency}"),
            Language::PtBr => format!("{currency} {figure}"),
        })
    }

    /// A time, in a zone by its name (IANA).
    pub fn moment(self, time: TimeUs, zone: &str) -> Moment {
        Moment::new(time, zone, self.language)
    }

    /// A day, as `2026-09-21` is written here.
    pub fn day(self, iso: &str) -> String {
        figures::day(iso, self.language)
    }
}

/// HTML that is as it should be.
pub(crate) struct HtmlText(String);

impl Display for HtmlText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for HtmlText {}

fn escaped(text: impl Display) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = Html.write_escaped_str(&mut out, &text.to_string());
    out
}

struct Sentence {
    language: Language,
    id: &'static str,
    args: FluentArgs<'static>,
}

impl Sentence {
    fn new(language: Language, id: &'static str) -> Sentence {
        Sentence { language, id, args: FluentArgs::new() }
    }

    fn set(mut self, name: &'static str, value: String) -> Sentence {
        self.args.set(name, value);
        self
    }

    fn said(&self) -> String {
        let bundle = texts::of(self.language);
        let pattern = bundle.get_message(self.id).and_then(|message| message.value());
        // No sentence is missing: a test holds the templates against the catalogue.
        let Some(pattern) = pattern else { return self.id.to_owned() };
        bundle.format_pattern(pattern, Some(&self.args), &mut Vec::new()).into_owned()
    }
}

/// A sentence in HTML, with what is put into it.
pub struct HtmlSentence(Sentence);

impl HtmlSentence {
    /// Puts in a word, escaped.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Display) -> HtmlSentence {
        HtmlSentence(self.0.set(name, escaped(value)))
    }

    /// Puts in a number, by which the sentence may choose its words.
    #[must_use]
    pub fn count(mut self, name: &'static str, number: impl Borrow<i64>) -> HtmlSentence {
        self.0.args.set(name, *number.borrow());
        self
    }

    /// Puts in what others wrote, so that its direction cannot touch the rest.
    pub(crate) fn bdi(self, name: &'static str, value: impl Display) -> HtmlSentence {
        self.within(name, value, "<bdi>", "</bdi>")
    }

    /// Puts in the name of who is paid.
    pub(crate) fn named(self, name: &'static str, value: impl Display) -> HtmlSentence {
        self.within(name, value, "<bdi class=\"merchant\">", "</bdi>")
    }

    /// Puts in what others wrote and matters most.
    pub(crate) fn strong_name(self, name: &'static str, value: impl Display) -> HtmlSentence {
        self.within(name, value, "<strong><bdi>", "</bdi></strong>")
    }

    /// Puts in what matters most.
    pub(crate) fn strong(self, name: &'static str, value: impl Display) -> HtmlSentence {
        self.within(name, value, "<strong>", "</strong>")
    }

    /// Puts in what machines wrote. Pages style it by class, mails by the same style.
    pub(crate) fn code(self, name: &'static str, value: impl Display) -> HtmlSentence {
        let open = format!("<span style=\"{}\">", crate::mails::style::CODE);
        self.within(name, value, &open, "</span>")
    }

    /// Puts in what machines wrote, on a page.
    pub(crate) fn mark(self, name: &'static str, value: impl Display) -> HtmlSentence {
        self.within(name, value, "<span class=\"code\">", "</span>")
    }

    /// Puts in a time.
    pub(crate) fn time(self, name: &'static str, machine: &str, shown: impl Display) -> HtmlSentence {
        let open = format!("<time datetime=\"{}\">", escaped(machine));
        self.within(name, shown, &open, "</time>")
    }

    fn within(self, name: &'static str, value: impl Display, open: &str, close: &str) -> HtmlSentence {
        HtmlSentence(self.0.set(name, format!("{open}{}{close}", escaped(value))))
    }
}

impl Display for HtmlSentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.said())
    }
}

impl HtmlSafe for HtmlSentence {}

/// A sentence in a text, with what is put into it.
pub struct TextSentence {
    sentence: Sentence,
    breaks: bool,
    is_upper: bool,
}

impl TextSentence {
    /// Puts in a word, as it is.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> TextSentence {
        let value = value.to_string();
        // A link is one piece.
        self.breaks &= !value.contains("://");
        self.sentence = self.sentence.set(name, value);
        self
    }

    /// Puts in a number, by which the sentence may choose its words.
    #[must_use]
    pub fn count(mut self, name: &'static str, number: impl Borrow<i64>) -> TextSentence {
        self.sentence.args.set(name, *number.borrow());
        self
    }

    /// As a heading.
    pub(crate) fn upper(mut self) -> TextSentence {
        self.is_upper = true;
        self
    }
}

impl Display for TextSentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.sentence.said();
        let said = if self.is_upper { said.to_uppercase() } else { said };
        f.write_str(&if self.breaks { broken(&said) } else { said })
    }
}

/// Breaks a text into lines, between words only.
fn broken(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut width = 0;
    for word in text.split(' ') {
        let chars = word.chars().count();
        if width > 0 {
            let fits = width + 1 + chars <= LINE_CHARS;
            out.push(if fits { ' ' } else { '\n' });
            width = if fits { width + 1 } else { 0 };
        }
        out.push_str(word);
        width += chars;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_html_is_escaped_and_into_texts_is_not() {
        let words = Words::of(Language::PtBr);
        let html = words.html("asks-to-pay").bdi("agent", "<b>&").to_string();
        assert_eq!(html, "<bdi>&#60;b&#62;&#38;</bdi> pede para pagar");
        assert_eq!(words.text("asks-to-pay").with("agent", "<b>&").to_string(), "<b>& pede para pagar");
    }

    #[test]
    fn sums_stand_in_the_order_of_the_language() {
        let sum = |language| Words::of(language).page_sum("1", "USD").to_string();
        assert_eq!(sum(Language::En), "1 <span class=\"currency\">USD</span>");
        assert_eq!(sum(Language::PtBr), "<span class=\"currency\">US$</span> 1");
    }

    #[test]
    fn long_lines_break_between_words_and_links_do_not() {
        let text = broken(&"palavra ".repeat(40));
        assert!(text.lines().count() > 3 && text.lines().all(|line| line.chars().count() <= LINE_CHARS));
        assert_eq!(text.replace('\n', " "), "palavra ".repeat(40));
        let link = format!("https://pay.example/{}", "x".repeat(90));
        let line = Words::of(Language::En).lines("notice-no-more-of-these-mails").with("link", &link);
        assert_eq!(line.to_string(), format!("No more of these mails: {link}"));
    }
}
