//! A query that is accepted prints as a query that is accepted and prints the same; and a suggestion never panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rql::Query;

fuzz_target!(|text: &str| {
    let _suggestions = rql::suggest(text, &());
    if let Ok(query) = Query::parse(text) {
        let printed = query.to_string();
        let again = Query::parse(&printed).expect("a printed query is a query");
        assert_eq!(printed, again.to_string());
    }
});
