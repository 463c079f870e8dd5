//! An org whose agents went through every ending that a payment can have, by the funnel's own commands.

use std::sync::Arc;
use std::time::Duration;

use bursar_base::{
    AgentId, Clock as _, Currency, KeyId, ManualClock, MemberId, Money, OrgId, Rng as _, SeededRng, TimeUs,
    TransactionId,
};
use bursar_money::budgets;
use bursar_money::funnel::{
    Command, Funnel, GoneBack, Options, RailOutcome, Receive, Refusal, Reply, Reserve, Step,
};
use bursar_money::policies::{Document, RailName, insert_version};
use bursar_money::transactions::Transaction;
use bursar_store::events::{self, NewEvent};
use bursar_store::{Arg, Db};

/// Under which money came in from outside.
pub const RECEIPT: &str = "cs_1";
const HOUR: Duration = Duration::from_secs(60 * 60);

/// One org with one agent, and a funnel over it.
pub struct Story {
    funnel: Funnel,
    rng: SeededRng,
    /// The time.
    pub clock: ManualClock,
    /// The org.
    pub org: OrgId,
    /// Its agent.
    pub agent: AgentId,
    key: KeyId,
}

/// What [`Story::tell`] made.
pub struct Told {
    /// Paid by the sandbox rail, refunded in part, disputed.
    pub paid: TransactionId,
    /// Its one completed refund.
    pub refund: String,
    /// Nobody knows.
    pub unknown: TransactionId,
    /// Waits for a human.
    pub pending: TransactionId,
    /// Declined at once.
    pub declined: TransactionId,
    /// Paid above its hold, on a later day than it was held.
    pub captured: TransactionId,
}

impl Story {
    /// Makes the org and its agent.
    pub async fn begin(db: &Db) -> Story {
        let clock = ManualClock::new(TimeUs::parse_rfc3339("2026-03-30T20:00:00Z").unwrap());
        let options = Options::default();
        let funnel = Funnel::start(db, Arc::new(clock.clone()), options).await.unwrap();
        let rng = SeededRng::new(7);
        let now = clock.now();
        let (org, agent, key) = (OrgId::new(now, &rng), AgentId::new(now, &rng), KeyId::new(now, &rng));
        let story = Story { funnel, rng, clock, org, agent, key };
        story.settle_in(db).await;
        story
    }

    async fn settle_in(&self, db: &Db) {
        let (org, agent, key) = (self.org.as_str(), self.agent.as_str(), self.key.as_str());
        let now = self.clock.now();
        let mut tx = db.write().await.unwrap();
        let mut head = events::lock_head(&mut tx, org).await.unwrap();
        let sql = "INSERT INTO orgs (id, name, mode, time_zone, currency, stripe_customer, stripe_payment_method, \
            created_us) VALUES ($1, 'Acme', 'test', 'Europe/Berlin', 'USD', 'cus_1', 'pm_1', $2)";
        tx.execute(sql, &[org.into(), now.into()]).await.unwrap();
        let member = self.member();
        let sql =
            "INSERT INTO members (id, org_id, email, role, created_us) VALUES ($1, $2, $1, 'approver', $3)";
        tx.execute(sql, &[member.as_str().into(), org.into(), now.into()]).await.unwrap();
        let sql = "INSERT INTO keys (id, org_id, agent_id, name, hash, sealed_secret, scopes, created_us) \
            VALUES ($1, $2, $3, 'k', $1, '', 'spend', $4)";
        let args: [Arg<'_>; 4] = [key.into(), org.into(), agent.into(), now.into()];
        tx.execute(sql, &args).await.unwrap();
        let made = NewEvent::new("org.created", "cli", &serde_json::json!({ "name": "Acme" }));
        events::append(&mut tx, &mut head, now, made).await.unwrap();
        budgets::open(&mut tx, &self.org, &self.agent, Currency::USD, false).await.unwrap();
        let document = Document {
            daily: Some("500.00".to_owned()),
            approve_above: Some("50.00".to_owned()),
            ..Document::default()
        };
        insert_version(&mut tx, &mut head, &self.org, &self.agent, 1, &document, "cli", now).await.unwrap();
        events::save_head(&mut tx, &head).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Pays in, and lets payments end in every way there is.
    pub async fn tell(&self) -> Told {
        self.deposit(2_000).await;
        self.receive(40).await;
        for gone in [
            GoneBack::Refunded { gross: usd(5), failed: 0 },
            GoneBack::Disputed(usd(35)),
            GoneBack::Disputed(usd(2)),
        ] {
            self.give_back(gone).await;
        }
        let paid = self.ask(20, RailName::Sandbox).await;
        self.pay(&paid, 20).await;
        let less = self.ask(30, RailName::Sandbox).await;
        self.pay(&less, 12).await;
        let direct = self.ask(15, RailName::Stripe).await;
        self.pay(&direct, 15).await;
        self.step(&direct, Step::RefundedElsewhere { micros: usd(15) }).await;
        let declined = self.ask(600, RailName::Sandbox).await;
        let no = self.ask(60, RailName::Sandbox).await;
        self.decide(&no, false).await;
        let yes = self.ask(70, RailName::Sandbox).await;
        self.decide(&yes, true).await;
        self.pay(&yes, 70).await;
        let failed = self.ask(9, RailName::Sandbox).await;
        self.step(&failed, Step::BeginAttempt).await;
        let code = "card_declined".to_owned();
        self.step(&failed, Step::Settle(RailOutcome::Refused { code, reference: None })).await;
        self.step(&failed, settled(9)).await;
        let withdrawn = self.ask(8, RailName::Sandbox).await;
        self.step(&withdrawn, Step::Cancel { reason: Some("changed my mind".to_owned()) }).await;
        let (refund, refused) = (self.refund(&paid, 5).await, self.refund(&paid, 1).await);
        for (id, reference) in [(&refund, Some("re_1".to_owned())), (&refused, None)] {
            let refund_id = id.clone();
            self.step(&paid, Step::SettleRefund { refund_id, reference }).await;
        }
        self.step(&paid, Step::DisputedInAll { micros: usd(4) }).await;
        self.step(&paid, Step::DisputedInAll { micros: usd(1) }).await;
        let late = self.ask(55, RailName::Sandbox).await;
        let captured = self.ask(40, RailName::Sandbox).await;
        self.step(&captured, Step::BeginAttempt).await;
        // Over midnight, the end of the month and a clock change behind us: the windows of the holds are past ones now.
        self.clock.advance(30 * HOUR);
        self.step(&late, Step::Expire).await;
        self.step(&captured, settled(47)).await;
        let unknown = self.ask(25, RailName::Sandbox).await;
        self.step(&unknown, Step::BeginAttempt).await;
        let why = "no answer".to_owned();
        self.step(&unknown, Step::Settle(RailOutcome::Unknown { why, reference: None })).await;
        let pending = self.ask(80, RailName::Sandbox).await;
        Told {
            paid: paid.id,
            refund,
            unknown: unknown.id,
            pending: pending.id,
            declined: declined.id,
            captured: captured.id,
        }
    }

    async fn submit(&self, command: Command) -> Result<Reply, Refusal> {
        self.funnel.submit(command).await.unwrap()
    }

    /// Puts dollars into the org's wallet.
    pub async fn deposit(&self, dollars: i64) {
        let command = Command::Deposit {
            org_id: self.org.clone(),
            agent_id: None,
            amount: Money { micros: usd(dollars), currency: Currency::USD },
            reason: "test".to_owned(),
            actor: "cli".to_owned(),
        };
        self.submit(command).await.unwrap();
    }

    /// Somebody pays into the org's wallet elsewhere.
    async fn receive(&self, dollars: i64) {
        let receive = Receive {
            org_id: self.org.clone(),
            agent_id: None,
            amount: Money { micros: usd(dollars), currency: Currency::USD },
            reference: RECEIPT.to_owned(),
            about: "topup_1".to_owned(),
            note: "test".to_owned(),
            actor: "rail:stripe".to_owned(),
        };
        self.submit(Command::Receive(Box::new(receive))).await.unwrap();
    }

    async fn give_back(&self, gone: GoneBack) {
        let (reference, actor) = (RECEIPT.to_owned(), "rail:stripe".to_owned());
        let command = Command::GiveBack { org_id: self.org.clone(), reference, gone, actor };
        self.submit(command).await.unwrap();
    }

    async fn ask(&self, dollars: i64, rail: RailName) -> Transaction {
        self.clock.advance(Duration::from_secs(60));
        let mut bytes = [0; 8];
        self.rng.fill(&mut bytes);
        let reserve = Reserve {
            transaction_id: TransactionId::new(self.clock.now(), &self.rng),
            org_id: self.org.clone(),
            agent_id: self.agent.clone(),
            key_id: self.key.clone(),
            nonce: None,
            idempotency_key: hex::encode(bytes),
            fingerprint: String::new(),
            amount: Money { micros: usd(dollars), currency: Currency::USD },
            merchant: "Books & \"Co\"".to_owned(),
            merchant_key: "books & \"co\"".to_owned(),
            // An agent that knows the audit trail and would like to be believed.
            purpose: r#"x","status":"refunded","note":"made at the rail"#.to_owned(),
            context: None,
            claimed_category: None,
            rail: Some(rail),
            dry_run: false,
        };
        match self.submit(Command::Reserve(Box::new(reserve))).await.unwrap() {
            Reply::Transaction { transaction, .. } => transaction.as_ref().clone(),
            other => panic!("{other:?}"),
        }
    }

    async fn step(&self, t: &Transaction, step: Step) {
        let command = Command::Change {
            org_id: self.org.clone(),
            transaction_id: t.id.clone(),
            step,
            actor: "test".to_owned(),
            job: None,
            nonce: None,
        };
        self.submit(command).await.unwrap();
    }

    async fn pay(&self, t: &Transaction, dollars: i64) {
        self.step(t, Step::BeginAttempt).await;
        self.step(t, settled(dollars)).await;
    }

    async fn decide(&self, t: &Transaction, approve: bool) {
        let intent_hash = bursar_money::transactions::intent_hash(t);
        let member = self.member();
        self.step(t, Step::Decide { member, approve, intent_hash, reason: None }).await;
    }

    /// The org's only approver.
    fn member(&self) -> MemberId {
        MemberId::from_store(&self.org.as_str().replace(OrgId::PREFIX, MemberId::PREFIX))
    }

    async fn refund(&self, t: &Transaction, dollars: i64) -> String {
        let refund_id = format!("ref_{}{dollars}", t.id);
        let step = Step::RequestRefund {
            refund_id: refund_id.clone(),
            micros: Some(usd(dollars)),
            idempotency_key: dollars.to_string(),
            reason: "returned".to_owned(),
        };
        self.step(t, step).await;
        refund_id
    }
}

fn settled(dollars: i64) -> Step {
    Step::Settle(RailOutcome::Paid { micros: usd(dollars), reference: None, charge: None })
}

/// Dollars in micros.
pub fn usd(dollars: i64) -> i64 {
    dollars * 1_000_000
}
