//! Holds which crate may use which. Cargo refuses cycles; this test refuses the arrows that would make the pure crates
//! impure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// Every crate with exactly the crates of this project that it uses. A new crate gets a line here first; an arrow that is
/// no longer used goes from here with its last use.
const ORDER: [(&str, &[&str]); 19] = [
    // What requests and answers are, and the pure cores: values in, values out.
    ("json", &[]),
    ("model", &["json"]),
    ("iam", &["json", "model"]),
    ("rql", &[]),
    ("ncloud", &["json"]),
    ("trail", &["iam", "model"]),
    ("inventory", &["iam", "model"]),
    ("permissions", &["iam", "inventory", "model", "ncloud", "rql"]),
    // The edges towards AWS. Neither knows the other, nor who asks; their clients are configured alike.
    ("crc-fast", &[]),
    ("sdk", &[]),
    ("store", &["model", "sdk"]),
    ("aws", &["model", "sdk", "trail"]),
    // The edge towards the caller: it maps the errors of the others.
    ("api", &["model", "ncloud", "permissions", "rql", "store"]),
    (
        "functions",
        &[
            "api",
            "aws",
            "iam",
            "inventory",
            "model",
            "ncloud",
            "permissions",
            "rql",
            "store",
            "trail",
        ],
    ),
    // Not deployed: the local stack knows functions as programs only.
    ("cloudformation", &[]),
    ("local", &["cloudformation"]),
    ("testkit", &["cloudformation"]),
    ("feature-set", &[]),
    ("tests", &["api", "functions", "model", "store"]),
];

/// Crates without clock, network, environment and runtime
const PURE: [&str; 9] = [
    "crc-fast",
    "json",
    "model",
    "iam",
    "rql",
    "ncloud",
    "trail",
    "inventory",
    "permissions",
];

/// Says what no pure crate may pull, not even through others; a name that ends in `-` stands for all that start so
const IMPURE: [&str; 15] = [
    "async-trait",
    "aws-",
    "axum",
    "futures",
    "futures-util",
    "h2",
    "http",
    "hyper",
    "lambda_http",
    "lambda_runtime",
    "mio",
    "reqwest",
    "rustls",
    "socket2",
    "tokio",
];

/// Names that say nothing about what is inside
const EMPTY_NAMES: [&str; 7] = ["common", "helper", "helpers", "misc", "shared", "util", "utils"];

static METADATA: LazyLock<Metadata> = LazyLock::new(|| {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        // One platform: with all of them, cargo would download crates that are built nowhere.
        .other_options(["--locked", "--filter-platform", "x86_64-unknown-linux-gnu"].map(String::from))
        .exec()
        .unwrap()
});

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Returns the names of the binaries of the package `functions`
pub(crate) fn function_binaries() -> BTreeSet<String> {
    let package = member("functions");
    let binaries = package.targets.iter().filter(|target| target.is_bin());
    binaries.map(|target| target.name.clone()).collect()
}

/// Returns the binaries of the package `functions` that cargo links a second time, as tests without a test
pub(crate) fn tested_binaries() -> Vec<&'static str> {
    let targets = member("functions").targets.iter();
    let tested = targets.filter(|target| target.is_bin() && target.test);
    tested.map(|target| target.name.as_str()).collect()
}

fn member(name: &str) -> &'static Package {
    let mut members = METADATA.workspace_packages().into_iter();
    members.find(|package| package.name.as_str() == name).unwrap()
}

/// Returns everything that becomes part of `start` when it is built, without what only its tests and its build need
fn closure(start: &PackageId) -> BTreeSet<&'static str> {
    let resolve = METADATA.resolve.as_ref().unwrap();
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let (mut seen, mut open) = (BTreeSet::from([start]), vec![start]);
    while let Some(id) = open.pop() {
        for dependency in &nodes[id].deps {
            let linked = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal);
            if linked && seen.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| METADATA[id].name.as_str()).collect()
}

fn is_impure(name: &str) -> bool {
    IMPURE.iter().any(|banned| {
        if banned.ends_with('-') {
            name.starts_with(banned)
        } else {
            name == *banned
        }
    })
}

/// Returns the source files below `folder`
pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_crate_has_its_place() {
    let members = METADATA.workspace_packages();
    let members: BTreeSet<&str> = members.iter().map(|package| package.name.as_str()).collect();
    let placed: BTreeSet<&str> = ORDER.iter().map(|(name, _)| *name).collect();
    assert_eq!(members, placed);
}

#[test]
fn crates_use_exactly_the_crates_that_the_order_allows() {
    for (name, allowed) in ORDER {
        let ours = member(name)
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some());
        // The embedded database and the common features are for the tests of any crate.
        let for_tests = ["testkit", "feature-set"];
        let counted = ours.filter(|dependency| {
            dependency.kind != DependencyKind::Development || !for_tests.contains(&dependency.name.as_str())
        });
        let used: BTreeSet<&str> = counted.map(|dependency| dependency.name.as_str()).collect();
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        assert_eq!(
            used, allowed,
            "`{name}` uses the left set and may use the right one"
        );
    }
}

#[test]
fn what_is_deployed_contains_nothing_of_tests_and_of_the_local_stack() {
    let contents = closure(&member("functions").id);
    for name in ["axum", "dynoxide-rs", "local", "rusqlite", "testkit"] {
        assert!(!contents.contains(name), "functions contain `{name}`");
    }
}

#[test]
fn pure_crates_contain_nothing_of_async_aws_or_http() {
    for name in PURE {
        let contents = closure(&member(name).id);
        let impure: Vec<_> = contents.into_iter().filter(|name| is_impure(name)).collect();
        assert!(impure.is_empty(), "`{name}` contains {impure:?}");
    }
}

#[test]
fn the_search_for_impurity_finds_what_the_edges_contain() {
    let contents = closure(&member("functions").id);
    for name in ["aws-sdk-dynamodb", "http", "hyper", "lambda_http", "tokio"] {
        assert!(contents.contains(name) && is_impure(name), "`{name}` is not seen");
    }
}

#[test]
fn libraries_live_in_folders_of_their_name() {
    for (name, _) in ORDER {
        let folder = match name {
            "functions" | "local" | "tests" => root().join(name),
            "feature-set" => root().join("tests").join(name),
            library => root().join("shared").join(library),
        };
        assert_eq!(
            member(name).manifest_path.as_std_path(),
            folder.join("Cargo.toml"),
            "`{name}`"
        );
    }
}

#[test]
fn names_of_crates_and_modules_say_what_is_inside() {
    for (name, _) in ORDER {
        assert!(!EMPTY_NAMES.contains(&name), "crate `{name}`");
        let folder = member(name).manifest_path.parent().unwrap();
        for file in sources(folder.as_std_path()) {
            let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap();
            assert!(!EMPTY_NAMES.contains(&stem), "module {}", file.display());
        }
    }
}

#[test]
fn every_crate_obeys_the_lints_of_the_workspace() {
    for (name, _) in ORDER {
        let manifest = std::fs::read_to_string(&member(name).manifest_path).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true\n"), "`{name}`");
    }
}

#[test]
fn every_crate_has_a_readme_of_one_screen() {
    // `feature-set` is a part of the crate `tests`.
    for (name, _) in ORDER.iter().filter(|(name, _)| *name != "feature-set") {
        let folder = member(name).manifest_path.parent().unwrap();
        let text = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        let headings = ["# `", "## Purpose", "## What it may touch", "## Tests"];
        assert!(
            headings.iter().all(|heading| text.contains(heading)) && text.lines().count() <= 20,
            "`{name}`"
        );
    }
}

#[test]
fn every_operation_has_one_handler_file_with_the_name_of_its_binary() {
    let folder = root().join("functions/src");
    let files = sources(&folder).into_iter();
    let handlers = files.filter(|file| file.parent().is_some_and(|parent| !parent.ends_with("bin")));
    let stems: Vec<String> = handlers
        .map(|file| file.file_stem().unwrap().to_str().unwrap().replace('_', "-"))
        .collect();
    for binary in function_binaries() {
        assert_eq!(
            stems.iter().filter(|stem| **stem == binary).count(),
            1,
            "`{binary}`"
        );
    }
}

/// Returns the lines of the product with a text, as `file: line`
fn lines_with(text: &str) -> Vec<String> {
    let folders = ["shared", "functions"].map(|folder| root().join(folder));
    let files = folders.iter().flat_map(|folder| sources(folder));
    files
        .flat_map(|file| {
            let source = std::fs::read_to_string(&file).unwrap();
            let name = file.strip_prefix(root()).unwrap().display().to_string();
            let found = source.lines().filter(|line| line.contains(text));
            found
                .map(|line| format!("{name}: {}", line.trim()))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn ids_of_accounts_are_parsed_in_one_place() {
    let found = lines_with("len() == 12");
    assert!(
        matches!(&found[..], [one] if one.starts_with("shared/model/src/account.rs")),
        "{found:#?}"
    );
}

#[test]
fn a_snapshot_has_its_methods_in_its_own_file() {
    let found = lines_with("impl Snapshot ");
    assert!(
        matches!(&found[..], [one] if one.starts_with("shared/permissions/src/aws/data.rs")),
        "{found:#?}"
    );
}
