//! The catalogue: all languages say the same, everything that is said is in it, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bursar_base::Language;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

/// The names of sentences, each with what is put into it.
type Sentences = BTreeMap<String, BTreeSet<String>>;

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder that end so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file of text")
}

fn variables(pattern: &Pattern<String>, into: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            match expression {
                Expression::Inline(inline) => variable(inline, into),
                Expression::Select { selector, variants } => {
                    variable(selector, into);
                    variants.iter().for_each(|variant| variables(&variant.value, into));
                }
            }
        }
    }
}

fn variable(inline: &InlineExpression<String>, into: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            into.insert(id.name.clone());
        }
        InlineExpression::Placeable { expression } => match expression.as_ref() {
            Expression::Inline(inline) => variable(inline, into),
            Expression::Select { .. } => panic!("a choice within a choice"),
        },
        other => panic!("sentences hold words and variables alone: {other:?}"),
    }
}

fn sentences(language: Language) -> Sentences {
    let mut all = Sentences::new();
    for path in files(&here().join("texts").join(language.as_str()), ".ftl") {
        let resource = parser::parse(read(&path));
        let resource = resource.unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
        for entry in resource.body {
            let Entry::Message(message) = entry else { continue };
            let mut found = BTreeSet::new();
            variables(message.value.as_ref().expect("a sentence"), &mut found);
            let known = all.insert(message.id.name.clone(), found);
            assert!(known.is_none(), "{} stands twice in {language}", message.id.name);
        }
    }
    all
}

/// Where a name is said: the name, and what is put into the sentence there.
fn said(source: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut found = Vec::new();
    for call in ["t.html(\"", "t.text(\"", "t.lines(\"", "t.label(\"", "words.text(\""] {
        for (at, _) in source.match_indices(call) {
            // Not the end of another word.
            if source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let rest = &source[at + call.len()..];
            let Some((name, rest)) = rest.split_once('"') else { continue };
            found.push((name.to_owned(), put_in(rest)));
        }
    }
    found
}

/// What the calls behind a name put in: `).with("agent", …).count("n", …)`.
fn put_in(mut rest: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut depth = 1;
    loop {
        // To the end of the call that is open.
        while depth > 0 {
            let Some(at) = rest.find(['(', ')']) else { return found };
            depth += if rest[at..].starts_with('(') { 1 } else { -1 };
            rest = &rest[at + 1..];
        }
        let chain = rest.trim_start();
        let Some((call, after)) = chain.strip_prefix('.').and_then(|chain| chain.split_once('(')) else {
            return found;
        };
        if ["with", "count", "bdi", "named", "strong", "strong_name", "code", "mark", "time"].contains(&call)
        {
            let name = after.trim_start().strip_prefix('"').and_then(|after| after.split_once('"'));
            found.insert(name.expect("a name").0.to_owned());
        }
        (rest, depth) = (after, 1);
    }
}

fn templates() -> Vec<PathBuf> {
    let all = files(&here().join("templates"), "");
    all.into_iter().filter(|path| !path.starts_with(here().join("templates/skill"))).collect()
}

/// The sources that speak to people.
fn sources() -> Vec<PathBuf> {
    ["src", "../spend/src", "../web/src"]
        .iter()
        .flat_map(|folder| files(&here().join(folder), ".rs"))
        .collect()
}

#[test]
fn all_languages_have_the_same_sentences_with_the_same_gaps() {
    let english = sentences(Language::En);
    assert!(english.len() > 500, "{}", english.len());
    for language in Language::ALL {
        let own = sentences(language);
        let names = |of: &Sentences| of.keys().cloned().collect::<BTreeSet<_>>();
        let other: Vec<_> = names(&english).symmetric_difference(&names(&own)).cloned().collect();
        assert!(other.is_empty(), "only in one of en and {language}: {other:?}");
        for (name, gaps) in &english {
            assert_eq!(gaps, &own[name], "{name} in {language}");
        }
    }
}

#[test]
fn a_sentence_holds_no_markup() {
    for path in files(&here().join("texts"), ".ftl") {
        for line in read(&path).lines().filter(|line| !line.starts_with('#') && !line.ends_with("->")) {
            assert!(!line.contains(['<', '>', '&']), "{}: {line}", path.display());
        }
    }
}

#[test]
fn what_is_said_is_in_the_catalogue_with_all_that_it_needs() {
    let english = sentences(Language::En);
    for path in templates() {
        for (name, gaps) in said(&read(&path)) {
            let needed = english.get(&name);
            let needed = needed.unwrap_or_else(|| panic!("{}: {name} is in no catalogue", path.display()));
            assert_eq!(needed, &gaps, "{}: {name}", path.display());
        }
    }
    for path in sources() {
        for (name, _) in said(&read(&path)) {
            assert!(english.contains_key(&name), "{}: {name} is in no catalogue", path.display());
        }
    }
}

#[test]
fn nothing_in_the_catalogue_is_never_said() {
    let mut all: Vec<String> = templates().iter().map(|path| read(path)).collect();
    all.extend(sources().iter().map(|path| read(path)));
    let all = all.join("\n");
    let unsaid: Vec<String> =
        sentences(Language::En).into_keys().filter(|name| !all.contains(&format!("\"{name}\""))).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
}
