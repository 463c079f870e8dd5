//! Runs the Stripe simulator by itself, to be tried by hand: `cargo run -p bursar-testkit --bin stripe-sim -- 12111`.

use std::net::SocketAddr;
use std::sync::Arc;

use bursar_base::SystemClock;
use bursar_testkit::stripe::StripeSim;
use clap::Parser;

/// A strict simulator of Stripe. Faults, books and events are under /_sim/ of its URL.
#[derive(Parser)]
struct Arguments {
    /// The loopback port to listen on; 0 takes a free one.
    #[arg(default_value_t = 0)]
    port: u16,
    /// A further customer to know, such as cus_123; may be repeated.
    #[arg(long)]
    customer: Vec<String>,
    /// A further connected account to know, such as acct_123; may be repeated.
    #[arg(long)]
    account: Vec<String>,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let address = SocketAddr::from(([127, 0, 0, 1], arguments.port));
    let sim = StripeSim::start_at(address, Arc::new(SystemClock)).await?;
    for customer in &arguments.customer {
        sim.add_customer(customer);
    }
    for account in &arguments.account {
        sim.add_account(account);
    }
    println!("{}", sim.url());
    sim.wait().await;
    Ok(())
}
