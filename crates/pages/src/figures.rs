//! Amounts and times as people read them: exact, grouped, and in the org's time zone.

use bursar_base::{Language, Money, TimeUs};
use jiff::civil::{Date, Weekday};

/// The exact amount with its currency: `12,500.00 USD`, `US$ 12.500,00`.
pub(crate) fn amount(money: Money, language: Language) -> String {
    let (figure, currency) = (group(&money.decimal(), language), money.currency.as_str());
    match language {
        Language::En => format!("{figure} {currency}"),
        Language::PtBr => {
            let (sign, figure) = match figure.strip_prefix(MINUS) {
                Some(figure) => (MINUS, figure),
                None => ("", figure.as_str()),
            };
            // A space that does not break, so that a figure never stands alone on a line.
            format!("{sign}{}\u{a0}{figure}", symbol(currency, language))
        }
    }
}

/// What readers of a language call a currency; its code where they have no sign for it.
pub(crate) fn symbol(currency: &str, language: Language) -> &str {
    match (language, currency) {
        (Language::PtBr, "USD") => "US$",
        (Language::PtBr, "BRL") => "R$",
        (Language::PtBr, "EUR") => "€",
        (Language::En | Language::PtBr, code) => code,
    }
}

const MINUS: &str = "−";

/// Groups the whole part of a plain decimal; anything else is given back as it is.
pub(crate) fn group(decimal: &str, language: Language) -> String {
    let (between, before) = match language {
        Language::En => (',', '.'),
        Language::PtBr => ('.', ','),
    };
    let (sign, rest) = match decimal.strip_prefix('-') {
        Some(rest) => (MINUS, rest),
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
            out.push(between);
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push(before);
        out.push_str(fraction);
    }
    out
}

/// What somebody typed as an amount, as a plain decimal: the opposite of [`group`]. Points or commas between groups of three
/// are left out as the language has them; what is no such amount is given back as it is, for whoever reads amounts to
/// refuse.
pub(crate) fn ungroup(typed: &str, language: Language) -> String {
    let (between, before) = match language {
        Language::En => (',', '.'),
        Language::PtBr => ('.', ','),
    };
    let typed = typed.trim();
    let (whole, fraction) = match typed.split_once(before) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (typed, None),
    };
    let mut groups = whole.split(between);
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()) || !whole.contains(between));
    let is_grouped = first && groups.all(|group| group.len() == 3);
    let is_digit = |c: char| c.is_ascii_digit();
    let digits =
        whole.chars().all(|c| c == between || is_digit(c)) && fraction.unwrap_or("").chars().all(is_digit);
    if !is_grouped || !digits {
        return typed.to_owned();
    }
    let whole = whole.replace(between, "");
    fraction.map_or_else(|| whole.clone(), |fraction| format!("{whole}.{fraction}"))
}

/// A time for people: `Tue 22 Sep 2026, 16:13 CEST`, `ter., 22/09/2026, 16:13 CEST`. In the named zone, or in UTC where
/// there is no such zone.
pub(crate) fn when(time: TimeUs, zone: &str, language: Language) -> String {
    let instant = time.to_jiff();
    let local = instant.in_tz(zone).or_else(|_| instant.in_tz("UTC"));
    let Ok(local) = local else { return time.to_string() };
    match language {
        Language::En => local.strftime("%a %-d %b %Y, %H:%M %Z").to_string(),
        Language::PtBr => {
            let weekday = weekday(local.weekday());
            // Where a zone has no letters, its offset stands for them: −03.
            format!("{weekday}, {}", local.strftime("%d/%m/%Y, %H:%M %Z"))
        }
    }
}

/// The days of the week, shortened as in Brazil.
fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "seg.",
        Weekday::Tuesday => "ter.",
        Weekday::Wednesday => "qua.",
        Weekday::Thursday => "qui.",
        Weekday::Friday => "sex.",
        Weekday::Saturday => "sáb.",
        Weekday::Sunday => "dom.",
    }
}

/// A day, `2026-09-21`, as it is written in a language; anything else as it is.
pub(crate) fn day(iso: &str, language: Language) -> String {
    match (language, iso.parse::<Date>()) {
        (Language::PtBr, Ok(day)) => day.strftime("%d/%m/%Y").to_string(),
        (Language::En, _) | (_, Err(_)) => iso.to_owned(),
    }
}

/// The same with the zone's name, for where a time stands alone: `Tue 22 Sep 2026, 16:13 CEST (Europe/Berlin)`.
pub(crate) fn when_and_where(time: TimeUs, zone: &str, language: Language) -> String {
    let known = time.to_jiff().in_tz(zone).is_ok() && zone != "UTC";
    let when = when(time, zone, language);
    if known { format!("{when} ({zone})") } else { when }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_stay_exact() {
        let shown = |micros| amount(Money::usd_micros(micros), Language::En);
        assert_eq!(shown(12_500_000), "12.50 USD");
        assert_eq!(shown(999_000_000), "999.00 USD");
        assert_eq!(shown(1_000_000_000), "1,000.00 USD");
        assert_eq!(shown(9_999_999_999_999_999), "9,999,999,999.999999 USD");
        assert_eq!(shown(-1_234_500_000), "−1,234.50 USD");
        assert_eq!(shown(1), "0.000001 USD");
        assert_eq!(group("20 in 60 s", Language::En), "20 in 60 s");
    }

    #[test]
    fn amounts_are_read_as_they_are_written() {
        for (typed, english, portuguese) in [
            ("20", "20", "20"),
            (" 20.00 ", "20.00", "20.00"),
            ("20,00", "20,00", "20.00"),
            ("1.000", "1.000", "1000"),
            ("1,000", "1000", "1.000"),
            ("1.234,56", "1.234,56", "1234.56"),
            ("1,234.56", "1234.56", "1,234.56"),
            ("12.34.56", "12.34.56", "12.34.56"),
            ("1000", "1000", "1000"),
            ("much", "much", "much"),
            ("", "", ""),
        ] {
            assert_eq!(ungroup(typed, Language::En), english, "{typed:?} in English");
            assert_eq!(ungroup(typed, Language::PtBr), portuguese, "{typed:?} in Portuguese");
        }
    }

    #[test]
    fn times_are_told_in_the_zone_of_the_org() {
        let time = TimeUs(1_790_000_000_000_000);
        assert_eq!(when(time, "Europe/Berlin", Language::En), "Mon 21 Sep 2026, 16:13 CEST");
        assert_eq!(
            when_and_where(time, "Europe/Berlin", Language::En),
            "Mon 21 Sep 2026, 16:13 CEST (Europe/Berlin)"
        );
        assert_eq!(when_and_where(time, "UTC", Language::En), "Mon 21 Sep 2026, 14:13 UTC");
        assert_eq!(when_and_where(time, "Mars/Base", Language::En), "Mon 21 Sep 2026, 14:13 UTC");
    }

    #[test]
    fn brazilians_read_their_own_points_days_and_hours() {
        let shown = |micros| amount(Money::usd_micros(micros), Language::PtBr);
        assert_eq!(shown(1_234_560_000), "US$\u{a0}1.234,56");
        assert_eq!(shown(-1_234_500_000), "−US$\u{a0}1.234,50");
        assert_eq!(shown(1), "US$\u{a0}0,000001");
        assert_eq!(symbol("JPY", Language::PtBr), "JPY");
        let time = TimeUs(1_790_000_000_000_000);
        assert_eq!(when(time, "America/Sao_Paulo", Language::PtBr), "seg., 21/09/2026, 11:13 -03");
        let there = when_and_where(time, "America/Sao_Paulo", Language::PtBr);
        assert_eq!(there, "seg., 21/09/2026, 11:13 -03 (America/Sao_Paulo)");
        assert_eq!(day("2026-09-21", Language::PtBr), "21/09/2026");
        assert_eq!(day("2026-09-21", Language::En), "2026-09-21");
        assert_eq!(day("soon", Language::PtBr), "soon");
    }
}
