//! Organizations of any size, and what they cost: documents to import, the import itself, a cold process and a warm one.
//!
//! ```sh
//! cargo run --release -p permissions --example organization -- write 50 400 FOLDER    # documents, as the bucket has them
//! cargo run --release -p permissions --example organization -- import 50 400 FILE     # what an import does
//! cargo run --release -p permissions --example organization -- search FILE            # what a cold and a warm search do
//! cargo run --release -p permissions --example organization -- search FILE NAME       # the same of one query alone
//! cargo run --release -p permissions --example organization -- account FILE           # what one account alone costs
//! ```
//!
//! The numbers are accounts and principals of each. The same numbers give the same bytes. Times are processor times, where the
//! system tells them.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program for measurements, run by hand"
)]

#[path = "../benches/account/mod.rs"]
mod account;
#[path = "../benches/queries/mod.rs"]
mod queries;

use account::Generator;
use iam::catalogue::Catalogue;
use inventory::stored::StoredInventory;
use inventory::{InventoryDocument, Merge, read_authorization_details, read_organization};
use permissions::aws::{EffectivePermissions, compile, specs};
use queries::{QUERIES, first_page, query};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Runs of a warm query, of which the median counts.
const RUNS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    match *arguments {
        ["write", accounts, principals, folder] => {
            write(number(accounts), number(principals), Path::new(folder));
        }
        ["import", accounts, principals, file] => {
            import(number(accounts), number(principals), Path::new(file));
        }
        ["search", file] => search(Path::new(file), None),
        ["search", file, name] => search(Path::new(file), Some(name)),
        ["account", file] => of_account(Path::new(file)),
        _ => println!(
            "write ACCOUNTS PRINCIPALS FOLDER, import ACCOUNTS PRINCIPALS FILE, search FILE [NAME], or account FILE"
        ),
    }
}

/// All accounts below one root that allows everything and denies most regions.
fn organization(accounts: usize) -> String {
    let accounts = (0..accounts).map(|number| json!({ "id": account::id(number), "name": format!("account-{number}"), "policies": ["p-all"] }));
    json!({
        "id": "o-generated0",
        "managementAccount": "999999999999",
        "policies": [
            { "id": "p-all", "content": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Action": "*", "Resource": "*" }] } },
            { "id": "p-regions", "content": { "Version": "2012-10-17", "Statement": [
                { "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
                  "Condition": { "StringNotEquals": { "aws:RequestedRegion": ["eu-west-1"] } } }] } },
        ],
        "root": { "policies": ["p-all", "p-regions"], "accounts": accounts.collect::<Vec<_>>() },
    })
    .to_string()
}

fn write(accounts: usize, principals: usize, folder: &Path) {
    let generator = Generator::new();
    for number in 0..accounts {
        let folder = folder.join(account::id(number));
        fs::create_dir_all(&folder).expect("a folder");
        let text = generator.account(number, principals);
        fs::write(folder.join("authorization-details.json"), text).expect("a document");
    }
    fs::write(folder.join("organization.json"), organization(accounts)).expect("a document");
}

fn import(accounts: usize, principals: usize, file: &Path) {
    let generator = Generator::new();
    let mut merge = Merge::default();
    let mut insert = |name: &str, document: InventoryDocument| {
        merge.claim(name, &document).expect("documents that go together");
        merge.insert(document);
    };
    let (mut bytes, mut reading) = (0, 0.0);
    for number in 0..accounts {
        let text = generator.account(number, principals);
        bytes += text.len();
        let start = Start::now();
        let details = read_authorization_details(&text).expect("a good document");
        insert(
            &format!("{}/authorization-details.json", account::id(number)),
            InventoryDocument::AuthorizationDetails(details),
        );
        reading += start.milliseconds();
    }
    let document = read_organization(&organization(accounts)).expect("an organization");
    insert("organization.json", InventoryDocument::Organization(document));
    let start = Start::now();
    let inventory = merge.finish();
    let stored = StoredInventory {
        date: jiff::civil::date(2026, 3, 31),
        inventory,
    };
    let encoded = match stored.encode() {
        Ok(encoded) => encoded,
        Err(error) => {
            println!(
                "no snapshot: {error}; read in {reading:.0} ms, peak {} MB",
                peak()
            );
            return;
        }
    };
    println!("| documents | read | encoded | stored | peak |\n|---|---|---|---|---|");
    println!(
        "| {:.0} MB | {reading:.0} ms | {:.0} ms | {:.1} MB | {} MB |",
        megabytes(bytes),
        start.milliseconds(),
        megabytes(encoded.len()),
        peak()
    );
    fs::write(file, encoded).expect("a file");
}

/// Asks all queries one after the other, or one of them as the first of its process.
fn search(file: &Path, only: Option<&str>) {
    let bytes = fs::read(file).expect("a file that `import` wrote");
    let start = Start::now();
    let stored = StoredInventory::decode(&bytes).expect("a snapshot");
    let decoded = start.milliseconds();
    let (types, actions) = specs(Catalogue::embedded());
    let start = Start::now();
    let effective = EffectivePermissions::from(compile(&stored.inventory, &types, &actions, stored.date));
    let compiled = start.milliseconds();
    drop(stored);
    println!(
        "decoded in {decoded:.0} ms, compiled in {compiled:.0} ms, peak {} MB\n",
        peak()
    );
    println!("| query | rows | first | warm | peak |\n|---|---|---|---|---|");
    let asked = QUERIES
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| only == *name));
    for (name, condition) in asked {
        let query = query(condition);
        let mut times = Vec::new();
        let mut total = 0;
        for _ in 0..=RUNS {
            let start = Start::now();
            total = first_page(&effective, &query);
            times.push(start.milliseconds());
        }
        let first = times.remove(0);
        times.sort_by(f64::total_cmp);
        println!(
            "| {name} | {total} | {first:.1} ms | {:.1} ms | {} MB |",
            times[RUNS / 2],
            peak()
        );
    }
}

/// What the policies of one role allow, for which the policies of the other accounts are not compiled.
fn of_account(file: &Path) {
    let bytes = fs::read(file).expect("a file that `import` wrote");
    let start = Start::now();
    let mut stored = StoredInventory::decode(&bytes).expect("a snapshot");
    let decoded = start.milliseconds();
    let (types, actions) = specs(Catalogue::embedded());
    let account = account::id(0);
    let start = Start::now();
    stored.inventory.keep_policies_of(&account);
    let effective = EffectivePermissions::from(compile(&stored.inventory, &types, &actions, stored.date));
    let compiled = start.milliseconds();
    let start = Start::now();
    let own = |arn: &&str| arn.contains(&account) && arn.contains(":role/");
    let role = effective.principals().find(own).expect("a role of the account");
    let rows = effective
        .principal(role)
        .map_or(0, |principal| principal.rows().count());
    println!(
        "decoded in {decoded:.0} ms, compiled in {compiled:.0} ms, {rows} rows of {role} in {:.0} ms, peak {} MB",
        start.milliseconds(),
        peak()
    );
}

/// A beginning, from which processor time counts: a machine that does other work as well makes it no longer.
struct Start {
    on_processor: Option<Duration>,
    at: Instant,
}

impl Start {
    fn now() -> Self {
        Self {
            on_processor: on_processor(),
            at: Instant::now(),
        }
    }

    fn milliseconds(&self) -> f64 {
        let taken = on_processor().zip(self.on_processor);
        let taken = taken.map_or_else(|| self.at.elapsed(), |(now, then)| now.saturating_sub(then));
        taken.as_secs_f64() * 1_000.0
    }
}

/// How long this thread was on a processor; nothing where the system does not say.
fn on_processor() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[expect(clippy::cast_precision_loss, reason = "sizes are printed with one digit")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1_000_000.0
}

/// Most memory of this process so far, in MB; 0 where the system does not say.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1_000
}
