//! The dashboard's pages. Each is made of what the API answered to the reader's own session, so that nothing is shown here
//! that a program could not read, and nothing can be done that the API would refuse.

mod agent;
mod agents;
mod analytics;
pub mod answers;
mod approvals;
mod chart;
mod entry;
mod overview;
mod shell;
mod status;
mod stop;
mod transaction;
mod transactions;

use bursar_base::{Language, TimeUs, limits};

pub use agent::{AgentView, LIMITS, agent, agent_created};
pub use agents::{Typed, agents};
pub use analytics::analytics;
pub use approvals::approvals;
pub use overview::{Overview, overview};
pub use shell::{Place, Shell};
pub use status::STATUSES;
pub use stop::stop;
pub use transaction::transaction;
pub use transactions::{Asked, Transactions, transactions};

use crate::foreign;
use crate::words::{HtmlText, Words};

/// How one reader is shown one org's figures.
#[derive(Debug, Clone, Copy)]
struct Eye<'a> {
    t: Words,
    zone: &'a str,
}

impl<'a> Eye<'a> {
    fn new(language: Language, shell: &'a Shell) -> Eye<'a> {
        Eye { t: Words::of(language), zone: &shell.zone }
    }

    /// A decimal of the API with its currency.
    fn sum(self, decimal: &str, currency: &str) -> HtmlText {
        self.t.page_sum(self.t.group(decimal), currency)
    }

    fn at(self, time: TimeUs) -> String {
        self.t.moment(time, self.zone).short
    }
}

fn name(text: &str) -> String {
    foreign::short_line(text, limits::MAX_NAME_CHARS)
}

fn merchant(text: &str) -> String {
    foreign::short_line(text, limits::MAX_MERCHANT_CHARS)
}

/// What an agent is called; its id where it is not among those that are known.
fn agent_name(agents: &[answers::Agent], id: &str) -> String {
    agents.iter().find(|agent| agent.agent_id == id).map_or_else(|| id.to_owned(), |agent| name(&agent.name))
}
