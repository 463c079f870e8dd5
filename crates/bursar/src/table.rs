//! Aligned columns for people.

/// Rows under headings, columns as wide as their widest cell. Without rows, `none` is said instead.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]], none: &str) -> String {
    if rows.is_empty() {
        return format!("{none}\n");
    }
    let mut widths = headings.map(|heading| heading.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    line(&mut text, &headings, &widths);
    for row in rows {
        line(&mut text, &row.each_ref().map(String::as_str), &widths);
    }
    text
}

fn line<const N: usize>(text: &mut String, cells: &[&str; N], widths: &[usize; N]) {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
    text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
    text.push('\n');
}

/// Names and values below each other, the values aligned.
pub fn pairs(pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    pairs.iter().map(|(name, value)| format!("{name:<width$}  {value}\n")).collect()
}

/// A value that may be missing.
pub fn or_dash(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a".to_owned(), "x".to_owned()], ["long".to_owned(), "é".to_owned()]];
        assert_eq!(table(["id", "name"], &rows, "nothing"), "id    name\na     x\nlong  é\n");
        assert_eq!(table(["id", "name"], &[], "nothing yet"), "nothing yet\n");
        assert_eq!(pairs(&[("a", "1".to_owned()), ("bcd", "2".to_owned())]), "a    1\nbcd  2\n");
    }
}
