//! Holds which module of the crate `permissions` may use which. The order of [`ORDER`] keeps the modules without a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::architecture::{root, sources};

/// The modules below this one are modules of their own here.
const DIVIDED: &str = "aws";

/// Every module with exactly the modules that it uses, each after those. Tests may use every module.
const ORDER: [(&str, &[&str]); 18] = [
    ("row", &[]),
    ("group", &["row"]),
    ("own", &["group", "row"]),
    // The snapshot is plain data: it knows neither who makes it nor who asks it.
    ("aws::data", &["row"]),
    ("aws::compile", &["aws::data", "row"]),
    // What the layers leave of grants, who can become an administrator by that, and both together.
    ("aws::effective", &["aws::data", "row"]),
    ("aws::escalation", &["aws::data", "aws::effective", "row"]),
    (
        "aws::effective_permissions",
        &["aws::data", "aws::effective", "aws::escalation", "row"],
    ),
    (
        "aws::query",
        &[
            "aws::data",
            "aws::effective",
            "aws::effective_permissions",
            "aws::escalation",
            "group",
            "row",
        ],
    ),
    // What can be known of a query before and after it is asked.
    ("aws::actions_of", &[]),
    ("aws::sources_of", &["aws::data"]),
    (
        "aws::hypothesis",
        &[
            "aws::actions_of",
            "aws::data",
            "aws::effective_permissions",
            "aws::query",
            "aws::sources_of",
            "row",
        ],
    ),
    (
        "aws::facts",
        &[
            "aws::actions_of",
            "aws::data",
            "aws::effective",
            "aws::effective_permissions",
            "aws::hypothesis",
            "aws::sources_of",
            "row",
        ],
    ),
    (
        "aws::completeness",
        &[
            "aws::data",
            "aws::effective_permissions",
            "aws::facts",
            "aws::hypothesis",
            "aws::query",
        ],
    ),
    // What is asked of one principal.
    ("aws::principal", &["aws::data", "aws::effective_permissions"]),
    (
        "aws::simulate",
        &["aws::data", "aws::effective_permissions", "row"],
    ),
    (
        "search",
        &[
            "aws::completeness",
            "aws::data",
            "aws::effective_permissions",
            "aws::facts",
            "own",
            "row",
        ],
    ),
    (
        "shard",
        &[
            "aws::completeness",
            "aws::effective_permissions",
            "aws::facts",
            "aws::query",
            "group",
            "own",
            "row",
            "search",
        ],
    ),
];

/// Returns a source without its comments and without what is only compiled for tests.
fn product(source: &str) -> String {
    let lines = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    let text: Vec<&str> = lines.collect();
    let text = text.join("\n");
    let tests = text.find("#[cfg(test)]\nmod tests {");
    text.get(..tests.unwrap_or(text.len())).unwrap().to_owned()
}

/// Returns the paths that begin at the start of a text; braces make several of one.
fn paths(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start();
    let is_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    if let Some(inside) = text.strip_prefix('{') {
        let (mut depth, mut found, mut rest) = (1, paths(inside), inside);
        while let Some(at) = rest.find(['{', '}', ',']) {
            let (letter, after) = rest.split_at(at).1.split_at(1);
            match letter {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ if depth == 1 => found.extend(paths(after)),
                _ => {}
            }
            if depth == 0 {
                break;
            }
            rest = after;
        }
        return found;
    }
    let name = text
        .split(|letter| !is_of_name(letter))
        .next()
        .unwrap_or_default();
    if name.is_empty() {
        return Vec::new();
    }
    let rest = text.split_at(name.len()).1.trim_start();
    let behind = rest
        .strip_prefix("::")
        .map(paths)
        .filter(|paths| !paths.is_empty());
    let behind = behind.unwrap_or_else(|| vec![Vec::new()]).into_iter();
    behind
        .map(|path| std::iter::once(name.to_owned()).chain(path).collect())
        .collect()
}

/// Returns all paths of a source that begin with `crate` or `super`.
fn own_paths(source: &str) -> Vec<Vec<String>> {
    let begin = ["crate::", "super::"];
    let starts = begin.iter().flat_map(|begin| source.match_indices(begin));
    let starts = starts.filter(|(at, _)| {
        let before = source.split_at(*at).0.chars().next_back();
        before.is_none_or(|letter| !letter.is_alphanumeric() && !":_".contains(letter))
    });
    starts.flat_map(|(at, _)| paths(source.split_at(at).1)).collect()
}

/// The source of the crate, and the names that the divided module gives on, each with its module
struct Crate {
    given_on: BTreeMap<String, String>,
    divided: BTreeSet<String>,
}

impl Crate {
    fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join(format!("{DIVIDED}.rs"))).unwrap();
        let text = product(&text);
        let lists = ["pub use ", "pub(crate) use "]
            .map(|begin| text.match_indices(begin).map(move |(at, _)| at + begin.len()));
        let given = lists
            .into_iter()
            .flatten()
            .flat_map(|at| paths(text.split_at(at).1));
        let files = std::fs::read_dir(folder.join(DIVIDED)).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
        Self {
            given_on: given
                .map(|path| (path.last().unwrap().clone(), path[0].clone()))
                .collect(),
            divided: files
                .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
                .collect(),
        }
    }

    /// Returns the module of [`ORDER`] that a path from the root of the crate leads to; `None` for the divided module itself.
    fn module(&self, path: &[String]) -> Option<String> {
        let first = path.first()?;
        if first != DIVIDED {
            return Some(first.clone());
        }
        let second = path.get(1)?;
        let module = self.divided.get(second).or_else(|| self.given_on.get(second))?;
        Some(format!("{DIVIDED}::{module}"))
    }
}

#[test]
fn modules_of_permissions_use_exactly_the_modules_that_the_order_allows() {
    let folder = root().join("shared/permissions/src");
    let all = Crate::read(&folder);
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in sources(&folder) {
        let name = file.strip_prefix(&folder).unwrap().with_extension("");
        let module: Vec<String> = name
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        let Some(own) = all.module(&module).filter(|own| own != "lib") else {
            continue;
        };
        if module.iter().any(|part| part == "tests") {
            continue;
        }
        let others = used.entry(own.clone()).or_default();
        for path in own_paths(&product(&std::fs::read_to_string(&file).unwrap())) {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let kept = if ups == 0 {
                0
            } else {
                module.len().saturating_sub(ups)
            };
            let behind = path.iter().skip(ups.max(1));
            let whole: Vec<String> = module[..kept].iter().chain(behind).cloned().collect();
            others.extend(all.module(&whole).filter(|other| *other != own));
        }
    }
    let allowed = ORDER.map(|(name, others)| {
        let others = others.iter().map(|other| (*other).to_owned());
        (name.to_owned(), others.collect::<BTreeSet<_>>())
    });
    assert_eq!(
        used,
        BTreeMap::from(allowed),
        "the left is used, the right is allowed"
    );
}

#[test]
fn the_order_has_no_circle() {
    for (number, (name, others)) in ORDER.iter().enumerate() {
        let before: Vec<&str> = ORDER[..number].iter().map(|(name, _)| *name).collect();
        for other in *others {
            assert!(
                before.contains(other),
                "`{name}` uses `{other}`, which comes after it"
            );
        }
    }
}

#[test]
fn the_reader_of_paths_sees_groups_and_what_is_above() {
    let source = "use crate::aws::{data::{A, B}, C as D};\nfn f(x: super::super::g::H) -> mycrate::X {} // crate::no\n";
    let found: Vec<String> = own_paths(&product(source))
        .iter()
        .map(|path| path.join("::"))
        .collect();
    let expected = [
        "crate::aws::data::A",
        "crate::aws::data::B",
        "crate::aws::C",
        "super::super::g::H",
    ];
    assert_eq!(found, expected);
}
