//! Assets of projects. There are no assets here: no list has any, and none can be associated.

use serde::Serialize;

use super::list::Paging;
use super::text::{ClientToken, Id};
use crate::request::{Constraint, Object, Reader, Violations};

/// Most assets of one request.
const MOST: usize = 100;

/// A request for the assets of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListProjectAssets {
    /// The project whose assets are listed; it may be unknown.
    pub project_id: Id,
    /// The page that the request wants.
    pub paging: Paging,
}

impl ListProjectAssets {
    /// Reads the id of the path and the query; `values` gives all values of a parameter.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request<'r>(
        id: &str,
        values: impl Fn(&'static str) -> Vec<&'r str>,
    ) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let id = reader.parameter("projectId", Some(id));
        let paging = Paging::from_parameters(&mut reader, &values("nextToken"), &values("maxResults"));
        reader.finish(id.map(|project_id| Self { project_id, paging }))
    }
}

/// Reply of `ListProjectAssets`: no project has assets.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListProjectAssetsReply {
    asset_ids: [&'static str; 0],
}

/// A request to associate assets with a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchAssociateProjectAssets {
    /// The project that the assets belong to.
    pub project_id: Id,
}

impl BatchAssociateProjectAssets {
    /// Reads the id of the path and the body. The ids of assets are checked and dropped, because none exists.
    ///
    /// # Errors
    /// All violations.
    pub fn from_request(id: &str, body: &json::Object<'_>) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let id = reader.parameter("projectId", Some(id));
        let assets = reader.required(root.member("assetIds"));
        if let Some(elements) = reader.array(&assets) {
            if !(1..=MOST).contains(&elements.len()) {
                reader.refuse(assets.path(), Constraint::length(1, MOST));
            }
            for element in elements {
                let element = reader.required(element);
                let _asset: Option<Id> = reader.text(&element);
            }
        }
        let _token: Option<ClientToken> = reader.text(&root.member("clientToken"));
        reader.finish(id.map(|project_id| Self { project_id }))
    }
}
