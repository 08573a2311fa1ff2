//! Holds every doc comment to one rule: its first sentence is a sentence, with more than two words.
//!
//! Two forms that are none are known by their first word: a clause, "What a row is", and what names the result of a
//! function instead of saying what the function does, "The account of the caller". Such a comment opens with a verb: "Says
//! what a row is", "Returns the account of the caller". The subject is the item that the comment belongs to.

use std::path::Path;

use crate::architecture::{root, sources};

/// Words that open a clause
const CLAUSES: [&str; 11] = [
    "What", "Whom", "Who", "Whose", "Whether", "Which", "How", "Why", "Where", "When", "True",
];

/// The first paragraph of a doc comment
struct Opening {
    /// The number of its first line
    line: usize,
    text: String,
    /// Says whether the comment is about a function, and not about a test
    is_of_function: bool,
}

/// Returns the first paragraphs of the doc comments of a source.
fn openings(source: &str) -> Vec<Opening> {
    let mut found: Vec<Opening> = Vec::new();
    let mut open = None;
    // The comment whose item has not come yet, and whether it is a test.
    let mut awaits_item = None;
    let mut is_in_attribute = false;
    for (number, line) in source.lines().enumerate() {
        let line = line.trim_start();
        let comment = ["//!", "///"]
            .into_iter()
            .find_map(|marker| Some((marker, line.strip_prefix(marker)?.trim())));
        match comment {
            // The paragraph goes on; an empty line of the comment ends it.
            Some((marker, text)) if open == Some((marker, true)) && !text.is_empty() => {
                let last = &mut found.last_mut().unwrap().text;
                *last = format!("{last} {text}");
            }
            Some((marker, "")) => open = Some((marker, false)),
            Some((marker, text)) if open.is_none_or(|(same, _)| same != marker) => {
                found.push(Opening {
                    line: number + 1,
                    text: text.to_owned(),
                    is_of_function: false,
                });
                open = Some((marker, true));
                awaits_item = (marker == "///").then_some(false);
            }
            Some((marker, _)) => open = Some((marker, false)),
            None => {
                open = None;
                let is_test = line.starts_with("#[test]")
                    || line.starts_with("#[rstest]")
                    || line.starts_with("#[case")
                    || line.starts_with("#[tokio::test");
                if let Some(of_test) = awaits_item {
                    let begins = line.starts_with("#[");
                    let is_within_attribute = begins || is_in_attribute;
                    is_in_attribute = is_within_attribute && !line.ends_with(']');
                    if !is_within_attribute && is_function(line) {
                        let last = found.last_mut().unwrap();
                        last.is_of_function = !of_test;
                    }
                    awaits_item = is_within_attribute.then_some(of_test || is_test);
                }
            }
        }
    }
    found
}

fn is_function(line: &str) -> bool {
    let mut words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let before = [
        "pub", "crate", "super", "in", "self", "default", "const", "async", "unsafe", "",
    ];
    words.find(|word| !before.contains(word)) == Some("fn")
}

fn words_of_first_sentence(paragraph: &str) -> usize {
    let words = paragraph.split_whitespace();
    let mut count = 0;
    for word in words {
        count += 1;
        if word.ends_with(['.', '!', '?']) {
            break;
        }
    }
    count
}

/// Says whether the first word can be the verb of a sentence about a function, as "Returns". A plural noun ends in the same
/// way; the `of` that follows the noun in "Names of the binaries" shows it, because no verb of these comments needs an `of`.
fn is_verb(word: &str, next: &str) -> bool {
    word.ends_with('s') && !["Its", "This"].contains(&word) && next != "of"
}

/// Returns what is wrong with the first sentence of a comment, if something is.
fn fault(opening: &Opening) -> Option<&'static str> {
    let mut words = opening.text.split_whitespace();
    let (first, next) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let first = first.trim_end_matches(',');
    if words_of_first_sentence(&opening.text) <= 2 {
        Some("say it in more than two words")
    } else if CLAUSES.contains(&first) {
        Some("a clause is no sentence: begin with a verb, as `Says what`, `Returns whether`")
    } else if opening.is_of_function && !is_verb(first, next) {
        Some("say what the function does: `Returns the`, `Makes a`")
    } else {
        None
    }
}

#[test]
fn doc_comments_open_with_a_sentence() {
    let folders = ["shared", "functions", "local", "tests"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| sources(folder));
    let faults: Vec<String> = files.flat_map(|file| faults(&file)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn faults(file: &Path) -> Vec<String> {
    let source = std::fs::read_to_string(file).unwrap();
    let name = file.strip_prefix(root()).unwrap().display().to_string();
    let openings = openings(&source).into_iter();
    openings
        .filter_map(|one| Some(format!("{name}:{}: {}: {}", one.line, fault(&one)?, one.text)))
        .collect()
}

#[test]
fn the_rule_sees_what_it_is_about() {
    let source = "//! Tags.\n\n/// Its id. It is\n/// unique.\nstruct A;\n/// The id\n/// of all.\n///\n/// Short.\nstruct B;\n";
    let found = openings(source);
    let lines: Vec<usize> = found.iter().map(|one| one.line).collect();
    assert_eq!(lines, [1, 3, 6]);
    let words = found.iter().map(|one| words_of_first_sentence(&one.text));
    assert_eq!(words.collect::<Vec<_>>(), [1, 2, 4]);
}

#[test]
fn clauses_and_names_of_results_are_refused_and_sentences_are_not() {
    let faulty = |source: &str| openings(source).iter().filter(|one| fault(one).is_some()).count();
    assert_eq!(faulty("/// What a row is made of.\nstruct Row;\n"), 1);
    assert_eq!(
        faulty("/// Whom, by name, it concerns.\n#[derive(Debug)]\nWhom(String),\n"),
        1
    );
    assert_eq!(
        faulty("/// The id of a row.\n#[must_use]\npub(crate) const fn id(&self) -> Id {\n"),
        1
    );
    assert_eq!(
        faulty("/// The id of a row.\n#[expect(\n    clippy::a,\n    reason = \"b\"\n)]\nasync fn id() {\n"),
        1
    );
    assert_eq!(faulty("/// Returns the id of a row.\nfn id(&self) -> Id {\n"), 0);
    assert_eq!(faulty("/// Names of all rows, sorted.\nfn names() {\n"), 1);
    assert_eq!(faulty("/// Names a row after its source.\nfn name() {\n"), 0);
    assert_eq!(faulty("/// Names of all rows, sorted.\nnames: Vec<String>,\n"), 0);
    assert_eq!(faulty("/// Id of a row, if any.\nfn id() {\n"), 1);
    assert_eq!(
        faulty("/// The id of a row.\npub id: Id,\n/// Next\nfn next() {\n"),
        1
    );
    assert_eq!(
        faulty("/// A row has one id.\n#[rstest]\n#[case(1)]\nfn a_row_has_one_id() {\n"),
        0
    );
}
