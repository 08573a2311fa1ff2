use jiff::Timestamp;
use rstest::rstest;

use crate::access_policies::time::EpochSeconds;
use crate::access_policies::to_milliseconds;

#[rstest]
#[case(1_582_238_115_552, "1582238115.552")]
#[case(1_582_238_115_550, "1582238115.55")]
#[case(1_582_238_115_500, "1582238115.5")]
#[case(1_582_238_115_005, "1582238115.005")]
#[case(1_582_238_115_000, "1582238115")]
#[case(1_582_238_100_000, "1582238100")]
#[case(0, "0")]
#[case(-1, "-0.001")]
#[case(-1_500, "-1.5")]
fn a_time_is_a_number_of_seconds_with_up_to_three_decimals(#[case] milliseconds: i64, #[case] text: &str) {
    let time = Timestamp::from_millisecond(milliseconds).unwrap();
    assert_eq!(serde_json::to_string(&EpochSeconds(time)).unwrap(), text);
}

#[test]
fn what_is_finer_than_a_millisecond_is_dropped_when_a_time_is_stored() {
    let time = Timestamp::from_nanosecond(1_582_238_115_552_999_999).unwrap();
    assert_eq!(
        to_milliseconds(time),
        Timestamp::from_millisecond(1_582_238_115_552).unwrap()
    );
}
