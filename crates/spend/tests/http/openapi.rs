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

#[test]
fn path_parameters_stand_in_their_paths_and_no_others_do() {
    let document = serde_json::to_value(bursar_spend::router::openapi()).unwrap();
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
