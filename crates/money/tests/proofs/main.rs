//! The proofs prove: the ledger's check and the audit trail's verification are clean after real commands, and name
//! exactly what a hand on the database changed. Every test runs on both engines.

#![allow(clippy::unwrap_used)] // in a test, a panic is the message

mod engine;
mod export;
mod hands;
mod insert_only;
mod ledger;
mod story;
mod trail;

/// Makes one test per engine of an async function that takes a [`engine::Scratch`].
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let scratch = crate::engine::Scratch::sqlite().await;
                super::$name(&scratch).await;
                scratch.remove().await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let scratch = crate::engine::Scratch::postgres().await;
                super::$name(&scratch).await;
                scratch.remove().await;
            })+
        }
    };
}
pub(crate) use on_both_engines;
