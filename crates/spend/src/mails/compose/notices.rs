//! Mails that tell owners how money goes.

use bursar_base::{AgentId, Language, MemberId, Money, OrgId, TimeUs};
use bursar_identity::agents::service as agents;
use bursar_identity::orgs::service as orgs;
use bursar_pages::{Notice, NoticeView, SummaryLine, Window};
use bursar_store::{Columns as _, StoreError, Tx};

use super::{Composed, GONE};
use crate::Spend;
use crate::mails::About;
use crate::notices::{Choice, links, sql};

/// The words of a mail of one of the kinds that can be turned off.
pub(super) async fn notice(
    spend: &Spend,
    tx: &mut Tx,
    org_id: &OrgId,
    about: &About,
    (choice, at): (Choice, TimeUs),
    (member, language): (&MemberId, Language),
) -> Result<Composed, StoreError> {
    let Some(org) = orgs::find(tx, org_id).await? else { return Ok(Err(GONE)) };
    let money = |micros: i64| Money { micros, currency: org.currency };
    let notice = match about {
        About::BalanceLow { agent_id, left, below, .. } => Notice::BalanceLow {
            agent_name: match agent_id {
                Some(agent) => Some(agent_name(tx, agent).await?),
                None => None,
            },
            left: money(*left),
            below: below.map(money),
        },
        About::LimitNear { agent_id, window, used, limit, .. } => Notice::LimitNear {
            agent_name: agent_name(tx, agent_id).await?,
            window: match window.as_str() {
                "day" => Window::Day,
                "week" => Window::Week,
                "month" => Window::Month,
                _ => Window::Lifetime,
            },
            used: money(*used),
            limit: money(*limit),
        },
        About::Declines { agent_id, count, reason, .. } => Notice::Declines {
            agent_name: agent_name(tx, agent_id).await?,
            count: *count,
            reason: reason.clone(),
        },
        About::Summary { is_week, from, to, .. } => {
            let mut lines = Vec::new();
            for row in tx.rows(sql::DAYS, &[org_id.as_str().into(), from.into(), to.into()]).await? {
                lines.push(SummaryLine {
                    agent_name: agent_name(tx, &AgentId::from_store(&row.text("agent_id")?)).await?,
                    paid: row.int("paid")?,
                    amount: money(row.int("paid_micros")?),
                    refunded: money(row.int("refunded_micros")?),
                    asked: row.int("asked")?,
                    declined: row.int("declined")?,
                });
            }
            Notice::Summary { is_week: *is_week, from: from.clone(), to: to.clone(), lines }
        }
        _ => return Ok(Err("not sent: it is of no kind that can be turned off")),
    };
    let token = links::token(spend, org_id, member, choice, at);
    Ok(Ok(bursar_pages::notice(&NoticeView {
        org_name: org.name,
        notice,
        at,
        time_zone: org.time_zone,
        language,
        is_test: org.mode == bursar_base::Mode::Test,
        off_link: format!("{}{}", spend.settings.public_url, links::path(&token)),
    })))
}

async fn agent_name(tx: &mut Tx, id: &AgentId) -> Result<String, StoreError> {
    Ok(agents::find(tx, id).await?.map_or_else(|| id.to_string(), |agent| agent.name))
}
