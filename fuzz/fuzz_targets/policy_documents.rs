//! The statements of a policy document, written, are read as the same statements.

#![no_main]

use iam::document::{Document, PolicyKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for kind in [PolicyKind::Identity, PolicyKind::Resource] {
        if let Ok(parsed) = Document::parse(text, kind) {
            let written: Vec<_> = parsed.document.valid().map(|statement| statement.to_json()).collect();
            let whole = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, written.join(","));
            let again = Document::parse(&whole, kind).expect("written statements are JSON");
            let rewritten: Vec<_> = again.document.valid().map(|statement| statement.to_json()).collect();
            assert_eq!(written, rewritten);
        }
    }
});
