//! Points in time on the wire.

use jiff::Timestamp;
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Returns a point in time as clients send and show it: to the millisecond.
#[must_use]
pub fn to_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

/// Serialises as a JSON number of seconds since the epoch with up to three decimals; the JavaScript and the Rust SDK
/// read nothing else. Written digit by digit: no binary fraction is a third decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EpochSeconds(pub(super) Timestamp);

impl Serialize for EpochSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let milliseconds = self.0.as_millisecond();
        let sign = if milliseconds < 0 { "-" } else { "" };
        let milliseconds = milliseconds.unsigned_abs();
        let number = format!("{sign}{}.{:03}", milliseconds / 1000, milliseconds % 1000);
        let number = number.trim_end_matches('0').trim_end_matches('.').to_owned();
        RawValue::from_string(number)
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}
