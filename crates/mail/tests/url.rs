//! The setting `BURSAR_MAIL_URL`.

use std::path::PathBuf;

use bursar_mail::{Credentials, MailUrl, Security, SmtpUrl, Transport};

fn smtp(text: &str) -> SmtpUrl {
    match MailUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).transport {
        Transport::Smtp(smtp) => smtp,
        Transport::File(dir) => panic!("{text} became the directory {}", dir.display()),
        Transport::Resend(_) => panic!("{text} became a key of Resend"),
    }
}

#[test]
fn tls_is_required_unless_the_host_is_this_machine_or_the_url_says_none() {
    for (url, host, port, security) in [
        ("smtp://mail.example.com", "mail.example.com", 587, Security::StartTls),
        ("smtp://mail.example.com:2525/", "mail.example.com", 2525, Security::StartTls),
        ("smtp://mail.example.com?tls=none", "mail.example.com", 587, Security::None),
        ("smtp://localhost:25", "localhost", 25, Security::None),
        ("smtp://LOCALHOST", "LOCALHOST", 587, Security::None),
        ("smtp://127.1.2.3:25", "127.1.2.3", 25, Security::None),
        ("smtp://[::1]:25", "::1", 25, Security::None),
        ("smtp://[::1]", "::1", 587, Security::None),
        ("smtp://localhost:25?tls=starttls", "localhost", 25, Security::StartTls),
        ("smtp://localhost.example.com:25", "localhost.example.com", 25, Security::StartTls),
        ("smtp://10.0.0.1", "10.0.0.1", 587, Security::StartTls),
        ("smtps://localhost", "localhost", 465, Security::Implicit),
        ("smtps://mail.example.com:1465", "mail.example.com", 1465, Security::Implicit),
    ] {
        let read = smtp(url);
        assert_eq!((read.host.as_str(), read.port, read.security), (host, port, security), "{url}");
    }
}

#[test]
fn user_password_and_options_are_percent_decoded() {
    let read = smtp("smtps://ann%40example.com:p%3A%2F%3F%23%25%C3%A9@mail.example.com?ca=/etc/my%20ca.pem");
    let credentials = Credentials { user: "ann@example.com".into(), password: "p:/?#%é".into() };
    assert_eq!(read.credentials, Some(credentials));
    assert_eq!(read.ca, Some(PathBuf::from("/etc/my ca.pem")));
    // An @ in the password may stay as it is.
    assert_eq!(smtp("smtp://ann:p@ss@mail.example.com").credentials.unwrap().password, "p@ss");

    let from =
        MailUrl::parse("smtp://mail.example.com?from=Acme%20<pay@acme.example>&tls=none").unwrap().from;
    assert_eq!(from.unwrap().to_string(), "Acme <pay@acme.example>");
}

#[test]
fn directories_are_read_with_and_without_slashes() {
    for (url, dir) in [
        ("file:mail", "mail"),
        ("file:./a/b", "./a/b"),
        ("file:/var/mail", "/var/mail"),
        ("file:///var/my%20mail?from=a@example.com", "/var/my mail"),
    ] {
        assert_eq!(MailUrl::parse(url).unwrap().transport, Transport::File(PathBuf::from(dir)), "{url}");
    }
}

#[test]
fn what_cannot_be_used_is_an_error_that_says_what_to_write_and_shows_no_password() {
    for (url, says) in [
        ("", "begins with none of"),
        ("mail.example.com", "begins with none of"),
        ("http://mail.example.com", "begins with none of"),
        ("file:", "needs a directory"),
        ("file://host/dir", "file:///DIR"),
        ("file:mail?tls=none", "unknown"),
        ("smtp:mail.example.com", "//"),
        ("smtp://", "the host"),
        ("smtp://mail example", "the host"),
        ("smtp://[::1", "IPv6"),
        ("smtp://[::1]x", "port"),
        ("smtp://host:", "port"),
        ("smtp://host:0", "port"),
        ("smtp://host:70000", "port"),
        ("smtp://bob@host", "a user name and a password"),
        ("smtp://bob:@host", "a user name and a password"),
        ("smtp://:hunter2@host", "a user name and a password"),
        ("smtp://bob:hunter2%FF@host", "UTF-8"),
        ("smtp://bob:hunter2%0D%0A@host", "control character"),
        ("smtp://bob:hunter2?x@host", "percent-encoded"),
        ("smtp://bob:25?hunter2@host", "%3F"),
        ("smtp://bob:hunter2/x@host:y", "port"),
        ("smtp://host?tls=maybe", "none or starttls"),
        ("smtps://host?tls=none", "unknown"),
        ("smtp://host?tls=none&ca=x.pem", "no effect"),
        ("smtp://host?ca=", "unknown or empty"),
        ("smtp://host?from=nobody", "is not a sender"),
        ("smtp://host?retries=3", "unknown"),
    ] {
        let error = match MailUrl::parse(url) {
            Ok(read) => panic!("{url} was read as {read:?}"),
            Err(error) => error.to_string(),
        };
        assert!(error.contains("BURSAR_MAIL_URL") && error.contains(says), "{url}: {error}");
        assert!(!error.contains("hunter2"), "{url}: {error}");
    }
}

#[test]
fn it_is_shown_without_its_password_and_warns_of_what_is_dangerous() {
    let url = MailUrl::parse("smtp://bob:hunter2@mail.example.com?tls=none").unwrap();
    assert_eq!(url.to_string(), "smtp://bob:***@mail.example.com:587?tls=none");
    assert!(!format!("{url:?}").contains("hunter2"));
    assert!(url.warning().unwrap().contains("without encryption"));

    assert_eq!(MailUrl::parse("smtps://[2001:db8::1]").unwrap().to_string(), "smtps://[2001:db8::1]:465");
    assert_eq!(MailUrl::parse("smtps://host").unwrap().warning(), None);
    assert_eq!(MailUrl::parse("smtp://localhost").unwrap().warning(), None);
    assert!(MailUrl::parse("file:mail").unwrap().warning().unwrap().contains("no mail is sent"));
}
