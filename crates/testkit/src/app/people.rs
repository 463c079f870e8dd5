//! People who sign in the way people do: by a mail.

use bursar_http::cookies;
use bursar_identity::Identity;
use bursar_identity::sessions::{Browser, Method, service as sessions};
use serde_json::{Value, json};

use super::client::{Answer, Client};
use super::{ReceivedMail, TestApp};

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Under which address.
    pub email: String,
    /// Their browser.
    pub browser: Client,
    /// The cookie of the session.
    pub cookie: String,
    identity: Identity,
}

impl TestApp {
    /// Asks for a link to sign in with, and gives the answer with the cookie by which the browser is known again, and the
    /// link's token out of the mail.
    pub async fn ask_to_sign_in(&self, email: &str) -> (Answer, String) {
        self.ask_to_sign_in_with(&json!({ "email": email })).await
    }

    /// The same with a body of one's own.
    pub async fn ask_to_sign_in_with(&self, body: &Value) -> (Answer, String) {
        let email = body["email"].as_str().expect("an address");
        let before = self.mails().to(email);
        let asked = self.client().post("/sign-in", body).await;
        assert_eq!(asked.status.as_u16(), 202, "{}", asked.text());
        let come = || async {
            let is_new = |mail: &ReceivedMail| !before.contains(mail) && mail.subject.contains("Sign in to");
            self.mails().to(email).into_iter().find(is_new)
        };
        let mail = super::eventually(super::PATIENCE, come).await.expect("a mail with a link comes");
        let link = mail.link("/sign-in/");
        let token = link.rsplit('/').next().expect("a link has parts").to_owned();
        (asked, token)
    }

    /// Signs somebody in by mail.
    pub async fn sign_in(&self, email: &str) -> Person {
        let (asked, token) = self.ask_to_sign_in(email).await;
        let browser = self.client().with_cookies(&asked.cookies());
        let done = browser.post("/sign-in/complete", &json!({ "token": token })).await;
        assert_eq!(done.status.as_u16(), 200, "{}", done.text());
        let cookie = done.cookies();
        let browser = self.client().with_cookies(&cookie);
        Person { email: email.to_owned(), browser, cookie, identity: self.spend().identity.clone() }
    }

    /// A browser in which somebody is signed in, without a mail; with a passkey's word that it is them, or without.
    pub async fn session_of(&self, email: &str, stepped_up: bool) -> Client {
        self.client().with_cookies(&self.session_cookie(email, stepped_up).await)
    }

    /// The cookie of such a browser.
    pub async fn session_cookie(&self, email: &str, stepped_up: bool) -> String {
        let identity = self.spend().identity.clone();
        let method = if stepped_up { Method::Passkey } else { Method::Mail };
        let mut system = identity.lock_system().await.expect("the chain can be locked");
        let begun = sessions::begin(&identity, &mut system, email, method, &Browser::default()).await;
        let session = begun.expect("somebody can be signed in");
        system.commit().await.expect("it is kept");
        format!("{}={}", cookies::SESSION.name(), session.cookie)
    }

    /// Registers a bot that names this owner.
    pub async fn register_bot(&self, name: &str, owner: &str) -> Value {
        let body = json!({ "bot_name": name, "owner_email": owner, "description": "Buys books." });
        self.client().post("/bots/register", &body).await.expect(201)
    }
}

impl Person {
    /// What the person's session is.
    pub async fn session(&self) -> Value {
        self.browser.get("/session").await.expect(200)
    }

    /// As if a passkey had just proved that it is them: what devices sign is tried in a real browser.
    pub async fn step_up(&self) {
        let session = self.session().await;
        let id = session["session_id"].as_str().expect("a session has an id").parse().expect("an id");
        let mut tx = self.identity.db.write().await.expect("the database answers");
        let now = self.identity.clock.now();
        sessions::step_up(&mut tx, &id, now).await.expect("it is noted");
        tx.commit().await.expect("it is kept");
    }
}
