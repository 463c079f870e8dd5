//! Messages are verified by the official libraries of the specification: `tests/interop/verify_webhook.mjs` with the npm
//! package and `verify_webhook.py` with the PyPI package. `./test` installs both; a missing one fails.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use bursar_base::{Clock as _, SystemClock, limits};
use bursar_store::Engine;
use bursar_testkit::on_both_engines;
use bursar_testkit::receiver::Received;
use serde_json::{Value, json};

use super::House;

on_both_engines!(
    the_official_libraries_accept_what_is_sent_and_nothing_else,
    during_a_rotation_both_secrets_sign_and_afterwards_one,
);

/// What a library reads, if it takes the message for genuine.
fn verify(program: &str, script: &str, secret: &str, message: &Received, body: &str) -> Option<Value> {
    use std::io::Write as _;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop").join(script);
    let mut child = Command::new(program)
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run `{program}` ({error}); run `./test`, which installs it"));
    let given = json!({ "secret": secret, "headers": message.headers, "body": body });
    let _ = child.stdin.take().unwrap().write_all(given.to_string().as_bytes());
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Some(serde_json::from_slice(&output.stdout).unwrap());
    }
    assert!(
        errors.contains("WebhookVerificationError"),
        "`{program} {script}` failed; run `./test`\n{errors}"
    );
    None
}

fn by_both(secret: &str, message: &Received, body: &str) -> [Option<Value>; 2] {
    let python = std::env::var("BURSAR_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    [
        verify("node", "verify_webhook.mjs", secret, message, body),
        verify(&python, "verify_webhook.py", secret, message, body),
    ]
}

async fn the_official_libraries_accept_what_is_sent_and_nothing_else(engine: Engine) {
    let house = House::on(engine).await;
    // The libraries look at this machine's clock.
    house.app.clock().set(SystemClock.now());
    let endpoint = house.endpoint().await;
    let mut payment = house.agent.request("12.50", "shop.example");
    payment["purpose"] = json!("Zoë's tea ☕ \u{2028} \"quoted\"");
    house.agent.ask(&payment).await.expect(200);
    let message = house.receiver.wait_for("transaction.approved").await;
    let expected = Some(message.json());
    assert_eq!(expected.as_ref().unwrap()["data"]["transaction"]["purpose"], payment["purpose"]);
    assert_eq!(by_both(&endpoint.secret, &message, &message.body), [expected.clone(), expected]);
    let changed = message.body.replace("12.50", "99.50");
    assert_eq!(by_both(&endpoint.secret, &message, &changed), [None, None]);
    let other = house.endpoint().await;
    assert_eq!(by_both(&other.secret, &message, &message.body), [None, None]);
}

async fn during_a_rotation_both_secrets_sign_and_afterwards_one(engine: Engine) {
    let house = House::on(engine).await;
    house.app.clock().set(SystemClock.now().minus(limits::ENDPOINT_SECRET_OVERLAP));
    let endpoint = house.endpoint().await;
    let rotate = || async {
        let rotated = endpoint.client.post_empty(&endpoint.path("/rotate")).await.expect(200);
        rotated["secret"].as_str().unwrap().to_owned()
    };
    let second = rotate().await;
    house.app.advance(limits::ENDPOINT_SECRET_OVERLAP - Duration::from_secs(1));
    endpoint.test().await;
    let message = house.receiver.wait(1).await.remove(0);
    assert_eq!(message.header("webhook-signature").split(' ').count(), 2);
    for secret in [&endpoint.secret, &second] {
        assert!(by_both(secret, &message, &message.body).iter().all(Option::is_some));
    }
    house.app.advance(Duration::from_secs(1));
    endpoint.test().await;
    let message = house.receiver.wait(2).await.remove(1);
    assert_eq!(message.header("webhook-signature").split(' ').count(), 1);
    assert!(by_both(&endpoint.secret, &message, &message.body).iter().all(Option::is_none));
    assert!(by_both(&second, &message, &message.body).iter().all(Option::is_some));
    // Rotated twice within the overlap, only the last two sign.
    let third = rotate().await;
    let fourth = rotate().await;
    endpoint.test().await;
    let message = house.receiver.wait(3).await.remove(2);
    assert!(by_both(&second, &message, &message.body).iter().all(Option::is_none));
    for secret in [&third, &fourth] {
        assert!(by_both(secret, &message, &message.body).iter().all(Option::is_some));
    }
}
