//! Scans log files on this machine for the calls of a user or role, and prints the proposed policies: to measure a scan
//! end to end, and to read what is proposed.
//!
//! ```text
//! cargo build --release -p trail --example scan
//! /usr/bin/time -v target/release/examples/scan arn:aws:iam::111122223333:role/web logs/*.json.gz
//! ```
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a program for people")]

use std::fs::File;
use std::io::Read as _;

use trail::generation::{Content, Generation, Planned};
use trail::identities::Identities;
use trail::principal::{Principal, TimeRange};
use trail::scan::{Scanner, Services, Wanted};
use trail::{actions, evidence};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let arn = arguments
        .next()
        .expect("first the ARN of a user or role, then log files");
    let principal = Principal::parse(&arn).expect("the ARN of a user or role");
    let time = TimeRange {
        start: "2000-01-01T00:00:00Z".parse().expect("a time"),
        end: "2100-01-01T00:00:00Z".parse().expect("a time"),
    };
    let wanted = Wanted {
        principal: principal.clone(),
        time,
        services: Services::All,
    };
    let mut scanner = Scanner::new(wanted, actions::understand);
    let mut chunk = vec![0; 64 * 1024];
    for name in arguments {
        let mut file = File::open(&name).expect("a file that can be read");
        let mut open = scanner.file(&name);
        loop {
            let read = file.read(&mut chunk).expect("a file that can be read");
            if read == 0 {
                break;
            }
            open.feed(chunk.get(..read).unwrap_or_default());
        }
        if let Err(damage) = open.finish() {
            println!("{name}: {damage}");
        }
    }
    let usage = scanner.finish();
    println!("{:?}", usage.reading);
    let generation = Generation {
        principal: &principal,
        start: time.start,
        end: time.end,
        usage: &usage,
        last_accessed: None,
        identities: Identities::NONE,
        planned: &Planned::default(),
        content: Content::default(),
    };
    for policy in evidence::compose("scan", &generation).suggested_policies {
        println!("{policy}");
    }
}
