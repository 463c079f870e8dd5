//! The whole app in this process: composed, served and stopped by the very code of `bursar serve`, on either engine,
//! with a clock that a test moves, mails in files, and Stripe's simulator where it is wanted.
//!
//! Every answer that goes through its client is held against the API's description.

mod client;
mod contract;
mod database;
mod mailbox;
mod org;
mod people;
mod sql;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bursar::app::{App, AppError};
use bursar::config::{Config, Flags};
use bursar_base::{Clock, ManualClock, Rng, SystemRng, TimeUs};
use bursar_money::{audit, ledger};
use bursar_spend::Spend;
use bursar_store::{Engine, StoreError};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::stripe::StripeSim;
use database::Place;

pub use bursar::app::Roles;
pub use client::{Answer, Call, Client};
pub use mailbox::{Mailbox, ReceivedMail};
pub use org::{Agent, Org, id_of};
pub use people::Person;

/// When every test begins: Monday 2026-09-21, 14:13:20 UTC.
pub const START: TimeUs = TimeUs(1_790_000_000_000_000);
/// What links in mails begin with.
pub const PUBLIC_URL: &str = "https://pay.example.test";
/// What webhooks of the simulator are signed with.
pub const WEBHOOK_SECRET: &str = "whsec_test";
/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How often a waiting test looks.
const LOOK_EVERY: Duration = Duration::from_millis(10);
const MASTER_KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// An app that is not started yet.
#[derive(Debug)]
pub struct Setup {
    engine: Engine,
    settings: Vec<(String, String)>,
    with_stripe: bool,
    roles: Roles,
    rng: Arc<dyn Rng>,
}

/// A running app. It ends, and its database with it, when this and everything made from it is dropped.
#[derive(Debug)]
pub struct TestApp {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    // Dropped in this order: nobody uses the database when it goes.
    running: Mutex<Option<Running>>,
    sim: Option<Arc<StripeSim>>,
    http: reqwest::Client,
    config: Config,
    roles: Roles,
    clock: ManualClock,
    rng: Arc<dyn Rng>,
    mailbox: Mailbox,
    place: Arc<Place>,
}

#[derive(Debug)]
struct Running {
    spend: Spend,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Setup {
    /// Sets a setting by its name, such as `BURSAR_BREAKER_REQUESTS`.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Setup {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With Stripe's simulator behind the `stripe` rail, and its webhooks sent to the app when a test says so.
    #[must_use]
    pub fn stripe(mut self) -> Setup {
        self.with_stripe = true;
        self
    }

    /// With these roles only.
    #[must_use]
    pub fn roles(mut self, roles: Roles) -> Setup {
        self.roles = roles;
        self
    }

    /// With this chance.
    #[must_use]
    pub fn rng(mut self, rng: Arc<dyn Rng>) -> Setup {
        self.rng = rng;
        self
    }

    /// Starts it.
    pub async fn start(self) -> TestApp {
        let place = Arc::new(Place::new(self.engine).await);
        let clock = ManualClock::new(START);
        let sim = if self.with_stripe { Some(Arc::new(simulator(&clock).await)) } else { None };
        let mails = place.path().join("mail");
        let mut settings = vec![
            ("BURSAR_MAIL_URL".to_owned(), format!("file:{}", mails.display())),
            ("BURSAR_PUBLIC_URL".to_owned(), PUBLIC_URL.to_owned()),
            ("BURSAR_MASTER_KEY".to_owned(), MASTER_KEY.to_owned()),
            ("BURSAR_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
        ];
        settings.extend(place.url().map(|url| ("BURSAR_DATABASE_URL".to_owned(), url)));
        if let Some(sim) = &sim {
            settings.push(("BURSAR_STRIPE_KEY".to_owned(), "sk_test_simulated".to_owned()));
            settings.push(("BURSAR_STRIPE_URL".to_owned(), sim.url()));
            settings.push(("BURSAR_STRIPE_WEBHOOK_SECRET".to_owned(), WEBHOOK_SECRET.to_owned()));
        }
        settings.retain(|(name, _)| self.settings.iter().all(|(own, _)| own != name));
        settings.extend(self.settings);
        let config = config(place.path(), settings);
        let mailbox = Mailbox::new(&mails);
        let inner = Inner {
            running: Mutex::default(),
            sim,
            http: Client::http(),
            config,
            roles: self.roles,
            clock,
            rng: self.rng,
            mailbox,
            place,
        };
        TestApp::run(inner).await
    }
}

async fn simulator(clock: &ManualClock) -> StripeSim {
    let sim = StripeSim::start_at(([127, 0, 0, 1], 0).into(), Arc::new(clock.clone())).await;
    sim.expect("the simulator of Stripe starts")
}

fn config(data: &std::path::Path, settings: Vec<(String, String)>) -> Config {
    let flags = Flags { data: Some(data.to_owned()), ..Flags::default() };
    let config = Config::load(&flags, settings).config;
    config.unwrap_or_else(|faults| panic!("the settings cannot be used: {faults}"))
}

impl TestApp {
    /// An app with everything as it is by default.
    pub async fn start(engine: Engine) -> TestApp {
        TestApp::on(engine).start().await
    }

    /// An app to be set up.
    pub fn on(engine: Engine) -> Setup {
        Setup {
            engine,
            settings: Vec::new(),
            with_stripe: false,
            roles: Roles::ALL,
            rng: Arc::new(SystemRng),
        }
    }

    async fn run(inner: Inner) -> TestApp {
        let app = TestApp { inner: Arc::new(inner) };
        app.inner.begin(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        if let Some(sim) = &app.inner.sim {
            sim.send_webhooks_to(&format!("{}/v1/webhooks/stripe", app.url()), WEBHOOK_SECRET, false);
        }
        app
    }

    /// Stops it as SIGTERM does, and starts it again on the same database and address.
    pub async fn restart(&self) {
        let address = self.inner.stop().await;
        self.inner.begin(address).await;
    }

    /// A second process over the same PostgreSQL database.
    pub async fn second(&self) -> TestApp {
        let inner = &self.inner;
        assert!(inner.config.database_url.is_some(), "an embedded database has one process only");
        let second = Inner {
            running: Mutex::default(),
            sim: inner.sim.clone(),
            http: Client::http(),
            config: inner.config.clone(),
            roles: inner.roles,
            clock: inner.clock.clone(),
            rng: inner.rng.clone(),
            mailbox: inner.mailbox.clone(),
            place: inner.place.clone(),
        };
        TestApp::run(second).await
    }

    /// The base URL, such as `http://127.0.0.1:54321`.
    pub fn url(&self) -> String {
        format!("http://{}", self.inner.address())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.inner.address()
    }

    /// A client without credentials.
    pub fn client(&self) -> Client {
        self.inner.client()
    }

    /// A client with an agent's key, of whichever process made the agent.
    pub fn agent(&self, agent: &Agent) -> Client {
        self.client().with_key(&agent.key)
    }

    /// A client with an org's admin key, of whichever process made the org.
    pub fn admin(&self, org: &Org) -> Client {
        self.client().with_key(&org.admin_key)
    }

    /// Opens a link of a mail, as a browser or a mail scanner does.
    pub async fn open(&self, link: &str) -> Answer {
        self.client().below("").get(path_of(link)).await
    }

    /// Presses the button of the page behind a link.
    pub async fn press(&self, link: &str, reason: &str) -> Answer {
        let fields = [("reason", reason)];
        let fields = if reason.is_empty() { &fields[..0] } else { &fields[..] };
        self.client().below("").post_form(path_of(link), fields).await
    }

    /// The mails that it wrote.
    pub fn mails(&self) -> &Mailbox {
        &self.inner.mailbox
    }

    /// Stripe's simulator.
    pub fn sim(&self) -> &StripeSim {
        self.inner.sim.as_ref().expect("this app was started with `stripe()`")
    }

    /// What its commands work with.
    pub fn spend(&self) -> Spend {
        self.inner.spend()
    }

    /// The time of the app, and of the simulator.
    pub fn clock(&self) -> &ManualClock {
        &self.inner.clock
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.inner.clock.advance(by);
    }

    /// Waits until no job is due: everything that can happen by now has happened.
    pub async fn at_rest(&self) {
        let db = self.spend().identity.db.clone();
        let works = self.inner.roles.worker;
        let look = || async { sql::is_at_rest(&db, self.inner.clock.now(), works).await.then_some(()) };
        eventually(PATIENCE, look).await.expect("the workers come to rest");
    }

    /// How many rows each table has.
    pub async fn row_counts(&self) -> BTreeMap<String, i64> {
        sql::row_counts(&self.spend().identity.db).await
    }

    /// Every row of every table, written as one text: where a test looks for what must not be stored.
    pub async fn all_texts(&self) -> Vec<String> {
        sql::all_texts(&self.spend().identity.db).await
    }

    /// Recomputes the ledger and every audit chain; panics where something is not as it should be.
    pub async fn must_balance(&self) {
        let db = self.spend().identity.db.clone();
        let report = ledger::check(&db, &mut |_| {}).await.expect("the ledger can be checked");
        assert!(report.is_clean(), "{report}");
        let report =
            audit::verify(&db, &audit::Verify { org: None, kept: &[], trusted: &[] }, &mut |_| {}).await;
        let report = report.expect("the trail can be verified");
        assert!(report.is_clean(), "{report}");
    }
}

/// The path and query of a link that must lead to the public URL.
fn path_of(link: &str) -> &str {
    let path = link.strip_prefix(PUBLIC_URL);
    path.unwrap_or_else(|| panic!("{link} does not begin with {PUBLIC_URL}"))
}

impl Inner {
    async fn begin(&self, address: SocketAddr) {
        let app = self.open().await;
        let listener = TcpListener::bind(address).await.expect("the address can be bound");
        let address = listener.local_addr().expect("a bound address");
        let spend = app.spend.clone();
        let (stop, stopped) = watch::channel(false);
        let (ready, is_ready) = oneshot::channel();
        let task = tokio::spawn(async move {
            let served =
                bursar::serve::run(app, listener, None, stopped, move || ready.send(()).unwrap_or(())).await;
            served.expect("the app can be served");
        });
        is_ready.await.expect("the app comes up");
        let running = Running { spend, address, stop, task };
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
    }

    /// Opens the app, waiting for an earlier one to let go of the data directory.
    async fn open(&self) -> App {
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let opened = eventually(PATIENCE, || async {
            match App::open(&self.config, clock.clone(), self.rng.clone(), self.roles).await {
                Ok(app) => Some(app),
                Err(AppError::Store(StoreError::InUse(_))) => None,
                Err(error) => panic!("the app does not come up: {error}"),
            }
        });
        opened.await.expect("the data directory is let go of")
    }

    async fn stop(&self) -> SocketAddr {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut running = running.expect("the app runs");
        running.stop.send_replace(true);
        (&mut running.task).await.expect("the app ends well");
        running.address
    }

    fn spend(&self) -> Spend {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().expect("the app runs").spend.clone()
    }

    fn address(&self) -> SocketAddr {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().expect("the app runs").address
    }

    fn client(&self) -> Client {
        Client::new(self.http.clone(), format!("http://{}", self.address()), self.clock.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.task.abort();
    }
}

/// Looks again and again until there is something, for so long.
pub async fn eventually<T, F>(within: Duration, mut look: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Option<T>>,
{
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(within, looking).await.ok()
}

/// Makes each `async fn name(engine: Engine)` a test on SQLite and one on PostgreSQL. One that is left out of the list is
/// dead code, which the lints refuse.
#[macro_export]
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(bursar_store::Engine::Sqlite).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(bursar_store::Engine::Postgres).await;
            })+
        }
    };
}
