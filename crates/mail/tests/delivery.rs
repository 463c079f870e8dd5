//! Mails that a real SMTP server takes or refuses, over plain connections.

mod server;

use std::time::Duration;

use bursar_mail::{Mailer as _, SendError};
use bursar_testkit::smtp::{SmtpEvent, SmtpOptions};
use server::{SOON, lines, mail, plain, smtp};

#[tokio::test]
async fn a_mail_arrives_as_text_and_html_under_the_id_and_date_it_was_given() {
    let (mut server, mailer) = plain(SmtpOptions::default()).await;
    let sent = mail("approval-1");
    mailer.send(&sent).await.unwrap();

    let got = server.next_mail(SOON).await;
    assert_eq!(got.mail_from, "bursar@pay.example.com");
    assert_eq!(got.rcpt_to, ["ann@example.com"]);
    assert_eq!(got.hello, "pay.example.com");
    assert!(!got.tls);
    assert_eq!(got.header("From"), ["Bursar <bursar@pay.example.com>"]);
    assert_eq!(got.header("To"), ["Ann Example <ann@example.com>"]);
    assert_eq!(got.header("Subject"), ["Approve $12.50 for example.org?"]);
    assert_eq!(got.header("Message-ID"), ["<approval-1@pay.example.com>"]);
    assert_eq!(got.header("Date"), ["Mon, 21 Sep 2026 14:13:20 +0000"]);
    assert_eq!(got.header("Auto-Submitted"), ["auto-generated"]);
    assert_eq!(got.header("MIME-Version"), ["1.0"]);
    assert_eq!(got.header("X-Bursar-Transaction"), ["tx_1"]);
    assert_eq!(got.parts, 2);
    assert!(got.defects.is_empty(), "{:?}", got.defects);
    // The single dot on a line would end the message if it were not stuffed.
    assert_eq!(lines(got.text.as_deref()).trim_end(), sent.text.trim_end());
    assert_eq!(lines(got.html.as_deref()).trim_end(), sent.html.trim_end());
}

#[tokio::test]
async fn the_same_mail_is_the_same_bytes_and_goes_over_the_connection_that_is_open() {
    let (mut server, mailer) = plain(SmtpOptions::default()).await;
    mailer.send(&mail("twice")).await.unwrap();
    mailer.send(&mail("twice")).await.unwrap();
    let (first, second) = (server.next_mail(SOON).await, server.next_mail(SOON).await);
    assert_eq!(first.raw(), second.raw());
    assert_eq!((first.connection, second.connection), (1, 1));
}

#[tokio::test]
async fn many_mails_at_once_all_arrive_once() {
    let (mut server, mailer) = plain(SmtpOptions::default()).await;
    let mailer = std::sync::Arc::new(mailer);
    let sends: Vec<_> = (0..40)
        .map(|n| {
            let mailer = mailer.clone();
            tokio::spawn(async move { mailer.send(&mail(&format!("m{n:02}"))).await })
        })
        .collect();
    for send in sends {
        send.await.unwrap().unwrap();
    }
    let mut ids = Vec::new();
    for _ in 0..40 {
        let got = server.next_mail(SOON).await;
        assert!(got.connection <= u32::try_from(bursar_mail::MAX_CONNECTIONS).unwrap());
        ids.push(got.header("Message-ID")[0].to_owned());
    }
    ids.sort();
    let expected: Vec<_> = (0..40).map(|n| format!("<m{n:02}@pay.example.com>")).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_server_that_asks_to_try_later_is_a_transient_error_and_the_next_attempt_works() {
    let (mut server, mailer) = plain(SmtpOptions { fail_first: 1, ..SmtpOptions::default() }).await;
    let error = mailer.send(&mail("later")).await.unwrap_err();
    assert!(!error.is_permanent());
    assert_eq!(error.code(), Some(451));
    assert!(error.to_string().ends_with("did not take the mail: 451 4.3.0 Try again later"), "{error}");

    mailer.send(&mail("later")).await.unwrap();
    assert_eq!(server.next_mail(SOON).await.header("Message-ID"), ["<later@pay.example.com>"]);
}

#[tokio::test]
async fn a_refused_recipient_is_a_permanent_error() {
    let (_server, mailer) = plain(SmtpOptions { reject: true, ..SmtpOptions::default() }).await;
    let error = mailer.send(&mail("refused")).await.unwrap_err();
    assert!(error.is_permanent());
    assert_eq!(error.code(), Some(550));
    assert!(error.to_string().contains("550 5.1.1 No such user here"), "{error}");
}

#[tokio::test]
async fn an_address_that_the_server_cannot_write_is_a_permanent_error_but_a_foreign_domain_is_not() {
    let (mut server, mailer) = plain(SmtpOptions::default()).await;
    let mut foreign = mail("foreign");
    foreign.to = "ann@bücher.example".to_owned();
    mailer.send(&foreign).await.unwrap();
    assert_eq!(server.next_mail(SOON).await.rcpt_to, ["ann@xn--bcher-kva.example"]);

    foreign.to = "änn@example.com".to_owned();
    let error = mailer.send(&foreign).await.unwrap_err();
    assert!(error.is_permanent(), "{error}");
    assert!(error.to_string().contains("SMTPUTF8"), "{error}");
}

#[tokio::test]
async fn a_slow_server_is_a_transient_error_and_its_late_answer_is_not_taken_for_another_mails() {
    let (mut server, mailer) =
        plain(SmtpOptions { slow: Duration::from_millis(1_500), ..SmtpOptions::default() }).await;
    let mailer = mailer.with_timeout(Duration::from_millis(500));
    let error = mailer.send(&mail("slow")).await.unwrap_err();
    assert!(matches!(error, SendError::Transient { code: None, .. }), "{error}");

    let patient = mailer.with_timeout(SOON);
    patient.send(&mail("patient")).await.unwrap();
    let mut last = server.next_mail(SOON).await;
    if last.header("Message-ID") == ["<slow@pay.example.com>"] {
        // The server may have taken it all the same: that is what the stable Message-ID is for.
        last = server.next_mail(SOON).await;
    }
    assert_eq!(last.header("Message-ID"), ["<patient@pay.example.com>"]);
    assert_eq!(last.connection, 2, "the connection of the unanswered mail was used again");
}

#[tokio::test]
async fn a_connection_that_the_server_has_ended_costs_no_mail() {
    let idle = Some(Duration::from_millis(200));
    let (mut server, mailer) = plain(SmtpOptions { idle, ..SmtpOptions::default() }).await;
    mailer.send(&mail("first")).await.unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    mailer.send(&mail("second")).await.unwrap();
    assert_eq!(server.next_mail(SOON).await.connection, 1);
    assert_eq!(server.next_mail(SOON).await.connection, 2);
}

#[tokio::test]
async fn a_server_that_is_gone_is_a_transient_error() {
    let (mut server, mailer) = plain(SmtpOptions::default()).await;
    mailer.send(&mail("before")).await.unwrap();
    server.next_mail(SOON).await;
    drop(server);
    let error = mailer.send(&mail("gone")).await.unwrap_err();
    assert!(!error.is_permanent(), "{error}");
    assert!(error.to_string().starts_with("no connection to 127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn a_server_that_wants_to_know_who_it_is_gets_the_right_user_and_refuses_the_wrong_one() {
    let auth = Some(("bob".to_owned(), "p@ss:w/rd?".to_owned()));
    let options = SmtpOptions { auth, repeat_password: true, ..SmtpOptions::default() };
    let (mut server, nobody) = plain(options).await;

    let right = smtp(&format!("smtp://bob:p%40ss%3Aw%2Frd%3F@127.0.0.1:{}", server.port()));
    right.send(&mail("right")).await.unwrap();
    assert_eq!(server.next_mail(SOON).await.auth.as_deref(), Some("bob"));

    let wrong = smtp(&format!("smtp://bob:hunter2@127.0.0.1:{}", server.port()));
    let error = wrong.send(&mail("wrong")).await.unwrap_err();
    assert_eq!((error.is_permanent(), error.code()), (true, Some(535)));
    assert!(
        error.to_string().contains("did not accept the user and password of BURSAR_MAIL_URL: 535"),
        "{error}"
    );
    assert!(error.to_string().contains("You said ***"), "{error}");
    assert!(!format!("{error:?} {wrong:?}").contains("hunter2"));
    assert!(matches!(server.next_event(SOON).await, Some(SmtpEvent::Refused { code: 535 })));

    let error = nobody.send(&mail("nobody")).await.unwrap_err();
    assert_eq!((error.is_permanent(), error.code()), (true, Some(530)), "{error}");
}
