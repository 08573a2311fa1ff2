//! Listing policies by numbered pages.

use serde::Serialize;

use super::{PolicySummary, PolicyType, reply::Item};
use crate::account::AccountId;
use crate::request::{Constraint, Reader, Violations};

/// Policies of a page unless the caller says otherwise.
const DEFAULT_SIZE: usize = 10;
/// Most policies of a page.
const MAX_SIZE: usize = 100;
/// The one column that can be searched.
const SEARCH_COLUMN: &str = "policyName";

/// Says which policies to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPolicies {
    page: usize,
    size: usize,
    /// The text to search for, in lower case
    search: Option<String>,
    policy_type: Option<PolicyType>,
}

impl ListPolicies {
    /// Reads the parameters of the query: `page` from 0, `size` of 1 to 100, `searchColumn` (`policyName`) together
    /// with `searchWord`, and `type`. Each is asked for by its name.
    ///
    /// # Errors
    /// All violations; and what `parameter` says.
    pub fn from_request<'r, E: From<Violations>>(
        parameter: impl Fn(&'static str) -> Result<Option<&'r str>, E>,
    ) -> Result<Self, E> {
        let mut reader = Reader::new();
        let page = whole(&mut reader, "page", parameter("page")?, 0..=usize::MAX, 0);
        let size = whole(
            &mut reader,
            "size",
            parameter("size")?,
            1..=MAX_SIZE,
            DEFAULT_SIZE,
        );
        let word = parameter("searchWord")?;
        match (parameter("searchColumn")?, word) {
            (Some(SEARCH_COLUMN), Some(_)) | (None, None) => {}
            (Some(SEARCH_COLUMN), None) => {
                reader.refuse("searchWord", Constraint::new("Member must not be null"));
            }
            (Some(_), _) => reader.refuse("searchColumn", Constraint::one_of(&[SEARCH_COLUMN])),
            (None, Some(_)) => reader.refuse("searchColumn", Constraint::new("Member must not be null")),
        }
        let wanted = parameter("type")?;
        let policy_type = wanted.and_then(PolicyType::parse);
        if wanted.is_some() && policy_type.is_none() {
            let words = [PolicyType::UserCreated, PolicyType::SystemManaged].map(PolicyType::as_str);
            reader.refuse("type", Constraint::one_of(&words));
        }
        let list = page.zip(size).map(|(page, size)| Self {
            page,
            size,
            search: word.map(str::to_lowercase),
            policy_type,
        });
        Ok(reader.finish(list)?)
    }

    /// Returns the page that is asked for, of all the policies in their order.
    #[must_use]
    pub fn page(&self, account: &AccountId, policies: Vec<PolicySummary>) -> PolicyPage {
        let found: Vec<PolicySummary> = policies.into_iter().filter(|policy| self.wants(policy)).collect();
        let total_items = found.len();
        let total_pages = total_items.div_ceil(self.size);
        let is_last = self.page.saturating_add(1) >= total_pages;
        PolicyPage {
            page: self.page,
            total_pages,
            total_items,
            has_previous: self.page > 0,
            has_next: !is_last,
            is_first: self.page == 0,
            is_last,
            items: found
                .into_iter()
                .skip(self.page.saturating_mul(self.size))
                .take(self.size)
                .map(|policy| Item::new(account, policy))
                .collect(),
        }
    }

    fn wants(&self, policy: &PolicySummary) -> bool {
        let is_found = |word: &String| policy.policy_name.to_lowercase().contains(word);
        self.search.as_ref().is_none_or(is_found)
            && self.policy_type.is_none_or(|wanted| wanted == policy.policy_type)
    }
}

fn whole(
    reader: &mut Reader,
    name: &str,
    text: Option<&str>,
    range: std::ops::RangeInclusive<usize>,
    default: usize,
) -> Option<usize> {
    let Some(text) = text else { return Some(default) };
    // `parse` alone would accept a sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text
        .parse()
        .ok()
        .filter(|number| digits && range.contains(number));
    if number.is_none() {
        let rule = match range.end() {
            &usize::MAX => format!("Member must be a whole number of at least {}", range.start()),
            end => format!("Member must be a whole number from {} to {end}", range.start()),
        };
        reader.refuse(name, Constraint::new(rule));
    }
    number
}

/// A page of policies. With none at all it is the first and the last of no pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the members of the API's answer")]
pub struct PolicyPage {
    page: usize,
    total_pages: usize,
    total_items: usize,
    has_previous: bool,
    has_next: bool,
    is_first: bool,
    is_last: bool,
    items: Vec<Item>,
}
