//! Holds every doc comment to one rule: its first sentence has more than two words.

use std::path::Path;

use crate::architecture::{root, sources};

/// First paragraphs of the doc comments of a source, each with its line
fn paragraphs(source: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut open = None;
    for (number, line) in source.lines().enumerate() {
        let line = line.trim_start();
        let comment = ["//!", "///"]
            .into_iter()
            .find_map(|marker| Some((marker, line.strip_prefix(marker)?.trim())));
        match comment {
            // The paragraph goes on; an empty line of the comment ends it.
            Some((marker, text)) if open == Some((marker, true)) && !text.is_empty() => {
                let last = &mut found.last_mut().unwrap().1;
                *last = format!("{last} {text}");
            }
            Some((marker, "")) => open = Some((marker, false)),
            Some((marker, text)) if open.is_none_or(|(same, _)| same != marker) => {
                found.push((number + 1, text.to_owned()));
                open = Some((marker, true));
            }
            Some((marker, _)) => open = Some((marker, false)),
            None => open = None,
        }
    }
    found
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

#[test]
fn doc_comments_open_with_a_sentence() {
    let folders = ["shared", "functions", "local", "tests"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| sources(folder));
    let short: Vec<String> = files.flat_map(|file| short_openings(&file)).collect();
    assert!(
        short.is_empty(),
        "say it in more than two words:\n{}",
        short.join("\n")
    );
}

fn short_openings(file: &Path) -> Vec<String> {
    let source = std::fs::read_to_string(file).unwrap();
    let name = file.strip_prefix(root()).unwrap().display().to_string();
    let short = paragraphs(&source).into_iter();
    let short = short.filter(|(_, paragraph)| words_of_first_sentence(paragraph) <= 2);
    short
        .map(|(line, paragraph)| format!("{name}:{line}: {paragraph}"))
        .collect()
}

#[test]
fn the_rule_sees_what_it_is_about() {
    let source = "//! Tags.\n\n/// Its id. It is\n/// unique.\nstruct A;\n/// The id\n/// of all.\n///\n/// Short.\nstruct B;\n";
    let found = paragraphs(source);
    let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 3, 6]);
    let words = found
        .iter()
        .map(|(_, paragraph)| words_of_first_sentence(paragraph));
    assert_eq!(words.collect::<Vec<_>>(), [1, 2, 4]);
}
