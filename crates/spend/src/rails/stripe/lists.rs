//! Stripe's lists, followed to their end.

use bursar_base::TimeUs;
use serde::de::DeserializeOwned;

use super::StripeRail;
use super::client::StripeError;
use super::pay::{MAX_PAGES, PAGE_SIZE};
use super::types::{CreatedFrom, ListQuery, Page};

/// An object of a list; the next page is asked for by its id.
pub(super) trait Listed: DeserializeOwned {
    /// Its id.
    fn id(&self) -> &str;
}

impl StripeRail {
    /// Every object of the list at `path` made at `since` or later, by Stripe's clock, newest first.
    ///
    /// # Errors
    /// [`StripeError`] when any page could not be read: half a list is no list.
    pub(super) async fn all_since<T: Listed>(
        &self,
        path: &str,
        since: TimeUs,
        expand: Option<&'static str>,
    ) -> Result<Vec<T>, StripeError> {
        let mut query = ListQuery {
            created: Some(CreatedFrom { gte: since.seconds() }),
            expand: expand.into_iter().collect(),
            limit: PAGE_SIZE,
            ..ListQuery::default()
        };
        let mut all = Vec::new();
        for _ in 0..MAX_PAGES {
            let page: Page<T> = self.client.get(path, &query).await?;
            query.starting_after = page.data.last().map(|last| last.id().to_owned());
            all.extend(page.data);
            if !page.has_more || query.starting_after.is_none() {
                return Ok(all);
            }
        }
        let why = format!("{path} has more than can be compared at once; ask for a later start");
        Err(StripeError::NoAnswer(why))
    }
}
