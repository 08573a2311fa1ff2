//! Decides from the query alone which clouds can have rows in a result. A cloud that cannot is not even read.

use rql::{BoolAttribute, Predicate, Query, TextAttribute, decide};

use crate::own::{Cloud, SERVICE};

/// The clouds whose rows a query may select
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clouds {
    /// Accounts that were imported
    pub aws: bool,
    /// Access policies of IoT SiteWise
    pub sitewise: bool,
    /// Policies that sub accounts hold
    pub ncloud: bool,
}

/// Holds what all rows of a cloud have in common
struct Common {
    cloud: &'static str,
    /// The cloud of the sources that have one
    source_cloud: Option<&'static str>,
    service: Option<&'static str>,
    public: Option<bool>,
}

impl Clouds {
    /// Returns the clouds of a query. The answer is exact in one direction: a cloud that is left out has no row in the
    /// result.
    #[must_use]
    pub fn of(query: &Query) -> Self {
        let possible = |common: &Common| decide(query.expression(), &|one| holds(one, common)) != Some(false);
        Self {
            aws: possible(&Common {
                cloud: "AWS",
                source_cloud: None,
                service: None,
                public: None,
            }),
            sitewise: possible(&Common {
                cloud: Cloud::SiteWise.as_str(),
                source_cloud: Some("AWS"),
                service: Some(SERVICE),
                public: Some(false),
            }),
            ncloud: possible(&Common {
                cloud: Cloud::Ncloud.as_str(),
                source_cloud: Some(Cloud::Ncloud.as_str()),
                service: None,
                public: Some(false),
            }),
        }
    }

    /// Returns whether anything that this stack itself grants may be selected.
    #[must_use]
    pub const fn own(self) -> bool {
        self.sitewise || self.ncloud
    }
}

/// Returns whether a predicate holds for every row of the cloud, or for none; `None` when rows differ.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "by all other attributes the rows of a cloud differ, or may one day"
)]
fn holds(predicate: &Predicate, common: &Common) -> Option<bool> {
    match predicate {
        Predicate::Text { attribute, test } => {
            let value = match attribute {
                TextAttribute::DestCloudType | TextAttribute::GrantedByCloudType => Some(common.cloud),
                TextAttribute::SourceCloudType => common.source_cloud,
                TextAttribute::DestServiceName => common.service,
                _ => None,
            };
            value.map(|value| test.holds([value]))
        }
        Predicate::Bool {
            attribute: BoolAttribute::SourcePublic,
            negated,
            value,
        } => common.public.map(|public| (public == *value) != *negated),
        // An ARN names a resource of AWS, and portals and projects are such resources. An NRN names a resource of Ncloud.
        Predicate::Covers { resource } => {
            let is_ncloud = resource.text().starts_with("nrn:");
            (is_ncloud != (common.cloud == Cloud::Ncloud.as_str())).then_some(false)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("action.name = 's3:GetObject'", [true, true, true])]
    #[case("dest.cloud.type = 'aws'", [true, false, false])]
    #[case("dest.cloud.type IN ('SITEWISE', 'ncp')", [false, true, true])]
    #[case("NOT dest.cloud.type = 'AWS'", [false, true, true])]
    #[case("dest.cloud.type != 'AWS' OR action.name = 'x'", [true, true, true])]
    #[case("dest.cloud.type = 'AZURE'", [false, false, false])]
    #[case("source.cloud.type = 'AWS'", [true, true, false])]
    #[case("source.cloud.type = 'NCP'", [true, false, true])]
    #[case("source.public = true", [true, false, false])]
    #[case("source.public != true", [true, true, true])]
    #[case("dest.cloud.service.name = 's3'", [true, false, true])]
    #[case("dest.cloud.service.name STARTS WITH 'iot'", [true, true, true])]
    #[case("dest.cloud.resource.id COVERS 'arn:aws:s3:::a'", [true, true, false])]
    #[case("dest.cloud.resource.id COVERS 'nrn:PUB:IAM::5:Policy/x'", [false, false, true])]
    #[case("NOT (dest.cloud.type = 'AWS' AND action.name = 'x')", [true, true, true])]
    #[case("action.name CONTAINS ALL ('a', 'b') AND dest.cloud.type = 'NCP'", [false, false, true])]
    fn a_cloud_without_rows_is_known_from_the_query(#[case] condition: &str, #[case] expected: [bool; 3]) {
        let query = Query::parse(&format!("config from iam where {condition}")).unwrap();
        let clouds = Clouds::of(&query);
        assert_eq!([clouds.aws, clouds.sitewise, clouds.ncloud], expected);
        assert_eq!(clouds.own(), clouds.sitewise || clouds.ncloud);
    }
}
