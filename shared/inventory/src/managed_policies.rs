//! A table of the managed policies that AWS publishes, for documents that do not hold them.
//!
//! `aws iam get-account-authorization-details --filter User Role Group LocalManagedPolicy` leaves them out. A principal
//! with `AdministratorAccess` would then look as if it could do nothing: [`Gathered::complete`](super::Gathered::complete) adds them.
//!
//! The table is made by `catalog/managed_policies.py` from a pinned package; NOTICE names it. Only programs that call
//! it hold the table.

use super::ManagedPolicy;
use flate2::read::ZlibDecoder;
use iam::document::{Document, PolicyKind};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashSet};
use std::io::Read;

/// The first line is the UTC day on which the newest policy was published, `2026-09-30`. The next lines, up to an empty one, are
/// the texts between quotes in all documents, in order; each begins with a character for the number of characters that it
/// shares with the one before. Then come the policies in the order of their names: a line with the path and the name, a tab
/// and the number of bytes of the document, then the document. The document is JSON with two bytes in the place of each text and
/// its quotes: the highest bit, and the number of the text. Compressed by zlib.
static TABLE: &[u8] = include_bytes!("../data/managed-policies.zlib");

/// The character of a text that shares nothing with the one before it
const FIRST: u8 = b' ';

/// Says how the ARNs of these policies begin. Other partitions have policies of the same names with other contents.
const PREFIX: &str = "arn:aws:iam::aws:policy";

/// The policies that were taken from the table
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// UTC day of the table: later versions of a policy are not in it
    pub as_of: Date,
    /// ARNs, in order
    pub policies: BTreeSet<String>,
}

/// Returns the managed policies of AWS among those that users, groups and roles have, without those that documents
/// hold; `None` when there is none.
pub(super) fn missing<'a>(
    attached: impl Iterator<Item = &'a str>,
    held: &HashSet<&str>,
) -> Option<(Completed, Vec<ManagedPolicy>)> {
    let wanted: HashSet<&str> = attached
        .filter(|arn| !held.contains(arn))
        .filter_map(|arn| arn.strip_prefix(PREFIX))
        .collect();
    if wanted.is_empty() {
        return None;
    }
    let (as_of, found) = look_up(&wanted)?;
    let policies: BTreeSet<String> = found.iter().map(|policy| policy.arn.clone()).collect();
    (!policies.is_empty()).then_some((Completed { as_of, policies }, found))
}

/// Returns the day of the table, and the policies with these paths and names (`/job-function/Billing`).
fn look_up(wanted: &HashSet<&str>) -> Option<(Date, Vec<ManagedPolicy>)> {
    let mut table = Vec::new();
    ZlibDecoder::new(TABLE).read_to_end(&mut table).ok()?;
    let (day, rest) = line(&table)?;
    let as_of: Date = day.parse().ok()?;
    let (texts, mut rest) = texts(rest)?;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (path, document, after) = policy(rest)?;
        rest = after;
        if wanted.contains(path) {
            found.push(ManagedPolicy {
                arn: format!("{PREFIX}{path}"),
                name: path.rsplit('/').next()?.to_owned(),
                document: Document::parse(&json(document, &texts)?, PolicyKind::Identity)
                    .ok()?
                    .document,
                from_table_of: Some(as_of),
            });
        }
    }
    Some((as_of, found))
}

/// Returns the first line and what comes after it.
fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((std::str::from_utf8(line).ok()?, rest.get(1..)?))
}

/// Returns the texts of all documents, and what comes after them.
fn texts(mut rest: &[u8]) -> Option<(Vec<String>, &[u8])> {
    let mut texts: Vec<String> = Vec::new();
    loop {
        let (written, after) = line(rest)?;
        rest = after;
        let Some(first) = written.bytes().next() else {
            return Some((texts, rest));
        };
        let shared = usize::from(first.checked_sub(FIRST)?);
        let before = texts.last().map_or("", String::as_str);
        texts.push([before.get(..shared)?, written.get(1..)?].concat());
    }
}

/// Returns the path with the name of the first policy, its document, and what comes after it.
fn policy(rest: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    let (head, rest) = line(rest)?;
    let (path, length) = head.split_once('\t')?;
    let (document, rest) = rest.split_at_checked(length.parse().ok()?)?;
    Some((path, document, rest))
}

/// Returns a document as JSON.
fn json(document: &[u8], texts: &[String]) -> Option<String> {
    let mut json = String::new();
    let mut bytes = document.iter();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii() {
            json.push(char::from(*byte));
            continue;
        }
        let number = u16::from_be_bytes([*byte & 0x7F, *bytes.next()?]);
        json.push('"');
        json.push_str(texts.get(usize::from(number))?);
        json.push('"');
    }
    Some(json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Gathered, Inventory, MissingKind, ShardSize, read_authorization_details};

    /// Completes an inventory as an import does.
    fn complete(inventory: &mut Inventory) -> Option<Completed> {
        let mut gathered = Gathered::default();
        gathered.add(inventory.clone());
        let completed = gathered.complete();
        let divided = gathered.divide(ShardSize::default()).unwrap();
        *inventory = divided.all().unwrap().joined();
        completed
    }

    /// Reads the reply of IAM with `--filter User Role Group LocalManagedPolicy`.
    fn filtered(policies: &[&str]) -> Inventory {
        let attached: Vec<String> = policies
            .iter()
            .map(|arn| format!(r#"{{"PolicyName":"p","PolicyArn":"{arn}"}}"#))
            .collect();
        let text = format!(
            r#"{{"UserDetailList":[{{"Arn":"arn:aws:iam::111122223333:user/u","AttachedManagedPolicies":[{}]}}],
            "GroupDetailList":[],"RoleDetailList":[],"Policies":[]}}"#,
            attached.join(",")
        );
        Inventory {
            details: read_authorization_details(&text).unwrap(),
            ..Inventory::default()
        }
    }

    #[test]
    fn a_policy_of_aws_that_a_filter_left_out_is_taken_from_the_table() {
        let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
        let billing = "arn:aws:iam::aws:policy/job-function/Billing";
        let mut inventory = filtered(&[administrator, billing]);
        let completed = complete(&mut inventory).unwrap();
        assert_eq!(
            completed.policies.iter().collect::<Vec<_>>(),
            [administrator, billing]
        );
        let policy = &inventory.details.policies[0];
        assert_eq!(
            (policy.name.as_str(), policy.from_table_of),
            ("AdministratorAccess", Some(completed.as_of))
        );
        let statement = policy.document.valid().next().unwrap();
        assert_eq!(statement.actions.entries(), ["*"]);
        assert!(inventory.missing().is_empty());
        assert_eq!(complete(&mut inventory), None, "the documents hold them now");
    }

    #[test]
    fn a_policy_that_nobody_has_published_stays_missing() {
        let names = [
            "arn:aws:iam::111122223333:policy/own",
            "arn:aws:iam::aws:policy/NoSuchPolicy",
            "arn:aws-cn:iam::aws:policy/AdministratorAccess",
        ];
        let mut inventory = filtered(&names);
        assert_eq!(complete(&mut inventory), None);
        let missing = inventory.missing();
        assert_eq!(missing.len(), 3);
        for one in missing {
            assert_eq!(one.kind, MissingKind::ManagedPolicy);
            assert_eq!(one.principals.len(), 1);
        }
    }

    #[test]
    fn every_policy_of_the_table_is_one_without_fault() {
        let mut table = Vec::new();
        ZlibDecoder::new(TABLE).read_to_end(&mut table).unwrap();
        let (day, rest) = line(&table).unwrap();
        assert!(day.parse::<Date>().is_ok(), "{day}");
        let (texts, mut rest) = texts(rest).unwrap();
        assert!(texts.is_sorted());
        let mut names = Vec::new();
        while !rest.is_empty() {
            let (name, document, after) = policy(rest).unwrap();
            let json = json(document, &texts).unwrap();
            let parsed = Document::parse(&json, PolicyKind::Identity).unwrap();
            assert!(parsed.document.valid().next().is_some(), "{name}");
            names.push(name);
            rest = after;
        }
        assert!(names.len() > 1_500 && names.is_sorted());
        let wanted: HashSet<&str> = names.iter().copied().collect();
        assert_eq!(look_up(&wanted).unwrap().1.len(), names.len());
    }
}
