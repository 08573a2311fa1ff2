use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Returns the records (`None`: too large) of a file that comes in chunks of the given sizes, in turn.
fn read(file: &[u8], sizes: &[usize]) -> (Vec<Option<Vec<u8>>>, Result<(), Damage>) {
    let mut reader = Reader::default();
    read_with(&mut reader, file, sizes)
}

fn read_with(
    reader: &mut Reader,
    mut file: &[u8],
    sizes: &[usize],
) -> (Vec<Option<Vec<u8>>>, Result<(), Damage>) {
    let mut records = Vec::new();
    let mut keep = |element: Element<'_>| match element {
        Element::Record(record) => records.push(Some(record.to_vec())),
        Element::TooLarge => records.push(None),
    };
    for &size in sizes.iter().cycle() {
        let (chunk, rest) = file.split_at(size.clamp(1, file.len().max(1)).min(file.len()));
        reader.feed(chunk, &mut keep);
        file = rest;
        if file.is_empty() {
            break;
        }
    }
    let verdict = reader.finish(&mut keep);
    (records, verdict)
}

fn texts(records: &[Option<Vec<u8>>]) -> Vec<&str> {
    records
        .iter()
        .map(|record| {
            record
                .as_deref()
                .map_or("too large", |r| std::str::from_utf8(r).unwrap())
        })
        .collect()
}

#[rstest]
#[case::two(r#"{"Records":[{"a":1},{"b":{"c":[]}}]}"#, &[r#"{"a":1}"#, r#"{"b":{"c":[]}}"#])]
#[case::none(r#"{"Records":[]}"#, &[])]
#[case::white_space(" {\n \"Records\" : [ {} ,\r\n\t{} ] } \n", &["{}", "{}"])]
#[case::other_members(r#"{"a":[{"x":1}],"b":"]}\"","Records":[{}],"c":{"Records":[{"y":1}]},"d":1}"#, &["{}"])]
#[case::brackets_in_strings(r#"{"Records":[{"a":"}]}\\\"]}"}]}"#, &[r#"{"a":"}]}\\\"]}"}"#])]
fn elements_of_the_list_are_handed_out(#[case] text: &str, #[case] expected: &[&str]) {
    for file in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
        let (records, verdict) = read(&file, &[usize::MAX]);
        assert_eq!(texts(&records), expected);
        assert_eq!(verdict, Ok(()));
    }
}

#[rstest]
#[case::as_a_member(r#"{"Records":[{"requestParameters":{"Records":[{"eventName":"forged"}]}}]}"#)]
#[case::as_text(r#"{"Records":[{"requestParameters":"\"}]},{\"eventName\":\"forged\"},{\"x\":\""}]}"#)]
#[case::in_a_list(
    r#"{"Records":[{"requestParameters":[{},{"eventName":"forged"},[{"eventName":"forged"}]]}]}"#
)]
#[case::with_a_backslash_at_the_end(
    r#"{"Records":[{"userAgent":"x\\","b":"},{\"eventName\":\"forged\"}\\"}]}"#
)]
fn an_object_inside_a_record_is_never_a_record(#[case] text: &str) {
    let (records, verdict) = read(text.as_bytes(), &[usize::MAX]);
    assert_eq!(verdict, Ok(()));
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].as_deref(), text.as_bytes().get(12..text.len() - 2));
}

#[rstest]
#[case::nothing("", 0, Damage::Empty)]
#[case::text("hello", 0, Damage::NotJson)]
#[case::a_list(r#"[{"Records":[]}]"#, 0, Damage::NotJson)]
#[case::a_digest(r#"{"awsAccountId":"1","logFiles":[{"s3Bucket":"b"}]}"#, 0, Damage::NoRecords)]
#[case::records_deeper(r#"{"a":{"Records":[{}]}}"#, 0, Damage::NoRecords)]
#[case::records_no_list(r#"{"Records":{"a":[{}]}}"#, 0, Damage::NoRecords)]
#[case::cut_in_a_record(r#"{"Records":[{"a":1},{"b":"#, 1, Damage::CutShort)]
#[case::cut_after_a_record(r#"{"Records":[{"a":1}"#, 1, Damage::CutShort)]
#[case::cut_after_the_list(r#"{"Records":[{"a":1}]"#, 1, Damage::CutShort)]
#[case::more_after_it(r#"{"Records":[{"a":1}]}{"Records":[{}]}"#, 1, Damage::NotJson)]
#[case::a_number(r#"{"Records":[{"a":1},2,{"b":1}]}"#, 2, Damage::NotARecord)]
#[case::a_string_at_the_end(r#"{"Records":[{"a":1},"x"]}"#, 1, Damage::NotARecord)]
#[case::a_nested_list(r#"{"Records":[[{"a":1}],{"b":1}]}"#, 1, Damage::NotARecord)]
#[case::no_comma(r#"{"Records":[{"a":1}{"b":1}]}"#, 2, Damage::NotARecord)]
#[case::wrong_bracket(r#"{"Records":[{"a":1}}"#, 1, Damage::NotJson)]
#[case::no_value(r#"{"a":,"Records":[{}]}"#, 0, Damage::NotJson)]
fn damage_is_named_and_what_came_before_it_is_used(
    #[case] text: &str,
    #[case] records: usize,
    #[case] damage: Damage,
) {
    let (found, verdict) = read(text.as_bytes(), &[usize::MAX]);
    assert_eq!(found.len(), records);
    assert_eq!(verdict, Err(damage));
    assert_eq!(read(text.as_bytes(), &[1]), (found, verdict));
}

#[rstest]
#[case::cut_short(|file: &mut Vec<u8>| file.truncate(file.len() / 2), Damage::CompressedCutShort)]
#[case::checksum_missing(|file: &mut Vec<u8>| file.truncate(file.len() - 3), Damage::CompressedCutShort)]
#[case::checksum_wrong(|file: &mut Vec<u8>| { let at = file.len() - 6; file[at] ^= 1 }, Damage::Corrupt)]
#[case::data_after_it(|file: &mut Vec<u8>| file.extend(b"x"), Damage::AfterCompressed)]
#[case::header_only(|file: &mut Vec<u8>| file.truncate(1), Damage::CompressedCutShort)]
#[case::header_wrong(|file: &mut Vec<u8>| file[1] = 0, Damage::Corrupt)]
fn damaged_compression_is_named(#[case] harm: fn(&mut Vec<u8>), #[case] damage: Damage) {
    let mut file = gzip(br#"{"Records":[{"a":"some text, some more text, some other text"},{"b":1}]}"#);
    harm(&mut file);
    assert_eq!(read(&file, &[7]).1, Err(damage));
}

#[rstest]
#[case::text_before_the_checksum(r#"{"Records":[{"a":1}}"#, Damage::NotJson)]
#[case::an_element_before_the_checksum(r#"{"Records":[{"a":1},2]}"#, Damage::NotARecord)]
#[case::the_checksum_before_the_end(r#"{"Records":[{"a":1}"#, Damage::Corrupt)]
#[case::the_checksum_before_what_is_missing(r#"{"a":1}"#, Damage::Corrupt)]
fn of_two_damages_the_first_one_is_named_in_any_chunks(#[case] text: &str, #[case] damage: Damage) {
    let mut file = gzip(text.as_bytes());
    let checksum = file.len() - 6;
    file[checksum] ^= 1;
    for size in [1, 7, checksum, usize::MAX] {
        assert_eq!(read(&file, &[size]).1, Err(damage), "{size}");
    }
}

#[test]
fn whether_a_record_is_too_large_does_not_depend_on_the_chunks() {
    for (length, kept) in [
        (RECORD_LIMIT - 1, true),
        (RECORD_LIMIT, true),
        (RECORD_LIMIT + 1, false),
    ] {
        let record = format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
        let text = format!(r#"{{"Records":[{{"b":1}},{record}]}}"#);
        for sizes in [&[usize::MAX][..], &[100_003], &[65_536, 7]] {
            let (records, verdict) = read(text.as_bytes(), sizes);
            assert_eq!(
                (records[1].is_some(), verdict),
                (kept, Ok(())),
                "{length} {sizes:?}"
            );
        }
    }
}

#[test]
fn a_file_of_several_members_and_padding_is_one_text() {
    let mut file = gzip(br#"{"Records":[{"a":1},{"#);
    file.extend(gzip(br#""b":2}]}"#));
    file.extend([0; 512]);
    let (records, verdict) = read(&file, &[5]);
    assert_eq!(verdict, Ok(()));
    assert_eq!(texts(&records), [r#"{"a":1}"#, r#"{"b":2}"#]);
}

#[test]
fn a_record_larger_than_the_limit_is_reported_and_the_next_one_is_read() {
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(LARGEST_WINDOW));
    let fitting = format!(r#"{{"a":"{}"}}"#, "x".repeat(RECORD_LIMIT - 8));
    let text = format!(r#"{{"Records":[{{"b":1}},{large},{fitting},{{"c":1}}]}}"#);
    let mut reader = Reader::default();
    let (records, verdict) = read_with(&mut reader, &gzip(text.as_bytes()), &[usize::MAX]);
    assert_eq!(verdict, Ok(()));
    assert_eq!(
        texts(&records),
        [r#"{"b":1}"#, "too large", &fitting, r#"{"c":1}"#]
    );
    assert_eq!(reader.window.len(), WINDOW, "the large window is given back");
}

#[test]
fn the_window_never_grows_beyond_the_limit() {
    for text in [
        format!(r#"{{"Records":[{}"#, " ".repeat(LARGEST_WINDOW + WINDOW)),
        "[".repeat(LARGEST_WINDOW + WINDOW),
    ] {
        let mut reader = Reader::default();
        for chunk in text.as_bytes().chunks(100_000) {
            reader.feed(chunk, |_| {});
            assert!(reader.window.len() <= LARGEST_WINDOW);
        }
        assert!(reader.finish(|_| {}).is_err());
    }
}

#[test]
fn a_reader_is_used_again_after_damage() {
    let mut reader = Reader::default();
    for damaged in ["", "x", r#"{"Records":[{"a""#] {
        assert!(read_with(&mut reader, damaged.as_bytes(), &[1]).1.is_err());
        let (records, verdict) = read_with(&mut reader, &gzip(br#"{"Records":[{}]}"#), &[3]);
        assert_eq!((texts(&records), verdict), (vec!["{}"], Ok(())));
    }
}

/// Generates any JSON value, with strings that look like structure.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        r#"[\\"{}\[\],:a\n]{0,20}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            members(inner).prop_map(Value::Object),
        ]
    })
}

fn members(of: impl Strategy<Value = Value>) -> impl Strategy<Value = serde_json::Map<String, Value>> {
    proptest::collection::vec((r#"[\\"{}\[\]a]{0,6}|Records"#, of), 0..6)
        .prop_map(|m| m.into_iter().collect())
}

/// Generates a log file with any objects as records, and any other members beside them.
fn any_file() -> impl Strategy<Value = (Value, Vec<Value>)> {
    let records = proptest::collection::vec(members(any_json()).prop_map(Value::Object), 0..12);
    (members(any_json()), records).prop_map(|(mut file, records)| {
        file.insert("Records".to_owned(), json!(records));
        (Value::Object(file), records)
    })
}

fn print(file: &Value, pretty: bool) -> Vec<u8> {
    if pretty {
        serde_json::to_vec_pretty(file).unwrap()
    } else {
        serde_json::to_vec(file).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn splitting_finds_what_parsing_finds(
        (file, expected) in any_file(),
        pretty: bool,
        zip: bool,
        sizes in proptest::collection::vec(1..200usize, 1..8),
    ) {
        let text = print(&file, pretty);
        let stored = if zip { gzip(&text) } else { text };
        let (records, verdict) = read(&stored, &sizes);
        prop_assert_eq!(verdict, Ok(()));
        let records: Vec<Value> =
            records.iter().map(|r| serde_json::from_slice(r.as_deref().unwrap()).unwrap()).collect();
        prop_assert_eq!(records, expected);
    }

    #[test]
    fn a_file_cut_anywhere_gives_the_records_before_the_cut_and_says_so(
        (file, _) in any_file(),
        zip: bool,
        cut in any::<prop::sample::Index>(),
        sizes in proptest::collection::vec(1..200usize, 1..8),
    ) {
        let text = print(&file, false);
        let stored = if zip { gzip(&text) } else { text };
        let whole = read(&stored, &[usize::MAX]).0;
        let (records, verdict) = read(&stored[..cut.index(stored.len())], &sizes);
        prop_assert!(verdict.is_err());
        prop_assert!(whole.starts_with(&records));
    }

    #[test]
    fn a_flipped_byte_in_a_compressed_file_is_noticed_or_changes_nothing(
        (file, _) in any_file(),
        at in any::<prop::sample::Index>(),
        bits in 1..=255u8,
        sizes in proptest::collection::vec(1..200usize, 1..8),
    ) {
        let text = print(&file, false);
        let mut stored = gzip(&text);
        // The ten bytes of the header hold a date and a system, which do not change the text.
        let at = 10 + at.index(stored.len() - 10);
        stored[at] ^= bits;
        let (records, verdict) = read(&stored, &sizes);
        // The bits that fill up the last byte of the compressed text do not change the text either.
        prop_assert!(verdict.is_err() || records == read(&gzip(&text), &sizes).0);
    }

    #[test]
    fn the_reason_of_damage_does_not_depend_on_the_chunks(
        (file, _) in any_file(),
        text_harm in proptest::option::of((any::<prop::sample::Index>(), r#"[\]},x1"{]{1,3}"#)),
        members in 1..4usize,
        stored_harm in proptest::option::of((any::<prop::sample::Index>(), 1..=255u8)),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        after in prop_oneof![Just(&b""[..]), Just(&b"x"[..]), Just(&b"\0\0"[..]), Just(&b"\0y"[..])],
        sizes in proptest::collection::vec(1..200usize, 1..8),
    ) {
        let mut text = print(&file, false);
        if let Some((at, harm)) = text_harm {
            let at = at.index(text.len());
            text.splice(at..at, harm.into_bytes());
        }
        let mut stored: Vec<u8> = text.chunks(text.len().div_ceil(members)).flat_map(gzip).collect();
        if let Some((at, bits)) = stored_harm {
            let at = at.index(stored.len());
            stored[at] ^= bits;
        }
        if let Some(cut) = cut {
            stored.truncate(cut.index(stored.len()));
        }
        stored.extend(after);
        prop_assert_eq!(read(&stored, &sizes), read(&stored, &[usize::MAX]));
    }

    #[test]
    fn any_bytes_are_read_without_a_panic_and_the_same_in_any_chunks(
        bytes in proptest::collection::vec(prop_oneof![
            Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b'"'), Just(b'\\'), Just(b','), Just(b':'), any::<u8>()
        ], 0..300),
        inside: bool,
        sizes in proptest::collection::vec(1..70usize, 1..8),
    ) {
        let mut file = if inside { br#"{"Records":[{},"#.to_vec() } else { Vec::new() };
        file.extend(bytes);
        prop_assert_eq!(read(&file, &sizes), read(&file, &[usize::MAX]));
    }
}
