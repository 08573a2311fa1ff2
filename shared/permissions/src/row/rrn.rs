//! Makes resource names of the search's own kind: `rrn:<cloud>:<type>:<region>:<account>:<hash>:<id>`.

/// Writes a resource name; cloud and hash stay empty, and `:` and `%` of the id are percent-encoded.
pub(crate) fn rrn(kind: &str, region: &str, account: &str, id: &str) -> String {
    let mut name = String::with_capacity(32 + kind.len() + id.len().saturating_mul(2));
    for part in ["rrn::", kind, ":", region, ":", account, "::"] {
        name.push_str(part);
    }
    let mut rest = id;
    while let Some(place) = rest.bytes().position(|byte| matches!(byte, b'%' | b':')) {
        let (plain, encoded) = rest.split_at(place);
        name.push_str(plain);
        name.push_str(if encoded.starts_with('%') { "%25" } else { "%3A" });
        rest = encoded.get(1..).unwrap_or_default();
    }
    name.push_str(rest);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_stays_and_the_id_is_encoded() {
        assert_eq!(
            rrn("iamUser", "", "123456789012", "AIDA1"),
            "rrn::iamUser::123456789012::AIDA1"
        );
        let id = "arn:aws:s3:::50%";
        assert_eq!(
            rrn("other", "eu-west-2", "1", id),
            "rrn::other:eu-west-2:1::arn%3Aaws%3As3%3A%3A%3A50%25"
        );
    }
}
