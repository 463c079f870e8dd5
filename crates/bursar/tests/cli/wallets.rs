//! Wallets on the command line: shown, and filled through Stripe.

use bursar_testkit::stripe::{PaidWith, StripeSim};

use crate::{House, text_of};

#[test]
fn a_wallet_is_shown_and_a_top_up_begun() {
    let house = House::new();
    let (org, agent, _) = house.org_and_agent();
    let shown = house.json(&format!("wallet show --org {org}"));
    assert_eq!(
        (text_of(&shown, "available"), text_of(&shown, "held")),
        ("500.00".to_owned(), "0.00".to_owned())
    );
    assert_eq!(house.json(&format!("wallet show --agent {agent}")), shown, "the agent draws on it");
    let said = house.text(&format!("wallet show --agent {agent}"));
    assert_eq!(said, "500.00 USD can be spent; 0.00 USD are held.\n");

    let refusal = house.refused(&format!("wallet topup --org {org} 25.00"), 1);
    assert!(refusal.contains("BURSAR_STRIPE_KEY") && refusal.contains("sk_test_"), "{refusal}");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sim = runtime.block_on(StripeSim::start()).unwrap();
    let settings = format!("stripe_key = \"sk_test_simulated\"\nstripe_url = \"{}\"\n", sim.url());
    let config = house.write("stripe.toml", &settings);
    let config = config.display();
    let begun = house.json(&format!("wallet topup --agent {agent} 25.00 --config {config}"));
    let url = text_of(&begun, "checkout_url");
    assert!(url.starts_with(&sim.url()) && text_of(&begun, "topup_id").starts_with("topup_"), "{begun}");
    let session = sim.books().sessions[0].clone();
    assert_eq!((session.amount_total, url.ends_with(&session.id)), (2_500, true));
    let said = house.text(&format!("wallet topup --org {org} 5.00 --config {config}"));
    assert!(said.starts_with("Pay 5.00 USD here, until ") && said.contains("/c/pay/"), "{said}");
    assert!(sim.pay_session(&session.id, PaidWith::Card));
    assert_eq!(
        house.json(&format!("wallet show --org {org}"))["available"],
        "500.00",
        "nothing was heard of it"
    );
    house.json("ledger check");

    let refusal = house.refused(&format!("wallet topup --org {org} 0.10 --config {config}"), 1);
    assert!(refusal.contains("0.50"), "{refusal}");
    let other = text_of(&house.json("org create Other --admin-email b@example.com"), "org_id");
    let refusal = house.refused(&format!("wallet topup --org {other} --agent {agent} 5.00"), 1);
    assert!(refusal.contains("another org"), "{refusal}");
}
