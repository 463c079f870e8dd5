//! `bursar config`

use clap::Subcommand;
use serde_json::json;

use super::{Answer, pretty};
use crate::config::{Fault, Loaded};
use crate::serve::tls::Tls;

/// `bursar config`
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Name each setting that is wrong or unknown, with what to write instead; exits with 1 if there is any
    Check,
}

/// Names everything that is wrong at once. Needs no installation, and touches none.
pub(crate) fn check(loaded: &Loaded, json: bool) -> (String, u8) {
    let wrong = loaded.config.as_ref().err().map(|faults| faults.0.as_slice()).unwrap_or_default();
    let tls = unusable_certificate(loaded);
    let faults: Vec<&Fault> = wrong.iter().chain(&tls).chain(&loaded.unknown).collect();
    let list: Vec<_> = faults
        .iter()
        .map(|fault| json!({ "name": fault.name, "source": fault.source.to_string(), "message": fault.message }))
        .collect();
    let text = if faults.is_empty() {
        "All settings can be used.\n".to_owned()
    } else {
        faults.iter().map(|fault| format!("{fault}\n")).collect()
    };
    let answer =
        Answer::new(json!({ "ok": faults.is_empty(), "faults": list }), text).broken(!faults.is_empty());
    (if json { pretty(&answer.json) } else { answer.text }, answer.code)
}

/// The files of TLS are read by whoever serves, and by this; other commands may run as users who may not read them.
fn unusable_certificate(loaded: &Loaded) -> Option<Fault> {
    let files = loaded.config.as_ref().ok()?.tls.as_ref()?;
    let error = Tls::open(files).err()?;
    let source = loaded.sources.get(error.setting)?.clone();
    Some(Fault { name: error.setting.to_owned(), source, message: error.message })
}
