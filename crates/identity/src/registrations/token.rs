//! Claim tokens: short enough to be read out, with enough chance in them that nobody guesses one.

use std::fmt;

use bursar_base::Rng;

use crate::secrets;

/// Words that are told apart when heard. Their 6 bits come on top; they are there for people's memory.
#[rustfmt::skip]
const WORDS: [&str; 64] = [
    "amber", "anchor", "apple", "arrow", "atlas", "autumn", "badge", "bamboo",
    "berry", "birch", "breeze", "bronze", "candle", "canyon", "cedar", "cherry",
    "cloud", "clover", "cobalt", "comet", "copper", "coral", "cotton", "crystal",
    "daisy", "delta", "ember", "falcon", "fern", "finch", "flint", "forest",
    "garnet", "ginger", "harbor", "hazel", "indigo", "iris", "island", "ivory",
    "jasper", "juniper", "lantern", "lemon", "lilac", "maple", "marble", "meadow",
    "mint", "moon", "nectar", "oak", "olive", "onyx", "opal", "orchid",
    "pearl", "pine", "plum", "quartz", "river", "saffron", "spruce", "willow",
];
/// Digits and capitals without those that are taken for each other: 5 bits each.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const LETTERS_COUNT: usize = 8;

/// What an owner claims a bot with, such as `coral-X9K2P7QD`. Never logged; stored as its hash.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimToken(String);

/// Shows the word alone.
impl fmt::Debug for ClaimToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-…", self.0.split('-').next().unwrap_or(""))
    }
}

impl ClaimToken {
    /// A new one.
    pub fn new(rng: &dyn Rng) -> ClaimToken {
        let word = usize::try_from(rng.below(WORDS.len() as u64)).unwrap_or(0);
        ClaimToken(format!("{}-{}", WORDS[word], secrets::letters(rng, LETTERS, LETTERS_COUNT)))
    }

    /// Reads what somebody typed, in whichever case and with spaces around or instead of the hyphen. `None` when it has not
    /// the form of a token.
    pub fn parse(text: &str) -> Option<ClaimToken> {
        let text = text.trim();
        let (word, letters) = text.split_once(['-', ' ', '\u{2010}', '\u{2011}', '\u{2013}'])?;
        let (word, letters) = (word.to_ascii_lowercase(), letters.trim().to_ascii_uppercase());
        let formed = letters.len() == LETTERS_COUNT && letters.bytes().all(|b| LETTERS.contains(&b));
        (formed && WORDS.contains(&word.as_str())).then(|| ClaimToken(format!("{word}-{letters}")))
    }

    /// The token itself, for showing it once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What it is found by.
    pub fn hash(&self) -> String {
        secrets::hash(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use bursar_base::SeededRng;

    use super::*;

    #[test]
    fn what_people_type_is_understood() {
        let token = ClaimToken::new(&SeededRng::new(1));
        for typed in [
            token.reveal().to_owned(),
            format!("  {}\n", token.reveal().to_lowercase()),
            token.reveal().to_uppercase().replace('-', " "),
        ] {
            assert_eq!(ClaimToken::parse(&typed), Some(token.clone()), "{typed:?}");
        }
        for typed in
            ["", "coral", "coral-", "coral-X9K2P7Q", "coral-X9K2P7Q0", "koral-X9K2P7QD", "coral-X9K2P7QDD"]
        {
            assert_eq!(ClaimToken::parse(typed), None, "{typed:?}");
        }
        assert!(!format!("{token:?}").contains(token.reveal()));
    }

    #[test]
    fn words_are_distinct() {
        let mut words = WORDS.to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), WORDS.len());
    }
}
