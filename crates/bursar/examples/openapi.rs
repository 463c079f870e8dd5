//! Prints the API's description. `cargo xtask openapi` keeps it in `openapi.json`.

fn main() -> Result<(), serde_json::Error> {
    println!("{}", bursar::serve::openapi().to_pretty_json()?);
    Ok(())
}
