//! The committed description is what the code says.

use std::path::Path;

#[test]
fn openapi_json_is_what_the_code_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let code = bursar_spend::router::openapi().to_pretty_json().unwrap() + "\n";
    assert!(
        committed == code,
        "openapi.json differs from the code; run `cargo xtask openapi`, look at what changed, and commit it"
    );
}
