use std::collections::BTreeSet;

use super::*;

#[test]
fn every_attribute_stands_in_the_table_once() {
    let declared: Vec<&str> = TextAttribute::ALL
        .iter()
        .map(|a| a.name())
        .chain(BoolAttribute::ALL.iter().map(|a| a.name()))
        .chain(IntAttribute::ALL.iter().map(|a| a.name()))
        .chain(TagAttribute::ALL.iter().map(|a| a.name()))
        .chain(ConditionAttribute::ALL.iter().map(|a| a.name()))
        .collect();
    let listed: BTreeSet<&str> = ATTRIBUTES.iter().map(|a| a.name).collect();
    assert_eq!(listed, declared.iter().copied().collect());
    assert_eq!(ATTRIBUTES.len(), declared.len());
}

#[test]
fn names_have_a_dot_so_that_no_keyword_is_a_name() {
    assert!(
        ATTRIBUTES
            .iter()
            .all(|a| a.name.contains('.') && a.name == a.name.to_ascii_lowercase())
    );
}

#[test]
fn attested_operators_are_taken() {
    for attribute in ATTRIBUTES {
        let taken: Vec<_> = attribute.operators().collect();
        assert!(
            attribute.attested.iter().all(|operator| taken.contains(operator)),
            "{}",
            attribute.name
        );
    }
}

#[test]
fn known_values_need_no_escape() {
    assert!(
        ATTRIBUTES
            .iter()
            .flat_map(|a| a.values.known())
            .all(|value| !value.contains('\''))
    );
}
