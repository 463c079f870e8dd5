//! The pages of signing in, of claiming and refusing bots, and of one's own account.

use askama::Template;
use bursar_base::{Language, TimeUs};

use crate::words::Words;
use crate::{SCRIPT_PATH, STYLESHEET_PATH, foreign};

/// Longest name that a page shows of something foreign, in characters.
const NAME_CHARS: usize = bursar_base::limits::MAX_NAME_CHARS;
/// Longest description of itself by a browser that a page shows, in characters.
const BROWSER_CHARS: usize = 60;
/// People who belong to no org have no time zone.
const UTC: &str = "UTC";

/// A foreign name, made harmless and short.
pub fn shown_name(name: &str) -> String {
    foreign::short_line(name, NAME_CHARS)
}

/// What the page that signs in has to be told.
#[derive(Debug, Clone, Default)]
pub struct SignInPage {
    /// The language that it is written in.
    pub language: Language,
    /// The page to go on to.
    pub next: String,
    /// What was typed before.
    pub email: String,
    /// What was wrong with it.
    pub problem: Option<String>,
    /// Whether this server takes passkeys.
    pub has_passkeys: bool,
    /// What people call an account of their company, where they can sign in with one.
    pub company: Option<String>,
}

#[derive(Template)]
#[template(path = "people/sign_in.html")]
struct SignIn<'a> {
    t: Words,
    p: &'a SignInPage,
}

/// The page that signs in.
pub fn sign_in_page(page: &SignInPage) -> String {
    SignIn { t: Words::of(page.language), p: page }.to_string()
}

#[derive(Template)]
#[template(path = "people/sign_in_sent.html")]
struct Sent<'a> {
    t: Words,
    email: &'a str,
}

/// A link is on its way, perhaps.
pub fn sign_in_sent(email: &str, language: Language) -> String {
    let t = Words::of(language);
    Sent { t, email }.to_string()
}

#[derive(Template)]
#[template(path = "people/sign_in_confirm.html")]
struct Confirm<'a> {
    t: Words,
    email: &'a str,
    token: &'a str,
}

/// Asks once more, because scanners of mails follow links.
pub fn sign_in_confirm(email: &str, token: &str, language: Language) -> String {
    let t = Words::of(language);
    Confirm { t, email, token }.to_string()
}

/// A page that says one thing.
#[derive(Debug, Clone)]
pub struct Message {
    /// The language that it is written in.
    pub language: Language,
    /// What happened.
    pub title: String,
    /// What that means, and what to do next.
    pub lead: String,
    /// Where to go: address and words.
    pub link: Option<(String, String)>,
    /// Whether it is good news.
    pub is_good: bool,
}

#[derive(Template)]
#[template(path = "people/message.html")]
struct MessageTemplate<'a> {
    t: Words,
    m: &'a Message,
}

/// A page that says one thing.
pub fn message(message: &Message) -> String {
    MessageTemplate { t: Words::of(message.language), m: message }.to_string()
}

/// A bot as pages show it. What it says of itself is made harmless here.
#[derive(Debug, Clone)]
pub struct BotLine {
    /// Its id.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// What it says it is.
    pub description: String,
    /// Where it registered from.
    pub address: String,
    /// When.
    pub at: String,
    /// Where it stands.
    pub status: String,
    /// Whether it waits for its owner.
    pub is_waiting: bool,
}

impl BotLine {
    /// From what the bot said.
    pub fn new(
        id: &str,
        (name, description): (&str, &str),
        (address, at): (&str, TimeUs),
        status: &str,
        language: Language,
    ) -> BotLine {
        let t = Words::of(language);
        BotLine {
            id: id.to_owned(),
            name: foreign::short_line(name, NAME_CHARS),
            description: foreign::prose(description),
            address: address.to_owned(),
            at: t.moment(at, UTC).full,
            status: status_name(t, status),
            is_waiting: status == "pending",
        }
    }
}

/// Where a bot stands, for people.
fn status_name(t: Words, status: &str) -> String {
    match status {
        "pending" => t.text("status-pending").to_string(),
        "claimed" => t.text("status-claimed").to_string(),
        "refused" => t.text("status-refused").to_string(),
        "expired" => t.text("status-expired").to_string(),
        other => other.to_owned(),
    }
}

/// What a member may do, for people: `owner`, `approver` or `viewer`.
pub fn role_name(role: &str, language: Language) -> String {
    let t = Words::of(language);
    match role {
        "owner" => t.text("role-owner").to_string(),
        "approver" => t.text("role-approver").to_string(),
        "viewer" => t.text("role-viewer").to_string(),
        other => other.to_owned(),
    }
}

/// How somebody signed in, for people.
fn method_name(t: Words, method: &str) -> String {
    match method {
        "mail" => t.text("method-mail").to_string(),
        "passkey" => t.text("method-passkey").to_string(),
        "oidc" => t.text("method-oidc").to_string(),
        "first_run" => t.text("method-first-run").to_string(),
        other => other.to_owned(),
    }
}

/// An org to be chosen.
#[derive(Debug, Clone)]
pub struct OrgLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is for testing.
    pub is_test: bool,
    /// Whether it is the one that is looked at.
    pub is_current: bool,
}

/// What the page that claims has to be told.
#[derive(Debug, Clone, Default)]
pub struct ClaimPage {
    /// The language that it is written in.
    pub language: Language,
    /// Who is signed in.
    pub email: String,
    /// The token, as far as it is known.
    pub token: String,
    /// The token's bot, if it is one.
    pub bot: Option<BotLine>,
    /// The orgs that it can go into.
    pub orgs: Vec<OrgLine>,
    /// What was wrong.
    pub problem: Option<String>,
    /// What was typed before.
    pub daily: String,
    /// What was typed before.
    pub per_tx: String,
    /// What was typed before.
    pub approve_above: String,
}

#[derive(Template)]
#[template(path = "people/claim.html")]
struct Claim<'a> {
    t: Words,
    c: &'a ClaimPage,
}

/// The page that claims a bot.
pub fn claim_page(page: &ClaimPage) -> String {
    Claim { t: Words::of(page.language), c: page }.to_string()
}

#[derive(Template)]
#[template(path = "people/refuse.html")]
struct Refuse<'a> {
    t: Words,
    bot: &'a BotLine,
    token: &'a str,
}

/// The page that refuses a bot.
pub fn refuse_page(bot: &BotLine, token: &str, language: Language) -> String {
    let t = Words::of(language);
    Refuse { t, bot, token }.to_string()
}

/// An invitation as its page shows it.
#[derive(Debug, Clone)]
pub struct InvitationLine {
    /// Its id.
    pub id: String,
    /// Into which org.
    pub org: String,
    /// As what.
    pub role: String,
    /// Who asks.
    pub by: String,
    /// Until when.
    pub until: String,
}

impl InvitationLine {
    /// From what is stored.
    pub fn new(
        id: &str,
        (org, role): (&str, &str),
        by: &str,
        until: TimeUs,
        language: Language,
    ) -> InvitationLine {
        let t = Words::of(language);
        InvitationLine {
            id: id.to_owned(),
            org: foreign::short_line(org, NAME_CHARS),
            role: role_name(role, language),
            by: foreign::short_line(by.trim_start_matches("member:"), NAME_CHARS),
            until: t.moment(until, UTC).full,
        }
    }
}

/// A passkey as its owner's page shows it.
#[derive(Debug, Clone)]
pub struct PasskeyLine {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub at: String,
    /// When it was last used.
    pub used: Option<String>,
}

impl PasskeyLine {
    /// From what is stored.
    pub fn new(id: &str, name: &str, at: TimeUs, used: Option<TimeUs>, language: Language) -> PasskeyLine {
        let t = Words::of(language);
        let moment = |at| t.moment(at, UTC).full;
        PasskeyLine { id: id.to_owned(), name: name.to_owned(), at: moment(at), used: used.map(moment) }
    }
}

/// A session as its owner's page shows it.
#[derive(Debug, Clone)]
pub struct SessionLine {
    /// Its id.
    pub id: String,
    /// What the browser said of itself.
    pub browser: String,
    /// How it was begun.
    pub method: String,
    /// Where.
    pub address: String,
    /// When it was begun.
    pub at: String,
    /// When it was last used.
    pub seen: String,
    /// Whether it is this one.
    pub is_current: bool,
}

impl SessionLine {
    /// From what is stored; the browser's own words are cut to its name.
    pub fn new(
        id: &str,
        user_agent: &str,
        method: &str,
        address: &str,
        times: (TimeUs, TimeUs),
        language: Language,
    ) -> SessionLine {
        let t = Words::of(language);
        SessionLine {
            id: id.to_owned(),
            browser: browser_of(user_agent, t),
            method: method_name(t, method),
            address: address.to_owned(),
            at: t.moment(times.0, UTC).full,
            seen: t.moment(times.1, UTC).full,
            is_current: false,
        }
    }
}

/// The name of a browser and of what it runs on, as people know them.
fn browser_of(user_agent: &str, t: Words) -> String {
    let first = |names: &[(&str, &str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| (*name).to_owned())
    };
    // Each browser claims to be those that were there before it, so the newest come first.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrom", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => {
            t.text("browser-on-system").with("browser", browser).with("system", system).to_string()
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) if user_agent.is_empty() => t.text("a-browser").to_string(),
        (None, None) => foreign::short_line(user_agent, BROWSER_CHARS),
    }
}

/// What the page of one's account has to be told.
#[derive(Debug, Clone, Default)]
pub struct AccountPage {
    /// The language that it is written in.
    pub language: Language,
    /// Who is signed in.
    pub email: String,
    /// The org that is looked at.
    pub org: Option<String>,
    /// As what.
    pub role: String,
    /// What was wrong.
    pub problem: Option<String>,
    /// Who asks to join.
    pub invitations: Vec<InvitationLine>,
    /// All orgs.
    pub orgs: Vec<OrgLine>,
    /// Bots that wait, and that were claimed.
    pub bots: Vec<BotLine>,
    /// Passkeys.
    pub passkeys: Vec<PasskeyLine>,
    /// Whether this server takes passkeys.
    pub has_passkeys: bool,
    /// Sessions.
    pub sessions: Vec<SessionLine>,
}

#[derive(Template)]
#[template(path = "people/account.html")]
struct Account<'a> {
    t: Words,
    a: &'a AccountPage,
}

/// The page of one's account.
pub fn account_page(page: &AccountPage) -> String {
    Account { t: Words::of(page.language), a: page }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_by_their_names() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(browser_of(chrome, Words::of(Language::En)), "Chrome on Linux");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1";
        assert_eq!(browser_of(safari, Words::of(Language::En)), "Safari on iPhone");
        assert_eq!(browser_of("curl/8.5.0", Words::of(Language::En)), "curl/8.5.0");
        assert_eq!(browser_of("", Words::of(Language::En)), "A browser");
    }
}
