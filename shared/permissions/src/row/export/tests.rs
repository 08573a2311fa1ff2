use super::*;
use crate::aws::tests::sample_account::SampleAccount;
use crate::aws::tests::selected::all;
use rstest::rstest;

#[rstest]
#[case("plain", "plain")]
#[case("", "")]
#[case("a,b", "\"a,b\"")]
#[case("a\"b", "\"a\"\"b\"")]
#[case("a\r\nb", "\"a\r\nb\"")]
#[case("=1+1", "\"'=1+1\"")]
#[case("+1", "\"'+1\"")]
#[case("-1", "\"'-1\"")]
#[case("@x", "\"'@x\"")]
#[case("\tx", "\"'\tx\"")]
#[case("\rx", "\"'\rx\"")]
#[case("\nx", "\"'\nx\"")]
#[case("1-1", "1-1")]
fn fields_are_quoted_and_formulas_guarded(#[case] text: &str, #[case] written: &str) {
    assert_eq!(csv_field(text), written);
}

fn file() -> (Vec<u8>, Vec<u8>) {
    let effective = SampleAccount::of(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::a,b/*","arn:aws:s3:::c"],"Condition":{"Bool":{"aws:x":"true"}}}"#,
    )
    .effective();
    let rows = all(&effective, "source.cloud.type = 'AWS'");
    let (mut csv, mut json) = (Vec::new(), Vec::new());
    write_csv_header(&mut csv).unwrap();
    for row in &rows {
        write_csv(&mut csv, row).unwrap();
        write_ndjson(&mut json, row).unwrap();
    }
    (csv, json)
}

#[test]
fn columns_are_the_members_of_a_row_but_the_last() {
    let (_, json) = file();
    let line = std::str::from_utf8(&json).unwrap().lines().next().unwrap();
    // The text is kept raw, because a map would lose the order of members.
    let names: Vec<&str> = line
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|name| line.contains(&format!("\"{name}\":")) && *name != "messageCode")
        .collect();
    assert_eq!(names[..38], COLUMNS);
    assert_eq!(names[38..], ["lastAccessStatus"]);
}

#[test]
fn a_reader_of_csv_finds_what_json_says() {
    let (csv, json) = file();
    assert!(csv.ends_with(b"\r\n"));
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let headers = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let lines: Vec<serde_json::Value> = std::str::from_utf8(&json)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(records.len() > 3);
    assert_eq!(records.len(), lines.len());
    for (record, line) in records.iter().zip(&lines) {
        for (name, field) in headers.iter().zip(record) {
            let expected = match &line[name] {
                serde_json::Value::Null => String::new(),
                serde_json::Value::Array(codes) => {
                    let codes: Vec<&str> = codes
                        .iter()
                        .map(|code| code["messageCode"].as_str().unwrap())
                        .collect();
                    codes.join(";")
                }
                serde_json::Value::String(text) => text.clone(),
                other @ (serde_json::Value::Bool(_)
                | serde_json::Value::Number(_)
                | serde_json::Value::Object(_)) => other.to_string(),
            };
            assert_eq!(field, expected, "{name}");
        }
    }
}
