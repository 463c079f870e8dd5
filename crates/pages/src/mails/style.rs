//! The styles of mails, by what they are for. Unquoted font names, so that they can stand in an attribute as they are.

pub(super) const BODY: &str = "margin:0;padding:0;background-color:#f5f4f0;color:#17201b;font-family:-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5";
pub(super) const PREVIEW: &str = "display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;font-size:1px;line-height:1px;color:#f5f4f0";
pub(super) const OUTER: &str = "background-color:#f5f4f0";
pub(super) const CARD: &str =
    "max-width:600px;background-color:#ffffff;border:1px solid #e0ded6;border-radius:16px";
pub(super) const BRAND: &str = "padding:0 4px 16px;font-size:16px;font-weight:600;color:#17201b";
pub(super) const WHOSE: &str = "font-weight:400;color:#56605a";
pub(super) const TEST: &str =
    "padding:10px 28px;background-color:#43389a;color:#ffffff;font-size:14px;border-radius:15px 15px 0 0";
pub(super) const INSIDE: &str = "padding:28px 28px 24px;text-align:left";
pub(super) const H1: &str =
    "margin:0 0 2px;font-size:17px;line-height:1.4;font-weight:500;color:#56605a;word-break:break-word";
pub(super) const TITLE: &str =
    "margin:0 0 10px;font-size:24px;line-height:1.25;font-weight:600;letter-spacing:-0.3px;color:#17201b";
const FIGURE: &str = "margin:0;font-size:40px;line-height:1.15;font-weight:600;letter-spacing:-1px;color:#17201b;font-variant-numeric:tabular-nums";
const FIGURE_LONG: &str = "margin:0;font-size:24px;line-height:1.3;font-weight:600;color:#17201b;word-break:break-word;font-variant-numeric:tabular-nums";
pub(crate) const CURRENCY: &str = "font-size:18px;font-weight:500;letter-spacing:0;color:#56605a";
pub(super) const TO: &str = "margin:4px 0 20px;font-size:17px;line-height:1.4;color:#17201b";
pub(super) const MERCHANT: &str = "color:#17201b;text-decoration:none;font-weight:600;word-break:break-word";
pub(super) const TAG_GOOD: &str = "display:inline-block;padding:1px 9px;border-radius:12px;background-color:#e2f0e9;color:#0b5240;font-size:13px";
pub(super) const TAG_OPEN: &str = "display:inline-block;padding:1px 9px;border-radius:12px;background-color:#f7ecd2;color:#6e4f09;font-size:13px";
pub(super) const CLAIM: &str = "margin:0 0 20px;padding:14px 16px;background-color:#fcf7ea;border:1px dashed #d8b869;border-radius:12px;color:#17201b";
pub(super) const CLAIM_TITLE: &str = "margin:0 0 6px;font-size:14px;color:#6e4f09";
pub(super) const CLAIM_TEXT: &str = "margin:0;white-space:pre-line;word-break:break-word";
pub(super) const H2: &str = "margin:0 0 6px;font-size:15px;font-weight:600;color:#17201b";
pub(super) const P: &str = "margin:0 0 16px;color:#17201b";
pub(super) const SOFT: &str = "margin:0 0 16px;font-size:14px;color:#56605a";
pub(super) const LIST: &str = "margin:0 0 20px;padding:0 0 0 20px;color:#17201b";
pub(super) const TABLE: &str = "margin:0 0 20px;border-collapse:collapse";
pub(super) const TERM: &str = "padding:7px 12px 7px 0;border-top:1px solid #e0ded6;color:#56605a;vertical-align:top;text-align:left;font-weight:400;white-space:nowrap";
pub(super) const VALUE: &str = "padding:7px 0;border-top:1px solid #e0ded6;color:#17201b;text-align:right;word-break:break-word;font-variant-numeric:tabular-nums";
pub(super) const YES: &str = "display:block;padding:15px 20px;border-radius:12px;background-color:#0b5d44;color:#ffffff;text-align:center;text-decoration:none;font-size:17px;font-weight:600";
pub(super) const NO: &str = "display:block;padding:14px 20px;border:1px solid #7a847d;border-radius:12px;color:#17201b;text-align:center;text-decoration:none;font-size:17px;font-weight:600";
pub(crate) const CODE: &str = "font-family:Menlo,Consolas,monospace;font-size:14px;word-break:break-word";
pub(super) const COMMAND: &str = "margin:0 0 20px;padding:12px 16px;background-color:#f5f4f0;border:1px solid #e0ded6;border-radius:12px;color:#17201b";
pub(super) const FOOT: &str = "padding:16px 4px 0;font-size:13px;color:#56605a;text-align:left";

/// Longest figure that is set large, in characters.
const LARGE_FIGURE_CHARS_MAX: usize = 12;

/// The style of an amount, as large as it fits a phone.
pub(super) fn figure(figure: &str) -> &'static str {
    if figure.chars().count() > LARGE_FIGURE_CHARS_MAX {
        return FIGURE_LONG;
    }
    FIGURE
}
