//! Builds ARNs from the parameters of a request.

use super::placeholder::{Placeholder, Source, is_access_point, source};
use super::{Named, RESOURCES, ec2, ids};
use crate::actions::parameters;
use crate::arn_format::{ArnFormat, Piece, pieces};
use crate::operations::Template;
use crate::usage::escaped;
use model::account::AccountId;

/// Adds the ARNs of the format that the request names.
pub(super) fn fill(
    format: &ArnFormat<'_>,
    service: &str,
    templates: &[Template<'_>],
    named: &Named<'_>,
    found: &mut Vec<String>,
) {
    let text = format.text();
    if service == "ec2" {
        ec2::fill(text, named, found);
        return;
    }
    // A request without names is about a user only, and only the name `default` can be left out.
    if named.request.is_empty() && !text.contains("UserNameWithPath") && text.rfind("${") > text.rfind('/') {
        return;
    }
    let parts = parts(format, service, templates, named);
    if parts.iter().any(|part| matches!(part, Part::Open)) {
        return;
    }
    let mut arns = vec![String::with_capacity(text.len() + 32)];
    for part in &parts {
        match part {
            Part::Fixed(text) => arns.iter_mut().for_each(|arn| arn.push_str(text)),
            Part::Open => return,
            Part::Path(elements) => {
                let Some(elements) = elements.iter().copied().collect::<Option<Vec<_>>>() else {
                    return;
                };
                let path = elements.join("/");
                for arn in &mut arns {
                    arn.push_str(&path);
                }
            }
            Part::Values(values) => match values.as_slice() {
                [] => return,
                [name] => arns.iter_mut().for_each(|arn| arn.push_str(name)),
                // It is not known which of several names belongs to which of several others.
                _ if arns.len() > 1 => return,
                several => {
                    let head = arns.pop().unwrap_or_default();
                    arns.extend(several.iter().map(|name| format!("{head}{name}")));
                }
            },
        }
    }
    found.extend(
        arns.into_iter()
            .map(|arn| owned_by_aws(arn, named))
            .take(RESOURCES),
    );
}

/// Returns the pattern of the format with the names that the request holds, and `*` for the others; nothing when the
/// request holds none of the names.
pub(super) fn pattern(
    format: &ArnFormat<'_>,
    service: &str,
    templates: &[Template<'_>],
    named: &Named<'_>,
) -> Option<String> {
    if service == "ec2" {
        return None;
    }
    let parts = parts(format, service, templates, named);
    let is_named = |part: &Part<'_>| match part {
        Part::Values(values) => values.len() == 1,
        Part::Path(elements) => elements.iter().any(Option::is_some),
        Part::Fixed(_) | Part::Open => false,
    };
    if !parts.iter().any(is_named) {
        return None;
    }
    Some(parts.iter().fold(String::new(), |pattern, part| match part {
        Part::Fixed(text) => pattern + text,
        Part::Values(values) => match values.as_slice() {
            [name] => pattern + &escaped(name),
            _ => pattern + "*",
        },
        Part::Path(elements) => {
            let escaped = elements
                .iter()
                .map(|element| element.map_or_else(|| "*".to_owned(), escaped));
            pattern + &escaped.collect::<Vec<_>>().join("/")
        }
        Part::Open => pattern + "*",
    }))
}

/// A part of a format that a request fills.
enum Part<'t> {
    Fixed(&'t str),
    /// Names that the request holds, at least one.
    Values(Vec<&'t str>),
    /// Several names with slashes between them, those that the request holds.
    Path(Vec<Option<&'t str>>),
    /// The request does not name it.
    Open,
}

fn parts<'t>(
    format: &ArnFormat<'t>,
    service: &str,
    templates: &[Template<'_>],
    named: &'t Named<'_>,
) -> Vec<Part<'t>> {
    let pieces = format.pieces();
    let single = format.names() == 1;
    let mut before = ""; // the literal text before the placeholder
    let mut sources: Vec<(usize, &str, Source<'_>)> = Vec::new();
    let mut parts: Vec<Part<'_>> = Vec::with_capacity(pieces.len());
    for (index, piece) in pieces.iter().enumerate() {
        parts.push(match *piece {
            Piece::Literal(text) => {
                before = text;
                Part::Fixed(text)
            }
            Piece::Placeholder("Partition") => Part::Fixed(named.partition),
            Piece::Placeholder("Region") => Part::Fixed(named.region),
            Piece::Placeholder("Account") => Part::Fixed(named.account),
            Piece::Placeholder(name) => {
                if let Some(elements) = ids::path(service, before, named) {
                    parts.push(Part::Path(elements));
                    continue;
                }
                let last = index + 1 == pieces.len();
                let place = Placeholder {
                    name,
                    before,
                    service,
                    single,
                    last,
                };
                sources.extend(source(place, templates, named).map(|source| (index, name, source)));
                Part::Open
            }
        });
    }
    for (index, name, source) in &sources {
        // One value never fills two different placeholders: the placeholder with the higher certainty gets it.
        let has_rival = sources.iter().any(|(_, other, rival)| {
            other != name
                && rival.member.eq_ignore_ascii_case(&source.member)
                && rival.certainty >= source.certainty
        });
        if !has_rival
            && !source.values.is_empty()
            && let Some(part) = parts.get_mut(*index)
        {
            *part = Part::Values(source.values.clone());
        }
    }
    parts
}

/// Removes the account from the ARN of a document that AWS provides, which belongs to no account.
fn owned_by_aws(arn: String, named: &Named<'_>) -> String {
    if arn.contains(":document/AWS") {
        arn.replacen(&format!(":{}:", named.account), "::", 1)
    } else {
        arn
    }
}

/// Returns false for formats that would fit the request, but of which the request names nothing.
///
/// Source: Amazon Bedrock user guide, "Amazon Bedrock Marketplace"; Amazon `EventBridge` user guide, "Event buses".
pub(super) fn is_of_call(format: &str, service: &str, named: &Named<'_>) -> bool {
    match service {
        // Models of the marketplace are called by the ARN of their endpoint.
        "bedrock" if format.contains(":marketplace/model-endpoint/") => {
            parameters::named(&named.request, "modelId").any(|model| model.contains(":sagemaker:"))
        }
        "events" if format.contains(":rule/") => {
            let bus = parameters::named(&named.request, "eventBusName").next();
            let is_named = bus.is_some_and(|bus| bus.rsplit('/').next() != Some("default"));
            is_named == format.contains("${EventBusName}")
        }
        _ => true,
    }
}

/// Returns the object behind an access point, whose ARN stands for the name of a bucket.
///
/// Source: Amazon S3 user guide, "Configuring IAM policies for using access points".
pub(super) fn access_point_object(service: &str, named: &Named<'_>) -> Option<String> {
    if service != "s3" {
        return None;
    }
    let point = parameters::named(&named.request, "bucketName").find(|name| is_access_point(name))?;
    let key = parameters::named(&named.request, "key").next()?;
    Some(format!("{point}/object/{key}"))
}

/// Returns the model of an id without an ARN, `anthropic.claude-v2:1`.
///
/// Source: Amazon Bedrock API reference, `modelId` of `InvokeModel`.
pub(super) fn foundation_model(service: &str, named: &Named<'_>) -> Option<String> {
    // An inference profile leads to models in Regions that its id does not name.
    const PROFILES: [&str; 8] = ["us", "us-gov", "eu", "apac", "jp", "au", "ca", "global"];
    if service != "bedrock" {
        return None;
    }
    let model = parameters::named(&named.request, "modelId").next()?;
    let (provider, _) = model.split_once('.')?;
    let is_bare = !PROFILES.contains(&provider) && !model.contains(['/', '*', '?']);
    is_bare.then(|| {
        format!(
            "arn:{}:bedrock:{}::foundation-model/{model}",
            named.partition, named.region
        )
    })
}

/// A Lambda function that a call names.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) arn: String,
    /// Says whether the name has a version or an alias.
    pub(super) is_qualified: bool,
}

/// Returns the function of `functionName`, which may be a name, a part of an ARN or an ARN, each with or without
/// qualifier.
///
/// Source: Lambda API reference, `FunctionName` and `Qualifier` of `Invoke`; Lambda developer guide, "Resources and
/// conditions for Lambda actions": a call of a version or alias is authorised on the ARN with the qualifier.
pub(super) fn function(service: &str, named: &Named<'_>) -> Option<Function> {
    if service != "lambda" {
        return None;
    }
    let name = parameters::named(&named.request, "functionName").next()?;
    let (head, name) = match name.split_once(":function:") {
        Some((head, name)) if head.starts_with("arn:") => (head.to_owned(), name),
        Some((account, name)) => (
            format!("arn:{}:lambda:{}:{account}", named.partition, named.region),
            name,
        ),
        None => {
            let name = name.strip_prefix("function:").unwrap_or(name);
            (
                format!(
                    "arn:{}:lambda:{}:{}",
                    named.partition, named.region, named.account
                ),
                name,
            )
        }
    };
    let (name, of_name) = match name.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (name, None),
    };
    if name.is_empty() || name.contains(['*', '?', '/']) {
        return None;
    }
    let qualifier = of_name.or_else(|| parameters::named(&named.request, "qualifier").next());
    Some(Function {
        arn: match qualifier {
            Some(qualifier) => format!("{head}:function:{name}:{qualifier}"),
            None => format!("{head}:function:{name}"),
        },
        is_qualified: qualifier.is_some(),
    })
}

/// Returns the task definition of ECS that a call names. `family:revision` is exact; for a family alone AWS takes or
/// makes the newest revision.
///
/// Source: Amazon ECS API reference, `taskDefinition` of `RunTask`, `family` of `RegisterTaskDefinition`.
pub(super) fn task_definition(service: &str, named: &Named<'_>) -> Option<String> {
    if service != "ecs" {
        return None;
    }
    let mut members = ["taskDefinition", "family"].into_iter();
    let name = members.find_map(|member| parameters::named(&named.request, member).next())?;
    if name.starts_with("arn:") || name.contains(['*', '?', '/']) {
        return None;
    }
    let revision = if name.contains(':') { "" } else { ":*" };
    let Named {
        partition,
        region,
        account,
        ..
    } = named;
    Some(format!(
        "arn:{partition}:ecs:{region}:{account}:task-definition/{name}{revision}"
    ))
}

/// Returns whether the call goes through an access point: the ARNs of access points take the place of those of the
/// bucket and its objects.
///
/// Source: Amazon S3 user guide, "Configuring IAM policies for using access points".
pub(super) fn through_access_point(service: &str, named: &Named<'_>) -> bool {
    service == "s3" && parameters::named(&named.request, "bucketName").any(is_access_point)
}

/// Returns the queue of a URL, which holds the Region and the owner:
/// `https://sqs.eu-west-1.amazonaws.com/111122223333/name`.
pub(super) fn queue(service: &str, named: &Named<'_>) -> Option<String> {
    if service != "sqs" {
        return None;
    }
    let url = parameters::named(&named.request, "queueUrl").next()?;
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    let (account, name) = path.split_once('/')?;
    let mut labels = host.split('.');
    let region = match (labels.next()?, labels.next()?) {
        ("sqs", region) if region.contains('-') => region,
        _ => named.region,
    };
    let is_account = AccountId::is_valid(account);
    (is_account && !name.is_empty()).then(|| format!("arn:{}:sqs:{region}:{account}:{name}", named.partition))
}

/// Fills the members of the request into a template of an ARN; `None` when one is missing.
pub(super) fn filled(template: &str, named: &Named<'_>) -> Option<String> {
    let mut arn = String::with_capacity(template.len() + 16);
    for piece in pieces(template) {
        arn.push_str(match piece {
            Piece::Literal(text) => text,
            Piece::Placeholder("Partition") => named.partition,
            Piece::Placeholder("Region") => named.region,
            Piece::Placeholder("Account") => named.account,
            Piece::Placeholder("") => return None,
            Piece::Placeholder(path) => {
                let member = path.rsplit('.').next()?.trim_end_matches("[]");
                let mut values = parameters::named(&named.request, member);
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
