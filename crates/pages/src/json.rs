//! JSON laid out for reading.

/// Lays out compact JSON with two spaces a level. Total: what is not JSON comes out with all its visible characters.
pub(crate) fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                if let Some(end) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

/// Deeper levels than a person can follow are not indented further, so that hostile depth costs no space.
const DEPTH_SHOWN_MAX: usize = 16;

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.push_str(&"  ".repeat(depth.min(DEPTH_SHOWN_MAX)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_and_strings_are_left_alone() {
        assert_eq!(
            indented(r#"{"a":[1,2],"b":{},"c":"x, {\"y\"}: z"}"#),
            "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": \"x, {\\\"y\\\"}: z\"\n}"
        );
    }

    #[test]
    fn what_is_not_json_does_no_harm() {
        assert_eq!(indented("]]]"), "\n]\n]\n]");
        assert!(indented(&"[".repeat(8_192)).len() < 500_000);
    }
}
