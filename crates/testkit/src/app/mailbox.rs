//! The mails that an app wrote as files, read the way a mail program reads them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::eventually;

/// How long a mail may take until it is there.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where mails arrive.
#[derive(Debug, Clone)]
pub struct Mailbox {
    dir: PathBuf,
}

/// A mail that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// To whom.
    pub to: String,
    /// What about.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Without the angle brackets.
    pub message_id: String,
    head: String,
}

impl Mailbox {
    /// The mails in this directory.
    pub fn new(dir: &Path) -> Mailbox {
        Mailbox { dir: dir.to_owned() }
    }

    /// Everything that has arrived, oldest first.
    pub fn all(&self) -> Vec<ReceivedMail> {
        let entries = std::fs::read_dir(&self.dir).map(|entries| entries.flatten().collect());
        let entries: Vec<std::fs::DirEntry> = entries.unwrap_or_default();
        let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
        files.sort();
        let read = |file: &PathBuf| std::fs::read_to_string(file).ok().map(|text| parse(&text));
        files.iter().filter_map(read).collect()
    }

    /// Those to one address.
    pub fn to(&self, address: &str) -> Vec<ReceivedMail> {
        self.all().into_iter().filter(|mail| mail.to == address).collect()
    }

    /// Waits for a mail to `address` whose subject or text holds `words`, wherever its lines break; the newest where there
    /// are several, one about how money goes only where there is no other.
    pub async fn wait(&self, address: &str, words: &str) -> ReceivedMail {
        let look = || async {
            let fitting = |mail: &ReceivedMail| mail.subject.contains(words) || mail.says(words);
            let mut found = self.to(address);
            found.retain(fitting);
            let other =
                found.iter().rfind(|mail| header_of(&mail.head, "List-Unsubscribe").is_none()).cloned();
            other.or_else(|| found.pop())
        };
        match eventually(PATIENCE, look).await {
            Some(mail) => mail,
            None => panic!("no mail to {address} about {words:?} came; these came: {:#?}", self.all()),
        }
    }

    /// Waits until `count` mails have arrived in all.
    pub async fn wait_for_count(&self, count: usize) -> Vec<ReceivedMail> {
        let look = || async { Some(self.all()).filter(|mails| mails.len() >= count) };
        match eventually(PATIENCE, look).await {
            Some(mails) => mails,
            None => panic!("{count} mails were expected; these came: {:#?}", self.all()),
        }
    }
}

impl ReceivedMail {
    /// Whether the plain text says this, wherever its lines break.
    pub fn says(&self, words: &str) -> bool {
        let in_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.text.contains(words) || in_one_line(&self.text).contains(&in_one_line(words))
    }

    /// The words of the HTML, without its tags.
    pub fn html_words(&self) -> String {
        let words = self.html.split('<').map(|piece| piece.split_once('>').map_or("", |(_, text)| text));
        words.collect::<String>().replace('\u{200b}', "")
    }

    /// A header's value; empty where there is none.
    pub fn header(&self, name: &str) -> String {
        header_of(&self.head, name).unwrap_or_default()
    }

    /// Every link of the plain text.
    pub fn links(&self) -> Vec<String> {
        let words = self.text.split_whitespace().map(|word| word.trim_matches(['<', '>', '(', ')', ',']));
        words
            .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
            .map(str::to_owned)
            .collect()
    }

    /// The link whose path holds `part`, such as `/approve/`.
    pub fn link(&self, part: &str) -> String {
        let found = self.links().into_iter().find(|link| link.contains(part));
        found.unwrap_or_else(|| panic!("the mail has no link with {part}:\n{}", self.text))
    }
}

fn parse(text: &str) -> ReceivedMail {
    let (head, body) = split(text);
    let header = |name: &str| header_of(&head, name).unwrap_or_default();
    let boundary = parameter(&header("Content-Type"), "boundary");
    let mut mail = ReceivedMail {
        to: address_of(&header("To")),
        subject: decode_words(&header("Subject")),
        text: String::new(),
        html: String::new(),
        message_id: header("Message-ID").trim_matches(['<', '>']).to_owned(),
        head: head.clone(),
    };
    let mark = format!("--{boundary}");
    for part in body.split(&mark).skip(1).take_while(|part| !part.starts_with("--")) {
        let (head, content) = split(part.trim_start_matches("\r\n"));
        let encoding = header_of(&head, "Content-Transfer-Encoding").unwrap_or_default();
        let content = decode(content, &encoding);
        match header_of(&head, "Content-Type").unwrap_or_default().split(';').next() {
            Some("text/plain") => mail.text = content,
            Some("text/html") => mail.html = content,
            _ => {}
        }
    }
    mail
}

/// Head and body; folded header lines are joined.
fn split(text: &str) -> (String, &str) {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    (head.replace("\r\n ", " ").replace("\r\n\t", " "), body)
}

fn header_of(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}

fn parameter(header: &str, name: &str) -> String {
    let found =
        header.split(';').filter_map(|part| part.trim().split_once('=')).find(|(found, _)| *found == name);
    found.map(|(_, value)| value.trim_matches('"').to_owned()).unwrap_or_default()
}

fn address_of(header: &str) -> String {
    let inner = header.rsplit_once('<').map_or(header, |(_, rest)| rest);
    inner.trim_end_matches('>').to_owned()
}

fn decode(content: &str, encoding: &str) -> String {
    let bytes = match encoding.to_lowercase().as_str() {
        "base64" => STANDARD.decode(content.split_whitespace().collect::<String>()).unwrap_or_default(),
        "quoted-printable" => quoted_printable(&content.replace("=\r\n", ""), false),
        _ => content.as_bytes().to_vec(),
    };
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}

fn quoted_printable(text: &str, underscore_is_space: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = (first == b'=').then(|| tail.get(..2)).flatten();
        let code = code.and_then(|code| hex::decode(code).ok());
        match code {
            Some(code) => {
                bytes.extend(code);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if first == b'_' && underscore_is_space { b' ' } else { first });
                rest = tail;
            }
        }
    }
    bytes
}

/// Encoded words (RFC 2047) in a header; the space between two of them is none.
fn decode_words(header: &str) -> String {
    let mut out = String::new();
    let mut rest = header;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let before = &rest[..start];
        if !(after_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        let mut fields = rest[start + 2..].splitn(4, '?');
        let (kind, text) = match (fields.next(), fields.next(), fields.next()) {
            (Some(_), Some(kind), Some(text)) => (kind, text),
            _ => break,
        };
        let bytes = match kind {
            "b" | "B" => STANDARD.decode(text).unwrap_or_default(),
            _ => quoted_printable(text, true),
        };
        out.push_str(&String::from_utf8_lossy(&bytes));
        rest = fields.next().map_or("", |rest| rest.strip_prefix('=').unwrap_or(rest));
        after_word = true;
    }
    out + rest
}
