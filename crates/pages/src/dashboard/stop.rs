//! The kill switch: one click leads here, one more presses it.

use askama::Template;
use bursar_base::{Language, limits};

use super::Shell;
use crate::words::Words;
use crate::{DASHBOARD_STYLESHEET_PATH, SCRIPT_PATH, STYLESHEET_PATH};

#[derive(Template)]
#[template(path = "dashboard/stop.html")]
struct Page<'a> {
    t: Words,
    shell: &'a Shell,
}

/// The page that stops an org, or lets it go on.
pub fn stop(language: Language, shell: &Shell) -> String {
    Page { t: Words::of(language), shell }.to_string()
}
