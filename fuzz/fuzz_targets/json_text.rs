//! Every text that the strict JSON reader accepts is JSON for serde_json too.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if json::read(input, json::Rules::REQUEST).is_ok() {
        let judged = serde_json::from_slice::<serde_json::Value>(input);
        assert!(judged.is_ok(), "{judged:?}");
    }
});
