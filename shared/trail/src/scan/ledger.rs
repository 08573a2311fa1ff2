//! Counts every call once, also when there are copies and corrections.
//!
//! CloudTrail delivers at least once, and corrects records by delivering them again under another id, with an
//! addendum that names the first. Copies are found by their ids. A correction needs the call that it replaces
//! not to be part of the usage yet, for a usage only grows: calls wait in line before they are recorded.
//!
//! Source: CloudTrail user guide, "CloudTrail record contents", `addendum`.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use crate::record::Record;
use crate::usage::{Call, Usage};

/// Ids in one generation; two are kept, 17 bytes a place.
const GENERATION: usize = 1 << 17;

/// Calls that wait.
const LINE: usize = 8192;

/// Bytes that the waiting calls may take, roughly.
const LINE_BYTES: usize = 8 * 1024 * 1024;

/// An event id as a number.
type EventId = u128;

/// Knows the latest event ids and holds back the latest calls.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Ids seen since the generation began, and those of the generation before. Dropping the oldest half at a
    /// time needs no order among the ids and bounds them all the same.
    young: HashSet<EventId>,
    old: HashSet<EventId>,
    line: VecDeque<Waiting>,
    line_bytes: usize,
}

/// The ids of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    own: Option<EventId>,
    /// The id of the record that this record replaces.
    corrected: Option<EventId>,
}

impl Ids {
    pub(super) fn of<P>(record: &Record<'_, P>) -> Self {
        Self {
            own: event_id(&record.event_id),
            corrected: corrected(record),
        }
    }
}

#[derive(Debug)]
struct Waiting {
    id: Option<EventId>,
    call: Call,
}

impl Ledger {
    /// Enters a call; calls leave for `usage` in the order in which they came. False when the call was not one
    /// more: it is a copy, or took another one's place.
    pub(super) fn enter(&mut self, ids: Ids, call: Call, usage: &mut Usage) -> bool {
        let Ids { own: id, corrected } = ids;
        if corrected != id && id.is_some_and(|id| self.seen(id)) {
            usage.reading.duplicates += 1;
            return false;
        }
        if let Some(corrected) = corrected {
            if let Some(waiting) = self
                .line
                .iter_mut()
                .rev()
                .find(|waiting| waiting.id == Some(corrected))
            {
                self.line_bytes = self.line_bytes.saturating_sub(size(&waiting.call)) + size(&call);
                waiting.call = call;
                usage.reading.duplicates += 1;
                self.remember(id);
                return false;
            }
            usage.reading.late_corrections += u64::from(self.seen(corrected));
            // If the first record comes after its correction, the first record counts as the copy.
            self.remember(Some(corrected));
        }
        self.remember(id);
        self.line_bytes += size(&call);
        self.line.push_back(Waiting { id, call });
        while self.line.len() > LINE || self.line_bytes > LINE_BYTES {
            self.leave(usage);
        }
        true
    }

    /// Records all calls that still wait.
    pub(super) fn close(&mut self, usage: &mut Usage) {
        while !self.line.is_empty() {
            self.leave(usage);
        }
    }

    fn leave(&mut self, usage: &mut Usage) {
        if let Some(Waiting { call, .. }) = self.line.pop_front() {
            self.line_bytes = self.line_bytes.saturating_sub(size(&call));
            usage.record(call);
        }
    }

    fn seen(&self, id: EventId) -> bool {
        self.young.contains(&id) || self.old.contains(&id)
    }

    fn remember(&mut self, id: Option<EventId>) {
        let Some(id) = id else { return };
        if self.young.len() >= GENERATION {
            mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(id);
    }
}

fn corrected<P>(record: &Record<'_, P>) -> Option<EventId> {
    let addendum = record.addendum.as_ref()?;
    if addendum.reason.as_deref() != Some("UPDATED_DATA") {
        return None;
    }
    event_id(addendum.original_event_id.as_deref()?)
}

/// Returns the id of an event as a number. Ids are UUIDs, which are numbers; any other text is hashed to as many bits.
/// A record without id has no copies.
fn event_id(text: &str) -> Option<EventId> {
    if text.is_empty() {
        return None;
    }
    let digits: String = text.chars().filter(|&c| c != '-').collect();
    if digits.len() == 32
        && let Ok(number) = u128::from_str_radix(&digits, 16)
    {
        return Some(number);
    }
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, text).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    Some(half(0) << 64 | half(1))
}

/// Returns roughly how much memory a call takes.
pub(super) fn size(call: &Call) -> usize {
    let actions = call.actions.iter().flat_map(|called| {
        let resources = called
            .resources
            .iter()
            .flat_map(|resource| [&resource.text, &resource.kind]);
        resources.chain(&called.unnamed_types).chain([&called.action])
    });
    let roles = call
        .passed_roles
        .iter()
        .flat_map(|passed| [&passed.role_arn, &passed.event]);
    // A short string costs at least the fields of the string and of the allocator.
    let texts: usize = actions.chain(roles).map(|text| text.len() + 40).sum();
    size_of::<Waiting>() + call.event.len() + texts
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_latest_ids_are_known_and_the_number_of_ids_is_bounded() {
        let mut ledger = Ledger::default();
        let count = 3 * GENERATION as u128;
        for id in 0..count {
            ledger.remember(Some(id));
        }
        assert!((count - GENERATION as u128..count).all(|id| ledger.seen(id)));
        assert!(!ledger.seen(0));
        assert!(ledger.young.len() <= GENERATION && ledger.old.len() <= GENERATION);
    }

    #[rstest]
    #[case(
        "0185ec23-6a3c-4e5f-8e0e-94b9c9a1f0b7",
        Some(0x0185_ec23_6a3c_4e5f_8e0e_94b9_c9a1_f0b7)
    )]
    #[case("", None)]
    fn an_id_is_the_number_that_its_digits_spell(#[case] text: &str, #[case] id: Option<EventId>) {
        assert_eq!(event_id(text), id);
    }

    #[test]
    fn other_ids_differ_as_their_texts_do() {
        let texts = [
            "a",
            "b",
            "-",
            "--",
            "0185ec23-6a3c-4e5f-8e0e-94b9c9a1f0b",
            "\u{e4}",
        ];
        let ids: HashSet<Option<EventId>> = texts.iter().map(|text| event_id(text)).collect();
        assert_eq!(ids.len(), texts.len());
        assert!(!ids.contains(&None));
    }

    #[test]
    fn calls_with_much_text_wait_in_a_shorter_line() {
        let text = r#"{"eventTime":"2024-01-01T00:00:00Z","eventSource":"s","eventName":"n"}"#;
        let record: Record<'_> = serde_json::from_str(text).unwrap();
        let call = Call {
            event: "x".repeat(1024 * 1024),
            ..Call::of(&record)
        };
        let (mut ledger, mut usage) = (Ledger::default(), Usage::default());
        for _ in 0..20 {
            assert!(ledger.enter(Ids::of(&record), call.clone(), &mut usage));
            assert!(ledger.line.len() < 8 && ledger.line_bytes <= LINE_BYTES);
        }
        ledger.close(&mut usage);
        assert_eq!((usage.unmapped[&call.event].calls, ledger.line_bytes), (20, 0));
    }
}
