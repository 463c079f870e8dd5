//! The links that turn mails of one kind off: signed, and bound to a member and the kind.

use bursar_base::{MemberId, OrgId, TimeUs};
use serde::{Deserialize, Serialize};

use super::Choice;
use crate::{Spend, signed};

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The org that the mails are about.
    pub org: OrgId,
    /// Who got them.
    pub sub: MemberId,
    /// Which kind.
    pub kind: String,
    /// Claims have an end; this one is not looked at, for whoever wants no more mails may say so at any time.
    pub exp: i64,
}

/// What the tokens are signed for.
const PURPOSE: &str = "bursar unsubscribe links v1";

/// The token for one member and kind; the same for one mail whenever it is made.
pub fn token(spend: &Spend, org: &OrgId, member: &MemberId, choice: Choice, at: TimeUs) -> String {
    let (org, sub) = (org.clone(), member.clone());
    signed::sign(spend, PURPOSE, &Claims { org, sub, kind: choice.as_str().to_owned(), exp: at.seconds() })
}

/// What a token says, if we signed it.
pub fn read(spend: &Spend, token: &str) -> Option<Claims> {
    signed::read(spend, PURPOSE, token)
}

/// The path of the page.
pub fn path(token: &str) -> String {
    format!("/v1/unsubscribe/{token}")
}
