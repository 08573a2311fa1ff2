//! Organizations of any size, and what they cost: documents to import, the import itself, a cold process and a warm one.
//!
//! ```sh
//! cargo run --release -p permissions --example organization -- write 50 400 FOLDER    # documents, as the bucket has them
//! cargo run --release -p permissions --example organization -- import 50 400 FOLDER     # what an import does
//! cargo run --release -p permissions --example organization -- search FOLDER          # what a cold and a warm search do
//! cargo run --release -p permissions --example organization -- search FOLDER NAME          # the same of one query alone
//! cargo run --release -p permissions --example organization -- account FOLDER         # what one account alone costs
//! ```
//!
//! The numbers are accounts and principals of each. The same numbers give the same bytes. Times are processor times, where the
//! system reports them.

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
use inventory::stored::{decode, encode};
use inventory::{
    Common, Division, InventoryDocument, Merge, Shard, ShardSize, read_authorization_details,
    read_organization,
};
use jiff::civil::Date;
use model::permissions::Explain;
use permissions::aws::{
    EffectivePermissions, OpenPaths, PathsAcross, compile, compile_shard, paths_across, specs,
};
use permissions::shard::{Ask, NotesWanted, Occurring, RowForm, RowsWanted, Wanted, answer};
use queries::{QUERIES, first_page, query};
use serde_json::json;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The day of the snapshot.
const DATE: Date = jiff::civil::date(2026, 3, 31);

/// Asks of a query only how many rows it has.
const NO_ROWS: RowsWanted = RowsWanted {
    skip: 0,
    most: 0,
    bytes: 0,
    form: RowForm::Json,
    explain: Explain::Nothing,
};

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
        ["import", accounts, principals, folder] => {
            import(number(accounts), number(principals), Path::new(folder));
        }
        ["search", folder] => search(Path::new(folder), None),
        ["search", folder, name] => search(Path::new(folder), Some(name)),
        ["account", folder] => of_account(Path::new(folder)),
        _ => println!(
            "write ACCOUNTS PRINCIPALS FOLDER, import ACCOUNTS PRINCIPALS FOLDER, search FOLDER [NAME], or account FOLDER"
        ),
    }
}

/// Makes an organization with all accounts below one root, which allows everything and denies most regions.
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

/// Does with documents what an import does, without the bucket and the table. One document and one shard are held at a
/// time.
fn import(accounts: usize, principals: usize, folder: &Path) {
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
    let after_reading = peak();
    let start = Start::now();
    let mut gathered = merge.gathered();
    let completed = gathered.complete();
    let divided = gathered.divide(ShardSize::default()).expect("shards");
    let common = encode(&divided.common).expect("a common part");
    let encoded: Vec<Vec<u8>> = (0..divided.shards())
        .map(|number| {
            let shard = divided.shard(number).expect("a shard");
            encode(&shard).expect("the bytes of a shard").bytes
        })
        .collect();
    let encoding = start.milliseconds();
    let after_encoding = peak();
    let start = Start::now();
    let across = if encoded.len() > 1 {
        paths(&divided.common, &encoded, &divided.homes())
    } else {
        Vec::new()
    };
    let across: Vec<Vec<u8>> = across
        .iter()
        .filter(|paths| !paths.is_empty())
        .map(|paths| encode(paths).expect("paths").bytes)
        .collect();
    let of_paths = start.milliseconds();
    let sum = |parts: &[Vec<u8>]| parts.iter().fold(0, |sum, part| sum + part.len());
    println!(
        "{} policies of AWS from the table\n",
        completed.map_or(0, |completed| completed.policies.len())
    );
    println!(
        "| documents | read | shards encoded | paths through shards | shards | common part | shards in all | paths | peak: read, encoded, all |\n|---|---|---|---|---|---|---|---|---|"
    );
    println!(
        "| {:.0} MB | {reading:.0} ms | {encoding:.0} ms | {of_paths:.0} ms | {} | {:.1} MB, {:.1} MB plain | {:.1} MB | {}: {:.1} MB | {after_reading}, {after_encoding}, {} MB |",
        megabytes(bytes),
        encoded.len(),
        megabytes(common.bytes.len()),
        megabytes(usize::try_from(common.plain).unwrap_or(usize::MAX)),
        megabytes(sum(&encoded)),
        across.len(),
        megabytes(sum(&across)),
        peak()
    );
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join("common"), common.bytes).expect("a file");
    for (number, shard) in encoded.into_iter().enumerate() {
        fs::write(folder.join(number.to_string()), shard).expect("a file");
    }
}

/// Finds the paths to administrator that lead through several shards. Two compiled shards are held at a time.
fn paths(common: &Common, shards: &[Vec<u8>], homes: &HashMap<&str, usize>) -> Vec<PathsAcross> {
    let (types, actions) = specs(Catalogue::embedded());
    let kept: RefCell<Vec<(usize, Arc<EffectivePermissions>)>> = RefCell::default();
    let compiled = |number: usize| {
        let known = kept.borrow().iter().find(|(known, _)| *known == number).cloned();
        if let Some((_, effective)) = known {
            return effective;
        }
        kept.borrow_mut().truncate(1);
        let shard: Shard = decode(&shards[number]).expect("a shard");
        let snapshot = compile_shard((common, &shard), &types, &actions, DATE);
        let effective = Arc::new(EffectivePermissions::from(snapshot));
        kept.borrow_mut().insert(0, (number, Arc::clone(&effective)));
        effective
    };
    let told = (0..shards.len()).map(|number| OpenPaths::of(&compiled(number)));
    paths_across(told.collect(), |account| homes.get(account).copied(), compiled)
}

/// Reads the parts that `import` wrote.
fn parts(folder: &Path) -> (Vec<u8>, Vec<Vec<u8>>) {
    let common = fs::read(folder.join("common")).expect("a folder that `import` wrote");
    let shards = (0..).map_while(|number: usize| fs::read(folder.join(number.to_string())).ok());
    (common, shards.collect())
}

/// Asks all queries one after the other, or one of them as the first of its process.
fn search(folder: &Path, only: Option<&str>) {
    let (common, shards) = parts(folder);
    let start = Start::now();
    let shards = shards.iter().map(|bytes| decode(bytes).expect("a shard"));
    let division = Division {
        shards: shards.collect(),
        common: decode(&common).expect("a common part"),
    };
    let inventory = division.joined();
    let decoded = start.milliseconds();
    let (types, actions) = specs(Catalogue::embedded());
    let start = Start::now();
    let effective = EffectivePermissions::from(compile(&inventory, &types, &actions, DATE));
    let compiled = start.milliseconds();
    drop(inventory);
    println!(
        "decoded in {decoded:.0} ms, compiled in {compiled:.0} ms, peak {} MB\n",
        peak()
    );
    println!("| query | rows | first | warm | whether complete | peak |\n|---|---|---|---|---|---|");
    let asked = QUERIES
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| only == *name));
    for (name, condition) in asked {
        let query = query(condition);
        let start = Start::now();
        let total = first_page(&effective, &query);
        let first = start.milliseconds();
        let warm = median(|| {
            black_box(first_page(&effective, &query));
        });
        let [counted, noted] = [NotesWanted::No, NotesWanted::WithCommon].map(|notes| {
            let ask = Ask {
                query: format!("config from iam where {condition}"),
                today: DATE,
                wanted: Wanted::Rows(Occurring::default(), NO_ROWS, notes),
            };
            median(|| {
                black_box(answer(&effective, &ask).expect("an answer"));
            })
        });
        let complete = noted - counted;
        println!(
            "| {name} | {total} | {first:.1} ms | {warm:.1} ms | {complete:.2} ms | {} MB |",
            peak()
        );
    }
}

/// Returns the median time of some runs, in milliseconds.
fn median(run: impl Fn()) -> f64 {
    let times = (0..RUNS).map(|_| {
        let start = Start::now();
        run();
        start.milliseconds()
    });
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

/// Prints what the policies of one role allow. Only the shard of its account is compiled.
fn of_account(folder: &Path) {
    let (common, shards) = parts(folder);
    let start = Start::now();
    let common = decode(&common).expect("a common part");
    let shard: Shard = decode(&shards[0]).expect("a shard");
    let decoded = start.milliseconds();
    let (types, actions) = specs(Catalogue::embedded());
    let account = account::id(0);
    let start = Start::now();
    assert!(
        shard.accounts.contains(&account),
        "the accounts are in the order of their ids"
    );
    let snapshot = compile_shard((&common, &shard), &types, &actions, DATE);
    let effective = EffectivePermissions::from(snapshot);
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

/// Returns how long this thread was on a processor; `None` where the system does not say it.
fn on_processor() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

#[expect(clippy::cast_precision_loss, reason = "sizes are printed with one digit")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1_000_000.0
}

/// Returns the highest memory of this process so far, in MB; 0 where the system does not say it.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1_000
}
