//! The catalogue of products and their actions: a data file, because the service publishes no operation that
//! lists them. What the file lacks is refused only where the file or the product's table is declared complete, since a
//! short table proves nothing; elsewhere it is a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

/// Products and actions that policies may name.
#[derive(Debug, Clone)]
pub struct Catalogue {
    /// Says whether every product is listed.
    complete: bool,
    /// The domains, sorted.
    domains: Vec<String>,
    /// The regions, sorted.
    regions: Vec<String>,
    /// INVARIANT: the products are sorted by code, and no code occurs twice.
    products: Vec<Product>,
    /// The first product that lists each action, as an index.
    owners: BTreeMap<String, usize>,
}

/// A product and what is known of its actions.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Product {
    code: String,
    source: String,
    version: String,
    complete: bool,
    /// INVARIANT: the actions are sorted by action.
    actions: Vec<ActionEntry>,
    /// Related actions without an entry of their own; sorted.
    #[serde(skip)]
    only_related: Vec<String>,
}

/// An entry of a product's action table.
///
/// Source: Ncloud product guides, table of user-defined policies: type, action, related actions, resource type.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ActionEntry {
    #[serde(rename = "action")]
    name: String,
    resource_type: Option<String>,
    related: Vec<String>,
}

/// Says why a catalogue file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// The file is not JSON of the expected form.
    #[error("the catalogue is not readable: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A product code or an action of one product is listed twice.
    #[error("`{0}` is listed twice")]
    Twice(String),
    /// A product names a source that the file does not describe.
    #[error("the source `{0}` is not described")]
    UnknownSource(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sources: BTreeMap<String, String>,
    #[serde(default)]
    complete: bool,
    #[serde(default)]
    domains: Vec<Listed>,
    #[serde(default)]
    regions: Vec<Listed>,
    products: Vec<Product>,
}

/// A code with the key of its source and the day it was compared with it, `YYYY-MM-DD`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    code: String,
    source: String,
    #[serde(rename = "version")]
    _version: String,
}

impl Catalogue {
    /// Returns the catalogue that comes with the validator, read once per process.
    #[must_use]
    pub fn published() -> &'static Self {
        #[expect(
            clippy::expect_used,
            reason = "the file is part of the binary, and a test reads it"
        )]
        static PUBLISHED: LazyLock<Catalogue> = LazyLock::new(|| {
            Catalogue::parse(include_str!("../data/products.json")).expect("the embedded catalogue is valid")
        });
        &PUBLISHED
    }

    /// Reads a catalogue in the format of `data/products.json`.
    ///
    /// # Errors
    /// [`CatalogueError`] when the file is not of that format, lists something twice or lacks a source.
    pub fn parse(file: &str) -> Result<Self, CatalogueError> {
        let File {
            sources,
            complete,
            domains,
            regions,
            mut products,
        } = serde_json::from_str(file)?;
        let (domains, regions) = (codes(domains, &sources)?, codes(regions, &sources)?);
        products.sort_unstable_by(|a, b| a.code.cmp(&b.code));
        for product in &mut products {
            if !sources.contains_key(&product.source) {
                return Err(CatalogueError::UnknownSource(product.source.clone()));
            }
            product.actions.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            twice(product.actions.iter().map(|row| &row.name))?;
            let related = product.actions.iter().flat_map(|row| &row.related);
            let related: BTreeSet<&String> = related.filter(|name| product.action(name).is_none()).collect();
            product.only_related = related.into_iter().cloned().collect();
        }
        twice(products.iter().map(|product| &product.code))?;
        let mut owners = BTreeMap::new();
        for (index, product) in products.iter().enumerate() {
            for name in product.action_names() {
                owners.entry(name.to_owned()).or_insert(index);
            }
        }
        Ok(Self {
            complete,
            domains,
            regions,
            products,
            owners,
        })
    }

    /// Returns whether every product is listed, so that a product it lacks does not exist.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns the codes of the domains that resource names use, such as `PUB`.
    #[must_use]
    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    /// Returns the codes of the regions that resource names use, such as `KR`.
    #[must_use]
    pub fn regions(&self) -> &[String] {
        &self.regions
    }

    /// Returns the product with exactly this code, case included.
    #[must_use]
    pub fn product(&self, code: &str) -> Option<&Product> {
        let at = self
            .products
            .binary_search_by(|product| product.code.as_str().cmp(code))
            .ok()?;
        self.products.get(at)
    }

    /// Returns the first product, by code, whose table lists this exact action.
    #[must_use]
    pub fn owner(&self, action: &str) -> Option<&Product> {
        self.owners
            .get(action)
            .and_then(|index| self.products.get(*index))
    }

    /// Returns all products, by code.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }
}

impl Product {
    /// Returns the code that targets and resource names use.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Returns the key of the source in the file.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Returns the day the entry was last compared with its source, `YYYY-MM-DD`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns whether the whole action table is entered, so that an action it lacks does not exist.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Returns the entries of the action table, by name.
    #[must_use]
    pub fn actions(&self) -> &[ActionEntry] {
        &self.actions
    }

    /// Returns all known actions: those with an entry by name, then those that only an entry's related actions name.
    pub fn action_names(&self) -> impl Iterator<Item = &str> + Clone {
        let entries = self.actions.iter().map(ActionEntry::name);
        entries.chain(self.only_related.iter().map(String::as_str))
    }

    /// Returns whether the action has an entry, or is related to one that has.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.action(name).is_some()
            || self
                .only_related
                .binary_search_by(|known| known.as_str().cmp(name))
                .is_ok()
    }

    /// Returns the table's entry of an exact action.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&ActionEntry> {
        let at = self
            .actions
            .binary_search_by(|row| row.name.as_str().cmp(name))
            .ok()?;
        self.actions.get(at)
    }
}

impl ActionEntry {
    /// Returns the name, `View/<name>` or `Change/<name>`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the resource type the action can be limited to; `None` when it can be limited to none.
    #[must_use]
    pub fn resource_type(&self) -> Option<&str> {
        self.resource_type.as_deref()
    }

    /// Returns the actions of the same product without which this one is of little use.
    #[must_use]
    pub fn related(&self) -> &[String] {
        &self.related
    }
}

fn codes(listed: Vec<Listed>, sources: &BTreeMap<String, String>) -> Result<Vec<String>, CatalogueError> {
    if let Some(unknown) = listed.iter().find(|listed| !sources.contains_key(&listed.source)) {
        return Err(CatalogueError::UnknownSource(unknown.source.clone()));
    }
    let mut codes: Vec<String> = listed.into_iter().map(|listed| listed.code).collect();
    codes.sort_unstable();
    twice(codes.iter())?;
    Ok(codes)
}

fn twice<'a>(mut sorted: impl Iterator<Item = &'a String>) -> Result<(), CatalogueError> {
    let mut before = sorted.next();
    for name in sorted {
        if before == Some(name) {
            return Err(CatalogueError::Twice(name.clone()));
        }
        before = Some(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::action;

    #[test]
    fn the_published_catalogue_is_valid() {
        let catalogue = Catalogue::published();
        assert_eq!(catalogue.products().len(), 79);
        assert!(!catalogue.is_complete());
        for product in catalogue.products() {
            assert_eq!(
                catalogue.product(product.code()).map(Product::code),
                Some(product.code())
            );
            assert!(
                product.code().bytes().all(|byte| byte.is_ascii_alphanumeric()),
                "{}",
                product.code()
            );
            assert!(!product.version().is_empty() && !product.source().is_empty());
            for row in product.actions() {
                let names = std::iter::once(row.name()).chain(row.related().iter().map(String::as_str));
                assert!(names.into_iter().all(action::is_exact), "{row:?}");
                assert!(product.action(row.name()).is_some());
            }
        }
    }

    #[rstest]
    #[case::twice(
        r#"{"sources":{"s":""},"products":[
        {"code":"A","source":"s","version":"","complete":true,"actions":[]},
        {"code":"A","source":"s","version":"","complete":true,"actions":[]}]}"#,
        "`A` is listed twice"
    )]
    #[case::no_source(
        r#"{"sources":{},"products":[
        {"code":"A","source":"s","version":"","complete":true,"actions":[]}]}"#,
        "the source `s` is not described"
    )]
    fn a_bad_catalogue_is_refused(#[case] file: &str, #[case] message: &str) {
        assert_eq!(Catalogue::parse(file).unwrap_err().to_string(), message);
    }
}
