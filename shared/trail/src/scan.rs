//! Scans log files for the calls of one principal.
//!
//! [`Scanner`] takes files as they arrive from storage and ends in a [`Usage`]. It knows no storage and no async:
//! the caller downloads the files and pushes their chunks. Memory does not depend on the input: the window and decoder
//! of [`Reader`], at most 8 MiB of calls that may yet be corrected, 4 MiB of calls that may come again, about 10 MiB of
//! event ids, and the usage itself, whose lists are bounded.

mod ledger;
mod memory;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use ledger::{Ids, Ledger};
use memchr::memmem::Finder;
use memory::Memory;
use serde_json::Value;

use crate::layout::{self, LogFile};
use crate::log::{Damage, Element, Reader};
use crate::principal::{Certainty, Prefilter, Principal, TimeRange, Worth, worth};
use crate::record::{RawRecord, Record, UserIdentity};
use crate::usage::{Call, ScanCounts, Usage};

/// Says the records of which services are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Services {
    /// The calls of every service.
    All,
    /// The calls of global services only: the log files are of the region where global services write theirs, and that
    /// region itself was not requested.
    GlobalOnly,
}

/// Says which records are wanted.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The principal whose calls are kept.
    pub principal: Principal,
    /// Only records with an event time in this range are wanted.
    pub time: TimeRange,
    /// Only records of these services are wanted.
    pub services: Services,
}

/// Scans log files, one after the other, in any order.
///
/// A record that several files hold is counted once, as long as fewer than 131,072 other calls of the principal
/// lie between its copies. A correction takes the place of the record that it corrects, if that one comes later
/// or is among the last 8,192 calls; else both are counted, and [`ScanCounts::late_corrections`] says so. Neither is
/// noticed across scanners.
#[derive(Debug)]
pub struct Scanner<F> {
    reader: Reader,
    tally: Tally<F>,
}

impl<F: FnMut(&Record<'_>) -> Call> Scanner<F> {
    /// Makes a scanner that has read nothing. `understand` returns what the call of a record needed. It is seldom
    /// called more than twice for records that differ only in their time, their ids, and the session of the caller.
    #[must_use]
    pub fn new(wanted: Wanted, understand: F) -> Self {
        let prefilter = Prefilter::new(&wanted.principal);
        let (ledger, usage) = (Ledger::default(), Usage::default());
        let tally = Tally {
            wanted,
            prefilter,
            event_names: Finder::new(r#""eventName""#),
            may_add_role: true,
            understand,
            memory: Memory::default(),
            ledger,
            usage,
            sampled: 0,
            sampled_in_file: 0,
            compared: HashSet::new(),
        };
        Self {
            reader: Reader::default(),
            tally,
        }
    }

    /// Begins a file. `name` is the key of the object, for the report of damage, and because it names the region.
    pub fn file(&mut self, name: &str) -> File<'_, F> {
        self.tally.usage.reading.files += 1;
        self.tally.sampled_in_file = 0;
        let global = layout::global_region(self.tally.wanted.principal.partition());
        // A global service writes its records in one region. A name without a region may belong to that region.
        self.tally.may_add_role = LogFile::parse(name).is_none_or(|file| Some(file.region) == global);
        File {
            scanner: self,
            name: name.to_owned(),
            open: true,
        }
    }

    /// Returns how much has been read so far.
    #[must_use]
    pub fn reading(&self) -> &ScanCounts {
        &self.tally.usage.reading
    }

    /// Returns the usage that all files together show.
    #[must_use]
    pub fn finish(mut self) -> Usage {
        self.tally.ledger.close(&mut self.tally.usage);
        self.tally.usage
    }
}

/// A file being scanned. One that is dropped before its end counts as damaged.
#[derive(Debug)]
pub struct File<'s, F> {
    scanner: &'s mut Scanner<F>,
    name: String,
    open: bool,
}

impl<F: FnMut(&Record<'_>) -> Call> File<'_, F> {
    /// Takes the next bytes of the file as they are stored: gzip, or plain JSON.
    pub fn feed(&mut self, chunk: &[u8]) {
        let Scanner { reader, tally } = &mut *self.scanner;
        tally.usage.reading.bytes += chunk.len() as u64;
        reader.feed(chunk, |element| tally.take(element));
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// What was wrong with it. That is already counted in [`ScanCounts::damaged`]; the records before the damage
    /// are used. Nothing has to be done about it, but it may be worth a line in the log.
    pub fn finish(mut self) -> Result<(), Damage> {
        let Scanner { reader, tally } = &mut *self.scanner;
        let verdict = reader.finish(|element| tally.take(element));
        self.open = false;
        if let Err(damage) = verdict {
            tally.usage.reading.add_damaged(&self.name, damage.to_string());
        }
        verdict
    }

    /// Gives the file up, because the rest of it cannot be read: `reason` says why. The records so far are used.
    ///
    /// A file begun again after that is another file: its records are counted once, but read twice.
    pub fn give_up(mut self, reason: &str) {
        self.abandon(reason);
    }
}

impl<F> File<'_, F> {
    fn abandon(&mut self, reason: &str) {
        self.open = false;
        self.scanner.reader.reset();
        self.scanner
            .tally
            .usage
            .reading
            .add_damaged(&self.name, reason.to_owned());
    }
}

impl<F> Drop for File<'_, F> {
    fn drop(&mut self) {
        if self.open {
            self.abandon("the file was not read to its end");
        }
    }
}

/// Adds up the records of all files.
#[derive(Debug)]
struct Tally<F> {
    wanted: Wanted,
    prefilter: Prefilter,
    event_names: Finder<'static>,
    /// Says whether the file may hold [`ADDS_ROLE`].
    may_add_role: bool,
    understand: F,
    memory: Memory,
    ledger: Ledger,
    usage: Usage,
    /// Records of others that were looked at for their principal, in all files and in this one.
    sampled: u32,
    sampled_in_file: u32,
    /// Principals that were compared with the one that is looked for, at most [`SAMPLE`].
    compared: HashSet<String>,
}

/// The event that gives an instance profile its role.
const ADDS_ROLE: &str = "AddRoleToInstanceProfile";

/// Most records of others that are looked at for their principal: enough to find the one that was meant, and a few
/// milliseconds.
const SAMPLE: u32 = 2_000;

/// Most of them in one file, so that a scan looks into many files.
const SAMPLE_OF_FILE: u32 = 20;

/// The caller of a record, which is read without the rest.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Caller<'a> {
    #[serde(borrow, default)]
    user_identity: Option<UserIdentity<'a>>,
}

impl<F: FnMut(&Record<'_>) -> Call> Tally<F> {
    #[inline]
    fn take(&mut self, element: Element<'_>) {
        self.usage.reading.records += 1;
        if self.may_add_role
            && let Element::Record(record) = element
            && self.adds_role(record)
        {
            self.note_instance_profile(record);
        }
        match element {
            Element::Record(record) if self.prefilter.passes(record) => self.look_at(record),
            Element::Record(record) => {
                if self.sampled < SAMPLE && self.sampled_in_file < SAMPLE_OF_FILE {
                    self.sample(record);
                }
            }
            // The record might have been of the principal.
            Element::TooLarge => self.usage.reading.unparsable += 1,
        }
    }

    /// Returns whether the record may report [`ADDS_ROLE`]. The search ends at the name of the event, which stands
    /// before the parameters.
    fn adds_role(&self, record: &[u8]) -> bool {
        let name = || {
            let at = self.event_names.find(record)? + self.event_names.needle().len();
            let value = record.get(at..)?.trim_ascii_start().strip_prefix(b":")?;
            value.trim_ascii_start().strip_prefix(b"\"")
        };
        name().is_some_and(|name| name.starts_with(ADDS_ROLE.as_bytes()))
    }

    #[cold]
    fn sample(&mut self, record: &[u8]) {
        self.sampled += 1;
        self.sampled_in_file += 1;
        if let Ok(Caller {
            user_identity: Some(identity),
        }) = serde_json::from_slice(record)
        {
            self.note_caller(&identity);
        }
    }

    /// Notes which role an instance profile has: calls that launch instances name the profile only, whoever made it.
    ///
    /// Source: IAM API reference, `AddRoleToInstanceProfile`.
    #[cold]
    fn note_instance_profile(&mut self, record: &[u8]) {
        let Ok(record) = serde_json::from_slice::<Record<'_>>(record) else {
            return;
        };
        let identity = record.user_identity.as_ref();
        let account = identity.and_then(|identity| identity.account_id.as_deref());
        let is_addition = record.event_source == "iam.amazonaws.com"
            && record.event_name == ADDS_ROLE
            && record.error_code.is_none()
            && account == Some(self.wanted.principal.account());
        let name = |member| record.request_parameters.get(member).and_then(Value::as_str);
        if let (true, Some(profile), Some(role)) =
            (is_addition, name("instanceProfileName"), name("roleName"))
        {
            self.usage.note_instance_profile(profile, role);
        }
    }

    fn note_caller(&mut self, identity: &UserIdentity<'_>) {
        if let Some(arn) = identity.principal_arn()
            && !self.compared.contains(arn)
        {
            if self.compared.len() < SAMPLE as usize {
                self.compared.insert(arn.to_owned());
            }
            let edits = strsim::levenshtein(arn, self.wanted.principal.arn());
            self.usage.note_principal(edits, arn);
        }
    }

    fn look_at(&mut self, record: &[u8]) {
        let Ok(record) = serde_json::from_slice::<RawRecord<'_>>(record) else {
            self.usage.reading.unparsable += 1;
            return;
        };
        let made = record
            .user_identity
            .as_ref()
            .and_then(|identity| self.wanted.principal.made(identity));
        let Some(certainty) = made else {
            // The name is the same, but the path or the kind is not.
            if let Some(identity) = &record.user_identity {
                self.note_caller(identity);
            }
            return;
        };
        if !self.wanted.time.contains(record.event_time) || !self.wanted.services.include(&record) {
            return;
        }
        let worth = worth(&record);
        match worth {
            Worth::Call | Worth::ConsoleAction => {}
            Worth::Nothing => return,
            Worth::Unknown => {
                self.usage.reading.unparsable += 1;
                return;
            }
        }
        let ids = Ids::of(&record);
        let call = if let Some(call) = self.memory.recall(&record) {
            call
        } else {
            let Ok(record) = record.read() else {
                self.usage.reading.unparsable += 1;
                return;
            };
            let call = (self.understand)(&record);
            self.memory.keep(&call);
            call
        };
        if worth == Worth::ConsoleAction && call.actions.is_empty() {
            return;
        }
        if self.ledger.enter(ids, call, &mut self.usage) {
            self.usage.reading.matched += 1;
            self.usage.reading.uncertain += u64::from(certainty == Certainty::Uncertain);
        }
    }
}

impl Services {
    fn include<P>(self, record: &Record<'_, P>) -> bool {
        match self {
            Self::All => true,
            Self::GlobalOnly => layout::is_global(&record.event_source),
        }
    }
}
