//! `bursar mail`

use bursar_mail::Transport;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::context::problem;
use super::{Answer, Context, Ending};

/// `bursar mail`
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
pub enum MailCommand {
    /// Send a mail that only tells that mails arrive
    Test {
        /// To whom
        #[arg(long, value_name = "EMAIL")]
        to: String,
    },
}

pub(super) async fn run(context: &Context<'_>, command: MailCommand) -> Ending {
    let MailCommand::Test { to } = command;
    bursar_spend::mails::send_test(context.spend(), &to).await.map_err(problem)?;
    let url = &context.app.config.mail_url;
    let text = match &url.transport {
        Transport::File(dir) => format!(
            "The mail to {to} was written to {}; nothing was sent. Set BURSAR_MAIL_URL to a mail server to send.\n",
            dir.display()
        ),
        Transport::Smtp(_) | Transport::Resend(_) => {
            format!("{url} took the mail to {to}; see whether it arrives.\n")
        }
    };
    Ok(Some(Answer::new(json!({ "to": to, "transport": url.to_string() }), text)))
}
