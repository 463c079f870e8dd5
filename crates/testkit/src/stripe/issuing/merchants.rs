//! Merchants as authorisations and transactions show them.

use serde_json::{Value, json};

use super::Parameters;
use crate::stripe::errors::ApiError;

/// The categories that are played, with the codes of the card networks for them.
pub(super) const CATEGORIES: [(&str, &str); 24] = [
    ("advertising_services", "7311"),
    ("airlines_air_carriers", "4511"),
    ("automated_cash_disburse", "6011"),
    ("betting_casino_gambling", "7995"),
    ("book_stores", "5942"),
    ("car_rental_agencies", "7512"),
    ("computer_network_services", "4816"),
    ("computer_programming", "7372"),
    ("computer_software_stores", "5734"),
    ("department_stores", "5311"),
    ("digital_goods_applications", "5817"),
    ("digital_goods_games", "5816"),
    ("digital_goods_media", "5815"),
    ("drinking_places", "5813"),
    ("eating_places_restaurants", "5812"),
    ("electronics_stores", "5732"),
    ("fast_food_restaurants", "5814"),
    ("grocery_stores_supermarkets", "5411"),
    ("hotels_motels_and_resorts", "7011"),
    ("miscellaneous_business_services", "7399"),
    ("non_fi_money_orders", "6051"),
    ("service_stations", "5541"),
    ("taxicabs_limousines", "4121"),
    ("telecommunication_services", "4814"),
];

/// A merchant out of `merchant_data`, with what a test does not say filled in as Stripe's helper does.
pub(super) fn merchant(parameters: &Parameters) -> Result<Value, ApiError> {
    let given = parameters.get("merchant_data").and_then(Value::as_object);
    let text = |name: &str| given.and_then(|data| data.get(name)).and_then(Value::as_str);
    let category = text("category").unwrap_or("computer_programming");
    let code = CATEGORIES.iter().find(|(known, _)| *known == category).map(|(_, code)| *code);
    let code = code.ok_or_else(|| ApiError::not_played("merchant_data[category]"))?;
    Ok(json!({
        "category": category,
        "category_code": code,
        "city": text("city"),
        "country": text("country").or(Some("US")),
        "name": text("name").or(Some("WWWW.BROWSEBUG.BIZ")),
        "network_id": text("network_id").unwrap_or("1234567890"),
        "postal_code": text("postal_code"),
        "state": text("state"),
        "tax_id": null,
        "terminal_id": text("terminal_id"),
        "url": text("url"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::forms::parse;
    use crate::stripe::parameters::check;

    #[test]
    fn the_played_categories_are_stripes_own() {
        for (category, _) in CATEGORIES {
            let form = format!("card=ic_1&amount=1&merchant_data[category]={category}");
            let form = parse(form.as_bytes()).unwrap();
            let typed = check("POST /v1/test_helpers/issuing/authorizations", form);
            assert!(typed.is_ok(), "{category}");
        }
    }
}
