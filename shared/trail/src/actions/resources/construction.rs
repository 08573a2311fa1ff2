//! ARNs built from the parameters of a request.

use super::placeholder::{Place, values};
use super::{RESOURCES, Traces};
use crate::actions::aliases;
use crate::actions::parameters::{self, Text};
use crate::arn_format::{Piece, pieces};
use crate::operations::Template;

/// Adds the ARNs of the format that the request names.
pub(super) fn fill(
    format: &str,
    service: &str,
    templates: &[Template<'_>],
    traces: &Traces<'_>,
    found: &mut Vec<String>,
) {
    if service == "ec2" {
        fill_by_id(format, traces, found);
        return;
    }
    // Only users are told by saying nothing, and only `default` names itself.
    if traces.request.is_empty()
        && !format.contains("UserNameWithPath")
        && format.rfind("${") > format.rfind('/')
    {
        return;
    }
    let mut arns = vec![String::with_capacity(format.len() + 32)];
    let mut before = ""; // literal in front of the placeholder
    let count = pieces(format).count();
    let single = pieces(format)
        .filter(|piece| matches!(piece, Piece::Placeholder(name) if !is_place(name)))
        .count()
        == 1;
    for (index, piece) in pieces(format).enumerate() {
        let values: Vec<&str> = match piece {
            Piece::Literal(text) => {
                before = text;
                for arn in &mut arns {
                    arn.push_str(text);
                }
                continue;
            }
            Piece::Placeholder("Partition") => vec![traces.partition],
            Piece::Placeholder("Region") => vec![traces.region],
            Piece::Placeholder("Account" | "AccountId") => vec![traces.account],
            Piece::Placeholder(name) => {
                let place = Place {
                    placeholder: name,
                    before,
                    service,
                    single,
                    last: index + 1 == count,
                };
                values(place, templates, traces)
            }
        };
        match values.as_slice() {
            [] => return,
            [value] => arns.iter_mut().for_each(|arn| arn.push_str(value)),
            // Which of several names belongs to which of several others is not known.
            _ if arns.len() > 1 => return,
            several => {
                let head = arns.pop().unwrap_or_default();
                arns.extend(several.iter().map(|value| format!("{head}{value}")));
            }
        }
    }
    if single || arns.len() == 1 {
        found.extend(
            arns.into_iter()
                .map(|arn| owned_by_aws(arn, traces))
                .take(RESOURCES),
        );
    }
}

pub(super) fn has_names(format: &str) -> bool {
    pieces(format).any(|piece| matches!(piece, Piece::Placeholder(name) if !is_place(name)))
}

fn is_place(placeholder: &str) -> bool {
    matches!(placeholder, "Partition" | "Region" | "Account" | "AccountId")
}

/// Documents that AWS provides belong to no account.
fn owned_by_aws(arn: String, traces: &Traces<'_>) -> String {
    if arn.contains(":document/AWS") {
        arn.replacen(&format!(":{}:", traces.account), "::", 1)
    } else {
        arn
    }
}

/// An EC2 id names its type, wherever it stands.
fn fill_by_id(format: &str, traces: &Traces<'_>, found: &mut Vec<String>) {
    let Some((head, name)) = format.rsplit_once("/${") else {
        return;
    };
    let kind = head.rsplit(':').next().unwrap_or_default();
    let of_type = |text: &&Text<'_>| match name {
        "KeyPairName}" => text.name.eq_ignore_ascii_case("keyName"),
        _ => aliases::ec2_type(text.value) == Some(kind),
    };
    let Some(nearest) = traces.request.iter().find(of_type).map(|text| text.depth) else {
        return;
    };
    let head = head
        .replace("${Partition}", traces.partition)
        .replace("${Region}", traces.region)
        .replace("${Account}", traces.account);
    let texts = traces.request.iter().filter(of_type);
    let texts = texts.filter(|text| text.depth == nearest).take(RESOURCES);
    found.extend(texts.map(|text| format!("{head}/{}", text.value)));
}

/// False for formats that would fit the request, but of which it names nothing.
///
/// Source: Amazon Bedrock user guide, "Amazon Bedrock Marketplace"; Amazon `EventBridge` user guide, "Event buses".
pub(super) fn is_of_call(format: &str, service: &str, traces: &Traces<'_>) -> bool {
    match service {
        // Models of the marketplace are called by the ARN of their endpoint.
        "bedrock" if format.contains(":marketplace/model-endpoint/") => {
            parameters::named(traces.request, "modelId").any(|model| model.contains(":sagemaker:"))
        }
        "events" if format.contains(":rule/") => {
            let bus = parameters::named(traces.request, "eventBusName").next();
            let is_named = bus.is_some_and(|bus| bus.rsplit('/').next() != Some("default"));
            is_named == format.contains("${EventBusName}")
        }
        _ => true,
    }
}

/// The object behind an access point, whose ARN stands for the name of a bucket.
///
/// Source: Amazon S3 user guide, "Configuring IAM policies for using access points".
pub(super) fn access_point_object(service: &str, traces: &Traces<'_>) -> Option<String> {
    if service != "s3" {
        return None;
    }
    let point = parameters::named(traces.request, "bucketName").find(|name| is_access_point(name))?;
    let key = parameters::named(traces.request, "key").next()?;
    (!key.contains(['*', '?'])).then(|| format!("{point}/object/{key}"))
}

pub(super) fn is_access_point(bucket: &str) -> bool {
    bucket.starts_with("arn:") && bucket.contains(":accesspoint/")
}

/// The model of a bare id, `anthropic.claude-v2:1`.
///
/// Source: Amazon Bedrock API reference, `modelId` of `InvokeModel`.
pub(super) fn foundation_model(service: &str, traces: &Traces<'_>) -> Option<String> {
    // What an inference profile leads to lies in Regions that its id does not tell.
    const PROFILES: [&str; 8] = ["us", "us-gov", "eu", "apac", "jp", "au", "ca", "global"];
    if service != "bedrock" {
        return None;
    }
    let model = parameters::named(traces.request, "modelId").next()?;
    let (provider, _) = model.split_once('.')?;
    let is_bare = !PROFILES.contains(&provider) && !model.contains(['/', '*', '?']);
    is_bare.then(|| {
        format!(
            "arn:{}:bedrock:{}::foundation-model/{model}",
            traces.partition, traces.region
        )
    })
}

/// The URL of a queue tells its Region and owner: `https://sqs.eu-west-1.amazonaws.com/111122223333/name`.
pub(super) fn queue(service: &str, traces: &Traces<'_>) -> Option<String> {
    if service != "sqs" {
        return None;
    }
    let url = parameters::named(traces.request, "queueUrl").next()?;
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    let (account, name) = path.split_once('/')?;
    let mut labels = host.split('.');
    let region = match (labels.next()?, labels.next()?) {
        ("sqs", region) if region.contains('-') => region,
        _ => traces.region,
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && !name.is_empty())
        .then(|| format!("arn:{}:sqs:{region}:{account}:{name}", traces.partition))
}

/// A template of an ARN with the members of the request filled in; `None` when one is missing.
pub(super) fn filled(template: &str, traces: &Traces<'_>) -> Option<String> {
    let mut arn = String::with_capacity(template.len() + 16);
    for piece in pieces(template) {
        arn.push_str(match piece {
            Piece::Literal(text) => text,
            Piece::Placeholder("Partition") => traces.partition,
            Piece::Placeholder("Region") => traces.region,
            Piece::Placeholder("Account") => traces.account,
            Piece::Placeholder("") => return None,
            Piece::Placeholder(path) => {
                let member = path.rsplit('.').next()?.trim_end_matches("[]");
                let mut values = parameters::named(traces.request, member);
                let value = values.next()?;
                if value.starts_with("arn:") && !arn.is_empty() {
                    return None;
                }
                Some(value).filter(|value| !value.contains(['*', '?']))?
            }
        });
    }
    arn.starts_with("arn:").then_some(arn)
}
