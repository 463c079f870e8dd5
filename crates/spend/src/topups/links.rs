//! The links in mails that ask for a top-up: signed, and bound to the top-up and to the member they were sent to.

use bursar_base::{MemberId, OrgId};
use serde::{Deserialize, Serialize};

use crate::checkouts::Checkout;
use crate::{Spend, signed};

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The top-up.
    pub topup: String,
    /// Its org.
    pub org: OrgId,
    /// The member it was sent to. Without one the link only shows: it is where people come back to from Stripe.
    pub sub: Option<MemberId>,
    /// Until when it can be paid, in seconds since the epoch.
    pub exp: i64,
}

/// What the tokens are signed for.
const PURPOSE: &str = "bursar top-up links v1";

/// The token for a top-up; the same every time it is made.
pub fn token(spend: &Spend, c: &Checkout, member: Option<&MemberId>) -> String {
    let claims =
        Claims { topup: c.id.clone(), org: c.org_id.clone(), sub: member.cloned(), exp: c.expires.seconds() };
    signed::sign(spend, PURPOSE, &claims)
}

/// What a token says, if we signed it. Its end is the top-up's own, and is checked there, by the store's clock.
pub fn read(spend: &Spend, token: &str) -> Option<Claims> {
    signed::read(spend, PURPOSE, token)
}

/// The address of the page.
pub fn url(spend: &Spend, token: &str) -> String {
    format!("{}/v1/topup/{token}", spend.settings.public_url)
}
