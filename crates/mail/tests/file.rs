//! Mails as files.

mod server;

use std::fs;
use std::path::Path;

use bursar_base::TimeUs;
use bursar_mail::{FileMailer, MailUrl, Mailer as _, open};
use server::{WRITTEN, mail, sender};

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("a directory");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn each_mail_is_one_file_that_sorts_by_time_and_can_be_read_as_it_is() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("out/mail");
    let url = MailUrl::parse(&format!("file:{}", dir.display())).unwrap();
    let mailer = open(&url, sender(), bursar_testkit::resend::client(), "").unwrap();
    let mut late = mail("b/../../late");
    late.date = TimeUs(WRITTEN.0 + 1_000_000);
    let mut whole_second = mail("whole");
    whole_second.date = TimeUs::from_seconds(WRITTEN.seconds());
    for sent in [&late, &mail("z-early"), &whole_second] {
        mailer.send(sent).await.unwrap();
    }
    assert_eq!(
        names(&dir),
        [
            "20260921T141320.000000Z-whole_pay.example.com.eml",
            "20260921T141320.123456Z-z-early_pay.example.com.eml",
            "20260921T141321.123456Z-b_.._.._late_pay.example.com.eml",
        ]
    );
    let text = fs::read_to_string(dir.join(&names(&dir)[1])).unwrap();
    assert!(text.contains("Message-ID: <z-early@pay.example.com>\r\n"), "{text}");
    assert!(text.contains("To: \"Ann Example\" <ann@example.com>\r\n"), "{text}");
    assert!(
        text.contains("\r\nApprove: https://pay.example.com/approve/abc=def\r\n"),
        "the link cannot be copied: {text}"
    );
}

#[tokio::test]
async fn the_same_mail_twice_is_one_file_and_the_url_can_name_the_sender() {
    let temp = tempfile::tempdir().unwrap();
    let url = MailUrl::parse(&format!("file:{}?from=other@example.com", temp.path().display())).unwrap();
    let mailer = open(&url, sender(), bursar_testkit::resend::client(), "").unwrap();
    mailer.send(&mail("same")).await.unwrap();
    mailer.send(&mail("same")).await.unwrap();
    assert_eq!(names(temp.path()).len(), 1);
    let text = fs::read_to_string(temp.path().join(&names(temp.path())[0])).unwrap();
    assert!(text.starts_with("From: other@example.com\r\n"), "{text}");
}

#[tokio::test]
async fn any_date_has_a_name_and_a_header() {
    let temp = tempfile::tempdir().unwrap();
    let mailer = FileMailer::open(temp.path(), sender()).unwrap();
    for (n, micros) in [i64::MIN, -1, 0, i64::MAX].into_iter().enumerate() {
        let mut sent = mail(&format!("date-{n}"));
        sent.date = TimeUs(micros);
        mailer.send(&sent).await.unwrap();
        assert!(mailer.path_of(&sent).exists());
    }
}

#[tokio::test]
async fn a_directory_that_went_away_is_a_transient_error_and_leaves_nothing_behind() {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path().join("mail");
    let mailer = FileMailer::open(&dir, sender()).unwrap();
    fs::remove_dir(&dir).unwrap();
    let error = mailer.send(&mail("lost")).await.unwrap_err();
    assert!(!error.is_permanent(), "{error}");
    // A name that is taken by a directory: the unfinished file is cleared away.
    fs::create_dir(&dir).unwrap();
    fs::create_dir(mailer.path_of(&mail("lost"))).unwrap();
    assert!(!mailer.send(&mail("lost")).await.unwrap_err().is_permanent());
    assert_eq!(names(&dir).len(), 1);

    fs::write(temp.path().join("taken"), "").unwrap();
    let error = FileMailer::open(&temp.path().join("taken/mail"), sender()).unwrap_err();
    assert!(error.to_string().contains("cannot be made"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_mails() {
    use std::os::unix::fs::PermissionsExt as _;
    let temp = tempfile::tempdir().unwrap();
    let mailer = FileMailer::open(&temp.path().join("mail"), sender()).unwrap();
    mailer.send(&mail("private")).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&temp.path().join("mail")), 0o700);
    assert_eq!(mode(&mailer.path_of(&mail("private"))), 0o600);
}
