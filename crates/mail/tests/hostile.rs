//! Mails that carry what an attacker wrote: they arrive as one mail, with that text in it and nowhere else.

mod server;

use bursar_mail::{MAX_SUBJECT_CHARS, Mailer as _};
use bursar_testkit::smtp::SmtpOptions;
use server::{SOON, lines, mail, plain};

const HEADERS: [&str; 9] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Bursar-Transaction",
    "MIME-Version",
    "Content-Type",
];

#[tokio::test]
async fn line_breaks_in_subject_and_names_make_no_header() {
    let (mut server, mailer) = plain(SmtpOptions::default()).await;
    for end in ["\r\n", "\n", "\r", "\r\n ", "\u{2028}", "\u{85}", "\0\r\n", "é\r\n"] {
        let mut sent = mail("injected");
        sent.subject = format!("Pay{end}Bcc: eve@example.net{end}{end}<b>body</b>");
        sent.to_name = Some(format!("Ann{end}Bcc: eve@example.net{end}"));
        sent.headers[0].1 = format!("tx_1{end}Bcc: eve@example.net");
        mailer.send(&sent).await.unwrap();

        let got = server.next_mail(SOON).await;
        assert_eq!(got.rcpt_to, ["ann@example.com"], "{end:?}");
        let mut names: Vec<_> = got.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let mut expected = HEADERS;
        expected.sort_unstable();
        assert_eq!(names, expected, "{end:?}");
        let subject = got.header("Subject")[0];
        assert!(subject.starts_with("Pay") && subject.ends_with("<b>body</b>"), "{subject:?}");
        assert!(!subject.contains(['\r', '\n', '\0']), "{subject:?}");
        assert_eq!(lines(got.text.as_deref()).trim_end(), sent.text.trim_end());
        assert!(got.defects.is_empty(), "{:?}", got.defects);
    }
}

#[tokio::test]
async fn what_would_be_a_command_or_another_address_is_refused_before_anything_is_sent() {
    let (mut server, mailer) = plain(SmtpOptions::default()).await;
    for to in [
        "",
        "ann",
        "ann@example.com\r\nRCPT TO:<eve@example.net>",
        "ann@example.com, eve@example.net",
        "<ann@example.com>",
        "\"a\r\nb\"@example.com",
        "ann@exa mple.com",
    ] {
        let mut sent = mail("address");
        sent.to = to.to_owned();
        assert!(mailer.send(&sent).await.unwrap_err().is_permanent(), "{to:?}");
    }
    for id in [
        "",
        "no-at",
        "a@",
        "@b",
        "a b@c",
        "a>@b",
        "a\r\nBcc: e@x@b",
        "ä@b",
        &format!("{}@b", "a".repeat(300)),
    ] {
        let mut sent = mail("id");
        sent.message_id = id.to_owned();
        assert!(mailer.send(&sent).await.unwrap_err().is_permanent(), "{id:?}");
    }
    for (name, value) in [
        ("Bcc", "eve@example.net"),
        ("bcc", "eve@example.net"),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Type", "text/plain"),
        ("X-A\r\nBcc", "eve@example.net"),
        ("X A", "1"),
        ("X:", "1"),
        ("", "1"),
        ("X-Long", &"a".repeat(2_000)),
    ] {
        let mut sent = mail("header");
        sent.headers = vec![(name.to_owned(), value.to_owned())];
        assert!(mailer.send(&sent).await.unwrap_err().is_permanent(), "{name:?}");
    }
    // The first thing the server hears of is this one.
    mailer.send(&mail("good")).await.unwrap();
    assert_eq!(server.next_mail(SOON).await.header("Message-ID"), ["<good@pay.example.com>"]);
}

#[tokio::test]
async fn any_text_arrives_as_it_was_written() {
    let (mut server, mailer) = plain(SmtpOptions::default()).await;
    let purposes = [
        "<script>alert(1)</script> & \"quotes\" 'n' <!-- ",
        "invoice \u{202e}gpj.exe\u{202c} \u{2066}isolated\u{2069}",
        "Grüße, 支払い, оплата, 💸 and \u{feff}a mark",
        "first\n.\n..\n.hidden\n\nMAIL FROM:<eve@example.net>\nFrom here on",
        "--=_bursar_0_\nContent-Type: text/html\n\n<b>another part</b>\n--=_bursar_0_--",
        "=_bursar_1_ =3D =?utf-8?b?SGk=?= trailing spaces   \n\ttab",
        &"x".repeat(5_000),
        &"long line of words ".repeat(200),
        "",
    ];
    for (n, purpose) in purposes.iter().enumerate() {
        let mut sent = mail(&format!("purpose-{n}"));
        sent.subject = format!("Agent: {}", purpose.chars().take(100).collect::<String>());
        sent.text = format!("The agent says: {purpose}\nend\n");
        sent.html = format!("<p>{purpose}</p>\n");
        mailer.send(&sent).await.unwrap();

        let got = server.next_mail(SOON).await;
        assert!(got.defects.is_empty(), "{n}: {:?}", got.defects);
        assert_eq!(got.parts, 2, "{n}");
        assert_eq!(lines(got.text.as_deref()).trim_end(), sent.text.trim_end(), "{n}");
        assert_eq!(lines(got.html.as_deref()).trim_end(), sent.html.trim_end(), "{n}");
        let raw = got.raw();
        assert!(raw.is_ascii(), "{n}: something travels that needs 8BITMIME");
        assert!(raw.split(|b| *b == b'\n').all(|line| line.len() <= 998), "{n}: a line is too long");
        let subject = sent.subject.replace(['\n', '\t'], " ");
        // A subject that looks encoded is decoded by who reads it; it stays one line of text.
        if !purpose.contains("=?") {
            assert_eq!(got.header("Subject")[0], subject.trim(), "{n}");
        }
    }
}

#[tokio::test]
async fn control_characters_do_not_reach_a_terminal_and_long_subjects_are_cut() {
    let (mut server, mailer) = plain(SmtpOptions::default()).await;
    let mut sent = mail("controls");
    sent.subject = format!("{}\u{7}{}", "s".repeat(200), "t".repeat(2_000));
    sent.text = "before \u{1b}]0;title\u{7} \0 after\n".to_owned();
    mailer.send(&sent).await.unwrap();
    let got = server.next_mail(SOON).await;
    assert_eq!(lines(got.text.as_deref()).trim_end(), "before \u{fffd}]0;title\u{fffd} \u{fffd} after");
    let subject = got.header("Subject")[0];
    assert_eq!(subject.chars().count(), MAX_SUBJECT_CHARS);
    assert!(subject.ends_with("t…"), "{subject}");
}
