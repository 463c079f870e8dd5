//! An export verifies without us: by the program that `docs/audit.md` prints.

use std::path::Path;
use std::process::Command;

use bursar_money::audit;

use crate::engine::Scratch;
use crate::on_both_engines;
use crate::story::Story;

on_both_engines!(an_export_verifies_by_the_program_in_the_documentation);

/// The program as the page prints it.
fn program() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/audit.md");
    let text = std::fs::read_to_string(page).unwrap();
    let (_, rest) = text.split_once("```python\n").expect("a program in docs/audit.md");
    rest.split_once("```").unwrap().0.to_owned()
}

fn run(program: &str, export: &Path) -> (bool, String) {
    let python = std::env::var("BURSAR_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(python).arg("-c").arg(program).arg(export).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

async fn an_export_verifies_by_the_program_in_the_documentation(scratch: &Scratch) {
    let story = Story::begin(&scratch.db).await;
    story.tell().await;
    let mut out = Vec::new();
    let done = audit::export(&scratch.db, story.org.as_str(), &mut out).await.unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(u64::try_from(text.lines().count()), Ok(done.entries));
    assert!(text.lines().last().unwrap().contains(&done.hash));
    let sql = "SELECT hash AS value FROM heads WHERE org_id = $1";
    assert_eq!(scratch.text(sql, &[story.org.as_str().into()]).await, done.hash);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.jsonl");
    std::fs::write(&file, &text).unwrap();
    let (good, says) = run(&program(), &file);
    assert!(good && says.contains(&done.hash), "{says}");

    std::fs::write(&file, text.replacen("\\\"reason\\\":\\\"test\\\"", "\\\"reason\\\":\\\"gift\\\"", 1))
        .unwrap();
    let (good, says) = run(&program(), &file);
    assert!(!good && says.contains("entry 3"), "{says}");
    let without: Vec<&str> =
        text.lines().enumerate().filter(|(n, _)| *n != 4).map(|(_, line)| line).collect();
    std::fs::write(&file, without.join("\n")).unwrap();
    let (good, says) = run(&program(), &file);
    assert!(!good && says.contains("entry 6"), "{says}");
}
