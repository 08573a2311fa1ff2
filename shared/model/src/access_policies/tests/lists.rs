use rstest::rstest;

use super::{ID, violations};
use crate::access_policies::{IdentityFilter, ListAccessPolicies, ListPortals, ListProjects, Resource};
use crate::request::Violations;

const ARN: &str = "arn:aws:iam::111122223333:role/a";

type Query<'q> = &'q [(&'q str, &'q str)];

fn values<'q>(query: Query<'q>) -> impl Fn(&'static str) -> Vec<&'q str> {
    move |name| {
        query
            .iter()
            .filter(|(given, _)| *given == name)
            .map(|(_, value)| *value)
            .collect()
    }
}

fn read(query: Query<'_>) -> Result<ListAccessPolicies, Violations> {
    ListAccessPolicies::from_request(values(query))
}

#[test]
fn filters_are_optional_and_combine() {
    let all = read(&[]).unwrap();
    assert_eq!((all.identity, all.resource, all.paging.size), (None, None, 50));
    let both = read(&[
        ("identityType", "IAM"),
        ("iamArn", ARN),
        ("resourceType", "PROJECT"),
        ("resourceId", ID),
        ("maxResults", "250"),
        ("nextToken", "AQ=="),
    ])
    .unwrap();
    assert_eq!(both.identity, Some(IdentityFilter::Iam(ARN.parse().unwrap())));
    assert_eq!(both.resource, Some(Resource::Project(ID.parse().unwrap())));
    assert_eq!(both.paging.size, 250);
    let of_group = read(&[("identityType", "GROUP"), ("identityId", "g")]).unwrap();
    assert_eq!(
        of_group.identity,
        Some(IdentityFilter::Group("g".parse().unwrap()))
    );
}

#[rstest]
#[case::user_alone(&[("identityType", "USER")], "identityId")]
#[case::group_alone(&[("identityType", "GROUP")], "identityId")]
#[case::iam_alone(&[("identityType", "IAM")], "iamArn")]
#[case::id_alone(&[("identityId", "u")], "identityType")]
#[case::arn_alone(&[("iamArn", ARN)], "identityType")]
#[case::arn_of_user(&[("identityType", "USER"), ("iamArn", ARN)], "iamArn")]
#[case::id_of_iam(&[("identityType", "IAM"), ("identityId", "u")], "identityId")]
#[case::both(&[("identityType", "USER"), ("identityId", "u"), ("iamArn", ARN)], "iamArn")]
#[case::both_of_iam(&[("identityType", "IAM"), ("identityId", "u"), ("iamArn", ARN)], "identityId")]
#[case::resource_type_alone(&[("resourceType", "PORTAL")], "resourceId")]
#[case::resource_id_alone(&[("resourceId", ID)], "resourceType")]
fn filters_come_with_their_partner(#[case] query: Query<'_>, #[case] path: &str) {
    assert_eq!(super::paths(&read(query).unwrap_err()), [path]);
}

#[rstest]
#[case(&[("identityType", "ROLE")], "identityType", "Member must satisfy enum value set: [USER, GROUP, IAM]")]
#[case(&[("resourceType", "portal")], "resourceType", "Member must satisfy enum value set: [PORTAL, PROJECT]")]
#[case(&[("maxResults", "0")], "maxResults", "Member must be between 1 and 250, inclusive")]
#[case(&[("maxResults", "251")], "maxResults", "Member must be between 1 and 250, inclusive")]
#[case(&[("maxResults", "-1")], "maxResults", "Member must be between 1 and 250, inclusive")]
#[case(&[("maxResults", "99999999999999999999")], "maxResults", "Member must be between 1 and 250, inclusive")]
#[case(&[("maxResults", "")], "maxResults", "Member must be an integer")]
#[case(&[("maxResults", "+1")], "maxResults", "Member must be an integer")]
#[case(&[("maxResults", "1.0")], "maxResults", "Member must be an integer")]
#[case(&[("maxResults", "١")], "maxResults", "Member must be an integer")]
#[case(&[("maxResults", "1"), ("maxResults", "1")], "maxResults", "Member must be given once")]
#[case(&[("nextToken", "")], "nextToken", "Member must have length between 1 and 4096, inclusive")]
#[case(&[("nextToken", "-")], "nextToken", "Member must satisfy regular expression pattern: ^[A-Za-z0-9+/=]+$")]
fn what_is_wrong_with_a_parameter_is_told(#[case] query: Query<'_>, #[case] path: &str, #[case] rule: &str) {
    assert_eq!(
        violations(&read(query).unwrap_err()),
        [(path.to_owned(), rule.to_owned())]
    );
}

#[test]
fn rules_across_members_wait_for_those_of_the_members() {
    let refused = read(&[("identityType", "USER"), ("resourceId", "x"), ("maxResults", "x")]).unwrap_err();
    assert_eq!(super::paths(&refused), ["resourceId", "maxResults"]);
}

#[test]
fn projects_are_those_of_a_portal() {
    assert!(ListPortals::from_request(values(&[])).is_ok());
    assert!(ListProjects::from_request(values(&[("portalId", ID)])).is_ok());
    let refused = ListProjects::from_request(values(&[("maxResults", "0")])).unwrap_err();
    assert_eq!(super::paths(&refused), ["portalId", "maxResults"]);
    assert!(ListProjects::from_request(values(&[("portalId", "")])).is_err());
}
