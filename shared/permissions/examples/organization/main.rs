//! Organizations of any size, and what they cost: documents to import, the import itself, a cold process and a warm one.
//!
//! ```sh
//! cargo run --release -p permissions --example organization -- write 50 400 FOLDER    # documents, as the bucket has them
//! cargo run --release -p permissions --example organization -- import 50 400 FOLDER     # what an import does
//! cargo run --release -p permissions --example organization -- search FOLDER          # what a cold and a warm search do
//! cargo run --release -p permissions --example organization -- search FOLDER NAME          # the same of one query alone
//! cargo run --release -p permissions --example organization -- shards FOLDER [EVERY]      # the same, shard by shard, and merged
//! cargo run --release -p permissions --example organization -- account FOLDER         # what one account alone costs
//! ```
//!
//! The numbers are accounts and principals of each. The same numbers give the same bytes. Times are processor times, where the
//! system reports them. `search` holds all shards as one snapshot; `shards` holds one shard at a time, as a function does.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for measurements, run by hand"
)]

#[path = "../../benches/account/mod.rs"]
mod account;
#[path = "../../benches/queries/mod.rs"]
mod queries;

mod import;
mod measured;
mod shards;

use account::Generator;
use iam::catalogue::Catalogue;
use inventory::stored::decode;
use inventory::{Division, Shard};
use jiff::civil::Date;
use measured::{Start, median, peak};
use mimalloc::MiMalloc;
use model::permissions::Explain;
use permissions::aws::{EffectivePermissions, compile, compile_shard, specs};
use permissions::shard::{NotesWanted, Occurring, RowForm, RowsWanted, ShardRequest, Wanted, reply};
use queries::{QUERIES, first_page, query};
use serde_json::json;
use std::fs;
use std::hint::black_box;
use std::path::Path;

/// The functions have it, too.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    match *arguments {
        ["write", accounts, principals, folder] => {
            write(number(accounts), number(principals), Path::new(folder));
        }
        ["import", accounts, principals, folder] => {
            import::import(number(accounts), number(principals), Path::new(folder));
        }
        ["search", folder] => search(Path::new(folder), None),
        ["search", folder, name] => search(Path::new(folder), Some(name)),
        ["shards", folder] => shards::shards(Path::new(folder), 1),
        ["shards", folder, every] => shards::shards(Path::new(folder), number(every)),
        ["account", folder] => of_account(Path::new(folder)),
        _ => println!(
            "write ACCOUNTS PRINCIPALS FOLDER, import ACCOUNTS PRINCIPALS FOLDER, search FOLDER [NAME], shards FOLDER [EVERY], or account FOLDER"
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
            let request = ShardRequest {
                query: format!("config from iam where {condition}"),
                today: DATE,
                wanted: Wanted::Rows(Occurring::default(), NO_ROWS, notes),
            };
            median(|| {
                black_box(reply(&effective, &request).expect("a reply"));
            })
        });
        let complete = noted - counted;
        println!(
            "| {name} | {total} | {first:.1} ms | {warm:.1} ms | {complete:.2} ms | {} MB |",
            peak()
        );
    }
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
