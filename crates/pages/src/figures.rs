//! Amounts and times as people read them: exact, grouped, and in the org's time zone.

use bursar_base::{Money, TimeUs};

/// The exact amount without its currency, thousands grouped: `12,500.00`.
pub(crate) fn grouped(money: Money) -> String {
    group(&money.decimal())
}

/// The exact amount with its currency: `12,500.00 USD`.
pub(crate) fn amount(money: Money) -> String {
    format!("{} {}", grouped(money), money.currency)
}

/// Groups the whole part of a plain decimal; anything else is given back as it is.
pub(crate) fn group(decimal: &str) -> String {
    let (sign, rest) = match decimal.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", decimal),
    };
    let (whole, fraction) = match rest.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (rest, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return decimal.to_owned();
    }
    let mut out = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A time for people: `Tue 22 Sep 2026, 16:13 CEST`. In the named zone, or in UTC where there is no such zone.
pub(crate) fn when(time: TimeUs, zone: &str) -> String {
    let instant = time.to_jiff();
    let local = instant.in_tz(zone).or_else(|_| instant.in_tz("UTC"));
    match local {
        Ok(local) => local.strftime("%a %-d %b %Y, %H:%M %Z").to_string(),
        Err(_) => time.to_string(),
    }
}

/// The same with the zone's name, for where a time stands alone: `Tue 22 Sep 2026, 16:13 CEST (Europe/Berlin)`.
pub(crate) fn when_and_where(time: TimeUs, zone: &str) -> String {
    let known = time.to_jiff().in_tz(zone).is_ok() && zone != "UTC";
    let when = when(time, zone);
    if known { format!("{when} ({zone})") } else { when }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_stay_exact() {
        let shown = |micros| amount(Money::usd_micros(micros));
        assert_eq!(shown(12_500_000), "12.50 USD");
        assert_eq!(shown(999_000_000), "999.00 USD");
        assert_eq!(shown(1_000_000_000), "1,000.00 USD");
        assert_eq!(shown(9_999_999_999_999_999), "9,999,999,999.999999 USD");
        assert_eq!(shown(-1_234_500_000), "−1,234.50 USD");
        assert_eq!(shown(1), "0.000001 USD");
        assert_eq!(group("20 in 60 s"), "20 in 60 s");
    }

    #[test]
    fn times_are_told_in_the_zone_of_the_org() {
        let time = TimeUs(1_790_000_000_000_000);
        assert_eq!(when(time, "Europe/Berlin"), "Mon 21 Sep 2026, 16:13 CEST");
        assert_eq!(when_and_where(time, "Europe/Berlin"), "Mon 21 Sep 2026, 16:13 CEST (Europe/Berlin)");
        assert_eq!(when_and_where(time, "UTC"), "Mon 21 Sep 2026, 14:13 UTC");
        assert_eq!(when_and_where(time, "Mars/Base"), "Mon 21 Sep 2026, 14:13 UTC");
    }
}
