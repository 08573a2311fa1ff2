//! The validator of Sub Account policies reports on every JSON object, and never more findings than its limit and the one that says so.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ncloud::{Catalogue, MAX_FINDINGS, Options};

fuzz_target!(|input: &[u8]| {
    if let Ok(body) = ncloud::parse(input) {
        let options = Options { include_info: true, ..Options::default() };
        let report = ncloud::validate(&body, Catalogue::published(), options);
        assert!(report.into_findings().len() <= MAX_FINDINGS + 1);
    }
});
