//! The short form of a policy and back: nothing is lost, and nothing else is touched.

use bursar_money::policies::{Action, Ask, Categories, Document, Duplicates, Merchants, Policy, Rate};
use proptest::prelude::*;

use bursar_spend::wallet::spending::{ApprovalMode, Spending};

fn amount() -> impl Strategy<Value = Option<String>> {
    prop::option::of((0..10_000_i64).prop_map(|cents| bursar_base::money::decimal(cents * 10_000)))
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-z]{1,8}", 0..3)
}

fn action() -> impl Strategy<Value = Option<Action>> {
    prop::option::of(prop_oneof![Just(Action::Allow), Just(Action::Ask), Just(Action::Decline)])
}

fn documents() -> impl Strategy<Value = Document> {
    let ask =
        prop::option::of(prop_oneof![Just(Ask::Everything), Just(Ask::Above), Just(Ask::OtherCategories)]);
    let limits = (amount(), amount(), amount(), amount(), amount(), amount());
    let lists = prop::option::of((names(), names(), names(), names()));
    let rest = (prop::option::of("[a-z ]{1,20}"), any::<bool>(), prop::option::of(1..9_u32));
    (ask, limits, lists, action(), rest).prop_map(|(ask, limits, lists, recurring, rest)| {
        let (per_transaction, daily, weekly, monthly, lifetime, approve_above) = limits;
        let categories =
            lists.map(|(block, allow, ask, approved)| Categories { block, allow, ask, approved });
        let (notes, require_signature, number) = rest;
        Document {
            per_transaction,
            daily,
            weekly,
            monthly,
            lifetime,
            approve_above,
            ask,
            categories,
            recurring,
            notes,
            require_signature,
            approval_minutes: number,
            velocity: number.map(|requests| Rate { requests, seconds: 60 }),
            duplicates: number.map(|seconds| Duplicates { seconds, action: Action::Ask }),
            merchants: number
                .map(|_| Merchants { block: vec!["a.example".to_owned()], ..Merchants::default() }),
            ..Document::default()
        }
    })
}

fn modes() -> impl Strategy<Value = ApprovalMode> {
    prop_oneof![
        Just(ApprovalMode::AskForEverything),
        Just(ApprovalMode::AutoApproveUnderThreshold),
        Just(ApprovalMode::AutoApproveByCategory),
    ]
}

fn spendings() -> impl Strategy<Value = Spending> {
    let limits = (amount(), amount(), amount(), amount());
    let rest = (names(), names(), any::<bool>(), prop::option::of("[a-z ]{1,20}"));
    (modes(), limits, rest).prop_map(|(approval_mode, limits, rest)| Spending {
        approval_mode,
        per_transaction: limits.0,
        daily: limits.1,
        monthly: limits.2,
        ask_approval_above: limits.3,
        approved_categories: rest.0,
        blocked_categories: rest.1,
        recurring_allowed: rest.2,
        notes: rest.3,
    })
}

/// What the short form does not show.
fn others(document: &Document) -> Document {
    let categories = document.categories.clone().unwrap_or_default();
    Document {
        per_transaction: None,
        daily: None,
        monthly: None,
        approve_above: None,
        ask: None,
        recurring: None,
        notes: None,
        categories: Some(Categories { approved: Vec::new(), block: Vec::new(), ..categories }),
        ..document.clone()
    }
}

proptest! {
    #[test]
    fn what_is_put_in_is_what_is_shown_and_everything_else_stays(document in documents(), spending in spendings()) {
        let put = spending.clone().put_into(&document);
        prop_assert_eq!(Spending::of(&put), spending);
        prop_assert_eq!(others(&put), others(&document));
        prop_assert!(Policy::compile(&put).is_ok());
        prop_assert_eq!(Document::from_json(&put.to_json()).unwrap(), put);
    }

    #[test]
    fn what_is_shown_and_put_back_means_the_same(document in documents()) {
        let shown = Spending::of(&document);
        let back = shown.clone().put_into(&document);
        prop_assert_eq!(Spending::of(&back), shown);
        let rules = |document: &Document| {
            let policy = Policy::compile(document).unwrap();
            let asks_everything = policy.ask == Ask::Everything
                || (policy.ask == Ask::Above && policy.approve_above == Some(0));
            (policy.per_transaction, policy.daily, policy.weekly, policy.monthly, policy.lifetime, policy.approve_above,
                asks_everything, policy.ask == Ask::OtherCategories, policy.categories, policy.recurring)
        };
        prop_assert_eq!(rules(&back), rules(&document));
    }
}
