//! The limit says how many rows a page may hold.

/// Most rows a page may hold, `1..=10_000`; rows, not bytes
///
/// Clients are known to ask for up to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

/// The largest limit
const MOST: u16 = 10_000;

impl Limit {
    /// Says what a limit must be, for messages.
    pub(crate) const RANGE: &str = "between 1 and 10000";

    /// The limit of a page of Get Permissions V4 that names none: scripts count on pages of a thousand.
    pub const OF_PAGE: Self = Self(1_000);

    /// Makes a limit of that many rows; `None` when the number is not allowed.
    #[must_use]
    pub fn new(rows: u64) -> Option<Self> {
        let rows = u16::try_from(rows).ok()?;
        (1..=MOST).contains(&rows).then_some(Self(rows))
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn rows(self) -> usize {
        self.0.into()
    }

    /// Returns the number as it is kept in a token.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}
