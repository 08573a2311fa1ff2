//! Finds the known name that is closest to a misspelt one.

use strsim::osa_distance as distance;

use crate::attribute::ATTRIBUTES;

/// Longest word worth comparing; keeps the cost of an error independent of the text. The longest attribute has 36
/// characters.
const LONGEST: usize = 64;

/// Returns the attribute that was probably meant by `word`.
pub(crate) fn attribute(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    if word.len() > LONGEST {
        return None;
    }
    let names = || ATTRIBUTES.iter().map(|attribute| attribute.name);
    // `min_by_key` keeps the first of equals, so that the order of the table decides.
    names()
        .filter_map(|name| Some((letters_differ(&word, name)?, name)))
        .min_by_key(|(distance, _)| *distance)
        .or_else(|| {
            names()
                .filter_map(|name| Some((segments_differ(&word, name)?, name)))
                .min_by_key(|(d, _)| *d)
        })
        .map(|(_, name)| name)
}

/// Returns the candidate that was probably meant by `word`, in any case of letters.
pub(crate) fn keyword(
    word: &str,
    candidates: impl IntoIterator<Item = &'static str>,
) -> Option<&'static str> {
    if word.len() > LONGEST {
        return None;
    }
    let upper = word.to_ascii_uppercase();
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let spelled = candidate.to_ascii_uppercase();
            let distance = distance(&upper, &spelled);
            // A third of the letters may differ, and one letter at least must be in its place: `AS` does not mean `OR`.
            let allowed = (spelled.len() / 3).clamp(1, 2);
            let shares = upper.as_bytes().first() == spelled.as_bytes().first();
            (distance <= allowed && shares).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns the operator that was meant by signs of other languages.
pub(crate) fn sign(found: &str) -> Option<&'static str> {
    match found {
        "==" | "===" => Some("="),
        "<>" | "=!" | "!==" => Some("!="),
        "=<" => Some("<="),
        "=>" => Some(">="),
        "&" | "&&" => Some("AND"),
        "|" | "||" => Some("OR"),
        "!" => Some("NOT"),
        _ => None,
    }
}

/// Returns how many letters differ, if few enough in every segment to be a slip of the keyboard.
fn letters_differ(word: &str, name: &str) -> Option<usize> {
    let total = distance(word, name);
    let same_shape = word.split('.').count() == name.split('.').count();
    let close = if same_shape {
        total <= 4
            && word
                .split('.')
                .zip(name.split('.'))
                .all(|(a, b)| distance(a, b) <= (b.len() / 3).max(1))
    } else {
        // A dot was left out, typed twice, or another key beside it was typed.
        total <= 2
    };
    close.then_some(total)
}

/// Returns how much differs when one segment is missing, one is too many, or the first one names the wrong side.
fn segments_differ(word: &str, name: &str) -> Option<usize> {
    let (written, known): (Vec<_>, Vec<_>) = (word.split('.').collect(), name.split('.').collect());
    let one_off = match written.len().cmp(&known.len()) {
        std::cmp::Ordering::Less => written.len() >= 2 && lacks_one(&written, &known),
        std::cmp::Ordering::Greater => known.len() >= 2 && lacks_one(&known, &written),
        std::cmp::Ordering::Equal => written.len() >= 3 && written.get(1..) == known.get(1..),
    };
    one_off.then(|| distance(word, name))
}

/// Returns whether `short` is `long` without exactly one of its segments.
fn lacks_one(short: &[&str], long: &[&str]) -> bool {
    let head = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let tail = long.get(head.saturating_add(1)..).unwrap_or_default();
    short.len().saturating_add(1) == long.len() && short.get(head..) == Some(tail)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("grantedby.cloud.condition", Some("grantedby.cloud.policy.condition"))]
    #[case("source.cloud.wildcardscope", Some("dest.cloud.wildcardscope"))]
    #[case("dest.cloud.resource.typ", Some("dest.cloud.resource.type"))]
    #[case("DEST.CLOUD.RESOURCE.TPYE", Some("dest.cloud.resource.type"))]
    #[case("dest.resource.type", Some("dest.cloud.resource.type"))]
    #[case("dest.cloudaccount", Some("dest.cloud.account"))]
    #[case("granted.cloud.policy.name", Some("grantedby.cloud.policy.name"))]
    #[case("action.nam", Some("action.name"))]
    #[case("accessedResources.count", None)]
    #[case("colour", None)]
    fn the_closest_attribute_is_meant(#[case] word: &str, #[case] meant: Option<&str>) {
        assert_eq!(attribute(word), meant);
    }

    #[rstest]
    #[case("ADN", Some("AND"))]
    #[case("an", Some("AND"))]
    #[case("STARTSWITH", Some("STARTS WITH"))]
    #[case("MATCHES", None)]
    fn keywords_are_meant_by_their_letters(#[case] word: &str, #[case] meant: Option<&str>) {
        assert_eq!(keyword(word, ["AND", "OR", "STARTS WITH", "IN"]), meant);
    }
}
