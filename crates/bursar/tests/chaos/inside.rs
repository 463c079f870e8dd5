//! A whole app in this process, by a clock that the test moves. On a runtime of its own, so that it can die like a
//! process: everything it was doing ends wherever it was waiting.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bursar::app::{App, AppError, Roles};
use bursar::config::{Config, Flags};
use bursar_base::{Clock as _, ManualClock, SystemRng, TimeUs};
use bursar_store::{Db, StoreError};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::house::House;
use crate::until::until;

/// How long what computes at the moment of death may go on.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// A running app.
pub struct Inside {
    runtime: Option<Runtime>,
    app: Option<App>,
    stop: watch::Sender<bool>,
    /// Where it listens.
    pub url: String,
}

impl Inside {
    /// Opens the house's app by this clock, with its API and its workers.
    pub async fn start(house: &House, clock: &ManualClock) -> Inside {
        let config = Config::load(&Flags::default(), house.settings()).config.unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let open = || async {
            let (config, clock) = (config.clone(), Arc::new(clock.clone()));
            let opened = runtime
                .spawn(async move { App::open(&config, clock, Arc::new(SystemRng), Roles::ALL).await });
            match opened.await.unwrap() {
                // The one before is just letting go.
                Err(AppError::Store(StoreError::InUse(_))) => None,
                other => Some(other.unwrap()),
            }
        };
        let app = until("the data directory is free", open).await;
        let (db, now) = (app.spend.identity.db.clone(), clock.now());
        runtime.spawn(async move { compare_by_hand(&db, now).await }).await.unwrap();
        let stop = watch::Sender::new(false);
        runtime.spawn(bursar_spend::worker::run(app.spend.clone(), stop.subscribe()));
        let listener = runtime.spawn(tokio::net::TcpListener::bind("127.0.0.1:0")).await.unwrap().unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = bursar::serve::router(&app);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Inside { runtime: Some(runtime), app: Some(app), stop, url }
    }

    /// Runs something in it.
    pub async fn on<T, F>(&self, act: impl FnOnce(App) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (runtime, app) = (self.runtime.as_ref().unwrap(), self.app.clone().unwrap());
        runtime.spawn(act(app)).await.unwrap()
    }

    /// Asks the rails about everything open, and compares; what differs, in words.
    pub async fn reconcile(&self) -> Vec<String> {
        self.on(|app| async move {
            let report = bursar_spend::reconcile::run(&app.spend, None, &mut |_| {}).await.unwrap();
            assert_eq!(report.problems, Vec::<String>::new());
            let said = report.differences.iter();
            said.map(|one| format!("{}: ours {}, theirs {}", one.what, one.ours, one.theirs)).collect()
        })
        .await
    }

    /// The ledger is what its transfers say, and no link of any chain is broken.
    pub async fn assert_sound(&self) {
        self.on(|app| async move {
            let db = &app.spend.identity.db;
            let ledger = bursar_money::ledger::check(db, &mut |_| {}).await.unwrap();
            assert!(ledger.is_clean(), "{ledger}");
            let all = bursar_money::audit::Verify { org: None, kept: &[], trusted: &[] };
            let trail = bursar_money::audit::verify(db, &all, &mut |_| {}).await.unwrap();
            assert!(trail.is_clean(), "{trail}");
        })
        .await;
    }

    /// Its workers take no more jobs; those that run go on.
    pub fn take_no_more_jobs(&self) {
        self.stop.send_replace(true);
    }

    /// Dies.
    pub async fn die(mut self) {
        self.app = None;
        let runtime = self.runtime.take().unwrap();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(LAST_BREATH)).await.unwrap();
    }
}

/// Says that the books of these days were compared already: here the test asks the rails, when it wants to know.
async fn compare_by_hand(db: &Db, now: TimeUs) {
    const DAY_US: i64 = 24 * 60 * 60 * 1_000_000;
    let mut tx = db.write().await.unwrap();
    for later in 0..3 {
        let day = now.0 / DAY_US + later;
        let sql = "INSERT INTO reconciliations (day, begun_us) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING";
        tx.execute(sql, &[day.into(), now.into()]).await.unwrap();
    }
    tx.commit().await.unwrap();
}

impl Drop for Inside {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
