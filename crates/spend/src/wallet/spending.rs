//! The short form of a policy: the one place where it is made of a document, and put into one. Pure.

use bursar_base::{Currency, limits, money};
use bursar_http::Problem;
use bursar_money::policies::{Action, Ask, Categories, Document};
use serde::{Deserialize, Serialize};

use crate::requests::form;

/// Who says yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalMode {
    /// A human, to everything.
    AskForEverything,
    /// Nobody has to, up to `limits.ask_approval_above`.
    AutoApproveUnderThreshold,
    /// Nobody has to, for the approved categories.
    AutoApproveByCategory,
}

/// The part of a policy that the short form shows. Amounts are decimal texts in the wallet's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spending {
    /// Who says yes.
    pub approval_mode: ApprovalMode,
    /// The most that one payment may be.
    pub per_transaction: Option<String>,
    /// The most within a day.
    pub daily: Option<String>,
    /// The most within a month.
    pub monthly: Option<String>,
    /// A human is asked for anything greater.
    pub ask_approval_above: Option<String>,
    /// Nobody is asked on account of these.
    pub approved_categories: Vec<String>,
    /// Never these.
    pub blocked_categories: Vec<String>,
    /// Whether a purchase may repeat an earlier one without a human.
    pub recurring_allowed: bool,
    /// What the owner wants the agent to know.
    pub notes: Option<String>,
}

impl Spending {
    /// What a document says.
    pub fn of(document: &Document) -> Spending {
        let zero =
            document.approve_above.as_deref().and_then(|text| money::parse_micros(text).ok()) == Some(0);
        let approval_mode = match document.ask {
            Some(Ask::Everything) => ApprovalMode::AskForEverything,
            // Every amount is greater than nothing.
            None if zero => ApprovalMode::AskForEverything,
            None | Some(Ask::Above) => ApprovalMode::AutoApproveUnderThreshold,
            Some(Ask::OtherCategories) => ApprovalMode::AutoApproveByCategory,
        };
        let categories = document.categories.clone().unwrap_or_default();
        Spending {
            approval_mode,
            per_transaction: document.per_transaction.clone(),
            daily: document.daily.clone(),
            monthly: document.monthly.clone(),
            ask_approval_above: document.approve_above.clone(),
            approved_categories: categories.approved,
            blocked_categories: categories.block,
            recurring_allowed: match document.recurring {
                None | Some(Action::Allow) => true,
                Some(Action::Ask | Action::Decline) => false,
            },
            notes: document.notes.clone(),
        }
    }

    /// The same document with exactly these fields replaced.
    #[must_use]
    pub fn put_into(self, document: &Document) -> Document {
        let ask = match self.approval_mode {
            ApprovalMode::AskForEverything => Ask::Everything,
            ApprovalMode::AutoApproveUnderThreshold => Ask::Above,
            ApprovalMode::AutoApproveByCategory => Ask::OtherCategories,
        };
        let recurring = match (self.recurring_allowed, document.recurring) {
            (true, allowed @ (None | Some(Action::Allow))) => allowed,
            (true, Some(Action::Ask | Action::Decline)) => None,
            (false, Some(Action::Decline)) => Some(Action::Decline),
            (false, None | Some(Action::Allow | Action::Ask)) => Some(Action::Ask),
        };
        let others = document.categories.clone().unwrap_or_default();
        let categories =
            Categories { approved: self.approved_categories, block: self.blocked_categories, ..others };
        let empty = categories == Categories::default();
        Document {
            ask: Some(ask),
            per_transaction: self.per_transaction,
            daily: self.daily,
            monthly: self.monthly,
            approve_above: self.ask_approval_above,
            categories: if empty { None } else { Some(categories) },
            recurring,
            notes: self.notes,
            ..document.clone()
        }
    }
}

/// Limits of the short form. In a wallet of US dollars each may be named `…_usd` instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitAmounts {
    /// The most that one payment may be; absent or `null` is no limit.
    pub per_transaction: Option<String>,
    /// The most within a day.
    pub daily: Option<String>,
    /// The most within a month.
    pub monthly: Option<String>,
    /// A human is asked for anything greater.
    pub ask_approval_above: Option<String>,
    /// `per_transaction`, in a wallet of US dollars.
    pub per_transaction_usd: Option<String>,
    /// `daily`, in a wallet of US dollars.
    pub daily_usd: Option<String>,
    /// `monthly`, in a wallet of US dollars.
    pub monthly_usd: Option<String>,
    /// `ask_approval_above`, in a wallet of US dollars.
    pub ask_approval_above_usd: Option<String>,
}

/// What an owner sets: exactly these rules are replaced, all others stay.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpendingForm {
    /// Who says yes.
    pub approval_mode: ApprovalMode,
    /// An absent one is taken away.
    #[serde(deserialize_with = "bursar_http::body::object")]
    pub limits: LimitAmounts,
    /// With `auto_approve_by_category` nobody is asked on account of these.
    #[serde(default)]
    pub approved_categories: Vec<String>,
    /// Never these.
    #[serde(default)]
    pub blocked_categories: Vec<String>,
    /// Whether a purchase may repeat an earlier one without a human.
    #[serde(default)]
    pub recurring_allowed: bool,
    /// What the agent should know.
    #[schema(max_length = 2000)]
    pub notes: Option<String>,
}

impl SpendingForm {
    /// Checks what the document itself does not know of: the two names of a limit, and the lists.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn read(self, currency: Currency) -> Result<Spending, Problem> {
        let one = |name: &str, plain: Option<String>, usd: Option<String>| match (plain, usd) {
            (plain, None) => Ok(plain),
            (_, Some(_)) if currency != Currency::USD => {
                let detail = format!("this wallet holds {currency}; write `{name}`");
                Err(Problem::field(format!("limits.{name}_usd"), detail))
            }
            (None, usd) => Ok(usd),
            (Some(plain), Some(usd)) if plain == usd => Ok(Some(usd)),
            (Some(_), Some(_)) => {
                let detail = format!("send either `{name}` or `{name}_usd`, not both");
                Err(Problem::field(format!("limits.{name}"), detail))
            }
        };
        let limits = self.limits;
        let notes = self.notes.filter(|notes| !notes.trim().is_empty());
        Ok(Spending {
            approval_mode: self.approval_mode,
            per_transaction: one("per_transaction", limits.per_transaction, limits.per_transaction_usd)?,
            daily: one("daily", limits.daily, limits.daily_usd)?,
            monthly: one("monthly", limits.monthly, limits.monthly_usd)?,
            ask_approval_above: one(
                "ask_approval_above",
                limits.ask_approval_above,
                limits.ask_approval_above_usd,
            )?,
            approved_categories: categories("approved_categories", &self.approved_categories)?,
            blocked_categories: categories("blocked_categories", &self.blocked_categories)?,
            recurring_allowed: self.recurring_allowed,
            notes,
        })
    }
}

fn categories(field: &str, list: &[String]) -> Result<Vec<String>, Problem> {
    if list.len() > limits::MAX_CATEGORIES {
        return Err(Problem::field(field, format!("at most {}", limits::MAX_CATEGORIES)));
    }
    list.iter().map(|text| form::text(field, text, 1, limits::MAX_CATEGORY_CHARS)).collect()
}

/// A field of the document under the name that it has in the short form.
pub fn field_name(field: &str) -> String {
    match field {
        "per_transaction" | "daily" | "monthly" => format!("limits.{field}"),
        "approve_above" => "limits.ask_approval_above".to_owned(),
        other => other.to_owned(),
    }
}

impl From<&Spending> for LimitAmounts {
    fn from(spending: &Spending) -> LimitAmounts {
        LimitAmounts {
            per_transaction: spending.per_transaction.clone(),
            daily: spending.daily.clone(),
            monthly: spending.monthly.clone(),
            ask_approval_above: spending.ask_approval_above.clone(),
            ..LimitAmounts::default()
        }
    }
}

impl LimitAmounts {
    /// The same with the names that end with `_usd`, where they have a value.
    #[must_use]
    pub fn in_currency(self, currency: Currency) -> LimitAmounts {
        let usd = |value: &Option<String>| super::usd(currency, value.clone());
        LimitAmounts {
            per_transaction_usd: usd(&self.per_transaction),
            daily_usd: usd(&self.daily),
            monthly_usd: usd(&self.monthly),
            ask_approval_above_usd: usd(&self.ask_approval_above),
            ..self
        }
    }
}
