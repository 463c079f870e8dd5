//! What went wrong, as a sentence for people. Programs read the problem itself, which is English.

use bursar_base::Language;
use bursar_http::Problem;
use bursar_pages::Words;

/// What happened, in the language of the page. A problem that people seldom meet is quoted as the server says it.
pub(crate) fn what_happened(problem: &Problem, language: Language) -> String {
    let words = Words::of(language);
    let field = problem.errors.first().map(|error| error.field.as_str());
    let id = match (problem.code.as_ref(), field) {
        ("validation_error", Some("email")) => "write-an-address",
        ("validation_error", Some("limits.daily" | "limits.per_tx" | "limits.approve_above")) => {
            "write-an-amount"
        }
        ("validation_error", Some("org_name" | "agent_name")) => "write-a-name",
        ("validation_error", Some("time_zone")) => "write-a-time-zone",
        ("validation_error", Some("currency")) => "write-a-currency",
        ("invalid_claim_token", _) => "problem-claim-token",
        ("invalid_sign_in_token", _) => "problem-sign-in-unknown",
        ("sign_in_over", _) => "problem-sign-in-over",
        ("other_browser", _) => "problem-other-browser",
        ("step_up_required", _) => "problem-step-up",
        ("no_passkey", _) => "problem-no-passkey",
        ("policy_changed", _) => "problem-policy-changed",
        ("no_org", _) => "problem-no-org",
        ("rate_limited", _) => "problem-too-many",
        _ => "problem-other",
    };
    match (id, language) {
        // English is what the server says anyway, and it says which of these it was.
        ("problem-other" | "problem-too-many" | "write-an-amount", Language::En) => sentence(&problem.detail),
        ("problem-other", _) => {
            words.text("problem-other").with("detail", sentence(&problem.detail)).to_string()
        }
        (id, _) => words.text(id).to_string(),
    }
}

/// A problem's detail as a sentence.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
