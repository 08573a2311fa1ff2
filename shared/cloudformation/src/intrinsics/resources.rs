//! Gives resources their names on this machine: names, `Ref`, `Fn::GetAtt`.

use serde_json::Value;

use super::{ACCOUNT, DEEPEST, IntrinsicError, STACK, Scope, text_of};

impl Scope {
    /// Returns the name that a resource has on this machine: its name property, or one made of stack and logical id as
    /// `CloudFormation` does.
    ///
    /// # Errors
    /// A name property that cannot be evaluated.
    pub fn physical_name(&self, id: &str) -> Result<String, IntrinsicError> {
        self.name_of(id, 0)
    }

    fn kind(&self, id: &str) -> Result<&str, IntrinsicError> {
        self.resources
            .get(id)
            .and_then(|resource| resource.get("Type"))
            .and_then(Value::as_str)
            .ok_or_else(|| IntrinsicError::Undefined(id.to_owned()))
    }

    pub(super) fn resource_reference(&self, id: &str, depth: u32) -> Result<String, IntrinsicError> {
        let kind = self.kind(id)?;
        let name = self.name_of(id, depth)?;
        Ok(match kind {
            "AWS::SQS::Queue" => format!("https://sqs.{}.amazonaws.com/{ACCOUNT}/{name}", self.region),
            "AWS::SNS::Topic" => format!("arn:aws:sns:{}:{ACCOUNT}:{name}", self.region),
            _ => name,
        })
    }

    pub(super) fn attribute(&self, id: &str, attribute: &str, depth: u32) -> Result<String, IntrinsicError> {
        let kind = self.kind(id)?;
        let name = self.name_of(id, depth)?;
        let region = &self.region;
        Ok(match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}"),
            ("AWS::DynamoDB::Table", "StreamArn") => {
                format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}/stream/{STACK}")
            }
            ("AWS::S3::Bucket", "Arn") => format!("arn:aws:s3:::{name}"),
            ("AWS::Serverless::Function" | "AWS::Lambda::Function", "Arn") => {
                format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}")
            }
            ("AWS::SQS::Queue", "Arn") => format!("arn:aws:sqs:{region}:{ACCOUNT}:{name}"),
            ("AWS::SQS::Queue", "QueueName") => name,
            ("AWS::IAM::Role", "Arn") => format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
            _ => {
                return Err(IntrinsicError::Unsupported(format!(
                    "Fn::GetAtt {id}.{attribute} of {kind}"
                )));
            }
        })
    }

    pub(super) fn name_of(&self, id: &str, depth: u32) -> Result<String, IntrinsicError> {
        if depth > DEEPEST {
            return Err(IntrinsicError::Endless(id.to_owned()));
        }
        let kind = self.kind(id)?;
        let property = match kind {
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::S3::Bucket" => "BucketName",
            "AWS::Serverless::Function" | "AWS::Lambda::Function" => "FunctionName",
            "AWS::SQS::Queue" => "QueueName",
            "AWS::IAM::Role" => "RoleName",
            _ => "Name",
        };
        let declared = self
            .resources
            .get(id)
            .and_then(|resource| resource.get("Properties")?.get(property));
        let named = match declared {
            Some(name) => self.value(name, depth + 1)?.as_ref().and_then(text_of),
            None => None,
        };
        Ok(match (named, kind) {
            (Some(name), _) => name,
            // Bucket names have no capitals.
            (None, "AWS::S3::Bucket") => format!("{STACK}-{id}").to_lowercase(),
            // Functions are invoked by hand; their logical id is what a reader of the template types.
            (None, "AWS::Serverless::Function" | "AWS::Lambda::Function") => id.to_owned(),
            (None, _) => format!("{STACK}-{id}"),
        })
    }
}
