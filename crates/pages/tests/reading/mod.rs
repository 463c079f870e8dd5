//! Reads pages as a browser and as a person would.

#![allow(dead_code)] // each user takes a part

/// The opening tags of one element, attributes included.
pub fn tags<'a>(html: &'a str, element: &str) -> Vec<&'a str> {
    let open = format!("<{element}");
    html.match_indices(&open)
        .filter_map(|(at, _)| html[at..].split_once('>').map(|(tag, _)| tag))
        .filter(|tag| {
            let rest = &tag[open.len()..];
            rest.is_empty() || rest.starts_with([' ', '\n'])
        })
        .collect()
}

/// What a reader reads: no tags, entities resolved, white space collapsed.
pub fn words(html: &str) -> String {
    let body = html.split_once("<body>").map_or(html, |(_, body)| body);
    let mut text = String::new();
    for (index, part) in body.split('<').enumerate() {
        let paragraph_ends = part.starts_with("/p>");
        let part = if index == 0 { part } else { part.split_once('>').map_or("", |(_, rest)| rest) };
        text.push_str(if paragraph_ends { " " } else { "" });
        text.push_str(part);
    }
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"");
    let text = text.replace("&#39;", "'").replace("&#38;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
