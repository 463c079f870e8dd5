//! What the tests of this crate share.

#![allow(dead_code)] // each test file is a program of its own and uses its part

use std::time::Duration;

use bursar_base::TimeUs;
use bursar_mail::{Mail, MailUrl, Sender, SmtpMailer, Transport};
use bursar_testkit::smtp::{SmtpOptions, SmtpServer};

/// Long enough for a busy machine; nothing waits this long when all is well.
pub const SOON: Duration = Duration::from_secs(20);

/// 2026-09-21T14:13:20.123456Z
pub const WRITTEN: TimeUs = TimeUs(1_790_000_000_123_456);

/// A mail like those that ask for an approval.
pub fn mail(id: &str) -> Mail {
    Mail {
        to: "ann@example.com".to_owned(),
        to_name: Some("Ann Example".to_owned()),
        subject: "Approve $12.50 for example.org?".to_owned(),
        text: "Approve: https://pay.example.com/approve/abc=def\n.\nBye\n".to_owned(),
        html: "<p>Approve <a href=\"https://pay.example.com/approve/abc=def\">here</a></p>\n".to_owned(),
        message_id: format!("{id}@pay.example.com"),
        date: WRITTEN,
        headers: vec![("X-Bursar-Transaction".to_owned(), "tx_1".to_owned())],
    }
}

pub fn sender() -> Sender {
    Sender::parse("Bursar <bursar@pay.example.com>").expect("a sender")
}

/// A mailer for a URL that must be one of SMTP.
pub fn smtp(url: &str) -> SmtpMailer {
    let Transport::Smtp(server) = MailUrl::parse(url).expect("a mail URL").transport else {
        panic!("{url} is not SMTP")
    };
    SmtpMailer::new(&server, sender()).expect("a mailer")
}

/// A server of plain SMTP, and a mailer for it.
pub async fn plain(options: SmtpOptions) -> (SmtpServer, SmtpMailer) {
    let server = SmtpServer::start(options).await;
    let mailer = smtp(&format!("smtp://127.0.0.1:{}", server.port()));
    (server, mailer)
}

/// A text with the line ends of the network as one with those of Rust.
pub fn lines(text: Option<&str>) -> String {
    text.unwrap_or_default().replace("\r\n", "\n")
}
