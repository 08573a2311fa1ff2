//! Writes the names of `data/catalogue.tsv` as two texts, and an index: where each name and list is.
//!
//! The table is committed because people can read its differences. The index is made when the crate is built, so that
//! nothing has to be parsed when a program starts. The index holds numbers only: pointers would have to be relocated
//! in each process that starts. A program has the names and the index, and not what the index says once more.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

const TABLE: &str = "data/catalogue.tsv";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A part of the text of names: its position and length in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Span(usize, usize);

/// Different parts, each with a number. Tens of thousands of actions have a few hundred different lists, and a number is
/// smaller than a position and a length.
#[derive(Default)]
struct Numbered {
    spans: String,
    known: HashMap<Span, usize>,
}

impl Numbered {
    fn number(&mut self, span: Span) -> Result<u16> {
        let next = self.known.len();
        let number = *self.known.entry(span).or_insert(next);
        if number == next {
            writeln!(self.spans, "{span},")?;
        }
        Ok(u16::try_from(number)?)
    }
}

/// Lists of numbers, one after the other; equal lists are kept once.
#[derive(Default)]
struct Lists {
    numbers: Vec<u16>,
    known: HashMap<Vec<u16>, usize>,
}

impl Lists {
    /// Returns the position and length of a list.
    fn add(&mut self, list: Vec<u16>) -> Span {
        let length = list.len();
        let next = self.numbers.len();
        let at = *self.known.entry(list).or_insert_with_key(|list| {
            self.numbers.extend(list);
            next
        });
        Span(at, length)
    }
}

/// The names, one behind the other; equal names are kept once.
#[derive(Default)]
struct Names {
    text: String,
    known: HashMap<String, usize>,
}

impl Names {
    /// Returns where a name is in the text.
    fn span(&mut self, name: &str) -> Span {
        if name.is_empty() {
            return Span(0, 0);
        }
        let next = self.text.len();
        let at = *self.known.entry(name.to_owned()).or_insert_with(|| {
            self.text.push_str(name);
            next
        });
        Span(at, name.len())
    }
}

/// A line of the table, cut into fields.
struct Fields<'t> {
    fields: std::str::Split<'t, char>,
}

impl<'t> Fields<'t> {
    /// Returns the next field; empty when the line has no more.
    fn next(&mut self) -> &'t str {
        self.fields.next().unwrap_or_default()
    }

    /// Returns the next field as numbers; `+` before a number sets its highest bit.
    fn numbers(&mut self) -> Result<Vec<u16>> {
        let numbers = self.next().split_ascii_whitespace().map(|number| {
            let bare = number.trim_start_matches('+');
            let required = if bare.len() < number.len() { 1 << 15 } else { 0 };
            Ok(bare.parse::<u16>()? | required)
        });
        numbers.collect()
    }
}

/// The rows of the tables, as Rust source.
#[derive(Default)]
struct Tables {
    version: String,
    counts: String,
    sources: String,
    services: String,
    keys: String,
    types: String,
    actions: String,
    lists: Lists,
    lists_of_actions: Numbered,
    dependents: Numbered,
    names: Names,
    /// The names of the actions, in the order of their rows: the length of each says where the next one begins.
    names_of_actions: String,
    /// Number of rows: counts, sources, services, keys, types, actions.
    rows: [usize; 6],
}

impl Tables {
    fn read(text: &str) -> Result<Self> {
        let (index, bodies) = text.split_once("\n\n").ok_or("the catalogue has no index")?;
        let mut tables = Self::default();
        let mut names = HashMap::new();
        for line in index.lines() {
            let mut fields = Fields {
                fields: line.split('\t'),
            };
            match fields.next() {
                "version" => write!(tables.version, "{}", tables.names.span(fields.next()))?,
                "count" => {
                    let (what, number) = (tables.names.span(fields.next()), fields.next());
                    writeln!(tables.counts, "({what}, {number}),")?;
                    tables.rows[0] += 1;
                }
                "source" => {
                    writeln!(
                        tables.sources,
                        "({}, {}),",
                        tables.names.span(fields.next()),
                        tables.names.span(fields.next())
                    )?;
                    tables.rows[1] += 1;
                }
                "service" => {
                    let prefix = fields.next();
                    let count: usize = fields.next().parse()?;
                    names.insert(prefix, (count, tables.names.span(fields.next())));
                }
                _ => {}
            }
        }
        // Each body but the first begins behind a line end.
        for body in bodies.split("\n=\t").map(|body| body.trim_start_matches("=\t")) {
            let (prefix, lines) = body.split_once('\n').unwrap_or((body, ""));
            let (count, name) = names
                .remove(prefix)
                .ok_or_else(|| format!("the index does not have `{prefix}`"))?;
            tables.add_service(prefix, count, &name, lines)?;
        }
        match names.into_keys().next() {
            Some(prefix) => Err(format!("the index has `{prefix}`, which has no lines").into()),
            None => Ok(tables),
        }
    }

    fn add_service(&mut self, prefix: &str, count: usize, name: &Span, lines: &str) -> Result<()> {
        let [.., first_key, first_type, first_action] = self.rows;
        for line in lines.lines() {
            let mut fields = Fields {
                fields: line.split('\t'),
            };
            match fields.next() {
                "k" => {
                    writeln!(
                        self.keys,
                        "ConditionKey {{ name: {}, value_type: {} }},",
                        self.names.span(fields.next()),
                        self.names.span(fields.next())
                    )?;
                    self.rows[3] += 1;
                }
                "t" => {
                    let (name, formats) = (self.names.span(fields.next()), self.names.span(fields.next()));
                    let keys = self.lists.add(fields.numbers()?);
                    writeln!(
                        self.types,
                        "TypeRow {{ name: {name}, formats: {formats}, keys: {keys} }},"
                    )?;
                    self.rows[4] += 1;
                }
                "a" => {
                    let (name, properties) = (fields.next(), properties(fields.next())?);
                    self.names_of_actions.push_str(name);
                    let length = u8::try_from(name.len())?;
                    let types = self.lists_of_actions.number(self.lists.add(fields.numbers()?))?;
                    let keys = self.lists_of_actions.number(self.lists.add(fields.numbers()?))?;
                    let dependents = self.dependents.number(self.names.span(fields.next()))?;
                    writeln!(
                        self.actions,
                        "ActionRow {{ name_length: {length}, properties: {properties}, service: {}, types: {types}, keys: {keys}, dependents: {dependents} }},",
                        self.rows[2],
                    )?;
                    self.rows[5] += 1;
                }
                _ => return Err(format!("`{line}` is no line of a service").into()),
            }
        }
        let [.., keys, types, actions] = self.rows;
        if actions - first_action != count {
            return Err(format!("`{prefix}` does not have {count} actions").into());
        }
        let prefix = self.names.span(prefix);
        writeln!(
            self.services,
            "Service {{ prefix: {prefix}, name: {name}, keys: ({first_key}, {keys}), types: ({first_type}, {types}), actions: ({first_action}, {actions}) }},"
        )?;
        self.rows[2] += 1;
        Ok(())
    }

    fn source(&self) -> String {
        let [counts, sources, services, keys, types, actions] = self.rows;
        let numbers = &self.lists.numbers;
        format!(
            "pub(super) static VERSION: Span = {};\n\
             pub(super) static COUNTS: [(Span, u32); {counts}] = [\n{}];\n\
             pub(super) static SOURCES: [(Span, Span); {sources}] = [\n{}];\n\
             pub(super) static SERVICES: [Service; {services}] = [\n{}];\n\
             pub(super) static KEYS: [ConditionKey; {keys}] = [\n{}];\n\
             pub(super) static TYPES: [TypeRow; {types}] = [\n{}];\n\
             pub(super) static ACTIONS: [ActionRow; {actions}] = [\n{}];\n\
             pub(super) static LISTS_OF_ACTIONS: [List; {}] = [\n{}];\n\
             pub(super) static DEPENDENTS: [Span; {}] = [\n{}];\n\
             pub(super) static NUMBERS: [u16; {}] = {numbers:?};\n",
            self.version,
            self.counts,
            self.sources,
            self.services,
            self.keys,
            self.types,
            self.actions,
            self.lists_of_actions.known.len(),
            self.lists_of_actions.spans,
            self.dependents.known.len(),
            self.dependents.spans,
            numbers.len(),
        )
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Span({}, {})", self.0, self.1)
    }
}

/// Returns the letters of an action's properties as bits, in this order.
fn properties(letters: &str) -> Result<u8> {
    letters.chars().try_fold(0, |bits, letter| {
        let bit = "LPRTWgau"
            .find(letter)
            .ok_or_else(|| format!("`{letter}` is no property"))?;
        Ok(bits | 1 << bit)
    })
}

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed={TABLE}");
    println!("cargo::rerun-if-changed=build.rs");
    let text = std::fs::read_to_string(TABLE)?;
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let tables = Tables::read(&text)?;
    std::fs::write(out.join("catalogue.rs"), tables.source())?;
    std::fs::write(out.join("names.txt"), tables.names.text)?;
    std::fs::write(out.join("names-of-actions.txt"), tables.names_of_actions)?;
    Ok(())
}
