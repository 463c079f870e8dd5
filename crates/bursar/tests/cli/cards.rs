//! Cards on the command line, made at Stripe.

use bursar_testkit::stripe::StripeSim;

use crate::{House, text_of};

const HOLDER: &str = r#"{"type":"company","name":"Acme Ltd","email":"cards@acme.example","address":{"line1":"1 Main St",
"city":"Austin","state":"TX","postal_code":"78701","country":"US"}}"#;

#[test]
fn a_card_is_made_stopped_let_go_on_replaced_and_ended() {
    let house = House::new();
    let (org, agent, _) = house.org_and_agent();
    let refusal = house.refused(&format!("card create --agent {agent}"), 1);
    assert!(refusal.contains("BURSAR_STRIPE_KEY"), "{refusal}");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sim = runtime.block_on(StripeSim::start()).unwrap();
    let settings = format!("stripe_key = \"sk_test_simulated\"\nstripe_url = \"{}\"\n", sim.url());
    let config = house.write("stripe.toml", &settings);
    let run = |line: &str| house.json(&format!("{line} --config {}", config.display()));
    let refusal = house.refused(&format!("card create --agent {agent} --config {}", config.display()), 1);
    assert!(refusal.contains("bursar org cardholder"), "{refusal}");
    let file = house.write("holder.json", HOLDER);
    let holder = run(&format!("org cardholder --org {org} {}", file.display()));
    assert!(text_of(&holder, "stripe_cardholder_id").starts_with("ich_"), "{holder}");

    let card = run(&format!("card create --agent {agent} --merchant shop.example --single-use"));
    assert_eq!(
        (text_of(&card, "status"), text_of(&card, "at_stripe")),
        ("active".into(), "acknowledged".into())
    );
    let id = text_of(&card, "card_id");
    let stripe_id = text_of(&card, "stripe_card_id");
    let status = || sim.issuing().card(&stripe_id).unwrap()["status"].clone();
    assert_eq!(text_of(&run(&format!("card freeze {id} --reason stop")), "note"), "stop");
    assert_eq!(status(), "inactive");
    assert_eq!(text_of(&run(&format!("card unfreeze {id}")), "status"), "active");
    assert_eq!(status(), "active");
    assert_eq!(run(&format!("card reveal {id}"))["reveal"], true);
    assert_eq!(run(&format!("card reveal {id} --off"))["reveal"], false);
    let next = run(&format!("card replace {id} --reason stolen"));
    assert_eq!((text_of(&next, "replaces"), status()), (id, "canceled".into()));
    let next = text_of(&next, "card_id");
    assert_eq!(text_of(&run(&format!("card cancel {next}")), "status"), "cancelled");
    let refusal = house.refused(&format!("card freeze {next} --config {}", config.display()), 1);
    assert!(refusal.contains("cancelled"), "{refusal}");
    let list = run(&format!("card list --org {org}"));
    assert_eq!(list.as_array().unwrap().len(), 2);
}
