use super::*;

const TABLE: &str = "\
<!-- edges -->
| crate | level | may depend on |
|---|---|---|
| `base` | 0 | – |
| `left` | 1 | `base` |
| `right` | 1 | `base` |
| `bursar` | 2 | `base`, `left`, `right` |
| `testkit` | – | anything |
<!-- /edges -->";

/// Crates by name with their edges; an edge is `name` or `name kind`.
fn metadata(crates: &[(&str, &[&str])]) -> Metadata {
    let packages = crates.iter().map(|(name, edges)| Package {
        name: (*name).to_owned(),
        dependencies: edges
            .iter()
            .map(|edge| {
                let (name, kind) =
                    edge.split_once(' ').map_or((*edge, None), |(name, kind)| (name, Some(kind)));
                let path = name.starts_with("bursar").then(|| name.to_owned());
                Dependency { name: name.to_owned(), kind: kind.map(str::to_owned), path }
            })
            .collect(),
    });
    Metadata { packages: packages.collect() }
}

fn says(table: &str, left: &[&str]) -> Vec<String> {
    let metadata = metadata(&[
        ("bursar-base", &["serde"]),
        ("bursar-left", left),
        ("bursar-right", &["bursar-base"]),
        ("bursar", &["bursar-left", "bursar-right"]),
        ("bursar-testkit", &["bursar"]),
    ]);
    check(&parse(table).unwrap(), &metadata).into_iter().map(|finding| finding.says).collect()
}

#[test]
fn downward_edges_and_dev_edges_to_the_testkit_pass() {
    assert_eq!(says(TABLE, &["bursar-base", "serde", "bursar-testkit dev"]), [""; 0]);
}

#[test]
fn sideways_upward_build_and_dev_edges_are_found() {
    for edge in ["bursar-right", "bursar", "bursar-testkit", "bursar-right build", "bursar-right dev"] {
        assert_eq!(says(TABLE, &[edge]).len(), 1, "{edge}");
    }
}

#[test]
fn a_table_that_allows_a_sibling_is_found() {
    let sideways = TABLE.replace("| `left` | 1 | `base` |", "| `left` | 1 | `base`, `right` |");
    assert_eq!(says(&sideways, &[]), ["`left` → `right` does not lead downward"]);
    let unnamed = TABLE.replace("| `left` | 1 | `base` |", "| `left` | 1 | anything |");
    assert_eq!(says(&unnamed, &[]).len(), 1);
    let unknown = TABLE.replace("| `left` | 1 | `base` |", "| `left` | 1 | `cellar` |");
    assert_eq!(says(&unknown, &[]).len(), 1);
}

#[test]
fn table_and_crates_are_the_same_set() {
    let missing = TABLE.replace("| `testkit` | – | anything |\n", "");
    assert_eq!(says(&missing, &[]), ["`testkit` is not in the edge table"]);
    let added = TABLE.replace("<!-- /edges -->", "| `attic` | 3 | `base` |\n<!-- /edges -->");
    assert_eq!(says(&added, &[]), ["`attic` is in the edge table and is no crate"]);
}

#[test]
fn an_unreadable_table_is_an_error() {
    assert!(parse("no table").is_err());
    assert!(parse("<!-- edges -->\n").is_err());
    assert!(parse(&TABLE.replace("| `left` | 1 |", "| `left` | low |")).is_err());
    assert!(parse(&TABLE.replace("| `left` | 1 |", "| `left` |")).is_err());
}
