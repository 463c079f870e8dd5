//! The languages that people are written to in. Programs are always answered in English.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language of mails and pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Brazilian Portuguese.
    #[serde(rename = "pt-BR")]
    PtBr,
}

/// What a text is that names no language of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one of the languages that people are written to in: en, pt-BR")]
pub struct UnknownLanguage;

/// Most languages of an `Accept-Language` header that are looked at.
const ACCEPTED_MAX: usize = 32;
/// The weight of a language that has none, in thousandths.
const FULL_WEIGHT: u16 = 1_000;

impl Language {
    /// All of them.
    pub const ALL: [Language; 2] = [Language::En, Language::PtBr];

    /// Its tag (BCP 47), as stored, in JSON and in HTML.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::PtBr => "pt-BR",
        }
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::En => "English",
            Language::PtBr => "Português",
        }
    }

    /// The language that speakers of a tag's are written to in: the other Portuguese and the other Englishes are read
    /// as ours.
    fn of_tag(tag: &str) -> Option<Language> {
        let primary = tag.split('-').next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| {
            let own = language.as_str();
            own.split('-').next().is_some_and(|own| own.eq_ignore_ascii_case(primary))
        })
    }

    /// The language that an `Accept-Language` header likes best (RFC 9110, 12.5.4): the highest weight, and the first of
    /// several with it. None where it likes none of ours; what cannot be read is passed over.
    pub fn accepted(header: &str) -> Option<Language> {
        let ranges: Vec<(&str, u16)> =
            header.split(',').take(ACCEPTED_MAX).filter_map(|range| range_of(range.trim())).collect();
        let weight_of = |language: Language| {
            let named = ranges.iter().filter(|(tag, _)| Language::of_tag(tag) == Some(language));
            named.map(|(_, weight)| *weight).max()
        };
        let mut best: Option<(Language, u16)> = None;
        for (tag, weight) in &ranges {
            let language = match *tag {
                // Any language that is not named otherwise.
                "*" => Language::ALL.into_iter().find(|language| weight_of(*language).is_none()),
                tag => Language::of_tag(tag),
            };
            let Some(language) = language else { continue };
            if *weight > 0 && best.is_none_or(|(_, most)| *weight > most) {
                best = Some((language, *weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

/// A range of a header, with its weight in thousandths.
fn range_of(range: &str) -> Option<(&str, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    match parts.next() {
        None => Some((tag, FULL_WEIGHT)),
        Some(weight) => Some((tag, weight_of(weight)?)),
    }
}

/// `q=0.8` as 800.
fn weight_of(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    let value = value.trim();
    let (whole, part) = value.split_once('.').unwrap_or((value, ""));
    let is_weight = name.trim().eq_ignore_ascii_case("q") && part.len() <= 3;
    if !is_weight || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(FULL_WEIGHT),
        _ => None,
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// By its tag, in any case.
    fn from_str(text: &str) -> Result<Language, UnknownLanguage> {
        let known = Language::ALL.into_iter().find(|language| language.as_str().eq_ignore_ascii_case(text));
        known.ok_or(UnknownLanguage)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_in_any_case_and_nothing_else_is() {
        for language in Language::ALL {
            assert_eq!(language.as_str().parse(), Ok(language));
            assert_eq!(language.as_str().to_uppercase().parse(), Ok(language));
        }
        assert_eq!("pt".parse::<Language>(), Err(UnknownLanguage));
        assert_eq!("".parse::<Language>(), Err(UnknownLanguage));
    }

    #[test]
    fn the_browser_is_asked_by_weight_and_then_by_order() {
        let cases = [
            ("pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", Some(Language::PtBr)),
            ("en-US,en;q=0.9,pt-BR;q=0.8", Some(Language::En)),
            ("en;q=0.2, pt;q=0.3", Some(Language::PtBr)),
            ("de-DE, fr;q=0.9, pt-PT;q=0.1", Some(Language::PtBr)),
            ("PT-br", Some(Language::PtBr)),
            ("de, fr", None),
            ("", None),
            ("*", Some(Language::En)),
            ("en;q=0, *;q=0.5", Some(Language::PtBr)),
            ("en;q=0", None),
            ("pt;q=0.001, en;q=0", Some(Language::PtBr)),
            // What is no weight is no wish: the range is passed over.
            ("pt;q=2, en;q=0.1", Some(Language::En)),
            ("pt;q=0.1234, en;q=0.1", Some(Language::En)),
            ("pt;q=-1,en;level=1", None),
            ("ptx, english", None),
            (";q=1,,pt", Some(Language::PtBr)),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::accepted(header), expected, "{header:?}");
        }
    }
}
