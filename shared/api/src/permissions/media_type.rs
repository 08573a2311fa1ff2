//! Chooses the form in which rows are sent, by `Accept` (RFC 9110, section 12.5.1).

use crate::request::Request;

/// The form of a reply with rows
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// The reply is `application/json`.
    Json,
    /// The same JSON as `text/plain`, which further pages are documented to have too
    PlainJson,
    /// The reply is `text/csv`.
    Csv,
    /// The type `application/x-ndjson`: one row a line
    Ndjson,
}

/// A q value in thousandths.
type Weight = u32;

/// Holds what a client prefers, as far as it matters here
#[derive(Debug, Default)]
struct Preferences {
    json: Option<Weight>,
    any_application: Option<Weight>,
    anything: Option<Weight>,
    csv: Weight,
    ndjson: Weight,
    plain: Weight,
}

impl MediaType {
    /// Returns the value of `Content-Type`, without a character set: a client compares the whole of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::PlainJson => "text/plain",
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// Returns the form of the first page.
    ///
    /// JSON unless another form is named whose weight is above zero and not below that of JSON; never a refusal.
    #[must_use]
    pub fn of_search(request: &Request) -> Self {
        Preferences::of(request).choice()
    }

    /// Returns the form of a further page.
    #[must_use]
    pub fn of_page(request: &Request) -> Self {
        let preferences = Preferences::of(request);
        match preferences.choice() {
            // Clients name `text/plain` beside JSON by habit, so that only a client that prefers it gets it.
            Self::Json if preferences.plain > preferences.json() => Self::PlainJson,
            choice @ (Self::Json | Self::PlainJson | Self::Csv | Self::Ndjson) => choice,
        }
    }
}

impl Preferences {
    fn of(request: &Request) -> Self {
        let mut found = Self::default();
        for range in request.header_all("accept").flat_map(|value| value.split(',')) {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            // A range whose weight cannot be read does not count.
            let Some(weight) = weight(parts) else { continue };
            match name.as_str() {
                // The documentation has the second spelling.
                "application/json" | "appliation/json" => found.json = found.json.max(Some(weight)),
                "application/*" => found.any_application = Some(weight),
                "*/*" => found.anything = Some(weight),
                "text/csv" => found.csv = found.csv.max(weight),
                "application/x-ndjson" => found.ndjson = found.ndjson.max(weight),
                "text/plain" => found.plain = found.plain.max(weight),
                _ => {}
            }
        }
        found
    }

    /// Returns the weight of JSON: that of the most specific range that holds it.
    fn json(&self) -> Weight {
        self.json
            .or(self.any_application)
            .or(self.anything)
            .unwrap_or_default()
    }

    fn choice(&self) -> MediaType {
        let (weight, media_type) = if self.csv >= self.ndjson {
            (self.csv, MediaType::Csv)
        } else {
            (self.ndjson, MediaType::Ndjson)
        };
        if weight > 0 && weight >= self.json() {
            media_type
        } else {
            MediaType::Json
        }
    }
}

/// Returns the weight among the parameters of a range, 1 if there is none.
fn weight<'h>(mut parameters: impl Iterator<Item = &'h str>) -> Option<Weight> {
    let is_weight = |parameter: &&str| {
        parameter
            .get(..2)
            .is_some_and(|name| name.eq_ignore_ascii_case("q="))
    };
    let Some(text) = parameters
        .find(is_weight)
        .and_then(|parameter| parameter.get(2..))
    else {
        return Some(1000);
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: Weight = format!("{fraction:0<3}").parse().ok().filter(|_| is_number)?;
    match (whole, thousandths) {
        ("0", thousandths) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}
