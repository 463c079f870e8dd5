//! TLS with a real SMTP server: required, from the start, and with whom.

mod server;

use bursar_mail::{MailUrl, Mailer as _, open};
use bursar_testkit::smtp::{SmtpOptions, SmtpServer, SmtpTls, TestCa};
use server::{SOON, mail, sender, smtp};

fn options(tls: SmtpTls) -> SmtpOptions {
    SmtpOptions { auth: Some(("bob".to_owned(), "hunter2".to_owned())), tls, ..SmtpOptions::default() }
}

#[tokio::test]
async fn with_starttls_user_and_mail_go_encrypted() {
    let ca = TestCa::new();
    let mut server = SmtpServer::start(options(SmtpTls::StartTls(ca.server()))).await;
    let port = server.port();
    let url = format!("smtp://bob:hunter2@localhost:{port}?tls=starttls&ca={}", ca.root().display());
    let mailer =
        open(&MailUrl::parse(&url).unwrap(), sender(), bursar_testkit::resend::client(), "").unwrap();
    mailer.send(&mail("starttls")).await.unwrap();
    mailer.send(&mail("again")).await.unwrap();
    let (first, second) = (server.next_mail(SOON).await, server.next_mail(SOON).await);
    assert!(first.tls && second.tls);
    assert_eq!(first.auth.as_deref(), Some("bob"));
    assert_eq!(first.header("Message-ID"), ["<starttls@pay.example.com>"]);
    assert_eq!((first.connection, second.connection), (1, 1));
}

#[tokio::test]
async fn a_server_without_starttls_gets_neither_password_nor_mail() {
    let mut server = SmtpServer::start(options(SmtpTls::None)).await;
    let mailer = smtp(&format!("smtp://bob:wrong@127.0.0.1:{}?tls=starttls", server.port()));
    let error = mailer.send(&mail("stripped")).await.unwrap_err();
    assert!(!error.is_permanent(), "whoever strips STARTTLS could end the life of a mail: {error}");
    assert!(error.to_string().contains("offers no STARTTLS, so nothing was sent"), "{error}");

    // Had the wrong password reached the server, it would have told of its refusal first.
    let mailer = smtp(&format!("smtp://bob:hunter2@127.0.0.1:{}?tls=none", server.port()));
    mailer.send(&mail("allowed")).await.unwrap();
    match server.next_event(SOON).await {
        Some(bursar_testkit::smtp::SmtpEvent::Mail(mail)) => assert!(!mail.tls),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_insists_on_starttls_refuses_a_client_without() {
    let ca = TestCa::new();
    let server =
        SmtpServer::start(SmtpOptions { tls: SmtpTls::StartTls(ca.server()), ..SmtpOptions::default() })
            .await;
    let mailer = smtp(&format!("smtp://127.0.0.1:{}", server.port()));
    let error = mailer.send(&mail("plain")).await.unwrap_err();
    assert_eq!((error.is_permanent(), error.code()), (true, Some(530)), "{error}");
}

#[tokio::test]
async fn smtps_is_encrypted_from_the_start_by_name_and_by_address() {
    let ca = TestCa::new();
    let mut server = SmtpServer::start(options(SmtpTls::Implicit(ca.server()))).await;
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("smtps://bob:hunter2@{host}:{}?ca={}", server.port(), ca.root().display());
        smtp(&url).send(&mail(host)).await.unwrap();
        let got = server.next_mail(SOON).await;
        assert!(got.tls);
        assert_eq!(got.auth.as_deref(), Some("bob"));
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused_and_the_error_says_what_to_do() {
    let (ca, other) = (TestCa::new(), TestCa::new());
    for (scheme, tls, and) in [
        ("smtps", SmtpTls::Implicit(ca.server()), "?"),
        ("smtp", SmtpTls::StartTls(ca.server()), "?tls=starttls&"),
    ] {
        let server = SmtpServer::start(options(tls)).await;
        let base = format!("{scheme}://bob:hunter2@localhost:{}{and}", server.port());
        for url in
            [base.trim_end_matches(['?', '&']).to_owned(), format!("{base}ca={}", other.root().display())]
        {
            let error = smtp(&url).send(&mail("untrusted")).await.unwrap_err();
            assert!(!error.is_permanent(), "{error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
            // The two test authorities share a name, so the other one is found but did not sign.
            let text = error.to_string();
            assert!(text.contains("add ?ca=FILE") || text.contains("BadSignature"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let ca = TestCa::naming(&["mail.example.com"]);
    let server = SmtpServer::start(options(SmtpTls::Implicit(ca.server()))).await;
    let url = format!("smtps://bob:hunter2@localhost:{}?ca={}", server.port(), ca.root().display());
    let error = smtp(&url).send(&mail("other-name")).await.unwrap_err();
    assert!(!error.is_permanent(), "{error}");
    assert!(error.to_string().contains("not valid for name"), "{error}");
}

#[test]
fn a_ca_file_that_is_none_is_named_when_the_mailer_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty.pem");
    std::fs::write(&empty, "nothing").unwrap();
    for (path, why) in [(empty, "holds no certificate"), (dir.path().join("absent.pem"), "cannot be read")] {
        let url = MailUrl::parse(&format!("smtps://mail.example.com?ca={}", path.display())).unwrap();
        let error = open(&url, sender(), bursar_testkit::resend::client(), "").unwrap_err().to_string();
        assert!(error.contains(why) && error.contains("PEM file"), "{error}");
    }
}
