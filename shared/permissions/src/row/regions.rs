//! Names regions as rows show them.

/// Name of what belongs to no region.
pub(crate) const GLOBAL: &str = "AWS Global";

/// Codes and display names.
///
/// Source: AWS general reference, "Regions and endpoints"; the names are short forms of the places given there.
const NAMES: [(&str, &str); 36] = [
    ("af-south-1", "AWS Cape Town"),
    ("ap-east-1", "AWS Hong Kong"),
    ("ap-east-2", "AWS Taipei"),
    ("ap-northeast-1", "AWS Tokyo"),
    ("ap-northeast-2", "AWS Seoul"),
    ("ap-northeast-3", "AWS Osaka"),
    ("ap-south-1", "AWS Mumbai"),
    ("ap-south-2", "AWS Hyderabad"),
    ("ap-southeast-1", "AWS Singapore"),
    ("ap-southeast-2", "AWS Sydney"),
    ("ap-southeast-3", "AWS Jakarta"),
    ("ap-southeast-4", "AWS Melbourne"),
    ("ap-southeast-5", "AWS Malaysia"),
    ("ap-southeast-6", "AWS New Zealand"),
    ("ap-southeast-7", "AWS Thailand"),
    ("ca-central-1", "AWS Canada"),
    ("ca-west-1", "AWS Calgary"),
    ("cn-north-1", "AWS Beijing"),
    ("cn-northwest-1", "AWS Ningxia"),
    ("eu-central-1", "AWS Frankfurt"),
    ("eu-central-2", "AWS Zurich"),
    ("eu-north-1", "AWS Stockholm"),
    ("eu-south-1", "AWS Milan"),
    ("eu-south-2", "AWS Spain"),
    ("eu-west-1", "AWS Ireland"),
    ("eu-west-2", "AWS London"),
    ("eu-west-3", "AWS Paris"),
    ("il-central-1", "AWS Tel Aviv"),
    ("me-central-1", "AWS UAE"),
    ("me-south-1", "AWS Bahrain"),
    ("mx-central-1", "AWS Mexico"),
    ("sa-east-1", "AWS Sao Paulo"),
    ("us-east-1", "AWS Virginia"),
    ("us-east-2", "AWS Ohio"),
    ("us-west-1", "AWS California"),
    ("us-west-2", "AWS Oregon"),
];

/// Returns the display name of a region; for a code that is not in the table, the code itself.
pub(crate) fn display_name(code: &str) -> &str {
    match NAMES.binary_search_by_key(&code, |(code, _)| code) {
        Ok(index) => NAMES.get(index).map_or(code, |(_, name)| name),
        Err(_) => match code {
            "us-gov-east-1" => "AWS GovCloud East",
            "us-gov-west-1" => "AWS GovCloud West",
            other => other,
        },
    }
}

/// Returns every known code and name that a row can show.
pub(crate) fn all_regions() -> impl Iterator<Item = &'static str> {
    let listed = NAMES.iter().flat_map(|(code, name)| [*code, *name]);
    let gov = ["us-gov-east-1", "us-gov-west-1"].into_iter();
    let gov = gov.flat_map(|code| [code, display_name(code)]);
    listed.chain(gov).chain([GLOBAL, "*"])
}

/// Returns the name of a region as rows show it. An empty code means no region.
pub(crate) fn region_name(code: &str) -> &str {
    if code.is_empty() {
        GLOBAL
    } else {
        display_name(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_names_distinct() {
        assert!(NAMES.is_sorted_by(|(one, _), (other, _)| one < other));
        let mut names: Vec<&str> = NAMES.iter().map(|(_, name)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
        assert_eq!(
            [
                display_name("eu-west-2"),
                display_name("us-west-2"),
                display_name("xx-new-9")
            ],
            ["AWS London", "AWS Oregon", "xx-new-9"]
        );
    }
}
