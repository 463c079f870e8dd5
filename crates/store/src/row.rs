//! Arguments and rows that look the same on both engines.

use std::cell::Cell;

use bursar_base::TimeUs;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row as _, Type};

use crate::StoreError;

/// One argument of a statement.
#[derive(Debug, Clone, Copy)]
pub enum Arg<'a> {
    /// A text.
    Text(&'a str),
    /// A text or NULL.
    OptText(Option<&'a str>),
    /// A 64-bit number.
    Int(i64),
    /// A 64-bit number or NULL.
    OptInt(Option<i64>),
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(value: &'a str) -> Self {
        Arg::Text(value)
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(value: &'a String) -> Self {
        Arg::Text(value)
    }
}

impl<'a> From<Option<&'a str>> for Arg<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Arg::OptText(value)
    }
}

impl From<i64> for Arg<'_> {
    fn from(value: i64) -> Self {
        Arg::Int(value)
    }
}

impl From<Option<i64>> for Arg<'_> {
    fn from(value: Option<i64>) -> Self {
        Arg::OptInt(value)
    }
}

impl From<TimeUs> for Arg<'_> {
    fn from(value: TimeUs) -> Self {
        Arg::Int(value.0)
    }
}

impl From<Option<TimeUs>> for Arg<'_> {
    fn from(value: Option<TimeUs>) -> Self {
        Arg::OptInt(value.map(|time| time.0))
    }
}

/// One row of an answer.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    fn try_get<T>(&self, column: &str) -> Result<T, sqlx::Error>
    where
        T: for<'r> Decode<'r, sqlx::Sqlite> + Type<sqlx::Sqlite>,
        T: for<'r> Decode<'r, sqlx::Postgres> + Type<sqlx::Postgres>,
    {
        match self {
            Row::Sqlite(row) => row.try_get(column),
            Row::Postgres(row) => row.try_get(column),
        }
    }
}

/// Reading the columns of a row, whichever driver it came from.
///
/// Every method fails with [`StoreError`] when there is no such column, or it holds something else.
pub trait Columns {
    /// A text column that is never NULL.
    ///
    /// # Errors
    /// See [`Columns`].
    fn text(&self, column: &str) -> Result<String, StoreError>;

    /// A text column.
    ///
    /// # Errors
    /// See [`Columns`].
    fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError>;

    /// A number column that is never NULL.
    ///
    /// # Errors
    /// See [`Columns`].
    fn int(&self, column: &str) -> Result<i64, StoreError>;

    /// A number column.
    ///
    /// # Errors
    /// See [`Columns`].
    fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError>;

    /// A time column that is never NULL.
    ///
    /// # Errors
    /// See [`Columns`].
    fn time(&self, column: &str) -> Result<TimeUs, StoreError> {
        self.int(column).map(TimeUs)
    }

    /// A time column.
    ///
    /// # Errors
    /// See [`Columns`].
    fn opt_time(&self, column: &str) -> Result<Option<TimeUs>, StoreError> {
        Ok(self.opt_int(column)?.map(TimeUs))
    }
}

/// The drivers' rows differ in the name of one method.
macro_rules! columns {
    ($row:ty, $get:ident) => {
        impl Columns for $row {
            fn text(&self, column: &str) -> Result<String, StoreError> {
                Ok(self.$get(column)?)
            }

            fn opt_text(&self, column: &str) -> Result<Option<String>, StoreError> {
                Ok(self.$get(column)?)
            }

            fn int(&self, column: &str) -> Result<i64, StoreError> {
                Ok(self.$get(column)?)
            }

            fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
                Ok(self.$get(column)?)
            }
        }
    };
}

columns!(Row, try_get);
// Of the pools that everything but the funnel uses.
columns!(PgRow, try_get);
// Of the funnel's own connections.
columns!(InOrder<'_, '_>, get);
columns!(tokio_postgres::Row, try_get);

/// A row of SQLite whose columns are read mostly in their order. Looking for a column by name compares it with every name
/// before it; here the one behind the last is tried first.
#[derive(Debug)]
pub struct InOrder<'r, 's> {
    row: &'r rusqlite::Row<'s>,
    next: Cell<usize>,
}

impl<'r, 's> InOrder<'r, 's> {
    /// Begins with the first column.
    pub fn new(row: &'r rusqlite::Row<'s>) -> InOrder<'r, 's> {
        InOrder { row, next: Cell::new(0) }
    }

    fn get<T: rusqlite::types::FromSql>(&self, column: &str) -> rusqlite::Result<T> {
        let statement: &rusqlite::Statement<'s> = self.row.as_ref();
        let next = self.next.get();
        let at = match statement.column_name(next) {
            Ok(name) if name == column => next,
            Ok(_) | Err(_) => statement.column_index(column)?,
        };
        self.next.set(at + 1);
        self.row.get(at)
    }
}
