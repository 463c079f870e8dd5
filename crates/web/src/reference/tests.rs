//! The reference, held against the description that it is made of.

use bursar_store::Engine;
use bursar_testkit::app::TestApp;
use bursar_testkit::on_both_engines;
use serde_json::Value;

on_both_engines!(the_page_has_every_operation_and_type_and_fetches_nothing_from_elsewhere);

async fn the_page_has_every_operation_and_type_and_fetches_nothing_from_elsewhere(engine: Engine) {
    let app = TestApp::start(engine).await;
    let browser = app.client().below("");
    let description: Value = browser.get("/openapi.json").await.expect(200);
    let answer = browser.get("/docs").await;
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    let page = answer.page(200);
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let heading = format!("<span class=\"method\">{}</span>", method.to_uppercase());
            let shown = page
                .split("<article ")
                .any(|part| part.contains(&heading) && part.contains(&format!(">{path}</a>")));
            assert!(shown, "{method} {path} is missing");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                assert!(page.contains(&format!("<code>{}</code>", parameter["name"].as_str().unwrap())));
            }
        }
    }
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        let part = page.split("<article ").find(|part| part.contains(&format!("<h3 id=\"type-{name}\">")));
        let part = part.unwrap_or_else(|| panic!("{name} is missing"));
        for field in schema["properties"].as_object().into_iter().flatten().map(|(field, _)| field) {
            assert!(part.contains(&format!("<code>{field}</code>")), "{name}.{field} is missing");
        }
    }
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("\"http"));
}
