use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn set_of<'p>(patterns: impl IntoIterator<Item = &'p str>) -> ResourceSet {
    let mut set = ResourceSet::default();
    for pattern in patterns {
        set.add(pattern);
    }
    set
}

fn objects(bucket: &str, folder: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("arn:aws:s3:::{bucket}/{folder}{number}.txt"))
        .collect()
}

fn proposed(patterns: &[String], whole: &str) -> Vec<String> {
    let set = set_of(patterns.iter().map(String::as_str));
    set.patterns(20, &[whole.to_owned()]).into_iter().collect()
}

const OBJECTS: &str = "arn:aws:s3:::*/*";

#[rstest]
#[case(20)]
#[case(21)]
#[case(100)]
#[case(101)]
#[case(100_000)]
fn many_objects_of_a_folder_stay_inside_it(#[case] count: usize) {
    let keys = objects("b", "p/", count);
    let expected = if count > 20 {
        vec!["arn:aws:s3:::b/p/*".to_owned()]
    } else {
        keys.clone()
    };
    assert_eq!(proposed(&keys, OBJECTS).len(), expected.len());
    assert!(
        proposed(&keys, OBJECTS)
            .iter()
            .all(|pattern| expected.contains(pattern))
    );
}

#[test]
fn a_bucket_with_little_stays_whole_beside_one_with_much() {
    let mut keys = objects("big", "p/q/", 5_000);
    keys.extend(objects("big", "", 3_000));
    keys.push("arn:aws:s3:::small/a/b/c.txt".to_owned());
    let expected = ["arn:aws:s3:::big/*", "arn:aws:s3:::small/a/b/c.txt"];
    assert_eq!(proposed(&keys, OBJECTS), expected);
}

#[test]
fn folders_are_kept_apart_as_long_as_the_list_holds_them() {
    let keys: Vec<String> = (0..3)
        .flat_map(|folder| objects("b", &format!("p{folder}/"), 900))
        .collect();
    let expected = [
        "arn:aws:s3:::b/p0/*",
        "arn:aws:s3:::b/p1/*",
        "arn:aws:s3:::b/p2/*",
    ];
    assert_eq!(proposed(&keys, OBJECTS), expected);
}

#[rstest]
#[case(30)]
#[case(500)]
fn names_with_a_common_beginning_keep_it(#[case] count: usize) {
    let function = |number| format!("arn:aws:lambda:eu-west-1:111122223333:function:billing-{number}");
    let functions: Vec<String> = (0..count).map(function).collect();
    let whole = "arn:aws:lambda:eu-west-1:111122223333:function:*";
    assert_eq!(
        proposed(&functions, whole),
        ["arn:aws:lambda:eu-west-1:111122223333:function:billing-*"]
    );
    let bucket = |number| format!("arn:aws:s3:::logs-{number}");
    let buckets: Vec<String> = (0..count).map(bucket).collect();
    assert_eq!(proposed(&buckets, "arn:aws:s3:::*"), ["arn:aws:s3:::logs-*"]);
    let objects: Vec<String> = (0..count)
        .map(|number| format!("arn:aws:s3:::logs-{number}/k"))
        .collect();
    assert_eq!(proposed(&objects, OBJECTS), ["arn:aws:s3:::logs-*/*"]);
}

#[test]
fn buckets_with_nothing_in_common_become_the_whole_type() {
    let objects: Vec<String> = ('a'..='z').map(|name| format!("arn:aws:s3:::{name}/k")).collect();
    assert_eq!(proposed(&objects, OBJECTS), [OBJECTS]);
}

#[test]
fn nothing_gives_no_pattern() {
    assert!(ResourceSet::default().is_empty());
    assert!(ResourceSet::default().patterns(20, &[]).is_empty());
}

#[test]
fn what_a_set_holds_is_bounded() {
    let mut set = ResourceSet::default();
    for number in 0..20_000 {
        set.add(&format!("arn:aws:s3:::b{}/{}/{number}", number % 59, number % 7));
    }
    let entries: usize = set
        .containers
        .values()
        .map(|container| container.entries.len())
        .sum();
    assert!(entries <= ENTRIES && set.containers.len() <= CONTAINERS);
}

fn any_pattern() -> impl Strategy<Value = String> {
    let path = prop::collection::vec("[ab0-9]{1,2}", 1..5);
    (path, prop::bool::ANY, "[/:]", 0..70_usize).prop_map(|(path, is_open, delimiter, bucket)| {
        let end = if is_open {
            format!("{delimiter}*")
        } else {
            String::new()
        };
        format!("arn:aws:s3:::b{bucket}/{}{end}", path.join(&delimiter))
    })
}

/// Matches by the language of patterns that have `*` only.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap();
    }
    rest.ends_with(last)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 5))]

    #[test]
    fn the_order_of_adding_and_merging_does_not_matter(
        patterns in prop::collection::vec(any_pattern(), 0..900),
        buckets in 1..70_usize,
        parts in 1..5_usize,
    ) {
        // A set of fewer buckets holds more objects of each.
        let patterns: Vec<String> = patterns.iter().map(|pattern| {
            let (head, path) = pattern.split_once('/').unwrap();
            let bucket: usize = head.rsplit_once('b').unwrap().1.parse().unwrap();
            format!("arn:aws:s3:::b{}/{path}", bucket % buckets)
        }).collect();
        let whole = set_of(patterns.iter().map(String::as_str));
        let backwards = set_of(patterns.iter().rev().map(String::as_str));
        prop_assert_eq!(&whole, &backwards);
        let mut merged = ResourceSet::default();
        for part in 0..parts {
            merged.merge(set_of(patterns.iter().skip(part).step_by(parts).map(String::as_str)));
        }
        prop_assert_eq!(&whole, &merged);
        let mut twice = merged.clone();
        twice.merge(merged);
        prop_assert_eq!(&whole, &twice);
    }
}

proptest! {
    #[test]
    fn the_patterns_match_everything_that_was_added_and_are_few(
        patterns in prop::collection::vec(any_pattern(), 1..400),
        limit in 1..30_usize,
    ) {
        let set = set_of(patterns.iter().map(String::as_str));
        let proposed = set.patterns(limit, &[OBJECTS.to_owned()]);
        prop_assert!(proposed.len() <= limit);
        for pattern in &patterns {
            let is_matched = proposed.iter().any(|proposed| matches(proposed, pattern));
            prop_assert!(is_matched, "{pattern} is not in {proposed:?}");
        }
    }
}
