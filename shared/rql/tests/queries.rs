//! Whole queries: published ones and those of this project must parse, and their canonical form must mean the same.

use rql::Query;

const PUBLISHED: &str = include_str!("queries/published.txt");
const OWN: &str = include_str!("queries/own.txt");

fn queries(file: &str) -> impl Iterator<Item = &str> {
    file.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn check(query: &str) {
    let parsed =
        Query::parse(query).unwrap_or_else(|error| panic!("{query}\n{error}\n{:#?}", error.details()));
    let again = Query::parse(&parsed.to_string()).unwrap();
    assert_eq!(parsed.expression(), again.expression(), "{query}");
    assert_eq!(parsed.identity(), again.identity(), "{query}");
    assert_eq!(parsed.text(), query);
}

#[test]
fn published_queries_parse() {
    queries(PUBLISHED).for_each(check);
    assert_eq!(queries(PUBLISHED).count(), 8);
}

#[test]
fn own_queries_parse() {
    queries(OWN).for_each(check);
    assert!(queries(OWN).count() >= 120);
}

#[test]
fn a_query_may_stand_on_many_lines() {
    for query in queries(PUBLISHED).chain(queries(OWN)) {
        // White space inside strings counts, so only that between clauses is changed.
        let broken = query.replace(" AND ", "\r\n\tAND\n").replace(" OR ", "\n  OR\t");
        let broken = format!("\n {broken} \n");
        let identity = |text: &str| Query::parse(text).unwrap().identity();
        assert_eq!(identity(&broken), identity(query));
    }
}

#[test]
fn case_makes_no_other_search() {
    for query in queries(PUBLISHED).chain(queries(OWN)) {
        let identity = |text: &str| Query::parse(text).unwrap().identity();
        assert_eq!(
            identity(&query.to_ascii_uppercase()),
            identity(&query.to_ascii_lowercase())
        );
    }
}
