//! A log file gives the same records, and the same reason if it is damaged, in whatever chunks its bytes arrive. The first
//! byte of the input is the size of the chunks.

#![no_main]

use libfuzzer_sys::fuzz_target;
use trail::log::{Damage, Element, Reader};

fn read(chunks: impl Iterator<Item = impl AsRef<[u8]>>) -> (Vec<Option<Vec<u8>>>, Result<(), Damage>) {
    let mut reader = Reader::default();
    let mut found = Vec::new();
    let mut keep = |element: Element<'_>| {
        found.push(match element {
            Element::Record(record) => Some(record.to_vec()),
            Element::TooLarge => None,
        });
    };
    for chunk in chunks {
        reader.feed(chunk.as_ref(), &mut keep);
    }
    let verdict = reader.finish(&mut keep);
    (found, verdict)
}

fuzz_target!(|input: &[u8]| {
    let Some((size, file)) = input.split_first() else {
        return;
    };
    let whole = read(std::iter::once(file));
    assert_eq!(whole, read(file.chunks(usize::from(*size).max(1))));
});
