//! Text that others wrote. What hides or reorders text is made visible, what breaks lines is tamed, and what a mail
//! program would turn into a link is broken. Escaping for HTML is not done here: the templates do it, everywhere.

/// One line: runs of white space become one space, and every other character that cannot be seen is shown as its code.
pub(crate) fn line(text: &str) -> String {
    let shown: String = text.chars().map(|c| visible(c, false)).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// [`line()`], cut to `max` characters.
pub(crate) fn short_line(text: &str, max: usize) -> String {
    shortened(&line(text), max)
}

/// Several lines: line breaks stay, at most two in a row. Joiners stay too: some scripts and emoji are built with them.
pub(crate) fn prose(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len());
    let mut breaks = 0;
    for row in text.trim().split('\n') {
        let row: String = row.chars().map(|c| visible(c, true)).collect();
        let row = row.trim_end();
        if row.is_empty() {
            breaks += 1;
        } else {
            if !out.is_empty() {
                out.push_str(if breaks > 0 { "\n\n" } else { "\n" });
            }
            breaks = 0;
            out.push_str(row);
        }
    }
    out
}

/// Cut to `max` characters, the last of them an ellipsis.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(max.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// What mail programs turn into links is broken by brackets: `https[:]//evil[.]example`, `ann[@]example[.]com`. Figures
/// such as `12.50` stay.
pub(crate) fn unlinked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 16);
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|i| chars.get(i)).copied();
        let after = chars.get(index + 1).copied();
        if would_link(before, c, after) {
            out.push('[');
            out.push(c);
            out.push(']');
        } else {
            out.push(c);
        }
    }
    out
}

fn would_link(before: Option<char>, c: char, after: Option<char>) -> bool {
    let word = |c: char| !c.is_whitespace();
    match c {
        // The other three are what browsers take for the dot of a host name.
        '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}' => {
            before.is_some_and(char::is_alphanumeric) && after.is_some_and(|c| word(c) && !c.is_ascii_digit())
        }
        ':' => before.is_some_and(char::is_alphabetic) && after.is_some_and(|c| word(c) && c != '"'),
        '@' => before.is_some_and(word) && after.is_some_and(word),
        _ => false,
    }
}

/// Wraps at `width` characters and puts `mark` before each line, so that no line of it can be taken for one of ours.
pub(crate) fn quoted(text: &str, mark: &str, width: usize) -> String {
    let mut rows: Vec<String> = Vec::new();
    for row in text.split('\n') {
        let mut current = String::new();
        for word in row.split(' ').flat_map(|word| pieces(word, width)) {
            let longer = current.chars().count() + 1 + word.chars().count();
            if !current.is_empty() && longer > width {
                rows.push(std::mem::take(&mut current));
            } else if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(&word);
        }
        rows.push(current);
    }
    let marked: Vec<String> = rows.iter().map(|row| format!("{mark}{row}").trim_end().to_owned()).collect();
    marked.join("\n")
}

/// A word in pieces of at most `width` characters.
fn pieces(word: &str, width: usize) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    if chars.is_empty() {
        return vec![String::new()];
    }
    chars.chunks(width.max(1)).map(|piece| piece.iter().collect()).collect()
}

/// Whether `text` is a bare host name of ASCII letters, digits, hyphens and dots.
pub(crate) fn is_bare_host(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
}

/// A character as it may be shown: itself, a space for white space, or `[U+202E]` for what is not to be seen.
fn visible(c: char, joiners: bool) -> String {
    match c {
        '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => " ".to_owned(),
        '\u{200c}' | '\u{200d}' if joiners => c.to_string(),
        c if c.is_control() || is_unseen(c) => format!("[U+{:04X}]", u32::from(c)),
        c => c.to_string(),
    }
}

/// Characters that take no room or change the order of others: bidi controls, joiners, fillers, tags, variation
/// selectors beyond those of emoji.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown_and_lines_stay_lines() {
        assert_eq!(line("pay\u{202e}lap\r\nBcc: x\u{0}"), "pay[U+202E]lap Bcc: x[U+0000]");
        assert_eq!(line("good\u{200b}shop"), "good[U+200B]shop");
        assert_eq!(prose("  a\r\n\n\n\nb\rc\u{2028}d "), "a\n\nb\nc d");
        assert_eq!(prose("👩\u{200d}🚀"), "👩\u{200d}🚀");
        assert_eq!(line(&"\n".repeat(50)), "");
    }

    #[test]
    fn links_are_broken_and_figures_are_not() {
        assert_eq!(unlinked("https://evil.example/a.b"), "https[:]//evil[.]example/a[.]b");
        assert_eq!(unlinked("mail ann@example.com"), "mail ann[@]example[.]com");
        assert_eq!(unlinked("tel:+1555 and evil。example"), "tel[:]+1555 and evil[。]example");
        assert_eq!(unlinked("12.50 USD. Thanks: all"), "12.50 USD. Thanks: all");
    }

    #[test]
    fn a_quotation_marks_every_line() {
        assert_eq!(quoted("one two three\nfour", "> ", 8), "> one two\n> three\n> four");
        assert_eq!(quoted("a\n\nb", "> ", 8), "> a\n>\n> b");
        assert_eq!(quoted("a bcdefghij", "> ", 4), "> a\n> bcde\n> fghi\n> j");
    }

    #[test]
    fn shortening_counts_characters() {
        assert_eq!(shortened("äöü", 3), "äöü");
        assert_eq!(shortened("äöüß", 3), "äö…");
    }
}
