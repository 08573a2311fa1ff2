//! Does with documents what an import does, without the bucket and the table.

use crate::account::{self, Generator};
use crate::measured::{Start, megabytes, peak};
use crate::{DATE, organization};
use iam::catalogue::Catalogue;
use inventory::stored::{Encoded, SnapshotManifest, StoredPart, StoredShard, decode, encode};
use inventory::{
    Common, Divided, InventoryDocument, Merge, Shard, ShardSize, read_authorization_details,
    read_organization,
};
use permissions::aws::{EffectivePermissions, PathsAcross, compile_shard, paths_across, specs};
use permissions::shard::{CommonFacts, ShardFacts};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

/// Holds the milliseconds of the steps of an import
#[derive(Default)]
struct Steps {
    kept: f64,
    read: f64,
    encoded: f64,
    /// Shards looked at, and paths through several of them
    paths: f64,
}

/// Imports an organization and prints what each step takes. One document and one shard are held at a time.
pub(crate) fn import(accounts: usize, principals: usize, folder: &Path) {
    let generator = Generator::new();
    let mut merge = Merge::default();
    let mut insert = |name: &str, document: InventoryDocument| {
        merge.claim(name, &document).expect("documents that go together");
        merge.insert(document);
    };
    let (mut bytes, mut kept_bytes, mut steps) = (0, 0, Steps::default());
    for number in 0..accounts {
        let text = generator.account(number, principals);
        bytes += text.len();
        let start = Start::now();
        black_box(Sha256::digest(&text));
        // Of a text as it is kept: compressed in the same way.
        kept_bytes += encode(&text).expect("a text").bytes.len();
        steps.kept += start.milliseconds();
        let start = Start::now();
        let details = read_authorization_details(&text).expect("a good document");
        insert(
            &format!("{}/authorization-details.json", account::id(number)),
            InventoryDocument::AuthorizationDetails(details),
        );
        steps.read += start.milliseconds();
    }
    let document = read_organization(&organization(accounts)).expect("an organization");
    insert("organization.json", InventoryDocument::Organization(document));
    let after_reading = peak();
    let start = Start::now();
    let mut gathered = merge.gathered();
    let completed = gathered.complete();
    let divided = gathered.divide(ShardSize::default()).expect("shards");
    let mut parts = Parts::of(&divided, folder);
    steps.encoded = start.milliseconds();
    let after_encoding = peak();
    let start = Start::now();
    if parts.shards.len() > 1 {
        parts.look_at(&divided.common, &divided.homes(), folder);
    }
    let manifest = parts.manifest();
    steps.paths = start.milliseconds();
    fs::write(folder.join("manifest"), &manifest.bytes).expect("a file");
    let completed = completed.map_or(0, |completed| completed.policies.len());
    println!("{completed} policies of AWS from the table\n");
    println!(
        "| documents, as kept | kept | read | shards encoded | shards compiled, paths through shards | peak: read, encoded, all |\n|---|---|---|---|---|---|"
    );
    println!(
        "| {:.0} MB, {:.0} MB | {:.1} s | {:.1} s | {:.1} s | {:.1} s | {after_reading}, {after_encoding}, {} MB |\n",
        megabytes(bytes),
        megabytes(kept_bytes),
        steps.kept / 1_000.0,
        steps.read / 1_000.0,
        steps.encoded / 1_000.0,
        steps.paths / 1_000.0,
        peak()
    );
    println!("| shards | all, largest | common part | paths | manifest |\n|---|---|---|---|---|");
    let sizes: Vec<usize> = parts.shards.iter().map(Vec::len).collect();
    println!(
        "| {} | {:.1} MB, {:.2} MB | {:.2} MB, {:.1} MB plain | {}: {:.2} MB | {:.3} MB, {:.2} MB plain |",
        sizes.len(),
        megabytes(sizes.iter().sum()),
        megabytes(sizes.iter().copied().max().unwrap_or(0)),
        megabytes(parts.common.bytes.len()),
        megabytes(plain(&parts.common)),
        parts.paths.len(),
        megabytes(parts.paths.values().map(Vec::len).sum()),
        megabytes(manifest.bytes.len()),
        megabytes(plain(&manifest)),
    );
}

/// Holds what becomes a snapshot
struct Parts {
    common: Encoded,
    shards: Vec<Vec<u8>>,
    stored: Vec<StoredShard>,
    /// The paths of each shard that has some
    paths: BTreeMap<usize, Vec<u8>>,
    facts: Vec<u8>,
}

impl Parts {
    fn of(divided: &Divided, folder: &Path) -> Self {
        fs::create_dir_all(folder).expect("a folder");
        let common = encode(&divided.common).expect("a common part");
        fs::write(folder.join("common"), &common.bytes).expect("a file");
        let (mut shards, mut stored) = (Vec::new(), Vec::new());
        for number in 0..divided.shards() {
            let shard = divided.shard(number).expect("a shard");
            let part = encode(&shard).expect("the bytes of a shard");
            let details = &shard.inventory.details;
            stored.push(StoredShard {
                part: stored_part(&part),
                open_paths: None,
                paths_across: None,
                principals: (details.users.len() + details.roles.len()) as u64,
                accounts: shard.accounts,
                facts: Vec::new(),
            });
            fs::write(folder.join(number.to_string()), &part.bytes).expect("a file");
            shards.push(part.bytes);
        }
        Self {
            common,
            shards,
            stored,
            paths: BTreeMap::new(),
            facts: Vec::new(),
        }
    }

    /// Looks at each shard for its facts, and for the paths to administrator that lead through several shards. Two compiled shards
    /// are held at a time.
    fn look_at(&mut self, common: &Common, homes: &HashMap<&str, usize>, folder: &Path) {
        let (types, actions) = specs(Catalogue::embedded());
        let kept: RefCell<Vec<(usize, Arc<EffectivePermissions>)>> = RefCell::default();
        let shards = &self.shards;
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
        let mut all_open = Vec::new();
        for (number, stored) in self.stored.iter_mut().enumerate() {
            let effective = compiled(number);
            if number == 0 {
                self.facts = CommonFacts::of(&effective).encode().expect("facts");
            }
            stored.facts = ShardFacts::of(&effective).encode().expect("facts");
            let open = effective.open_paths();
            stored.open_paths = (!open.is_empty()).then(|| stored_part(&encode(&open).expect("paths")));
            all_open.push(open);
        }
        let across = paths_across(all_open, |account| homes.get(account).copied(), compiled);
        for (number, paths) in across.enumerate() {
            self.add_paths(number, &paths, folder);
        }
    }

    fn add_paths(&mut self, number: usize, paths: &PathsAcross, folder: &Path) {
        if paths.is_empty() {
            return;
        }
        let part = encode(paths).expect("paths");
        self.stored[number].paths_across = Some(stored_part(&part));
        fs::write(folder.join(format!("{number}-paths")), &part.bytes).expect("a file");
        self.paths.insert(number, part.bytes);
    }

    fn manifest(&self) -> Encoded {
        let manifest = SnapshotManifest {
            date: DATE,
            catalogue: Catalogue::embedded().version().to_owned(),
            common: stored_part(&self.common),
            facts: self.facts.clone(),
            shards: self.stored.clone(),
        };
        encode(&manifest).expect("a manifest")
    }
}

/// Describes a part by an id that is as long as those of the store, and as hard to compress.
fn stored_part(encoded: &Encoded) -> StoredPart {
    let digest = Sha256::digest(&encoded.bytes);
    let (start, _) = digest.split_first_chunk().expect("32 bytes");
    StoredPart {
        id: format!("{:032x}", u128::from_be_bytes(*start)),
        bytes: encoded.plain,
    }
}

fn plain(encoded: &Encoded) -> usize {
    usize::try_from(encoded.plain).unwrap_or(usize::MAX)
}

/// Reads a file of a folder that `import` wrote.
pub(crate) fn decoded<T: DeserializeOwned>(file: &Path) -> T {
    let bytes = fs::read(file).expect("a file of a folder that `import` wrote");
    decode(&bytes).expect("a part of a snapshot of this release")
}
