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

/// The first line is the UTC day on which the newest policy was published, `2026-09-30`. Each other line is the path
/// and the name of a policy, a tab, and the document as JSON; in the order of the names. Compressed by zlib.
static TABLE: &[u8] = include_bytes!("../data/managed-policies.tsv.zlib");

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
    let mut text = String::new();
    ZlibDecoder::new(TABLE).read_to_string(&mut text).ok()?;
    let (day, lines) = text.split_once('\n')?;
    let as_of: Date = day.parse().ok()?;
    let found = lines.lines().filter_map(|line| {
        let (path, json) = line.split_once('\t')?;
        if !wanted.contains(path) {
            return None;
        }
        Some(ManagedPolicy {
            arn: format!("{PREFIX}{path}"),
            name: path.rsplit('/').next()?.to_owned(),
            document: Document::parse(json, PolicyKind::Identity).ok()?.document,
            from_table_of: Some(as_of),
        })
    });
    Some((as_of, found.collect()))
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
    fn every_line_of_the_table_is_a_policy_without_fault() {
        let mut text = String::new();
        ZlibDecoder::new(TABLE).read_to_string(&mut text).unwrap();
        let (day, lines) = text.split_once('\n').unwrap();
        assert!(day.parse::<Date>().is_ok(), "{day}");
        let names: Vec<&str> = lines
            .lines()
            .map(|line| line.split_once('\t').unwrap().0)
            .collect();
        assert!(names.len() > 1_500 && names.is_sorted());
        for line in lines.lines() {
            let (name, json) = line.split_once('\t').unwrap();
            let parsed = Document::parse(json, PolicyKind::Identity).unwrap();
            assert!(parsed.document.valid().next().is_some(), "{name}");
        }
    }
}
