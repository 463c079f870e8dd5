//! Settings from every source, and every mistake by name.

use std::path::Path;

use super::names::SETTINGS;
use super::{Config, Fault, Flags, LogFormat, Source};

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn faults(flags: &Flags, pairs: &[(&str, &str)]) -> Vec<Fault> {
    Config::load(flags, variables(pairs)).config.unwrap_err().0
}

fn with_file(text: &str) -> (tempfile::TempDir, Flags) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bursar.toml");
    std::fs::write(&path, text).unwrap();
    (dir, Flags { config: Some(path), ..Flags::default() })
}

#[test]
fn without_anything_the_defaults_hold() {
    let config = Config::load(&Flags::default(), []).config.unwrap();
    assert_eq!(config.data, Path::new("./bursar-data"));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8480");
    assert_eq!(config.mail_url.to_string(), "file:./bursar-data/mail");
    assert_eq!((config.breaker.requests, config.breaker.seconds), (20, 60));
    assert_eq!(config.log_format, LogFormat::Text);
    assert!(config.database_url.is_none() && config.stripe_key.is_none() && config.master_key.is_none());
}

#[test]
fn flags_beat_the_environment_and_the_environment_beats_the_file() {
    let (_dir, mut flags) =
        with_file("data = \"from-file\"\nlisten = \"127.0.0.1:1\"\nbreaker_requests = 7\n");
    flags.data = Some("from-flag".into());
    let environment = variables(&[("BURSAR_DATA", "from-env"), ("BURSAR_LISTEN", "127.0.0.1:2")]);
    let config = Config::load(&flags, environment).config.unwrap();
    assert_eq!(config.data, Path::new("from-flag"));
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.breaker.requests, 7);
}

#[test]
fn every_wrong_value_is_named_at_once_with_what_to_write_instead() {
    let wrong = [
        ("BURSAR_DATABASE_URL", "mysql://user:hunter2@x/y", "postgres://"),
        ("BURSAR_LISTEN", "localhost", "127.0.0.1:8480"),
        ("BURSAR_TLS_CERT", "/", "PEM file"),
        ("BURSAR_TLS_KEY", "/", "PEM file"),
        ("BURSAR_PUBLIC_URL", "pay.example.com", "https://"),
        ("BURSAR_MAIL_URL", "mailto:x", "smtp://"),
        ("BURSAR_MAIL_FROM", "nobody", "bursar@example.com"),
        ("BURSAR_BREAKER_REQUESTS", "0", "20"),
        ("BURSAR_BREAKER_SECONDS", "a minute", "60"),
        ("BURSAR_STRIPE_KEY", "pk_test_hunter2", "sk_test_"),
        ("BURSAR_STRIPE_URL", "http://api.stripe.com", "https"),
        ("BURSAR_STRIPE_WEBHOOK_SECRET", "hunter2", "whsec_"),
        ("BURSAR_STRIPE_FINANCIAL_ACCOUNTS", "yes", "on or off"),
        ("BURSAR_CLIENT_ADDRESS_HEADER", "x forwarded", "X-Forwarded-For"),
        ("BURSAR_SIGN_UP", "closed", "invited"),
        ("BURSAR_OIDC_ISSUER", "http://login.example.com", "https"),
        ("BURSAR_OIDC_NAME", "A name that has no room on any button of ours", "Company account"),
        ("BURSAR_BOT_MODE", "prod", "live"),
        ("BURSAR_LANGUAGE", "pt", "pt-BR"),
        ("BURSAR_WEBHOOK_ALLOW", "receiver.test", "127.0.0.1:9000"),
        ("BURSAR_MASTER_KEY", "hunter2", "openssl rand -hex 32"),
        ("BURSAR_LOG", "bursar=loud", "info"),
        ("BURSAR_LOG_FORMAT", "xml", "json"),
        ("BURSAR_SENTRY_DSN", "https://hunter2@/", "DSN"),
    ];
    let pairs: Vec<(&str, &str)> = wrong.iter().map(|(name, value, _)| (*name, *value)).collect();
    let faults = faults(&Flags::default(), &pairs);
    for (name, _, instead) in wrong {
        let fault =
            faults.iter().find(|fault| fault.name == name).unwrap_or_else(|| panic!("{name} is not named"));
        assert!(fault.message.contains(instead), "{fault}");
        assert!(!fault.to_string().contains("hunter2"), "a secret is repeated: {fault}");
        assert_eq!(fault.source, Source::Environment);
    }
    assert_eq!(faults.len(), wrong.len());
}

#[test]
fn a_provider_of_accounts_is_set_up_whole_or_not_at_all() {
    let all = [
        ("BURSAR_OIDC_ISSUER", "https://login.example.com/realms/acme"),
        ("BURSAR_OIDC_CLIENT_ID", "bursar"),
        ("BURSAR_OIDC_CLIENT_SECRET", "hunter2"),
    ];
    let config = Config::load(&Flags::default(), variables(&all)).config.unwrap();
    let oidc = config.oidc.expect("it is set up");
    assert_eq!((oidc.issuer.as_str(), oidc.name.as_str()), (all[0].1, "Company account"));
    assert!(Config::load(&Flags::default(), []).config.unwrap().oidc.is_none());
    for missing in 0..all.len() {
        let some: Vec<_> = all.iter().copied().filter(|pair| *pair != all[missing]).collect();
        let faults = faults(&Flags::default(), &some);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].name, all[missing].0);
        assert!(faults[0].message.contains("set it too") && !faults[0].message.contains("hunter2"));
    }
}

#[test]
fn a_certificate_needs_its_key_and_a_key_its_certificate() {
    for (given, missing) in [("BURSAR_TLS_CERT", "BURSAR_TLS_KEY"), ("BURSAR_TLS_KEY", "BURSAR_TLS_CERT")] {
        let faults = faults(&Flags::default(), &[(given, "/etc/bursar/some.pem")]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].name == missing && faults[0].message.contains("set it too"), "{}", faults[0]);
    }
}

#[test]
fn unknown_keys_of_the_file_are_errors_and_the_nearest_is_named() {
    let (_dir, flags) = with_file("publik_url = \"https://x.example\"\nnonsense_altogether = 1\nlog = [1]\n");
    let faults = faults(&flags, &[]);
    let message = |name: &str| faults.iter().find(|fault| fault.name == name).unwrap().message.clone();
    assert!(message("publik_url").contains("write public_url"));
    assert!(message("nonsense_altogether").contains("database_url"));
    assert!(message("log").contains("write a text"));
}

#[test]
fn unknown_variables_are_named_but_stop_nothing() {
    let loaded = Config::load(&Flags::default(), variables(&[("BURSAR_STRIP_KEY", "x"), ("HOME", "/root")]));
    assert!(loaded.config.is_ok());
    assert_eq!(loaded.unknown.len(), 1);
    assert!(loaded.unknown[0].message.contains("BURSAR_STRIPE_KEY"));
}

#[test]
fn a_missing_or_broken_file_is_named() {
    let flags = Flags { config: Some("/nonexistent/bursar.toml".into()), ..Flags::default() };
    assert!(faults(&flags, &[])[0].message.contains("cannot be read"));
    let (_dir, flags) = with_file("listen = \n");
    assert!(faults(&flags, &[])[0].message.contains("not TOML"));
}

#[test]
fn what_clients_are_told_by_is_no_unknown_setting() {
    let of_clients =
        variables(&[("BURSAR_API_KEY", "bur_test_x"), ("BURSAR_URL", "https://pay.example.com")]);
    let loaded = Config::load(&Flags::default(), of_clients);
    assert!(loaded.config.is_ok() && loaded.unknown.is_empty(), "{:?}", loaded.unknown);
}

#[test]
fn debug_shows_no_secret() {
    let key = "ab".repeat(32);
    let config = Config::load(
        &Flags::default(),
        variables(&[
            ("BURSAR_DATABASE_URL", "postgres://user:hunter2@db.example/x"),
            ("BURSAR_MASTER_KEY", &key),
            ("BURSAR_STRIPE_KEY", "sk_test_hunter2"),
            ("BURSAR_OIDC_ISSUER", "https://login.example.com"),
            ("BURSAR_OIDC_CLIENT_ID", "bursar"),
            ("BURSAR_OIDC_CLIENT_SECRET", "hunter2"),
            ("BURSAR_STRIPE_WEBHOOK_SECRET", "whsec_hunter2"),
            ("BURSAR_SENTRY_DSN", "https://hunter2@sentry.example/1"),
            ("BURSAR_MAIL_URL", "smtps://user:hunter2@mail.example:465"),
        ]),
    )
    .config
    .unwrap();
    let shown = format!("{config:?}");
    assert!(!shown.contains("hunter2") && !shown.contains(&key), "{shown}");
    let resend = variables(&[("BURSAR_MAIL_URL", "resend:re_hunter2")]);
    let config = Config::load(&Flags::default(), resend).config.unwrap();
    assert!(!format!("{config:?} {}", config.mail_url).contains("hunter2"));
}

#[test]
fn the_documentation_has_the_same_settings() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md"))
        .unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `BURSAR_")).collect();
    let code = |text: &str| {
        if text.is_empty() { "–".to_owned() } else { format!("`{text}`") }
    };
    let expected: Vec<String> = SETTINGS
        .iter()
        .map(|s| format!("| `{}` | {} | {} | {} |", s.name, code(s.default), s.meaning, example(s.example)))
        .collect();
    assert_eq!(rows, expected, "the table in docs/settings.md and config::names::SETTINGS differ");
}

/// A value stands in code; a description of one has code in it already.
fn example(text: &str) -> String {
    if text.contains('`') { text.to_owned() } else { format!("`{text}`") }
}
