//! Payments as a file: page after page of the API, while it is sent.

use std::collections::VecDeque;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use bursar_http::Problem;
use bursar_pages::dashboard::answers::List;
use futures_util::stream;
use http::header;
use serde_json::Value;

use super::page::{ListForm, wanted};
use super::shell::Guest;
use crate::page::answered;

/// Columns of a table, which are fields of the API.
const COLUMNS: [&str; 14] = [
    "transaction_id",
    "created_at",
    "agent_id",
    "merchant",
    "category",
    "purpose",
    "amount",
    "currency",
    "status",
    "reason",
    "rail",
    "posted_amount",
    "refunded_amount",
    "completed_at",
];
/// What a spreadsheet would take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// What a file is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Comma-separated values (RFC 4180), with a line of names.
    Csv,
    /// One JSON object a line, as the API has them.
    Json,
}

/// What is still to be sent.
struct Rest {
    guest: Guest,
    format: Format,
    /// The API's question without its cursor.
    path: String,
    ready: VecDeque<Bytes>,
    next: Option<String>,
}

/// The payments that the list's filters ask for, all of them.
pub(super) async fn transactions(guest: Guest) -> Response {
    let language = guest.language();
    answered(file(guest).await, language)
}

async fn file(guest: Guest) -> Result<Response, Problem> {
    let form: ListForm = guest.query();
    let format = if form.format == "json" { Format::Json } else { Format::Csv };
    let zone = guest.zone().await?;
    let path = format!("{}&limit=100", wanted(&ListForm { cursor: String::new(), ..form }, &zone));
    // The first page before anything is sent: what cannot be asked for is said on a page.
    let first: List<Value> = guest.get(&path).await?;
    let mut ready = VecDeque::new();
    if format == Format::Csv {
        ready.push_back(line(COLUMNS.iter().map(|name| (*name).to_owned()))?);
    }
    ready.push_back(rows(format, &first.data)?);
    let rest = Rest { guest, format, path, ready, next: first.next_cursor };
    let sent = stream::try_unfold(rest, |mut rest| async move {
        if rest.ready.is_empty()
            && let Some(cursor) = rest.next.take()
        {
            let path = format!("{}&cursor={}", rest.path, super::escaped(&cursor));
            // A file that ends too soon is one that the browser says was not finished.
            let page: List<Value> = rest.guest.get(&path).await.map_err(broken)?;
            rest.ready.push_back(rows(rest.format, &page.data).map_err(broken)?);
            rest.next = page.next_cursor;
        }
        Ok::<_, std::io::Error>(rest.ready.pop_front().map(|bytes| (bytes, rest)))
    });
    let (kind, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"transactions.csv\""),
        Format::Json => ("application/x-ndjson", "attachment; filename=\"transactions.ndjson\""),
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(sent)).into_response())
}

fn broken(problem: Problem) -> std::io::Error {
    tracing::warn!(code = %problem.code, "an export ended early");
    std::io::Error::other(problem.detail)
}

fn rows(format: Format, data: &[Value]) -> Result<Bytes, Problem> {
    let mut out = Vec::new();
    for row in data {
        match format {
            Format::Csv => out.extend_from_slice(&line(COLUMNS.iter().map(|name| cell(&row[*name])))?),
            Format::Json => {
                out.extend_from_slice(row.to_string().as_bytes());
                out.push(b'\n');
            }
        }
    }
    Ok(out.into())
}

/// A value as a cell. What agents and merchants wrote is a text, also where it looks like a formula.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(FORMULA) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn line(cells: impl Iterator<Item = String>) -> Result<Bytes, Problem> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let unwritten = |_| Problem::unavailable();
    writer.write_record(cells).map_err(unwritten)?;
    let bytes = writer.into_inner().map_err(|_| Problem::unavailable())?;
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let cells = [json!("a, \"b\""), json!("=1+1"), json!(null), json!("@x"), json!("12.50")];
        let written = line(cells.iter().map(cell)).unwrap();
        assert_eq!(std::str::from_utf8(&written).unwrap(), "\"a, \"\"b\"\"\",'=1+1,,'@x,12.50\r\n");
    }
}
