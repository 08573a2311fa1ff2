//! Roles of other shards by name, of which the trust policies are known and are about nobody of this shard.

use foldhash::HashMap;
use iam::arn::account_of;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The names of roles of other shards. They are hundreds of thousands in a large organization, so that they stay as they are
/// stored: a text for each account
#[derive(Debug, Default)]
pub(crate) struct ClosedRoles {
    by_account: HashMap<Box<str>, Vec<OfAccount>>,
}

#[derive(Debug)]
struct OfAccount {
    /// The ARN of each role up to its first slash
    start: Box<str>,
    /// Holds what is behind the slash, sorted, with a line feed behind each
    names: Box<str>,
}

impl ClosedRoles {
    /// Takes over the names of the accounts that `is_elsewhere` means.
    pub(crate) fn new(names: &BTreeMap<String, String>, is_elsewhere: impl Fn(&str) -> bool) -> Self {
        let mut by_account: HashMap<Box<str>, Vec<OfAccount>> = HashMap::default();
        for (start, names) in names {
            let account = account_of(start);
            if is_elsewhere(account) {
                by_account.entry(account.into()).or_default().push(OfAccount {
                    start: start.as_str().into(),
                    names: names.as_str().into(),
                });
            }
        }
        Self { by_account }
    }

    /// Returns whether the ARN is the one of such a role.
    pub(crate) fn has(&self, arn: &str) -> bool {
        let Some((start, name)) = arn.split_once('/') else {
            return false;
        };
        let own = self.by_account.get(account_of(arn)).into_iter().flatten();
        own.filter(|own| *own.start == *start)
            .any(|own| has_line(&own.names, name))
    }

    /// Returns whether a role of an account has an ARN that begins like `start` and that `is_meant` accepts.
    pub(crate) fn any_in(&self, account: &str, start: &str, is_meant: impl Fn(&str) -> bool) -> bool {
        let own = self.by_account.get(account).into_iter().flatten();
        let mut arns = own.flat_map(OfAccount::arns);
        arns.any(|arn| (arn.starts_with(start) || start.starts_with(&arn)) && is_meant(&arn))
    }

    /// Returns the ARN of each role.
    pub(crate) fn arns(&self) -> impl Iterator<Item = String> {
        self.by_account.values().flatten().flat_map(OfAccount::arns)
    }
}

impl OfAccount {
    fn arns(&self) -> impl Iterator<Item = String> {
        let names = self.names.split_terminator('\n');
        names.map(|name| format!("{}/{name}", self.start))
    }
}

/// Returns whether one of the sorted lines is the wanted one.
fn has_line(lines: &str, wanted: &str) -> bool {
    let mut rest = lines;
    while let Some((before, behind)) = rest.split_at_checked(floor_char_boundary(rest, rest.len() / 2)) {
        let start = before.rfind('\n').map_or(0, |end| end.saturating_add(1));
        let end = behind.find('\n').map(|end| end.saturating_add(before.len()));
        let (Some(end), Some(low)) = (end, rest.get(..start)) else {
            return false;
        };
        let line = rest.get(start..end).unwrap_or_default();
        rest = match line.cmp(wanted) {
            Ordering::Equal => return true,
            Ordering::Greater => low,
            Ordering::Less => rest.get(end.saturating_add(1)..).unwrap_or_default(),
        };
    }
    false
}

fn floor_char_boundary(text: &str, mut place: usize) -> usize {
    while !text.is_char_boundary(place) {
        place = place.saturating_sub(1);
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_role_is_found_by_its_whole_name_and_by_what_its_name_begins_with(
            names in prop::collection::btree_set("[abü/]{1,4}", 0..12),
            asked in "[abü/]{0,4}",
        ) {
            let start = "arn:aws:iam::111122223333:role";
            let lines: String = names.iter().flat_map(|name| [name.as_str(), "\n"]).collect();
            let stored = BTreeMap::from([(start.to_owned(), lines)]);
            let roles = ClosedRoles::new(&stored, |account| account == "111122223333");
            let arn = format!("{start}/{asked}");
            prop_assert_eq!(roles.has(&arn), names.contains(&asked));
            let expected = names.iter().any(|name| name.starts_with(&asked));
            prop_assert_eq!(roles.any_in("111122223333", &arn, |one| one.starts_with(&arn)), expected);
            let all: BTreeSet<String> = names.iter().map(|name| format!("{start}/{name}")).collect();
            prop_assert_eq!(roles.arns().collect::<BTreeSet<_>>(), all);
            prop_assert!(!ClosedRoles::new(&stored, |_| false).has(&arn));
        }
    }
}
