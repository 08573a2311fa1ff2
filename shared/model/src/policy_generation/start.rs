//! The request that starts a policy generation.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use json::Value;
use serde::{Deserialize, Serialize};

use crate::checked_text::checked_text;
use crate::request::{Constraint, Member, Object, Reader, Violations};

/// An ARN of one of the kinds that the operations take, matched in full, without line breaks.
macro_rules! arn {
    ($(#[$doc:meta])* $name:ident, $service:literal, $kinds:expr, $pattern:literal, $example:literal) => {
        checked_text!($(#[$doc])* #[derive(Debug)] $name, |text| {
            if is_arn_of(text, $service, $kinds) {
                Ok(())
            } else {
                Err(Constraint::new(concat!(
                    "Member must satisfy regular expression pattern: ",
                    $pattern,
                    ", for example ",
                    $example
                )))
            }
        });

        impl $name {
            /// Returns the account field.
            #[must_use]
            pub fn account(&self) -> &str {
                self.0.splitn(6, ':').nth(4).unwrap_or_default()
            }

            /// Returns the region field; empty for IAM.
            #[must_use]
            pub fn region(&self) -> &str {
                self.0.splitn(6, ':').nth(3).unwrap_or_default()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

arn!(
    /// ARN of the user or role for which a policy is generated.
    PrincipalArn, "iam", &["role/", "user/"], r"arn:[^:]*:iam::[^:]*:(role|user)/.{1,576}",
    "arn:aws:iam::111122223333:role/MyRole"
);
arn!(
    /// ARN of the role that reads the trail.
    RoleArn, "iam", &["role/"], r"arn:[^:]*:iam::[^:]*:role/.{1,576}",
    "arn:aws:iam::111122223333:role/MyRole"
);
arn!(
    /// ARN of a trail.
    CloudTrailArn, "cloudtrail", &["trail/"], r"arn:[^:]*:cloudtrail:[^:]*:[^:]*:trail/.{1,576}",
    "arn:aws:cloudtrail:us-east-1:111122223333:trail/MyTrail"
);

/// Returns the patterns of the service model, in one place: `arn`, any partition, the service, a region (empty for
/// IAM), any account, one of the kinds, and 1 to 576 further characters of one line.
fn is_arn_of(text: &str, service: &str, kinds: &[&str]) -> bool {
    let mut fields = text.splitn(6, ':');
    let (Some("arn"), Some(_), Some(found), Some(region), Some(_), Some(rest)) = (
        fields.next(),
        fields.next(),
        fields.next(),
        fields.next(),
        fields.next(),
        fields.next(),
    ) else {
        return false;
    };
    found == service
        && (service != "iam" || region.is_empty())
        && !text.contains(['\n', '\r', '\u{2028}', '\u{2029}'])
        && kinds.iter().any(|kind| {
            rest.strip_prefix(kind)
                .is_some_and(|name| (1..=576).contains(&name.chars().count()))
        })
}

/// A validated request to start a policy generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartPolicyGeneration {
    /// The principal that the policy is for.
    pub principal: PrincipalArn,
    /// Says from which logs the policy is generated.
    pub cloud_trail: CloudTrailDetails,
    /// The caller's idempotency token.
    pub client_token: Option<String>,
    /// The input of the SHA-256: the request as it was sent, in canonical form, without the token.
    canonical: String,
}

/// Holds what to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudTrailDetails {
    /// The trails to read; empty for the event history.
    pub trails: Vec<Trail>,
    /// The role that reads them.
    pub access_role: RoleArn,
    /// First instant, inclusive.
    pub start_time: Timestamp,
    /// Last instant, inclusive.
    pub end_time: Timestamp,
}

/// One trail of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// The trail to read.
    pub cloud_trail_arn: CloudTrailArn,
    /// Regions to read; echoed as `[]` when the request names none.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Read all regions that the trail covers; wins over `regions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_regions: Option<bool>,
}

/// Holds what the deployment allows and fills in.
#[derive(Debug, Clone)]
pub struct PolicyGenerationRules {
    /// Longest time range, in days.
    pub max_days: u32,
    /// Trail for requests that name none.
    pub default_trail: Option<CloudTrailArn>,
    /// Role for requests without `cloudTrailDetails`. Without a default trail it reads the event history.
    pub default_access_role: Option<RoleArn>,
}

/// The usual mistake of people who copy the ARN of their session.
const ROLE_OF_SESSION: &str = "Member must be the ARN of a role, arn:aws:iam::<account>:role/<path and name>, and not \
                               the ARN of a session of that role";

/// Most characters of a principal's ARN. The pattern bounds the name only; real ones have a quarter of this.
const LONGEST_PRINCIPAL: usize = 2_048;

/// Most bytes of the details as JSON, about a thousand trails. A job is one item of at most 400 KB ("Quotas in
/// Amazon DynamoDB"), and its JSON is longer than its item.
const LARGEST_DETAILS: usize = 256 * 1024;

/// Says how far in the future an end time may lie: clocks differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

impl StartPolicyGeneration {
    /// Reads the request body as it arrived at `now`.
    ///
    /// Unknown members are ignored, so that newer clients keep working.
    ///
    /// # Errors
    /// Every violation of the model and of `rules`.
    pub fn from_request(
        body: &json::Object<'_>,
        rules: &PolicyGenerationRules,
        now: Timestamp,
    ) -> Result<Self, Violations> {
        let mut reader = Reader::new();
        let root = Object::root(body);
        let details = reader.required(root.member("policyGenerationDetails"));
        let principal = reader.object(&details).and_then(|details| {
            let principal = reader.required(details.member("principalArn"));
            let session = principal
                .value()
                .and_then(Value::as_str)
                .is_some_and(|arn| arn.contains(":assumed-role/"));
            if session {
                reader.refuse(principal.path(), Constraint::new(ROLE_OF_SESSION));
                return None;
            }
            let arn = reader.text::<PrincipalArn>(&principal)?;
            if arn.as_str().chars().count() > LONGEST_PRINCIPAL {
                reader.refuse(principal.path(), Constraint::length(1, LONGEST_PRINCIPAL));
            }
            Some(arn)
        });
        let details = root.member("cloudTrailDetails");
        let cloud_trail = cloud_trail(&mut reader, &details, rules, now);
        let is_large = |(details, _): &(CloudTrailDetails, bool)| {
            serde_json::to_string(details).is_ok_and(|json| json.len() > LARGEST_DETAILS)
        };
        if cloud_trail.as_ref().is_some_and(is_large) {
            let rule = format!("Member must have at most {LARGEST_DETAILS} bytes");
            reader.refuse(details.path(), Constraint::new(rule));
        }
        let token = reader.typed(&root.member("clientToken"), "a string", Value::as_str);
        let request = principal
            .zip(cloud_trail)
            .map(|(principal, (cloud_trail, end_given))| {
                let canonical = canonical(
                    &principal,
                    &cloud_trail,
                    end_given,
                    body.get("cloudTrailDetails").is_some(),
                );
                Self {
                    principal,
                    cloud_trail,
                    client_token: token.map(str::to_owned),
                    canonical,
                }
            });
        reader.finish(request)
    }

    /// Returns the text whose hash shows whether two requests under one token are the same request: order of members,
    /// white space and unknown members do not matter, and a time that the server filled in is left out.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

fn canonical(principal: &PrincipalArn, details: &CloudTrailDetails, end_given: bool, given: bool) -> String {
    let details = given.then(|| {
        serde_json::json!({
            "trails": details.trails,
            "accessRole": details.access_role,
            "startTime": details.start_time,
            "endTime": end_given.then_some(details.end_time),
        })
    });
    serde_json::json!({ "v": 1, "principal": principal, "cloudTrailDetails": details }).to_string()
}

/// Returns the details and whether the request gave their end.
fn cloud_trail(
    reader: &mut Reader,
    member: &Member<'_>,
    rules: &PolicyGenerationRules,
    now: Timestamp,
) -> Option<(CloudTrailDetails, bool)> {
    // The service replies with whole seconds, so that whole seconds are stored.
    let this_second = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let longest = SignedDuration::from_hours(24) * i32::try_from(rules.max_days).unwrap_or(i32::MAX / 24);
    if !member.is_present() {
        let Some(role) = rules.default_access_role.clone() else {
            reader.refuse(
                member.path(),
                Constraint::new("Member must not be null: this deployment has no default trail"),
            );
            return None;
        };
        let trails = default_trails(rules);
        let start_time = this_second
            .saturating_sub(longest)
            .unwrap_or(Timestamp::UNIX_EPOCH);
        return Some((
            CloudTrailDetails {
                trails,
                access_role: role,
                start_time,
                end_time: this_second,
            },
            false,
        ));
    }
    let details = reader.object(member)?;
    let access_role = reader.required(details.member("accessRole"));
    let access_role = reader.text::<RoleArn>(&access_role);
    let end = details.member("endTime");
    let end_time = if end.is_present() {
        time(reader, &end)
    } else {
        Some(this_second)
    };
    let start = reader.required(details.member("startTime"));
    let start_time = time(reader, &start);
    let trails = reader.required(details.member("trails"));
    let trails = self::trails(reader, &trails, rules, access_role.is_some());
    if let (Some(start_time), Some(end_time)) = (start_time, end_time) {
        if start_time >= end_time {
            reader.refuse(start.path(), Constraint::new("Member must be before endTime"));
        } else if end_time.duration_since(start_time) > longest {
            let text = format!("Member must be at most {} days before endTime", rules.max_days);
            reader.refuse(start.path(), Constraint::new(text));
        }
        if end_time.duration_since(now) > CLOCK_SKEW {
            reader.refuse(
                end.path(),
                Constraint::new("Member must be at most 5 minutes in the future"),
            );
        }
    }
    let details = CloudTrailDetails {
        trails: trails?,
        access_role: access_role?,
        start_time: start_time?,
        end_time: end_time?,
    };
    Some((details, end.is_present()))
}

/// Returns the trails of a request that names none; empty for the event history.
fn default_trails(rules: &PolicyGenerationRules) -> Vec<Trail> {
    let all_regions = |trail: &CloudTrailArn| Trail {
        cloud_trail_arn: trail.clone(),
        regions: Vec::new(),
        all_regions: Some(true),
    };
    rules.default_trail.iter().map(all_regions).collect()
}

fn trails(
    reader: &mut Reader,
    member: &Member<'_>,
    rules: &PolicyGenerationRules,
    has_role: bool,
) -> Option<Vec<Trail>> {
    let elements = reader.array(member)?;
    if elements.is_empty() {
        if has_role {
            return Some(default_trails(rules));
        }
        reader.refuse(
            member.path(),
            Constraint::new(
                "Member must have at least one element, unless a valid accessRole reads the event history",
            ),
        );
        return None;
    }
    // Every element is read, so that all faults are reported.
    let trails: Vec<Option<Trail>> = elements
        .into_iter()
        .map(|element| trail(reader, element))
        .collect();
    trails.into_iter().collect()
}

fn trail(reader: &mut Reader, element: Member<'_>) -> Option<Trail> {
    let element = reader.required(element);
    let trail = reader.object(&element)?;
    let arn = reader.required(trail.member("cloudTrailArn"));
    let arn = reader.text::<CloudTrailArn>(&arn);
    let regions = trail.member("regions");
    let regions = if regions.is_present() {
        self::regions(reader, &regions)
    } else {
        Some(Vec::new())
    };
    let all_regions = reader.boolean(&trail.member("allRegions"));
    Some(Trail {
        cloud_trail_arn: arn?,
        regions: regions?,
        all_regions,
    })
}

fn regions(reader: &mut Reader, member: &Member<'_>) -> Option<Vec<String>> {
    let mut regions = Vec::new();
    for element in reader.array(member)? {
        let element = reader.required(element);
        // A region becomes part of an object key, so that it may hold nothing that could leave its folder.
        let region = reader.typed(&element, "a string", Value::as_str)?;
        if region.is_empty()
            || !region
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            reader.refuse(element.path(), Constraint::pattern("[a-z0-9-]+"));
        } else {
            regions.push(region.to_owned());
        }
    }
    Some(regions)
}

/// Reads a time: ISO 8601 with any offset, or a number of seconds since the epoch.
fn time(reader: &mut Reader, member: &Member<'_>) -> Option<Timestamp> {
    reader.typed(member, "a timestamp", |value| match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => {
            let seconds: f64 = number.parse().ok()?;
            let milliseconds = (seconds * 1000.0).round();
            // Beyond this limit the product is not exact any more, and no such time exists.
            (milliseconds.abs() < 9.0e15).then_some(())?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number below 2^53, as just checked"
            )]
            Timestamp::from_millisecond(milliseconds as i64).ok()
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}
