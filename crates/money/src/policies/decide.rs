//! The one pure function that says yes, ask, or no.

use bursar_base::{Currency, Money, TimeUs};
use jiff::tz::TimeZone;

use super::check::{Check, Figure, Verdict};
use super::merchant::Pattern;
use super::{Action, Ask, Policy, RailName, Rate, Reason};
use crate::votes;

/// Whether an agent may spend at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentState {
    /// It may.
    Active,
    /// A human or the circuit breaker stopped it.
    Frozen,
    /// It has not been claimed yet.
    Pending,
}

/// How a card stands at a till.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtTill {
    /// It may be used there.
    Usable,
    /// It is frozen or cancelled.
    Stopped,
    /// It may be used at another merchant alone.
    Elsewhere,
}

/// What is held and spent in each window, in micros.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// In this calendar day.
    pub day: i64,
    /// In this week.
    pub week: i64,
    /// In this month.
    pub month: i64,
    /// For ever.
    pub lifetime: i64,
}

/// Everything that a decision depends on, besides the request and the time.
#[derive(Debug)]
pub struct Snapshot<'a> {
    /// The policy in force; `None` where there is none, or it cannot be read.
    pub policy: Option<&'a Policy>,
    /// Whether the whole org is frozen.
    pub org_frozen: bool,
    /// The agent's state.
    pub agent: AgentState,
    /// How the card stands that is used, where one is.
    pub card: Option<AtTill>,
    /// Whether the org has this rail in its mode.
    pub rail_available: bool,
    /// The org's time zone.
    pub zone: &'a TimeZone,
    /// The currency of the wallet and of the windows.
    pub currency: Currency,
    /// What is used of the windows.
    pub usage: Usage,
    /// What the wallet has left, in micros; may be negative.
    pub available: i64,
    /// Whether the merchant resolves to one of the org's payees.
    pub payee_known: bool,
    /// The category by payee or card network.
    pub category: Option<&'a str>,
    /// The circuit breaker in force.
    pub breaker: Rate,
    /// Whether the breaker's number of decisions was already made within its time.
    pub breaker_spent: bool,
    /// Whether the policy's velocity is used up.
    pub velocity_spent: bool,
    /// The earlier transaction that this would repeat, within the policy's time.
    pub duplicate_of: Option<&'a str>,
    /// The earlier transaction that this would repeat, however long ago it was.
    pub repeat_of: Option<&'a str>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Payment<'a> {
    /// How much; nothing where a shop only looks whether a card is good.
    pub amount: Money,
    /// The merchant as compared; see [`super::merchant_key`].
    pub merchant_key: &'a str,
    /// By which rail.
    pub rail: RailName,
}

impl Payment<'_> {
    /// Whether money is to move at all.
    fn moves_money(&self) -> bool {
        self.amount.micros != 0
    }
}

/// The answer, with every rule that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub verdict: Verdict,
    /// Why not, when declined.
    pub reason: Option<Reason>,
    /// The rules, in order, up to the first refusal.
    pub checks: Vec<Check>,
}

impl Decision {
    /// The rule that refused.
    pub fn refusal(&self) -> Option<&Check> {
        self.checks.last().filter(|check| check.verdict == Verdict::Decline)
    }

    /// Whether the circuit breaker must freeze the agent.
    pub fn trips_breaker(&self) -> bool {
        self.refusal().is_some_and(|check| check.rule == "breaker")
    }
}

/// Looks at the rules in the order of [`Reason::ALL`]; the first refusal is the reason. A human is asked when no rule
/// refuses and at least one asks. Where no money is to move, nobody is asked: rules about amounts and repetitions are left
/// out, and one that would ask lets it pass, since it asks when money is to move. Pure: the same arguments give the same
/// decision, for ever.
pub fn decide(snapshot: &Snapshot<'_>, payment: &Payment<'_>, now: TimeUs) -> Decision {
    let mut checks = Checks { list: Vec::with_capacity(8), asks: payment.moves_money() };
    let reason = refusal(&mut checks, snapshot, payment, now).err();
    let asked = checks.list.iter().any(|check| check.verdict == Verdict::Ask);
    if let (None, true, Some(policy)) = (reason, asked, snapshot.policy)
        && policy.approvals > 1
    {
        // Kept with the payment: a policy that changes while people decide changes nothing about it.
        checks.ask(votes::RULE, Some(Figure::words(policy.approvals.to_string())), None, None);
    }
    let verdict = match (reason, asked) {
        (Some(_), _) => Verdict::Decline,
        (None, true) => Verdict::Ask,
        (None, false) => Verdict::Approve,
    };
    Decision { verdict, reason, checks: checks.list }
}

fn refusal(checks: &mut Checks, s: &Snapshot<'_>, p: &Payment<'_>, now: TimeUs) -> Result<(), Reason> {
    let policy = match s.policy {
        Some(policy) => policy,
        None => return checks.decline("policy", None, None, None, Reason::NoPolicy),
    };
    state(checks, s)?;
    place_and_time(checks, s, p, policy, now)?;
    merchant(checks, s, p, policy)?;
    category(checks, s, policy)?;
    if !p.moves_money() {
        currency(checks, s, p)?;
        return velocity(checks, s, policy);
    }
    duplicate(checks, s, policy)?;
    recurring(checks, s, policy)?;
    amounts(checks, s, p, policy)
}

fn state(checks: &mut Checks, s: &Snapshot<'_>) -> Result<(), Reason> {
    if s.org_frozen {
        return checks.decline("org", None, None, None, Reason::OrgFrozen);
    }
    match s.agent {
        AgentState::Active => {}
        AgentState::Frozen => return checks.decline("agent", None, None, None, Reason::AgentFrozen),
        AgentState::Pending => return checks.decline("agent", None, None, None, Reason::AgentNotActive),
    }
    if s.breaker_spent {
        let limit = Figure::words(rate_text(s.breaker));
        let used = Figure::words(s.breaker.requests.to_string());
        return checks.decline(
            "breaker",
            Some(limit),
            Some(used),
            Some(Figure::words("1")),
            Reason::AgentFrozen,
        );
    }
    if s.card == Some(AtTill::Stopped) {
        return checks.decline("card", None, None, None, Reason::CardNotActive);
    }
    Ok(())
}

fn place_and_time(
    checks: &mut Checks,
    s: &Snapshot<'_>,
    p: &Payment<'_>,
    policy: &Policy,
    now: TimeUs,
) -> Result<(), Reason> {
    if !policy.hours.is_empty() {
        let open = policy.hours.iter().any(|hours| hours.contains(now, s.zone));
        checks.pass_or("hours", open, None, Some(Figure::words(now.to_string())), Reason::OutsideHours)?;
    }
    let allowed = policy.rails.as_ref().is_none_or(|rails| rails.contains(&p.rail));
    if policy.rails.is_some() || !s.rail_available {
        let asked = Some(Figure::words(p.rail.as_str()));
        checks.pass_or("rails", allowed && s.rail_available, None, asked, Reason::RailBlocked)?;
    }
    Ok(())
}

fn merchant(checks: &mut Checks, s: &Snapshot<'_>, p: &Payment<'_>, policy: &Policy) -> Result<(), Reason> {
    let listed = |list: &[Pattern]| list.iter().any(|pattern| pattern.matches(p.merchant_key));
    let asked = || Some(Figure::words(p.merchant_key));
    if s.card == Some(AtTill::Elsewhere) {
        return checks.decline("card.merchant", None, None, asked(), Reason::MerchantBlocked);
    }
    if !policy.merchants_block.is_empty() {
        let blocked = listed(&policy.merchants_block);
        checks.pass_or("merchants.block", !blocked, None, asked(), Reason::MerchantBlocked)?;
    }
    let known = s.payee_known || listed(&policy.merchants_allow);
    match policy.merchants_unknown {
        Action::Allow => Ok(()),
        Action::Ask if !known => {
            checks.ask("merchants.unknown", None, None, asked());
            Ok(())
        }
        Action::Ask | Action::Decline => {
            checks.pass_or("merchants.allow", known, None, asked(), Reason::MerchantUnknown)
        }
    }
}

fn category(checks: &mut Checks, s: &Snapshot<'_>, policy: &Policy) -> Result<(), Reason> {
    let rules = &policy.categories;
    let others_ask = policy.ask == Ask::OtherCategories;
    if rules.block.is_empty() && rules.allow.is_empty() && rules.ask.is_empty() && !others_ask {
        return Ok(());
    }
    let Some(category) = s.category.map(super::fold_category) else {
        checks.ask("categories", None, None, Some(Figure::words("unknown")));
        return Ok(());
    };
    let refused =
        rules.block.contains(&category) || (!rules.allow.is_empty() && !rules.allow.contains(&category));
    if !refused && rules.ask.contains(&category) {
        checks.ask("categories.ask", None, None, Some(Figure::words(category)));
        return Ok(());
    }
    if !refused && others_ask && !rules.approved.contains(&category) {
        checks.ask("categories.approved", None, None, Some(Figure::words(category)));
        return Ok(());
    }
    checks.pass_or("categories", !refused, None, Some(Figure::words(category)), Reason::CategoryBlocked)
}

fn duplicate(checks: &mut Checks, s: &Snapshot<'_>, policy: &Policy) -> Result<(), Reason> {
    let Some(rule) = policy.duplicates else {
        return Ok(());
    };
    let limit = || Some(Figure::words(format!("{} s", rule.seconds)));
    match (s.duplicate_of, rule.action) {
        (None, _) | (_, Action::Allow) => checks.approve("duplicates", limit(), None, None),
        (Some(earlier), Action::Ask) => checks.ask("duplicates", limit(), Some(Figure::words(earlier)), None),
        (Some(earlier), Action::Decline) => {
            return checks.decline(
                "duplicates",
                limit(),
                Some(Figure::words(earlier)),
                None,
                Reason::Duplicate,
            );
        }
    }
    Ok(())
}

fn recurring(checks: &mut Checks, s: &Snapshot<'_>, policy: &Policy) -> Result<(), Reason> {
    let earlier = s.repeat_of.map(Figure::words);
    match (policy.recurring, earlier) {
        (Action::Allow, _) => {}
        (Action::Ask | Action::Decline, None) => checks.approve("recurring", None, None, None),
        (Action::Ask, earlier) => checks.ask("recurring", None, earlier, None),
        (Action::Decline, earlier) => {
            return checks.decline("recurring", None, earlier, None, Reason::Duplicate);
        }
    }
    Ok(())
}

fn currency(checks: &mut Checks, s: &Snapshot<'_>, p: &Payment<'_>) -> Result<(), Reason> {
    if p.amount.currency == s.currency {
        return Ok(());
    }
    let (limit, asked) = (Figure::words(s.currency.as_str()), Figure::words(p.amount.currency.as_str()));
    checks.decline("currency", Some(limit), None, Some(asked), Reason::CurrencyMismatch)
}

fn velocity(checks: &mut Checks, s: &Snapshot<'_>, policy: &Policy) -> Result<(), Reason> {
    let Some(velocity) = policy.velocity else { return Ok(()) };
    let (limit, asked) = (Some(Figure::words(rate_text(velocity))), Some(Figure::words("1")));
    checks.pass_or("velocity", !s.velocity_spent, limit, asked, Reason::VelocityExceeded)
}

fn amounts(checks: &mut Checks, s: &Snapshot<'_>, p: &Payment<'_>, policy: &Policy) -> Result<(), Reason> {
    currency(checks, s, p)?;
    let asked = p.amount.micros;
    checks.within("per_transaction", policy.per_transaction, None, asked, Reason::PerTxExceeded)?;
    checks.within("daily", policy.daily, Some(s.usage.day), asked, Reason::DailyExceeded)?;
    checks.within("weekly", policy.weekly, Some(s.usage.week), asked, Reason::WeeklyExceeded)?;
    checks.within("monthly", policy.monthly, Some(s.usage.month), asked, Reason::MonthlyExceeded)?;
    checks.within("lifetime", policy.lifetime, Some(s.usage.lifetime), asked, Reason::LifetimeExceeded)?;
    velocity(checks, s, policy)?;
    if p.rail.is_prepaid() {
        checks.within("wallet", Some(s.available), None, asked, Reason::InsufficientFunds)?;
    }
    if policy.ask == Ask::Everything {
        checks.ask("ask", None, None, Some(Figure::Amount(asked)));
    } else if let Some(above) = policy.approve_above {
        let (limit, text) = (Some(Figure::Amount(above)), Some(Figure::Amount(asked)));
        if asked > above {
            checks.ask("approve_above", limit, None, text);
        } else {
            checks.approve("approve_above", limit, None, text);
        }
    }
    Ok(())
}

fn rate_text(rate: Rate) -> String {
    format!("{} in {} s", rate.requests, rate.seconds)
}

/// The rules looked at so far.
struct Checks {
    list: Vec<Check>,
    /// Whether a human can be asked.
    asks: bool,
}

impl Checks {
    fn push(
        &mut self,
        rule: &'static str,
        verdict: Verdict,
        limit: Option<Figure>,
        used: Option<Figure>,
        asked: Option<Figure>,
    ) {
        self.list.push(Check { rule: rule.into(), verdict, limit, used, asked });
    }

    fn approve(
        &mut self,
        rule: &'static str,
        limit: Option<Figure>,
        used: Option<Figure>,
        asked: Option<Figure>,
    ) {
        self.push(rule, Verdict::Approve, limit, used, asked);
    }

    fn ask(
        &mut self,
        rule: &'static str,
        limit: Option<Figure>,
        used: Option<Figure>,
        asked: Option<Figure>,
    ) {
        let verdict = if self.asks { Verdict::Ask } else { Verdict::Approve };
        self.push(rule, verdict, limit, used, asked);
    }

    fn decline(
        &mut self,
        rule: &'static str,
        limit: Option<Figure>,
        used: Option<Figure>,
        asked: Option<Figure>,
        reason: Reason,
    ) -> Result<(), Reason> {
        self.push(rule, Verdict::Decline, limit, used, asked);
        Err(reason)
    }

    fn pass_or(
        &mut self,
        rule: &'static str,
        pass: bool,
        limit: Option<Figure>,
        asked: Option<Figure>,
        reason: Reason,
    ) -> Result<(), Reason> {
        if pass {
            self.approve(rule, limit, None, asked);
            return Ok(());
        }
        self.decline(rule, limit, None, asked, reason)
    }

    /// `used + asked <= limit`, without overflow; no limit is no rule.
    fn within(
        &mut self,
        rule: &'static str,
        limit: Option<i64>,
        used: Option<i64>,
        asked: i64,
        reason: Reason,
    ) -> Result<(), Reason> {
        let Some(limit) = limit else { return Ok(()) };
        let fits = used.unwrap_or(0).checked_add(asked).is_some_and(|total| total <= limit);
        let amount = |micros| Some(Figure::Amount(micros));
        let (limit, used, asked) = (amount(limit), used.and_then(amount), amount(asked));
        if fits {
            self.approve(rule, limit, used, asked);
            return Ok(());
        }
        self.decline(rule, limit, used, asked, reason)
    }
}
