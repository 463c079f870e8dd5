//! What Sentry is told, seen by a Sentry of the test's own.
#![allow(clippy::unwrap_used)] // the test configuration knows only functions that are tests themselves

use bursar::reports;
use bursar_testkit::receiver::{Reaction, Received, Receiver};
use tracing_subscriber::layer::SubscriberExt as _;

/// What stands in every event of this test and must never leave.
const SECRETS: &[&str] = &["bur_test_0123456789abcdef", "ana@example.com", "4242424242424242"];

fn dsn(sentry: &Receiver) -> String {
    sentry.url("/42").replace("http://", "http://publickey@")
}

fn about<'a>(told: &'a [Received], words: &str) -> &'a Received {
    told.iter()
        .find(|report| report.body.contains(words))
        .unwrap_or_else(|| panic!("nothing of {words}: {told:#?}"))
}

// One test: a process has one Sentry, and one hook for panics.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_and_panics_are_told_without_secrets_and_hold_up_nobody() {
    let sentry = Receiver::start().await;
    let open = reports::open(&dsn(&sentry)).unwrap();
    let lines = tracing_subscriber::registry().with(reports::layer());
    tracing::subscriber::with_default(lines, || {
        tracing::warn!("this is no error");
        tracing::error!(key = SECRETS[0], to = SECRETS[1], "the rail said nothing about {}", SECRETS[2]);
    });
    // On a thread of the runtime, as handlers are.
    let panicked = tokio::spawn(async { panic!("a mistake with {}", SECRETS.join(" ")) }).await;
    assert!(panicked.unwrap_err().is_panic());

    let told = sentry.wait(2).await;
    for report in &told {
        assert_eq!(report.path, "/api/42/envelope/");
        assert!(report.header("x-sentry-auth").contains("sentry_key=publickey"), "{report:?}");
        assert!(report.body.contains(concat!("bursar@", env!("CARGO_PKG_VERSION"))), "{}", report.body);
        for secret in SECRETS {
            assert!(!report.body.contains(secret), "{secret} left: {}", report.body);
        }
    }
    let error = about(&told, "the rail said nothing about [hidden]");
    // An error is what an event is that says nothing else.
    assert!(!error.body.contains("\"level\""), "{}", error.body);
    let panic = about(&told, "a mistake with [hidden] [hidden] [hidden]");
    assert!(
        panic.body.contains("\"level\":\"fatal\"") && panic.body.contains("stacktrace"),
        "{}",
        panic.body
    );

    // A Sentry that never answers holds up nothing, and the end waits for it no longer than it should.
    sentry.react_always(Reaction::Hang);
    let began = std::time::Instant::now();
    let lines = tracing_subscriber::registry().with(reports::layer());
    tracing::subscriber::with_default(lines, || {
        for number in 0..1_000 {
            tracing::error!(number, "the same again");
        }
    });
    assert!(began.elapsed().as_secs() < 2, "telling took {:?}", began.elapsed());
    drop(open);
    assert!(began.elapsed().as_secs() < 10, "the end took {:?}", began.elapsed());
}
