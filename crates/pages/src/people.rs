//! The pages of signing in, of claiming and refusing bots, and of one's own account.

use askama::Template;
use bursar_base::TimeUs;

use crate::shown::Moment;
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
#[template(path = "en/people/sign_in.html")]
struct SignIn<'a> {
    p: &'a SignInPage,
}

/// The page that signs in.
pub fn sign_in_page(page: &SignInPage) -> String {
    SignIn { p: page }.to_string()
}

#[derive(Template)]
#[template(path = "en/people/sign_in_sent.html")]
struct Sent<'a> {
    email: &'a str,
}

/// A link is on its way, perhaps.
pub fn sign_in_sent(email: &str) -> String {
    Sent { email }.to_string()
}

#[derive(Template)]
#[template(path = "en/people/sign_in_confirm.html")]
struct Confirm<'a> {
    email: &'a str,
    token: &'a str,
}

/// Asks once more, because scanners of mails follow links.
pub fn sign_in_confirm(email: &str, token: &str) -> String {
    Confirm { email, token }.to_string()
}

/// A page that says one thing.
#[derive(Debug, Clone)]
pub struct Message {
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
#[template(path = "en/people/message.html")]
struct MessageTemplate<'a> {
    m: &'a Message,
}

/// A page that says one thing.
pub fn message(message: &Message) -> String {
    MessageTemplate { m: message }.to_string()
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
    pub fn new(id: &str, name: &str, description: &str, address: &str, at: TimeUs, status: &str) -> BotLine {
        BotLine {
            id: id.to_owned(),
            name: foreign::short_line(name, NAME_CHARS),
            description: foreign::prose(description),
            address: address.to_owned(),
            at: Moment::new(at, UTC).full,
            status: status.to_owned(),
            is_waiting: status == "pending",
        }
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
#[template(path = "en/people/claim.html")]
struct Claim<'a> {
    c: &'a ClaimPage,
}

/// The page that claims a bot.
pub fn claim_page(page: &ClaimPage) -> String {
    Claim { c: page }.to_string()
}

#[derive(Template)]
#[template(path = "en/people/refuse.html")]
struct Refuse<'a> {
    bot: &'a BotLine,
    token: &'a str,
}

/// The page that refuses a bot.
pub fn refuse_page(bot: &BotLine, token: &str) -> String {
    Refuse { bot, token }.to_string()
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
    pub fn new(id: &str, org: &str, role: &str, by: &str, until: TimeUs) -> InvitationLine {
        InvitationLine {
            id: id.to_owned(),
            org: foreign::short_line(org, NAME_CHARS),
            role: role.to_owned(),
            by: foreign::short_line(by.trim_start_matches("member:"), NAME_CHARS),
            until: Moment::new(until, UTC).full,
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
    pub fn new(id: &str, name: &str, at: TimeUs, used: Option<TimeUs>) -> PasskeyLine {
        let moment = |at| Moment::new(at, UTC).full;
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
    ) -> SessionLine {
        SessionLine {
            id: id.to_owned(),
            browser: browser_of(user_agent),
            method: method.to_owned(),
            address: address.to_owned(),
            at: Moment::new(times.0, UTC).full,
            seen: Moment::new(times.1, UTC).full,
            is_current: false,
        }
    }
}

/// The name of a browser and of what it runs on, as people know them.
fn browser_of(user_agent: &str) -> String {
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
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) if user_agent.is_empty() => "A browser".to_owned(),
        (None, None) => foreign::short_line(user_agent, BROWSER_CHARS),
    }
}

/// What the page of one's account has to be told.
#[derive(Debug, Clone, Default)]
pub struct AccountPage {
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
#[template(path = "en/people/account.html")]
struct Account<'a> {
    a: &'a AccountPage,
}

/// The page of one's account.
pub fn account_page(page: &AccountPage) -> String {
    Account { a: page }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_called_by_their_names() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(browser_of(chrome), "Chrome on Linux");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604.1";
        assert_eq!(browser_of(safari), "Safari on iPhone");
        assert_eq!(browser_of("curl/8.5.0"), "curl/8.5.0");
        assert_eq!(browser_of(""), "A browser");
    }
}
