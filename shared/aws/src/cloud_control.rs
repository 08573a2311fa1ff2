//! Resources of any type, by AWS Cloud Control: one API that reads what some hundred services have.
//!
//! Source: Cloud Control API reference, `ListResources` and `GetResource`; the properties of a type and its identifier
//! are in the schema of the type in the `CloudFormation` registry.

use aws_sdk_cloudcontrol::Client;
use aws_types::region::Region;
use serde_json::{Map, Value};

use crate::error::AccessError;
use crate::session::Session;

const LIST: &str = "list resources by Cloud Control";
const READ: &str = "read a resource by Cloud Control";

/// A resource as Cloud Control lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedResource {
    /// Says what names the resource within its type: a name, an id, an ARN or a URL.
    pub identifier: String,
    /// The properties that the list shows already: all of them, some, or none.
    pub properties: Map<String, Value>,
}

/// Cloud Control of one region, with the permissions of the session. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CloudControl {
    client: Client,
}

impl Session {
    /// Makes a client of Cloud Control in this region, or in the region of this process.
    #[must_use]
    pub fn cloud_control(&self, region: Option<&str>) -> CloudControl {
        let mut builder = aws_sdk_cloudcontrol::config::Builder::from(self.config());
        if let Some(region) = region {
            builder = builder.region(Region::new(region.to_owned()));
        }
        CloudControl {
            client: Client::from_conf(builder.build()),
        }
    }
}

impl CloudControl {
    /// Returns all resources of a type (`AWS::KMS::Key`). Some types need a property of the resources that are wanted,
    /// for example the parent of organizational units: `model` is an object of these properties.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn list(
        &self,
        type_name: &str,
        model: Option<&Value>,
    ) -> Result<Vec<ListedResource>, AccessError> {
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let page = self
                .client
                .list_resources()
                .type_name(type_name)
                .set_resource_model(model.map(Value::to_string))
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| AccessError::new(LIST, error))?;
            for resource in page.resource_descriptions.unwrap_or_default() {
                let Some(identifier) = resource.identifier else {
                    return Err(AccessError::incomplete(LIST));
                };
                let properties = resource.properties.map(|text| properties(&text)).transpose()?;
                found.push(ListedResource {
                    identifier,
                    properties: properties.unwrap_or_default(),
                });
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// Returns the properties of a resource; `None` when there is no such resource.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn read(
        &self,
        type_name: &str,
        identifier: &str,
    ) -> Result<Option<Map<String, Value>>, AccessError> {
        let reply = self
            .client
            .get_resource()
            .type_name(type_name)
            .identifier(identifier)
            .send()
            .await;
        let reply = match reply.map_err(|error| AccessError::new(READ, error)) {
            Ok(reply) => reply,
            Err(AccessError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let text = reply.resource_description.and_then(|found| found.properties);
        let text = text.ok_or_else(|| AccessError::incomplete(READ))?;
        properties(&text).map(Some)
    }
}

fn properties(text: &str) -> Result<Map<String, Value>, AccessError> {
    serde_json::from_str(text).map_err(|error| AccessError::Unavailable {
        what: READ,
        cause: error.into(),
    })
}
