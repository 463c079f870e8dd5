//! Finding the settings: file, environment, flags.

use std::collections::BTreeMap;
use std::path::Path;

use super::names::{self, PREFIX, SETTINGS};
use super::{Fault, Flags, Source};

/// The values that were found, the highest source of each.
pub(super) type Values = BTreeMap<&'static str, (String, Source)>;

#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) values: Values,
    pub(super) faults: Vec<Fault>,
    pub(super) unknown: Vec<Fault>,
}

/// All variables of this process; what is not UTF-8 is shown with replacement characters, and fails its check.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (text(name), text(value)))
}

pub(super) fn gather(flags: &Flags, environment: impl IntoIterator<Item = (String, String)>) -> Gathered {
    let mut found = Gathered::default();
    if let Some(path) = &flags.config {
        found.file(path);
    }
    for (name, value) in environment {
        found.variable(&name, value);
    }
    let mut flag = |name: &'static str, flag: &'static str, value: Option<String>| {
        if let Some(value) = value {
            found.values.insert(name, (value, Source::Flag(flag)));
        }
    };
    flag("BURSAR_DATA", "--data", flags.data.as_ref().map(|path| path.to_string_lossy().into_owned()));
    flag("BURSAR_DATABASE_URL", "--database-url", flags.database_url.clone());
    flag("BURSAR_LISTEN", "--listen", flags.listen.clone());
    found
}

impl Gathered {
    fn file(&mut self, path: &Path) {
        let source = Source::File(path.to_owned());
        let mut fault = |name: &str, message: String| {
            self.faults.push(Fault { name: name.to_owned(), source: source.clone(), message });
        };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return fault("--config", format!("the file cannot be read: {error}")),
        };
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                let error: toml::de::Error = error;
                return fault("--config", format!("this is not TOML: {}", error.message()));
            }
        };
        for (key, value) in table {
            let Some(setting) = names::by_key(&key) else {
                let keys: Vec<String> = SETTINGS.iter().map(names::Setting::key).collect();
                let closest = names::closest(&key, keys.iter().map(String::as_str));
                fault(&key, advice(closest, &keys.join(", ")));
                continue;
            };
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                _ => {
                    fault(
                        &key,
                        format!("write a text or a whole number, such as {key} = {:?}", setting.example),
                    );
                    continue;
                }
            };
            self.values.insert(setting.name, (value, source.clone()));
        }
    }

    fn variable(&mut self, name: &str, value: String) {
        if !name.starts_with(PREFIX) || names::OF_CLIENTS.contains(&name) {
            return;
        }
        match names::by_name(name) {
            // Set to nothing is not set: that is how compose files and unit files switch a variable off.
            Some(_) if value.is_empty() => {}
            Some(setting) => {
                self.values.insert(setting.name, (value, Source::Environment));
            }
            None => {
                let known: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
                self.unknown.push(Fault {
                    name: name.to_owned(),
                    source: Source::Environment,
                    message: advice(names::closest(name, known.iter().copied()), &known.join(", ")),
                });
            }
        }
    }
}

fn advice(closest: Option<&str>, known: &str) -> String {
    match closest {
        Some(name) => format!("there is no such setting; write {name}, or remove it"),
        None => format!("there is no such setting; remove it, or write one of {known}"),
    }
}
