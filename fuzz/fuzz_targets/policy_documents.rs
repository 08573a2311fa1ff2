//! The statements of a policy document, written, are read as the same statements.

#![no_main]

use iam::document::{Document, PolicyKind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for kind in [PolicyKind::Identity, PolicyKind::Resource] {
        if let Ok(parsed) = Document::parse(text, kind) {
            let written = parsed.document.written();
            let again = Document::parse(&written.json, kind).expect("a written document is JSON");
            assert_eq!(written, again.document.written());
        }
    }
});
