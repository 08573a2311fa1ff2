use rstest::rstest;

use super::ID;
use crate::access_policies::{Deployment, InvalidArn, ResourceKind, read_resource_arn};

fn deployment() -> Deployment {
    Deployment {
        partition: "aws-cn".to_owned(),
        region: "cn-north-1".to_owned(),
    }
}

#[rstest]
#[case(ResourceKind::AccessPolicy, "access-policy")]
#[case(ResourceKind::Portal, "portal")]
#[case(ResourceKind::Project, "project")]
fn an_arn_is_read_as_it_is_written(#[case] kind: ResourceKind, #[case] word: &str) {
    let (account, id) = ("111122223333".parse().unwrap(), ID.parse().unwrap());
    let arn = deployment().arn(&account, kind, &id);
    assert_eq!(
        arn,
        format!("arn:aws-cn:iotsitewise:cn-north-1:111122223333:{word}/{ID}")
    );
    let read = deployment().read(&arn).unwrap();
    assert_eq!((read.account, read.kind, read.id), (account, kind, id));
}

#[rstest]
#[case::partition("arn:aws:iotsitewise:cn-north-1:111122223333:portal/ID")]
#[case::service("arn:aws-cn:iotevents:cn-north-1:111122223333:portal/ID")]
#[case::region("arn:aws-cn:iotsitewise:us-east-1:111122223333:portal/ID")]
#[case::account("arn:aws-cn:iotsitewise:cn-north-1:11112222333:portal/ID")]
#[case::kind("arn:aws-cn:iotsitewise:cn-north-1:111122223333:asset/ID")]
#[case::id("arn:aws-cn:iotsitewise:cn-north-1:111122223333:portal/x")]
#[case::more("arn:aws-cn:iotsitewise:cn-north-1:111122223333:portal/ID/x")]
#[case::less("arn:aws-cn:iotsitewise")]
#[case::nothing("")]
fn another_text_is_no_arn_of_this_deployment(#[case] text: &str) {
    assert_eq!(deployment().read(&text.replace("ID", ID)), Err(InvalidArn));
    assert!(read_resource_arn(&deployment(), &[text]).is_err());
}
