//! The committed description is what the code says.

#![allow(clippy::unwrap_used)] // helpers of tests count as no tests to the lint

use std::path::Path;

use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;

#[test]
fn openapi_json_is_what_the_code_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let code = bursar::serve::openapi().to_pretty_json().unwrap() + "\n";
    assert!(
        committed == code,
        "openapi.json differs from the code; run `cargo xtask openapi`, look at what changed, and commit it"
    );
}

#[test]
fn path_parameters_stand_in_their_paths_and_no_others_do() {
    let document = serde_json::to_value(bursar::serve::openapi()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
            let names: Vec<String> =
                in_path.map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap())).collect();
            let wanted: Vec<&str> = path.split('/').filter(|part| part.starts_with('{')).collect();
            assert_eq!(names, wanted, "{method} {path}");
        }
    }
}

on_both_engines!(what_watches_the_server_is_described_and_answers_so);

/// The client holds every answer against the description.
async fn what_watches_the_server_is_described_and_answers_so(engine: Engine) {
    let app = TestApp::start(engine).await;
    let document = serde_json::to_value(bursar::serve::openapi()).unwrap();
    for path in ["/healthz", "/readyz", "/metrics"] {
        let operation = &document["paths"][path]["get"];
        assert_eq!(operation["security"], serde_json::json!([]), "{path} asks for no key");
        assert_eq!(app.client().below("").get(path).await.status, 200, "{path}");
    }
}
