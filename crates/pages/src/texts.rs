//! The catalogue: every sentence of mails and pages, in each language, under one name. Files of Fluent, without any markup:
//! what a sentence is shown in stands in its template, and what is put into it is made harmless there.

use std::sync::LazyLock;

use bursar_base::Language;
use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;

/// The sentences of one language, ready to be said.
type Bundle = FluentBundle<FluentResource>;

/// The files of a language.
pub(crate) fn files(language: Language) -> [&'static str; 5] {
    match language {
        Language::En => [
            include_str!("../texts/en/dashboard.ftl"),
            include_str!("../texts/en/mails.ftl"),
            include_str!("../texts/en/pages.ftl"),
            include_str!("../texts/en/people.ftl"),
            include_str!("../texts/en/words.ftl"),
        ],
        Language::PtBr => [
            include_str!("../texts/pt-BR/dashboard.ftl"),
            include_str!("../texts/pt-BR/mails.ftl"),
            include_str!("../texts/pt-BR/pages.ftl"),
            include_str!("../texts/pt-BR/people.ftl"),
            include_str!("../texts/pt-BR/words.ftl"),
        ],
    }
}

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::En));
static PORTUGUESE: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::PtBr));

pub(crate) fn of(language: Language) -> &'static Bundle {
    match language {
        Language::En => &ENGLISH,
        Language::PtBr => &PORTUGUESE,
    }
}

fn bundle(language: Language) -> Bundle {
    let tag = language.as_str().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // Pages isolate what others wrote by elements, and mails by keeping it on lines of its own.
    bundle.set_use_isolating(false);
    for file in files(language) {
        // A file that cannot be read whole is found by the tests; what can be read of it is still said.
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(file.to_owned());
        bundle.add_resource_overriding(resource);
    }
    bundle
}
