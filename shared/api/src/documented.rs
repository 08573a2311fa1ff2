//! The tables of `docs/errors.md`: tests make them from the replies, and compare.

use std::fmt::Write as _;

use crate::Reply;

/// Says what a table shows between the status and the body.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Headers {
    /// The table shows no header.
    None,
    /// Every header but the content type.
    Every,
    /// The table shows this header.
    One(&'static str),
}

impl Headers {
    fn title(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Every => " headers |".to_owned(),
            Self::One(name) => format!(" `{name}` |"),
        }
    }

    fn cell(self, reply: &Reply) -> String {
        match self {
            Self::None => String::new(),
            Self::Every => {
                let shown = reply.headers().filter(|(name, _)| *name != "content-type");
                let shown: Vec<_> = shown.map(|(name, value)| format!("`{name}: {value}`")).collect();
                format!(" {} |", shown.join("<br>"))
            }
            Self::One(name) => format!(" `{}` |", reply.header(name).unwrap()),
        }
    }
}

/// Returns the table of these replies.
pub(crate) fn table(headers: Headers, replies: impl IntoIterator<Item = Reply>) -> String {
    let title = headers.title();
    let columns = "---|".repeat(if title.is_empty() { 2 } else { 3 });
    let mut table = format!("| status |{title} body |\n|{columns}");
    for reply in replies {
        // A body with single backticks stands between two backticks.
        let (before, after) = if reply.body().contains('`') {
            ("`` ", " ``")
        } else {
            ("`", "`")
        };
        let (code, cell, body) = (reply.code(), headers.cell(&reply), reply.body());
        write!(table, "\n| {code} |{cell} {before}{body}{after} |").unwrap();
    }
    table
}

/// Fails when the documentation lacks the table.
pub(crate) fn assert_documented(table: &str) {
    let document = include_str!("../../../docs/errors.md");
    assert!(
        document.contains(table),
        "docs/errors.md lacks this table:\n{table}"
    );
}
