//! Display names of accounts.

use foldhash::HashMap;

/// The display names of accounts, as far as the inventory has them
#[derive(Debug, Default)]
pub struct AccountNames(HashMap<String, String>);

impl AccountNames {
    /// Returns the ids and the names, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(id, name)| (id.as_str(), name.as_str()))
    }

    /// Returns the display name of an account; its id when the account has none.
    pub(crate) fn name<'s>(&'s self, id: &'s str) -> &'s str {
        self.0.get(id).map_or(id, String::as_str)
    }
}

impl FromIterator<(String, String)> for AccountNames {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}
